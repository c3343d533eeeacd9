"""
Let results of the standard library's C{unittest} stand in for reporters.
"""

from __future__ import annotations

from typing import Any

from twisted.python.failure import Failure

__all__ = ["PyUnitResultAdapter", "UnsupportedTrialFeature"]


class UnsupportedTrialFeature(Exception):
    """
    Something happened to a test that the result object cannot be told.
    """


class PyUnitResultAdapter:
    """
    Tells a L{unittest.TestResult} what trial tells a reporter.

    @ivar original: the L{unittest.TestResult}.
    """

    def __init__(self, original: Any) -> None:
        """
        @param original: the result to tell.
        """
        self.original = original

    def startTest(self, method: Any) -> None:
        """See L{twisted.trial.itrial.IReporter.startTest}."""
        self._tell("startTest", method)

    def stopTest(self, method: Any) -> None:
        """See L{twisted.trial.itrial.IReporter.stopTest}."""
        self._tell("stopTest", method)

    def stop(self) -> None:
        """Ask that no further test is begun."""
        self.original.stop()

    @property
    def shouldStop(self) -> bool:
        """Whether no further test is to be begun."""
        return bool(getattr(self.original, "shouldStop", False))

    def _tell(self, how: str, test: Any, *what: Any) -> None:
        """
        Call a method of the result object; of failures tell as
        C{sys.exc_info} does.
        """
        told = [_excInfo(each) if isinstance(each, Failure) else each for each in what]
        getattr(self.original, how)(test, *told)

    def _tellIfKnown(self, how: str, test: Any, feature: str, *what: Any) -> None:
        """
        The same, if there is such a method; else let the test fail, for want
        of a better way to tell of *feature*.
        """
        if hasattr(self.original, how):
            self._tell(how, test, *what)
        else:
            problem = UnsupportedTrialFeature(feature, *what)
            self._tell("addFailure", test, (UnsupportedTrialFeature, problem, None))

    def addSuccess(self, test: Any) -> None:
        """See L{twisted.trial.itrial.IReporter.addSuccess}."""
        self._tell("addSuccess", test)

    def addFailure(self, test: Any, fail: Any) -> None:
        """See L{twisted.trial.itrial.IReporter.addFailure}."""
        self._tell("addFailure", test, fail)

    def addError(self, test: Any, error: Any) -> None:
        """See L{twisted.trial.itrial.IReporter.addError}."""
        self._tell("addError", test, error)

    def addSkip(self, test: Any, reason: Any) -> None:
        """See L{twisted.trial.itrial.IReporter.addSkip}."""
        self._tellIfKnown("addSkip", test, "skip", reason)

    def addExpectedFailure(self, test: Any, error: Any, todo: Any = None) -> None:
        """See L{twisted.trial.itrial.IReporter.addExpectedFailure}."""
        self._tellIfKnown("addExpectedFailure", test, "expected failure", error)

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """See L{twisted.trial.itrial.IReporter.addUnexpectedSuccess}."""
        self._tellIfKnown("addUnexpectedSuccess", test, "unexpected success")

    def upDownError(self, method: Any, error: Any, warn: bool, printStatus: bool) -> None:
        """Nothing: errors of fixtures are told by L{addError}."""


def _excInfo(failure: Failure) -> tuple[Any, Any, Any]:
    """Return what C{sys.exc_info} gave when it happened."""
    return failure.type, failure.value, failure.getTracebackObject()
