"""
pytest, and unittest, run trial's test cases.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.trial.support import HEAD, environment, write

CASES = (
    HEAD
    + """
def later(value):
    d = defer.Deferred()
    fire = d.errback if isinstance(value, Exception) else d.callback
    reactor.callLater(0.01, fire, value)
    return d

class Waiting(unittest.TestCase):
    def test_deferred(self):
        return later(3).addCallback(self.assertEqual, 3)
    def test_deferredThatFails(self):
        return later(ValueError("came later"))
    def test_deferredThatIsWrong(self):
        return later(3).addCallback(self.assertEqual, 4)
    async def test_coroutine(self):
        self.assertEqual(await later(5), 5)
    async def test_coroutineThatFails(self):
        await later(KeyError("came by coroutine"))
    @defer.inlineCallbacks
    def test_inlineCallbacks(self):
        self.assertEqual((yield later(6)), 6)
    def test_never(self):
        return defer.Deferred()
    test_never.timeout = 0.1

class Ready(unittest.SynchronousTestCase):
    def test_pass(self): pass
    def test_fail(self): self.assertEqual(1, 2)
    def test_skip(self): raise unittest.SkipTest("not today")
    def test_todo(self): self.fail("known")
    test_todo.todo = "one day"
    def test_logged(self):
        from twisted.python import log
        log.err(ValueError("was logged"))

class Skipped(unittest.TestCase):
    skip = "the whole class"
    def test_it(self): self.fail("was run")
"""
)


def run(where: Path, module: str, *words: str) -> str:
    """Run a module of the standard library's kind; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=where,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.stdout


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write(tmp_path, test_cases=CASES)
    return tmp_path


def test_pytest(here: Path) -> None:
    output = run(here, "pytest", "-v", "-rA", "-p", "no:cacheprovider", "test_cases.py")
    expected = {
        "Waiting::test_deferred": "PASSED",
        "Waiting::test_deferredThatFails": "FAILED",
        "Waiting::test_deferredThatIsWrong": "FAILED",
        "Waiting::test_coroutine": "PASSED",
        "Waiting::test_coroutineThatFails": "FAILED",
        "Waiting::test_inlineCallbacks": "PASSED",
        "Waiting::test_never": "FAILED",
        "Ready::test_pass": "PASSED",
        "Ready::test_fail": "FAILED",
        "Ready::test_skip": "SKIPPED",
        "Ready::test_todo": "XFAIL",
        "Ready::test_logged": "FAILED",
        "Skipped::test_it": "SKIPPED",
    }
    for name, outcome in expected.items():
        assert f"test_cases.py::{name} {outcome}" in output, (name, output)
    assert "6 failed, 4 passed, 2 skipped, 1 xfailed" in output
    for said in ("came later", "came by coroutine", "still running at 0.1 secs", "was logged"):
        assert said in output, said


def test_unittest(here: Path) -> None:
    output = run(here, "unittest", "-v", "test_cases")
    assert "Ran 13 tests" in output
    assert "FAILED (failures=2, errors=4, skipped=2, expected failures=1)" in output
    assert "came later" in output


def test_nothingIsTakenForATest(tmp_path: Path) -> None:
    """The names of trial that begin with C{Test} are no tests."""
    write(
        tmp_path,
        test_names="from twisted.trial.runner import *\nfrom twisted.trial.reporter import *\n"
        "from twisted.trial.unittest import *\n",
    )
    output = run(tmp_path, "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_names.py")
    assert "no tests ran" in output or "1 passed" in output, output
