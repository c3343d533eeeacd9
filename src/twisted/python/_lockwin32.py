"""
What L{twisted.python.lockfile} needs and Windows has not: links that anybody
may make, and signal 0.  A link is a folder with a file in it.
"""

from __future__ import annotations

import ctypes
import errno
import os

_LINK = "symlink"
_ERROR_ACCESS_DENIED = 5
_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000


def kill(pid: int, number: int) -> None:
    """
    @raise OSError: ESRCH if there is no process of that number.
    """
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    if handle:
        kernel.CloseHandle(handle)
        return
    if ctypes.get_last_error() == _ERROR_ACCESS_DENIED:  # type: ignore[attr-defined]
        return
    raise OSError(errno.ESRCH, "no such process")


def symlink(value: str, filename: str) -> None:
    """
    @raise OSError: EEXIST if there is one already.
    """
    fresh = f"{filename}.{os.getpid()}.new"
    os.mkdir(fresh)
    with open(os.path.join(fresh, _LINK), "w") as link:
        link.write(value)
    try:
        os.rename(fresh, filename)
    except OSError:
        os.remove(os.path.join(fresh, _LINK))
        os.rmdir(fresh)
        raise OSError(errno.EEXIST, "lock exists", filename)


def readlink(filename: str) -> str:
    """
    @raise OSError: ENOENT if there is none.
    """
    with open(os.path.join(filename, _LINK)) as link:
        return link.read()


def rmlink(filename: str) -> None:
    """Remove the link."""
    os.remove(os.path.join(filename, _LINK))
    os.rmdir(filename)
