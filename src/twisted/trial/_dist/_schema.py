"""
A short way to say what commands are made of.
"""

from __future__ import annotations

from twisted.protocols.amp import Argument, Boolean, Command

Fields = list[tuple[bytes, Argument]]


def fields(**kinds: type[Argument]) -> Fields:
    """
    Return arguments for a L{Command}, by name and kind.
    """
    return [(name.encode("ascii"), kind()) for name, kind in kinds.items()]


class Told(Command):
    """
    A command whose response says whether it was done.
    """

    response = fields(success=Boolean)
