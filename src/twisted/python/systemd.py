"""
The sockets that a program was given by systemd, or whatever else speaks the
protocol of C{sd_listen_fds(3)}: their numbers begin with 3, and the environment
tells how many they are and how they are called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from attrs import Factory, define

__all__ = ["ListenFDs"]


def _number(text: str | None) -> int | None:
    """
    @return: the number that C{text} is, if it is one.
    """
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


@define
class ListenFDs:
    """
    The descriptors that this process was given.

    Make it by L{fromEnvironment}.
    """

    _descriptors: Sequence[int]
    _names: Sequence[str] = Factory(tuple)

    _START = 3

    @classmethod
    def fromEnvironment(
        cls, environ: Mapping[str, str] | None = None, start: int | None = None
    ) -> ListenFDs:
        """
        Find out from the environment; what it says of them is removed, so that
        nobody takes them twice.

        There are none if the environment speaks to another process, or does
        not have a name for each.  Those without names at all are called
        C{unknown}, as C{sd_listen_fds_with_names} does.

        @param environ: the environment; C{os.environ} by default.
        @param start: the first number, if it is not 3.
        @return: a L{ListenFDs}.
        """
        variables: Any = os.environ if environ is None else environ
        first = cls._START if start is None else start
        names = _takeNames(variables)
        return cls(list(range(first, first + len(names))), names)

    def inheritedDescriptors(self) -> list[int]:
        """
        @return: the numbers of the descriptors.
        """
        return list(self._descriptors)

    def inheritedNamedDescriptors(self) -> dict[str, int]:
        """
        @return: the numbers by names.  Of several with one name, the last is
            there.
        """
        return dict(zip(self._names, self._descriptors, strict=False))


def _takeNames(variables: MutableMapping[str, str]) -> tuple[str, ...]:
    """
    Remove what is said of descriptors.

    @return: their names; none if they are not for us.
    """
    process = _number(variables.pop("LISTEN_PID", None))
    count = _number(variables.pop("LISTEN_FDS", None))
    named = variables.pop("LISTEN_FDNAMES", None)
    if process != os.getpid() or not count:
        return ()
    names = ("unknown",) * count if named is None else tuple(named.split(":"))
    return names if len(names) == count else ()
