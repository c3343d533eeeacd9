"""
The reporter of tests that are run at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from zope.interface import implementer

from twisted.python.components import proxyForInterface
from twisted.trial.itrial import IReporterWithDurations

_Base: Any = proxyForInterface(IReporterWithDurations)


@implementer(IReporterWithDurations)
class DistReporter(_Base):
    """
    Keeps what happens to a test until it is over, and then lets a usual
    reporter know all of it at once, so that tests do not get mixed up.

    @ivar original: the usual reporter.
    @ivar running: what it is to be told, by the ids of the tests being run.
    """

    def __init__(self, original: Any) -> None:
        super().__init__(original)
        self.running: dict[str, list[Callable[[], object]]] = {}

    def _keep(self, method: str, test: Any, *args: Any) -> None:
        """
        Call *method* of the usual reporter when *test* is over; if it is, as
        it was given up, it is too late for that.
        """
        kept = self.running.get(test.id())
        if kept is not None:
            kept.append(partial(getattr(self.original, method), test, *args))

    def startTest(self, test: Any) -> None:
        """A test begins."""
        self.running[test.id()] = []
        self._keep("startTest", test)

    def stopTest(self, test: Any) -> None:
        """A test is over: tell everything."""
        self._keep("stopTest", test)
        for call in self.running.pop(test.id(), ()):
            call()

    def addSuccess(self, test: Any) -> None:
        """A test has passed."""
        self._keep("addSuccess", test)

    def addError(self, test: Any, error: Any) -> None:
        """A test has raised an unexpected exception."""
        self._keep("addError", test, error)

    def addFailure(self, test: Any, fail: Any) -> None:
        """A test has found something not as it should be."""
        self._keep("addFailure", test, fail)

    def addSkip(self, test: Any, reason: Any) -> None:
        """A test was skipped."""
        self._keep("addSkip", test, reason)

    def addExpectedFailure(self, test: Any, error: Any, todo: Any = None) -> None:
        """A test has failed, as it was to be expected."""
        self._keep("addExpectedFailure", test, error, todo)

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """A test has passed, which was not to be expected."""
        self._keep("addUnexpectedSuccess", test, todo)
