"""
A reactor on poll(2), for POSIX systems that have nothing better.
"""

from __future__ import annotations

from errno import EINTR
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase, _PollLikeMixin

__all__ = ["PollReactor", "install"]


@implementer(IReactorFDSet)
class PollReactor(PosixReactorBase, _PollLikeMixin):
    """
    A reactor on poll(2).

    @ivar _poller: the L{select.poll}, or what somebody put in its place.
    @ivar _selectables: whose each number is.
    @ivar _reads, _writes: the numbers waited for.
    """

    _flushesAfterEvents = True

    _POLL_DISCONNECTED = POLLHUP | POLLERR | POLLNVAL
    _POLL_IN = POLLIN
    _POLL_OUT = POLLOUT

    def __init__(self) -> None:
        self._poller: Any = poll()
        self._selectables: dict[int, Any] = {}
        self._reads: dict[int, int] = {}
        self._writes: dict[int, int] = {}
        super().__init__()

    def _updateRegistration(self, fd: int) -> None:
        """Tell the kernel what *fd* is waited for."""
        mask = (POLLIN if fd in self._reads else 0) | (POLLOUT if fd in self._writes else 0)
        if mask:
            self._poller.register(fd, mask)
            return
        self._selectables.pop(fd, None)
        try:
            self._poller.unregister(fd)
        except (KeyError, ValueError):
            pass

    def _numberOf(self, selectable: Any) -> int:
        """
        Return the number under which *selectable* was registered, also when
        it has been closed since; -1 if it was not.
        """
        fd: int = selectable.fileno()
        if fd != -1:
            return fd
        for number, known in self._selectables.items():
            if known is selectable:
                return number
        return -1

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        fd = reader.fileno()
        if fd not in self._reads:
            self._selectables[fd] = reader
            self._reads[fd] = 1
            self._updateRegistration(fd)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        fd = writer.fileno()
        if fd not in self._writes:
            self._selectables[fd] = writer
            self._writes[fd] = 1
            self._updateRegistration(fd)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        fd = self._numberOf(reader)
        if self._reads.pop(fd, None):
            self._updateRegistration(fd)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        fd = self._numberOf(writer)
        if self._writes.pop(fd, None):
            self._updateRegistration(fd)

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        known = self._selectables
        return self._removeAll(
            [known[fd] for fd in self._reads], [known[fd] for fd in self._writes]
        )

    def doPoll(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds and handle what happens.
        """
        # Rounded up: a wait that ends before the timer is due is repeated.
        milliseconds = None if timeout is None else -int(-timeout * 1000 // 1)
        try:
            events = self._poller.poll(milliseconds)
        except OSError as problem:
            if problem.errno == EINTR:
                return
            raise
        for fd, event in events:
            selectable = self._selectables.get(fd)
            if selectable is not None:
                self._doReadOrWrite(selectable, fd, event)

    doIteration = doPoll  # type: ignore[assignment]

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return [self._selectables[fd] for fd in self._reads]

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return [self._selectables[fd] for fd in self._writes]


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = PollReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
