"""
CPython's own tests of asyncio, on the event loop that runs on a reactor.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("cpython_asyncio.py")

#: What waits, connects, transfers and starts.
OF_THE_LOOP = [
    "buffered_proto",
    "events",
    "runners",
    "selector_events",
    "sendfile",
    "server",
    "sock_lowlevel",
    "streams",
    "subprocess",
    "unix_events",
]

#: What stands on it, and takes its time.
ABOVE_IT = [
    "base_events",
    "context",
    "futures2",
    "locks",
    "pep492",
    "queues",
    "ssl",
    "sslproto",
    "taskgroups",
    "threads",
    "timeouts",
    "waitfor",
]

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        sys.platform != "linux" or importlib.util.find_spec("test.test_asyncio") is None,
        reason="CPython was installed without its tests",
    ),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "module", [*OF_THE_LOOP, *(pytest.param(each, marks=pytest.mark.slow) for each in ABOVE_IT)]
)
def test_cpython(module: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(f"test.test_asyncio.test_{module}") is None:
        pytest.skip("this version of CPython has no such tests")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", PROGRAM, module],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=290,
    )
    assert done.returncode == 0, done.stderr[-10_000:]
    assert "ran=" in done.stdout
