"""
Time that passes only when it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush, heapreplace

from zope.interface import implementer

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IDelayedCall, IReactorTime

# Entries that mean nothing any more are dropped when there are this many
# beyond twice the number of calls.
_SLACK = 64


@implementer(IReactorTime)
class Clock:
    """
    A clock for tests: the delayed calls of a reactor, without a reactor.

    Calls are kept in a heap.  A call that was put off stays where it is until
    it comes up; one that was brought forward gets a second entry; one that was
    cancelled leaves its entry behind.

    @ivar rightNow: the time, in seconds; it starts at 0.
    """

    rightNow: float = 0.0

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, DelayedCall]] = []
        # What is still to be made, in the order in which it was asked for.
        self._pending: dict[DelayedCall, None] = {}
        self._filed = 0

    def seconds(self) -> float:
        """Return the time, in seconds."""
        return self.rightNow

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kw: object
    ) -> IDelayedCall:
        """
        Have *callable* called once the clock has been advanced by *delay*.

        @param delay: seconds.
        @return: a handle by which the call can be cancelled or put off.
        """
        moment = self.seconds() + delay
        call = DelayedCall(
            moment, callable, args, kw, self._forget, self._broughtForward, self.seconds
        )
        self._pending[call] = None
        self._filed = number = self._filed + 1
        heappush(self._heap, (moment, number, call))
        return call  # type: ignore[return-value]

    def _broughtForward(self, call: DelayedCall) -> None:
        self._filed += 1
        heappush(self._heap, (call.time, self._filed, call))
        self._sweep()

    def _forget(self, call: DelayedCall) -> None:
        self._pending.pop(call, None)
        self._sweep()

    def _sweep(self) -> None:
        """Rebuild the heap when most of it is left over."""
        if len(self._heap) > 2 * len(self._pending) + _SLACK:
            order = enumerate(self._pending, self._filed - len(self._pending) + 1)
            self._heap = [(call.time, number, call) for number, call in order]
            heapify(self._heap)

    @property
    def calls(self) -> list[DelayedCall]:
        """The calls that are still to be made, the next one first."""
        return sorted(self._pending, key=DelayedCall.getTime)

    def getDelayedCalls(self) -> Sequence[IDelayedCall]:
        """Return the calls that are still to be made, the next one first."""
        return self.calls  # type: ignore[return-value]

    def _next(self) -> DelayedCall | None:
        """Bring the earliest call to the top of the heap, and return it."""
        heap, pending = self._heap, self._pending
        while heap:
            _, number, call = heap[0]
            if call not in pending:
                heappop(heap)  # cancelled, or made through its other entry
            elif call.delayed_time:
                # From here on a reset to before this moment is told.
                call.activate_delay()
                heapreplace(heap, (call.time, number, call))
            else:
                return call
        return None

    def advance(self, amount: float) -> None:
        """
        Let time pass, then make the calls that are due, the earliest first;
        also those that are asked for meanwhile, if they are due already.

        What a call raises is raised here; the rest is left for the next time.

        @param amount: seconds.
        """
        self.rightNow += amount
        while (call := self._next()) is not None and self._heap[0][0] <= self.seconds():
            heappop(self._heap)
            del self._pending[call]
            call.called = 1
            call.func(*call.args, **call.kw)

    def pump(self, timings: Iterable[float]) -> None:
        """
        Advance several times.

        @param timings: the seconds of each step.
        """
        for amount in timings:
            self.advance(amount)
