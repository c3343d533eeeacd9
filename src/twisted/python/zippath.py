"""
ZIP archives as directories, in the manner of L{twisted.python.filepath}.

L{ZipArchive} is the root of what is in an archive, L{ZipPath} a path below it.
They can be read, not written.
"""

from __future__ import annotations

import errno
import os
import time
from typing import IO, Any, AnyStr, Generic, Literal, TypeAlias, TypeVar, cast
from zipfile import ZipFile, ZipInfo

from zope.interface import implementer

from twisted.python.compat import cmp, comparable
from twisted.python.filepath import (
    AbstractFilePath,
    FilePath,
    IFilePath,
    OtherAnyStr,
    UnlistableError,
    _coerceToFilesystemEncoding,
)

__all__ = ["ZipArchive", "ZipPath"]

ZIP_PATH_SEP = "/"
"""What separates names in archives, on every system."""

_ZipStr = TypeVar("_ZipStr", bytes, str)
_ArchiveStr = TypeVar("_ArchiveStr", bytes, str)


_Names: TypeAlias = dict[str, "_Names"]


class _Directories:
    """
    What is in which directory of an archive.

    An archive is a flat list of paths; directories need not be in it.  The
    tree is kept name by name, so that it is no larger than the list, however
    deep that goes.
    """

    def __init__(self, entries: list[ZipInfo]) -> None:
        """
        @param entries: all that is in the archive.
        """
        self._root: _Names = {}
        self.files: dict[str, ZipInfo] = {}
        for entry in entries:
            path = entry.filename.strip(ZIP_PATH_SEP)
            if not path:
                continue
            if not entry.is_dir():
                self.files[path] = entry
            here = self._root
            for name in path.split(ZIP_PATH_SEP):
                here = here.setdefault(name, {})

    def _find(self, path: str) -> _Names | None:
        here: _Names | None = self._root
        for name in path.split(ZIP_PATH_SEP) if path else ():
            if here is None:
                break
            here = here.get(name)
        return here

    def isdir(self, path: str) -> bool:
        names = self._find(path)
        return names is not None and (bool(names) or path not in self.files)

    def isfile(self, path: str) -> bool:
        return path in self.files and not self.isdir(path)

    def list(self, path: str) -> list[str]:
        names = self._find(path)
        if names is None:
            raise UnlistableError(OSError(errno.ENOENT, "Non-existent zip entry listed"))
        if not names and path in self.files:
            raise UnlistableError(OSError(errno.ENOTDIR, "Leaf zip entry listed"))
        return list(names)


