"""
The contract of Deferreds: of the pure ones, of the compiled ones, and of
subclasses of those.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.task import Clock
from twisted.python.failure import Failure


def outcome(d: Any) -> Any:
    """Return the result of *d*: a value, or the class of what it failed with."""
    got: list[Any] = []
    d.addCallbacks(got.append, lambda f: got.append(f.type))
    return got[0] if got else "nothing yet"


def test_callbacksGetWhatTheOneBeforeReturned(defer: Any) -> None:
    d = defer.Deferred().addCallback(lambda x: x + 1).addCallback(lambda x: x * 10)
    d.callback(1)
    assert outcome(d) == 20


def test_errbacksGetWhatTheOneBeforeRaised(defer: Any) -> None:
    d = defer.Deferred()
    d.addCallback(lambda x: 1 // 0)
    d.addCallback(lambda x: "skipped")
    d.addErrback(lambda f: (f.trap(ZeroDivisionError), "handled")[1])
    d.callback(1)
    assert outcome(d) == "handled"


def test_argumentsArePassedOn(defer: Any) -> None:
    d = defer.Deferred()
    d.addCallbacks(
        lambda r, *a, **k: (r, a, k), lambda f: None, callbackArgs=(1, 2), callbackKeywords={"k": 3}
    )
    d.callback(0)
    assert outcome(d) == (0, (1, 2), {"k": 3})


@pytest.mark.parametrize("args", [None, (), (1,)])
@pytest.mark.parametrize("kw", [None, {}, {"k": 3}])
@pytest.mark.parametrize("fails", [False, True])
def test_noneForNoArguments(defer: Any, args: Any, kw: Any, fails: bool) -> None:
    """L{None} stands for no arguments, whether there are others or not."""
    d: Any = defer.Deferred()
    found: list[Any] = []

    def note(result: Any, *a: Any, **k: Any) -> None:
        found.append((a, k))

    d.addCallbacks(note, note, args, kw, args, kw)
    d.callback(Failure(ValueError()) if fails else 0)
    assert found == [(args or (), kw or {})]


def test_signatures(defer: Any) -> None:
    """Tools that ask for them get the same from both twins."""
    for name, parameters in (
        ("addCallback", ["self", "callback", "args", "kwargs"]),
        ("addErrback", ["self", "errback", "args", "kwargs"]),
        ("addBoth", ["self", "callback", "args", "kwargs"]),
        ("callback", ["self", "result"]),
        ("errback", ["self", "fail"]),
    ):
        assert list(inspect.signature(getattr(defer.Deferred, name)).parameters) == parameters
    assert list(inspect.signature(defer.Deferred).parameters) == ["canceller"]
    assert list(inspect.signature(defer.succeed).parameters) == ["result"]


def test_firedOnce(defer: Any) -> None:
    d = defer.Deferred()
    d.callback(1)
    for again in (d.callback, d.errback):
        with pytest.raises(defer.AlreadyCalledError):
            again(ValueError())


def test_aDeferredIsNoResult(defer: Any) -> None:
    with pytest.raises(AssertionError):
        defer.Deferred().callback(defer.Deferred())


def test_waitingForAnother(defer: Any) -> None:
    inner = defer.Deferred()
    outer = defer.succeed(1).addCallback(lambda r: inner)
    assert "waiting on Deferred" in repr(outer)
    assert outcome(outer) == "nothing yet"
    inner.callback("late")
    assert outcome(outer.addCallback(lambda r: "seen")) == "seen"


def test_longChainsDoNotRecurse(defer: Any) -> None:
    first = last = defer.Deferred()
    for _ in range(50_000):
        following = defer.Deferred()
        following.callback(None)
        previous = last
        following.addCallback(lambda r, previous=previous: previous)
        last = following
    first.callback("through")
    assert outcome(last) == "through"


def test_pausing(defer: Any) -> None:
    got: list[Any] = []
    d = defer.Deferred().addCallback(got.append)
    d.pause()
    d.callback(1)
    assert got == []
    d.unpause()
    assert got == [1]


def test_cancelWithoutCanceller(defer: Any) -> None:
    d = defer.Deferred()
    d.cancel()
    d.callback("whoever was to fire it does not know")
    assert outcome(d) is defer.CancelledError
    with pytest.raises(defer.AlreadyCalledError):
        d.callback("twice is too much")


def test_cancelWithCanceller(defer: Any) -> None:
    d = defer.Deferred(lambda d: d.callback("never mind"))
    d.cancel()
    assert outcome(d) == "never mind"


def test_cancelReachesWhatIsWaitedFor(defer: Any) -> None:
    inner = defer.Deferred()
    outer = defer.succeed(None).addCallback(lambda r: inner)
    outer.cancel()
    assert outcome(outer) is defer.CancelledError


def test_timeouts(defer: Any) -> None:
    clock = Clock()
    d = defer.Deferred().addTimeout(3, clock)
    clock.advance(3)
    assert outcome(d) is defer.TimeoutError
    early = defer.Deferred().addTimeout(3, clock)
    early.callback("in time")
    assert outcome(early) == "in time"
    assert not clock.getDelayedCalls()


def test_anUnhandledErrorIsReported(defer: Any, events: list[Any]) -> None:
    defer.fail(ZeroDivisionError("nobody cares"))
    gc.collect()
    assert [e["log_format"] for e in events][0] == "Unhandled error in Deferred:"
    assert events[1]["log_failure"].check(ZeroDivisionError)


def test_aHandledErrorIsNot(defer: Any, events: list[Any]) -> None:
    defer.fail(ZeroDivisionError()).addErrback(lambda f: None)
    bad, good = defer.fail(ZeroDivisionError()), defer.Deferred()
    bad.addErrback(lambda f, good=good: good)
    del bad, good
    gc.collect()
    assert events == []


def test_debuggingSaysWhere(defer: Any, events: list[Any]) -> None:
    defer.setDebugging(True)
    try:
        d = defer.Deferred()
        d.callback(1)
        with pytest.raises(defer.AlreadyCalledError, match="Deferred was created"):
            d.callback(2)
    finally:
        defer.setDebugging(False)


def test_firedDeferredsAreFreedWithoutTheCollector(defer: Any) -> None:
    gc.disable()
    try:

        async def work() -> int:
            await defer.succeed(1)
            return 2

        made = [
            defer.succeed(1).addCallback(lambda r: r),
            defer.ensureDeferred(work()),
            defer.gatherResults([defer.succeed(1)]),
        ]
        canceller = defer.Deferred(lambda d: None)
        canceller.callback(1)
        refs = [weakref.ref(d) for d in [*made, canceller]]
        del made, canceller
        assert [ref() for ref in refs] == [None] * 4
    finally:
        gc.enable()


def noting(base: Any, names: list[str]) -> Any:
    """
    Make a subclass of *base* that notes in C{noted} what is called of *names*.
    """

    class Noting(base):  # type: ignore[misc]
        def __init__(self, canceller: Any = None) -> None:
            self.noted: list[str] = []
            super().__init__(canceller)

        def take(self) -> list[str]:
            noted, self.noted = self.noted, []
            return noted

    def override(name: str) -> None:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            self.noted.append(name)
            return getattr(super(Noting, self), name)(*args, **kwargs)

        setattr(Noting, name, method)

    for name in names:
        override(name)
    return Noting


def test_whatIsOverriddenIsCalled(defer: Any) -> None:
    """By whatever waits for a Deferred, chains, lists or cancels it."""
    Noting = noting(
        defer.Deferred,
        ["addCallbacks", "addCallback", "addErrback", "addBoth", "callback", "errback",
         "pause", "unpause", "cancel"],
    )  # fmt: skip
    inner, outer = Noting(), Noting()
    outer.addCallback(lambda ignored: inner)
    outer.callback(1)
    assert (outer.take(), inner.take()) == (["addCallback", "callback", "pause"], [])
    inner.callback(2)
    assert (outer.take(), inner.take()) == ([], ["callback"])
    first, second = Noting(), Noting()
    first.chainDeferred(second)
    first.callback(1)
    assert (first.take(), second.take()) == (["addCallbacks", "callback"], ["callback"])
    waited = Noting()
    work(defer, waited).addErrback(lambda reason: None).cancel()
    assert waited.take() == ["addBoth", "cancel", "errback"]
    awaited = Noting()

    async def wait() -> Any:
        return await awaited

    done = defer.ensureDeferred(wait())
    awaited.callback(5)
    assert (awaited.take(), outcome(done)) == (["addBoth", "callback"], 5)
    listed = [Noting(), Noting()]
    whole = defer.gatherResults(listed)
    listed[0].callback(1)
    whole.addErrback(lambda reason: None)
    whole.cancel()
    assert listed[0].take() == ["addCallbacks", "callback", "cancel"]
    assert listed[1].take() == ["addCallbacks", "cancel", "errback"]


def work(defer: Any, *parts: Any) -> Any:
    """Wait for each of *parts* in turn."""

    def generate() -> Any:
        got = []
        for part in parts:
            got.append((yield part))
        return got

    return defer.inlineCallbacks(generate)()


# -- coroutines ------------------------------------------------------------------------


def adder(defer: Any, *parts: Any) -> Any:
    """Add up what the Deferreds *parts* fire with."""

    def add() -> Any:
        total = 0
        for part in parts:
            try:
                total += yield part
            except ZeroDivisionError:
                total += 100
        return total

    return defer.inlineCallbacks(add)()


def test_inlineCallbacks(defer: Any) -> None:
    late = defer.Deferred()
    d = adder(defer, defer.succeed(1), late, defer.fail(ZeroDivisionError()), 5)
    late.callback(10)
    assert outcome(d) == 116


def test_inlineCallbacksWantsAGenerator(defer: Any) -> None:
    with pytest.raises(TypeError, match="to produce a generator; instead got 3"):
        defer.inlineCallbacks(lambda: 3)()


def test_returnValueIsDeprecatedAndWorks(defer: Any) -> None:
    @defer.inlineCallbacks
    def old() -> Any:
        yield None
        defer.returnValue(4)

    with pytest.warns(DeprecationWarning, match="returnValue was deprecated"):
        assert outcome(old()) == 4


def test_aThousandFiredYieldsDoNotRecurse(defer: Any) -> None:
    assert outcome(adder(defer, *(defer.succeed(1) for _ in range(20_000)))) == 20_000


def test_coroutines(defer: Any) -> None:
    late = defer.Deferred()

    async def inner(d: Any) -> int:
        return (await d) + 1

    async def work() -> Any:
        first = await inner(defer.succeed(1))
        second = await inner(late)
        try:
            await defer.fail(ZeroDivisionError())
        except ZeroDivisionError:
            return first + second
        return None

    d = defer.ensureDeferred(work())
    late.callback(10)
    assert outcome(d) == 13
    with pytest.raises(defer.NotACoroutineError):
        defer.ensureDeferred(3)  # type: ignore[arg-type]


def test_cancellingACoroutineCancelsWhatItAwaits(defer: Any) -> None:
    late = defer.Deferred()
    seen: list[Any] = []

    async def work() -> str:
        try:
            await late
        except defer.CancelledError:
            seen.append("cancelled")
            raise
        return "done"

    d = defer.ensureDeferred(work())
    d.cancel()
    assert outcome(d) is defer.CancelledError
    assert seen == ["cancelled"]


def test_coroutinesKeepTheirContext(defer: Any) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outside")
    late = defer.Deferred()
    seen: list[str] = []

    async def work() -> None:
        variable.set("inside")
        await late
        seen.append(variable.get())

    defer.ensureDeferred(work())
    late.callback(None)
    assert seen == ["inside"]
    assert variable.get() == "outside"


def test_asyncioFutures(defer: Any) -> None:
    async def main() -> tuple[Any, Any]:
        loop = asyncio.get_running_loop()
        there = await defer.succeed("from a Deferred").asFuture(loop)
        future = loop.create_future()
        d = defer.Deferred.fromFuture(future)
        future.set_result("from a future")
        await asyncio.sleep(0)
        return there, outcome(d)

    assert asyncio.run(main()) == ("from a Deferred", "from a future")


# -- many ------------------------------------------------------------------------------


def test_deferredList(defer: Any) -> None:
    ds = [defer.Deferred(), defer.Deferred()]
    d = defer.DeferredList(ds, consumeErrors=True)
    ds[1].errback(ZeroDivisionError())
    ds[0].callback("one")
    (first, second) = outcome(d)
    assert first == (True, "one")
    assert second[0] is False and second[1].check(ZeroDivisionError)


def test_gatherResults(defer: Any) -> None:
    assert outcome(defer.gatherResults([defer.succeed(1), defer.succeed(2)])) == [1, 2]
    failed = defer.gatherResults([defer.Deferred(), defer.fail(ZeroDivisionError())], True)
    assert outcome(failed) is defer.FirstError


def test_race(defer: Any) -> None:
    ds = [defer.Deferred(), defer.Deferred()]
    d = defer.race(ds)
    ds[1].callback("won")
    assert outcome(d) == (1, "won")


def test_locksAndQueues(defer: Any) -> None:
    lock = defer.DeferredLock()
    order: list[Any] = []
    holder = defer.Deferred()
    lock.run(lambda: holder).addCallback(order.append)
    lock.run(order.append, "second")
    assert order == []
    holder.callback("first")
    assert sorted(order) == ["first", "second"]
    queue: Any = defer.DeferredQueue(size=1, backlog=1)
    got = queue.get()
    with pytest.raises(defer.QueueUnderflow):
        queue.get()
    queue.put("x")
    assert outcome(got) == "x"
    queue.put("y")
    with pytest.raises(defer.QueueOverflow):
        queue.put("z")
    with pytest.raises(ValueError, match="tokens >= 1"):
        defer.DeferredSemaphore(0)


# -- against a model -----------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["add", "raise", "recover", "both", "chain", "pause", "unpause", "fire"]),
        max_size=30,
    )
)
def test_randomProgramsAgreeWithAModel(defer: Any, program: list[str]) -> None:
    """
    A model that keeps steps in a list and runs them when it may agrees with
    the chain, whatever the order of adding, pausing and firing.
    """
    d = defer.Deferred()
    trace: list[Any] = []
    steps: list[str] = []
    expected: list[Any] = []
    state: dict[str, Any] = {"fired": False, "paused": 0, "result": None}

    def run() -> None:
        while steps and state["fired"] and not state["paused"]:
            step = steps.pop(0)
            failed = isinstance(state["result"], type)
            if step == "add" and not failed:
                expected.append(("add", state["result"]))
                state["result"] += 1
            elif step == "raise" and not failed:
                expected.append(("raise", state["result"]))
                state["result"] = ZeroDivisionError
            elif step == "recover" and failed:
                expected.append(("recover",))
                state["result"] = 0
            elif step == "both":
                expected.append(("both", state["result"]))
            elif step == "chain" and not failed:
                state["result"] += 10

    def note(name: str, result: Any, answer: Any) -> Any:
        trace.append((name, result))
        return answer

    def explode(result: Any) -> None:
        trace.append(("raise", result))
        raise ZeroDivisionError

    def recover(failure: Failure) -> int:
        trace.append(("recover",))
        return 0

    def both(result: Any) -> Any:
        trace.append(("both", result.type if isinstance(result, Failure) else result))
        return result

    for step in program:
        if step == "pause":
            d.pause()
            state["paused"] += 1
        elif step == "unpause":
            if state["paused"]:
                state["paused"] -= 1
                d.unpause()
        elif step == "fire":
            if not state["fired"]:
                state.update(fired=True, result=0)
                d.callback(0)
        else:
            steps.append(step)
            if step == "add":
                d.addCallback(lambda r: note("add", r, r + 1))
            elif step == "raise":
                d.addCallback(explode)
            elif step == "recover":
                d.addErrback(recover)
            elif step == "both":
                d.addBoth(both)
            else:
                d.addCallback(lambda r: defer.succeed(r + 10))
        run()
        assert trace == expected
    d.addErrback(lambda f: None)
