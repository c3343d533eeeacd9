"""
Test cases, run in this process: what becomes of a test that does this or that.
"""

from __future__ import annotations

import asyncio
import os
import unittest as pyunit
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.trial.support import counts, outcome
from twisted.internet import defer, reactor
from twisted.python import log
from twisted.python.failure import Failure
from twisted.trial import unittest, util
from twisted.trial.reporter import TestResult, TestResultDecorator
from twisted.trial.unittest import FailTest, SkipTest, SynchronousTestCase, TestCase

BOTH = pytest.mark.parametrize("kind", [SynchronousTestCase, TestCase])
PASSED = {"successes": 1}


def made(kind: type[Any], **body: Any) -> Any:
    """Run the method C{test} of a class with this body; return the result."""
    return outcome(type("Case", (kind,), {"test": lambda self: None, **body}))


def later(value: Any, seconds: float = 0.01) -> defer.Deferred[Any]:
    """Return a Deferred that fires soon; with an exception, it fails."""
    d: defer.Deferred[Any] = defer.Deferred()
    fire = d.errback if isinstance(value, Exception) else d.callback
    reactor.callLater(seconds, fire, value)
    return d


def raising(error: BaseException) -> Callable[..., None]:
    """Return a method that raises."""

    def method(self: Any) -> None:
        raise error

    return method


# How tests end.


@BOTH
def test_pass(kind: type[Any]) -> None:
    assert counts(made(kind)) == PASSED


@BOTH
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FailTest("x"), {"failures": 1}),
        (AssertionError("x"), {"errors": 1}),
        (ZeroDivisionError(), {"errors": 1}),
        (SystemExit(3), {"errors": 1}),
        (SkipTest("x"), {"skips": 1}),
        (pyunit.SkipTest("x"), {"skips": 1}),
    ],
)
def test_raise(kind: type[Any], error: BaseException, expected: dict[str, int]) -> None:
    assert counts(made(kind, test=raising(error))) == expected


@BOTH
def test_interrupt(kind: type[Any]) -> None:
    result = made(kind, test=raising(KeyboardInterrupt()))
    assert counts(result) == {"errors": 1}
    assert result.shouldStop


@BOTH
def test_generator(kind: type[Any]) -> None:
    """It would test nothing."""

    def test(self: Any) -> Generator[int]:
        yield 1

    result = made(kind, test=test)
    assert counts(result) == {"errors": 1}
    assert "is a generator function and therefore will never run" in str(result.errors[0][1].value)


@BOTH
@pytest.mark.parametrize("broken", ["setUp", "test", "tearDown", "cleanup"])
def test_parts(kind: type[Any], broken: str) -> None:
    """Which parts are run when one of them fails."""
    called: list[str] = []

    def part(name: str) -> Any:
        def method(*_: Any) -> None:
            called.append(name)
            if name == broken:
                raise ValueError(name)

        return method

    def setUp(self: Any) -> None:
        self.addCleanup(part("first"), "arguments")
        self.addCleanup(part("cleanup"))
        part("setUp")()

    result = made(kind, setUp=setUp, test=part("test"), tearDown=part("tearDown"))
    assert counts(result) == {"errors": 1}
    assert str(result.errors[0][1].value) == broken
    rest = [] if broken == "setUp" else ["test"]
    end = [] if broken == "setUp" else ["tearDown"]
    assert called == ["setUp", *rest, "cleanup", "first", *end]


@BOTH
def test_cleanupsThatAddCleanups(kind: type[Any]) -> None:
    called: list[int] = []

    def test(self: Any) -> None:
        self.addCleanup(lambda: self.addCleanup(called.append, 1))

    assert counts(made(kind, test=test)) == PASSED
    assert called == [1]


# skip, todo, suppress, timeout.


def decorated(decorator: Any) -> Any:
    """Return a method that fails if it is run, under a decorator."""
    return decorator(lambda self: self.fail("was run"))


