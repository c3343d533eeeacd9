"""
Keeping events for later.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent

_DEFAULT_BUFFER_MAXIMUM = 64 * 1024


@implementer(ILogObserver)
class LimitedHistoryLogObserver:
    """
    Keeps the last events.
    """

    def __init__(self, size: int | None = _DEFAULT_BUFFER_MAXIMUM) -> None:
        """
        @param size: how many; L{None} for all.
        """
        self._buffer: deque[LogEvent] = deque(maxlen=size)

    def __call__(self, event: LogEvent) -> None:
        """Keep *event*."""
        self._buffer.append(event)

    def replayTo(self, otherObserver: Any) -> None:
        """Give the events kept to *otherObserver*, the oldest first."""
        for event in self._buffer:
            otherObserver(event)
