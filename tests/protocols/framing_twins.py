"""
The receivers that have one contract: the pure ones, the compiled ones, and those
that users derive from the compiled ones.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.twins import isCompiled, pure
from twisted.protocols import basic

RECEIVERS = (
    "LineReceiver",
    "LineOnlyReceiver",
    "NetstringReceiver",
    "IntNStringReceiver",
    "Int8StringReceiver",
    "Int16StringReceiver",
    "Int32StringReceiver",
)


class Overriding:
    """Overrides what the busy half calls, or is, and does what is beneath."""

    def dataReceived(self, data: bytes) -> Any:
        return super().dataReceived(data)  # type: ignore[misc]

    def makeConnection(self, transport: Any) -> None:
        super().makeConnection(transport)  # type: ignore[misc]

    def lineReceived(self, line: bytes) -> Any:
        return super().lineReceived(line)  # type: ignore[misc]

    def rawDataReceived(self, data: bytes) -> Any:
        return super().rawDataReceived(data)  # type: ignore[misc]

    def lineLengthExceeded(self, line: bytes) -> Any:
        return super().lineLengthExceeded(line)  # type: ignore[misc]

    def stringReceived(self, string: bytes) -> Any:
        return super().stringReceived(string)  # type: ignore[misc]

    def lengthLimitExceeded(self, length: int) -> Any:
        return super().lengthLimitExceeded(length)  # type: ignore[misc]


class Slotted:
    """Has a slot, in the class that is made of it."""

    __slots__ = ()


def elsewhere(name: str) -> Any:
    """Make a property that keeps *name* under another one."""
    other = "_own_" + name

    def get(self: Any) -> Any:
        if hasattr(self, other):
            return getattr(self, other)
        return getattr(super(Properties, self), name)

    def put(self: Any, value: Any) -> None:
        setattr(self, other, value)

    return property(get, put)


class Properties:
    """Has properties where the receivers have plain attributes."""

    delimiter = elsewhere("delimiter")
    MAX_LENGTH = elsewhere("MAX_LENGTH")
    paused = elsewhere("paused")
    line_mode = elsewhere("line_mode")
    transport = elsewhere("transport")


class Shown:
    """Somebody has looked at its C{__dict__}."""

    def __init__(self) -> None:
        super().__init__()
        assert isinstance(vars(self), dict)


_MIXINS: dict[str, type] = {
    "overriding": Overriding,
    "slotted": Slotted,
    "properties": Properties,
    "shown": Shown,
}

#: By what they are known to tests.
KINDS = ["pure", "compiled", *_MIXINS] if isCompiled("framing") else ["pure"]


def _derived(mixin: type, name: str) -> Any:
    contents: dict[str, Any] = {"__module__": __name__, "__qualname__": f"{mixin.__name__}{name}"}
    if mixin is Slotted:
        contents["__slots__"] = ("own",)
    return type(contents["__qualname__"], (mixin, getattr(basic, name)), contents)


def ofKind(kind: str) -> Any:
    """Make what looks like L{twisted.protocols.basic}, with receivers of *kind*."""
    if kind == "pure":
        return pure("twisted.protocols.basic")
    if kind == "compiled":
        return basic
    made = {name: _derived(_MIXINS[kind], name) for name in RECEIVERS}
    # Where pickles find them.
    globals().update({each.__qualname__: each for each in made.values()})
    return SimpleNamespace(**{**vars(basic), **made})
