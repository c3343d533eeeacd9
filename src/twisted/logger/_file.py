"""
Events to files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from zope.interface import implementer

from twisted.logger._format import (
    formatEventAsClassicLogText,
    formatTime,
    timeFormatRFC3339,
)
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.python.compat import ioType


@implementer(ILogObserver)
class FileLogObserver:
    """
    Writes events to a file.

    @ivar formatEvent: makes text of an event; L{None} for nothing to write.
    """

    def __init__(
        self, outFile: IO[Any], formatEvent: Callable[[LogEvent], str | None]
    ) -> None:
        """
        @param outFile: a file of text, or of bytes (UTF-8 is written then).
        """
        if ioType(outFile) is not str:
            self._encoding: str | None = "utf-8"
        else:
            self._encoding = None
        self._outFile = outFile
        self.formatEvent = formatEvent

    def __call__(self, event: LogEvent) -> None:
        """Write *event*."""
        text = self.formatEvent(event)
        if text:
            out = self._outFile
            out.write(text if self._encoding is None else text.encode(self._encoding))
            out.flush()


def textFileLogObserver(
    outFile: IO[Any], timeFormat: str | None = timeFormatRFC3339
) -> FileLogObserver:
    """
    Make an observer that writes events as lines of text.

    @param timeFormat: as for C{strftime}; L{None} for C{-} in place of times.
    """

    def formatEvent(event: LogEvent) -> str | None:
        return formatEventAsClassicLogText(
            event, formatTime=lambda when: formatTime(when, timeFormat)
        )

    return FileLogObserver(outFile, formatEvent)
