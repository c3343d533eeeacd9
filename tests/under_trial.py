"""
This suite, run by trial: C{trial tests.under_trial}, in the project's folder.

Most of the tests are written for pytest, with its fixtures and parameters, so
pytest runs them; but trial is told of each as of its own, so that its
reporters, C{--exitfirst}, C{--until-failure}, C{--coverage} or C{--logfile}
apply.  The variable C{TESTS} says which: C{TESTS="tests/python tests/logger"}.

Tests that are trial's own test cases can be run without this, by their names.
"""

from __future__ import annotations

import os
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.trial._logwatch import _logObserver
from twisted.trial.itrial import IReporter, ITestCase
from twisted.trial.unittest import Todo

ROOT = Path(__file__).parent.parent


class Failed(Exception):
    """What pytest has to say of a failure."""


def _dotted(nodeid: str) -> str:
    """Return the id of a test as trial has them: C{module.Class.test}."""
    path, *names = nodeid.split("::")
    module = os.path.splitext(path)[0].replace("/", ".")
    # Parameters may have dots, at which reporters would cut.
    return ".".join([module, *(name.replace(".", ":") for name in names)])


@implementer(ITestCase)
class Item:
    """One test of pytest, for reporters."""

    failureException = Failed
    skip = None

    def __init__(self, nodeid: str) -> None:
        self._id = _dotted(nodeid)
        self.reports: list[pytest.TestReport] = []

    def __call__(self, result: Any) -> None:
        """Not run by itself."""
        raise NotImplementedError("pytest runs it")

    run = __call__

    def id(self) -> str:
        """Return its name."""
        return self._id

    def shortDescription(self) -> str:
        """Return its name."""
        return self._id

    def countTestCases(self) -> int:
        """Return 1."""
        return 1

    def tell(self, result: Any) -> None:
        """Let *result* know what has become of it."""
        bad = [report for report in self.reports if report.failed]
        for report in bad:
            failure = Failure(Failed(report.longreprtext))
            (result.addFailure if report.when == "call" else result.addError)(self, failure)
        if bad:
            return
        for report in self.reports:
            todo = getattr(report, "wasxfail", None)
            if todo is not None and report.skipped:
                result.addExpectedFailure(self, Failure(Failed(report.longreprtext)), Todo(todo))
                return
            if todo is not None:
                result.addUnexpectedSuccess(self, Todo(todo))
                return
            if report.skipped:
                where = report.longrepr
                result.addSkip(self, where[2] if isinstance(where, tuple) else str(where))
                return
        result.addSuccess(self)


class Teller:
    """A plugin of pytest that tells a reporter of trial."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.item = Item("")
        self.session: Any = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """It begins."""
        self.session = session

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module was looked through."""
        if report.failed:
            broken = Item(report.nodeid)
            self.result.startTest(broken)
            self.result.addError(broken, Failure(Failed(report.longreprtext)))
            self.result.stopTest(broken)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self.item = Item(nodeid)
        self.result.startTest(self.item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of it is over."""
        self.item.reports.append(report)

    def pytest_runtest_logfinish(self) -> None:
        """It is over."""
        # Tests of pytest look at the log themselves, if it matters to them.
        _logObserver.flushErrors()
        self.item.tell(self.result)
        self.result.stopTest(self.item)
        if self.result.shouldStop:
            self.session.shouldstop = "trial says so"


@implementer(ITestCase)
class Suite:
    """All tests of pytest, as one for trial."""

    failureException = Failed
    skip = None

    def __call__(self, result: Any) -> None:
        """Run them."""
        self.run(result)

    def run(self, result: Any) -> None:
        """Run them, and let *result* know of each."""
        words = [os.fspath(ROOT / name) for name in os.environ.get("TESTS", "tests").split()]
        words += ["--rootdir", os.fspath(ROOT), "-c", os.fspath(ROOT / "pyproject.toml")]
        teller = Teller(IReporter(result))
        output = StringIO()
        with chdir(ROOT), redirect_stdout(output):
            status = pytest.main(words, plugins=[teller])
        told = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if status not in told and not result.shouldStop:
            result.addError(self, Failure(Failed(f"{status}:\n{output.getvalue()}")))

    def id(self) -> str:
        """Return a name."""
        return "tests.under_trial"

    def shortDescription(self) -> str:
        """Return a name."""
        return self.id()

    def countTestCases(self) -> int:
        """Return 1: how many there are is not known before."""
        return 1


def testSuite() -> Suite:
    """Return what trial runs of this module."""
    return Suite()
