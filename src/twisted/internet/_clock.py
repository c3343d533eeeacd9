"""
A clock that stands still, for tests; and a Deferred that fires later.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from operator import methodcaller
from typing import Any

from zope.interface import implementer

from twisted.internet import base, defer
from twisted.internet.interfaces import IReactorTime

_due = methodcaller("getTime")


@implementer(IReactorTime)
class Clock:
    """
    Looks like the reactor's clock, and goes on only when it is told to.

    @ivar rightNow: the time, in seconds.
    @ivar calls: the calls that are to be made, the earliest first.
    """

    rightNow = 0.0

    def __init__(self) -> None:
        self.calls: list[base.DelayedCall] = []

    def seconds(self) -> float:
        """Return the time."""
        return self.rightNow

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kw: object
    ) -> base.DelayedCall:
        """
        Have *callable* called when the clock has advanced by *delay* seconds.

        @return: a handle by which it can be cancelled or put off.
        """
        call = base.DelayedCall(
            self.seconds() + delay,
            callable,
            args,
            kw,
            self.calls.remove,
            self._moved,
            self.seconds,
        )
        # Where the time is the same, the order of asking counts: behind.
        insort(self.calls, call, key=_due)
        return call

    def _moved(self, call: base.DelayedCall) -> None:
        """*call* was brought forward."""
        self._sortCalls()

    def _sortCalls(self) -> None:
        self.calls.sort(key=_due)

    def getDelayedCalls(self) -> Sequence[base.DelayedCall]:
        """Return the calls that are to be made."""
        return self.calls

    def advance(self, amount: float) -> None:
        """
        Let *amount* seconds pass, and make the calls that are due then, also
        those that are asked for meanwhile.
        """
        self.rightNow += amount
        # Calls may have been put off, which does not move them by itself.
        self._sortCalls()
        while self.calls:
            call = self.calls[0]
            if call.delayed_time:
                # Put off by one of the calls just made.
                self._sortCalls()
                call = self.calls[0]
            if call.getTime() > self.seconds():
                break
            self.calls.pop(0)
            call.called = 1
            call.func(*call.args, **call.kw)

    def pump(self, timings: Iterable[float]) -> None:
        """Advance by each of *timings*."""
        for amount in timings:
            self.advance(amount)


def deferLater(
    clock: IReactorTime,
    delay: float,
    callable: Callable[..., Any] | None = None,
    *args: object,
    **kw: object,
) -> defer.Deferred[Any]:
    """
    Call *callable* in *delay* seconds.

    @param clock: the reactor, or another clock.
    @return: fires with what it returns, L{None} if there is none to call.
        Cancelling it cancels the call.
    """

    def cancel(deferred: object) -> None:
        delayed.cancel()

    d: defer.Deferred[Any] = defer.Deferred(cancel)
    if callable is not None:
        function = callable
        d.addCallback(lambda ignored: function(*args, **kw))
    delayed = clock.callLater(delay, d.callback, None)
    return d
