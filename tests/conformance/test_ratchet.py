"""
The ratchet tells what was lost, what passes though it is to fail, and what
fails without a reason; and what it cannot hold it does not call good.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import ratchet

MODULE = "twisted.test.test_thing"
BASELINE = {"T.test_a": "pass", "T.test_b": "pass", "T.test_c": "skip", "T.test_d": "pass"}


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Lists of their own: test_b is to fail, test_d waits, test_a must pass."""
    monkeypatch.setattr(ratchet.known, "TESTS", {f"{MODULE}.T.test_b": "a reason"})
    monkeypatch.setattr(ratchet.known, "EITHER", {})
    monkeypatch.setattr(ratchet.known, "NOT_YET", {f"{MODULE}.T.test_d": "a room"})
    where = tmp_path / "ratchet.json"
    where.write_text(json.dumps({"both": {MODULE: ["T.test_a"]}, "compiled": {}, "pure": {}}))
    monkeypatch.setattr(ratchet, "RATCHET", where)
    return where


def found(**states: str) -> ratchet.Run:
    """Return a run in which tests ended as told, and the rest of them passed."""
    modules = {MODULE: {"tests": {name: states.get(name[-1], "pass") for name in BASELINE}}}
    baseline = {MODULE: {"tests": BASELINE}}
    return ratchet.Run(ratchet.passedIn(modules, modules), ratchet.passedIn(baseline, modules), 0)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"b": "fail", "c": "skip", "d": "error"}, []),
        ({"b": "fail", "d": "pass"}, []),
        ({"a": "error", "b": "fail"}, ["lost: {}.T.test_a"]),
        ({"b": "pass"}, ["passes, but is to fail: {}.T.test_b"]),
    ],
)
@pytest.mark.usefixtures("lists")
def test_problems(states: dict[str, str], expected: list[str]) -> None:
    kept = ratchet.load()["pure"]
    assert list(ratchet.problems(found(**states), kept)) == [e.format(MODULE) for e in expected]


@pytest.mark.usefixtures("lists")
def test_aFailureNeedsAReason() -> None:
    ratchet.store({mode: {} for mode in ratchet.MODES})
    assert list(ratchet.problems(found(a="fail", b="fail"), ratchet.load()["pure"])) == [
        f"fails for no known reason: {MODULE}.T.test_a"
    ]


def test_otherModulesAreNotMissed() -> None:
    """A run of a part loses nothing of the rest."""
    kept = {"twisted.test.test_other": {"T.test_x"}}
    assert list(ratchet.problems(ratchet.Run({}, {}, 0), kept)) == []


def test_inheritedNames() -> None:
    """A test that is inherited from another module is named after that."""
    assert ratchet.ids({MODULE: {"T.test_a", "twisted.test.base.B.test_b"}}) == {
        f"{MODULE}.T.test_a",
        "twisted.test.base.B.test_b",
    }


def test_storedOnce(lists: Path) -> None:
    """What passes in both modes stands there once, and comes back for each."""
    modes = {"compiled": {MODULE: {"A.x", "A.y"}}, "pure": {MODULE: {"A.y", "A.z"}}}
    ratchet.store(modes)
    assert json.loads(lists.read_text()) == {
        "both": {MODULE: ["A.y"]},
        "compiled": {MODULE: ["A.x"]},
        "pure": {MODULE: ["A.z"]},
    }
    assert ratchet.load() == modes


TOOL = """
import json, sys
arguments = dict(zip(sys.argv[1:], sys.argv[2:]))
states = STATES
if states is None:
    sys.exit("WORDS")
modules = {"MODULE": {"tests": states}}
with open(arguments["--json"], "w") as out:
    json.dump({"meta": {"baseline": "baseline.json"}, "modules": modules}, out)
"""


def call(folder: Path, states: dict[str, str] | None, words: str = "") -> Any:
    """Call the script with a tool that finds *states*, or fails with *words*."""
    tool = folder / "conform.py"
    program = TOOL.replace("STATES", repr(states)).replace("WORDS", words)
    tool.write_text(program.replace("MODULE", "twisted.test.test_defer"))
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "baseline.json").write_text(json.dumps({"modules": {}}))
    command = [sys.executable, ratchet.__file__, "--python", sys.executable, "--tool", str(tool)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_cannotBeFetched(tmp_path: Path) -> None:
    """Without an index there is nothing to hold: that is said, and no failure."""
    done = call(tmp_path, None, "cannot download the genuine wheel")
    assert done.returncode == 0
    assert done.stdout.startswith("skipped: ")


def test_brokenTool(tmp_path: Path) -> None:
    """A tool that breaks is a failure."""
    done = call(tmp_path, None, "broken")
    assert done.returncode == 1
    assert "broken" in done.stderr


def test_lost(tmp_path: Path) -> None:
    """A real module of which nothing passes is a failure, with each test named."""
    done = call(tmp_path, {"T.test_a": "fail"})
    assert done.returncode == 1
    assert "  lost: twisted.test.test_defer.DeferredTests.testCallbackErrors\n" in done.stdout
