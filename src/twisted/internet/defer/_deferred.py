"""
The Deferred itself: the chain, and all that is rare about it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted._accel import pick
from twisted.internet import _chain_py, _driver_py
from twisted.internet._chain_py import (
    _NO_RESULT,
    AlreadyCalledError,
    passthru,
)
from twisted.internet._chain_py import (
    CallbackChain as _PureChain,
)
from twisted.logger import Logger
from twisted.python.failure import Failure

_COMPILED = "twisted.internet._chain_c"

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

    _Chain = _PureChain
    from twisted.internet._driver_py import adopt, bridge, drive
else:
    _Chain = pick("deferred", _PureChain, _COMPILED)
    adopt = pick("deferred", _driver_py.adopt, _COMPILED)
    bridge = pick("deferred", _driver_py.bridge, _COMPILED)
    drive = pick("deferred", _driver_py.drive, _COMPILED)

T = TypeVar("T")
_SelfResultT = TypeVar("_SelfResultT")

log = Logger(namespace="twisted.internet.defer")


class CancelledError(Exception):
    """A Deferred was cancelled."""


class TimeoutError(Exception):
    """A Deferred took longer than it was allowed."""


class NotACoroutineError(TypeError):
    """What was to be a coroutine is none."""


def logError(err: Failure) -> Failure:
    """Log *err*, and return it."""
    log.failure("", err)
    return err


def getDebugging() -> bool:
    """Tell whether Deferreds remember where they were made and fired."""
    return bool(Deferred.debug)


def setDebugging(on: bool) -> None:
    """Have Deferreds remember where they are made and fired, or not."""
    Deferred.debug = bool(on)


class DebugInfo:
    """
    Watches a failure that nobody has handled yet: if it is collected with one,
    it says so.

    @ivar failResult: the failure, or L{None} once it was handled.
    @ivar creator, invoker: where the Deferred was made and fired, with
        debugging.
    """

    failResult: Failure | None = None
    creator: list[str] | None = None
    invoker: list[str] | None = None

    def _getDebugTracebacks(self) -> str:
        """Return where the Deferred was made and fired, as text."""
        text = ""
        if self.creator is not None:
            text += " C: Deferred was created:\n C:"
            text += "".join(self.creator).rstrip().replace("\n", "\n C:") + "\n"
        if self.invoker is not None:
            text += " I: First Invoker was:\n I:"
            text += "".join(self.invoker).rstrip().replace("\n", "\n I:") + "\n"
        return text

    def __del__(self) -> None:
        """Report the failure that nobody has handled."""
        if self.failResult is None:
            return
        log.critical("Unhandled error in Deferred:", isError=True)
        info = self._getDebugTracebacks()
        if info:
            log.failure("(debug: {debugInfo})", self.failResult, debugInfo=info)
        else:
            log.failure("", self.failResult)


# Whose frames are left out of where a Deferred was made and fired.
_OWN = (__file__, _chain_py.__file__, _driver_py.__file__)


def _stackOfUser() -> list[str]:
    """Return the stack, as text, without the frames of this package's rooms."""
    # Late: for who debugs.
    import traceback

    stack = traceback.extract_stack()
    while stack and stack[-1].filename in _OWN:
        stack.pop()
    return stack.format()


