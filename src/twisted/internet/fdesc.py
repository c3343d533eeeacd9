"""
Small things about file descriptors.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST


def setNonBlocking(fd: int) -> None:
    """Let reads and writes return at once."""
    os.set_blocking(fd, False)


def setBlocking(fd: int) -> None:
    """Let reads and writes wait."""
    os.set_blocking(fd, True)


def _setCloseOnExec(fd: int) -> None:
    """Close *fd* when another program is executed."""
    os.set_inheritable(fd, False)


def _unsetCloseOnExec(fd: int) -> None:
    """Keep *fd* open when another program is executed."""
    os.set_inheritable(fd, True)


def readFromFD(fd: int, callback: Callable[[bytes], object]) -> Exception | None:
    """
    Read once from *fd*, which does not block.

    @param callback: called with what was read, if anything.
    @return: L{None}, or why the descriptor is done with.
    """
    try:
        output = os.read(fd, 8192)
    except OSError as problem:
        if problem.errno in (errno.EAGAIN, errno.EINTR):
            return None
        return CONNECTION_LOST
    if not output:
        return CONNECTION_DONE
    callback(output)
    return None


def writeToFD(fd: int, data: bytes) -> int | Exception:
    """
    Write once to *fd*, which does not block.

    @return: the number of bytes that were taken, or why the descriptor is
        done with.
    """
    try:
        return os.write(fd, data)
    except OSError as problem:
        if problem.errno in (errno.EAGAIN, errno.EINTR):
            return 0
        return CONNECTION_LOST


__all__ = ["readFromFD", "setBlocking", "setNonBlocking", "writeToFD"]
