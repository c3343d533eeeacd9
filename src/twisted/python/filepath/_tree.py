"""
Files and whole trees copied, moved and removed.
"""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING, Any, TypeAlias

from twisted.python.filepath._abstract import isWithin, refuseCycle

if TYPE_CHECKING:
    from twisted.python.filepath._path import FilePath

_Path: TypeAlias = "FilePath[Any]"


def copy(source: _Path, destination: _Path, followLinks: bool, chunkSize: int) -> None:
    """
    Copy a file, or a directory with all that is in it.

    @param source: what to copy.
    @param destination: where to; see L{FilePath.copyTo
        <twisted.python.filepath.FilePath.copyTo>}.
    @param followLinks: whether links become what they lead to.
    @param chunkSize: how many bytes to hold at a time.
    @raise OSError: if it cannot be read or written, or is to be copied into
        itself.
    @raise LinkError: if links lead round in a circle.
    """
    if source.isdir() and not (source.islink() and not followLinks):
        into = os.path.realpath(destination._getPathAsSameTypeAs(source.path))
        if isWithin(into, os.path.realpath(source.path)):
            raise OSError(errno.EINVAL, "Cannot copy a directory into itself", source.path)
    _copy(source, destination, followLinks, chunkSize, [])


def _copy(
    source: _Path, destination: _Path, followLinks: bool, chunkSize: int, passed: list[Any]
) -> None:
    if not followLinks and source.islink():
        os.symlink(os.readlink(source.path), destination._getPathAsSameTypeAs(source.path))
    elif source.isdir():
        refuseCycle(source.path, passed)
        if not destination.exists():
            destination.createDirectory()
        passed.append(source.path)
        for each in source.children():
            _copy(each, destination.child(each.basename()), followLinks, chunkSize, passed)
        passed.pop()
    elif source.isfile():
        with destination.open("w") as written, source.open() as read:
            while chunk := read.read(chunkSize):
                written.write(chunk)
    elif not source.exists():
        raise OSError(errno.ENOENT, "There is no such file or directory", source.path)
    else:
        raise NotImplementedError("Only copying of files and directories supported")


def move(source: _Path, destination: _Path, followLinks: bool) -> None:
    """
    Rename a file or directory; copy it if it goes to another file system.

    @param source: what to move.
    @param destination: what it will be called.
    @param followLinks: as for L{copy}.
    @raise OSError: if it cannot be.
    """
    try:
        os.rename(source.path, destination._getPathAsSameTypeAs(source.path))
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _moveAcross(source, destination, followLinks)
    source.changed()
    destination.changed()


def _moveAcross(source: _Path, destination: _Path, followLinks: bool) -> None:
    # It appears under its new name all at once, when the copy is complete.
    arriving = destination.temporarySibling()
    try:
        source.copyTo(arriving, followLinks)
        os.rename(arriving.path, destination.path)
    except BaseException:
        if os.path.lexists(arriving.path):
            arriving.remove()
        raise
    source.remove()


def remove(path: str | bytes) -> None:
    """
    Remove a file, a link, or a directory with all that is in it.  Links in it
    are removed, what they lead to is not, even if somebody replaces a
    directory by a link meanwhile.

    @raise OSError: if it cannot be.
    """
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.remove(path)
