"""
The Deferreds that have one contract: the pure ones, the compiled ones, and those
that users derive from the compiled ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from tests.twins import isCompiled, pureInPlace
from twisted.internet import defer
from twisted.internet.defer import _deferred


class Overriding(defer.Deferred[Any]):
    """
    All that users may override is, and does what is beneath.

    @ivar made: the methods that were called, by this class alone.
    """

    called: Any

    def __init__(self, canceller: Any = None) -> None:
        self.made: list[str] = []
        super().__init__(canceller)

    def addCallbacks(
        self,
        callback: Any,
        errback: Any = None,
        callbackArgs: Any = (),
        callbackKeywords: Any = (),
        errbackArgs: Any = (),
        errbackKeywords: Any = (),
    ) -> Any:
        self.made.append("addCallbacks")
        return super().addCallbacks(
            callback, errback, callbackArgs, callbackKeywords, errbackArgs, errbackKeywords
        )

    def addCallback(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        self.made.append("addCallback")
        return super().addCallback(callback, *args, **kwargs)

    def addErrback(self, errback: Any, *args: Any, **kwargs: Any) -> Any:
        self.made.append("addErrback")
        return super().addErrback(errback, *args, **kwargs)

    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        self.made.append("addBoth")
        return super().addBoth(callback, *args, **kwargs)

    def callback(self, result: Any) -> None:
        self.made.append("callback")
        super().callback(result)

    def errback(self, fail: Any = None) -> None:
        self.made.append("errback")
        super().errback(fail)

    def pause(self) -> None:
        self.made.append("pause")
        super().pause()

    def unpause(self) -> None:
        self.made.append("unpause")
        super().unpause()

    def cancel(self) -> None:
        self.made.append("cancel")
        super().cancel()


class Slotted(defer.Deferred[Any]):
    """One with a slot."""

    __slots__ = ("own",)

    own: Any


#: By what they are known to tests.
KINDS = ["pure", "compiled", "overriding", "slotted"] if isCompiled("deferred") else ["pure"]
_SUBCLASSES: dict[str, Any] = {"overriding": Overriding, "slotted": Slotted}


@contextmanager
def ofKind(kind: str) -> Iterator[Any]:
    """
    Make what looks like L{twisted.internet.defer}, and makes Deferreds of *kind*.
    """
    if kind == "pure":
        with pureInPlace("twisted.internet.defer") as made:
            _late(made)
        yield made
    elif kind == "compiled":
        yield defer
    else:
        with _adopted(_SUBCLASSES[kind]) as made:
            yield made


def _late(module: Any) -> dict[str, Any]:
    """Return what *module* imports when it is asked for."""
    return {name: getattr(module, name) for name in module._LATE}


@contextmanager
def _adopted(subclass: Any) -> Iterator[Any]:
    """Let all Deferreds that are made be of *subclass*."""

    def fail(result: Any = None) -> Any:
        made = subclass()
        made.errback(result)
        return made

    _deferred.adopt(subclass, defer.CancelledError)
    try:
        yield SimpleNamespace(**{**vars(defer), **_late(defer), "Deferred": subclass, "fail": fail})
    finally:
        _deferred.adopt(defer.Deferred, defer.CancelledError)
