"""
Events as JSON, and back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    failure.__setstate__({**failureDict, "type": type(kind["__name__"], (), dict(kind))})
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
    return FileLogObserver(outFile, lambda event: f"{recordSeparator}{eventAsJSON(event)}\n")


_TROUBLE = {
    "utf8": "Unable to decode UTF-8 for JSON record: {record!r}",
    "json": "Unable to read JSON record: {record!r}",
    "torn": "Unable to read truncated JSON record: {record!r}",
}


def _asBytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")


def _cut(inFile: IO[Any], mark: bytes, start: bytes, size: int) -> Iterator[bytes]:
    """
    Iterate over what stands between the marks in a file.

    @param start: what has been read of it.
    @param size: how much is read at once.
    """
    held = bytearray(start)
    # Up to there no mark begins: each byte is looked at once.
    searched = 0
    while piece := inFile.read(size):
        held += _asBytes(piece)
        begin = 0
        while (end := held.find(mark, searched)) != -1:
            yield bytes(held[begin:end])
            begin = searched = end + len(mark)
        del held[:begin]
        searched = max(len(held) - len(mark) + 1, 0)
    yield bytes(held)


def _eventFrom(record: bytes, whole: bool) -> LogEvent | None:
    """
    Return the event that *record* is; L{None}, and a word in the log, if it
    is none.

    @param whole: not known to be torn.
    """
    trouble = "torn"
    if whole:
        try:
            return eventFromJSON(record.decode("utf-8"))
        except ValueError as problem:
            trouble = "utf8" if isinstance(problem, UnicodeDecodeError) else "json"
    log.error(_TROUBLE[trouble], record=record)
    return None


def eventsFromJSONLogFile(
    inFile: IO[Any], recordSeparator: str | None = None, bufferSize: int = 4096
) -> Iterable[LogEvent]:
    """
    Iterate over the events in a file of JSON.

    @param recordSeparator: what goes before each; by default found out from
        the first bytes: RFC 7464's, or a newline.
    @param bufferSize: how much is read at once.
    """
    mark, start = _asBytes(recordSeparator or ""), b""
    if recordSeparator is None:
        start = _asBytes(inFile.read(1))
        if start == b"\x1e":
            mark, start = start, b""
    # Without a mark records are lines; with one they have to end like lines.
    for record in filter(None, _cut(inFile, mark or b"\n", start, bufferSize)):
        event = _eventFrom(record, whole=not mark or record.endswith(b"\n"))
        if event is not None:
            yield event
