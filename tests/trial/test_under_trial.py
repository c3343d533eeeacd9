"""
Our own suite is run by trial, too.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.trial.support import Ran, trial, write
from tests.under_trial import ROOT

KINDS = """
import pytest

@pytest.fixture
def three():
    return 3

@pytest.fixture
def broken():
    raise OSError("broken fixture")

@pytest.fixture
def ends():
    yield
    raise OSError("broken end")

@pytest.mark.parametrize("n", [3, 4.5])
def test_number(three, n): assert three == n
def test_broken(broken): pass
def test_end(ends): pass
@pytest.mark.skip(reason="not today")
def test_skip(): pass
@pytest.mark.xfail(reason="one day")
def test_known(): assert False
@pytest.mark.xfail(reason="has come")
def test_come(): pass
class TestClass:
    def test_in(self):
        from twisted.python import log
        log.err(ValueError("logged, and no concern of trial's"))
"""


def run(tests: str, where: Path, *words: str) -> Ran:
    """Run tests of pytest by trial."""
    temp = f"--temp-directory={where / 'temp'}"
    return trial(ROOT, "--reporter=bwverbose", temp, *words, "tests.under_trial", TESTS=tests)


def test_outcomes(tmp_path: Path) -> None:
    write(tmp_path, **{"kinds/test_kinds": KINDS, "syntax/test_syntax": "def"})
    ran = run(os.fspath(tmp_path / "kinds"), tmp_path)
    found = dict(re.findall(r"^test_kinds\.(\S+) \.\.\. (.*)$", ran.output, re.MULTILINE))
    assert found == {
        "test_number[3]": "[OK]",
        "test_number[4:5]": "[FAILURE]",
        "test_broken": "[ERROR]",
        "test_end": "[ERROR]",
        "test_skip": "[SKIPPED]",
        "test_known": "[TODO]",
        "test_come": "[SUCCESS!?!]",
        "TestClass.test_in": "[OK]",
    }
    assert ran.status == 1
    assert ran.summary == (
        "FAILED (skips=1, expectedFailures=1, failures=1, errors=2,"
        " unexpectedSuccesses=1, successes=2)"
    )
    for said in ("assert 3 == 4.5", "broken fixture", "not today", "one day", "has come"):
        assert said in ran.output
    broken = run(os.fspath(tmp_path / "syntax"), tmp_path)
    assert broken.status == 1 and "SyntaxError" in broken.output


def test_exitfirst(tmp_path: Path) -> None:
    write(tmp_path, test_kinds=KINDS)
    ran = run(os.fspath(tmp_path), tmp_path, "-x")
    assert ran.summary == "FAILED (failures=1, successes=1)"


def test_ourOwn(tmp_path: Path) -> None:
    """A folder of this suite."""
    ran = run("tests/logger", tmp_path)
    assert ran.status == 0, ran.output
    assert re.fullmatch(r"PASSED \((skips=\d+, )?successes=\d\d+\)", ran.summary)
