"""
The two twins of the timers, driven by one random program: what they do, and
what they say, is the same.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet import _timers_py
from twisted.internet.error import AlreadyCalled, AlreadyCancelled

compiled = pytest.importorskip("twisted.internet._reactor_c")

MOMENTS = st.integers(0, 40).map(lambda n: n / 4)
STEPS = st.one_of(
    st.tuples(st.just("callLater"), MOMENTS, st.sampled_from(["", "callLater", "cancel", "raise"])),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("reset"), st.integers(0, 20), MOMENTS),
    st.tuples(st.just("delay"), st.integers(0, 20), st.integers(-20, 20).map(lambda n: n / 4)),
    st.tuples(st.just("advance"), MOMENTS),
)


class Machine:
    """A queue with a clock of its own, and the transcript of what it did."""

    def __init__(self, twin: Any) -> None:
        class Call(twin.DelayedCallBase):  # type: ignore[misc]
            """As the public class: a subclass in Python."""

        self.now = 1000.0
        self.queue = twin.TimerQueue(Call, self)
        self.calls: list[Any] = []
        self.transcript: list[Any] = []

    def seconds(self) -> float:
        return self.now

    def plan(self, wait: float, what: str) -> None:
        number = len(self.calls)
        self.calls.append(self.queue.callLater(wait, self.happen, number, what=what))

    def happen(self, number: int, what: str) -> None:
        self.transcript.append(("called", number, self.now))
        if what == "callLater":
            self.plan(0, "")
        elif what == "cancel":
            self.change("cancel", number + 1)
        elif what == "raise":
            raise ZeroDivisionError(number)

    def change(self, name: str, number: int, *arguments: float) -> None:
        if number < len(self.calls):
            try:
                getattr(self.calls[number], name)(*arguments)
            except (AlreadyCalled, AlreadyCancelled) as problem:
                self.transcript.append((name, number, type(problem).__name__))

    def step(self, name: str, *arguments: Any) -> None:
        if name == "callLater":
            self.plan(*arguments)
        elif name == "advance":
            self.now += arguments[0]
            made = self.queue.runDue(self.now, self.after, self.failed)
            self.transcript.append(("made", made))
        else:
            self.change(name, *arguments)
        self.transcript.append(
            (
                self.queue.nextTime(),
                sorted(self.calls.index(call) for call in self.queue.pending()),
                [
                    (call.active(), bool(call.called), bool(call.cancelled), call.getTime())
                    for call in self.calls
                ],
            )
        )

    def after(self) -> None:
        self.transcript.append("after")

    def failed(self, call: Any) -> None:
        self.transcript.append(("failed", self.calls.index(call)))


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_bothTwinsDoTheSame(program: list[Any]) -> None:
    pure, fast = Machine(_timers_py), Machine(compiled)
    for step in program:
        pure.step(*step)
        fast.step(*step)
        assert fast.transcript == pure.transcript


@pytest.mark.parametrize("twin", [_timers_py, compiled], ids=["pure", "compiled"])
def test_manyCallsInOrder(twin: Any) -> None:
    """Ten thousand calls, brought forward, put off and cancelled, come in order."""
    machine = Machine(twin)
    for number in range(10_000):
        machine.plan((number * 7919 % 1000) / 10, "")
    for number in range(0, 10_000, 3):
        machine.calls[number].reset((number * 104729 % 1000) / 10)
    for number in range(0, 10_000, 5):
        machine.calls[number].cancel()
    expected = sorted(
        (call.getTime(), call is None) for call in machine.calls if not call.cancelled
    )
    times = []
    while (moment := machine.queue.nextTime()) is not None:
        machine.now = moment
        before = len(machine.transcript)
        machine.queue.runDue(moment, lambda: None, machine.failed)
        times += [moment] * (len(machine.transcript) - before)
    assert times == [moment for moment, _ in expected]


@pytest.mark.parametrize("twin", [_timers_py, compiled], ids=["pure", "compiled"])
def test_whatIsPutOffIsFoundOutWhenItWasDue(twin: Any) -> None:
    """
    An idle timeout is put off with each message: the queue does nothing then, and
    looks again at the moment that was planned at first.
    """
    machine = Machine(twin)
    first = machine.now + 10
    for _ in range(3):
        machine.plan(10, "")
    for _ in range(3):
        machine.now += 1
        for call in machine.calls:
            call.reset(10)
        assert machine.queue.runDue(machine.now, machine.after, machine.failed) == 0
        assert machine.queue.nextTime() == first
    last = machine.now + 10
    assert machine.queue.runDue(first, machine.after, machine.failed) == 0
    assert machine.queue.nextTime() == last
    assert machine.queue.runDue(last, machine.after, machine.failed) == 3
    assert machine.queue.nextTime() is None
