"""
Copies and pickles of Deferreds, of what stands on them, and of failures.
"""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from tests.internet.deferred_twins import KINDS
from tests.twins import pureInPlace
from twisted.internet import defer as present
from twisted.python.failure import Failure

NAME = "twisted.internet.defer"
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {each}": lambda it, each=each: pickle.loads(pickle.dumps(it, each))
        for each in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.fixture
def defer(defer: Any) -> Iterator[Any]:
    """What is tested is what pickles find by its name."""
    isPure = defer.Deferred.__mro__[1].__module__ == "twisted.internet._chain_py"
    with pureInPlace(NAME) if isPure else nullcontext():
        yield defer


@pytest.fixture(params=WAYS)
def again(request: Any) -> Callable[[Any], Any]:
    """How to make another one."""
    return WAYS[request.param]


def add(result: Any, *more: Any, **named: Any) -> Any:
    """Keep what a callback was called with."""
    if isinstance(result, Failure):
        result = result.type
    return [result, *more, *named.items()]


def give(deferred: Any) -> None:
    """Fire it: a canceller."""
    deferred.callback("given up")


def outcome(deferred: Any) -> Any:
    got: list[Any] = []
    deferred.addCallbacks(got.append, lambda reason: got.append(reason.type))
    return got[0] if got else "nothing yet"


def test_unfired(defer: Any, again: Any) -> None:
    first = defer.Deferred()
    second = again(first)
    assert type(second) is type(first)
    second.callback(1)
    assert outcome(second) == 1
    assert not first.called
    first.callback(2)
    assert outcome(first) == 2


def test_fired(defer: Any, again: Any) -> None:
    first = defer.Deferred()
    first.callback([1])
    second = again(first)
    with pytest.raises(defer.AlreadyCalledError):
        second.callback(2)
    assert outcome(second) == outcome(first) == [1]


def test_failed(defer: Any, again: Any) -> None:
    first = defer.fail(ZeroDivisionError("nobody"))
    second = again(first)
    assert outcome(second) is outcome(first) is ZeroDivisionError


def test_callbacks(defer: Any, again: Any) -> None:
    """Each has a chain of its own, with the same in it."""
    first = defer.Deferred()
    first.addCallback(add, 1, word=2)
    first.addErrback(add)
    first.addBoth(add, 3)
    for number in range(5):
        first.addCallbacks(add, None, (number,))
    expected = [[0, 1, ("word", 2)], 3]
    for number in range(5):
        expected = [expected, number]
    second = again(first)
    second.callback(0)
    assert outcome(second) == expected
    first.addBoth(add, "last")
    first.callback(0)
    assert outcome(first) == [expected, "last"]


def test_errors(defer: Any, again: Any) -> None:
    first = defer.Deferred().addCallback(add).addErrback(add, "caught")
    second = again(first)
    second.errback(KeyError())
    assert outcome(second) == [KeyError, "caught"]


def test_cancellers(defer: Any, again: Any) -> None:
    first = defer.Deferred(give)
    second = again(first)
    second.cancel()
    assert outcome(second) == "given up"
    assert not first.called


def test_theForgivenFiring(defer: Any, again: Any) -> None:
    first = defer.Deferred()
    first.cancel()
    second = again(first)
    for each in (first, second):
        each.callback("too late, and no matter")
        assert outcome(each) is defer.CancelledError
        with pytest.raises(defer.AlreadyCalledError):
            each.callback("too late")


def test_paused(defer: Any, again: Any) -> None:
    first = defer.Deferred()
    first.callback(0)
    first.pause()
    first.pause()
    first.addCallback(add, 1)
    second = again(first)
    assert second.paused == 2
    second.unpause()
    assert outcome(second) == "nothing yet"
    second.unpause()
    assert outcome(second) is None
    assert second.result is None
    assert len(first._callbacks) == 1


def test_attributes(defer: Any, again: Any) -> None:
    first = defer.Deferred()
    first.own = [1]
    first.other = first.own
    second = again(first)
    assert second.own == [1]
    assert second.own is second.other


@pytest.mark.parametrize("way", [name for name in WAYS if name != "copy"])
def test_oneThatWaits(defer: Any, way: str) -> None:
    """What is waited for is copied, too."""
    inner = defer.Deferred()
    outer = defer.succeed(None)
    outer.next = inner
    outer.addCallback(lambda ignored: inner)
    outer.addCallback(add)
    second = WAYS[way](outer)
    assert outcome(second) == "nothing yet"
    second.next.callback(5)
    assert outcome(second.addCallback(add)) == [None]
    assert not inner.called
    assert "waiting on Deferred" in repr(outer)
    inner.callback(6)
    assert outcome(outer) == [6]


def test_aCircle(defer: Any, again: Any) -> None:
    first = defer.Deferred()
    first.addCallback(add, first)
    second = again(first)
    second.callback(0)
    assert outcome(second)[1] is (first if again is copy.copy else second)


@pytest.mark.parametrize("way", WAYS)
def test_generatorsAreRefused(defer: Any, way: str) -> None:
    """What has a generator, or its context, in its chain has no copy."""
    if way == "copy":
        pytest.skip("a shallow copy has the same generator")
    waited = defer.Deferred()

    def work() -> Any:
        yield waited

    defer.inlineCallbacks(work)().addErrback(lambda reason: None)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        WAYS[way](waited)


