"""
The reactor of the BSDs and macOS, on kqueue(2).
"""

from __future__ import annotations

import select
from typing import Any

from zope.interface import Attribute, Interface, implementer

from twisted.internet._kqueue_py import KQueueLoop as _PureLoop
from twisted.internet._pollerreactor import PollerReactor, loopOver
from twisted.internet.interfaces import IReactorDaemonize

__all__ = ["KQueueReactor", "install"]

_Loop: Any = loopOver(_PureLoop)


class _IKQueue(Interface):
    """
    What the pure loop uses of the module L{select}.
    """

    kqueue = Attribute("The class of kernel event queues, L{select.kqueue}.")
    kevent = Attribute("The class of their changes and events, L{select.kevent}.")


@implementer(IReactorDaemonize)
class KQueueReactor(PollerReactor):
    """
    A reactor on kqueue(2).
    """

    _loopFactory: Any = staticmethod(_Loop)
    _waiting = "doKEvent"

    def __init__(self, _kqueueImpl: Any = select) -> None:
        """
        @param _kqueueImpl: an L{_IKQueue}; any but L{select} is used by the
            pure loop.
        """
        if _kqueueImpl is not select:
            self._loopFactory = type("KQueueLoop", (_PureLoop,), {"impl": _kqueueImpl})
        super().__init__()

    @property
    def _kq(self) -> Any:
        """The queue, as L{select.kqueue} or with the methods of L{select.epoll}."""
        poller = self._loop.poller
        return getattr(poller, "queue", poller)

    doKEvent = PollerReactor.doPoll

    def beforeDaemonize(self) -> None:
        """Do without a queue: a child process does not inherit it."""
        self._loop.suspend()

    def afterDaemonize(self) -> None:
        """Go on with a queue of this process's own."""
        self._loop.resume()


def isThere() -> bool:
    """Tell whether this system has kqueue(2)."""
    return _Loop is not _PureLoop or hasattr(select, "kqueue")


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise ImportError: this system has no kqueue.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    if not isThere():
        raise ImportError("this system has no kqueue(2)")
    reactor = KQueueReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