@BOTH
def test_skip(kind: type[Any]) -> None:
    method = decorated(lambda f: f)
    method.skip = "of the method"
    module = made(
        kind, test=decorated(lambda f: f), skip="of the class", setUp=raising(ValueError())
    )
    for result, reason in (
        (made(kind, test=method, skip="of the class"), "of the method"),
        (module, "of the class"),
        (made(kind, test=decorated(pyunit.skip("pyunit"))), "pyunit"),
        (made(kind, test=decorated(pyunit.skipIf(True, "if"))), "if"),
        (
            outcome(pyunit.skip("whole")(type("C", (kind,), {"test": method})), "test"),
            "of the method",
        ),
        (outcome(pyunit.skip("whole")(type("C", (kind,), {"test": raising(OSError())}))), "whole"),
        (made(kind, setUp=raising(SkipTest("set up"))), "set up"),
    ):
        assert counts(result) == {"skips": 1}
        assert result.skips[0][1] == reason
        assert result.wasSuccessful()


def test_skipOfModule(monkeypatch: pytest.MonkeyPatch) -> None:
    class Case(SynchronousTestCase):
        def test(self) -> None:
            self.fail("was run")

    monkeypatch.setitem(globals(), "skip", "of the module")
    assert outcome(Case).skips[0][1] == "of the module"


@BOTH
@pytest.mark.parametrize(
    ("todo", "error", "expected"),
    [
        ("why", FailTest(), {"expectedFailures": 1}),
        ("why", KeyError(), {"expectedFailures": 1}),
        ("why", None, {"unexpectedSuccesses": 1}),
        ((KeyError, "why"), KeyError(), {"expectedFailures": 1}),
        (([OSError, KeyError], "why"), KeyError(), {"expectedFailures": 1}),
        ((KeyError, "why"), ValueError(), {"errors": 1}),
        ((KeyError, "why"), FailTest(), {"failures": 1}),
    ],
)
def test_todo(kind: type[Any], todo: Any, error: Any, expected: dict[str, int]) -> None:
    def test(self: Any) -> None:
        if error is not None:
            raise error

    test.todo = todo  # type: ignore[attr-defined]
    result = made(kind, test=test)
    assert counts(result) == expected
    for kept in (result.expectedFailures, result.unexpectedSuccesses):
        assert [each[-1].reason for each in kept] in ([], ["why"])


@BOTH
def test_expectedFailure(kind: type[Any]) -> None:
    """What the standard library's decorator marks is to do, too."""
    result = made(kind, test=decorated(pyunit.expectedFailure))
    assert counts(result) == {"expectedFailures": 1}
    result = made(kind, test=pyunit.expectedFailure(lambda self: None))
    assert counts(result) == {"unexpectedSuccesses": 1}


def test_makeTodo() -> None:
    assert unittest.makeTodo("why") == unittest.Todo("why", None)
    todo = unittest.makeTodo((KeyError, "why"))
    assert todo is not None
    assert todo.expected(Failure(KeyError()))
    assert not todo.expected(Failure(ValueError()))


@BOTH
def test_suppress(kind: type[Any]) -> None:
    def test(self: Any) -> None:
        warnings.warn("hidden", UserWarning)
        warnings.warn("shown", UserWarning)
        self.assertEqual([w["message"] for w in self.flushWarnings()], ["shown"])

    test.suppress = [util.suppress(message="hid")]  # type: ignore[attr-defined]
    assert counts(made(kind, test=test)) == PASSED


def test_timeout() -> None:
    """For each part."""

    def wait(self: Any) -> Any:
        return defer.Deferred()

    for part in ("setUp", "test", "tearDown"):
        result = made(TestCase, timeout=0.05, **{part: wait})
        assert counts(result) == {"errors": 1}
        failure = result.errors[0][1]
        assert failure.check(defer.TimeoutError)
        assert f"({part}) still running at 0.05 secs" in failure.getErrorMessage()
    assert counts(made(TestCase, timeout=5, test=lambda self: later(1))) == PASSED


