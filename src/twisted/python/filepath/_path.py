"""
Paths on the disk.
"""

from __future__ import annotations

import glob
import os
import secrets
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, AnyStr, cast

from zope.interface import implementer

from twisted.python.compat import cmp, comparable
from twisted.python.filepath import _tree
from twisted.python.filepath._abstract import FileMode, OtherAnyStr
from twisted.python.filepath._below import childOf, descendantOf
from twisted.python.filepath._coding import (
    _asFilesystemBytes,
    _asFilesystemText,
    _coerceToFilesystemEncoding,
)
from twisted.python.filepath._errors import LinkError
from twisted.python.filepath._interfaces import IFilePath
from twisted.python.filepath._status import StatusPath

O_BINARY = getattr(os, "O_BINARY", 0)
_CREATE_FLAGS = os.O_EXCL | os.O_CREAT | os.O_RDWR | O_BINARY


class NamedPath(StatusPath[AnyStr]):
    """
    A path on the disk: what can be said of its name alone, and the way from it
    to other names.

    @ivar alwaysCreate: whether opening it is to create the file, and to fail
        if there is one.
    """

    def __init__(self, path: AnyStr, alwaysCreate: bool = False) -> None:
        """
        @param path: a path, made absolute if it is relative.
        @param alwaysCreate: see above.
        """
        self.path: AnyStr = os.path.abspath(path)
        self.alwaysCreate = alwaysCreate

    if TYPE_CHECKING:

        def child(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]: ...

        def requireCreate(self, val: bool = True) -> None: ...

    def clonePath(self, path: OtherAnyStr, alwaysCreate: bool = False) -> FilePath[OtherAnyStr]:
        """
        Make another path of this kind.  All that lead to other paths come
        here; a subclass whose C{__init__} wants more overrides this.

        @param path: the path of the new one.
        @param alwaysCreate: as for C{__init__}.
        @return: a path of the class of this one.
        """
        clone: Any = self.__class__(path)  # type: ignore[arg-type]
        if alwaysCreate:
            clone.requireCreate()
        return cast("FilePath[OtherAnyStr]", clone)

    def __getstate__(self) -> dict[str, object]:
        # What the file was like says nothing about where this is loaded.
        state = self.__dict__.copy()
        state.pop("_statinfo", None)
        return state

    def __repr__(self) -> str:
        return f"FilePath({self.path!r})"

    @property
    def sep(self) -> AnyStr:
        """
        What separates names, in the type of the path.
        """
        return _coerceToFilesystemEncoding(self.path, os.sep)

    def _asBytesPath(self, encoding: str | None = None) -> bytes:
        return _asFilesystemBytes(self.path, encoding)

    def _asTextPath(self, encoding: str | None = None) -> str:
        return _asFilesystemText(self.path, encoding)

    def _getPathAsSameTypeAs(self, pattern: OtherAnyStr) -> OtherAnyStr:
        return _coerceToFilesystemEncoding(pattern, self.path)

    def asBytesMode(self, encoding: str | None = None) -> FilePath[bytes]:
        """
        Have the path in bytes.

        @param encoding: what to encode it in, by default what the file
            system's names are in.
        @return: this path if it is in bytes already, else another.
        @raise UnicodeError: if it cannot be encoded.
        """
        if isinstance(self.path, bytes):
            return cast("FilePath[bytes]", self)
        return self.clonePath(self._asBytesPath(encoding))

    def asTextMode(self, encoding: str | None = None) -> FilePath[str]:
        """
        Have the path in text.

        @param encoding: what to decode it from, by default what the file
            system's names are in.
        @return: this path if it is in text already, else another.
        @raise UnicodeError: if it cannot be decoded.
        """
        if isinstance(self.path, str):
            return cast("FilePath[str]", self)
        return self.clonePath(self._asTextPath(encoding))

    def basename(self) -> AnyStr:
        """
        @return: the last of the path's names.
        """
        return os.path.basename(self.path)

    def dirname(self) -> AnyStr:
        """
        @return: the path of the directory that this is in, as C{path} is.
        """
        return os.path.dirname(self.path)

    def splitext(self) -> tuple[AnyStr, AnyStr]:
        """
        @return: the path without the extension, and that, with its dot.
        """
        return os.path.splitext(self.path)

    def parent(self) -> FilePath[AnyStr]:
        """
        @return: the path of the directory that this is in; that of the root
            is the root.
        """
        return self.clonePath(self.dirname())

    def sibling(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Name something in the same directory.

        @param path: one name.
        @return: the path of what has it.
        @raise InsecurePath: if that would be somewhere else.
        """
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> FilePath[OtherAnyStr]:
        """
        Go down several steps.

        @param segments: the names, from here on.
        @return: the child of the child ... of this path.
        @raise InsecurePath: if a name would lead somewhere else.
        """
        return cast("FilePath[OtherAnyStr]", super().descendant(segments))

    def siblingExtension(self, ext: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Append to the name.

        @param ext: what to append, with its dot.
        @return: the new path, in the type of *ext*.
        """
        return self.clonePath(self._getPathAsSameTypeAs(ext) + ext)

    def temporarySibling(self, extension: OtherAnyStr | None = None) -> FilePath[OtherAnyStr]:
        """
        Find a name for something that is on its way to this one.

        @param extension: what the name is to end with; by default nothing.
        @return: a path in the same directory whose name nobody can guess, and
            whose C{alwaysCreate} is set.
        """
        ending: Any = self.path[:0] if extension is None else extension
        chance = _coerceToFilesystemEncoding(ending, secrets.token_hex(12))
        name = os.path.basename(self._getPathAsSameTypeAs(ending))
        arriving = self.sibling(chance + name + ending)
        arriving.requireCreate()
        return arriving


@comparable
@implementer(IFilePath)
class FilePath(NamedPath[AnyStr]):
    """
    A path on the disk.

    A path is always absolute and normalized.  It is in text or in bytes, as
    what it was made of; those which are derived from it are in the type of the
    argument that they were asked for with.

    C{child} does not lead out of a directory, whatever name it is given, so
    that names which come from somewhere else can be used with it.  Symbolic
    links in the directory lead where they lead.

    What the operating system says of the file is remembered: see C{restat} and
    C{changed}.

    @ivar path: the path, C{str} or C{bytes}.
    @ivar alwaysCreate: whether opening it is to create the file, and to fail
        if there is one.
    """

    _chunkSize = 2**16

    def __cmp__(self, other: object) -> int:
        if not isinstance(other, FilePath) or type(other.path) is not type(self.path):
            return NotImplemented
        return cmp(self.path, other.path)

    def child(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Name something directly in this directory.

        @param path: one name.
        @return: the path of what has it, in the type of the name.
        @raise InsecurePath: if the name would lead somewhere else, or if no
            file can have it.
        """
        return self.clonePath(childOf(self._getPathAsSameTypeAs(path), path))

    def preauthChild(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Name something in this directory or further down.

        @param path: a relative path, that may have separators in it.
        @return: the path of that, in the type of *path*.
        @raise InsecurePath: if it would be somewhere else.
        """
        return self.clonePath(descendantOf(self._getPathAsSameTypeAs(path), path))

    def childSearchPreauth(self, *paths: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """
        Find the first of several files that exists.

        @param paths: paths relative to this one, from a source that can be
            trusted: they are not checked.
        @return: the path of it, L{None} if none does.
        """
        for name in paths:
            candidate = os.path.join(self._getPathAsSameTypeAs(name), name)
            if os.path.exists(candidate):
                return self.clonePath(candidate)
        return None

    def siblingExtensionSearch(self, *exts: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """
        Find the first of several extensions with which there is a file.

        @param exts: extensions, with their dots; the empty one means this very
            path, C{"*"} any extension.
        @return: the path of what was found, in the type of the extension;
            L{None} if nothing was.
        """
        for ext in exts:
            start = self._getPathAsSameTypeAs(ext)
            star: Any = "*" if isinstance(ext, str) else b"*"
            dot: Any = "." if isinstance(ext, str) else b"."
            if ext == star:
                directory, name = os.path.split(start)
                for entry in os.listdir(directory):
                    if entry.startswith(name + dot):
                        return self.clonePath(os.path.join(directory, entry))
            elif os.path.exists(start + ext):
                return self.clonePath(start + ext)
        return None

    def globChildren(self, pattern: OtherAnyStr) -> list[FilePath[OtherAnyStr]]:
        """
        Find what is in this directory by a pattern.

        @param pattern: one as for the module C{glob}, relative to here.
        @return: the paths, in the type of the pattern.
        @raise InsecurePath: if it would lead out of the directory.
        """
        here = self._getPathAsSameTypeAs(pattern)
        descendantOf(here, pattern)
        return [
            self.clonePath(found) for found in glob.glob(os.path.join(glob.escape(here), pattern))
        ]

    def listdir(self) -> list[AnyStr]:
        """
        @return: the names of all that is in this directory.
        @raise OSError: if it cannot be listed.
        """
        return os.listdir(self.path)

    def realpath(self) -> FilePath[AnyStr]:
        """
        Follow symbolic links.

        @return: the path of what this link leads to in the end; this very path
            if it is no link.
        @raise LinkError: if it leads round in a circle.
        """
        if not self.islink():
            return self
        target = os.path.realpath(self.path)
        if os.path.islink(target):
            raise LinkError("Cyclical link - will loop forever")
        return self.clonePath(target)

    def linkTo(self, linkFilePath: FilePath[AnyStr]) -> None:
        """
        Make a symbolic link to this path.

        @param linkFilePath: where the link will be.
        @raise OSError: if there is something already, or no such directory.
        """
        os.symlink(self.path, linkFilePath.path)

    def requireCreate(self, val: bool = True) -> None:
        """
        Set C{alwaysCreate}.

        @param val: what to.
        """
        self.alwaysCreate = val

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """
        Open the file, always in binary mode.

        @param mode: as for the builtin of this name; C{"b"} need not be in it.
            It is not looked at if C{alwaysCreate} is set; see C{create}.
        @return: the file object.
        @raise OSError: if it cannot be opened.
        """
        if self.alwaysCreate:
            assert "a" not in mode, "Appending not supported when alwaysCreate == True"
            return self.create()
        return open(self.path, mode.replace("b", "") + "b")

    def create(self) -> IO[bytes]:
        """
        Create the file.

        @return: a file object for writing and reading.
        @raise OSError: if there is one already, or if it cannot be created.
        """
        return os.fdopen(os.open(self.path, _CREATE_FLAGS, 0o666), "w+b")

    def setContent(self, content: bytes, ext: str | bytes = ".new") -> None:
        """
        Replace what is in the file, all at once: whoever reads it, even after
        a crash, finds the old content or the new one.

        @param content: the new content.
        @param ext: what the name of the file ends with that is written and
            then renamed to this one.
        @raise OSError: if it cannot be written; it is removed then.
        """
        arriving: FilePath[Any] = self.temporarySibling(cast(Any, ext))
        try:
            with arriving.open("w") as file:
                file.write(content)
            os.replace(arriving.path, self._getPathAsSameTypeAs(arriving.path))
        except BaseException:
            if os.path.lexists(arriving.path):
                os.remove(arriving.path)
            raise
        self.changed()

    def touch(self) -> None:
        """
        Create the file if there is none, and set its times to now.

        @raise OSError: if that cannot be done.
        """
        try:
            self.open("a").close()
        except OSError:
            pass  # a directory, say, whose times can be set all the same
        os.utime(self.path, None)
        self.changed()

    def chmod(self, mode: int) -> None:
        """
        Set the permissions.

        @param mode: them, as C{0o644}.
        @raise OSError: if that is not allowed.
        """
        os.chmod(self.path, mode)
        self.changed()

    def createDirectory(self) -> None:
        """
        Create this directory.

        @raise OSError: if there is something already, or no directory for it.
        """
        os.mkdir(self.path)
        self.changed()

    def makedirs(self, ignoreExistingDirectory: bool = False) -> None:
        """
        Create this directory, and those above it that do not exist.

        @param ignoreExistingDirectory: whether to do nothing if it exists.
        @raise OSError: if it exists and that is not set, or if it cannot be
            created.
        """
        try:
            os.makedirs(self.path)
        except FileExistsError:
            if not (ignoreExistingDirectory and os.path.isdir(self.path)):
                raise
        self.changed()

    def remove(self) -> None:
        """
        Remove the file, the link (not what it leads to), or the directory with
        all that is in it.

        @raise OSError: if it cannot be removed.
        """
        _tree.remove(self.path)
        self.changed()

    def copyTo(self, destination: FilePath[OtherAnyStr], followLinks: bool = True) -> None:
        """
        Copy the file, or what is in the directory.

        Owners and permissions are not copied.

        @param destination: what to write: a file is replaced; a directory
            gets what is in this one, and is created if need be.
        @param followLinks: whether to copy what symbolic links lead to; else
            the links, as they stand.
        @raise OSError: if this does not exist, if something cannot be read or
            written, or if a directory was to be copied into itself.
        @raise LinkError: if links that are followed lead round in a circle.
        @raise NotImplementedError: for what is neither file nor directory.
        """
        _tree.copy(self, destination, followLinks, self._chunkSize)

    def moveTo(self, destination: FilePath[OtherAnyStr], followLinks: bool = True) -> None:
        """
        Rename the file or directory.

        To another file system it is copied, and then removed here.

        @param destination: the new name; what has it is replaced if it is a
            file and this too, or if it is an empty directory and this is one.
        @param followLinks: as for C{copyTo}, when it is copied.
        @raise OSError: if that cannot be done.
        """
        _tree.move(self, destination, followLinks)
