"""
The levels of log events.
"""

from __future__ import annotations

from typing import Any

from constantly import NamedConstant, Names


class InvalidLogLevelError(Exception):
    """
    There is no such level.

    @ivar level: what was taken for one.
    """

    def __init__(self, level: Any) -> None:
        super().__init__(str(level))
        self.level = level


class LogLevel(Names):
    """
    How much an event matters.

    @cvar debug: for who develops the code.
    @cvar info: for who runs it.
    @cvar warn: may need to be looked at.
    @cvar error: something failed that should not have.
    @cvar critical: something failed that the program cannot do without.
    """

    debug = NamedConstant()
    info = NamedConstant()
    warn = NamedConstant()
    error = NamedConstant()
    critical = NamedConstant()

    @classmethod
    def levelWithName(cls, name: str) -> NamedConstant:
        """
        Return the level called *name*.

        @raise InvalidLogLevelError: there is none.
        """
        try:
            return cls.lookupByName(name)
        except ValueError:
            raise InvalidLogLevelError(name)

    @classmethod
    def _priorityForLevel(cls, level: NamedConstant) -> int:
        """Return a number that is the greater the more *level* matters."""
        return cls._levelPriorities[level]  # type: ignore[no-any-return, attr-defined]


LogLevel._levelPriorities = {  # type: ignore[attr-defined]
    level: number for number, level in enumerate(LogLevel.iterconstants())
}
