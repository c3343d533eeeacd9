"""
The pure twin of the Deferred's fast path: the chain of callbacks and the loop
that runs it.

A link is a 4-tuple: callback, its arguments, errback, its arguments (each pair
of arguments a tuple and a dict, or L{None} for none).  A Deferred that waits
for another one leaves L{_CONTINUE} and itself in the other's chain, so that
chains of any length run in one loop, without recursion.

What is rare (cancelling, time-outs, debugging, text) is in
L{twisted.internet.defer}, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.python.failure import Failure

#: Stands as callback in a link: go on with the Deferred that is its argument.
_CONTINUE: Any = object()

#: There is no result yet.
_NO_RESULT: Any = object()


class AlreadyCalledError(Exception):
    """A Deferred has a result, and cannot be given another."""


def passthru(value: Any) -> Any:
    """Return *value*: the callback where there is none."""
    return value


class CallbackChain:
    """
    A result that may not be there yet, and what is to be done with it.

    @ivar called: whether there is, or was, a result.
    @ivar result: the current one; not there before C{called}.
    @ivar paused: how many reasons there are not to go on.
    @ivar _callbacks: what has not been done yet, as links.
    @ivar _canceller: dropped when there is a result, with all that it holds.
    """

    called: Any = False
    paused: Any = 0
    debug: Any = False
    _debugInfo: Any = None
    _suppressAlreadyCalled: Any = False
    _runningCallbacks: Any = False
    _chainedTo: Any = None
    _canceller: Any = None
    result: Any

    def __init__(self) -> None:
        self._callbacks: list[tuple[Any, ...]] = []

    # -- adding --------------------------------------------------------------

    def addCallbacks(
        self,
        callback: Callable[..., Any],
        errback: Callable[..., Any] | None = None,
        callbackArgs: tuple[Any, ...] = (),
        callbackKeywords: Mapping[str, Any] = {},
        errbackArgs: tuple[Any, ...] = (),
        errbackKeywords: Mapping[str, Any] = {},
    ) -> Any:
        """
        Go on with *callback* if the result is a value, and with *errback* if
        it is a failure.

        @return: the Deferred itself.
        """
        self._callbacks.append(
            (
                callback,
                callbackArgs or (),
                callbackKeywords or {},
                passthru if errback is None else errback,
                errbackArgs or (),
                errbackKeywords or {},
            )
        )
        if self.called:
            self._runCallbacks()
        return self

    def addCallback(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Go on with *callback* if the result is a value.

        @return: the Deferred itself.
        """
        self._callbacks.append((callback, args, kwargs, passthru, (), {}))
        if self.called:
            self._runCallbacks()
        return self

    def addErrback(self, errback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Go on with *errback* if the result is a failure.

        @return: the Deferred itself.
        """
        self._callbacks.append((passthru, (), {}, errback, args, kwargs))
        if self.called:
            self._runCallbacks()
        return self

    def addBoth(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Go on with *callback*, whatever the result is.

        @return: the Deferred itself.
        """
        self._callbacks.append((callback, args, kwargs, callback, args, kwargs))
        if self.called:
            self._runCallbacks()
        return self

    # -- firing ----------------------------------------------------------------

    def callback(self, result: Any) -> None:
        """
        Here is the result.

        @raise AlreadyCalledError: there was one before.
        """
        assert not isinstance(result, CallbackChain)
        self._startRunCallbacks(result)

    def errback(self, fail: Any = None) -> None:
        """
        Here is a failure.

        @param fail: a L{Failure} or an exception; by default the exception
            being handled.
        @raise AlreadyCalledError: there was a result before.
        """
        if fail is None:
            fail = Failure(captureVars=self.debug)
        elif not isinstance(fail, Failure):
            fail = Failure(fail)
        self._startRunCallbacks(fail)

    def _startRunCallbacks(self, result: Any) -> None:
        if self.called:
            if self._suppressAlreadyCalled:
                self._suppressAlreadyCalled = False
                return
            self._refuse()
        if self.debug:
            self._noteInvoker()
        self.called = True
        if self._canceller is not None:
            self._canceller = None
        self.result = result
        self._runCallbacks()

    def _refuse(self) -> None:
        raise AlreadyCalledError

    def _noteInvoker(self) -> None:
        """Remember who fired; the public class does it."""

    def _noteFailure(self, failure: Failure | None) -> None:
        """
        The chain ends, for now, with *failure*, or with none.
        """
        raise NotImplementedError

    def pause(self) -> None:
        """Do not go on until C{unpause}."""
        self.paused += 1

    def unpause(self) -> None:
        """Go on, if this was the last reason not to."""
        self.paused -= 1
        if self.paused:
            return
        if self.called:
            self._runCallbacks()

    # -- running -----------------------------------------------------------------

    def _runCallbacks(self) -> None:
        """
        Do what is to be done with the result, and with those of the Deferreds
        that wait for it.
        """
        if self._runningCallbacks:
            # Called from one of the callbacks: the loop is on, further down.
            return
        chain: list[CallbackChain] = [self]
        while chain:
            current = chain[-1]
            if current.paused:
                return
            if self._runOne(current, chain):
                result = current.result
                if isinstance(result, Failure):
                    # Its frames would keep everything alive.
                    result.cleanFailure()
                    current._noteFailure(result)
                elif current._debugInfo is not None:
                    current._noteFailure(None)
                chain.pop()

    @staticmethod
    def _runOne(current: CallbackChain, chain: list[CallbackChain]) -> bool:
        """
        Run the callbacks of *current*.

        @return: whether all of them were run; otherwise the loop goes on with
            the last one in *chain*, or *current* waits.
        """
        if current._chainedTo is not None:
            current._chainedTo = None
        while current._callbacks:
            link = current._callbacks.pop(0)
            result = current.result
            if isinstance(result, Failure):
                callback, args, kw = link[3], link[4], link[5]
            else:
                callback, args, kw = link[0], link[1], link[2]
            if callback is _CONTINUE:
                waiting = args[0]
                waiting.result = result
                current.result = None
                if current._debugInfo is not None:
                    current._noteFailure(None)
                waiting.paused -= 1
                chain.append(waiting)
                return False
            if callback is passthru:
                continue
            current._runningCallbacks = True
            try:
                result = callback(result, *args, **kw)
                if result is current:
                    current._warnOfCircle(callback)
            except BaseException:
                current.result = Failure(captureVars=current.debug)
            else:
                current.result = result
                if isinstance(result, CallbackChain) and not current._waitFor(result):
                    chain.pop()
                    return False
            finally:
                current._runningCallbacks = False
        return True

    def _warnOfCircle(self, callback: Any) -> None:
        """*callback* returned the Deferred it was attached to."""
        raise NotImplementedError

    def _waitFor(self, other: CallbackChain) -> bool:
        """
        A callback returned *other*: take its result, or wait for it.

        @return: whether the result was there.
        """
        theirs = getattr(other, "result", _NO_RESULT)
        if theirs is _NO_RESULT or isinstance(theirs, CallbackChain) or other.paused:
            self.pause()
            self._chainedTo = other
            if self._debugInfo is not None:
                self._noteFailure(None)
            other._callbacks.append((_CONTINUE, (self,), {}, _CONTINUE, (self,), {}))
            return False
        other.result = None
        if other._debugInfo is not None:
            other._noteFailure(None)
        self.result = theirs
        return True
