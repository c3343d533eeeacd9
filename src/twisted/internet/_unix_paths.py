"""
Paths as the addresses of UNIX sockets, and what stands there.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Any

from twisted.internet import address, error
from twisted.python import lockfile, reflect


def lockOf(path: str) -> str:
    """Return the path of the lock beside the socket at *path*."""
    return f"{path}.lock"


def _inFilesystemNamespace(path: str | bytes) -> bool:
    """Tell whether *path* is a file's, and not of Linux's abstract sockets."""
    return path[:1] not in (b"\0", "\0")


def acquire(path: str) -> lockfile.FilesystemLock:
    """
    Lock the *path* of a socket.  If who had the lock is dead, so is its
    socket, which is removed.

    @raise error.CannotListenError: a living process has the lock.
    """
    lock = lockfile.FilesystemLock(lockOf(path))
    if not lock.lock():
        raise error.CannotListenError(None, path, "Cannot acquire lock")
    if not lock.clean:
        with suppress(OSError):
            if stat.S_ISSOCK(os.stat(path).st_mode):
                os.remove(path)
    return lock


def permit(path: Any, mode: int) -> None:
    """Set the permissions of the socket at *path*, if it is a file."""
    if _inFilesystemNamespace(path):
        os.chmod(path, mode)


def vacate(path: Any) -> None:
    """Remove what stands at *path*, if that is a file."""
    if _inFilesystemNamespace(path):
        with suppress(OSError):
            os.unlink(path)


class _UNIXPort:
    """
    What ports of both kinds share: addresses are paths.

    @cvar _served: the name of the attribute with what is served there.
    """

    _served = "factory"
    socket: Any
    port: Any

    def __repr__(self) -> str:
        """Tell what is served, and the path if it listens."""
        state = "(not listening)" if self.socket is None else f"on {self.port!r}"
        return f"<{reflect.qual(getattr(self, self._served).__class__)} {state}>"

    def getHost(self) -> Any:
        """Return the address that is listened at."""
        return address.UNIXAddress(self.socket.getsockname())
