"""
Events to the standard library's logging.
"""

from __future__ import annotations

import logging as stdlibLogging
from collections.abc import Mapping
from typing import Any

from constantly import NamedConstant
from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._legacy import StringifiableFromEvent
from twisted.logger._levels import LogLevel

# Each level of ours has its name, in capitals, there too: C{WARN} is an alias.
_PAIRS: list[tuple[NamedConstant, int]] = [
    (level, getattr(stdlibLogging, level.name.upper())) for level in LogLevel.iterconstants()
]

toStdlibLogLevelMapping: Mapping[NamedConstant, int] = dict(_PAIRS)
fromStdlibLogLevelMapping: Mapping[int, NamedConstant] = {number: level for level, number in _PAIRS}


def _excInfo(event: LogEvent) -> tuple[Any, Any, Any] | None:
    """What went wrong, as L{sys.exc_info} has it; L{None} if nothing did."""
    match event.get("log_failure"):
        case None:
            return None
        case problem:
            return problem.type, problem.value, problem.getTracebackObject()


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
        number = toStdlibLogLevelMapping.get(event.get("log_level"), stdlibLogging.INFO)
        self.logger.log(number, StringifiableFromEvent(event), exc_info=_excInfo(event))
