"""
The boxes: dictionaries of bytes that know how to be sent.
"""

from __future__ import annotations

from struct import pack
from typing import Any, TypeVar

from twisted.protocols.amp._vocabulary import (
    MAX_KEY_LENGTH,
    MAX_VALUE_LENGTH,
    MalformedAmpBox,
    TooLong,
)

# A key of no length.
_END = b"\0\0"

_B = TypeVar("_B", bound="AmpBox")


def _asKey(key: Any) -> bytes:
    """Return *key* as a key of a box."""
    if isinstance(key, bytes):
        return key
    return bytes(key.encode("ascii"))


class AmpBox(dict[bytes, bytes]):
    """
    A message: keys and values, both of them bytes.

    Keys may be given as text in ASCII, as keyword arguments always are.

    @raise UnicodeEncodeError: a key is text and not ASCII.
    """

    __slots__: list[str] = []

    def __init__(self, *args: Any, **kw: Any) -> None:
        if args or kw:
            given = dict(*args, **kw)
            super().__init__((_asKey(key), value) for key, value in given.items())

    def copy(self: _B) -> _B:
        """Return another box of this kind, with the same in it."""
        twin = self.__class__()
        twin.update(self)
        return twin

    def serialize(self) -> bytes:
        """
        Return the box as it goes over the wire, its keys in order.

        @raise TypeError: a key or value is text.
        @raise MalformedAmpBox: a key is empty.
        @raise TooLong: a key has more than 255 bytes or a value more than 65535.
        """
        wire = bytearray()
        for key in sorted(self):
            if isinstance(key, str):
                raise TypeError(f"Unicode key not allowed: {key!r}")
            value = self[key]
            if isinstance(value, str):
                raise TypeError(f"Unicode value for key {key!r} not allowed: {value!r}")
            if not 0 < len(key) <= MAX_KEY_LENGTH:
                if not key:
                    # It would end the box.
                    raise MalformedAmpBox("a key must have some length")
                raise TooLong(True, True, key)
            if len(value) > MAX_VALUE_LENGTH:
                raise TooLong(False, True, value, key)
            wire += b"%b%b%b%b" % (pack("!H", len(key)), key, pack("!H", len(value)), value)
        return bytes(wire + _END)

    def _sendTo(self, proto: Any) -> None:
        """Send this by *proto*, an L{IBoxSender}."""
        proto.sendBox(self)

    def __repr__(self) -> str:
        return f"AmpBox({dict.__repr__(self)})"


Box = AmpBox


class QuitBox(AmpBox):
    """
    A message after which the connection is closed.
    """

    __slots__: list[str] = []

    def __repr__(self) -> str:
        return f"QuitBox(**{super().__repr__()})"

    def _sendTo(self, proto: Any) -> None:
        """Send this by *proto*, and close its connection."""
        proto.sendBox(self)
        proto.transport.loseConnection()


class _SwitchBox(AmpBox):
    """
    A message after which the connection belongs to another protocol.

    @ivar innerProto: the other protocol.
    """

    # No __slots__: innerProto is kept beside the pairs.

    def __init__(self, innerProto: Any, **kw: Any) -> None:
        super().__init__(**kw)
        self.innerProto = innerProto

    def __repr__(self) -> str:
        return f"_SwitchBox({self.innerProto!r}, **{dict.__repr__(self)})"

    def _sendTo(self, proto: Any) -> None:
        """Send this by *proto*, and give its connection away."""
        proto.sendBox(self)
        proto._switchTo(self.innerProto)
