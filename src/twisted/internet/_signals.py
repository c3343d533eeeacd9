"""
What a reactor does with signals while it runs.

SIGINT, SIGTERM and SIGBREAK stop it, unless the program has handlers of its
own for them; SIGCHLD has children reaped.  A handler runs between two
instructions of Python, and a wait in the kernel is none: the interpreter
writes to a wake-up descriptor for every signal, which ends the wait.
"""

from __future__ import annotations

import signal
import threading
from typing import Any

from zope.interface import implementer

from twisted.internet._wakers import _FDWaker
from twisted.internet.interfaces import IReadDescriptor


@implementer(IReadDescriptor)
class SignalWaker(_FDWaker):
    """
    Is written to by the interpreter for every signal.

    @ivar gotChild: called in the reactor's thread after a SIGCHLD.
    """

    def __init__(self, reactor: Any, gotChild: Any) -> None:
        super().__init__(reactor)
        self.gotChild = gotChild
        self.childPending = False

    def doRead(self) -> Any:
        """Take what was written, and reap if a child has ended."""
        why = super().doRead()
        if self.childPending:
            self.childPending = False
            self.gotChild()
        return why

    def handleChild(self, number: int, frame: Any) -> None:
        """The handler of SIGCHLD."""
        self.childPending = True


def _noted(number: int, frame: Any) -> None:
    """Do nothing: only for a signal with a handler the wake-up byte is written."""


def installHandler(fd: int) -> int:
    """
    Have a byte written to *fd* whenever a child process ends.

    @param fd: a non-blocking descriptor; -1 for none, which leaves SIGCHLD to
        the system's default.
    @return: the descriptor of before, or -1.
    @raise ValueError: this is not the main thread.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL if fd == -1 else _noted)
    if fd != -1:
        signal.siginterrupt(signal.SIGCHLD, False)
    return signal.set_wakeup_fd(fd, warn_on_full_buffer=False)


def isDefaultHandler() -> bool:
    """Tell whether SIGCHLD is left to the system's default."""
    return signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL


def _reap() -> None:
    # Late: a program that starts no processes never loads the module.
    import sys

    process = sys.modules.get("twisted.internet.process")
    if process is not None:
        process.reapAllProcesses()


class ReactorSignals:
    """
    The handlers of one run of a reactor, and what they replaced.
    """

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self._before: dict[int, Any] = {}
        self._waker: SignalWaker | None = None
        self._wakeupBefore: int | None = None

    def install(self, stopping: bool = True) -> None:
        """
        Install the handlers.  Nothing happens in another thread than the main
        one, where the interpreter allows none.

        @param stopping: those that stop the reactor, too, and not only the one
            by which children are reaped.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        reactor = self.reactor
        if stopping:
            self._installStopping()
        self._waker = waker = SignalWaker(reactor, _reap)
        reactor._addInternalReader(waker)
        if isinstance(waker.o, int):
            self._wakeupBefore = signal.set_wakeup_fd(waker.o, warn_on_full_buffer=False)
        else:
            self._wakeupBefore = signal.set_wakeup_fd(waker.o.fileno(), warn_on_full_buffer=False)
        if hasattr(signal, "SIGCHLD"):
            self._handle(signal.SIGCHLD, waker.handleChild)
            signal.siginterrupt(signal.SIGCHLD, False)
            # Children may have ended before the handler was there.
            _reap()

    def _installStopping(self) -> None:
        reactor = self.reactor
        if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
            # Only in place of Python's own: a program's stays.
            self._handle(signal.SIGINT, reactor.sigInt)
        self._handle(signal.SIGTERM, reactor.sigTerm)
        if hasattr(signal, "SIGBREAK"):
            self._handle(signal.SIGBREAK, reactor.sigBreak)

    def _handle(self, number: int, handler: Any) -> None:
        self._before[number] = signal.signal(number, handler)

    def uninstall(self) -> None:
        """Put back what was there before."""
        if self._waker is None:
            return
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        self._before.clear()
        if self._wakeupBefore is not None:
            signal.set_wakeup_fd(self._wakeupBefore)
        waker, self._waker = self._waker, None
        self.reactor._removeInternalReader(waker)
        waker.connectionLost(None)
