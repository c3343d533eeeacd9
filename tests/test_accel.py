"""
Which twin runs, and what the installation says of itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from twisted import _accel


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PURE_PYTHON", "TWISTED_ACCEL")}
    return subprocess.run(
        [sys.executable, *words], env={**env, **environment}, capture_output=True, text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environment", "mode", "off"),
    [
        ({}, "auto", set()),
        ({"PURE_PYTHON": "1"}, "off", set()),
        ({"PURE_PYTHON": "0"}, "auto", set()),
        ({"TWISTED_ACCEL": "require"}, "require", set()),
        ({"TWISTED_ACCEL": "off"}, "off", set()),
        ({"TWISTED_ACCEL": "off:deferred,framing"}, "auto", {"deferred", "framing"}),
        ({"PURE_PYTHON": "1", "TWISTED_ACCEL": "require"}, "off", set()),
    ],
)
def test_policies(environment: dict[str, str], mode: str, off: set[str]) -> None:
    policy = _accel.parsePolicy(environment)
    assert (policy.mode, policy.off) == (mode, off)


@pytest.mark.parametrize("word", ["on", "off:nonsense", "auto:deferred", "off:"])
def test_wordsThatMeanNothingAreRefused(word: str) -> None:
    if word == "off:":
        assert _accel.parsePolicy({"TWISTED_ACCEL": word}).mode == "off"
        return
    with pytest.raises(ValueError, match="TWISTED_ACCEL"):
        _accel.parsePolicy({"TWISTED_ACCEL": word})


def test_aRequiredPartThatIsAbsentRaises() -> None:
    code = (
        "from twisted._accel import pick\n"
        "class Thing: pass\n"
        "pick('deferred', Thing, 'twisted.internet._no_such_twin')\n"
    )
    assert "ImportError" in run("-c", code, TWISTED_ACCEL="require").stderr
    assert run("-c", code, TWISTED_ACCEL="auto").returncode == 0


def test_about() -> None:
    answer = run("-m", "twisted", "--about", PURE_PYTHON="1").stdout
    assert "Twisted API level 26.10.0" in answer
    for part in _accel.PARTS:
        assert f"{part}" in answer
    assert "PURE_PYTHON=1" in answer
    assert "compiled " not in answer


def test_theMetadataNameTwistedIsAnswered() -> None:
    assert metadata.version("torsion") == "0.1.0"
    assert metadata.version("Twisted") == "26.10.0+torsion"


def test_aMixtureIsFound(tmp_path: Path) -> None:
    source = Path(_accel.__file__).parent
    package = tmp_path / "twisted"
    package.mkdir()
    for name in ("__init__.py", "_accel.py"):
        (package / name).write_text((source / name).read_text())
    clean = run("-W", "error", "-c", "import twisted", PYTHONPATH=str(tmp_path))
    assert clean.returncode == 0, clean.stderr
    (tmp_path / "Twisted-26.10.0.dist-info").mkdir()
    mixed = run("-c", "import twisted", PYTHONPATH=str(tmp_path))
    assert "installed over or under torsion" in mixed.stderr
    (package / "__init__.py").write_text("")
    over = run("-c", "import twisted._accel", PYTHONPATH=str(tmp_path))
    assert "genuine Twisted was installed over torsion" in over.stderr


def test_importingTheReactorIsLight() -> None:
    code = (
        "import sys; from twisted.internet import reactor\n"
        "heavy = {'OpenSSL', 'ssl', 'asyncio', 'unittest', 'cryptography', 'email', 'http'}\n"
        "print(sorted(heavy & set(sys.modules)), len(sys.modules))\n"
    )
    answer = run("-c", code).stdout
    assert answer.startswith("[] "), answer
    assert int(answer.split()[-1]) < 300
