"""
Reporters that stand before another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.python.components import proxyForInterface
from twisted.trial import itrial
from twisted.trial._reporters._results import TakesParts

__all__ = [
    "TestResultDecorator",
    "_AdaptedReporter",
    "_ExitWrapper",
]

_Proxy: Any = proxyForInterface(itrial.IReporterWithDurations, "_originalReporter")


@implementer(itrial.IReporterWithDurations)
class TestResultDecorator(TakesParts, _Proxy):
    """
    Stands before a reporter, and tells it everything.

    @param original: the reporter.
    """

    __test__ = False  # for pytest, which goes by the name
    failfast = False  # unittest asks for it, after parts of tests


class _ExitWrapper(TestResultDecorator):
    """
    Lets no further test begin when one went wrong.
    """

    def addError(self, *args: Any, **kwargs: Any) -> None:
        """See L{itrial.IReporter.addError}."""
        self._told(super().addError, args, kwargs)

    def addFailure(self, *args: Any, **kwargs: Any) -> None:
        """See L{itrial.IReporter.addFailure}."""
        self._told(super().addFailure, args, kwargs)

    def _told(self, tell: Callable[..., object], args: Any, kwargs: Any) -> None:
        """Tell it, and no more of other tests."""
        self.shouldStop = True
        tell(*args, **kwargs)


def _ofAdapted(name: str) -> Callable[..., None]:
    """
    Make the method that tells what the method of that name is told, of the
    adapted test.
    """

    def tell(self: _AdaptedReporter, test: Any, *args: Any, **kwargs: Any) -> None:
        getattr(self._originalReporter, name)(self.testAdapter(test), *args, **kwargs)

    tell.__name__ = name
    tell.__doc__ = f"See L{{itrial.IReporter.{name}}}."
    return tell


class _AdaptedReporter(TestResultDecorator):
    """
    Tells of other tests than it was told of.
    """

    def __init__(self, original: Any, testAdapter: Callable[[Any], Any]) -> None:
        """
        @param original: the reporter.
        @param testAdapter: makes of each test the one to tell of.
        """
        super().__init__(original)
        self.testAdapter = testAdapter

    startTest = _ofAdapted("startTest")
    stopTest = _ofAdapted("stopTest")
    addSuccess = _ofAdapted("addSuccess")
    addError = _ofAdapted("addError")
    addFailure = _ofAdapted("addFailure")
    addSkip = _ofAdapted("addSkip")
    addExpectedFailure = _ofAdapted("addExpectedFailure")
    addUnexpectedSuccess = _ofAdapted("addUnexpectedSuccess")
