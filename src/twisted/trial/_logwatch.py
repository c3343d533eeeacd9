"""
Watch the log for errors: who logs one in a test fails it.
"""

from __future__ import annotations

from typing import Any

from twisted.python import log
from twisted.python.failure import Failure

__all__ = ["_LogObserver", "_logObserver"]


class _LogObserver:
    """
    Keeps the failures that are logged while it is in place.

    It may be put in place several times over; it goes when it was taken away
    as often.
    """

    def __init__(self) -> None:
        self._errors: list[Failure] = []
        self._ignored: list[type[BaseException]] = []
        self._depth = 0

    def _add(self) -> None:
        """Begin to watch."""
        self._depth += 1
        if self._depth == 1:
            log.addObserver(self.gotEvent)

    def _remove(self) -> None:
        """End one L{_add}."""
        self._depth -= 1
        if self._depth == 0:
            log.removeObserver(self.gotEvent)

    def _ignoreErrors(self, *errorTypes: type[BaseException]) -> None:
        """Keep no errors of these types until L{_clearIgnores}."""
        self._ignored += errorTypes

    def _clearIgnores(self) -> None:
        """Keep errors of every type."""
        self._ignored = []

    def getErrors(self) -> list[Failure]:
        """Return what was kept; it is kept on."""
        return self._errors

    def flushErrors(self, *errorTypes: type[BaseException]) -> list[Failure]:
        """
        Forget errors.

        @param errorTypes: of which types; none given: all.
        @return: those forgotten.
        """
        if not errorTypes:
            flushed, self._errors = self._errors, []
            return flushed
        flushed: list[Failure] = []
        kept: list[Failure] = []
        for error in self._errors:
            (flushed if error.check(*errorTypes) else kept).append(error)
        self._errors = kept
        return flushed

    def gotEvent(self, event: dict[str, Any]) -> None:
        """
        Observe a log event.

        @param event: an event of L{twisted.python.log}.
        """
        if not event.get("isError") or "failure" not in event:
            return
        failure = event["failure"]
        if not (self._ignored and failure.check(*self._ignored)):
            self._errors.append(failure)


# One for all tests: errors logged by what a test left running belong to the
# test in which they are logged.
_logObserver = _LogObserver()
