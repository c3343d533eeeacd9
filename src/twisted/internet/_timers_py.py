"""
The pure twin of the timers: calls to be made later, in a heap.

A heap entry is C{(time, sequence, call)}: calls for the same moment run in the
order in which they were made.  The call knows the number of the entry that
counts, 0 when it was cancelled or made: any other entry is stale.  Cancelling
and putting off leave the entry where it is: a stale one is dropped, and one that
was put off is filed again, when it reaches the top.  Only a call that is brought
*forward* gets a second entry.

The compiled twin is C{DelayedCallBase} and C{TimerQueue} of
C{twisted.internet._reactor_c}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from heapq import heapify, heappop, heappush
from time import time as realSeconds
from typing import Any

from twisted.internet.error import AlreadyCalled, AlreadyCancelled

# Rebuilding the heap pays when at least this many, and half of it, are cancelled.
COMPACT = 50


class DelayedCallBase:
    """
    A call to be made at some time: its state, and how it is changed.

    Made by a queue it belongs to that queue; made by itself (as
    L{twisted.internet.task.Clock} does) it tells *canceller* and *resetter*.
    """

    _queue: TimerQueue | None = None
    _context: Any = None  # in which it was asked for, and is made, unless that is empty
    _sequence = 0  # of the heap entry that counts: 0 when none does, or in no queue
    _born = 0  # of the first one, if there was another
    # What most calls leave as it is, is not theirs: that is the larger part of
    # the time that making one takes.
    canceller: Callable[[Any], None] | None = None
    resetter: Callable[[Any], None] | None = None
    cancelled: Any = 0
    called: Any = 0
    creator: Sequence[str] | None = None
    debug: Any = False
    _repr: str | None = None

    def __init__(
        self,
        time: float,
        func: Callable[..., Any],
        args: Sequence[object],
        kw: Mapping[str, object],
        cancel: Callable[[Any], None] | None,
        reset: Callable[[Any], None] | None,
        seconds: Callable[[], float] | None = realSeconds,
    ) -> None:
        self.time = time
        self.func = func
        self.args = args
        self.kw = kw
        self.seconds = seconds
        self.delayed_time = 0.0
        if cancel is not None:
            self.canceller = cancel
        if reset is not None:
            self.resetter = reset
        if self.debug:
            self._noteCreator()

    def _noteCreator(self) -> None:
        """Remember the stack, for C{repr}; the public class does it."""

    def getTime(self) -> float:
        """Return the moment at which the call is to be made, in seconds."""
        return self.time + self.delayed_time

    def active(self) -> bool:
        """Tell whether the call is still to be made."""
        return not (self.cancelled or self.called)

    def _refuseIfOver(self) -> None:
        if self.cancelled:
            raise AlreadyCancelled
        if self.called:
            raise AlreadyCalled

    def cancel(self) -> None:
        """
        Do not make the call.

        @raise AlreadyCancelled: it was cancelled before.
        @raise AlreadyCalled: it has been made.
        """
        if not self._sequence:
            self._refuseIfOver()
        if self.debug:
            self._repr = repr(self)
        self.cancelled = 1
        queue = self._queue
        if queue is not None:
            self._sequence = 0
            if self._context is not None:
                self._context = None
            queue.cancelled(self)
        elif self.canceller is not None:
            self.canceller(self)
        del self.func, self.args, self.kw

    def reset(self, secondsFromNow: float) -> None:
        """
        Make the call *secondsFromNow*, whatever was asked before.

        @raise AlreadyCancelled: it was cancelled.
        @raise AlreadyCalled: it has been made.
        """
        if not self._sequence:
            self._refuseIfOver()
        seconds = self.seconds
        moment = (realSeconds() if seconds is None else seconds()) + secondsFromNow
        later = moment - self.time
        if later < 0:
            self.time = moment
            self.delayed_time = 0.0
            self._sooner()
        else:
            self.delayed_time = later

    def delay(self, secondsLater: float) -> None:
        """
        Make the call *secondsLater* than was asked before (earlier when it is
        negative).

        @raise AlreadyCancelled: it was cancelled.
        @raise AlreadyCalled: it has been made.
        """
        self._refuseIfOver()
        self.delayed_time += secondsLater
        if self.delayed_time < 0.0:
            self.activate_delay()
            self._sooner()

    def activate_delay(self) -> None:
        """Make what C{delay} added part of C{time}."""
        self.time += self.delayed_time
        self.delayed_time = 0.0

    def _sooner(self) -> None:
        if self._queue is not None:
            self._queue.sooner(self)
        elif self.resetter is not None:
            self.resetter(self)


class TimerQueue:
    """
    The calls of one reactor that are still to be made.

    @ivar factory: the class of the calls, a L{DelayedCallBase}.
    @ivar owner: whose C{seconds} is the clock; asked each time, since tests
        replace it.
    """

    def __init__(self, factory: type[Any], owner: Any) -> None:
        self.factory = factory
        self.owner = owner
        self._heap: list[tuple[float, int, Any]] = []
        self._counter = 0
        self._cancelled = 0

    def __len__(self) -> int:
        """Return how many entries are held, of cancelled calls as well."""
        return len(self._heap)

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kw: object
    ) -> Any:
        """
        Have *callable* called with *args* and *kw* in *delay* seconds.

        @return: a handle, L{twisted.internet.interfaces.IDelayedCall}.
        @raise AssertionError: *callable* is not callable, or *delay* negative.
        """
        if not _isCallable(callable):
            raise AssertionError(f"{callable} is not callable")
        if not delay >= 0:
            raise AssertionError(f"{delay} is not greater than or equal to 0 seconds")
        seconds = self.owner.seconds
        call = self.factory(seconds() + delay, callable, args, kw, None, None, seconds)
        call._queue = self
        context = copy_context()
        if context:
            call._context = context
        self._counter = call._sequence = number = self._counter + 1
        heappush(self._heap, (call.time, number, call))
        return call

    def sooner(self, call: Any) -> None:
        """*call* was brought forward: file it again, the old entry is stale."""
        if not call._born:
            call._born = call._sequence
        self._counter = call._sequence = number = self._counter + 1
        heappush(self._heap, (call.time, number, call))

    def cancelled(self, call: Any = None) -> None:
        """*call* was cancelled; drop such calls when they are too many."""
        heap = self._heap
        if call is not None and heap and heap[-1][2] is call:
            # A call that is cancelled soon, as most timeouts are, is still
            # where it came in, and a leaf.
            heap.pop()
            return
        self._cancelled += 1
        if self._cancelled > COMPACT and self._cancelled * 5 > len(heap) * 4:
            self._compact()

    def _compact(self) -> None:
        """Leave out what is stale."""
        heap = self._heap
        # In place: they may be running.
        heap[:] = [entry for entry in heap if entry[1] == entry[2]._sequence]
        heapify(heap)
        self._cancelled = 0

    def _settle(self, exactly: bool) -> float | None:
        """
        Bring a call to the top that is really the next one.

        @param exactly: otherwise one that was put off may stand where it was:
            whoever waits for it finds out then, and not each time that it is put
            off.
        @return: its time, or L{None} when there is none.
        """
        heap = self._heap
        while heap:
            moment, sequence, call = heap[0]
            if sequence != call._sequence:
                heappop(heap)
                if call.cancelled and self._cancelled:
                    self._cancelled -= 1
            elif exactly and call.delayed_time:
                heappop(heap)
                call.activate_delay()
                self.sooner(call)
            else:
                return moment
        return None

    def nextTime(self) -> float | None:
        """Return when the next call is due at the earliest, L{None} when there is none."""
        if self._cancelled > COMPACT and self._cancelled * 2 > len(self._heap):
            # Once in a turn, and not as soon as there are so many: often all of
            # the calls that were made for something are cancelled when it is over.
            self._compact()
        return self._settle(False)

    def pending(self) -> list[Any]:
        """Return the calls that are still to be made, in no given order."""
        return [entry[2] for entry in self._heap if entry[1] == entry[2]._sequence]

    def runDue(self, now: float, after: Callable[[], None], failed: Callable[[Any], None]) -> int:
        """
        Make the calls that are due, but none that was asked for meanwhile:
        those wait for the next turn, or C{callLater(0)} could starve I/O.

        @param now: the time, in seconds.
        @param after: called after each call.
        @param failed: called with the call when it raised, inside the except
            block.
        @return: how many were made.
        """
        last = self._counter
        made = 0
        heap = self._heap
        held: list[tuple[float, int, Any]] = []
        while heap:
            entry = heap[0]
            moment, sequence, call = entry
            if moment > now:
                # Whatever it is: it is not due yet.
                break
            if sequence != call._sequence or call.delayed_time:
                self._settle(True)
                continue
            heappop(heap)
            if (call._born or sequence) > last:
                held.append(entry)
                continue
            call.called = 1
            call._sequence = 0
            made += 1
            # A handle that is kept keeps no context.
            context = call._context
            if context is None:
                context = Context()
            else:
                call._context = None
            try:
                context.run(call.func, *call.args, **call.kw)
            except BaseException:
                failed(call)
            after()
        for entry in held:
            heappush(heap, entry)
        return made


_isCallable = callable
