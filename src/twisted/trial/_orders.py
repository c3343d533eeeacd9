"""
The orders that tests can be run in.
"""

from __future__ import annotations

import inspect
import random
import types
from collections.abc import Callable
from typing import Any, TypeAlias

from twisted.trial._loading import isTestCase, name

__all__ = ["RUN_ORDERS", "Sorter", "lineOf", "shuffled"]

# Makes of a module, class or test what it is sorted by.
Sorter: TypeAlias = Callable[[Any], Any]


def _codesIn(thing: Any) -> list[types.CodeType]:
    """
    Return the code of a test's method, or of all methods of a class; as it was
    written, without decorators.
    """
    if isTestCase(thing):
        functions: list[Any] = [each for each in vars(thing).values() if inspect.isfunction(each)]
    else:
        functions = [getattr(thing, getattr(thing, "_testMethodName", ""), None)]
    codes = [getattr(inspect.unwrap(each), "__code__", None) for each in functions if each]
    return [code for code in codes if code is not None]


def lineOf(thing: Any) -> int:
    """
    Return the line at which a class or a test method is written.

    Neither needs its source to be there.

    @param thing: what a L{TestLoader<twisted.trial.runner.TestLoader>} sorts.
    @return: the line; -1 for what is in no line, as modules, which so keep the
        order they have.
    """
    # The method or class itself knows, since Python 3.13; where it does not,
    # its code does.
    line = getattr(thing, "__firstlineno__", None) if isTestCase(thing) else None
    if line is None:
        line = min((code.co_firstlineno for code in _codesIn(thing)), default=-1)
    return int(line)


def shuffled(seed: int) -> Sorter:
    """
    Return a sorter that brings things into an order that *seed* determines.
    """
    source = random.Random(seed)

    def draw(thing: Any) -> float:
        return source.random()

    return draw


# By their names: what they are, and the sorter.
RUN_ORDERS: dict[str, tuple[str, Sorter]] = {
    "alphabetical": ("tests by name; classes, modules and packages by name", name),
    "toptobottom": ("tests and classes as they are written in their file", lineOf),
}
