"""
Test cases that may wait: their methods return Deferreds, or are coroutines.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest import SkipTest

from typing_extensions import ParamSpec
from zope.interface import implementer

from twisted.internet import defer
from twisted.internet.utils import runWithWarningsSuppressed
from twisted.python.failure import Failure
from twisted.python.monkey import MonkeyPatcher
from twisted.trial import _utilities, itrial
from twisted.trial._janitor import _Janitor
from twisted.trial._synctest import FailTest, SynchronousTestCase, _refuseGenerator

__all__ = ["FailTest", "SkipTest", "SynchronousTestCase", "TestCase"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Methods of the reactor that would end, or nest, the run a test lives in.
_FORBIDDEN = ("iterate", "crash", "stop")


@implementer(itrial.ITestCase)
class TestCase(SynchronousTestCase):
    """
    A test case for code that waits.

    The test, C{setUp}, C{tearDown} and cleanups may return a Deferred or a
    coroutine; the reactor runs until it is done, for so many seconds as the
    attribute C{timeout} of the method, class or module says.  What the test
    leaves in the reactor (delayed calls, sockets) is taken out, and is an
    error.
    """

    _waiting = False
    # What ends the reactor's run, while that is forbidden to tests.
    _crash: Callable[[], object] | None = None
    # The call that ends a part of the test which takes too long.
    _deadline: Any = None

    def assertFailure(
        self, deferred: defer.Deferred[_T], *expectedFailures: type[BaseException]
    ) -> defer.Deferred[_T]:
        """
        Let the test fail unless a Deferred does, in a certain way.

        @param expectedFailures: the exception types it may fail with.
        @return: the same Deferred; it fires with the exception.
        """

        def succeeded(result: Any) -> Any:
            raise self.failureException(f"did not catch an error, instead got {result!r}")

        def failed(failure: Failure) -> Any:
            if failure.check(*expectedFailures):
                return failure.value
            raise self.failureException(f"\nExpected: {expectedFailures!r}\nGot:\n{failure}")

        return deferred.addCallbacks(succeeded, failed)

    failUnlessFailure = assertFailure

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """The same as L{run<SynchronousTestCase.run>}."""
        return self.run(*args, **kwargs)

    def addCleanup(  # type: ignore[override]
        self, f: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        """
        As L{SynchronousTestCase.addCleanup}; *f* may return a Deferred or a
        coroutine, which is waited for before the next is called.
        """
        super().addCleanup(f, *args, **kwargs)

    def getSuppress(self) -> Any:
        """
        Return which warnings are not to be shown.
        """
        return self._getSuppress()

    def getTimeout(self) -> float:
        """
        Return how many seconds each part of the test may take.
        """
        usual = _utilities.defaultTimeout()
        wanted = _utilities.acquireAttribute(self._parents, "timeout", usual)
        try:
            return float(wanted)
        except (ValueError, TypeError):
            pass
        warnings.warn("'timeout' attribute needs to be a number.", category=DeprecationWarning)
        return usual

    # How a test runs.

    def _runFixturesAndTest(self, result: Any) -> None:
        """
        Run the parts of the test, waiting for each; then look what is left in
        the reactor.
        """
        reactor = _utilities.theReactor()
        try:
            with _forbidding(reactor) as self._crash:
                self._wait(defer.Deferred.fromCoroutine(self._live(result)))
        except KeyboardInterrupt as interruption:
            self._giveUp(interruption, result)
        finally:
            try:
                self._cleanUp(result)
            finally:
                self._classCleanUp(result)

    def _giveUp(self, interruption: KeyboardInterrupt, result: Any) -> None:
        """
        Tell *result* that the user interrupted the test, and stop all.

        @raise KeyboardInterrupt: it is of a kind that cannot be stopped.
        """
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        if not hasattr(result, "stop"):
            raise interruption
        self._tellOfBroken(Failure(interruption.with_traceback(None)), result)

    async def _live(self, result: Any) -> None:
        """
        Run the parts of the test in order, as long as there is sense in it;
        note whether all passed.
        """
        failure = await self._attempt(self.setUp, "setUp", result)
        if failure is not None:
            self._tellOf(failure, self.setUp, result, broken=True)
            await self._deferRunCleanups(result)
            return
        todo = self.getTodo()
        method = getattr(self, self._testMethodName)
        failure = await self._attempt(method, self._testMethodName, result)
        if failure is not None:
            self._tellOf(failure, method, result, todo)
        cleaned = await self._deferRunCleanups(result)
        ended = await self._attempt(self.tearDown, "tearDown", result)
        if ended is not None:
            self._tellOfBroken(ended, result)
        if todo is not None and failure is None:
            result.addUnexpectedSuccess(self, todo)
        good = failure is None and ended is None and not self._partFailed
        self._passed = good and cleaned and todo is None

    async def _attempt(self, func: Any, description: str, result: Any) -> Failure | None:
        """
        Call a part of the test and wait for what it returns.

        @param description: what to call it in the error if it takes too long.
        @return: how it failed, if it did.
        """
        try:
            _refuseGenerator(func)
            pending = runWithWarningsSuppressed(self._getSuppress(), _begun, func)
            if pending is not None:
                await self._inTime(pending, description)
        except BaseException:  # KeyboardInterrupt and SystemExit are told as well
            return Failure()
        return None

    def _inTime(self, pending: defer.Deferred[Any], description: str) -> defer.Deferred[Any]:
        """
        Put a limit on the time a Deferred may take.

        @return: fires with the same, or fails with
            L{defer.TimeoutError<twisted.internet.defer.TimeoutError>}, even if
            *pending* then waits for something that never comes.
        """
        done: defer.Deferred[Any] = defer.Deferred()

        def finish(outcome: Any) -> None:
            if not done.called:
                done.callback(outcome)

        pending.addBoth(finish)
        if done.called:
            return done
        timeout = self.getTimeout()

        def onTimeout() -> None:
            late = Failure(
                defer.TimeoutError(f"{self!r} ({description}) still running at {timeout} secs")
            )
            try:
                pending.errback(late)
            except defer.AlreadyCalledError:
                pass  # it has fired, and waits for another one
            finish(late)

        call = self._deadline = _utilities.theReactor().callLater(timeout, onTimeout)

        def intime(outcome: Any) -> Any:
            if call.active():
                call.cancel()
            return outcome

        return done.addBoth(intime)

    async def _deferRunCleanups(self, result: Any) -> bool:
        """
        Run the cleanups, the last one first, whatever becomes of them.

        @return: whether all went well.
        """
        cleaned = True
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            name = getattr(function, "__name__", None) or repr(function)
            failure = await self._attempt(
                lambda function=function, args=args, kwargs=kwargs: function(*args, **kwargs),
                f"cleanup function {name}",
                result,
            )
            if failure is not None:
                cleaned = False
                self._tellOfBroken(failure, result)
        return cleaned

    def _cleanUp(self, result: Any) -> None:
        """
        Look for what the test left in the reactor, or logged.
        """
        try:
            if not _Janitor(self, result).postCaseCleanup():
                self._passed = False
            self._tellOfLogged(result)
        finally:
            self._removeObserver()
        if self._passed:
            result.addSuccess(self)

    def _classCleanUp(self, result: Any) -> None:
        """
        Look for what the tests of the class left in the reactor.
        """
        _Janitor(self, result).postClassCleanup()

    # How it waits.

    def _wait(self, d: defer.Deferred[Any]) -> None:
        """
        Run the reactor until *d* has fired.

        @raise KeyboardInterrupt: something stopped the reactor before.
        @raise RuntimeError: called by what runs within another call.
        """
        if TestCase._waiting:
            raise RuntimeError("_wait is not reentrant")
        reactor = _utilities.theReactor()
        outcome: list[Any] = []
        d.addBoth(outcome.append)
        if not outcome:
            crash = self._crash or reactor.crash
            d.addBoth(lambda _: crash())
            TestCase._waiting = True
            try:
                reactor.run()
            finally:
                TestCase._waiting = False
            if not outcome:
                raise KeyboardInterrupt()
        if isinstance(outcome[0], Failure):
            outcome[0].raiseException()


@contextmanager
def _forbidding(reactor: Any) -> Iterator[Callable[[], object]]:
    """
    Make a context in which those are warned who run, stop or crash *reactor*:
    that is not for tests to do.

    @return: what crashes it all the same.
    """
    crash = reactor.crash
    stand = [(reactor, name, _warningOf(name, getattr(reactor, name))) for name in _FORBIDDEN]
    patches = MonkeyPatcher(*stand)
    patches.patch()
    try:
        yield crash
    finally:
        patches.restore()


def _warningOf(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """
    Make a stand-in for a method of the reactor that tests should not call.
    """

    def warned(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"reactor.{name} cannot be used inside unit tests. In the future, using"
            f" {name} will fail the test and may crash or hang the test run.",
            stacklevel=2,
            category=DeprecationWarning,
        )
        return method(*args, **kwargs)

    return warned


def _begun(func: Callable[[], Any]) -> defer.Deferred[Any] | None:
    """
    Call *func*.

    @return: a Deferred to wait for, if what it returned is one or can be made
        one.
    """
    outcome = func()
    if isinstance(outcome, defer.Deferred):
        return outcome
    if inspect.iscoroutine(outcome):
        return defer.Deferred.fromCoroutine(outcome)
    return None
