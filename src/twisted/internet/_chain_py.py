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

from collections.abc import Callable, Generator, Mapping
from typing import Any

from twisted.python.failure import Failure


class _Mark:
    """
    Something that is there once: a copy is the same, and pickles have its name.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> str:
        return self.name


#: Stands as callback in a link: go on with the Deferred that is its argument.
_CONTINUE: Any = _Mark("_CONTINUE")

#: There is no result yet.
_NO_RESULT: Any = _Mark("_NO_RESULT")


# What most results are: neither failures nor Deferreds, which isinstance takes
# several times as long to find out.
_PLAIN = frozenset((bool, bytes, dict, float, int, list, str, tuple, type(None)))

# What most links have as keywords; never passed on as it is.
_NO_KEYWORDS: dict[str, Any] = {}


class AlreadyCalledError(Exception):
    """A Deferred has a result, and cannot be given another."""


class FirstError(Exception):
    """
    The first of several Deferreds that failed.

    @ivar subFailure: its failure.
    @ivar index: its place among them.
    """

    def __init__(self, failure: Failure, index: int) -> None:
        super().__init__(failure, index)
        self.subFailure, self.index = failure, index

    def _tell(self, what: str) -> str:
        return "FirstError[#%d, %s]" % (self.index, what)

    def __repr__(self) -> str:
        return self._tell(repr(self.subFailure.value))

    def __str__(self) -> str:
        return self._tell(str(self.subFailure))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FirstError):
            return NotImplemented
        return self.index == other.index and self.subFailure == other.subFailure

    __hash__ = Exception.__hash__


def passthru(value: Any) -> Any:
    """Return *value*: the callback where there is none."""
    return value


class _bridge:
    """
    How a coroutine waits whose driver may be another than ours.

    @ivar wait: called with the Deferred: what is iterated over instead.
    """

    wait: Any = None


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

    def __init__(self, canceller: Callable[[Any], object] | None = None) -> None:
        """
        @param canceller: called by C{cancel} with the Deferred, to stop what
            would fire it.  It may fire it, with whatever it likes.
        """
        self._callbacks: list[tuple[Any, ...]] = []
        # Its own, though the class has the same: up to CPython 3.11 what an instance
        # has of its class is looked up, and not found in a specialised way.
        self.called = False
        self.paused = 0
        self._runningCallbacks = False
        self._chainedTo = None
        self._debugInfo = None
        if canceller is not None:
            self._canceller = canceller
        if self.debug:
            self._noteCreator()

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
                # Many a caller says that there are none by None.
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
        self._callbacks.append((callback, args, kwargs, passthru, (), _NO_KEYWORDS))
        if self.called:
            self._runCallbacks()
        return self

    def addErrback(self, errback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Go on with *errback* if the result is a failure.

        @return: the Deferred itself.
        """
        self._callbacks.append((passthru, (), _NO_KEYWORDS, errback, args, kwargs))
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
        if (self.called or self.debug) and not self._mayFire():
            return
        self.called = True
        self.result = result
        if self._canceller is not None:
            self._canceller = None
        self._runCallbacks()

    # A failure fires like a value, whatever a subclass makes of C{callback}.
    _startRunCallbacks = callback

    def errback(self, fail: Any = None) -> None:
        """
        Here is a failure.

        @param fail: a L{Failure} or an exception; by default the exception
            being handled.
        @raise AlreadyCalledError: there was a result before.
        """
        if not isinstance(fail, Failure):
            # None stands for the exception being handled, for Failure as well.
            fail = Failure(fail, captureVars=fail is None and self.debug)
        self._startRunCallbacks(fail)

    def _mayFire(self) -> bool:
        """
        Tell whether a result is to be taken that comes late, or with debugging.

        @raise AlreadyCalledError: nobody has said that there may be another.
        """
        if not self.called:
            self._noteInvoker()
        elif self._suppressAlreadyCalled:
            self._suppressAlreadyCalled = False
        else:
            self._refuse()
        return not self.called

    def _refuse(self) -> None:
        raise AlreadyCalledError

    def _noteCreator(self) -> None:
        """Remember who made it; the public class does it."""

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
        if self.called and not self.paused:
            self._runCallbacks()

    # -- running -----------------------------------------------------------------

    def _runCallbacks(self) -> None:
        """
        Do what is to be done with the result, and with those of the Deferreds
        that wait for it.
        """
        if self._runningCallbacks or self.paused:
            # Running: called from one of the callbacks; the loop is on,
            # further down.
            return
        chain: list[CallbackChain] = []
        current = self
        while True:
            if current._chainedTo is not None:
                current._chainedTo = None
            following = current._runOne() if current._callbacks else None
            if following is None:
                result = current.result
                if isinstance(result, Failure):
                    # Its frames would keep everything alive.
                    result.cleanFailure()
                    current._noteFailure(result)
                elif current._debugInfo is not None:
                    current._noteFailure(None)
            elif following is not current:
                chain.append(current)
                current = following
                if current.paused:
                    return
                continue
            if not chain:
                return
            current = chain.pop()
            if current.paused:
                return

    def _runOne(self) -> CallbackChain | None:
        """
        Run the callbacks of this Deferred alone.

        @return: L{None} when all were run, this one when it waits, else the
            one that goes on first.
        """
        while self._callbacks:
            callback, args, kw, errback, errorArgs, errorKeywords = self._callbacks.pop(0)
            result = self.result
            if callback is _CONTINUE:
                waiting: CallbackChain = args[0]
                waiting.result = result
                self.result = None
                if self._debugInfo is not None:
                    self._noteFailure(None)
                waiting.paused -= 1
                return waiting
            if isinstance(result, Failure):
                callback, args, kw = errback, errorArgs, errorKeywords
            if callback is passthru:
                continue
            self._runningCallbacks = True
            try:
                if args or kw:
                    result = callback(result, *args, **kw)
                else:
                    result = callback(result)
                if isinstance(result, CallbackChain) and result is self:
                    self._warnOfCircle(callback)
            except BaseException:
                self.result = Failure(captureVars=self.debug)
                self._runningCallbacks = False
                continue
            self._runningCallbacks = False
            self.result = result
            if isinstance(result, CallbackChain) and not self._waitFor(result):
                return self
            # Not kept any longer than the chain keeps it.
            result = None
        return None

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
            waiting = (self,)
            other._callbacks.append((_CONTINUE, waiting, {}, _CONTINUE, waiting, {}))
            return False
        other.result = None
        if other._debugInfo is not None:
            other._noteFailure(None)
        self.result = theirs
        return True

    # -- copies and pickles ------------------------------------------------------

    def __reduce_ex__(self, protocol: Any) -> Any:
        # What older protocols write, the compiled twin could not read.
        return object.__reduce_ex__(self, max(protocol, 2))

    def __setstate__(self, state: Any) -> None:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        self.__dict__.update(attributes)
        # A copy has a chain of its own.
        self._callbacks = list(attributes.get("_callbacks", ()))
        for name, value in (slots or {}).items():
            setattr(self, name, value)

    # -- awaiting ----------------------------------------------------------------

    def __await__(self) -> Generator[Any, Any, Any]:
        """Let a coroutine wait for the result."""
        if self.called and not self.paused:
            result = self.result
            if type(result) in _PLAIN:
                return result
            if isinstance(result, Failure):
                self._noteFailure(None)
                result.raiseException()
            # Not by what it is chained to, which may say nothing of the result.
            if not isinstance(result, CallbackChain):
                return result
        if _bridge.wait is not None:
            return (yield from _bridge.wait(self))
        return (yield self)

    #: Let a generator wait with C{yield from}.
    __iter__ = __await__
