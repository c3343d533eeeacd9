"""
The pure twin of what makes Deferreds: generators and coroutines that are run,
functions that are called, lists that are waited for.

The class of Deferreds stands on this module, which knows it only when L{adopt}
has been told it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from types import CoroutineType, GeneratorType
from typing import Any
from warnings import warn_explicit

from twisted.internet._chain_py import (
    _NO_RESULT,
    CallbackChain,
    FirstError,
    _bridge,
    passthru,
)
from twisted.python.failure import Failure


class _DefGen_Return(BaseException):
    """Carries the value of C{returnValue} out of a generator."""

    def __init__(self, value: object) -> None:
        self.value = value


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


# What L{adopt} and L{bridge} were told.  Not attributes of something: up to CPython
# 3.11 those of a class are looked up each time.
_deferred: Any = None
_cancelledError: Any = None
_deferredOf: Any = None


class Driver:
    """
    Runs one generator: sends it the results that it waits for.

    @ivar outcome: the Deferred that fires with what it returns.
    @ivar waitingOn: the Deferred it waits for, or L{None}.
    """

    __slots__ = ("context", "generator", "outcome", "waitingOn")

    def __init__(self, generator: Any, context: Context) -> None:
        self.generator = generator
        self.context = context
        self.waitingOn: Any = None
        self.outcome: Any = _deferred(self._cancel)

    def _cancel(self, outcome: Any) -> None:
        """
        The outcome is not wanted.  The generator gets a C{CancelledError}
        where it waits, and may still return something; what has been added to
        the outcome so far waits for that.
        """
        outcome._callbacks = [
            (passthru, (), {}, self._cancelled, (), {}),
            *outcome._callbacks,
        ]

    def _cancelled(self, reason: Failure) -> Any:
        reason.trap(_cancelledError)
        self.outcome = final = _deferred(self._cancel)
        if self.waitingOn is not None:
            self.waitingOn.cancel()
        return final

    def resume(self, result: Any) -> None:
        """
        Go on with *result*, until the generator waits for something that is
        not there yet, or ends.
        """
        generator = self.generator
        send = generator.send
        run = self.context.run
        self.waitingOn = None
        while True:
            try:
                if isinstance(result, Failure):
                    result = run(result.throwExceptionIntoGenerator, generator)
                else:
                    result = run(send, result)
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
            if not isinstance(result, CallbackChain):
                if isinstance(result, (CoroutineType, GeneratorType)):
                    result = drive(result)
                elif _deferredOf is None:
                    continue
                else:
                    other = _deferredOf(result, generator)
                    if other is None:
                        continue
                    result = other
            value = result.result if result.called else _NO_RESULT
            if (
                value is _NO_RESULT
                or result.paused
                or result._callbacks
                or result._runningCallbacks
                or isinstance(value, CallbackChain)
            ):
                self.waitingOn = result
                result.addBoth(self.resume)
                return
            # It is there, and taken.
            result.result = None
            if result._debugInfo is not None:
                result._noteFailure(None)
            result = value
        # Not while the exception is handled: what is called from here would see
        # it as the context of its own.
        self.outcome.callback(value)


def drive(generator: Any) -> Any:
    """
    Run *generator*, in a copy of the current context.

    @return: a Deferred that fires with what it returns.
    """
    driver = Driver(generator, copy_context())
    outcome = driver.outcome
    driver.resume(None)
    return outcome


def succeed(result: Any) -> Any:
    """Return a Deferred that has fired with *result*."""
    made = _deferred()
    made.called = True
    made.result = result
    return made


def maybeDeferred(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """
    Call *f*, and make a Deferred of whatever comes of it.

    @return: what it returned, if that is a Deferred; else one that has fired
        with it, or failed with what it raised.
    """
    try:
        result = f(*args, **kwargs)
    except BaseException:
        result = Failure(captureVars=_deferred.debug)
    if isinstance(result, CallbackChain):
        return result
    if isinstance(result, Failure):
        made = _deferred()
        made.errback(result)
        return made
    if type(result) is CoroutineType:
        return drive(result)
    return succeed(result)


class Collector:
    """
    What the Deferreds of a list have in their chains: puts each result into
    the list, and fires the whole when it is time.
    """

    __slots__ = ("missing", "results", "whole")

    def __init__(self, whole: Any, results: list[Any]) -> None:
        """
        @param whole: a C{DeferredList}.
        @param results: what it fires with, to be filled.
        """
        self.whole = whole
        self.results = results
        self.missing = len(results)

    def attach(self, deferreds: Iterable[Any]) -> None:
        """Wait for *deferreds*."""
        collect = self._collect
        for index, deferred in enumerate(deferreds):
            deferred.addCallbacks(collect, collect, (index,), None, (index,))

    def _collect(self, result: Any, index: int) -> Any:
        """One of them has fired with *result*."""
        whole = self.whole
        succeeded = not isinstance(result, Failure)
        self.results[index] = (succeeded, result)
        self.missing -= 1
        if not whole.called:
            if succeeded and whole.fireOnOneCallback:
                whole.callback((result, index))
            elif not succeeded and whole.fireOnOneErrback:
                whole.errback(Failure(FirstError(result, index)))
            elif not self.missing:
                whole.callback(self.results)
        return result if succeeded or not whole.consumeErrors else None


def valuesOf(results: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Return the second ones of pairs."""
    return [value for _, value in results]


def adopt(deferred: Any, cancelledError: Any) -> None:
    """
    Make Deferreds of the class *deferred* from now on, and take
    *cancelledError* for what cancelled ones fail with.
    """
    global _deferred, _cancelledError
    _deferred, _cancelledError = deferred, cancelledError


def bridge(
    wait: Callable[[Any], Iterator[Any]] | None, deferredOf: Callable[[Any, Any], Any] | None
) -> None:
    """
    Let coroutines wait for what belongs to another driver than ours, and let
    another driver run coroutines that wait for Deferreds.

    @param wait: called with a Deferred that is awaited and is not there yet:
        what is iterated over instead.
    @param deferredOf: called with what a generator has yielded, and with the
        generator: a Deferred to wait for, or L{None} to go on.
    """
    global _deferredOf
    _bridge.wait = wait
    _deferredOf = deferredOf