def test_timeoutOfWhatWaitsForAnother() -> None:
    """The Deferred has fired, but waits: it cannot be failed."""

    def test(self: Any) -> Any:
        return defer.succeed(None).addCallback(lambda _: defer.Deferred())

    result = made(TestCase, timeout=0.05, test=test)
    assert [failure.type for _, failure in result.errors] == [defer.TimeoutError]


def test_timeoutThatIsNone() -> None:
    def test(self: Any) -> None:
        self.assertEqual(self.getTimeout(), util.DEFAULT_TIMEOUT_DURATION)
        (warning,) = self.flushWarnings()
        self.assertEqual(warning["message"], "'timeout' attribute needs to be a number.")

    assert counts(made(TestCase, timeout="soon", test=test)) == PASSED


# What waits.


async def coroutine(value: Any) -> Any:
    return await later(value)


@defer.inlineCallbacks
def inlined(value: Any) -> Any:
    yield later(None)
    yield later(value)


@pytest.mark.parametrize("waiting", [later, coroutine, inlined])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, PASSED),
        (FailTest("x"), {"failures": 1}),
        (ValueError("x"), {"errors": 1}),
        (SkipTest("x"), {"skips": 1}),
    ],
)
def test_waits(waiting: Any, value: Any, expected: dict[str, int]) -> None:
    assert counts(made(TestCase, test=lambda self: waiting(value))) == expected


def test_asyncMethod() -> None:
    class Case(TestCase):
        async def setUp(self) -> None:  # type: ignore[override]
            self.value = await later(3)

        async def test(self) -> None:
            self.assertEqual(self.value + await later(4), 7)
            self.addCleanup(self.clean)

        async def clean(self) -> None:
            self.value = await later(0)

        async def tearDown(self) -> None:  # type: ignore[override]
            self.assertEqual(await later(self.value), 0)

    assert counts(outcome(Case)) == PASSED


def test_partsWaitForEachOther() -> None:
    called: list[str] = []

    def part(name: str) -> Any:
        def method(*_: Any) -> Any:
            called.append(f"{name} begins")
            return later(None).addCallback(lambda _: called.append(f"{name} ends"))

        return method

    def test(self: Any) -> Any:
        self.addCleanup(part("last"))
        self.addCleanup(part("first"))
        return part("test")()

    assert (
        counts(made(TestCase, setUp=part("setUp"), test=test, tearDown=part("tearDown"))) == PASSED
    )
    names = ("setUp", "test", "first", "last", "tearDown")
    assert called == [f"{name} {what}" for name in names for what in ("begins", "ends")]


def test_forbidden() -> None:
    """Tests neither run the reactor nor stop it; they are told so."""

    def test(self: Any) -> None:
        reactor.iterate(0)
        (warning,) = self.flushWarnings([test])
        self.assertIn("reactor.iterate cannot be used inside unit tests.", warning["message"])

    before = reactor.iterate
    assert counts(made(TestCase, test=test)) == PASSED
    assert reactor.iterate == before


def test_dirty() -> None:
    def test(self: Any) -> None:
        reactor.callLater(99, len, "x")

    result = made(TestCase, test=test)
    assert counts(result) == {"errors": 1}
    error = result.errors[0][1].value
    assert isinstance(error, util.DirtyReactorAggregateError)
    assert str(error).startswith(
        "Reactor was unclean.\nDelayedCalls: (set twisted.internet.base.DelayedCall.debug ="
        " True to debug)\n<DelayedCall 0x"
    )
    assert reactor.getDelayedCalls() == []


# What tests call.


def inside(kind: type[Any], test: Callable[[Any], Any]) -> None:
    """Run *test* as a test, which must pass."""
    result = made(kind, test=test)
    problems = [failure.getTraceback() for _, failure in result.errors + result.failures]
    assert counts(result) == PASSED, "\n".join(problems)


