"""
Calls that repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import defer
from twisted.python.failure import Failure
from twisted.python.reflect import safe_repr


class LoopingCall:
    """
    Calls a function again and again, at fixed moments: the interval counts
    from the start, not from the last call, so that it does not drift.  A
    moment that passes while the function runs (it may return a Deferred) is
    left out.

    @ivar f: the function.
    @ivar running: whether it is started.
    @ivar interval: seconds from one moment to the next.
    @ivar starttime: the moment from which the interval counts.
    @ivar clock: what waits, by default the reactor.
    @ivar deferred: what C{start} returned, while it is running.
    """

    call: Any = None
    running = False
    _deferred: defer.Deferred[LoopingCall] | None = None
    interval: float | None = None
    starttime: float | None = None
    _runAtStart = False
    _lastTime: float | None = None

    def __init__(self, f: Callable[..., Any], *a: object, **kw: object) -> None:
        """
        @param f: called with *a* and *kw* each time.
        """
        self.f = f
        self.a = a
        self.kw = kw
        # Late: importing it installs the default reactor.
        from twisted.internet import reactor

        self.clock: Any = reactor

    @property
    def deferred(self) -> defer.Deferred[LoopingCall] | None:
        """What C{start} returned, while it is running."""
        return self._deferred

    @classmethod
    def withCount(cls, countCallable: Callable[[int], Any]) -> LoopingCall:
        """
        Make one that tells its function how many moments have come since the
        last call: 1, or more when some were left out.
        """

        def counter() -> Any:
            now = self.clock.seconds()
            if self.interval == 0:
                self._lastTime = now
                return countCallable(1)
            lastTime = self._lastTime
            if lastTime is None:
                assert self.starttime is not None
                lastTime = self.starttime
                if self._runAtStart:
                    assert self.interval is not None
                    lastTime -= self.interval
            before = self._intervalOf(lastTime)
            count = self._intervalOf(now) - before
            if count > 0:
                self._lastTime = now
                return countCallable(count)
            return None

        self = cls(counter)
        return self

    def _intervalOf(self, t: float) -> int:
        """Return how many moments there have been by the time *t*."""
        assert self.interval is not None and self.starttime is not None
        return int((t - self.starttime) / self.interval)

    def start(self, interval: float, now: bool = True) -> defer.Deferred[LoopingCall]:
        """
        Begin.

        @param interval: seconds; 0 for as often as possible.
        @param now: call at once, and not only after the first interval.
        @return: fires with this object when C{stop} is called, or fails with
            what the function raised, which ends it.
        @raise ValueError: *interval* is negative.
        """
        assert not self.running, "Tried to start an already running LoopingCall."
        if interval < 0:
            raise ValueError("interval must be >= 0")
        self.running = True
        # The function may stop it before this returns.
        started = self._deferred = defer.Deferred()
        self.starttime = self.clock.seconds()
        self.interval = interval
        self._runAtStart = now
        if now:
            self()
        else:
            self._scheduleFrom(self.starttime)
        return started

    def stop(self) -> None:
        """End."""
        assert self.running, "Tried to stop a LoopingCall that was not running."
        self.running = False
        if self.call is not None:
            self.call.cancel()
            self.call = None
            self._finish(self)

    def _finish(self, outcome: Any) -> None:
        d, self._deferred = self._deferred, None
        assert d is not None
        d.callback(outcome)

    def reset(self) -> None:
        """Let the interval count from now."""
        assert self.running, "Tried to reset a LoopingCall that was not running."
        if self.call is not None:
            self.call.cancel()
            self.call = None
            self.starttime = self.clock.seconds()
            self._scheduleFrom(self.starttime)

    def __call__(self) -> None:
        """Make a call, and plan the next."""
        self.call = None
        try:
            result = self.f(*self.a, **self.kw)
        except BaseException:
            self.running = False
            self._finish(Failure())
            return
        if isinstance(result, defer.Deferred):
            result.addCallbacks(self._done, self._failed)
        elif hasattr(result, "__await__"):
            defer.ensureDeferred(result).addCallbacks(self._done, self._failed)
        else:
            self._done(result)

    def _done(self, result: object) -> None:
        if self.running:
            self._scheduleFrom(self.clock.seconds())
        else:
            self._finish(self)

    def _failed(self, failure: Failure) -> None:
        self.running = False
        self._finish(failure)

    def _scheduleFrom(self, when: float) -> None:
        """Plan the next call, after the time *when*."""

        def howLong() -> float:
            if self.interval == 0:
                return 0
            assert self.interval is not None and self.starttime is not None
            passed = (when - self.starttime) % self.interval
            wait = self.interval - passed
            # Where the clock is coarse, adding the wait may change nothing:
            # the same moment would come again.
            if when == when + wait:
                return self.interval
            return wait

        self.call = self.clock.callLater(howLong(), self)

    def __repr__(self) -> str:
        """Tell the function, its arguments and the interval."""
        name = getattr(self.f, "__qualname__", None)
        if name is None:
            name = getattr(self.f, "__name__", None) or safe_repr(self.f)
        return (
            f"LoopingCall<{self.interval!r}>({name},"
            f" *{safe_repr(self.a)}, **{safe_repr(self.kw)})"
        )
