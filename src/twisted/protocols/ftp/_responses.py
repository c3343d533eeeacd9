"""
What servers answer, line by line.
"""

from __future__ import annotations

import re

from twisted.protocols.ftp._errors import BadResponse, CommandFailed, FTPError

_FIRST = re.compile(r"(\d{3})([ -])")

#: What the first digit says.
_PRELIMINARY = "1"
_GOOD = frozenset("23")
_BAD = frozenset("45")

#: Of one answer. The longest that there are, of C{FEAT} and C{HELP}, have some dozen.
MAX_LINES = 1000
MAX_LENGTH = 1 << 17


class ResponseReader:
    """
    Puts the lines of an answer together (RFC 959, 4.2).

    One in several lines begins with a code and a minus, and ends with the same code
    and a space. Preliminary ones (C{1xx}) belong to the one that follows.

    @ivar lines: those of the answer so far.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._length = 0
        self._until: str | None = None

    def feed(self, line: str) -> list[str] | None:
        """
        Take a line.

        @return: the lines of the answer, if this was the last.
        @raise BadResponse: the answer is longer than any.
        """
        self.lines.append(line)
        self._length += len(line)
        if len(self.lines) > MAX_LINES or self._length > MAX_LENGTH:
            raise BadResponse(self.take()[:1])
        first = _FIRST.match(line)
        if self._until is not None:
            if not line.startswith(self._until):
                return None
            self._until = None
        elif first is None:
            return None
        elif first[2] == "-":
            self._until = f"{first[1]} "
            return None
        return None if line.startswith(_PRELIMINARY) else self.take()

    def take(self) -> list[str]:
        """
        Return what there is, and begin anew.
        """
        lines, self.lines = self.lines, []
        self._length, self._until = 0, None
        return lines


def problemOf(lines: list[str]) -> FTPError | None:
    """
    Return the error that an answer is, if it is one.
    """
    digit = lines[-1][:1]
    if digit in _GOOD:
        return None
    return CommandFailed(lines) if digit in _BAD else BadResponse(lines)
