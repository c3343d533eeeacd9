"""Tests for twisted.internet.task."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.internet import task
from twisted.internet.base import DelayedCall
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import AlreadyCalled, AlreadyCancelled, ReactorNotRunning
from twisted.internet.interfaces import IReactorTime


def results(deferred: Deferred[Any]) -> list[Any]:
    """Return what has arrived at *deferred*; failures by their exception."""
    found: list[Any] = []
    deferred.addCallbacks(found.append, lambda reason: found.append(reason.value))
    return found


class TestClock:
    def test_isAReactorsClock(self) -> None:
        clock = task.Clock()
        assert verifyObject(IReactorTime, clock)
        assert clock.seconds() == 0 == clock.rightNow
        assert clock.getDelayedCalls() == []

    def test_callsAreDelayedCalls(self) -> None:
        call = task.Clock().callLater(3, print, 1, sep="")
        assert type(call) is DelayedCall
        assert (call.getTime(), call.args, call.kw) == (3, (1,), {"sep": ""})

    def test_order(self) -> None:
        clock, made = task.Clock(), []
        for delay, name in [(2, "b"), (1, "a"), (2, "c"), (0, "now")]:
            clock.callLater(delay, made.append, name)
        assert [call.args[0] for call in clock.getDelayedCalls()] == ["now", "a", "b", "c"]
        assert made == []
        clock.advance(0)
        assert made == ["now"]
        clock.pump([1, 0.5, 0.5])
        assert made == ["now", "a", "b", "c"]
        assert clock.calls == []

    def test_whatIsAskedForMeanwhileIsMadeIfItIsDue(self) -> None:
        clock, made = task.Clock(), []

        def again() -> None:
            made.append(clock.seconds())
            if len(made) < 4:
                clock.callLater(0, again)
            else:
                clock.callLater(1, again)

        clock.callLater(1, again)
        clock.advance(1)
        assert made == [1, 1, 1, 1]
        assert len(clock.calls) == 1

    def test_advanceInsideACall(self) -> None:
        clock, made = task.Clock(), []
        clock.callLater(1, clock.advance, 5)
        clock.callLater(3, lambda: made.append(clock.seconds()))
        clock.advance(1)
        assert made == [6]

    def test_anErrorLeavesTheRest(self) -> None:
        clock, made = task.Clock(), []
        clock.callLater(1, lambda: 1 / 0)
        clock.callLater(1, made.append, "rest")
        with pytest.raises(ZeroDivisionError):
            clock.advance(1)
        assert made == []
        clock.advance(0)
        assert made == ["rest"]

    def test_cancelled(self) -> None:
        clock = task.Clock()
        call = clock.callLater(1, pytest.fail)
        call.cancel()
        assert clock.calls == []
        with pytest.raises(AlreadyCancelled):
            call.cancel()
        clock.advance(2)

    def test_aCallIsCalledBeforeItIsMade(self) -> None:
        clock = task.Clock()
        caught = []

        def cancel() -> None:
            with pytest.raises(AlreadyCalled):
                call.cancel()
            caught.append(True)

        call = clock.callLater(1, cancel)
        clock.advance(1)
        assert caught and not call.active()

    def test_resetToBeforeWhereItWasPutOffTo(self) -> None:
        clock, made = task.Clock(), []
        call = clock.callLater(1, made.append, "x")
        call.delay(9)
        clock.advance(2)
        call.reset(1)
        clock.advance(1)
        assert made == ["x"]

    def test_manyCallsCancelledLeaveNothingBehind(self) -> None:
        clock = task.Clock()
        for _ in range(10_000):
            clock.callLater(60, print).cancel()
        assert len(clock._heap) < 500

    def test_manyResetsLeaveNothingBehind(self) -> None:
        clock, made = task.Clock(), []
        call = clock.callLater(100_000, made.append, "x")
        for left in range(90_000, 80_000, -1):
            call.reset(left)
        assert len(clock._heap) < 500
        clock.advance(80_001)
        assert made == ["x"]

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["later", "cancel", "reset", "delay", "advance"]),
                st.integers(0, 7),
                st.integers(-2, 9),
            ),
            max_size=40,
        )
    )
    def test_behavesAsASortedList(self, deeds: list[tuple[str, int, int]]) -> None:
        """Whatever is done to the calls, each is made once and in its time."""
        clock = task.Clock()
        made: list[int] = []
        calls: list[Any] = []
        due: dict[int, float] = {}
        for deed, which, amount in deeds:
            if deed == "later":
                number = len(calls)
                due[number] = clock.seconds() + abs(amount)
                calls.append(clock.callLater(abs(amount), made.append, number))
            elif deed == "advance":
                expected = sorted(
                    moment for moment in due.values() if moment <= clock.seconds() + abs(amount)
                )
                made.clear()
                clock.advance(abs(amount))
                assert [due.pop(number) for number in made] == expected
            elif which < len(calls) and which in due:
                if deed == "cancel":
                    calls[which].cancel()
                    del due[which]
                elif deed == "reset":
                    calls[which].reset(abs(amount))
                    due[which] = clock.seconds() + abs(amount)
                else:
                    calls[which].delay(amount)
                    due[which] += amount
            assert sorted(due.values()) == [call.getTime() for call in clock.getDelayedCalls()]

    def test_linear(self) -> None:
        """
        Ten times the calls take nothing like a hundred times as many comparisons.
        """
        compared = 0

        class Moment(float):
            """A moment that counts how often moments are compared."""

            def __radd__(self, other: float) -> Moment:
                return Moment(other + float(self))

            def __lt__(self, other: float) -> bool:
                nonlocal compared
                compared += 1
                return float(self) < float(other)

            def __le__(self, other: float) -> bool:
                nonlocal compared
                compared += 1
                return float(self) <= float(other)

        def comparisons(count: int) -> int:
            nonlocal compared
            compared = 0
            clock = task.Clock()
            for number in range(count):
                clock.callLater(Moment(number * 7919 % count), int)
            clock.advance(count)
            assert not clock.getDelayedCalls()
            return compared

        few = comparisons(500)
        assert few > 500
        assert comparisons(5000) < 20 * few


class TestLoopingCall:
    def loop(self, f: Any, *args: Any) -> tuple[task.Clock, task.LoopingCall]:
        clock = task.Clock()
        loop = task.LoopingCall(f, *args)
        loop.clock = clock
        return clock, loop

    def test_staysOnItsGrid(self) -> None:
        made: list[float] = []
        clock, loop = self.loop(lambda: made.append(clock.seconds()))
        loop.start(1)
        for step in (0.75, 0.45, 0.7, 3.6, 0.5):
            clock.advance(step)
        assert made == pytest.approx([0, 1.2, 5.5, 6.0])
        assert loop.call.getTime() == pytest.approx(7)

    def test_notNow(self) -> None:
        made: list[float] = []
        clock, loop = self.loop(made.append, 1)
        loop.start(2, now=False)
        assert made == []
        clock.advance(2)
        assert made == [1]

    def test_stop(self) -> None:
        clock, loop = self.loop(lambda: None)
        arrived = results(loop.start(1))
        assert loop.running and arrived == []
        loop.stop()
        assert not loop.running and arrived == [loop] and clock.calls == []
        with pytest.raises(AssertionError, match="not running"):
            loop.stop()
        with pytest.raises(AssertionError, match="not running"):
            loop.reset()

    def test_stopWithin(self) -> None:
        clock, loop = self.loop(lambda: loop.stop())
        assert results(loop.start(1)) == [loop]
        assert clock.calls == []

    def test_startTwice(self) -> None:
        _, loop = self.loop(lambda: None)
        loop.start(1)
        with pytest.raises(AssertionError, match="already running"):
            loop.start(1)

    def test_negativeInterval(self) -> None:
        _, loop = self.loop(lambda: None)
        with pytest.raises(ValueError, match="interval must be >= 0"):
            loop.start(-1)
        assert not loop.running

    def test_anErrorEndsIt(self) -> None:
        clock, loop = self.loop(lambda: 1 / 0)
        (problem,) = results(loop.start(1))
        assert isinstance(problem, ZeroDivisionError)
        assert not loop.running and clock.calls == []

    def test_canBeStartedAgain(self) -> None:
        made: list[int] = []
        clock, loop = self.loop(made.append, 1)
        for _ in range(2):
            loop.start(1)
            loop.stop()
        assert made == [1, 1]

    def test_waitsForADeferred(self) -> None:
        waiting: list[Deferred[Any]] = []

        def f() -> Deferred[Any]:
            waiting.append(Deferred())
            return waiting[-1]

        clock, loop = self.loop(f)
        arrived = results(loop.start(1))
        clock.pump([1, 1, 1.5])
        assert len(waiting) == 1
        waiting[0].callback(None)
        clock.advance(0.4)
        assert len(waiting) == 1
        clock.advance(0.1)
        assert len(waiting) == 2
        loop.stop()
        assert arrived == []
        waiting[1].callback(None)
        assert arrived == [loop]

    def test_resetBeginsTheIntervalAnew(self) -> None:
        made: list[float] = []
        clock, loop = self.loop(lambda: made.append(clock.seconds()))
        loop.start(2, now=False)
        clock.advance(1.5)
        loop.reset()
        clock.advance(1)
        assert made == []
        clock.advance(1)
        assert made == [3.5]
        clock.advance(2)
        assert made == [3.5, 5.5]

    def test_zeroIsOnceATurn(self) -> None:
        _, loop = self.loop(lambda: None)
        loop.start(0)
        assert loop.call.getTime() == 0
        loop.stop()

    @pytest.mark.parametrize(("now", "counts"), [(True, [1, 1, 4]), (False, [1, 4])])
    def test_withCount(self, now: bool, counts: list[int]) -> None:
        seen: list[int] = []
        clock = task.Clock()
        loop = task.LoopingCall.withCount(seen.append)
        loop.clock = clock
        loop.start(0.5, now=now)
        clock.pump([0.51, 1.99])
        assert seen == counts

    @settings(max_examples=100, deadline=None)
    @given(
        st.sampled_from([0.1, 0.3, 0.5, 1.0, 7.0]),
        st.lists(st.floats(0.001, 20), min_size=1, max_size=30),
    )
    def test_noTickIsCountedTwiceOrNever(self, interval: float, steps: list[float]) -> None:
        seen: list[int] = []
        clock = task.Clock()
        loop = task.LoopingCall.withCount(seen.append)
        loop.clock = clock
        loop.start(interval, now=False)
        clock.pump(steps)
        passed = clock.seconds() / interval
        assert 0 not in seen
        assert passed - 1.001 <= sum(seen) <= passed + 0.001

    def test_repr(self) -> None:
        loop = task.LoopingCall(results, 1, a=2)
        assert repr(loop) == "LoopingCall<None>(results, *(1,), **{'a': 2})"

    def test_deferredIsDeprecated(self) -> None:
        _, loop = self.loop(lambda: None)
        started = loop.start(1)
        with pytest.warns(DeprecationWarning, match="use the deferred returned by start"):
            assert loop.deferred is started


class Slices:
    """A scheduler by hand; each slice is one step long."""

    def __init__(self) -> None:
        self.clock = task.Clock()
        self.cooperator = task.Cooperator(
            terminationPredicateFactory=lambda: lambda: True,
            scheduler=lambda f: self.clock.callLater(0.1, f),
        )

    def steps(self, count: int) -> None:
        self.clock.pump([0.1] * count)


class TestCooperator:
    def test_inTurn(self) -> None:
        made: list[str] = []
        slices = Slices()

        def steps(name: str) -> Iterator[None]:
            for n in (1, 2):
                yield made.append(name * n)

        for name in "abc":
            slices.cooperator.cooperate(steps(name))
        slices.steps(7)
        assert made == ["a", "b", "c", "aa", "bb", "cc"]

    def test_nothingIsScheduledWithoutWork(self) -> None:
        slices = Slices()
        work = slices.cooperator.cooperate(iter([1]))
        assert len(slices.clock.calls) == 1
        slices.steps(3)
        assert slices.clock.calls == []
        assert results(work.whenDone()) == [work._iterator]

    def test_pauseIsCounted(self) -> None:
        made: list[int] = []
        slices = Slices()
        work = slices.cooperator.cooperate(made.append(n) for n in range(9))
        work.pause()
        work.pause()
        work.resume()
        slices.steps(2)
        assert made == []
        work.resume()
        slices.steps(1)
        assert made == [0]
        with pytest.raises(task.NotPaused):
            work.resume()

    def test_waitsForADeferred(self) -> None:
        slices = Slices()
        waiting: Deferred[Any] = Deferred()
        work = slices.cooperator.cooperate(iter([waiting, 2]))
        done = results(work.whenDone())
        slices.steps(5)
        assert done == []
        waiting.callback(7)
        slices.steps(3)
        assert done == [work._iterator]

    @pytest.mark.parametrize("problem", [True, False])
    def test_failure(self, problem: bool) -> None:
        def steps() -> Any:
            if problem:
                raise ValueError("step")
            yield fail(ValueError("step"))

        slices = Slices()
        work = slices.cooperator.cooperate(steps())
        done = results(work.whenDone())
        slices.steps(1)
        assert [str(found) for found in done] == ["step"]
        assert isinstance(results(work.whenDone())[0], ValueError)
        for deed in (work.stop, work.pause):
            with pytest.raises(task.TaskFailed):
                deed()
        assert slices.clock.calls == []

    def test_stop(self) -> None:
        slices = Slices()
        work = slices.cooperator.cooperate(iter([1, 2]))
        done = results(work.whenDone())
        work.stop()
        assert isinstance(done[0], task.TaskStopped)
        with pytest.raises(task.TaskStopped):
            work.stop()

    def test_aDeferredThatFailsAfterTheStopIsNoTrouble(self) -> None:
        slices = Slices()
        waiting: Deferred[Any] = Deferred()
        work = slices.cooperator.cooperate(iter([waiting]))
        slices.steps(1)
        work.stop()
        waiting.errback(ValueError())
        slices.steps(2)
        with pytest.raises(task.TaskStopped):
            work.pause()

    def test_stopAll(self) -> None:
        slices = Slices()
        done = [results(slices.cooperator.coiterate(iter([1]))) for _ in range(3)]
        slices.cooperator.stop()
        assert [type(found) for (found,) in done] == [task.SchedulerStopped] * 3
        (late,) = results(slices.cooperator.coiterate(iter([1])))
        assert isinstance(late, task.SchedulerStopped)
        assert not slices.cooperator.running and slices.clock.calls == []
        slices.cooperator.start()
        work = results(slices.cooperator.coiterate(iter([1])))
        slices.steps(2)
        assert len(work) == 1 and not isinstance(work[0], Exception)

    def test_stopFromWithin(self) -> None:
        """A callback that stops the cooperator finds its task over already."""
        slices = Slices()
        work = slices.cooperator.cooperate(iter([]))
        other = results(slices.cooperator.coiterate(iter([1])))
        done = work.whenDone()
        done.addCallback(lambda ignored: slices.cooperator.stop())
        arrived = results(done)
        slices.steps(1)
        assert arrived == [None]
        assert isinstance(other[0], task.SchedulerStopped)

    def test_doneDeferred(self) -> None:
        slices = Slices()
        given: Deferred[Any] = Deferred()
        assert slices.cooperator.coiterate(iter([]), given) is given
        slices.steps(1)
        assert len(results(given)) == 1

    def test_notStarted(self) -> None:
        asked: list[Any] = []
        cooperator = task.Cooperator(scheduler=asked.append, started=False)  # type: ignore[arg-type]
        cooperator.cooperate(iter([1]))
        assert asked == [] and not cooperator.running
        cooperator.start()
        assert asked == [cooperator._tick]

    def test_theSliceEnds(self) -> None:
        over = task._Timer()
        assert not over()
        begun = time.monotonic()
        while not over():
            assert time.monotonic() - begun < 5
        assert time.monotonic() - begun >= task._Timer.MAX_SLICE * 0.9


class TestDeferLater:
    def test_callsLater(self) -> None:
        clock = task.Clock()
        arrived = results(task.deferLater(clock, 2, int, "7", base=8))
        clock.advance(1.9)
        assert arrived == []
        clock.advance(0.1)
        assert arrived == [7]

    def test_justWaits(self) -> None:
        clock = task.Clock()
        arrived = results(task.deferLater(clock, 2))
        clock.advance(2)
        assert arrived == [None]

    def test_error(self) -> None:
        clock = task.Clock()
        arrived = results(task.deferLater(clock, 0, int, "x"))
        clock.advance(0)
        assert isinstance(arrived[0], ValueError)

    def test_cancel(self) -> None:
        clock = task.Clock()
        later = task.deferLater(clock, 2, pytest.fail)
        arrived = results(later)
        later.cancel()
        assert isinstance(arrived[0], CancelledError)
        assert clock.calls == []


class Reactor(task.Clock):
    """Runs until it is stopped, through all the time there is."""

    def __init__(self) -> None:
        super().__init__()
        self.running: bool | None = None
        self.triggers: list[Any] = []

    def addSystemEventTrigger(self, phase: str, event: str, f: Any) -> None:
        assert (phase, event) == ("before", "shutdown")
        self.triggers.append(f)

    def callWhenRunning(self, f: Any) -> None:
        self.callLater(0, f)

    def stop(self) -> None:
        if not self.running:
            raise ReactorNotRunning()
        self.running = False
        for trigger in self.triggers:
            trigger()

    def run(self) -> None:
        self.running = True
        while self.running:
            self.advance(self.calls[0].getTime() - self.seconds())


class TestReact:
    def code(self, main: Any, *args: Any) -> Any:
        with pytest.raises(SystemExit) as leaving:
            task.react(main, args, _reactor=Reactor())  # type: ignore[arg-type]
        return leaving.value.code

    def test_success(self) -> None:
        seen: list[Any] = []

        def main(reactor: Any, *args: Any) -> Any:
            seen.append(args)
            return task.deferLater(reactor, 3, seen.append, "later")

        assert self.code(main, 1, 2) == 0
        assert seen == [(1, 2), "later"]

    def test_coroutine(self) -> None:
        async def main(reactor: Any) -> None:
            await task.deferLater(reactor, 1)
            raise SystemExit(5)

        assert self.code(main) == 5

    def test_atOnce(self) -> None:
        assert self.code(lambda reactor: succeed(None)) == 0

    def test_exitCode(self) -> None:
        assert self.code(lambda reactor: fail(SystemExit(23))) == 23
        assert self.code(lambda reactor: fail(SystemExit("words"))) == "words"

    def test_failureIsLogged(self) -> None:
        from twisted.python import log

        seen: list[Any] = []
        log.addObserver(seen.append)
        try:
            assert self.code(lambda reactor: fail(KeyError("k"))) == 1
        finally:
            log.removeObserver(seen.append)
        (event,) = [event for event in seen if event.get("isError")]
        assert event["why"] == "main function encountered error"
        assert event["failure"].check(KeyError)

    def test_stoppedBefore(self) -> None:
        def main(reactor: Any) -> Any:
            reactor.callLater(1, reactor.stop)
            return Deferred()

        assert self.code(main) == 0

    def test_wholeProgram(self) -> None:
        source = (
            "import sys\n"
            "from twisted.internet import task\n"
            "async def main(reactor, who):\n"
            "    await task.deferLater(reactor, 0.01, print, 'hello', who)\n"
            "    raise SystemExit(7)\n"
            "task.react(main, ['you'])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", source], capture_output=True, timeout=30, check=False
        )
        assert (done.returncode, done.stdout.split()) == (7, [b"hello", b"you"])


class TestPublic:
    def test_namesShowThePublicPath(self) -> None:
        for name in task.__all__:
            assert getattr(task, name).__module__ == "twisted.internet.task", name
