"""
Writing through what may interrupt it, and warnings once each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.python.util import untilConcludes

__all__ = ["SafeStream", "WarningWriter"]


class SafeStream:
    """
    A stream whose C{write} begins again when a signal came between.

    @ivar original: the stream.
    """

    def __init__(self, original: Any) -> None:
        self.original = original

    def write(self, *a: Any, **kw: Any) -> Any:
        """Write to the stream."""
        send = self.original.write
        return untilConcludes(send, *a, **kw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class WarningWriter:
    """
    A log observer that writes warnings; the same one only once, until it is
    told to forget.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        """
        @param write: takes the text.
        """
        self._write = write
        self._written: set[str] = set()

    def forget(self) -> None:
        """Begin anew: what was written may be written again."""
        self._written.clear()

    def __call__(self, event: dict[str, Any]) -> None:
        """Write *event*, if it is a warning."""
        if "warning" not in event:
            return
        kind = event["category"].rpartition(".")[2]
        text = f"{event['filename']}:{event['lineno']}: {kind}: {event['warning']}\n"
        if text not in self._written:
            self._written.add(text)
            self._write(text)
