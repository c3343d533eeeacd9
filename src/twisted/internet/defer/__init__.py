"""
Deferreds: results that are not there yet.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet._chain_py import _NO_RESULT, AlreadyCalledError, FirstError, passthru
from twisted.internet.defer._coroutines import (
    _DefGen_Return,
    ensureDeferred,
    inlineCallbacks,
    maybeDeferred,
    returnValue,
)
from twisted.internet.defer._deferred import (
    CancelledError,
    DebugInfo,
    Deferred,
    NotACoroutineError,
    TimeoutError,
    getDebugging,
    logError,
    setDebugging,
)
from twisted.internet.defer._tools import (
    FAILURE,
    SUCCESS,
    DeferredList,
    FailureGroup,
    execute,
    fail,
    gatherResults,
    race,
    succeed,
    timeout,
)
from twisted.python._facade import publish
from twisted.python.failure import Failure as Failure  # others take it from here

_T = TypeVar("_T")

# These stand on lock files, which few programs need.
_LATE = frozenset(
    (
        "AlreadyTryingToLockError",
        "DeferredFilesystemLock",
        "DeferredLock",
        "DeferredQueue",
        "DeferredSemaphore",
        "QueueOverflow",
        "QueueUnderflow",
        "_ConcurrencyPrimitive",
    )
)


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Late: see _LATE.
    from twisted.internet.defer import _queues

    for each in _LATE:
        globals()[each] = getattr(_queues, each)
    publish(__name__, globals(), _LATE)
    return globals()[name]


__all__ = [
    "FAILURE",
    "SUCCESS",
    "AlreadyCalledError",
    "AlreadyTryingToLockError",
    "CancelledError",
    "Deferred",
    "DeferredFilesystemLock",
    "DeferredList",
    "DeferredLock",
    "DeferredQueue",
    "DeferredSemaphore",
    "TimeoutError",
    "ensureDeferred",
    "fail",
    "gatherResults",
    "inlineCallbacks",
    "maybeDeferred",
    "returnValue",
    "succeed",
]

publish(
    __name__,
    globals(),
    (
        *(name for name in __all__ if name not in _LATE),
        "DebugInfo",
        "FailureGroup",
        "FirstError",
        "NotACoroutineError",
        "execute",
        "getDebugging",
        "logError",
        "passthru",
        "race",
        "setDebugging",
        "timeout",
    ),
)
