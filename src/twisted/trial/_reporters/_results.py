"""
Keep count of how tests went.
"""

from __future__ import annotations

import time
import unittest
from enum import Enum
from typing import Any

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.trial import itrial
from twisted.trial._todo import Todo

__all__ = ["Outcome", "TakesParts", "TestResult"]


class Outcome(Enum):
    """
    What can become of a test; the value is the attribute of L{TestResult} that
    keeps it.
    """

    SKIPPED = "skips"
    FAILED_AS_EXPECTED = "expectedFailures"
    FAILED = "failures"
    BROKEN = "errors"
    PASSED_UNEXPECTEDLY = "unexpectedSuccesses"
    PASSED = "successes"


# How they are called, and in which order, by repr().
_IN_SHORT = (
    ("errors", Outcome.BROKEN),
    ("failures", Outcome.FAILED),
    ("todos", Outcome.FAILED_AS_EXPECTED),
    ("dones", Outcome.PASSED_UNEXPECTEDLY),
    ("skips", Outcome.SKIPPED),
)


class TakesParts:
    """
    For reporters: they are told of parts of tests of C{unittest} as of tests.
    """

    def addSubTest(self: Any, test: Any, subtest: Any, err: Any) -> None:
        """
        A part of a test is over.

        @param err: what it raised, as from C{sys.exc_info}; or C{None}.
        """
        if err is not None:
            wrong = issubclass(err[0], test.failureException)
            (self.addFailure if wrong else self.addError)(subtest, err)


@implementer(itrial.IReporter)
class TestResult(TakesParts, unittest.TestResult):
    """
    Counts successes and keeps everything else.

    @ivar successes: how many tests passed.
    @ivar errors: pairs of a test and a L{Failure}.
    @ivar failures: pairs of a test and a L{Failure}.
    @ivar skips: pairs of a test and a reason.
    @ivar expectedFailures: triples of a test, a L{Failure} and a
        L{Todo<twisted.trial.unittest.Todo>}.
    @ivar unexpectedSuccesses: pairs of a test and a
        L{Todo<twisted.trial.unittest.Todo>}.
    """

    __test__ = False  # for pytest, which goes by the name

    errors: list[Any]
    failures: list[Any]
    expectedFailures: list[Any]
    unexpectedSuccesses: list[Any]
    skips: list[Any]
    successes: int

    _DEFAULT_TODO = "Test expected to fail"

    # When the test now being run began, and how long the last one took.
    _testStarted: float | None = None
    _lastTime: float | None = None

    def __init__(self) -> None:
        super().__init__()
        self.successes, self.skips = 0, []

    def __repr__(self) -> str:
        counts = ((name, self._count(outcome)) for name, outcome in _IN_SHORT)
        what = " ".join(f"{name}={count}" for name, count in (("run", self.testsRun), *counts))
        return f"<{type(self).__module__}.{type(self).__qualname__} {what}>"

    def _getTime(self) -> float:
        """Return the time, in seconds from anywhere."""
        return time.time()

    def _getFailure(self, error: Any) -> Failure:
        """
        Make a L{Failure} of what a test was said to have failed with.

        @raise TypeError: it is nothing of the kind.
        """
        if isinstance(error, Failure):
            return error
        if isinstance(error, tuple) and len(error) == 3:
            kind, value, traceback = error
            return Failure(value, kind, traceback)
        raise TypeError(f"Cannot convert {error!r} to a Failure")

    def _getTodo(self, todo: Any) -> Any:
        """Return *todo*, or one for those who give none."""
        return Todo(self._DEFAULT_TODO) if todo is None else todo

    def startTest(self, test: Any) -> None:
        """See L{itrial.IReporter.startTest}."""
        super().startTest(test)
        self._testStarted = self._getTime()

    def stopTest(self, test: Any) -> None:
        """See L{itrial.IReporter.stopTest}."""
        super().stopTest(test)
        began = self._testStarted
        self._lastTime = None if began is None else self._getTime() - began

    def _note(self, outcome: Outcome, test: Any, *details: Any) -> None:
        """
        Keep what has become of a test.  All of the C{add} methods come here.

        @param details: what is kept, besides the test.
        """
        if outcome is Outcome.PASSED:
            self.successes += 1
        else:
            getattr(self, outcome.value).append((test, *details))

    def _count(self, outcome: Outcome) -> int:
        """Return how often it was so."""
        kept = getattr(self, outcome.value)
        return kept if isinstance(kept, int) else len(kept)

    def addSuccess(self, test: Any) -> None:
        """See L{itrial.IReporter.addSuccess}."""
        self._note(Outcome.PASSED, test)

    def addFailure(self, test: Any, fail: Any) -> None:
        """See L{itrial.IReporter.addFailure}."""
        self._note(Outcome.FAILED, test, self._getFailure(fail))

    def addError(self, test: Any, error: Any) -> None:
        """See L{itrial.IReporter.addError}."""
        self._note(Outcome.BROKEN, test, self._getFailure(error))

    def addSkip(self, test: Any, reason: Any) -> None:
        """See L{itrial.IReporter.addSkip}."""
        self._note(Outcome.SKIPPED, test, reason)

    def addExpectedFailure(self, test: Any, error: Any, todo: Any = None) -> None:
        """See L{itrial.IReporter.addExpectedFailure}."""
        self._note(Outcome.FAILED_AS_EXPECTED, test, error, self._getTodo(todo))

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """See L{itrial.IReporter.addUnexpectedSuccess}."""
        self._note(Outcome.PASSED_UNEXPECTEDLY, test, self._getTodo(todo))

    def wasSuccessful(self) -> bool:
        """
        Return whether there were neither failures nor errors.  A success that
        was not expected is one all the same.
        """
        return not self.failures and not self.errors

    def done(self) -> None:
        """See L{itrial.IReporter.done}; nothing is left to do."""
