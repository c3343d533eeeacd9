"""
The signals that a running reactor handles, and how they are given back.

SIGINT, SIGTERM and SIGBREAK stop it.  SIGCHLD has it look which of its
processes have ended: the interpreter's own C-level handler writes a byte to a
wakeup descriptor, so the loop wakes whichever call it is in, and the look is
taken by the loop, not in a signal handler.

Signals belong to the main thread.  In another one nothing is installed, and
nothing is said about it, as a reactor in a thread is quite ordinary.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from twisted.internet._wakers import SocketWaker

_SIGCHLD: Any = getattr(signal, "SIGCHLD", None)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Handle SIGCHLD: a handler must exist for the wakeup byte to be written."""


def installHandler(fd: int) -> int:
    """
    Have a byte written to *fd* whenever a child process ends.

    @param fd: a non-blocking descriptor; -1 for none, and to restore the
        default handler.
    @return: the descriptor that was used before, or -1.
    @raise ValueError: this is not the main thread.
    """
    if fd == -1:
        signal.signal(_SIGCHLD, signal.SIG_DFL)
    else:
        signal.signal(_SIGCHLD, _ignore)
        signal.siginterrupt(_SIGCHLD, False)
    # A full pipe already says what there is to say.
    return signal.set_wakeup_fd(fd, warn_on_full_buffer=False)


def isDefaultHandler() -> bool:
    """Tell whether SIGCHLD is left to the system's default."""
    return signal.getsignal(_SIGCHLD) == signal.SIG_DFL


class _SIGCHLDWaker(SocketWaker):
    """Wakes the reactor when a child process has ended, and reaps it."""

    def doRead(self) -> None:
        """Take out what was written, and reap what can be reaped."""
        super().doRead()
        # Late: only who spawns processes needs to import it, and then it is.
        from twisted.internet import process

        process.reapAllProcesses()


class ReactorSignals:
    """
    What one run of a reactor does about signals.
    """

    def __init__(self, reactor: Any) -> None:
        """
        @param reactor: has C{sigInt}, C{sigTerm} and C{sigBreak}.
        """
        self._reactor = reactor
        self._before: list[tuple[int, Any]] = []
        self._waker: _SIGCHLDWaker | None = None
        self._wakeupBefore = -1

    def install(self) -> None:
        """
        Handle the signals; in the main thread only.

        A handler for SIGINT that the program has set itself is respected: it
        stays.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        reactor = self._reactor
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._handle(signal.SIGINT, reactor.sigInt)
        self._handle(signal.SIGTERM, reactor.sigTerm)
        if hasattr(signal, "SIGBREAK"):
            self._handle(signal.SIGBREAK, reactor.sigBreak)
        if _SIGCHLD is not None:
            self._watchChildren()

    def _handle(self, number: int, handler: Callable[[int, FrameType | None], None]) -> None:
        self._before.append((number, signal.getsignal(number)))
        signal.signal(number, handler)

    def _watchChildren(self) -> None:
        reactor = self._reactor
        self._before.append((_SIGCHLD, signal.getsignal(_SIGCHLD)))
        self._waker = waker = _SIGCHLDWaker(reactor)
        self._wakeupBefore = installHandler(waker.writerFileno())
        reactor._internalReaders.add(waker)
        reactor.addReader(waker)
        # What ended before the handler was there is told by no signal.
        reactor.callLater(0, waker.doRead)

    def uninstall(self) -> None:
        """Give the signals back to whom they belonged before."""
        waker, self._waker = self._waker, None
        if waker is not None:
            signal.set_wakeup_fd(self._wakeupBefore)
            self._reactor._internalReaders.discard(waker)
            self._reactor.removeReader(waker)
            waker.connectionLost(None)
        before, self._before = self._before, []
        for number, handler in reversed(before):
            # None stands for one that was not set from Python: it cannot be
            # set again, and the system's default is the nearest to it.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


__all__ = ["ReactorSignals", "installHandler", "isDefaultHandler"]
