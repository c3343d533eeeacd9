"""
Files and directories as objects.

L{FilePath} is a path on the disk: C{child} and C{parent} lead to other paths,
C{open}, C{setContent}, C{moveTo} and others do what the modules C{os} and
C{shutil} do.  Names from outside are safe with C{child}: they cannot lead out
of the directory.

L{IFilePath} is what paths of other kinds have too, such as those of
L{twisted.python.zippath}; L{AbstractFilePath} helps to write such.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from stat import (
    S_IRGRP,
    S_IROTH,
    S_IRUSR,
    S_IWGRP,
    S_IWOTH,
    S_IWUSR,
    S_IXGRP,
    S_IXOTH,
    S_IXUSR,
)

from twisted.python._facade import publish
from twisted.python.filepath._abstract import AbstractFilePath, FileMode, OtherAnyStr
from twisted.python.filepath._coding import (
    _asFilesystemBytes,
    _asFilesystemText,
    _coerceToFilesystemEncoding,
)
from twisted.python.filepath._errors import (
    ERROR_DIRECTORY,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_NAME,
    ERROR_PATH_NOT_FOUND,
    InsecurePath,
    LinkError,
    UnlistableError,
)
from twisted.python.filepath._interfaces import IFilePath
from twisted.python.filepath._path import _CREATE_FLAGS, O_BINARY, FilePath
from twisted.python.filepath._permissions import RWX, Permissions

__all__ = [
    "ERROR_DIRECTORY",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_NAME",
    "ERROR_PATH_NOT_FOUND",
    "O_BINARY",
    "RWX",
    "S_IRGRP",
    "S_IROTH",
    "S_IRUSR",
    "S_IWGRP",
    "S_IWOTH",
    "S_IWUSR",
    "S_IXGRP",
    "S_IXOTH",
    "S_IXUSR",
    "AbstractFilePath",
    "FileMode",
    "FilePath",
    "IFilePath",
    "InsecurePath",
    "LinkError",
    "OtherAnyStr",
    "Permissions",
    "UnlistableError",
]

publish(
    __name__,
    globals(),
    [
        *("AbstractFilePath", "FilePath", "IFilePath", "Permissions", "RWX"),
        *("InsecurePath", "LinkError", "UnlistableError"),
        *("_asFilesystemBytes", "_asFilesystemText", "_coerceToFilesystemEncoding"),
    ],
)

# Not offered, but tests and dependants reach for them.
_private = (_CREATE_FLAGS, _asFilesystemBytes, _asFilesystemText, _coerceToFilesystemEncoding)
