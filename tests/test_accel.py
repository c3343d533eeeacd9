"""
Which twin runs, and what the installation says of itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

import twisted
from twisted import _about, _accel
from twisted.internet import _pollerreactor


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("PURE_PYTHON", "TWISTED_ACCEL")}
    return subprocess.run(
        [sys.executable, *words],
        env={**env, **environment},
        capture_output=True,
        text=True,
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


def test_aPartOfAnotherVersionIsRefused(tmp_path: Path) -> None:
    """It is not run; that is said, once, with what to do, and nothing breaks."""
    (tmp_path / "_twin_c.py").write_text("__torsion__ = '0.0.9'\nclass Thing: pass\n")
    code = (
        "from twisted import _accel\n"
        "class Thing: pass\n"
        "assert _accel.pick('deferred', Thing, '_twin_c') is Thing\n"
        "print(next(c.why for c in _accel.report() if c.part == 'deferred'))\n"
    )
    says = f"_twin_c was built for torsion 0.0.9, and this is torsion {twisted.__torsion__}"
    done = run("-c", code, PYTHONPATH=os.fspath(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(says)
    assert done.stderr.count(f"RuntimeWarning: {says}") == 1
    assert f"or remove {tmp_path}" in done.stderr
    strict = run("-c", code, PYTHONPATH=os.fspath(tmp_path), TWISTED_ACCEL="require")
    assert strict.returncode == 1
    assert f"TWISTED_ACCEL=require, but deferred is not compiled: {says}" in strict.stderr


def test_aPartOfThisVersionIsTaken(tmp_path: Path) -> None:
    words = f"__torsion__ = {twisted.__torsion__!r}\nclass Thing: pass\n"
    (tmp_path / "_twin_c.py").write_text(words)
    code = (
        "from twisted._accel import pick\n"
        "class Thing: pass\n"
        "assert pick('deferred', Thing, '_twin_c') is not Thing\n"
    )
    done = run("-W", "error", "-c", code, PYTHONPATH=os.fspath(tmp_path))
    assert done.returncode == 0, done.stderr


def test_aboutTellsHowItWasBuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n",
        "BUILD.json": '{"compiler": "cc -O2", "cython": "3.1", "failed":'
        ' {"twisted.internet._chain_c": "no such\\n header"}}',
    }
    monkeypatch.setattr(_about, "_distributed", lambda name: files.get(name, ""))
    record = _about._record()
    assert _about._built(record) == [
        "cp311-cp311-linux_x86_64",
        "compiled by cc -O2",
        "Cython 3.1",
    ]
    absent = _accel.Choice("deferred", False, "not built")
    assert _about._why(absent, record) == "not built: no such header"
    assert _about._why(absent._replace(part="framing"), record) == "not built"
    assert _about._why(absent._replace(why="PURE_PYTHON=1"), record) == "PURE_PYTHON=1"
    files["BUILD.json"] = '{"pure": "Cython was missing"}'
    assert _about._why(absent, _about._record()) == "not built: Cython was missing"
    files["BUILD.json"] = "half a rec"
    assert _about._built(_about._record()) == ["cp311-cp311-linux_x86_64"]
    assert "wheel            cp311-cp311-linux_x86_64" in _about.table().splitlines()
    files.clear()
    assert "not installed" in _about.table()


def test_about() -> None:
    answer = run("-m", "twisted", "--about", PURE_PYTHON="1").stdout
    assert "Twisted API level 26.10.0" in answer
    parts = answer.partition("\n\n")[2].partition("\n\n")[0].splitlines()[1:]
    assert [row.split() for row in parts] == [
        [part, "pure", "PURE_PYTHON=1"] for part in _accel.PARTS
    ]


def test_aboutTellsHowTheCompiledReactorWaits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pollerreactor, "_Compiled", SimpleNamespace(facility="kqueue"))
    reactor = _accel.Choice("reactor", True, "built")
    assert _about._why(reactor, {}) == "built (kqueue)"
    assert _about._why(reactor._replace(compiled=False, why="not built"), {}) == "not built"
    assert _about._why(reactor._replace(part="deferred"), {}) == "built"


@pytest.mark.parametrize(
    ("system", "parts"),
    [
        ("linux", ["deferred", "framing", "reactor"]),
        ("darwin", ["deferred", "framing", "reactor"]),
        ("freebsd14", ["deferred", "framing", "reactor"]),
        ("openbsd7", ["deferred", "framing", "reactor"]),
        ("win32", ["deferred", "framing", "proactor"]),
        ("sunos5", ["deferred", "framing"]),
    ],
)
def test_partsOfOtherSystems(system: str, parts: list[str]) -> None:
    code = (
        f"import sys; sys.platform = {system!r}\n"
        "import twisted._accel\n"
        "print(*twisted._accel.PARTS)"
    )
    done = run("-c", code, PURE_PYTHON="1")
    assert done.stdout.split() == parts, done.stderr


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
