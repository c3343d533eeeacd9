"""
Text of events.
"""

from __future__ import annotations

import string
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from constantly import NamedConstant

from twisted.logger._interfaces import LogEvent
from twisted.python.failure import Failure
from twisted.python.reflect import safe_repr

timeFormatRFC3339 = "%Y-%m-%dT%H:%M:%S%z"


class _CallMapping:
    """
    A mapping in which C{"name()"} is the result of calling C{"name"}.
    """

    def __init__(self, submapping: Mapping[str, Any]) -> None:
        self._submapping = submapping

    def __getitem__(self, key: str) -> Any:
        call = key.endswith("()")
        value = self._submapping[key[:-2] if call else key]
        return value() if call else value


def _lookUp(thing: object, name: str) -> Any:
    if name.endswith("()"):
        return getattr(thing, name[:-2])()
    return getattr(thing, name)


class _EventFormatter(string.Formatter):
    """
    Formats fields of an event, with calls: C{{name.method()}}.
    """

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, str]:
        first, rest = _splitField(field_name)
        thing = self.get_value(first, args, _CallMapping(kwargs))  # type: ignore[arg-type]
        for isAttribute, name in rest:
            thing = _lookUp(thing, name) if isAttribute else thing[name]  # type: ignore[index]
        return thing, first

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # Fields of events are names, numbers too.
        return kwargs[str(key)]


def _splitField(name: str) -> tuple[str, Iterator[tuple[bool, str]]]:
    first, rest = string._string.formatter_field_name_split(name)  # type: ignore[attr-defined]
    return str(first), rest


_formatter = _EventFormatter()


def formatWithCall(formatString: str, mapping: Mapping[str, Any]) -> str:
    """
    As C{formatString.format_map(mapping)}, with fields that call:
    C{"{name()}"}.
    """
    return _formatter.vformat(formatString, (), mapping)


# -- flattening: the text of the fields, for when the objects are gone --------------


class KeyFlattener:
    """
    Makes a unique key for each use of a field in a format.
    """

    def __init__(self) -> None:
        self.keys: dict[str, int] = defaultdict(int)

    def flatKey(self, fieldName: str, formatSpec: str | None, conversion: str | None) -> str:
        """Return the key for the next use of a field."""
        key = f"{fieldName}!{conversion or ''}:{formatSpec or ''}"
        self.keys[key] += 1
        number = self.keys[key]
        return key if number == 1 else f"{key}/{number}"


def _fieldsOf(formatString: str) -> Iterator[tuple[str, str, str, str]]:
    """
    The parts of a format: literal text, then field, specification, conversion;
    a part without field has the empty name and conversion.
    """
    for literal, name, spec, conversion in _formatter.parse(formatString):
        if name is None:
            yield literal, "", "", ""
        else:
            yield literal, name, spec or "", conversion or "s"


def flattenEvent(event: LogEvent) -> None:
    """
    Put the text of each field into C{event["log_flattened"]}, so that the
    event can be formatted when the objects are not there any more.
    """
    formatString = event.get("log_format")
    if formatString is None:
        return
    fields: dict[str, Any] = event.get("log_flattened") or {}
    keys = KeyFlattener()
    if isinstance(formatString, bytes):
        formatString = formatString.decode("utf-8")
    for _, name, spec, conversion in _fieldsOf(formatString):
        if not name:
            continue
        key = keys.flatKey(name, spec, conversion)
        if key in fields:
            continue
        value, _ = _formatter.get_field(name, (), event)
        text = repr(value) if conversion == "r" else str(value)
        fields[key] = text
        # The value itself, for extractField.
        fields[keys.flatKey(name, spec, "")] = value
    if fields:
        event["log_flattened"] = fields


def extractField(field: str, event: LogEvent) -> Any:
    """
    Return the value of a field of *event*, even one that was flattened.

    @param field: as it stands in a format: C{"name.attribute()"}.
    @raise KeyError: there is none.
    """
    keys = KeyFlattener()
    [(_, name, spec, conversion)] = list(_formatter.parse("{" + field + "}"))
    assert name is not None
    key = keys.flatKey(name, spec, conversion)
    if "log_flattened" not in event:
        event = {**event, "log_format": "{" + field + "}"}
        flattenEvent(event)
    return event["log_flattened"][key]


def _flatFormat(event: LogEvent) -> str:
    """Format an event by what C{flattenEvent} put into it."""
    keys = KeyFlattener()
    fields = event["log_flattened"]
    parts = []
    for literal, name, spec, conversion in _fieldsOf(event["log_format"]):
        parts.append(literal)
        if name:
            parts.append(format(fields[keys.flatKey(name, spec, conversion)], spec))
    return "".join(parts)


