"""
Small parts which test cases and runners share.
"""

from __future__ import annotations

import cProfile
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TextIO

from typing_extensions import ParamSpec, TypeVar

from twisted.python.failure import Failure

_P = ParamSpec("_P")
_T = TypeVar("_T")

DEFAULT_TIMEOUT = object()
DEFAULT_TIMEOUT_DURATION = 120.0

_MISSING: Any = object()


def defaultTimeout() -> float:
    """
    Return the seconds a test may take that does not say so itself: what
    C{twisted.trial.util.DEFAULT_TIMEOUT_DURATION} is set to now.
    """
    util = sys.modules.get("twisted.trial.util")
    return float(getattr(util, "DEFAULT_TIMEOUT_DURATION", DEFAULT_TIMEOUT_DURATION))


def theReactor() -> Any:
    """
    Return the reactor; if none is installed, install the default one.
    """
    # Importing it chooses it, which is not for the module's import to do.
    from twisted.internet import reactor

    return reactor


def acquireAttribute(objects: Sequence[Any], attr: str, default: Any = _MISSING) -> Any:
    """
    Return an attribute of the first object that has it.

    @param objects: in the order to look at them.
    @param attr: the attribute's name.
    @param default: returned if none has it.
    @raise AttributeError: none has it, and there is no default.
    """
    for thing in objects:
        value = getattr(thing, attr, _MISSING)
        if value is not _MISSING:
            return value
    if default is _MISSING:
        raise AttributeError(f"attribute {attr!r} not found in {objects!r}")
    return default


def excInfoOrFailureToExcInfo(err: Any) -> Any:
    """
    Return *err* as C{sys.exc_info} gives it.

    @param err: such a tuple, or a L{Failure}.
    """
    if isinstance(err, Failure):
        return (err.type, err.value, err.getTracebackObject())
    return err


def suppress(action: str = "ignore", **kwarg: Any) -> tuple[tuple[str], dict[str, Any]]:
    """
    Make an item for the C{suppress} attribute of test methods, classes and
    modules.

    @param action: what to do with the warnings, as L{warnings.filterwarnings}
        has it.
    @param kwarg: which ones: the keyword arguments of that function.
    """
    return (action,), kwarg


def profiled(f: Callable[_P, _T], outputFile: str) -> Callable[_P, _T]:
    """
    Wrap *f* so that calls of it are profiled, and the figures printed.

    @param outputFile: where the figures go, in the form the module C{pstats}
        reads.
    """

    @wraps(f)
    def profiling(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        profile = cProfile.Profile()
        result = profile.runcall(f, *args, **kwargs)
        profile.dump_stats(outputFile)
        profile.print_stats()
        return result

    return profiling


def openTestLog(path: Any) -> TextIO:
    """
    Open the file that the log of a test run goes to, after what it has; make
    the directories it is in.

    @param path: a L{twisted.python.filepath.FilePath}.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path.path)), exist_ok=True)
    return open(path.path, "a", encoding="utf-8", errors="strict")


def _listToPhrase(things: Any, finalDelimiter: str, delimiter: str = ", ") -> str:
    """
    Join things to a phrase: C{"a, b, and c"}.

    @param things: a list or a tuple.
    @param finalDelimiter: the word before the last one.
    @param delimiter: what stands between others.
    """
    if not isinstance(things, (list, tuple)):
        raise TypeError("Things must be a list or a tuple")
    words = [str(thing) for thing in things]
    if len(words) < 3:
        return f" {finalDelimiter} ".join(words)
    *first, last = words
    return delimiter.join([*first, f"{finalDelimiter} {last}"])
