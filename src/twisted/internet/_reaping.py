"""
Which children are waited for, and what is told when they end.
"""

from __future__ import annotations

import os
import select
from typing import Any

from twisted.python import log

#: By process number, whose C{reapProcess} is to be called.
reapProcessHandlers: dict[int, Any] = {}


def reapAllProcesses() -> None:
    """See of each child that is waited for whether it has ended."""
    for process in list(reapProcessHandlers.values()):
        process.reapProcess()


def registerReapProcessHandler(pid: int, process: Any) -> None:
    """
    Call C{process.processEnded} when the child *pid* has ended; at once, if it
    has.

    @raise RuntimeError: it is waited for already.
    """
    if pid in reapProcessHandlers:
        raise RuntimeError("Try to register an already registered process.")
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except OSError:
        log.err(None, "Failed to reap a process")
        found = None
    if found:
        process.processEnded(status)
    else:
        # If there was no child, maybe somebody else has reaped it; asking
        # again tells.
        reapProcessHandlers[pid] = process


def unregisterReapProcessHandler(pid: int, process: Any) -> None:
    """
    Undo C{registerReapProcessHandler}.

    @raise RuntimeError: *process* was not registered for *pid*.
    """
    if reapProcessHandlers.get(pid) is not process:
        raise RuntimeError("Try to unregister a process not registered.")
    del reapProcessHandlers[pid]


_broken: list[bool] = []


def detectLinuxBrokenPipeBehavior() -> bool:
    """
    Tell whether the writing end of a pipe becomes readable when it can be
    written to, as some systems have it: by that nothing is shown.

    @return: whether readability shows that the reader has gone away although
        the pipe might also be read from.
    """
    if not _broken:
        read, write = os.pipe()
        try:
            os.write(write, b"a")
            readable, _, _ = select.select([write], [], [], 0)
            _broken.append(bool(readable))
        finally:
            os.close(read)
            os.close(write)
    return _broken[0]
