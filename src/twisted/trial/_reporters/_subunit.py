"""
The reporter for the subunit protocol.
"""

from __future__ import annotations

import sys
from typing import Any

from zope.interface import implementer

from twisted.trial import itrial
from twisted.trial._utilities import excInfoOrFailureToExcInfo

TestProtocolClient: Any
try:
    from subunit import TestProtocolClient
except ImportError:  # an optional package
    TestProtocolClient = None

__all__ = ["SubunitReporter", "TestProtocolClient"]


@implementer(itrial.IReporter)
class SubunitReporter:
    """
    Writes a stream of the subunit protocol, by the package C{python-subunit}.
    """

    testsRun: Any = None

    # Whether all went well so far.
    _good = True

    def __init__(
        self,
        stream: Any = sys.stdout,
        tbformat: str = "default",
        realtime: bool = False,
        publisher: Any = None,
    ) -> None:
        """
        @param stream: what to write to: a binary file, or a text file with one
            behind it.
        @param tbformat: not looked at, like the rest; here because reporters
            are called with it.
        @raise Exception: the package is not there.
        """
        # Where it is offered: programs put another one there.
        from twisted.trial import reporter

        if reporter.TestProtocolClient is None:
            raise Exception("Subunit not available")
        self._subunit = reporter.TestProtocolClient(stream)

    def _tell(self, name: str, test: Any, *details: Any) -> Any:
        """
        Tell the stream; a version of the protocol that has no such message
        tells a success.
        """
        message = getattr(self._subunit, name, None)
        if message is None:
            return self._subunit.addSuccess(test)
        return message(test, *details)

    def _tellBad(self, name: str, test: Any, error: Any) -> Any:
        """Tell the stream what went wrong."""
        self._good = False
        return self._tell(name, test, excInfoOrFailureToExcInfo(error))

    @property
    def shouldStop(self) -> bool:
        """Whether no further test is to be begun."""
        return bool(self._subunit.shouldStop)

    def stop(self) -> Any:
        """Ask that no further test is begun."""
        return self._subunit.stop()

    def startTest(self, test: Any) -> Any:
        """See L{itrial.IReporter.startTest}."""
        return self._tell("startTest", test)

    def stopTest(self, test: Any) -> Any:
        """See L{itrial.IReporter.stopTest}."""
        return self._tell("stopTest", test)

    def addSuccess(self, test: Any) -> Any:
        """See L{itrial.IReporter.addSuccess}."""
        return self._tell("addSuccess", test)

    def addSkip(self, test: Any, reason: Any) -> Any:
        """See L{itrial.IReporter.addSkip}."""
        return self._tell("addSkip", test, reason)

    def addError(self, test: Any, err: Any) -> Any:
        """See L{itrial.IReporter.addError}."""
        return self._tellBad("addError", test, err)

    def addFailure(self, test: Any, err: Any) -> Any:
        """See L{itrial.IReporter.addFailure}."""
        return self._tellBad("addFailure", test, err)

    def addExpectedFailure(self, test: Any, failure: Any, todo: Any = None) -> Any:
        """See L{itrial.IReporter.addExpectedFailure}."""
        return self._tell("addExpectedFailure", test, excInfoOrFailureToExcInfo(failure))

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> Any:
        """See L{itrial.IReporter.addUnexpectedSuccess}; told as a success."""
        return self._tell("addSuccess", test)

    def wasSuccessful(self) -> bool:
        """Return whether there were neither failures nor errors."""
        return self._good

    def done(self) -> None:
        """Nothing: the stream says it all."""
