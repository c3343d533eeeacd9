"""
The compiled reactor on kqueue keeps the contract of all reactors: built with
kqueue.c on the shim, it runs their tests, in a process of its own.

C{make test-kqueue} runs more of them, those of processes and TLS among them.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests import kqueue_compiled
from twisted._accel import POLICY

CONTRACT = [
    f"tests/internet/test_{name}.py" for name in ("reactors", "streams", "timers", "kqreactor")
]

pytestmark = [
    pytest.mark.skipif(
        not POLICY.allows("reactor"), reason="the pure twin runs: nothing is to be compiled"
    ),
    pytest.mark.skipif("TORSION_REACTORS" in os.environ, reason="it is running already"),
    pytest.mark.skipif(
        kqueue_compiled.missing() is not None,
        reason=f"the kqueue reactor was not compiled: {kqueue_compiled.missing()}",
    ),
]


@pytest.mark.timeout(400)
def test_theContract(tmp_path: Path) -> None:
    directory = kqueue_compiled.package(tmp_path)
    done = subprocess.run(
        kqueue_compiled.words("-q", "-p", "no:cacheprovider", *CONTRACT),
        cwd=kqueue_compiled.ROOT,
        env=kqueue_compiled.environment(directory),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) > 150, done.stdout
