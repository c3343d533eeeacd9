"""
The three functions of C{inotify(7)}, from the C library.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from typing import Any

from twisted.python.filepath import FilePath


class INotifyError(Exception):
    """
    The system refuses what is asked for.
    """


def _problem(what: str, result: int) -> INotifyError:
    return INotifyError(f"{what} - ({result}) {os.strerror(ctypes.get_errno())}")


def init() -> int:
    """
    Make a descriptor on which to watch.

    @return: its number.
    @raise INotifyError: the system refuses.
    """
    fd = int(libc.inotify_init())
    if fd < 0:
        raise _problem("INotify initialization error", fd)
    return fd


def add(fd: int, path: FilePath[Any], mask: int) -> int:
    """
    Watch a path.

    @param fd: what L{init} has returned.
    @param path: a L{FilePath}.
    @param mask: what to watch for.
    @return: the number of the watch.
    @raise INotifyError: the system refuses.
    """
    watch = int(libc.inotify_add_watch(fd, path.asBytesMode().path, mask))
    if watch < 0:
        raise _problem(f"Failed to add watch on {path!r}", watch)
    return watch


def remove(fd: int, wd: int) -> None:
    """
    Watch no longer.  There is no error if that was not done anyway.

    @param fd: what L{init} has returned.
    @param wd: what L{add} has returned.
    """
    libc.inotify_rm_watch(fd, wd)


def initializeModule(libc: Any) -> None:
    """
    Say what the functions take and return.

    @param libc: a C library.
    @raise ImportError: it does not have them.
    """
    signatures: dict[str, list[Any]] = {
        "inotify_init": [],
        "inotify_add_watch": [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32],
        "inotify_rm_watch": [ctypes.c_int, ctypes.c_int],
    }
    functions: dict[str, Any] = {name: getattr(libc, name, None) for name in signatures}
    if None in functions.values():
        raise ImportError(f"the C library does not have all of {', '.join(signatures)}")
    for name, function in functions.items():
        function.argtypes = signatures[name]
        function.restype = ctypes.c_int


# That of the process; it is there whatever its file is called.
libc: Any = ctypes.CDLL(None, use_errno=True)
initializeModule(libc)
