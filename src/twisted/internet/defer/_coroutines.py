"""
Generators and coroutines that wait for Deferreds.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from types import GeneratorType
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar
from warnings import warn

from twisted._accel import pick
from twisted.internet import _driver_py
from twisted.internet._driver_py import _DefGen_Return
from twisted.internet.defer._deferred import _COMPILED, Deferred, NotACoroutineError, drive

if TYPE_CHECKING:
    from twisted.internet._driver_py import maybeDeferred
else:
    maybeDeferred = pick("deferred", _driver_py.maybeDeferred, _COMPILED)

_P = ParamSpec("_P")
_T = TypeVar("_T")


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
        if type(generator) is not GeneratorType:
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
