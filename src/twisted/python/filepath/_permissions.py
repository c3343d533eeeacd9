"""
Who may do what with a file.
"""

from __future__ import annotations

from twisted.python.util import FancyEqMixin


class RWX(FancyEqMixin):
    """
    What one kind of user may do.

    @ivar read: whether they may read the file, or list the directory.
    @ivar write: whether they may change it.
    @ivar execute: whether they may run it, or go through the directory.
    """

    compareAttributes = ("read", "write", "execute")

    def __init__(self, readable: bool, writable: bool, executable: bool) -> None:
        """
        @param readable: see C{read}.
        @param writable: see C{write}.
        @param executable: see C{execute}.
        """
        self.read = readable
        self.write = writable
        self.execute = executable

    def __repr__(self) -> str:
        return f"RWX(read={self.read}, write={self.write}, execute={self.execute})"

    def shorthand(self) -> str:
        """
        @return: as C{ls} shows it, C{"r-x"}.
        """
        granted = (self.read, self.write, self.execute)
        return "".join(letter if may else "-" for letter, may in zip("rwx", granted, strict=True))


class Permissions(FancyEqMixin):
    """
    What the owner, the group and the others may do.

    @ivar user: the L{RWX} of the owner.
    @ivar group: that of the group's members.
    @ivar other: that of everybody else.
    """

    compareAttributes = ("user", "group", "other")

    def __init__(self, statModeInt: int) -> None:
        """
        @param statModeInt: the C{st_mode} of C{os.stat}, or C{0o644}.
        """
        self.user, self.group, self.other = (
            RWX(*(bool(statModeInt >> shift & bit) for bit in (4, 2, 1))) for shift in (6, 3, 0)
        )

    def __repr__(self) -> str:
        return f"[{self.user} | {self.group} | {self.other}]"

    def shorthand(self) -> str:
        """
        @return: as C{ls} shows it, C{"rwxr-x---"}.
        """
        return "".join(each.shorthand() for each in (self.user, self.group, self.other))
