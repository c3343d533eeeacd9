"""
Where programs are.
"""

from __future__ import annotations

import os


def which(name: str, flags: int = os.X_OK) -> list[str]:
    """
    Search C{PATH} for a program.

    For each directory, names with the suffixes in C{PATHEXT} are tried too.

    @param name: the program's name.
    @param flags: what must be permitted, as for C{os.access}.
    @return: all paths that fit, in order; none if there is no C{PATH}.
    """
    path = os.environ.get("PATH")
    if path is None:
        return []
    suffixes = ["", *filter(None, os.environ.get("PATHEXT", "").split(os.pathsep))]
    candidates = (
        os.path.join(directory, name) + suffix
        for directory in path.split(os.pathsep)
        for suffix in suffixes
    )
    return [candidate for candidate in candidates if os.access(candidate, flags)]


__all__ = ["which"]
