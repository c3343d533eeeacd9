"""
Locks in the file system: symbolic links that point to the number of the
process which has them.
"""

from __future__ import annotations

import errno
import os
from time import time as _uniquefloat
from typing import TYPE_CHECKING

from twisted.python.runtime import platform

if TYPE_CHECKING or not platform.isWindows():
    from os import kill, readlink, symlink
    from os import remove as rmlink
else:  # pragma: no cover
    # Windows has no symbolic links that everybody may make.
    from twisted.python._lockwin32 import kill, readlink, rmlink, symlink


def unique() -> str:
    """Return text that differs from call to call."""
    return str(int(_uniquefloat() * 1000))


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
        while True:
            try:
                symlink(str(os.getpid()), self.name)
            except OSError as problem:
                if problem.errno != errno.EEXIST:
                    raise
                holder = self._holder()
                if holder is None:
                    continue  # released meanwhile: try again
                if _lives(holder):
                    return False
                # Whoever removes the link first goes on to make a new one.
                try:
                    rmlink(self.name)
                except OSError as gone:
                    if gone.errno != errno.ENOENT:
                        raise
                else:
                    clean = False
                continue
            self.locked = True
            self.clean = clean
            return True

    def _holder(self) -> str | None:
        try:
            return str(readlink(self.name))
        except OSError as problem:
            if problem.errno == errno.ENOENT:
                return None
            raise

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
        kill(int(holder), 0)
    except ValueError:
        return False
    except OSError as problem:
        if problem.errno != errno.ESRCH:
            raise
        return False
    return True


def isLocked(name: str) -> bool:
    """
    Tell whether the lock *name* is held, by anybody.
    """
    lock = FilesystemLock(name)
    taken = None
    try:
        taken = lock.lock()
    finally:
        if taken:
            lock.unlock()
    return not taken


__all__ = ["FilesystemLock", "isLocked"]