@comparable
@implementer(IFilePath)
class ZipPath(Generic[_ZipStr, _ArchiveStr], AbstractFilePath[_ZipStr]):
    """
    A path in an archive.

    Nothing is special in it: C{".."} is a name like others, so that no name
    leads out of the archive or to another place in it.

    @ivar archive: the L{ZipArchive} that it is in.
    @ivar pathInArchive: the path there, without a separator at its beginning.
    @ivar path: the path of the archive, followed by that.
    """

    path: _ZipStr

    def __init__(self, archive: ZipArchive[_ArchiveStr], pathInArchive: _ZipStr) -> None:
        """
        @param archive: see above.
        @param pathInArchive: see above; its type is that of the path.
        """
        self.archive: ZipArchive[_ArchiveStr] = archive
        self.pathInArchive: _ZipStr = pathInArchive
        within = self._entry.replace(ZIP_PATH_SEP, os.sep)
        archivePath = _coerceToFilesystemEncoding("", archive._zipfileFilename)
        self.path = _coerceToFilesystemEncoding(pathInArchive, os.path.join(archivePath, within))

    @property
    def _entry(self) -> str:
        # The path as the archive has it.
        return _coerceToFilesystemEncoding("", self.pathInArchive)

    def __cmp__(self, other: object) -> int:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return cmp(self._key(), other._key())

    def _key(self) -> tuple[Any, str]:
        return (_coerceToFilesystemEncoding("", self.archive._zipfileFilename), self._entry)

    def __repr__(self) -> str:
        within = self._entry.replace(ZIP_PATH_SEP, os.sep)
        path = os.path.join(os.path.abspath(self.archive._zipfileFilename), *self._typed(within))
        return f"{type(self).__name__}({_coerceToFilesystemEncoding(self.path, path)!r})"

    def _typed(self, text: str) -> list[Any]:
        # In the type of the archive's path; nothing for the archive itself.
        return [_coerceToFilesystemEncoding(self.archive._zipfileFilename, text)] if text else []

    @property
    def sep(self) -> _ZipStr:
        """
        What separates names, in the type of the path.
        """
        return _coerceToFilesystemEncoding(self.path, ZIP_PATH_SEP)

    def parent(self) -> ZipPath[_ZipStr, _ArchiveStr] | ZipArchive[_ZipStr]:
        """
        @return: the directory that this is in, which is the L{ZipArchive}
            for what is in none; its own is the archive again.
        """
        above = self._entry.rpartition(ZIP_PATH_SEP)[0]
        if not above:
            archive: Any = self.archive
            return archive
        return ZipPath(self.archive, _coerceToFilesystemEncoding(self.pathInArchive, above))

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """
        Name something in this directory.

        @param path: a name, or several with separators between them.
        @return: the path of that, in the type of the name.
        """
        # Not the system's way to join paths: one that begins with a separator
        # would begin anew.
        within = _coerceToFilesystemEncoding(path, self.pathInArchive)
        separator = _coerceToFilesystemEncoding(path, ZIP_PATH_SEP)
        return ZipPath(self.archive, within + separator + path if within else path)

    def sibling(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """
        Name something in the same directory.

        @param path: a name.
        @return: the path of what has it.
        """
        return cast("ZipPath[OtherAnyStr, _ArchiveStr]", self.parent().child(path))

    def basename(self) -> _ZipStr:
        """
        @return: the last of the names.
        """
        return self.pathInArchive.rpartition(self.sep)[2]

    def dirname(self) -> _ZipStr:
        """
        @return: the path of the directory that this is in, as C{path} is.
        """
        return _coerceToFilesystemEncoding(self.path, self.parent().path)

    def splitext(self) -> tuple[_ZipStr, _ZipStr]:
        """
        @return: the path without the extension, and that, with its dot.
        """
        return os.path.splitext(self.path)

    def exists(self) -> bool:
        """
        @return: whether it is in the archive.
        """
        return self.isdir() or self.isfile()

    def isdir(self) -> bool:
        """
        @return: whether it is a directory.
        """
        return self.archive._directories.isdir(self._entry)

    def isfile(self) -> bool:
        """
        @return: whether it is a file.
        """
        return self.archive._directories.isfile(self._entry)

    def islink(self) -> bool:
        """
        @return: C{False}: links in archives are not followed.
        """
        return False

    def listdir(self) -> list[_ZipStr]:
        """
        @return: the names of all that is in this directory.
        @raise UnlistableError: if it is none.
        """
        return [
            _coerceToFilesystemEncoding(self.path, name)
            for name in self.archive._directories.list(self._entry)
        ]

    def open(self, mode: Literal["r", "w"] = "r") -> IO[bytes]:  # type: ignore[override]
        """
        Open the file.

        @param mode: C{"r"}, also with a C{"b"}.
        @return: a file object, in binary mode.
        @raise KeyError: if there is no such file.
        @raise ValueError: for any other mode.
        """
        plain = mode.replace("b", "")
        if plain != "r":
            raise ValueError(f"archives can only be read, not opened with mode {mode!r}")
        entry = self.archive._directories.files.get(self._entry, self._entry)
        return self.archive.zipfile.open(entry)

    def changed(self) -> None:
        """
        Do nothing: what is in an archive is read once.
        """

    def _info(self) -> ZipInfo:
        return self.archive._directories.files[self._entry]

    def getsize(self) -> int:
        """
        @return: the length of the file, in bytes.
        @raise KeyError: if there is no such file.
        """
        return self._info().file_size

    def getAccessTime(self) -> float:
        """
        @return: when the archive was last read, in seconds since the epoch.
        """
        return self.archive.getAccessTime()

    def getModificationTime(self) -> float:
        """
        @return: when the file was last written to, as the archive has it, in
            seconds since the epoch.
        @raise KeyError: if there is no such file.
        """
        # Local time, in which nobody knows whether it was summer.
        return time.mktime((*self._info().date_time, 0, 0, -1))

    def getStatusChangeTime(self) -> float:
        """
        @return: the time of modification: archives have no other.
        @raise KeyError: if there is no such file.
        """
        return self.getModificationTime()


class ZipArchive(ZipPath[AnyStr, AnyStr]):
    """
    An archive, as the root of what is in it.

    @ivar zipfile: the C{zipfile.ZipFile}, which is open.
    @ivar path: the path of the archive, as it was given.
    """

    def __init__(self, archivePathname: AnyStr) -> None:
        """
        Open an archive.

        @param archivePathname: its path.
        @raise OSError: if it cannot be opened.
        @raise zipfile.BadZipFile: if it is none.
        """
        self.path = archivePathname
        self.pathInArchive = archivePathname[:0]
        self._zipfileFilename: AnyStr = archivePathname
        self.zipfile = ZipFile(_coerceToFilesystemEncoding("", archivePathname))
        self._directories = _Directories(self.zipfile.infolist())

    @property
    def archive(self) -> ZipArchive[AnyStr]:  # type: ignore[override]
        """
        The archive itself.
        """
        return self

    def basename(self) -> AnyStr:
        """
        @return: the name of the archive's file.
        """
        return os.path.basename(self.path)

    def dirname(self) -> AnyStr:
        """
        @return: the path of the archive.
        """
        return self.path

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, AnyStr]:
        """
        Name something in the archive.

        @param path: a name, or several with separators between them.
        @return: a L{ZipPath}.
        """
        return ZipPath(self, path)

    def exists(self) -> bool:
        """
        @return: whether there still is such a file.
        """
        return self._file().exists()

    def _file(self) -> FilePath[AnyStr]:
        return FilePath(self._zipfileFilename)

    def getAccessTime(self) -> float:
        """
        @return: when the archive was last read, in seconds since the epoch.
        """
        return self._file().getAccessTime()

    def getModificationTime(self) -> float:
        """
        @return: when it was last written to, in seconds since the epoch.
        """
        return self._file().getModificationTime()

    def getStatusChangeTime(self) -> float:
        """
        @return: when its status last changed, in seconds since the epoch.
        """
        return self._file().getStatusChangeTime()
