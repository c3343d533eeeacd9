"""
What daemons need of the system.
"""

from __future__ import annotations

import errno
import os
import sys

#: How many bytes of an error a daemon's start is waited for with.
ERROR_SIZE = 100

#: What Linux keeps of a process's name.
_NAME_SIZE = 15


def looksStale(pid: int) -> bool:
    """
    Tell whether the process of a PID file is gone.

    Our own number is stale, too: in containers, each start has the same.

    @raise OSError: it is not known.
    """
    if pid == os.getpid() or pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except OSError as error:
        if error.errno == errno.ESRCH:
            return True
        if error.errno == errno.EPERM:
            return False  # somebody else's, so there is one
        raise
    return False


def writePID(path: str) -> None:
    """
    Write the number of this process to a file.

    @raise OSError: it cannot be written.
    """
    with open(path, "wb") as file:
        file.write(b"%d" % (os.getpid(),))


def closeQuietly(descriptor: int) -> None:
    """
    Close a descriptor, if it is one.
    """
    try:
        os.close(descriptor)
    except OSError:
        pass


def nameProcess(name: str) -> None:
    """
    Name this process, for C{ps -o comm} and C{top}; nothing where the system has no
    way to.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        with open("/proc/self/comm", "wb") as file:
            file.write(os.fsencode(name)[:_NAME_SIZE])
    except OSError:
        pass