# -- text ----------------------------------------------------------------------------


def formatEvent(event: LogEvent) -> str:
    """
    Return the message of *event*; if it cannot be formatted, text that says
    so.  The empty string if it has none.
    """
    return eventAsText(
        event, includeTraceback=False, includeTimestamp=False, includeSystem=False
    )


def _message(event: LogEvent) -> str:
    try:
        if "log_flattened" in event:
            return _flatFormat(event)
        formatString = event.get("log_format")
        if formatString is None:
            return ""
        if isinstance(formatString, bytes):
            formatString = formatString.decode("utf-8")
        elif not isinstance(formatString, str):
            raise TypeError(f"Log format must be str, not {formatString!r}")
        if "{" not in formatString and "}" not in formatString:
            return formatString
        return formatWithCall(formatString, event)
    except BaseException as problem:
        return formatUnformattableEvent(event, problem)


def formatUnformattableEvent(event: LogEvent, error: BaseException) -> str:
    """
    Return text for an event whose formatting raised *error*.
    """
    try:
        return f"Unable to format event {event!r}: {error}"
    except BaseException:
        # Something in it cannot even be shown.
        text = ", ".join(
            " = ".join((safe_repr(key), safe_repr(value))) for key, value in event.items()
        )
        return (
            f"MESSAGE LOST: unformattable object logged: {safe_repr(error)}\n"
            f"Recoverable data: {text}\n"
            f"Exception during formatting:\n{Failure().getTraceback()}"
        )


def _zoneOf(when: float) -> timezone:
    local = time.localtime(when)
    return timezone(timedelta(seconds=local.tm_gmtoff))


# strftime costs more than the rest of a line; events come many to a second.
_lastSecond: dict[tuple[int, str], str] = {}


def formatTime(
    when: float | None, timeFormat: str | None = timeFormatRFC3339, default: str = "-"
) -> str:
    """
    Return a time as text, in the local time zone.

    @param when: seconds since the epoch.
    @param timeFormat: as for C{strftime}.
    @param default: the text for no time or no format.
    """
    if timeFormat is None or when is None:
        return default
    second = int(when // 1)
    if timeFormat is timeFormatRFC3339:
        known = _lastSecond.get((second, timeFormat))
        if known is not None:
            return known
    text = datetime.fromtimestamp(when, _zoneOf(when)).strftime(timeFormat)
    if timeFormat is timeFormatRFC3339:
        _lastSecond.clear()
        _lastSecond[second, timeFormat] = text
    return text


def formatEventAsClassicLogText(
    event: LogEvent, formatTime: Callable[[float | None], str] = formatTime
) -> str | None:
    """
    Return *event* as a line of a log file, with time and system; lines after
    the first are indented.

    @return: L{None} if it has no message.
    """
    text = eventAsText(event, formatTime=formatTime)
    if not text:
        return None
    return text.replace("\n", "\n\t") + "\n"


def _formatTraceback(failure: Failure) -> str:
    try:
        return failure.getTraceback()
    except BaseException as problem:
        return "(UNABLE TO OBTAIN TRACEBACK FROM EVENT):" + str(problem)


def _formatSystem(event: LogEvent) -> str:
    system = event.get("log_system")
    if system is not None:
        try:
            return str(system)
        except BaseException:
            return "UNFORMATTABLE"
    level = event.get("log_level")
    name = level.name if isinstance(level, NamedConstant) else "-"
    return f"{event.get('log_namespace', '-')}#{name}"


def eventAsText(
    event: LogEvent,
    includeTraceback: bool = True,
    includeTimestamp: bool = True,
    includeSystem: bool = True,
    formatTime: Callable[[float], str] | Callable[[float | None], str] = formatTime,
) -> str:
    """
    Return *event* as text.

    @param includeTraceback: add the traceback of a failure that it has.
    @param includeTimestamp: begin with its time.
    @param includeSystem: begin with where it comes from.
    @param formatTime: makes text of the time.
    @return: empty if it has neither message nor failure.
    """
    text = _message(event)
    if includeTraceback and "log_failure" in event:
        text = "\n".join((text, _formatTraceback(event["log_failure"])))
    if not text:
        return text
    prefix = ""
    if includeTimestamp:
        prefix = f"{formatTime(event.get('log_time'))} "  # type: ignore[arg-type]
    if includeSystem:
        prefix += f"[{_formatSystem(event)}] "
    return prefix + text
