"""
Locks for methods, and which thread does the input and output.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from threading import RLock as _RLockFactory
from threading import get_ident
from typing import Any

threadingmodule = threading



class XLock(type(_RLockFactory())):  # type: ignore[misc]
    """A re-entrant lock that can be pickled: as a new one."""

    def __reduce__(self) -> Any:
        return (unpickle_lock, ())


def unpickle_lock() -> Any:
    """Return a new lock; what a pickled one becomes."""
    return XLock()


_synchLockCreator: Any = None


class DummyLock:
    """
    Stands in for a lock while the program has no threads.
    """

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        return (unpickle_lock, ())


def _sync(klass: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        lock = self.__dict__.get("_threadable_lock")
        if lock is None:
            with _making:
                lock = self.__dict__.setdefault("_threadable_lock", XLock())
        with lock:
            return function(self, *args, **kwargs)

    return locked


_making = threading.Lock()


def synchronize(*klasses: type[Any]) -> None:
    """
    Let only one thread at a time be inside the methods of an object that
    C{synchronized} names.
    """
    for klass in klasses:
        for name in klass.synchronized:
            setattr(klass, name, _sync(klass, getattr(klass, name)))


def init(with_threads: object = 1) -> None:
    """Nothing has to be initialised; kept for those who call it."""


threaded = True
ioThread: int | None = None


def getThreadID() -> int:
    """Return the number of the calling thread."""
    return get_ident()


def isInIOThread() -> bool:
    """Tell whether the calling thread is the reactor's."""
    return ioThread == get_ident()


def registerAsIOThread() -> None:
    """The calling thread is the reactor's from now on."""
    global ioThread
    ioThread = get_ident()


def whenThreaded(cb: Callable[[], Any]) -> None:
    """Call *cb*: there are threads."""
    cb()


__all__ = ["XLock", "getThreadID", "isInIOThread", "registerAsIOThread"]
