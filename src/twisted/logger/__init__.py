"""
Structured logging: events are dicts, observers are callables.

    log = Logger()
    log.info("request from {host}", host=host)

Observers get the event with all its fields; those that want text format it,
when they write it.  An event that nobody wants is not even made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.logger._buffer import LimitedHistoryLogObserver
from twisted.logger._global import LogBeginner, globalLogBeginner, globalLogPublisher
from twisted.logger._interfaces import ILogFilterPredicate, ILogObserver, LogEvent
from twisted.logger._io import LoggingFile
from twisted.logger._levels import InvalidLogLevelError, LogLevel
from twisted.logger._logger import Logger, Operation
from twisted.logger._publisher import LogPublisher
from twisted.python._facade import late

if TYPE_CHECKING:
    from twisted.logger._capture import capturedLogs
    from twisted.logger._file import FileLogObserver, textFileLogObserver
    from twisted.logger._filter import (
        FilteringLogObserver,
        LogLevelFilterPredicate,
        PredicateResult,
    )
    from twisted.logger._format import (
        eventAsText,
        extractField,
        formatEvent,
        formatEventAsClassicLogText,
        formatTime,
        timeFormatRFC3339,
    )
    from twisted.logger._json import (
        eventAsJSON,
        eventFromJSON,
        eventsFromJSONLogFile,
        jsonFileLogObserver,
    )
    from twisted.logger._legacy import LegacyLogObserverWrapper
    from twisted.logger._stdlib import STDLibLogObserver

# Programs that log nothing, or to observers of the older kind alone, need none
# of these; what they load besides: string, datetime, json, uuid, logging.
__getattr__, __dir__ = late(
    globals(),
    {
        name: f"{__name__}.{room}"
        for room, names in {
            "_capture": ("capturedLogs",),
            "_file": ("FileLogObserver", "textFileLogObserver"),
            "_filter": ("FilteringLogObserver", "LogLevelFilterPredicate", "PredicateResult"),
            "_format": (
                "eventAsText",
                "extractField",
                "formatEvent",
                "formatEventAsClassicLogText",
                "formatTime",
                "timeFormatRFC3339",
            ),
            "_json": (
                "eventAsJSON",
                "eventFromJSON",
                "eventsFromJSONLogFile",
                "jsonFileLogObserver",
            ),
            "_legacy": ("LegacyLogObserverWrapper",),
            "_stdlib": ("STDLibLogObserver",),
        }.items()
        for name in names
    },
)

__all__ = [
    "FileLogObserver",
    "FilteringLogObserver",
    "ILogFilterPredicate",
    "ILogObserver",
    "InvalidLogLevelError",
    "LegacyLogObserverWrapper",
    "LimitedHistoryLogObserver",
    "LogBeginner",
    "LogEvent",
    "LogLevel",
    "LogLevelFilterPredicate",
    "LogPublisher",
    "Logger",
    "LoggingFile",
    "Operation",
    "PredicateResult",
    "STDLibLogObserver",
    "capturedLogs",
    "eventAsJSON",
    "eventAsText",
    "eventFromJSON",
    "eventsFromJSONLogFile",
    "extractField",
    "formatEvent",
    "formatEventAsClassicLogText",
    "formatTime",
    "globalLogBeginner",
    "globalLogPublisher",
    "jsonFileLogObserver",
    "textFileLogObserver",
    "timeFormatRFC3339",
]
