"""
Between these events and those of L{twisted.python.log}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._levels import InvalidLogLevelError, LogLevel


def _formatEvent(event: LogEvent) -> str:
    # Late: what nobody reads is not formatted.
    from twisted.logger._format import formatEvent

    return formatEvent(event)


class StringifiableFromEvent:
    """An event as an object whose text is its message, made when wanted."""

    def __init__(self, event: LogEvent) -> None:
        self.event = event

    def __str__(self) -> str:
        return _formatEvent(self.event)

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


# What one kind of event has and the other lacks: a key, and what its value is
# made of.  A value of _NOTHING leaves the key away.  In order: what is made may
# look at what was made before.
_NOTHING: Any = object()
_Rules = Mapping[str, Callable[[LogEvent], Any]]


def _complete(event: LogEvent, rules: _Rules) -> None:
    """Add to *event* what it lacks."""
    for key, make in rules.items():
        if key not in event:
            value = make(event)
            if value is not _NOTHING:
                event[key] = value


def _lazyFormat(event: LogEvent) -> Any:
    """A format by which the message is made when, and if, it is printed."""
    if event.get("log_format") is None:
        return _NOTHING
    event["log_legacy"] = StringifiableFromEvent(event.copy())
    if not isinstance(event["message"], tuple):
        event["message"] = ()
    return "%(log_legacy)s"


def _ofFailure(make: Callable[[LogEvent], Any]) -> Callable[[LogEvent], Any]:
    return lambda event: make(event) if "log_failure" in event else _NOTHING


_GRAVE = frozenset((LogLevel.error, LogLevel.critical))

_OLDER: _Rules = {
    "message": lambda event: (),
    "time": lambda event: event["log_time"],
    "system": lambda event: event.get("log_system", "-"),
    "format": _lazyFormat,
    "failure": _ofFailure(lambda event: event["log_failure"]),
    "isError": lambda event: int("log_failure" in event or event["log_level"] in _GRAVE),
    "why": _ofFailure(_formatEvent),
}


@implementer(ILogObserver)
class LegacyLogObserverWrapper:
    """
    Gives events to an observer of the older kind.
    """

    def __init__(self, legacyObserver: Callable[[dict[str, Any]], None]) -> None:
        """
        @param legacyObserver: takes a dict as L{twisted.python.log} makes it.
        """
        self.legacyObserver = legacyObserver

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.legacyObserver})"

    def __call__(self, event: LogEvent) -> None:
        """Add what the older kind has, and pass *event* on."""
        _complete(event, _OLDER)
        self.legacyObserver(event)


_NAMES = {"WARNING": "warn", "warning": "warn"}


def _levelOf(event: LogEvent) -> Any:
    """The level of an event that may name one of the standard library's."""
    named = event.get("logLevel")
    if named is None:
        return LogLevel.critical if event.get("isError") else LogLevel.info
    # Late: loads the standard library's logging, whose levels few events have.
    from twisted.logger._stdlib import fromStdlibLogLevelMapping

    if named in fromStdlibLogLevelMapping:
        return fromStdlibLogLevelMapping[named]
    try:
        # A name, in upper case as the standard library has them.
        return LogLevel.levelWithName(_NAMES.get(named, str(named).lower()))
    except InvalidLogLevelError:
        return _NOTHING


_NEWER: _Rules = {
    "log_time": lambda event: event["time"],
    "log_format": lambda event: "{log_text}" if "log_text" in event else _NOTHING,
    "log_level": _levelOf,
    "log_namespace": lambda event: "log_legacy",
    "log_system": lambda event: event.get("system", _NOTHING),
}


def publishToNewObserver(
    observer: Callable[[LogEvent], None],
    eventDict: dict[str, Any],
    textFromEventDict: Callable[[dict[str, Any]], str | None],
) -> None:
    """
    Give an event of the older kind to *observer*.

    @param textFromEventDict: makes its text.
    """
    if "log_format" not in eventDict:
        text = textFromEventDict(eventDict)
        if text is not None:
            eventDict["log_text"] = text
    _complete(eventDict, _NEWER)
    observer(eventDict)