@BOTH
def test_flushLoggedErrors(kind: type[Any]) -> None:
    def logs(self: Any) -> None:
        log.err(ValueError("one"), "why")
        log.err(KeyError("two"))

    def takes(self: Any) -> None:
        logs(self)
        self.assertEqual([f.type for f in self.flushLoggedErrors(KeyError)], [KeyError])
        self.assertEqual([f.type for f in self.flushLoggedErrors()], [ValueError])
        self.assertEqual(self.flushLoggedErrors(), [])

    assert counts(made(kind, test=logs)) == {"errors": 2}
    inside(kind, takes)


def warns() -> None:
    warnings.warn("from here", DeprecationWarning)


@BOTH
def test_flushWarnings(kind: type[Any]) -> None:
    def test(self: Any) -> None:
        warns()
        warns()
        warnings.warn("from the test")
        self.assertEqual(len(self.flushWarnings([warns])), 2)
        (other,) = self.flushWarnings()
        self.assertEqual(other["message"], "from the test")
        self.assertEqual((other["category"], other["filename"]), (UserWarning, __file__))
        warns()
        self.assertRaises(ValueError, self.flushWarnings, ["no function"])
        self.flushWarnings()

    inside(kind, test)


@BOTH
def test_unflushedWarningsAreGiven(kind: type[Any]) -> None:
    with pytest.warns(UserWarning, match="not taken"):
        made(kind, test=lambda self: warnings.warn("not taken"))


@BOTH
def test_patch(kind: type[Any]) -> None:
    class Thing:
        value = 1

    def test(self: Any) -> None:
        self.patch(Thing, "value", 2)
        self.assertEqual(Thing.value, 2)
        self.patch(Thing, "value", 3).restore()
        self.assertEqual(Thing.value, 2)

    inside(kind, test)
    assert Thing.value == 1


