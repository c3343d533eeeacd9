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
from twisted.internet._selectables import HeldByLoop
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase

__all__ = ["EPollReactor", "install"]

_Loop: Any = pick("reactor", _PureLoop, "twisted.internet._reactor_c")


@implementer(IReactorFDSet)
class EPollReactor(HeldByLoop, PosixReactorBase):
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
