"""
A reactor in an asyncio event loop: asyncio waits, and its libraries and ours
share one thread.

Any loop that watches descriptors will do (the selector loops, uvloop); the
Proactor loop of Windows does not.  The other way round, an asyncio loop on our
reactor, is L{twisted.internet.asyncioloop}.
"""

from __future__ import annotations

import asyncio
import select
from math import ceil
from typing import Any

from zope.interface import implementer

from twisted.internet._guestloop import GuestReactor
from twisted.internet._selectables import ServesRefused
from twisted.internet.interfaces import IReactorFDSet
from twisted.logger import Logger

__all__ = ["AsyncioSelectorReactor", "install"]

_log = Logger()


class _Side:
    """
    The readers, or the writers, and how the loop is told of them.

    @ivar held: whose each watched number is.
    """

    def __init__(self, watch: Any, unwatch: Any, happened: Any) -> None:
        self.held: dict[int, Any] = {}
        self._watch = watch
        self._unwatch = unwatch
        self._happened = happened

    def add(self, selectable: Any) -> None:
        fd = selectable.fileno()
        known = self.held.get(fd)
        if known is selectable:
            return
        if known is not None:
            # It was closed without a word, and the number given again.
            self._drop(fd)
        self._watch(fd, self._happened, fd, selectable)
        self.held[fd] = selectable

    def remove(self, selectable: Any) -> None:
        fd = selectable.fileno()
        if self.held.get(fd) is not selectable:
            # It has been closed since; the loop knows it by its old number.
            numbers = [n for n, known in self.held.items() if known is selectable]
            if not numbers:
                return
            fd = numbers[0]
        self._drop(fd)

    def _drop(self, fd: int) -> None:
        del self.held[fd]
        try:
            self._unwatch(fd)
        except (OSError, ValueError, RuntimeError) as problem:
            _log.debug("Forgetting descriptor {fd}: {problem}", fd=fd, problem=problem)

    def all(self) -> list[Any]:
        return list(self.held.values())


@implementer(IReactorFDSet)
class AsyncioSelectorReactor(ServesRefused, GuestReactor):
    """
    A reactor in an asyncio event loop.

    @ivar _asyncioEventloop: the loop.
    """

    # As under a test runner for asyncio.
    _servesUnstarted = True

    def __init__(self, eventloop: asyncio.AbstractEventLoop | None = None) -> None:
        """
        @param eventloop: the loop to live in; by default a new one, which
            becomes the current one of this thread.
        @raise TypeError: it cannot watch descriptors.
        """
        if eventloop is None:
            eventloop = asyncio.new_event_loop()
            # So that Futures which are made without naming a loop are its own.
            asyncio.set_event_loop(eventloop)
        proactor = getattr(asyncio, "ProactorEventLoop", None)
        if proactor is not None and isinstance(eventloop, proactor):
            raise TypeError(f"ProactorEventLoop is not supported, got: {eventloop}")
        self._asyncioEventloop: Any = eventloop
        self._wakeHandle: Any = None
        self._watchesOn = isinstance(eventloop, asyncio.SelectorEventLoop)
        self._readSide = _Side(eventloop.add_reader, eventloop.remove_reader, self._readable)
        self._writeSide = _Side(eventloop.add_writer, eventloop.remove_writer, self._writable)
        super().__init__()

    # -- descriptors ----------------------------------------------------------

    def _readable(self, fd: int, selectable: Any) -> None:
        if self._readSide.held.get(fd) is selectable:
            self._happened(selectable, True, False)
            if not self._watchesOn and self._readSide.held.get(fd) is selectable:
                self._watchBroken(fd, selectable)

    def _watchBroken(self, fd: int, selectable: Any) -> None:
        """
        Watch on for an error that is still to be read.

        libuv ends its watch when it reports one; what was read then may be the
        data of before the error only.
        """
        waiting = select.poll()
        waiting.register(fd, 0)
        if any(event & select.POLLERR for _, event in waiting.poll(0)):
            self._readSide.remove(selectable)
            self._readSide.add(selectable)

    def _writable(self, fd: int, selectable: Any) -> None:
        if self._writeSide.held.get(fd) is selectable:
            self._happened(selectable, False, True)

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        try:
            self._readSide.add(reader)
        except OSError as problem:
            self._insteadOf(problem).addReader(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        try:
            self._writeSide.add(writer)
        except OSError as problem:
            self._insteadOf(problem).addWriter(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        self._readSide.remove(reader)
        self._removeRefused("removeReader", reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        self._writeSide.remove(writer)
        self._removeRefused("removeWriter", writer)

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        return self._removeAll(self.getReaders(), self.getWriters())

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return [*self._readSide.all(), *self._refused("getReaders")]

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return [*self._writeSide.all(), *self._refused("getWriters")]

    # -- the host ---------------------------------------------------------------

    def _wakeIn(self, delay: float) -> None:
        loop = self._asyncioEventloop
        if delay > 0:
            # In whole milliseconds, as uvloop counts and as epoll waits: woken
            # within the last one before it is due, we would ask again and again.
            self._wakeHandle = loop.call_later(ceil(delay * 1000) / 1000, self._turn)
        else:
            self._wakeHandle = loop.call_soon(self._turn)

    def _forgetWake(self) -> None:
        handle, self._wakeHandle = self._wakeHandle, None
        if handle is not None:
            handle.cancel()

    def _runHost(self) -> None:
        self._asyncioEventloop.run_forever()

    def _quitHost(self) -> None:
        self._asyncioEventloop.stop()

    def iterate(self, timeout: float | None = 0.0) -> None:  # type: ignore[override]
        """
        Run the loop for *timeout* seconds.
        """
        self.runUntilCurrent()
        loop = self._asyncioEventloop
        # One more pass than none: the first is what asks the kernel.
        loop.call_later(timeout or 0, loop.call_soon, loop.stop)
        loop.run_forever()

    def doIteration(self, delay: float | None) -> None:
        """
        Run the loop for *delay* seconds.
        """
        self.iterate(delay)

    def run(self, installSignalHandlers: bool = True) -> None:
        """
        Run the loop until C{stop}.

        @param installSignalHandlers: stop on SIGINT and SIGTERM, and reap
            children on SIGCHLD.
        @raise twisted.internet.error.ReactorAlreadyRunning: it runs.
        @raise twisted.internet.error.ReactorNotRestartable: it was stopped.
        """
        super().run(installSignalHandlers=installSignalHandlers)


def install(eventloop: asyncio.AbstractEventLoop | None = None) -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @param eventloop: the loop to live in; see L{AsyncioSelectorReactor}.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = AsyncioSelectorReactor(eventloop)
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
