"""
Functions about functions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import wraps
from itertools import count, takewhile
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")


def fromOptional(default: _A, optional: _A | None) -> _A:
    """Return *optional*, or *default* if that is L{None}."""
    return default if optional is None else optional


def takeWhile(condition: Callable[[_A], bool], xs: Iterable[_A]) -> Iterable[_A]:
    """
    Return those of *xs* before the first that does not meet *condition*, which
    is looked at when the next is asked for.
    """
    return takewhile(condition, xs)


async def sequence(a: Awaitable[_A], b: Awaitable[_B]) -> _B:
    """Wait for *a*, then for *b*; return the latter's result."""
    for thing in (a,):
        await thing
    return await b


def flip(f: Callable[[_A, _B], _C]) -> Callable[[_B, _A], _C]:
    """Return *f* with its two parameters exchanged."""
    return lambda second, first: f(first, second)


def compose(fx: Callable[[_B], _C], fy: Callable[[_A], _B]) -> Callable[[_A], _C]:
    """Return a function that does *fy*, then *fx* with its result."""
    return lambda given: fx(fy(given))


def discardResult(a: Awaitable[Any]) -> Deferred[None]:
    """
    Wait for *a*.

    @return: fires with L{None}.
    """

    async def wait() -> None:
        await a

    return Deferred.fromCoroutine(wait())


def countingCalls(f: Callable[[int], _A]) -> Callable[[], _A]:
    """
    Return a function that calls *f* with the number of calls before this one.
    """
    numbers: Iterator[int] = count()

    @wraps(f)
    def counted() -> _A:
        return f(next(numbers))

    return counted


async def iterateWhile(predicate: Callable[[_A], bool], action: Callable[[], Awaitable[_A]]) -> _A:
    """
    Do *action* again and again, as long as its result meets *predicate*.

    @return: the first result that does not.
    """
    while True:
        outcome = await action()
        if not predicate(outcome):
            return outcome
