"""
The reactor of Linux, on epoll(7).
"""

from __future__ import annotations

from typing import Any

from twisted.internet._epoll_py import EPollLoop as _PureLoop
from twisted.internet._pollerreactor import PollerReactor, loopOver

__all__ = ["EPollReactor", "install"]

_Loop: Any = loopOver(_PureLoop)


class EPollReactor(PollerReactor):
    """
    A reactor on epoll(7).

    @ivar _poller: what waits: an object with C{poll(timeout, maxevents)}.
        Put another in its place to watch or time the waiting.
    """

    _loopFactory: Any = staticmethod(_Loop)


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = EPollReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
