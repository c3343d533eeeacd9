"""
Events as JSON, and back.
"""

from __future__ import annotations

from collections.abc import Iterable
from json import dumps, loads
from typing import IO, Any
from uuid import UUID

from constantly import NamedConstant

from twisted.logger._file import FileLogObserver
from twisted.logger._format import flattenEvent
from twisted.logger._interfaces import LogEvent
from twisted.logger._levels import InvalidLogLevelError, LogLevel
from twisted.logger._logger import Logger
from twisted.python.failure import Failure

log = Logger(namespace="twisted.logger._json")

_LEVEL = UUID("02E59486-F24D-46AD-8224-3ACDF2A5732A")
_FAILURE = UUID("E76887E2-20ED-49BF-A8F8-BA25CC586F2D")


def failureAsJSON(failure: Failure) -> dict[str, Any]:
    """Return the state of *failure*, its class by name."""
    state = failure.__getstate__()
    state["type"] = {
        "__module__": failure.type.__module__,
        "__name__": failure.type.__name__,
    }
    return state


def failureFromJSON(failureDict: dict[str, Any]) -> Failure:
    """
    Return the failure of that state; its class is one of that name, made for
    the purpose.
    """
    kind = failureDict["type"]
    failure = Failure.__new__(Failure)
    failure.__setstate__(
        {**failureDict, "type": type(kind["__name__"], (), dict(kind))}
    )
    # What it is, is known by name alone.
    failure._checkByName = True
    return failure


def objectLoadHook(aDict: dict[str, Any]) -> Any:
    """Make what was stored as a dict with the identity of its class."""
    identity = aDict.get("__class_uuid__")
    if identity is not None:
        known = UUID(identity)
        if known == _LEVEL:
            try:
                return LogLevel.levelWithName(aDict["name"])
            except InvalidLogLevelError:
                # Of a later version, maybe.
                return None
        if known == _FAILURE:
            return failureFromJSON(aDict)
    return aDict


def objectSaveHook(pythonObject: object) -> Any:
    """Return what stands for an object that JSON does not know."""
    if isinstance(pythonObject, NamedConstant) and pythonObject in LogLevel.iterconstants():
        return {"name": pythonObject.name, "__class_uuid__": str(_LEVEL)}
    if isinstance(pythonObject, Failure):
        return {**failureAsJSON(pythonObject), "__class_uuid__": str(_FAILURE)}
    if isinstance(pythonObject, bytes):
        return pythonObject.decode("charmap")
    return {"unpersistable": True}


def eventAsJSON(event: LogEvent) -> str:
    """
    Return *event* as JSON, with the text of its fields.
    """

    def default(unencodable: object) -> Any:
        return objectSaveHook(unencodable)

    flattenEvent(event)
    return dumps(event, default=default, skipkeys=True)


def eventFromJSON(eventText: str) -> LogEvent:
    """Return the event that C{eventAsJSON} made *eventText* of."""
    event: LogEvent = loads(eventText, object_hook=objectLoadHook)
    return event


def jsonFileLogObserver(outFile: IO[Any], recordSeparator: str = "\x1e") -> FileLogObserver:
    """
    Make an observer that writes events as JSON, one a line (RFC 7464).

    @param recordSeparator: what goes before each.
    """
    return FileLogObserver(
        outFile, lambda event: f"{recordSeparator}{eventAsJSON(event)}\n"
    )


def eventsFromJSONLogFile(
    inFile: IO[Any], recordSeparator: str | None = None, bufferSize: int = 4096
) -> Iterable[LogEvent]:
    """
    Iterate over the events in a file of JSON.

    @param recordSeparator: what goes before each; by default found out from
        the first bytes: RFC 7464's, or a newline.
    @param bufferSize: how much is read at once.
    """

    def asBytes(text: str | bytes) -> bytes:
        return text if isinstance(text, bytes) else text.encode("utf-8")

    def eventFromBytearray(record: bytearray) -> LogEvent | None:
        try:
            text = bytes(record).decode("utf-8")
        except UnicodeDecodeError:
            log.error("Unable to decode UTF-8 for JSON record: {record!r}", record=bytes(record))
            return None
        try:
            return eventFromJSON(text)
        except ValueError:
            log.error("Unable to read JSON record: {record!r}", record=bytes(record))
            return None

    if recordSeparator is None:
        first = asBytes(inFile.read(1))
        if first == b"\x1e":
            separator, buffer = first, bytearray()
        else:
            separator, buffer = b"", bytearray(first)
    else:
        separator, buffer = asBytes(recordSeparator), bytearray()

    if separator == b"":
        # Records are lines.
        separator = b"\n"
        found = eventFromBytearray
    else:

        def found(record: bytearray) -> LogEvent | None:
            if len(record) and record[-1] == ord("\n"):
                return eventFromBytearray(record)
            log.error("Unable to read truncated JSON record: {record!r}", record=bytes(record))
            return None

    while True:
        piece = inFile.read(bufferSize)
        if not piece:
            break
        buffer += asBytes(piece)
        *records, rest = buffer.split(separator)
        buffer = bytearray(rest)
        for record in records:
            if record:
                event = found(bytearray(record))
                if event is not None:
                    yield event
    if buffer:
        event = found(buffer)
        if event is not None:
            yield event