class Deferred(_Chain, Generic[_SelfResultT]):
    """
    A result that is not there yet.

    Callbacks are added to it; each gets what the one before returned, and
    errbacks get what the one before raised.  A callback that returns another
    Deferred makes the rest wait for that one.

    Fired once, with C{callback} or C{errback}, by whoever made it.

    @cvar debug: remember where Deferreds are made and fired; C{setDebugging}.
    """

    debug: Any = False

    # -- what the chain asks for -----------------------------------------

    def _refuse(self) -> None:
        if self.debug:
            if self._debugInfo is None:
                self._debugInfo = DebugInfo()
            raise AlreadyCalledError("\n" + self._debugInfo._getDebugTracebacks())
        raise AlreadyCalledError

    @property
    def callbacks(self) -> list[Any]:
        """What has not been done yet.  Deprecated: it is nobody else's business."""
        warnings.warn(
            "twisted.internet.defer.Deferred.callbacks was deprecated in Twisted 25.5.0",
            DeprecationWarning,
            stacklevel=2,
        )
        return self._callbacks

    @callbacks.setter
    def callbacks(self, callbacks: list[Any]) -> None:
        self._callbacks = callbacks

    def _warnOfCircle(self, callback: Any) -> None:
        text = (
            "Callback returned the Deferred it was attached to; this breaks the"
            " callback chain and will raise an exception in the future."
        )
        if hasattr(callback, "__code__") or hasattr(callback, "__func__"):
            # Late: for a mistake that is rarely made.
            from twisted.python.deprecate import warnAboutFunction

            warnAboutFunction(callback, text)
        else:
            warnings.warn(text, DeprecationWarning, stacklevel=5)

    def _noteCreator(self) -> None:
        self._debugInfo = DebugInfo()
        self._debugInfo.creator = _stackOfUser()

    def _noteInvoker(self) -> None:
        if self._debugInfo is None:
            self._debugInfo = DebugInfo()
        self._debugInfo.invoker = _stackOfUser()

    def _noteFailure(self, failure: Failure | None) -> None:
        info = self._debugInfo
        if info is None:
            if failure is None:
                return
            info = self._debugInfo = DebugInfo()
        info.failResult = failure

    # -- chaining, cancelling, time-outs -------------------------------------

    def chainDeferred(self, d: Deferred[Any]) -> Any:
        """
        Fire *d* with our result, value or failure.

        @return: the Deferred itself, whose result is then L{None}.
        """
        d._chainedTo = self
        return self.addCallbacks(d.callback, d.errback)

    def cancel(self) -> None:
        """
        Nobody wants the result any more.

        The canceller is called, if there is one; unless it fired the Deferred,
        that fails with L{CancelledError}, and firing it later does nothing,
        once.  If it waits for another Deferred, that one is cancelled.
        """
        if self.called:
            if isinstance(self.result, Deferred):
                self.result.cancel()
            return
        (self._canceller or _forgiveOneFiring)(self)
        if not self.called:
            self.errback(Failure(CancelledError()))

    def addTimeout(
        self,
        timeout: float,
        clock: Any,
        onTimeoutCancel: Callable[[Any, float], Any] | None = None,
    ) -> Any:
        """
        Cancel the Deferred in *timeout* seconds, unless it has fired.

        @param clock: an C{IReactorTime}.
        @param onTimeoutCancel: called with the result and *timeout* when it
            was cancelled so; what it returns, or raises, is the result.  By
            default a L{CancelledError} becomes a L{TimeoutError}.
        @return: the Deferred itself.
        """
        deadline = _Deadline(self, timeout, onTimeoutCancel or _cancelledToTimedOut)
        deadline.call = clock.callLater(timeout, deadline.expire)
        return self.addBoth(deadline.settle)

    # -- coroutines and asyncio -------------------------------------------------

    def asFuture(self, loop: AbstractEventLoop) -> Future[Any]:
        """
        Return an L{asyncio.Future} for the result, on *loop*.

        Cancelling the future cancels the Deferred.
        """
        future = loop.create_future()
        self.addBoth(_showTo, future)
        future.add_done_callback(partial(_cancelLike, self))
        return future

    @classmethod
    def fromFuture(cls, future: Future[Any]) -> Deferred[Any]:
        """
        Return a Deferred for the result of an L{asyncio.Future}.

        Cancelling the Deferred cancels the future.
        """

        carrier = _Carrier(future)
        made = carrier.goal = cls(carrier.giveUp)
        made.addCallback(carrier.direct)
        future.add_done_callback(carrier.deliver)
        return made

    @classmethod
    def fromCoroutine(cls, coro: Coroutine[Any, Any, T] | Generator[Any, Any, T]) -> Deferred[T]:
        """
        Run a coroutine that awaits Deferreds.

        @return: fires with what it returns, or fails with what it raises.
        @raise NotACoroutineError: it is neither coroutine nor generator.
        """
        if type(coro) is CoroutineType or isinstance(coro, (Coroutine, Generator)):
            return drive(coro)  # type: ignore[no-any-return]
        raise NotACoroutineError(f"{coro!r} is not a coroutine")

    # -- text, copies --------------------------------------------------------------

    def __str__(self) -> str:
        """Tell the result, or what is waited for."""
        if self._chainedTo is not None:
            what = f" waiting on Deferred at 0x{id(self._chainedTo):x}"
        else:
            result = getattr(self, "result", _NO_RESULT)
            what = "" if result is _NO_RESULT else f" current result: {result!r}"
        return f"<{type(self).__name__} at 0x{id(self):x}{what}>"

    __repr__ = __str__


