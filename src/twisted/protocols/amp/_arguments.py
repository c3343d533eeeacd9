"""
What arguments of commands are made of, and how they go into boxes.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from functools import lru_cache
from struct import pack
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.protocols.amp._boxes import AmpBox
from twisted.protocols.amp._interfaces import IArgumentType
from twisted.protocols.amp._parser import BoxParser
from twisted.protocols.amp._vocabulary import (
    MAX_VALUE_LENGTH,
    PYTHON_KEYWORDS,
    TooLong,
)
from twisted.python._tzhelper import UTC, FixedOffsetTimeZone

if TYPE_CHECKING:
    from twisted.python.filepath import FilePath

utc = UTC

# (name on the wire, what it is) of each argument, or of each part of a response.
Schema = Sequence[tuple[bytes, Any]]


@lru_cache(maxsize=4096)
def _wireNameToPythonIdentifier(key: bytes) -> str:
    """
    Return what the argument that is *key* on the wire is called in Python.

    Dashes are underscores, and words Python needs for itself have a capital.
    """
    name = key.decode("ascii").replace("-", "_")
    return name.title() if name in PYTHON_KEYWORDS else name


def _stringsToObjects(strings: Any, arglist: Schema, proto: Any) -> dict[str, Any]:
    """
    Return the arguments in the box *strings*, by their Python names.
    """
    left = strings.copy()
    objects: dict[str, Any] = {}
    for name, argument in arglist:
        argument.fromBox(name, left, objects, proto)
    return objects


def _objectsToStrings(objects: Any, arglist: Schema, strings: Any, proto: Any) -> Any:
    """
    Put the arguments *objects* into the box *strings*.

    @return: the box.
    """
    left = objects.copy()
    for name, argument in arglist:
        argument.toBox(name, strings, left, proto)
    return strings


@implementer(IArgumentType)
class Argument:
    """
    One argument of a command, or one part of its response.

    Kinds of arguments override C{fromString} and C{toString}; the methods that
    end in C{Proto} if they need to know the connection; and C{fromBox} and
    C{toBox} if they are not just one value of a box.

    @ivar optional: whether it may be missing.  It is L{None} then.
    """

    optional = False

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def retrieve(self, d: Any, name: Any, proto: Any) -> Any:
        """
        Take what is called *name* out of *d*.

        @param d: a box, or arguments by their Python names.
        @param proto: the protocol that has received or will send it.
        @return: L{None} if it is missing and may be.
        @raise KeyError: it is missing.
        """
        if self.optional:
            return d.pop(name, None)
        return d.pop(name)

    def fromBox(self, name: bytes, strings: Any, objects: dict[str, Any], proto: Any) -> None:
        """See L{IArgumentType.fromBox}."""
        wire = self.retrieve(strings, name, proto)
        absent = wire is None and self.optional
        objects[_wireNameToPythonIdentifier(name)] = (
            None if absent else self.fromStringProto(wire, proto)
        )

    def toBox(self, name: bytes, strings: Any, objects: dict[str, Any], proto: Any) -> None:
        """See L{IArgumentType.toBox}."""
        thing = self.retrieve(objects, _wireNameToPythonIdentifier(name), proto)
        if thing is not None or not self.optional:
            strings[name] = self.toStringProto(thing, proto)

    def fromStringProto(self, inString: bytes, proto: Any) -> Any:
        """
        Make an object of a value that *proto* has received.
        """
        return self.fromString(inString)

    def toStringProto(self, inObject: Any, proto: Any) -> bytes:
        """
        Make a value that *proto* will send of an object.
        """
        return self.toString(inObject)

    def fromString(self, inString: bytes) -> Any:
        """
        Make an object of a value; to be overridden.
        """

    def toString(self, inObject: Any) -> Any:
        """
        Make a value of an object; to be overridden.
        """


class Integer(Argument):
    """
    A whole number of any size, in decimal digits.
    """

    fromString: Any = int

    def toString(self, inObject: int) -> bytes:
        """
        Return the digits.

        @raise TypeError: it is no number.
        """
        return b"%d" % inObject


class String(Argument):
    """
    Bytes, as they are.
    """

    def fromString(self, inString: bytes) -> bytes:
        """Return *inString*."""
        return inString

    def toString(self, inObject: bytes) -> bytes:
        """Return *inObject*."""
        return inObject


class Float(Argument):
    """
    A number of double precision, as Python writes it.
    """

    fromString: Any = float

    def toString(self, inString: float) -> bytes:
        """
        Return the shortest digits that are this number again.

        @raise ValueError: it is no L{float}.
        """
        if isinstance(inString, float):
            return repr(inString).encode("ascii")
        raise ValueError(f"Bad float value {inString!r}")


_TRUTH = {b"True": True, b"False": False}


class Boolean(Argument):
    """
    Yes or no, as C{True} and C{False}.
    """

    def fromString(self, inString: bytes) -> bool:
        """
        Return which of the two it is.

        @raise TypeError: it is neither.
        """
        try:
            return _TRUTH[inString]
        except KeyError:
            raise TypeError(f"Bad boolean value: {inString!r}")

    def toString(self, inObject: object) -> bytes:
        """Return whether *inObject* is true."""
        return b"True" if inObject else b"False"


class Unicode(String):
    """
    Text, in UTF-8.
    """

    def fromString(self, inString: bytes) -> Any:
        """
        Return the text.

        @raise UnicodeDecodeError: it is no UTF-8.
        """
        return inString.decode("utf-8")

    def toString(self, inObject: Any) -> bytes:
        """Return the bytes."""
        return bytes(inObject.encode("utf-8"))


class Path(Unicode):
    """
    The path of a file, as a L{FilePath}.  Of use if both sides have the same
    files.
    """

    def fromString(self, inString: bytes) -> FilePath[str]:  # type: ignore[override,unused-ignore]
        """Return the L{FilePath}."""
        # Late: hardly any program has paths for arguments.
        from twisted.python.filepath import FilePath

        return FilePath(Unicode.fromString(self, inString))

    def toString(self, inObject: FilePath[Any]) -> bytes:  # type: ignore[override,unused-ignore]
        """Return the path in UTF-8."""
        return Unicode.toString(self, inObject.asTextMode().path)


class ListOf(Argument):
    """
    Any number of arguments of one kind, each preceded by its length in 16 bits.

    @ivar elementType: the kind, an L{Argument}.
    """

    def __init__(self, elementType: Argument, optional: bool = False) -> None:
        self.elementType = elementType
        Argument.__init__(self, optional)

    def fromString(self, inString: bytes) -> list[Any]:
        """
        Return the elements.  One that is cut short is left out.
        """
        decode = self.elementType.fromString
        elements = []
        at, end = 2, len(inString)
        while at <= end:
            stop = at + int.from_bytes(inString[at - 2 : at], "big")
            if stop > end:
                break
            elements.append(decode(inString[at:stop]))
            at = stop + 2
        return elements

    def toString(self, inObject: Any) -> bytes:
        """
        Return the elements of the list *inObject*.

        @raise TooLong: one has more than 65535 bytes.
        """
        encode = self.elementType.toString
        wire: list[bytes] = []
        for element in inObject:
            value = encode(element)
            if len(value) > MAX_VALUE_LENGTH:
                raise TooLong(False, True, value, None)
            wire += (pack("!H", len(value)), value)
        return b"".join(wire)


class AmpList(Argument):
    """
    Any number of dictionaries that have the same keys, each as a box.

    @ivar subargs: the keys and what kinds of arguments their values are, as a
        command's C{arguments}.
    """

    def __init__(self, subargs: Schema, optional: bool = False) -> None:
        self.subargs = subargs
        Argument.__init__(self, optional)

    def fromStringProto(self, inString: bytes, proto: Any) -> list[dict[str, Any]]:
        """Return the dictionaries."""
        return [_stringsToObjects(box, self.subargs, proto) for box in parseString(inString)]

    def toStringProto(self, inObject: Any, proto: Any) -> bytes:
        """Return the dictionaries of the list *inObject* as boxes."""
        return b"".join(
            _objectsToStrings(element, self.subargs, AmpBox(), proto).serialize()
            for element in inObject
        )


class Descriptor(Integer):
    """
    A file descriptor.  It goes beside the boxes, which have but its number: for
    connections over UNIX sockets.
    """

    def fromStringProto(self, inString: bytes, proto: Any) -> int:
        """
        Return the descriptor that has arrived; it is the caller's from now on.

        @raise KeyError: none has.
        """
        number: int = proto._getDescriptor(int(inString))
        return number

    def toStringProto(self, inObject: int, proto: Any) -> bytes:
        """
        Send the descriptor *inObject*.

        @return: which it is of those that are sent.
        """
        return super().toStringProto(proto._sendFileDescriptor(inObject), proto)


class Decimal(Argument):
    """
    A decimal number of any precision, as L{decimal.Decimal} writes it.
    """

    def fromString(self, inString: bytes) -> decimal.Decimal:
        """
        Return the number.

        @raise decimal.InvalidOperation: it is none.
        """
        text = inString if isinstance(inString, str) else inString.decode("ascii", "replace")
        return decimal.Decimal(text)

    def toString(self, inObject: decimal.Decimal) -> bytes:
        """
        Return the number's digits.

        @raise ValueError: it is no L{decimal.Decimal}.
        """
        if not isinstance(inObject, decimal.Decimal):
            raise ValueError("amp.Decimal can only encode instances of decimal.Decimal")
        return str(inObject).encode("ascii")


# Where year, month, day, hour, minute, second, microsecond, and hours and
# minutes from UTC are in 2012-01-23T12:34:56.054321-01:23; before the last two
# is their sign.
_FIELDS = [slice(0, 4), *(slice(n, n + 2) for n in (5, 8, 11, 14, 17)), slice(20, 26)]
_SIGN = slice(26, 27)
_OFFSET = (slice(27, 29), slice(30, 32))


class DateTime(Argument):
    """
    A time that knows its distance from UTC, to the microsecond, as in
    C{2012-01-23T12:34:56.054321-01:23}.
    """

    def fromString(self, s: bytes) -> datetime.datetime:
        """
        Return the time.

        @raise ValueError: it is none.
        """
        text = s if isinstance(s, str) else s.decode("ascii", "backslashreplace")
        if len(text) != 32:
            raise ValueError(f"invalid date format {text!r}")
        year, month, day, hour, minute, second, micro = (int(text[part]) for part in _FIELDS)
        hours, minutes = (int(text[part]) for part in _OFFSET)
        zone = FixedOffsetTimeZone.fromSignHoursMinutes(text[_SIGN], hours, minutes)
        return datetime.datetime(year, month, day, hour, minute, second, micro, zone)

    def toString(self, i: datetime.datetime) -> bytes:
        """
        Return the time as text.

        @raise ValueError: it does not know its distance from UTC.
        """
        offset = i.utcoffset()
        if offset is None:
            raise ValueError(
                "amp.DateTime cannot serialize naive datetime instances."
                "  You may find amp.utc useful."
            )
        minutes = int(offset.total_seconds() / 60)
        zone = "%s%02d:%02d" % ("+" if minutes > 0 else "-", *divmod(abs(minutes), 60))
        local = i.replace(tzinfo=None).isoformat(timespec="microseconds")
        return (local + zone).encode("ascii")


def parseString(data: bytes) -> list[AmpBox]:
    """
    Return the boxes in *data*.  One that is cut short is left out.

    @raise TooLong: it is not AMP.
    """
    parser = BoxParser()
    parser.feed(data)
    boxes = []
    while (box := parser.nextBox()) is not None:
        boxes.append(box)
    return boxes


def parse(fileObj: Any) -> list[AmpBox]:
    """
    Return the boxes in the file *fileObj*, which is open for reading bytes.

    @raise TooLong: it is not AMP.
    """
    return parseString(fileObj.read())
