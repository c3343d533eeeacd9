"""
The directory that tests run in.
"""

from __future__ import annotations

import os
import random
from itertools import count
from typing import Any

from twisted.python.filepath import FilePath
from twisted.python.lockfile import FilesystemLock

__all__ = [
    "_NoTrialMarker",
    "_WorkingDirectoryBusy",
    "_removeSafely",
    "_unusedTestDirectory",
]

# Only what has this file in it is ever removed.
_MARKER = "_trial_marker"
# The directory that is used when no other is asked for.
_DEFAULT = "_trial_temp"


class _NoTrialMarker(Exception):
    """
    A directory is not one that trial made: there is no mark in it.
    """


class _WorkingDirectoryBusy(Exception):
    """
    Other tests run in the directory that was asked for.
    """


def _removeSafely(path: Any) -> None:
    """
    Remove a directory of an earlier run; if that cannot be, give it another
    name, so that its own is free.

    @param path: a L{FilePath}.
    @raise _NoTrialMarker: it may be somebody else's.
    @raise OSError: it can neither be removed nor moved.
    """
    if not path.child(_inTypeOf(path, _MARKER)).exists():
        raise _NoTrialMarker(f"{path!r} is not a trial temporary path, refusing to remove it")
    try:
        path.remove()
    except OSError as why:
        print(f"could not remove {path!r}, caught OSError [Errno {why.errno}]: {why.strerror}")
        _moveAside(path)


def _inTypeOf(path: Any, name: str) -> Any:
    """Return *name* as bytes if *path* is made of these."""
    return os.fsencode(name) if isinstance(path.path, bytes) else name


def _moveAside(path: Any) -> None:
    """Give *path* a name beside its own that nobody has."""
    suffix = f"_old{random.randrange(1 << 31)}"
    path.moveTo(path.sibling(path.basename() + _inTypeOf(path, suffix)))


def _unusedTestDirectory(base: FilePath[Any]) -> tuple[FilePath[Any], FilesystemLock]:
    """
    Find a directory that no one runs tests in, lock it, and empty it.

    @param base: the one to take.  If it has the name that is used when none is
        asked for, others beside it will do: C{_trial_temp-1}, C{_trial_temp-2}...
    @return: it, made anew, and its lock, which stays beside it.
    @raise _WorkingDirectoryBusy: somebody runs tests there.
    """
    FilePath(os.path.dirname(os.path.abspath(base.path))).makedirs(ignoreExistingDirectory=True)
    for number in count():
        candidate = base.sibling(f"{_DEFAULT}-{number}") if number else base
        lock = FilesystemLock(os.fspath(candidate.path) + ".lock")
        if lock.lock():
            break
        if base.basename() != _DEFAULT:
            raise _WorkingDirectoryBusy()
    try:
        if candidate.exists():
            _removeSafely(candidate)
        candidate.makedirs()
        candidate.child(_MARKER).touch()
    except BaseException:
        lock.unlock()
        raise
    return candidate, lock
