"""
The calls of the asyncio event loop on a reactor: what is ready, and what is planned.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio import base_events
from collections.abc import Callable
from contextvars import Context
from itertools import count
from typing import Any

#: Cancelled timers are thrown out when there are more than so many, and more than
#: there are others.
_CANCELLED = 100

# To the checker this is Any: much of what a loop inherits has no types.
_SelectorLoop: Any = asyncio.SelectorEventLoop


class CallingLoop(_SelectorLoop):  # type: ignore[misc]
    """
    A loop that makes calls; how it waits a subclass knows.

    @ivar _awake: there is no turn to be planned, either because one is, or because
        there is one, or because turns are not planned.
    @ivar _escape: what a stream's protocol has raised to end the program.
    """

    _awake = True
    _escape: BaseException | None = None
    _current_handle: Any
    _timer_cancelled_count: int

    def __init__(self, selector: Any) -> None:
        """
        @param selector: a L{ReactorSelector}.
        """
        self._number = count()
        super().__init__(selector)

    def _planTurn(self) -> None:
        """Have a turn as soon as there is time."""
        raise NotImplementedError

    def _planTimer(self) -> None:
        """Have a turn when the first timer is due."""
        raise NotImplementedError

    def _wait(self, timeout: float | None) -> None:
        """Wait up to *timeout* seconds for something to happen."""
        raise NotImplementedError

    # -- a turn -------------------------------------------------------------------

    def _run_once(self) -> None:
        """
        Call what is ready, wait, and call what has come of that.

        What the reactor serves by itself, streams above all, it serves while we
        wait; so what was ready before has its turn before.
        """
        ready = self._ready
        if ready:
            self._callReady(len(ready))
        self._wait(0 if ready or self._stopping else None)
        if self._escape is not None:
            escape, self._escape = self._escape, None
            raise escape
        before = len(ready)
        self._gather()
        found = len(ready) - before
        if found:
            # Behind what was ready before, ahead of what this has asked for.
            ready.rotate(found)
            self._callReady(found)

    def _gather(self) -> None:
        """What has happened to descriptors and what is due is ready now."""
        selector = self._selector
        if selector.events:
            self._process_events(selector.take())
        if self._scheduled:
            self._gatherTimers()

    def _gatherTimers(self) -> None:
        scheduled = self._scheduled
        cancelled = self._timer_cancelled_count
        if cancelled > _CANCELLED and cancelled * 2 > len(scheduled):
            scheduled[:] = [each for each in scheduled if not each[2]._cancelled]
            heapq.heapify(scheduled)
            self._timer_cancelled_count = 0
        end = self.time() + self._clock_resolution
        while scheduled:
            moment, _, handle = scheduled[0]
            if handle._cancelled:
                self._timer_cancelled_count -= 1
            elif moment >= end:
                break
            else:
                self._ready.append(handle)
            heapq.heappop(scheduled)
            handle._scheduled = False

    def _callReady(self, number: int) -> None:
        """Make *number* calls of those that are ready."""
        next_ = self._ready.popleft
        if self._debug:
            for _ in range(number):
                self._callTimed(next_())
            return
        for _ in range(number):
            handle = next_()
            if not handle._cancelled:
                handle._run()

    def _callTimed(self, handle: asyncio.Handle) -> None:
        """Make a call, and say so if it takes long."""
        if handle.cancelled():
            return
        begin = self.time()
        self._current_handle = handle
        try:
            handle._run()
            taken = self.time() - begin
            if taken >= self.slow_callback_duration:
                base_events.logger.warning(  # type: ignore[attr-defined]
                    "Executing %s took %.3f seconds",
                    base_events._format_handle(handle),  # type: ignore[attr-defined]
                    taken,
                )
        finally:
            self._current_handle = None

    # -- calls ----------------------------------------------------------------------

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """
        Have *callback* called with *args* in the next turn.
        """
        if self._closed or self._debug:
            self._check_closed()
            self._check_thread()
            self._check_callback(callback, "call_soon")
        handle: Any = asyncio.Handle(callback, args, self, context)
        if handle._source_traceback:
            del handle._source_traceback[-1]
        self._ready.append(handle)
        if not self._awake:
            self._planTurn()
        return handle  # type: ignore[no-any-return]

    def call_later(
        self,
        delay: float,
        callback: Callable[..., Any],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """
        Have *callback* called with *args* in *delay* seconds.
        """
        if delay is None:
            raise TypeError("delay must not be None")
        return self._plan(self.time() + delay, callback, args, context, "call_later")

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """
        Have *callback* called with *args* at *when*, by C{time}.
        """
        if when is None:
            raise TypeError("when cannot be None")
        return self._plan(when, callback, args, context, "call_at")

    def _plan(
        self,
        when: float,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        context: Context | None,
        method: str,
    ) -> asyncio.TimerHandle:
        if self._closed or self._debug:
            self._check_closed()
            self._check_thread()
            self._check_callback(callback, method)
        handle: Any = asyncio.TimerHandle(when, callback, args, self, context)
        if handle._source_traceback:
            # What asked for the call, in debug mode, is not our own methods.
            del handle._source_traceback[-2:]
        # Ordered by numbers, which is done without calling anybody.
        heapq.heappush(self._scheduled, (when, next(self._number), handle))
        handle._scheduled = True
        if not self._awake:
            self._planTimer()
        return handle  # type: ignore[no-any-return]


__all__ = ["CallingLoop"]
