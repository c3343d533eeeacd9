"""
What the processes of all platforms share: telling the protocol of the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()


class BaseProcess:
    """
    A process, with the protocol that is told about it.

    @ivar pid: its number, L{None} when there is none or it has been reaped.
    @ivar status: the status it ended with, as the platform gives it.
    @ivar lostProcess: whether it has ended.
    @ivar proto: the C{IProcessProtocol}; L{None} once it was told everything.
    """

    pid: int | None = None
    status: int | None = None
    lostProcess: Any = 0
    proto: Any = None

    def __init__(self, protocol: Any) -> None:
        """
        @param protocol: an C{IProcessProtocol}, or L{None}.
        """
        self.proto = protocol

    def _tell(self, event: str, reason: BaseException) -> None:
        """Call a method of the protocol, if it has it; log what that raises."""
        method: Callable[[Failure], None] | None = getattr(self.proto, event, None)
        if method is None:
            return
        try:
            method(Failure(reason))
        except BaseException:
            _log.failure("unexpected error in {event}", event=event)

    def _getReason(self, status: int) -> BaseException:
        """Return the exception that stands for having ended with *status*."""
        raise NotImplementedError

    def _callProcessExited(self, reason: BaseException) -> None:
        self._tell("processExited", reason)

    def processEnded(self, status: int) -> None:
        """
        The process has ended.

        @param status: as the platform gives it.
        """
        self.status = status
        self.lostProcess += 1
        self.pid = None
        self._callProcessExited(self._getReason(status))
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """
        Tell the protocol that all is over, if the process has ended; once.

        A subclass calls this when there is no more output to come either.
        """
        if self.lostProcess and self.proto is not None and self.status is not None:
            try:
                self._tell("processEnded", self._getReason(self.status))
            finally:
                self.proto = None


__all__ = ["BaseProcess"]