def test_queues(defer: Any, again: Any) -> None:
    first = defer.DeferredQueue(3, 4)
    first.put(1)
    first.put([2])
    second = again(first)
    assert (second.size, second.backlog, second.pending) == (3, 4, [1, [2]])
    assert outcome(second.get()) == 1


@pytest.mark.parametrize("way", [name for name in WAYS if name != "copy"])
def test_queuesThatAreWaitedFor(defer: Any, way: str) -> None:
    first = defer.DeferredQueue()
    first.get()
    second = WAYS[way](first)
    waiting = second.waiting[0]
    second.put("here")
    assert outcome(waiting) == "here"
    assert len(first.waiting) == 1
    assert not first.waiting[0].called


@pytest.mark.parametrize("way", [name for name in WAYS if name != "copy"])
def test_locks(defer: Any, way: str) -> None:
    lock = defer.DeferredLock()
    lock.acquire()
    lock.acquire()
    second = WAYS[way](lock)
    assert second.locked
    turn = second.waiting[0]
    second.release()
    assert outcome(turn) is second
    semaphore = defer.DeferredSemaphore(2)
    semaphore.acquire()
    other = WAYS[way](semaphore)
    assert (other.tokens, other.limit, other.waiting) == (1, 2, [])


def test_aCancelledPlaceInACopiedLine(defer: Any) -> None:
    """The canceller that is copied gives up the place in the copy."""
    first = defer.DeferredQueue()
    first.get()
    second = copy.deepcopy(first)
    waiting = second.waiting[0]
    waiting.cancel()
    assert outcome(waiting) is defer.CancelledError
    assert (len(first.waiting), second.waiting) == (1, [])


def failure() -> Failure:
    """Make one with a frame."""
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError:
        return Failure()


def test_failures(again: Any) -> None:
    for first in (failure(), Failure(ValueError("why")), present.execute(divide).result):
        second = again(first)
        assert second.type is first.type
        assert str(second.value) == str(first.value) == "why"
        assert second.check(first.type) is first.type
        assert len(second.frames) == len(first.frames)
        assert second.getErrorMessage() == "why"
        assert second.getTraceback().splitlines()[-1] == first.getTraceback().splitlines()[-1]
    gc.collect()


def divide() -> None:
    raise ZeroDivisionError("why")


def test_slots(defer: Any, again: Any) -> None:
    if "__slots__" not in vars(defer.Deferred):
        pytest.skip("it has none")
    first = defer.Deferred()
    first.own = 5
    first.other = 6
    second = again(first)
    assert (second.own, second.other) == (5, 6)


# -- from one twin to the other --------------------------------------------------------


def program(defer: Any) -> Any:
    """Make one of which all is in use."""
    inner = defer.Deferred(give)
    outer = defer.succeed("begin")
    outer.addCallback(add, 1, two=3)
    outer.pause()
    outer.addCallback(add, "more")
    waiting = defer.Deferred()
    waiting.callback(None)
    waiting.parts = [inner, outer]
    # A link that goes on with another one.
    inner.addCallback(add, "inner")
    waiting.result = inner
    waiting.paused = 1
    waiting._chainedTo = inner
    inner._callbacks = [*inner._callbacks, *link(defer, waiting)]
    return waiting


def link(defer: Any, waiting: Any) -> list[Any]:
    """Return what another Deferred has in its chain that *waiting* waits for."""
    other = defer.Deferred()
    defer.succeed(None).addCallback(lambda ignored: other)
    ((mark, *_),) = other._callbacks
    return [(mark, (waiting,), {}, mark, (waiting,), {})]


def finish(waiting: Any) -> Any:
    inner, outer = waiting.parts
    outer.unpause()
    inner.cancel()
    return outcome(outer), outcome(waiting)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_eitherTwinReadsWhatTheOtherWrote(protocol: int) -> None:
    if KINDS == ["pure"]:
        pytest.skip("there is just one")
    expected = (["begin", 1, ("two", 3)], "more"), ["given up", "inner"]
    with pureInPlace(NAME) as pure:
        written = pickle.dumps(program(pure), protocol)
        assert finish(program(pure)) == ([*expected[0]], expected[1])
    read = pickle.loads(written)
    assert type(read) is present.Deferred
    assert finish(read) == ([*expected[0]], expected[1])
    written = pickle.dumps(program(present), protocol)
    with pureInPlace(NAME) as pure:
        read = pickle.loads(written)
        assert type(read) is pure.Deferred
        assert finish(read) == ([*expected[0]], expected[1])


def test_whatIsNoChainIsRefused(defer: Any) -> None:
    """A link to go on with something else than a Deferred is none."""
    if defer.Deferred.__mro__[1].__module__ == "twisted.internet._chain_py":
        pytest.skip("any object will do")
    ((mark, args, kw, *_),) = link(defer, 5)
    with pytest.raises(TypeError):
        defer.Deferred()._callbacks = [(mark, (5,), {}, mark, (5,), {})]
    assert (args, kw) == ((5,), {})
