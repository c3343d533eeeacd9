"""
Generators and coroutines that wait for Deferreds.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import wraps
from types import CoroutineType, GeneratorType
from typing import Any, NoReturn, ParamSpec, TypeVar
from warnings import warn, warn_explicit

from twisted.internet._chain_py import _NO_RESULT
from twisted.internet.defer import _deferred
from twisted.internet.defer._deferred import CancelledError, Deferred, NotACoroutineError
from twisted.internet.defer._tools import fail, succeed
from twisted.python.failure import Failure

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _DefGen_Return(BaseException):
    """Carries the value of C{returnValue} out of a generator."""

    def __init__(self, value: object) -> None:
        self.value = value


def returnValue(val: object) -> NoReturn:
    """
    Return *val* from an C{inlineCallbacks} function.  Deprecated: C{return} it.
    """
    warn(
        "twisted.internet.defer.returnValue was deprecated in Twisted 24.7.0; please use"
        " standard return statement instead",
        DeprecationWarning,
        stacklevel=2,
    )
    raise _DefGen_Return(val)


class _Driver:
    """
    Runs one generator: sends it the results that it waits for.

    @ivar outcome: the Deferred that fires with what it returns.
    @ivar waitingOn: the Deferred it waits for, or L{None}.
    """

    __slots__ = ("context", "generator", "outcome", "waitingOn")

    def __init__(self, generator: Any, context: Context) -> None:
        self.generator = generator
        self.context = context
        self.waitingOn: Deferred[Any] | None = None
        self.outcome: Deferred[Any] = Deferred(self._cancel)

    def _cancel(self, outcome: Deferred[Any]) -> None:
        """
        The outcome is not wanted.  The generator gets a L{CancelledError}
        where it waits, and may still return something; what has been added to
        the outcome so far waits for that.
        """
        callbacks, outcome._callbacks = outcome._callbacks, []
        outcome.addErrback(self._cancelled)
        outcome._callbacks.extend(callbacks)

    def _cancelled(self, reason: Failure) -> Deferred[Any]:
        reason.trap(CancelledError)
        self.outcome = Deferred(self._cancel)
        final = self.outcome
        if self.waitingOn is not None:
            self.waitingOn.cancel()
        return final

    def resume(self, result: Any) -> None:
        """
        Go on with *result*, until the generator waits for something that is
        not there yet, or ends.
        """
        generator = self.generator
        run = self.context.run
        while True:
            try:
                if isinstance(result, Failure):
                    result = run(result.throwExceptionIntoGenerator, generator)
                else:
                    result = run(generator.send, result)
            except StopIteration as end:
                value = end.value
                break
            except _DefGen_Return as end:
                _warnIfFromElsewhere(end, generator)
                value = end.value
                break
            except BaseException:
                self.outcome.errback()
                return
            if isinstance(result, (CoroutineType, GeneratorType)):
                result = drive(result)
            if not isinstance(result, Deferred):
                continue
            there = self._take(result)
            if there is _NO_RESULT:
                self.waitingOn = result
                result.addBoth(self._arrived)
                return
            result = there
        # Not while the exception is handled: what is called from here would see
        # it as the context of its own.
        self.outcome.callback(value)

    @staticmethod
    def _take(deferred: Deferred[Any]) -> Any:
        """Take the result of *deferred*, if it is there."""
        if not deferred.called or deferred.paused or deferred._callbacks:
            return _NO_RESULT
        if deferred._runningCallbacks:
            return _NO_RESULT
        result = deferred.result
        if isinstance(result, Deferred):
            return _NO_RESULT
        deferred.result = None
        if deferred._debugInfo is not None:
            deferred._noteFailure(None)
        return result

    def _arrived(self, result: Any) -> None:
        self.waitingOn = None
        self.resume(result)


def _warnIfFromElsewhere(end: _DefGen_Return, generator: Any) -> None:
    """
    Warn if C{returnValue} was called by something that *generator* has called,
    and which has made it return by mistake.
    """
    code = getattr(generator, "gi_code", None) or getattr(generator, "cr_code", None)
    step = end.__traceback__
    while step is not None and step.tb_frame.f_code is not code:
        step = step.tb_next
    if step is None or step.tb_next is None or step.tb_next.tb_next is None:
        return
    # The last step but one is who called returnValue.
    while step.tb_next is not None and step.tb_next.tb_next is not None:
        step = step.tb_next
    culprit = step.tb_frame.f_code
    warn_explicit(
        f"returnValue() in {culprit.co_name!r} causing {generator.__name__!r} to exit:"
        " returnValue should only be invoked by functions decorated with inlineCallbacks",
        DeprecationWarning,
        culprit.co_filename,
        step.tb_lineno,
    )


def drive(generator: Any) -> Deferred[Any]:
    """
    Run *generator*, in a copy of the current context.

    @return: fires with what it returns.
    """
    driver = _Driver(generator, copy_context())
    outcome = driver.outcome
    driver.resume(None)
    return outcome


_deferred._drive = drive


def inlineCallbacks(
    f: Callable[_P, Generator[Any, Any, _T]],
) -> Callable[_P, Deferred[_T]]:
    """
    Make a generator function into one that returns a Deferred.

    Where the generator yields a Deferred (or a coroutine), it gets the result
    back, or the exception raised.

        @inlineCallbacks
        def thing():
            result = yield makeRequest()
            return result + 1

    @return: fires with what it returns, or fails with what it raises.
    """

    @wraps(f)
    def unwindGenerator(*args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
        try:
            generator = f(*args, **kwargs)
        except _DefGen_Return:
            raise TypeError(
                f"inlineCallbacks requires {f!r} to produce a generator; instead caught"
                " returnValue being used in a non-generator"
            )
        if not isinstance(generator, GeneratorType):
            raise TypeError(
                f"inlineCallbacks requires {f!r} to produce a generator; instead got {generator!r}"
            )
        return drive(generator)

    return unwindGenerator


def ensureDeferred(
    coro: Coroutine[Any, Any, _T] | Generator[Any, Any, _T] | Deferred[_T],
) -> Deferred[_T]:
    """
    Run a coroutine that awaits Deferreds; a Deferred is returned as it is.

    @return: fires with what the coroutine returns.
    @raise NotACoroutineError: it is neither.
    """
    if isinstance(coro, Deferred):
        return coro
    try:
        return Deferred.fromCoroutine(coro)
    except NotACoroutineError:
        # The same, in the words of this function.
        raise NotACoroutineError(f"{coro!r} is not a coroutine or a Deferred")


def maybeDeferred(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
    """
    Call *f*, and make a Deferred of whatever comes of it.

    @return: what it returned, if that is a Deferred; else one that has fired
        with it, or failed with what it raised.
    """
    try:
        result = f(*args, **kwargs)
    except BaseException:
        return fail(Failure(captureVars=Deferred.debug))
    if isinstance(result, Deferred):
        return result
    if isinstance(result, Failure):
        return fail(result)
    if isinstance(result, CoroutineType):
        return Deferred.fromCoroutine(result)
    return succeed(result)
