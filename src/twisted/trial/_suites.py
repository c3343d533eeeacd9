"""
Suites that look after what is not in a single test's hands.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.trial import itrial, unittest
from twisted.trial._asyncrunner import TestSuite, _ForceGarbageCollectionDecorator
from twisted.trial._logwatch import _logObserver
from twisted.trial._utilities import excInfoOrFailureToExcInfo

__all__ = [
    "DestructiveTestSuite",
    "ErrorHolder",
    "LoggedSuite",
    "NOT_IN_TEST",
    "RepeatableSuite",
    "TestHolder",
    "TrialSuite",
    "endReactor",
]

# What errors are ascribed to that were logged between tests.
NOT_IN_TEST = "<not in test>"


class DestructiveTestSuite(TestSuite):
    """
    A suite that lets go of each test before it runs it, so that what tests
    keep does not add up.  It can be run once.
    """

    def run(self, result: Any) -> Any:  # type: ignore[override]
        """
        Run the tests.

        @param result: an L{itrial.IReporter}.
        @return: *result*.
        """
        while self._tests and not result.shouldStop:
            self._tests.pop(0)(result)
        return result


class LoggedSuite(TestSuite):
    """
    A suite that tells of errors which were logged outside of its tests.
    """

    def run(self, result: Any) -> Any:  # type: ignore[override]
        """
        Run the tests.

        @param result: an L{itrial.IReporter}.
        @return: *result*.
        """
        _logObserver._add()
        try:
            super().run(result)
        finally:
            _logObserver._remove()
        for error in _logObserver.flushErrors():
            result.addError(TestHolder(NOT_IN_TEST), error)
        return result


class RepeatableSuite(LoggedSuite):
    """
    The outermost suite of a run that others may follow.
    """

    def __init__(self, tests: Iterable[Any] = (), forceGarbageCollection: bool = False) -> None:
        """
        @param forceGarbageCollection: collect garbage before and after each
            test.
        """
        if forceGarbageCollection:
            tests = [unittest.decorate(test, _ForceGarbageCollectionDecorator) for test in tests]
        super().__init__(tests)


class TrialSuite(RepeatableSuite):
    """
    The outermost suite of the last run: when it is over so is the reactor's
    life, with all that waits for its end.
    """

    def run(self, result: Any) -> Any:  # type: ignore[override]
        """
        Run the tests.

        @param result: an L{itrial.IReporter}.
        @return: *result*.
        """
        try:
            return super().run(result)
        finally:
            endReactor()


def endReactor() -> None:
    """
    Fire the reactor's shutdown event, if there is a reactor, and wait for what
    waits for that.  It cannot be stopped after that, if it is run again.
    """
    # No test has needed one if it is not there, and it is not to be made now.
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is None or reactor.running:
        return
    ended: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("after", "shutdown", ended.callback, None)
    reactor.fireSystemEvent("shutdown")
    while not ended.called:
        reactor.iterate(0.01)


@implementer(itrial.ITestCase)
class TestHolder:
    """
    Stands for a test that there is not.

    @ivar description: what it is called.
    """

    __test__ = False  # for pytest, which goes by the name

    failureException: Any = None
    skip: Any = None

    def __init__(self, description: str) -> None:
        """
        @param description: what to call it.
        """
        self.description = description

    def __call__(self, result: Any) -> None:
        """The same as L{run}."""
        return self.run(result)

    def id(self) -> str:
        """Return the description."""
        return self.description

    def shortDescription(self) -> str:
        """Return the description."""
        return self.description

    def countTestCases(self) -> int:
        """Return 0: it is none."""
        return 0

    def _tell(self, result: Any) -> None:
        """Tell *result* how it went."""
        result.addSuccess(self)

    def run(self, result: Any) -> None:
        """
        Do as if there was a test.

        @param result: an L{itrial.IReporter}, or a L{unittest.TestResult}.
        """
        result.startTest(self)
        try:
            self._tell(result)
        finally:
            result.stopTest(self)


class ErrorHolder(TestHolder):
    """
    Stands for what could not be loaded, and for the reason.

    @ivar error: the reason, as from L{sys.exc_info}.
    """

    def __init__(self, description: str, error: Any) -> None:
        """
        @param description: what could not be loaded.
        @param error: the reason: a L{twisted.python.failure.Failure}, or a
            tuple as from L{sys.exc_info}.
        """
        super().__init__(description)
        self.error = excInfoOrFailureToExcInfo(error)

    def __repr__(self) -> str:
        return f"<ErrorHolder description={self.description!r} error={self.error[1]!r}>"

    def _tell(self, result: Any) -> None:
        """Tell *result* of the error."""
        result.addError(self, self.error)

    def run(self, result: Any) -> None:
        """
        Let *result* know of the error.

        @param result: an L{itrial.IReporter}, or a L{unittest.TestResult}.
        """
        super().run(result)
