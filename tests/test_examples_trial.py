"""
The programs and tests of the book's chapter on trial.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.examples_support import EXAMPLES
from tests.trial.support import listed, trial

PASSED = [
    ("foo", 1),
    ("echo", 1),
    ("chatserver", 3),
    ("db_checker", 3),
    ("pp", 1),
]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A copy, so that no run leaves anything behind."""
    return Path(shutil.copytree(EXAMPLES / "trial", tmp_path / "trial"))


@pytest.mark.parametrize(("name", "tests"), PASSED)
def test_passed(here: Path, name: str, tests: int) -> None:
    ran = trial(here, f"test_{name}.py")
    assert (ran.status, ran.summary) == (0, f"PASSED (successes={tests})")


def test_namedParts(here: Path) -> None:
    for name in ("test_foo.MyFirstTestCase", "test_foo.MyFirstTestCase.test_something"):
        ran = listed(here, name)
        assert (ran.status, ran.ids) == (0, ["test_foo.MyFirstTestCase.test_something"])


def test_unreturnedDeferred(here: Path) -> None:
    ran = trial(here, "test_deferred.DeferredTestCase")
    assert (ran.status, ran.summary) == (1, "FAILED (errors=1)")
    report = ran.output.partition("[ERROR]\n")[2].partition("[ERROR]\n")[2].splitlines()
    assert report[:3] == [
        "Traceback (most recent call last):",
        "Failure: twisted.trial.util.DirtyReactorAggregateError: Reactor was unclean.",
        "DelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)",
    ]
    assert report[3].startswith("<DelayedCall 0x")
    assert report[3].endswith("called=0 cancelled=0 Deferred.callback('foo')>")
    assert trial(here, "test_deferred.ReturnedDeferredTestCase").status == 0


def covered(path: Path) -> dict[str, str]:
    """Return what stands before each line of code: a count, or a mark."""
    lines = [line for line in path.read_text().splitlines() if line[:7].strip()]
    return {line[7:].strip(): line[:7].strip(" :") for line in lines}


def test_coverage(here: Path) -> None:
    assert trial(here, "--coverage", "test_echo.py", "test_chatserver.py").status == 0
    reports = here / "_trial_temp/coverage"
    assert ">>>>>>" not in covered(reports / "echo.cover").values()
    chat = covered(reports / "chatserver.cover")
    assert chat["self.handle_CHAT(line)"] == ">>>>>>"
    assert chat["self.handle_REGISTER(line)"] == "3"
    assert chat['self.sendLine(b"Name taken, please choose another.")'] == ">>>>>>"
    assert chat['self.state = "CHAT"'] == "3"
