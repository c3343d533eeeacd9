"""
Between these events and those of L{twisted.python.log}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.logger._format import formatEvent
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._levels import InvalidLogLevelError, LogLevel
from twisted.logger._stdlib import (
    StringifiableFromEvent,
    fromStdlibLogLevelMapping,
)


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
        return f"{self.__class__.__name__}({self.legacyObserver})"

    def __call__(self, event: LogEvent) -> None:
        """Add what the older kind has, and pass *event* on."""
        if "message" not in event:
            event["message"] = ()
        if "time" not in event:
            event["time"] = event["log_time"]
        if "system" not in event:
            event["system"] = event.get("log_system", "-")
        if "format" not in event and event.get("log_format") is not None:
            # Formatted by whoever prints it, and only then.
            event["format"] = "%(log_legacy)s"
            event["log_legacy"] = StringifiableFromEvent(event.copy())
            if not isinstance(event["message"], tuple):
                event["message"] = ()
        if "log_failure" in event:
            if "failure" not in event:
                event["failure"] = event["log_failure"]
            if "isError" not in event:
                event["isError"] = 1
            if "why" not in event:
                event["why"] = formatEvent(event)
        elif "isError" not in event:
            event["isError"] = int(event["log_level"] in (LogLevel.error, LogLevel.critical))
        self.legacyObserver(event)


def publishToNewObserver(
    observer: Callable[[LogEvent], None],
    eventDict: dict[str, Any],
    textFromEventDict: Callable[[dict[str, Any]], str | None],
) -> None:
    """
    Give an event of the older kind to *observer*.

    @param textFromEventDict: makes its text.
    """
    if "log_time" not in eventDict:
        eventDict["log_time"] = eventDict["time"]
    if "log_format" not in eventDict:
        text = textFromEventDict(eventDict)
        if text is not None:
            eventDict["log_text"] = text
            eventDict["log_format"] = "{log_text}"
    if "log_level" not in eventDict:
        level = _levelOf(eventDict)
        if level is not None:
            eventDict["log_level"] = level
    if "log_namespace" not in eventDict:
        eventDict["log_namespace"] = "log_legacy"
    if "log_system" not in eventDict and "system" in eventDict:
        eventDict["log_system"] = eventDict["system"]
    observer(eventDict)


_NAMES = {"WARNING": "warn", "warning": "warn"}


def _levelOf(eventDict: dict[str, Any]) -> Any:
    number = eventDict.get("logLevel")
    if number is not None:
        level = fromStdlibLogLevelMapping.get(number)
        if level is not None:
            return level
        # A name, in upper case as the standard library has them.
        try:
            return LogLevel.levelWithName(_NAMES.get(number, str(number).lower()))
        except InvalidLogLevelError:
            return None
    return LogLevel.critical if eventDict.get("isError") else LogLevel.info
