"""
A context: values that are in force while a call lasts, per thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import local
from typing import Any

defaultContextDict: dict[Any, Any] = {}

setDefault = defaultContextDict.__setitem__


class ContextTracker:
    """
    The contexts of one thread, the innermost last.

    @ivar contexts: a list of dicts, each complete.
    """

    def __init__(self) -> None:
        self.contexts: list[Mapping[Any, Any]] = [defaultContextDict]

    def callWithContext(
        self,
        newContext: Mapping[Any, Any],
        func: Callable[..., Any],
        *args: object,
        **kw: object,
    ) -> Any:
        """
        Call *func* with what is in *newContext* added to the context.

        @return: what it returns.
        """
        contexts = self.contexts
        contexts.append({**contexts[-1], **newContext})
        try:
            return func(*args, **kw)
        finally:
            contexts.pop()

    def getContext(self, key: Any, default: Any = None) -> Any:
        """Return what the context has for *key*, else *default*."""
        return self.contexts[-1].get(key, default)


class ThreadedContextTracker:
    """
    A L{ContextTracker} for each thread.
    """

    def __init__(self) -> None:
        self.storage = local()

    def currentContext(self) -> ContextTracker:
        """Return the calling thread's tracker."""
        try:
            tracker: ContextTracker = self.storage.ct
        except AttributeError:
            tracker = self.storage.ct = ContextTracker()
        return tracker

    def callWithContext(
        self, ctx: Mapping[Any, Any], func: Callable[..., Any], *args: object, **kw: object
    ) -> Any:
        """
        Call *func* with what is in *ctx* added to this thread's context.

        @return: what it returns.
        """
        return self.currentContext().callWithContext(ctx, func, *args, **kw)

    def getContext(self, key: Any, default: Any = None) -> Any:
        """Return what this thread's context has for *key*, else *default*."""
        return self.currentContext().getContext(key, default)


theContextTracker: Any
call: Callable[..., Any]
get: Callable[..., Any]


def installContextTracker(ctr: Any) -> None:
    """Let *ctr* do what C{call} and C{get} of this module are asked."""
    global theContextTracker, call, get
    theContextTracker = ctr
    call = ctr.callWithContext
    get = ctr.getContext


installContextTracker(ThreadedContextTracker())

__all__ = [
    "ContextTracker",
    "ThreadedContextTracker",
    "call",
    "defaultContextDict",
    "get",
    "installContextTracker",
    "setDefault",
    "theContextTracker",
]
