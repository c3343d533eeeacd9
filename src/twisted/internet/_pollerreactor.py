"""
What the reactors on epoll(7) and kqueue(2) have in common: all but the poller.

Level-triggered: nothing has to be read until the kernel refuses.  The loop is
compiled where it was built for that poller; with C{PURE_PYTHON=1}, or without
it, the same is done over the module L{select}.
"""

from __future__ import annotations

from typing import Any, ClassVar

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet._masks import MaskTable
from twisted.internet._selectables import HeldByLoop
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase

#: The loop that was compiled, if one was: over whichever poller.
_Compiled: Any = pick("reactor", None, "twisted.internet._reactor_c", "PollerLoop")


def loopOver(pure: type[MaskTable]) -> Any:
    """Return the twin of *pure* that is to run."""
    if _Compiled is not None and _Compiled.facility == pure.facility:
        return _Compiled
    return pure


@implementer(IReactorFDSet)
class PollerReactor(HeldByLoop, PosixReactorBase):
    """
    A reactor whose loop waits with a poller.

    @cvar _waiting: what C{doIteration} is called besides.
    """

    _flushesAfterEvents = True

    _loopFactory: Any
    _waiting: ClassVar[str] = "doPoll"

    def __init__(self) -> None:
        super().__init__()
        if self._isCompiled():
            own = type(self)
            if _sameMethods(own, "addReader", "addWriter", "removeReader", "removeWriter"):
                self._loop.direct = True
            if _sameMethods(own, "callFromThread", "wakeUp"):
                self.callFromThread = self._loop.callFromThread  # type: ignore[method-assign]

    def _isCompiled(self) -> bool:
        return _Compiled is not None and isinstance(self._loop, _Compiled)

    def _turns(self) -> None:
        """
        Turn until C{stop} or C{crash}: in C, unless what a turn consists of
        has been replaced.
        """
        kind = type(self)
        if (
            not self._isCompiled()
            or not self.__dict__.keys().isdisjoint((*_TURN, self._waiting))
            or not _sameMethods(kind, *_TURN)
            or getattr(kind, self._waiting) is not PollerReactor.doPoll
        ):
            super()._turns()
        else:
            self._loop.run()


# What the compiled loop does by itself.
_TURN = ("runUntilCurrent", "timeout", "doIteration")


def _sameMethods(kind: type[Any], *names: str) -> bool:
    """Tell whether *kind* has these methods as they are here."""
    return all(getattr(kind, name) is getattr(PollerReactor, name) for name in names)
