"""
The reactor of Linux, on epoll(7).

Level-triggered: nothing has to be read until the kernel refuses.  The loop is
compiled where it was built; with C{PURE_PYTHON=1}, or without it, the same is
done over L{select.epoll}.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet._epoll_py import EPollLoop as _PureLoop
from twisted.internet._selectables import ServesRefused
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase

__all__ = ["EPollReactor", "install"]

_Loop: Any = pick("reactor", _PureLoop, "twisted.internet._reactor_c")


@implementer(IReactorFDSet)
class EPollReactor(ServesRefused, PosixReactorBase):
    """
    A reactor on epoll(7).

    @ivar _poller: what waits: an object with C{poll(timeout, maxevents)}.
        Put another in its place to watch or time the waiting.
    """

    _flushesAfterEvents = True

    _loopFactory: Any = staticmethod(_Loop)

    def __init__(self) -> None:
        super().__init__()
        own = type(self)
        compiled = _Loop is not _PureLoop and self._loopFactory is _Loop
        if compiled and _sameMethods(own, "addReader", "addWriter", "removeReader", "removeWriter"):
            self._loop.direct = True
        if compiled and _sameMethods(own, "callFromThread", "wakeUp"):
            self.callFromThread = self._loop.callFromThread  # type: ignore[method-assign]

    def _turns(self) -> None:
        """
        Turn until C{stop} or C{crash}: in C, unless what a turn consists of
        has been replaced.
        """
        if (
            _Loop is _PureLoop
            or not isinstance(self._loop, _Loop)
            or not self.__dict__.keys().isdisjoint(_TURN)
            or not _sameMethods(type(self), *_TURN)
        ):
            super()._turns()
        else:
            self._loop.run()

    @property
    def _poller(self) -> Any:
        return self.__dict__.get("_ownPoller") or self._loop.poller

    @_poller.setter
    def _poller(self, poller: Any) -> None:
        self.__dict__["_ownPoller"] = poller
        self._loop.useWaiter(None if poller is self._loop.poller else poller)

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        try:
            self._loop.addReader(reader)
        except OSError as problem:
            self._insteadOf(problem).addReader(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        try:
            self._loop.addWriter(writer)
        except OSError as problem:
            self._insteadOf(problem).addWriter(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        other = self._continuousPolling
        if other is not None and other.isReading(reader):
            other.removeReader(reader)
        else:
            self._loop.removeReader(reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        other = self._continuousPolling
        if other is not None and other.isWriting(writer):
            other.removeWriter(writer)
        else:
            self._loop.removeWriter(writer)

    def _isReading(self, selectable: Any) -> bool:
        return self._loop.isReading(selectable)  # type: ignore[no-any-return]

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        return self._removeAll(self.getReaders(), self.getWriters())

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return [*self._loop.readers(), *self._refused("getReaders")]

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return [*self._loop.writers(), *self._refused("getWriters")]

    def doPoll(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds (L{None}: for ever) and handle what
        happens.
        """
        self._loop.poll(timeout)

    doIteration = doPoll  # type: ignore[assignment]


# What the compiled loop does by itself.
_TURN = ("runUntilCurrent", "timeout", "doIteration", "doPoll")


def _sameMethods(kind: type[Any], *names: str) -> bool:
    """Tell whether *kind* has these methods as they are here."""
    return all(getattr(kind, name) is getattr(EPollReactor, name) for name in names)


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = EPollReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