adopt(Deferred, CancelledError)


def _forgiveOneFiring(deferred: Deferred[Any]) -> None:
    """
    Cancel where there is no canceller: whoever was to fire *deferred* does
    not know, and may still do so.
    """
    deferred._suppressAlreadyCalled = True


def _cancelledToTimedOut(value: Any, timeout: float) -> Any:
    if isinstance(value, Failure):
        value.trap(CancelledError)
        raise TimeoutError(timeout, "Deferred")
    return value


class _Deadline:
    """
    The time that a Deferred has left; C{settle} is in its chain.

    @ivar call: the delayed call of C{expire}.
    @ivar isOver: whether that was called.
    """

    __slots__ = ("call", "deferred", "isOver", "onExpiry", "timeout")

    def __init__(
        self, deferred: Deferred[Any], timeout: float, onExpiry: Callable[[Any, float], Any]
    ) -> None:
        self.call: Any
        self.isOver = False
        self.deferred = deferred
        self.timeout = timeout
        self.onExpiry = onExpiry

    def expire(self) -> None:
        """The time is over."""
        self.isOver = True
        self.deferred.cancel()

    def settle(self, result: Any) -> Any:
        """There is a *result*, in time or by C{expire}."""
        if self.isOver:
            return self.onExpiry(result, self.timeout)
        if self.call.active():
            self.call.cancel()
        return result


def _showTo(result: Any, future: Future[Any]) -> None:
    """Give *result* to *future*, if that still wants one."""
    if future.cancelled():
        return
    if isinstance(result, Failure):
        future.set_exception(result.value)
    else:
        future.set_result(result)


def _cancelLike(deferred: Deferred[Any], future: Future[Any]) -> None:
    """Cancel *deferred* if *future*, which is done, was cancelled."""
    if future.cancelled():
        deferred.cancel()


class _Carrier:
    """
    Brings the outcome of a future to the Deferred that was made for it.

    @ivar goal: the Deferred that the outcome goes to.
    @ivar detour: what the first goal waits for after it was cancelled: the
        future fires in a later turn of its loop, and what it says then counts.
    """

    __slots__ = ("detour", "future", "goal")

    def __init__(self, future: Future[Any]) -> None:
        self.future = future
        self.goal: Deferred[Any]
        self.detour: Deferred[Any] | None = None

    def giveUp(self, deferred: Deferred[Any]) -> None:
        """Cancel the future; the canceller of *deferred*."""
        self.goal = self.detour = Deferred()
        self.future.cancel()
        deferred.callback(None)

    def direct(self, result: Any) -> Any:
        """Return what the first goal goes on with: *result*, or the detour."""
        return result if self.detour is None else self.detour

    def deliver(self, done: Future[Any]) -> None:
        """The future is *done*."""
        try:
            outcome = done.result()
        except BaseException:
            outcome = Failure()
        self.goal.callback(outcome)


__all__ = [
    "AlreadyCalledError",
    "CancelledError",
    "DebugInfo",
    "Deferred",
    "NotACoroutineError",
    "TimeoutError",
    "getDebugging",
    "logError",
    "passthru",
    "setDebugging",
]
