"""
A reactor on poll(2), for POSIX systems that have nothing better.
"""

from __future__ import annotations

from math import ceil
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll
from typing import Any

from zope.interface import implementer

from twisted.internet._masks import Loop, MaskTable
from twisted.internet._selectables import HeldByLoop
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase

__all__ = ["PollReactor", "install"]


class _PollLoop(Loop, MaskTable):
    """A loop that waits with poll(2)."""

    IN = POLLIN
    OUT = POLLOUT
    GONE = POLLHUP | POLLERR | POLLNVAL

    def __init__(self, reactor: Any, customClock: bool) -> None:
        super().__init__(reactor, customClock)
        self._openTable(poll())

    def _ask(self, timeout: float | None) -> list[tuple[int, int]]:
        # Rounded up: a wait that ends before the timer is due is repeated.
        return self._waiter.poll(None if timeout is None else ceil(timeout * 1000))  # type: ignore[no-any-return]


@implementer(IReactorFDSet)
class PollReactor(HeldByLoop, PosixReactorBase):
    """
    A reactor on poll(2).

    @ivar _poller: what waits: the L{select.poll}, or what somebody has put in
        its place.
    """

    _flushesAfterEvents = True

    _loopFactory: Any = _PollLoop


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = PollReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
