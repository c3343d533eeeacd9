"""
Calling something again and again, at an interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python import reflect
from twisted.python.failure import Failure

# How far, in parts of an interval, a moment may fall short of a tick because
# of rounding and still be counted as having reached it.
_EPSILON = 1e-8


class LoopingCall:
    """
    Call a function every so many seconds.

    If it returns a Deferred, the next call waits for that to fire; calls whose
    time passes meanwhile are left out.  Calls stay on the grid that C{start}
    began: they do not drift with what each of them takes.

    @ivar f: the function.
    @ivar a, kw: what it is called with.
    @ivar running: whether it is started.
    @ivar interval: seconds between calls; may be changed while it runs.
    @ivar starttime: where the grid begins, in the clock's seconds.
    @ivar call: the next call, an C{IDelayedCall}, or L{None}.
    @ivar clock: the C{IReactorTime} to use; set it before C{start}.
    """

    call: Any = None
    running: bool = False
    _deferred: Deferred[LoopingCall] | None = None
    interval: float | None = None
    _runAtStart: bool = False
    starttime: float | None = None
    _lastCounted: float | None = None

    def __init__(self, f: Callable[..., object], *a: object, **kw: object) -> None:
        """
        @param f: what to call, with *a* and *kw*.
        """
        # Late: it installs the default reactor.
        from twisted.internet import reactor

        self.f = f
        self.a = a
        self.kw = kw
        self.clock: Any = reactor

    @property
    def deferred(self) -> Deferred[LoopingCall] | None:
        """Deprecated: what C{start} returned."""
        warnings.warn(
            "twisted.internet.task.LoopingCall.deferred was deprecated in Twisted 16.0.0;"
            " please use the deferred returned by start() instead",
            category=DeprecationWarning,
            stacklevel=2,
        )
        return self._deferred

    @classmethod
    def withCount(cls, countCallable: Callable[[int], object]) -> LoopingCall:
        """
        Make a loop whose function is told how many calls it stands for.

        @param countCallable: called with 1, or with more when calls had to be
            left out because the reactor or a Deferred took too long.
        """
        loop: LoopingCall

        def counted() -> object:
            count = loop._countSinceLast()
            return countCallable(count) if count > 0 else None

        loop = cls(counted)
        return loop

    def _countSinceLast(self) -> int:
        """
        Tell how many ticks of the grid were passed since it was last asked;
        0 when a call came a rounding error before its tick and once more on it.
        """
        assert self.interval is not None and self.starttime is not None
        now = self.clock.seconds()
        count = 1
        if self.interval:
            if self._lastCounted is not None:
                seen = self._ticksUntil(self._lastCounted)
            else:
                seen = -1 if self._runAtStart else 0
            count = self._ticksUntil(now) - seen
        if count > 0:
            self._lastCounted = now
        return count

    def _ticksUntil(self, moment: float) -> int:
        """Return how many whole intervals lie between the start and *moment*."""
        assert self.interval is not None and self.starttime is not None
        return int((moment - self.starttime) / self.interval + _EPSILON)

    def start(self, interval: float, now: bool = True) -> Deferred[LoopingCall]:
        """
        Begin.

        @param interval: seconds between calls; 0 is once in each turn of the
            reactor.
        @param now: make the first call at once, not after *interval*.
        @return: fires with this loop when it is stopped, or fails with what
            the function raised or its Deferred failed with; that ends it.
        @raise AssertionError: it runs already.
        @raise ValueError: *interval* is negative.
        """
        self._expect(False, "start an already running LoopingCall")
        if interval < 0:
            raise ValueError("interval must be >= 0")
        self.running = True
        # Kept by name: a function that stops the loop in its first call takes
        # the attribute away.
        finished: Deferred[LoopingCall] = Deferred()
        self._deferred = finished
        self.starttime = self.clock.seconds()
        self.interval = interval
        self._runAtStart = now
        if now:
            self()
        else:
            self._scheduleFrom(self.starttime)
        return finished

    def _expect(self, running: bool, deed: str) -> None:
        if self.running is not running:
            raise AssertionError(f"Tried to {deed}.")

    def _unschedule(self) -> bool:
        """Cancel the next call; tell whether there was one."""
        pending, self.call = self.call, None
        if pending is None:
            return False
        pending.cancel()
        return True

    def stop(self) -> None:
        """
        Make no more calls.  One whose Deferred is awaited goes on, and what
        C{start} returned fires only after it.

        @raise AssertionError: it does not run.
        """
        self._expect(True, "stop a LoopingCall that was not running")
        self.running = False
        if self._unschedule():
            self._finish(self)

    def reset(self) -> None:
        """
        Begin the interval anew: the next call is made a whole one from now.
        Nothing changes while a call's Deferred is awaited.

        @raise AssertionError: it does not run.
        """
        self._expect(True, "reset a LoopingCall that was not running")
        if self._unschedule():
            self.starttime = self.clock.seconds()
            self._scheduleFrom(self.starttime)

    def __call__(self) -> None:
        """Make a call now, and see to the next one when it is done."""
        self.call = None
        try:
            result = self.f(*self.a, **self.kw)
        except BaseException:
            self._failed(Failure(captureVars=Deferred.debug))
            return
        if result is None:
            # What most functions return; no Deferred is needed for it.
            self._called(None)
        else:
            maybeDeferred(lambda: result).addCallbacks(self._called, self._failed)

    def _called(self, ignored: Any) -> None:
        if self.running:
            self._scheduleFrom(self.clock.seconds())
        else:
            self._finish(self)

    def _failed(self, reason: Failure) -> None:
        self.running = False
        self._finish(reason)

    def _finish(self, result: LoopingCall | Failure) -> None:
        finished, self._deferred = self._deferred, None
        if finished is not None:
            finished.callback(result)  # type: ignore[arg-type]

    def _scheduleFrom(self, when: float) -> None:
        """Have the next call made on the first tick that is after *when*."""
        assert self.interval is not None and self.starttime is not None
        wait: float = 0
        if self.interval > 0:
            wait = self.interval - (when - self.starttime) % self.interval
            if when + wait == when:
                # Less than the clock can tell apart: *when* is that tick.
                wait += self.interval
        self.call = self.clock.callLater(wait, self)

    def __repr__(self) -> str:
        """Show the interval, the function and its arguments."""
        name = getattr(self.f, "__qualname__", None) or getattr(self.f, "__name__", None)
        if name is None:
            name = reflect.safe_repr(self.f)
        return (
            f"LoopingCall<{self.interval!r}>"
            f"({name}, *{reflect.safe_repr(self.a)}, **{reflect.safe_repr(self.kw)})"
        )
