"""
The pure twin of the loop: what a reactor does in each turn besides waiting.

A turn makes the calls that threads have handed over, then the timers' that are
due, then waits for descriptors and handles what happened to each.  After every
one of these callbacks the streams that it wrote to are flushed, so that data
leaves while it is warm in the cache, in one system call however many writes
there were, and nothing waits for the end of the turn.

The compiled twin is C{Loop} of C{twisted.internet._reactor_c}.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import Context
from threading import get_ident
from typing import Any

from twisted.internet._delayed import DelayedCall, TimerQueue

# A stream whose producer fills it again as fast as it is sent is flushed this
# often before others have their turn.
SPINS = 16

# The longest wait that is asked of the kernel, in seconds.
LONGEST = 2147483.0

ThreadCall = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], Context]


class Loop:
    """
    The queues of one reactor: timers, calls from threads, streams to flush.

    @ivar reactor: whose they are.
    @ivar current: the descriptor whose event is being handled, or L{None}.
    @ivar calls: what threads have handed over.
    @ivar dirty: streams that have been written to and not yet flushed.
    """

    def __init__(self, reactor: Any, customClock: bool) -> None:
        """
        @param customClock: the reactor has a C{seconds} of its own.
        """
        self.reactor = reactor
        self.current: Any = None
        self.thread: int | None = None
        self.calls: deque[ThreadCall] = deque()
        self.dirty: deque[Any] = deque()
        self._flushing = False
        self.timers = TimerQueue(DelayedCall, reactor)
        self.callLater = self.timers.callLater

    # -- whose event it is -------------------------------------------------

    def prefix(self) -> str | None:
        """Return the log prefix of C{current}, if this thread runs the loop."""
        if self.current is None or self.thread != get_ident():
            return None
        logPrefix = getattr(self.current, "logPrefix", None)
        return logPrefix() if logPrefix is not None else None

    def enter(self, selectable: Any) -> Any:
        """*selectable*'s event is handled now; return whose was before."""
        before = self.current
        self.current = selectable
        self.thread = get_ident()
        return before

    # -- streams -----------------------------------------------------------

    def markDirty(self, stream: Any) -> None:
        """Flush *stream* when the callback that runs now has returned."""
        self.dirty.append(stream)

    def flush(self) -> None:
        """
        Send what was queued, on every stream that was written to.

        A stream's C{flushNow} may call back into the application, which may
        write again, to this stream or others; all of it is sent before this
        returns, unless one stream is filled again and again.
        """
        if self._flushing or not self.dirty:
            return
        self._flushing = True
        spins = 0
        try:
            while self.dirty and spins < SPINS:
                spins += 1
                # One is taken off at a time: what raises leaves the rest in line.
                for _ in range(len(self.dirty)):
                    self.dirty.popleft().flushNow()
        finally:
            self._flushing = False

    # -- a turn ------------------------------------------------------------

    def runCalls(self, failed: Callable[[], None]) -> bool:
        """
        Make the calls that threads had handed over when this was called.

        @param failed: called inside the except block of one that raised.
        @return: whether more came meanwhile.
        """
        calls = self.calls
        for _ in range(len(calls)):
            function, args, kw, context = calls.popleft()
            try:
                context.run(function, *args, **kw)
            except BaseException:
                failed()
            if self.dirty:
                self.flush()
        return bool(calls)

    def runTimers(self, now: float, failed: Callable[[Any], None]) -> None:
        """
        Make the delayed calls that are due at *now*.

        @param failed: called with the call inside the except block of one
            that raised.
        """
        self.timers.runDue(now, self.flush, failed)

    def timeout(self, now: float) -> float | None:
        """
        Return how many seconds may be waited: 0 when something is to be done
        at once, L{None} when nothing is planned.
        """
        if self.calls or self.dirty:
            return 0
        moment = self.timers.nextTime()
        if moment is None:
            return None
        wait = moment - now
        # Not by min and max: that is a tenth of a turn that has nothing to do.
        return 0 if wait <= 0 else wait if wait < LONGEST else LONGEST
