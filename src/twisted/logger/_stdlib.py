"""
Events to the standard library's logging.
"""

from __future__ import annotations

import logging as stdlibLogging
from collections.abc import Mapping

from constantly import NamedConstant
from zope.interface import implementer

from twisted.logger._format import formatEvent
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._levels import LogLevel

toStdlibLogLevelMapping: Mapping[NamedConstant, int] = {
    LogLevel.debug: stdlibLogging.DEBUG,
    LogLevel.info: stdlibLogging.INFO,
    LogLevel.warn: stdlibLogging.WARNING,
    LogLevel.error: stdlibLogging.ERROR,
    LogLevel.critical: stdlibLogging.CRITICAL,
}

fromStdlibLogLevelMapping: Mapping[int, NamedConstant] = {
    number: level for level, number in toStdlibLogLevelMapping.items()
}


class StringifiableFromEvent:
    """An event as an object whose text is its message, made when wanted."""

    def __init__(self, event: LogEvent) -> None:
        self.event = event

    def __str__(self) -> str:
        return formatEvent(self.event)

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


@implementer(ILogObserver)
class STDLibLogObserver:
    """
    Passes events on to a logger of L{logging}.

    @cvar defaultStackDepth: frames between the code that logs and L{logging}.
    """

    defaultStackDepth = 4

    def __init__(self, name: str = "twisted", stackDepth: int = defaultStackDepth) -> None:
        """
        @param name: of the logger.
        @param stackDepth: how many frames up the code is that logs.
        """
        self.logger = stdlibLogging.getLogger(name)
        self.logger.findCaller = self._findCaller  # type: ignore[method-assign, assignment]
        self.stackDepth = stackDepth

    def _findCaller(
        self, stackInfo: bool = False, stackLevel: int = 1
    ) -> tuple[str, int, str, None]:
        """Tell where the event comes from."""
        # Late: see the twisted.python.compat module for why.
        from twisted.python.compat import currentframe

        frame = currentframe(self.stackDepth + stackLevel - 1)
        if frame is None:
            return "(unknown file)", 0, "(unknown function)", None
        code = frame.f_code
        return code.co_filename, frame.f_lineno, code.co_name, None

    def __call__(self, event: LogEvent) -> None:
        """Pass *event* on, unless it is below the logger's level."""
        level = event.get("log_level", LogLevel.info)
        failure = event.get("log_failure")
        if failure is None:
            info = None
        else:
            info = (failure.type, failure.value, failure.getTracebackObject())
        number = toStdlibLogLevelMapping.get(level, stdlibLogging.INFO)
        self.logger.log(number, StringifiableFromEvent(event), exc_info=info)
