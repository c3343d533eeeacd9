"""
The pure twin of the epoll loop: the descriptor table over L{select.epoll}.

The compiled twin is C{EPollLoop} of C{twisted.internet._reactor_c}.
"""

from __future__ import annotations

from errno import EINTR
from select import EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll
from typing import Any

from twisted.internet import _dispatch
from twisted.internet._loop_py import Loop

DISCONNECTED = EPOLLHUP | EPOLLERR

# Events taken from the kernel in one wait.
BATCH = 1024


class EPollLoop(Loop):
    """
    A loop that waits with epoll(7).

    @ivar poller: the L{select.epoll}.
    """

    def __init__(self, reactor: Any, customClock: bool) -> None:
        super().__init__(reactor, customClock)
        self.poller = epoll(1024)
        self._waiter: Any = self.poller
        self._readers: dict[int, Any] = {}
        self._writers: dict[int, Any] = {}
        self._masks: dict[int, int] = {}

    def _tell(self, fd: int) -> None:
        """Let the kernel know what *fd* is waited for."""
        mask = (EPOLLIN if fd in self._readers else 0) | (
            EPOLLOUT if fd in self._writers else 0
        )
        before = self._masks.get(fd, 0)
        if mask == before:
            return
        if not before:
            self.poller.register(fd, mask)
        elif mask:
            self.poller.modify(fd, mask)
        else:
            try:
                self.poller.unregister(fd)
            except (OSError, ValueError):
                pass  # closed: the kernel has forgotten it already
        if mask:
            self._masks[fd] = mask
        else:
            del self._masks[fd]

    def _add(self, held: dict[int, Any], selectable: Any) -> None:
        fd = selectable.fileno()
        known = held.get(fd)
        if known is selectable:
            return
        if known is not None or self._isStale(fd, selectable):
            self._forget(fd)
        held[fd] = selectable
        try:
            self._tell(fd)
        except BaseException:
            held.pop(fd, None)
            raise

    def _isStale(self, fd: int, selectable: Any) -> bool:
        """
        Tell whether somebody else holds *fd* who has closed it: the kernel
        drops a closed descriptor by itself, and its number is given again.
        """
        other = self._readers.get(fd) or self._writers.get(fd)
        return other is not None and other is not selectable and other.fileno() != fd

    def _forget(self, fd: int) -> None:
        self._readers.pop(fd, None)
        self._writers.pop(fd, None)
        try:
            self._tell(fd)
        except OSError:
            self._masks.pop(fd, None)

    def _remove(self, held: dict[int, Any], selectable: Any) -> None:
        fd = selectable.fileno()
        if held.get(fd) is not selectable:
            for fd, known in held.items():  # noqa: B007  (used below)
                if known is selectable:
                    break
            else:
                return
        del held[fd]
        self._tell(fd)

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        self._add(self._readers, reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        self._add(self._writers, writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        if self._readers:
            self._remove(self._readers, reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        if self._writers:
            self._remove(self._writers, writer)

    def isReading(self, selectable: Any) -> bool:
        """Tell whether *selectable* is a reader."""
        return any(known is selectable for known in self._readers.values())

    def readers(self) -> list[Any]:
        """Return the readers."""
        return list(self._readers.values())

    def writers(self) -> list[Any]:
        """Return the writers."""
        return list(self._writers.values())

    def poll(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds (L{None}: for ever) and handle what
        happens.
        """
        if self.dirty:
            self.flush()
            if self.dirty:
                timeout = 0
        try:
            events = self._waiter.poll(-1 if timeout is None else timeout, BATCH)
        except OSError as problem:
            if problem.errno == EINTR:
                return
            raise
        readers, writers = self._readers, self._writers
        # Whose each event is, before any of them is handled: a handler may
        # close a descriptor whose number is then given to somebody else.
        known = [(fd, event, readers.get(fd), writers.get(fd)) for fd, event in events]
        for fd, event, reader, writer in known:
            readable = (
                bool(event & EPOLLIN) and reader is not None and readers.get(fd) is reader
            )
            gone = bool(event & DISCONNECTED)
            if reader is writer or writer is None:
                if reader is not None and (readers.get(fd) is reader or writers.get(fd) is writer):
                    writable = bool(event & EPOLLOUT) and writers.get(fd) is reader
                    if readable or writable or gone:
                        _dispatch.handle(self.reactor, reader, readable, writable, gone)
                continue
            if reader is not None and (readable or gone) and readers.get(fd) is reader:
                _dispatch.handle(self.reactor, reader, readable, False, gone)
            if writers.get(fd) is writer and (event & EPOLLOUT or gone):
                _dispatch.handle(self.reactor, writer, False, bool(event & EPOLLOUT), gone)

    def useWaiter(self, waiter: Any) -> None:
        """Wait with *waiter*'s C{poll} instead of our own, L{None}'s."""
        self._waiter = self.poller if waiter is None else waiter

    def close(self) -> None:
        """Give the kernel's table back."""
        self.poller.close()
