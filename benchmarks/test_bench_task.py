"""How long task's clocks, loops and cooperators take; for pytest-benchmark."""

from __future__ import annotations

from typing import Any

from twisted.internet import task

CALLS = 1000
DELAYS = [number * 7919 % CALLS for number in range(CALLS)]


def test_clock(benchmark: Any) -> None:
    """1,000 calls in no order, and one advance over them all."""

    def work() -> int:
        clock = task.Clock()
        for delay in DELAYS:
            clock.callLater(delay, int)
        clock.advance(CALLS)
        return len(clock.calls)

    assert benchmark(work) == 0


def test_clockWithTimeouts(benchmark: Any) -> None:
    """Timeouts that are put off again and again, and cancelled."""

    def work() -> int:
        clock = task.Clock()
        calls = [clock.callLater(60, int) for _ in range(100)]
        for _ in range(10):
            clock.advance(1)
            for call in calls:
                call.reset(60)
        for call in calls:
            call.cancel()
        return len(clock.calls)

    assert benchmark(work) == 0


def test_loopingCall(benchmark: Any) -> None:
    """1,000 turns of a loop."""

    def work() -> int:
        made: list[int] = []
        clock = task.Clock()
        loop = task.LoopingCall(made.append, 1)
        loop.clock = clock
        loop.start(1, now=False)
        clock.pump([1] * CALLS)
        loop.stop()
        return len(made)

    assert benchmark(work) == CALLS


def test_cooperator(benchmark: Any) -> None:
    """10 tasks of 100 steps."""

    def work() -> int:
        clock = task.Clock()
        cooperator = task.Cooperator(
            terminationPredicateFactory=lambda: lambda: False,
            scheduler=lambda f: clock.callLater(0, f),
        )
        tasks = [cooperator.cooperate(iter(range(100))) for _ in range(10)]
        clock.advance(0)
        return sum(task._completionState is not None for task in tasks)

    assert benchmark(work) == 10
