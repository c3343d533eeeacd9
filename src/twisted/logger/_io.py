"""
A file whose lines are logged.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import UnsupportedOperation
from typing import Any, NoReturn
from warnings import warn

from constantly import NamedConstant

from twisted.logger._levels import LogLevel
from twisted.logger._logger import Logger

_SOFTSPACE = "twisted.logger._io.LoggingFile.softspace was deprecated in Twisted 21.2.0"


class LoggingFile:
    """
    Looks like a file; each line that is written to it is an event.

    @ivar level: of the events.
    """

    _softspace = 0

    def __init__(
        self,
        logger: Logger,
        level: NamedConstant = LogLevel.info,
        encoding: str | None = None,
    ) -> None:
        """
        @param logger: emits the events.
        @param level: their level.
        @param encoding: of bytes that are written; the system's by default.
        """
        self.level = level
        self.log = logger
        self._encoding = encoding or sys.getdefaultencoding()
        self._buffer = ""
        self._closed = False

    # By hand: the decorator would have every program load what it stands on.
    @property
    def softspace(self) -> int:
        """
        As files once had it.

        Deprecated in Twisted 21.2.0.
        """
        warn(_SOFTSPACE, DeprecationWarning, stacklevel=2)
        return self._softspace

    @softspace.setter
    def softspace(self, value: int) -> None:
        warn(_SOFTSPACE, DeprecationWarning, stacklevel=2)
        self._softspace = value

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    @property
    def encoding(self) -> str:
        """The encoding of bytes that are written."""
        return self._encoding

    @property
    def mode(self) -> str:
        """C{"w"}."""
        return "w"

    @property
    def newlines(self) -> None:
        """L{None}: nothing is known of them."""
        return None

    @property
    def name(self) -> str:
        """A name for the file, with its logger's and level."""
        return f"<{self.__class__.__name__} {self.log.namespace}#{self.level.name}>"

    def close(self) -> None:
        """Let nothing more be written."""
        self._closed = True

    def flush(self) -> None:
        """Nothing has to be flushed."""

    def isatty(self) -> bool:
        """Return false: it is no terminal."""
        return False

    def write(self, message: str | bytes) -> None:
        """
        Log the lines in *message*; what is not a whole line yet waits.

        @raise ValueError: it was closed.
        """
        if self._closed:
            raise ValueError("I/O operation on closed file")
        text = message.decode(self._encoding) if isinstance(message, bytes) else message
        *lines, self._buffer = (self._buffer + text).split("\n")
        for line in lines:
            self.log.emit(self.level, format="{log_io}", log_io=line)

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        """Log each of *lines*, whether or not it ends as one."""
        for line in lines:
            self.write(line)

    def _unsupported(self, *args: Any) -> None:
        """
        @raise IOError: always; it can only be written to.
        """
        raise OSError("unsupported operation")

    read = next = readline = readlines = xreadlines = seek = tell = truncate = _unsupported

    def fileno(self) -> NoReturn:
        """
        @raise io.UnsupportedOperation: always; there is no descriptor.
        """
        raise UnsupportedOperation(f"{type(self).__name__} has no file descriptor.")
