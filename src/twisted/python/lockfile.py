"""
Locks in the file system: symbolic links that point to the number of the
process which has them.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.python.runtime import platform

if TYPE_CHECKING or not platform.isWindows():
    from os import kill, readlink, symlink
    from os import remove as rmlink
else:  # pragma: no cover
    # Windows has no symbolic links that everybody may make.
    from twisted.python._lockwin32 import kill, readlink, rmlink, symlink


def unique() -> str:
    """Return text that differs from call to call."""
    return str(time.time_ns() // 1_000_000)


def _attempt(tolerated: int, action: Callable[..., Any], *args: Any) -> list[Any]:
    """
    Call *action*.

    @param tolerated: the C{errno} with which it may fail.
    @return: what it returns, as the only item; nothing if it failed so.
    """
    try:
        return [action(*args)]
    except OSError as problem:
        if problem.errno != tolerated:
            raise
        return []


class FilesystemLock:
    """
    A lock that processes on one machine share.

    @ivar name: the path of the link.
    @ivar clean: whether the one who had the lock before released it, rather
        than died with it; after C{lock} has succeeded.
    @ivar locked: whether we have it.
    """

    clean: bool | None = None
    locked = False

    def __init__(self, name: str) -> None:
        self.name = name

    def lock(self) -> bool:
        """
        Try to take the lock.  One whose holder does not live any more is
        taken from it.

        @return: whether we have it now.
        @raise OSError: the file system refuses.
        """
        clean = True
        while not _attempt(errno.EEXIST, symlink, str(os.getpid()), self.name):
            # None, if it was released meanwhile.
            holders = _attempt(errno.ENOENT, readlink, self.name)
            if any(map(_lives, holders)):
                return False
            # Whoever removes the link first goes on to make a new one.
            if holders and _attempt(errno.ENOENT, rmlink, self.name):
                clean = False
        self.locked, self.clean = True, clean
        return True

    def unlock(self) -> None:
        """
        Release the lock.

        @raise ValueError: another process has it.
        @raise OSError: nobody has it.
        """
        holder = readlink(self.name)
        if int(holder) != os.getpid():
            raise ValueError(f"Lock {self.name!r} not owned by this process")
        rmlink(self.name)
        self.locked = False


def _lives(holder: str) -> bool:
    """Tell whether the process of that number lives."""
    if kill is None:
        return True  # there is no way to know
    try:
        return bool(_attempt(errno.ESRCH, kill, int(holder), 0))
    except ValueError:
        return False  # no number: a process of ours would have written one


def isLocked(name: str) -> bool:
    """
    Tell whether the lock *name* is held, by anybody.
    """
    probe = FilesystemLock(name)
    if not probe.lock():
        return True
    probe.unlock()
    return False


__all__ = ["FilesystemLock", "isLocked"]
