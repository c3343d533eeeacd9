"""
The pure and the compiled Deferreds, and a subclass of the compiled ones, take
the same programs: they do the same.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.internet import deferred_twins
from tests.twins import isCompiled, pure
from twisted.internet import defer
from twisted.internet.task import Clock
from twisted.python.failure import Failure

pytestmark = pytest.mark.skipif(not isCompiled("deferred"), reason="deferred is not compiled")

slot = st.integers(min_value=0, max_value=3)
# What a callback does: the first word what, the numbers to which others.
simple = st.one_of(
    st.tuples(st.sampled_from(["value", "raise", "failure", "result", "none", "own", "debug"])),
    st.tuples(
        st.sampled_from(
            ["return", "fire", "fail", "cancel", "pause", "unpause", "exit", "rethrow", "circle"]
        ),
        slot,
    ),
)
action = st.one_of(simple, simple, st.tuples(st.just("add"), slot, simple))
step = st.one_of(
    st.tuples(st.sampled_from(["callback", "errback", "both"]), slot, action),
    st.tuples(st.sampled_from(["callback", "errback", "both"]), slot, action),
    st.tuples(st.just("two"), slot, action, action),
    st.tuples(st.sampled_from(["fire", "fail", "cancel", "pause", "unpause", "plain"]), slot),
    st.tuples(st.sampled_from(["rethrow", "circle", "absurd", "empty", "failWith"]), slot),
    st.tuples(st.just("chain"), slot, slot),
    st.tuples(st.just("copy"), slot, slot),
    st.tuples(st.just("debug"), slot),
    st.tuples(
        st.just("timeout"), slot, st.integers(1, 3), st.sampled_from(["none", "value", "raise"])
    ),
    st.tuples(st.just("advance"), st.integers(1, 3)),
    st.tuples(
        st.just("new"),
        slot,
        st.one_of(
            st.sampled_from(
                [("none",), ("ignore",), ("fire",), ("fail",), ("raise",), ("again",), ("exit",)]
            ),
            st.tuples(st.just("act"), simple),
        ),
    ),
    st.tuples(
        st.sampled_from(["inline", "coroutine", "nested"]),
        slot,
        st.lists(slot, min_size=1, max_size=4),
        st.sampled_from(["catch", "pass", "raise", "both"]),
        st.lists(simple, max_size=3),
    ),
    st.tuples(st.just("gather"), slot, st.lists(slot, max_size=4), st.booleans()),
    st.tuples(st.just("list"), slot, st.lists(slot, max_size=4), st.booleans(), st.booleans()),
    st.tuples(st.just("maybe"), slot, action),
    st.tuples(st.sampled_from(["succeed", "failed"]), slot),
)


class Exit(BaseException):
    """No Exception."""


class Machine:
    """
    Runs a program on the Deferreds of one twin, and notes what happens.
    """

    def __init__(self, twin: Any) -> None:
        self.twin = twin
        self.log: list[Any] = []
        self.slots: list[Any] = [twin.Deferred() for _ in range(4)]
        self.known: list[Any] = list(self.slots)
        self.names = 0
        self.clock = Clock()

    def put(self, at: int, deferred: Any) -> None:
        self.slots[at] = deferred
        if not any(each is deferred for each in self.known):
            self.known.append(deferred)

    def told(self, value: Any) -> Any:
        """Return what *value* is, in words that are the same for both twins."""
        for number, each in enumerate(self.known):
            if value is each:
                return ("deferred", number)
        if isinstance(value, Failure):
            inner = getattr(value.value, "subFailure", None)
            captured = any(frame[3] or frame[4] for frame in value.frames)
            return ("failure", value.type.__name__, captured, self.told(inner) if inner else None)
        if isinstance(value, (list, tuple)):
            return [self.told(each) for each in value]
        if hasattr(value, "addCallbacks"):
            return "another deferred"
        return repr(value)

    def look(self) -> list[Any]:
        return [
            (
                bool(each.called),
                each.paused,
                self.told(each.result) if hasattr(each, "result") else "-",
                len(each._callbacks),
                self.told(each._chainedTo),
                bool(each._runningCallbacks),
                self.noted(each._debugInfo),
            )
            for each in self.known
        ]

    def noted(self, info: Any) -> Any:
        """Return what a Deferred knows about where it was made and fired, and failed."""
        if info is None:
            return None
        return info.creator is not None, info.invoker is not None, self.told(info.failResult)

    def function(self, what: Any) -> Any:
        """Make a callback that does *what*."""
        name = self.names
        self.names += 1

        def call(result: Any = "nothing", *args: Any, **kw: Any) -> Any:
            self.log.append((name, self.told(result), args, sorted(kw.items())))
            return self.act(what, result)

        return call

    def act(self, what: Any, result: Any) -> Any:
        word, *rest = what
        if word == "raise":
            raise ValueError(word)
        if word == "exit":
            raise Exit
        if word == "failure":
            return Failure(KeyError(word))
        if word == "debug":
            self.twin.setDebugging(not self.twin.getDebugging())
            return word
        if word == "result":
            return result
        if word == "none":
            return None
        if word == "own":
            # Whichever waits for nothing, so that circles come up.
            return self.slots[0]
        if not rest:
            return word
        other = self.slots[rest[0]]
        if word == "return":
            return other
        if word == "add":
            other.addBoth(self.function(rest[1]))
        else:
            self.do(word, other)
        return word

    def do(self, word: str, deferred: Any) -> None:
        if word == "fire":
            deferred.callback("fired")
        elif word == "fail":
            deferred.errback(ZeroDivisionError("failed"))
        elif word == "cancel":
            deferred.cancel()
        elif word == "pause":
            deferred.pause()
        elif word == "unpause" and deferred.paused > 0:
            deferred.unpause()
        elif word == "rethrow":
            # What is being handled, if there is something.
            try:
                raise IndexError(word)
            except IndexError:
                deferred.errback()
        elif word == "failWith":
            # Nothing is.
            deferred.errback()
        elif word == "circle":
            deferred.addBoth(lambda result: deferred)
        elif word == "absurd":
            deferred.callback(deferred)
        elif word == "empty":
            deferred._callbacks = deferred._callbacks[1:]
        elif word == "plain":
            deferred.addCallbacks(self.twin.passthru, None).addErrback(self.twin.passthru)

    def canceller(self, what: Any) -> Any:
        kind, *rest = what
        if kind == "none":
            return None

        def cancel(deferred: Any) -> None:
            self.log.append(("cancelled", self.told(deferred)))
            if kind == "fire":
                deferred.callback("by the canceller")
            elif kind == "fail":
                deferred.errback(KeyError("by the canceller"))
            elif kind == "raise":
                raise ValueError
            elif kind == "exit":
                raise Exit
            elif self.log.count(self.log[-1]) > 3:
                # One that cancels itself does so until the stack is full.
                return
            elif kind == "again":
                deferred.cancel()
            elif kind == "act":
                self.act(rest[0], deferred)

        return cancel

    def generator(self, waits: list[Any], manner: str, does: list[Any]) -> Any:
        for number, each in enumerate(waits):
            try:
                if number < len(does):
                    self.act(does[number], number)
                got = yield each
                self.log.append(("got", self.told(got)))
            except Exception as problem:
                self.log.append(("caught", type(problem).__name__))
                if manner in ("pass", "raise"):
                    raise
        if manner == "raise":
            raise IndexError
        return "returned"

    async def coroutine(self, waits: list[Any], manner: str, does: list[Any]) -> Any:
        for number, each in enumerate(waits):
            try:
                if number < len(does):
                    self.act(does[number], number)
                got = await each
                self.log.append(("got", self.told(got)))
            except Exception as problem:
                self.log.append(("caught", type(problem).__name__))
                if manner in ("pass", "raise"):
                    raise
        if manner == "raise":
            raise IndexError
        return "returned"

    def step(self, command: Any) -> None:
        word, at, *rest = command
        deferred = self.slots[at]
        if word == "callback":
            deferred.addCallback(self.function(rest[0]), 1, key=2)
        elif word == "errback":
            deferred.addErrback(self.function(rest[0]), 3)
        elif word == "both":
            deferred.addBoth(self.function(rest[0]))
        elif word == "two":
            first, second = map(self.function, rest)
            deferred.addCallbacks(first, second, (1,), {"a": 1}, errbackKeywords={"b": 2})
        elif word == "copy":
            self.put(at, copy.copy(self.slots[rest[0]]))
        elif word == "debug":
            self.act(command, None)
        elif word == "timeout":
            deferred.addTimeout(rest[0], self.clock, self.onTimeout(rest[1]))
        elif word == "advance":
            self.clock.advance(at)
        elif word == "chain":
            deferred.chainDeferred(self.slots[rest[0]])
        elif word == "new":
            self.put(at, self.twin.Deferred(self.canceller(rest[0])))
        elif word in ("inline", "coroutine", "nested"):
            self.start(word, at, [self.slots[each] for each in rest[0]], *rest[1:])
        elif word == "gather":
            waits = [self.slots[each] for each in rest[0]]
            self.put(at, self.twin.gatherResults(waits, rest[1]))
        elif word == "list":
            waits = [self.slots[each] for each in rest[0]]
            self.put(at, self.twin.DeferredList(waits, *rest[1:]))
        elif word == "maybe":
            self.put(at, self.twin.maybeDeferred(self.function(rest[0]), 1, b=2))
        elif word == "succeed":
            self.put(at, self.twin.succeed(word))
        elif word == "failed":
            self.put(at, self.twin.fail(KeyError(word)))
        else:
            self.do(word, deferred)

    def onTimeout(self, kind: str) -> Any:
        if kind == "none":
            return None

        def expired(result: Any, seconds: float) -> Any:
            self.log.append(("expired", self.told(result), seconds))
            if kind == "raise":
                raise OSError
            return kind

        return expired

    def start(self, word: str, at: int, waits: list[Any], manner: str, does: list[Any]) -> None:
        if word == "inline":
            made = self.twin.inlineCallbacks(self.generator)(waits, manner, does)
        elif word == "coroutine":
            made = self.twin.Deferred.fromCoroutine(self.coroutine(waits, manner, does))
        else:
            made = self.twin.inlineCallbacks(self.generator)(
                [*waits, self.generator(waits[:1], manner, does), "no deferred"], manner, does[1:]
            )
        self.put(at, made)

    def run(self, program: list[Any]) -> list[Any]:
        try:
            for command in program:
                try:
                    self.step(command)
                except (Exception, Exit) as problem:
                    self.log.append(("raised", type(problem).__name__))
                self.log.append((self.look(), len(self.clock.getDelayedCalls())))
        finally:
            self.twin.setDebugging(False)
        for each in self.known:
            # Nobody is to be told of what fails here.
            each.addErrback(lambda failure: None)
            each._noteFailure(None)
        return self.log


# What has been done differently: a generator pauses what runs it; one that waits is
# made to go on, and its list passes on what it waits for; a list waits for itself;
# what had fired was chained to another one, and then waited for.
PAUSED_BY_WHAT_IT_RUNS = [
    ("callback", 0, ("value",)),
    ("gather", 3, [0], False),
    ("inline", 1, [3, 0], "catch", [("value",), ("pause", 0)]),
    ("fire", 0),
]
LISTED_WHILE_IT_WAITS = [
    ("fire", 2),
    ("callback", 2, ("own",)),
    ("gather", 0, [2], False),
    ("unpause", 2),
    ("fire", 0),
]
CHAINED_WHEN_IT_HAD_FIRED = [
    ("fire", 0),
    ("chain", 1, 0),
    ("inline", 0, [0], "catch", []),
]
A_LIST_OF_ITSELF = [
    ("list", 1, [2, 2, 2], False, False),
    ("callback", 2, ("return", 1)),
    ("fire", 2),
    ("list", 3, [1, 1, 2, 2], False, False),
    ("cancel", 3),
]


@pytest.mark.parametrize("kind", deferred_twins.KINDS[1:])
@example(program=PAUSED_BY_WHAT_IT_RUNS)
@example(program=LISTED_WHILE_IT_WAITS)
@example(program=A_LIST_OF_ITSELF)
@example(program=CHAINED_WHEN_IT_HAD_FIRED)
@given(program=st.lists(step, max_size=25))
@settings(deadline=None, max_examples=250)
def test_sameTranscripts(kind: str, program: list[Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = Machine(pure("twisted.internet.defer")).run(program)
        with deferred_twins.ofKind(kind) as twin:
            assert Machine(twin).run(program) == expected


def test_theTwinsAreTwo() -> None:
    twin = pure("twisted.internet.defer")
    assert twin.Deferred is not defer.Deferred
    assert twin.Deferred.__mro__[1].__module__ == "twisted.internet._chain_py"
    assert defer.Deferred.__mro__[1].__module__ == "twisted.internet._chain_c"
    assert type(twin.succeed(1)) is twin.Deferred
    assert type(defer.succeed(1)) is defer.Deferred