@BOTH
def test_mktemp(kind: type[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def test(self: Any) -> None:
        names = {self.mktemp() for _ in range(3)}
        self.assertEqual(len(names), 3)
        for name in names:
            self.assertFalse(os.path.exists(name))
            self.assertTrue(os.path.isdir(os.path.dirname(name)))
            self.assertTrue(os.path.abspath(name).startswith(f"{tmp_path}/"))

    inside(kind, test)


def fails(call: Callable[[], Any]) -> str:
    """Return how an assertion fails."""
    with pytest.raises(FailTest) as caught:
        call()
    return str(caught.value)


@pytest.fixture
def case() -> TestCase:
    return TestCase()


def test_successResultOf(case: TestCase) -> None:
    async def three() -> int:
        return 3

    assert case.successResultOf(defer.succeed(3)) == 3
    assert case.successResultOf(three()) == 3
    waiting: defer.Deferred[Any] = defer.Deferred()
    assert fails(lambda: case.successResultOf(waiting)).endswith("found no result instead")
    failing: defer.Deferred[Any] = defer.fail(ValueError("bad"))
    message = fails(lambda: case.successResultOf(failing))
    assert "found failure result instead" in message and "ValueError: bad" in message


def test_failureResultOf(case: TestCase) -> None:
    def fail() -> defer.Deferred[Any]:
        return defer.fail(ValueError("bad"))

    assert case.failureResultOf(fail()).getErrorMessage() == "bad"
    assert case.failureResultOf(fail(), KeyError, ValueError).type is ValueError
    message = fails(lambda: case.failureResultOf(fail(), KeyError, OSError))
    assert "Failure of type (builtins.KeyError or builtins.OSError) expected on" in message
    assert "(5) instead" in fails(lambda: case.failureResultOf(defer.succeed(5)))
    waiting: defer.Deferred[Any] = defer.Deferred()
    assert fails(lambda: case.failureResultOf(waiting)).endswith("found no result instead")


def test_assertNoResult(case: TestCase) -> None:
    waiting: defer.Deferred[Any] = defer.Deferred()
    case.assertNoResult(waiting)
    seen: list[int] = []
    waiting.addCallback(seen.append)
    waiting.callback(4)
    assert seen == [4]
    assert "found 4 instead" in fails(lambda: case.assertNoResult(defer.succeed(4)))


def test_assertFailure(case: TestCase) -> None:
    d = case.assertFailure(defer.fail(KeyError("k")), OSError, KeyError)
    assert isinstance(case.successResultOf(d), KeyError)
    d = case.assertFailure(defer.fail(KeyError("k")), OSError)
    assert case.failureResultOf(d).check(FailTest)
    d = case.assertFailure(defer.succeed(7), OSError)
    assert "did not catch an error, instead got 7" in case.failureResultOf(d).getErrorMessage()


def test_assertRaises(case: TestCase) -> None:
    error = case.assertRaises(ValueError, int, "x")
    assert isinstance(error, ValueError)
    with case.assertRaises((KeyError, ValueError)) as context:
        int("x")
    assert isinstance(context.exception, ValueError)
    assert "ValueError not raised (5 returned)" in fails(
        lambda: case.assertRaises(ValueError, int, "5")
    )
    message = fails(lambda: case.assertRaises(KeyError, int, "x"))
    assert message.startswith("builtins.ValueError raised instead of KeyError:\n")


def test_assertWarns(case: TestCase) -> None:
    def give(*kinds: type[Warning]) -> int:
        for kind in kinds:
            warnings.warn("careful", kind)
        return 9

    def check(*kinds: type[Warning], message: str = "careful", file: str = __file__) -> Any:
        return case.assertWarns(UserWarning, message, file, give, *kinds)

    assert check(UserWarning) == check(UserWarning, UserWarning) == 9
    assert fails(check) == "No warnings emitted"
    assert fails(lambda: check(UserWarning, Warning)) == "Can't handle different warnings"
    assert fails(lambda: check(DeprecationWarning))
    assert fails(lambda: check(UserWarning, message="other"))
    assert fails(lambda: check(UserWarning, file="/other.py")).startswith("Warning in ")


def test_callDeprecated() -> None:
    from incremental import Version

    from twisted.python.deprecate import deprecated

    since = Version("Twisted", 20, 3, 0)

    @deprecated(since, "another")
    def old() -> int:
        return 1

    def test(self: Any) -> None:
        self.assertEqual(self.callDeprecated((since, "another"), old), 1)
        self.assertRaises(FailTest, self.callDeprecated, Version("Twisted", 1, 2, 3), old)
        self.assertRaises(FailTest, self.callDeprecated, since, len, "x")

    inside(SynchronousTestCase, test)


ASSERTIONS: list[tuple[str, tuple[Any, ...], tuple[Any, ...]]] = [
    ("assertEqual", (1, 1.0), (1, 2)),
    ("assertNotEqual", (1, 2), (1, 1)),
    ("assertTrue", ([0],), ([],)),
    ("assertFalse", ([],), ([0],)),
    ("assertIs", (len, len), ([], [])),
    ("assertIsNot", ([], []), (len, len)),
    ("assertIn", (1, [1]), (2, [1])),
    ("assertNotIn", (2, [1]), (1, [1])),
    ("assertIsInstance", (1, (str, int)), (1, str)),
    ("assertNotIsInstance", (1, str), (1, int)),
    ("assertAlmostEqual", (1, 1 + 1e-9), (1, 1.1)),
    ("assertNotAlmostEqual", (1, 1.1), (1, 1 + 1e-9)),
    ("assertApproximates", (1, 1.5, 0.5), (1, 2, 0.5)),
    ("assertSubstring", ("b", "abc"), ("d", "abc")),
    ("assertNotSubstring", ("d", "abc"), ("b", "abc")),
    ("assertIsNone", (None,), (0,)),
    ("assertGreater", (2, 1), (1, 1)),
    ("assertRegex", ("abc", "b"), ("abc", "d")),
    ("assertCountEqual", ([1, 2], [2, 1]), ([1], [1, 1])),
    ("failUnlessEqual", (1, 1), (1, 2)),
    ("failIf", (0,), (1,)),
    ("failUnless", (1,), (0,)),
    ("assertIdentical", (len, len), ([], [])),
    ("failUnlessIn", (1, [1]), (2, [1])),
]


@pytest.mark.parametrize(("name", "good", "bad"), ASSERTIONS, ids=[each[0] for each in ASSERTIONS])
def test_assertions(case: TestCase, name: str, good: Any, bad: Any) -> None:
    check = getattr(case, name)
    check(*good)
    assert fails(lambda: check(*bad))


def parts(self: Any) -> None:
    """Three parts of four go wrong, in two ways."""
    for number in range(4):
        with self.subTest("part", number=number):
            self.assertNotEqual(12 // number, 12)
            self.assertNotEqual(number, 2)


@BOTH
def test_subTest(kind: type[Any]) -> None:
    """Each that fails is told, and which it is; the test goes on."""
    result = made(kind, test=parts)
    assert counts(result) == {"errors": 1, "failures": 2}
    told = [test.id().split("test ")[1] for test, _ in result.errors + result.failures]
    assert told == ["[part] (number=0)", "[part] (number=1)", "[part] (number=2)"]
    assert result.errors[0][1].type is ZeroDivisionError

    def good(self: Any) -> None:
        for number in range(4):
            with self.subTest(number=number):
                self.assertLess(number, 4)

    assert counts(made(kind, test=good)) == PASSED
    parts.todo = "one day"  # type: ignore[attr-defined]
    try:
        assert counts(made(kind, test=parts)) == {"expectedFailures": 1}
    finally:
        del parts.todo  # type: ignore[attr-defined]


def test_subTestOfPyunit() -> None:
    """Of its cases parts are told in the same way, by whatever is in between."""
    for wrap in (lambda result: result, TestResultDecorator):
        result = TestResult()
        type("Case", (pyunit.TestCase,), {"test": parts})("test").run(wrap(result))
        assert counts(result) == {"errors": 1, "failures": 2}


@BOTH
def test_subTestSkipped(kind: type[Any]) -> None:
    def test(self: Any) -> None:
        with self.subTest(number=1):
            self.skipTest("not this one")

    assert counts(made(kind, test=test)) == {"skips": 1}


# With other results and runners.


@BOTH
@pytest.mark.parametrize(
    ("error", "kept"),
    [(FailTest("x"), "failures"), (ValueError("x"), "errors"), (SkipTest("x"), "skipped")],
)
def test_pyunitResult(kind: type[Any], error: Any, kept: str) -> None:
    result = pyunit.TestResult()
    type("Case", (kind,), {"test": raising(error)})("test").run(result)
    ((_, text),) = getattr(result, kept)
    assert "x" in text
    assert result.testsRun == 1


@BOTH
def test_pyunitResultOfTodo(kind: type[Any]) -> None:
    result = pyunit.TestResult()
    for method in (raising(ValueError()), lambda self: None):
        type("Case", (kind,), {"test": method, "todo": "why"})("test").run(result)
    assert len(result.expectedFailures) == len(result.unexpectedSuccesses) == 1


def test_pyunitSuiteWaits() -> None:
    class Case(TestCase):
        def test(self) -> Any:
            return later(ValueError("late"))

    result = pyunit.TestResult()
    pyunit.defaultTestLoader.loadTestsFromTestCase(Case)
    pyunit.TestSuite([Case("test")]).run(result)
    assert "late" in result.errors[0][1]


def test_reentrance() -> None:
    """A test cannot run another one that waits; it is told, and not hung."""

    async def test(self: Any) -> None:
        await later(1)
        self.assertRaises(RuntimeError, TestCase()._wait, defer.Deferred())

    inside(TestCase, test)


def test_asyncioLoopIsNotNeeded() -> None:
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert counts(made(TestCase, test=lambda self: coroutine(1))) == PASSED
