"""
What a user of the server sees: a directory and what is below it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import IO, Any

from zope.interface import Interface, implementer

from twisted.cred.checkers import ANONYMOUS
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IConsumer
from twisted.protocols.basic import FileSender
from twisted.protocols.ftp import _errors as errors
from twisted.python.filepath import FilePath, InsecurePath

# Users and groups have names on POSIX only.
try:
    import grp
    import pwd
except ImportError:
    _ofUser: Any = None
    _ofGroup: Any = None
    _ofName: Any = None
else:
    _ofUser, _ofGroup, _ofName = pwd.getpwuid, grp.getgrgid, pwd.getpwnam


class IFTPShell(Interface):
    """
    What the server asks for files. Paths are sequences of names, from the top.
    """

    def makeDirectory(path: Any) -> Any:
        """Make a directory. Returns a Deferred."""

    def removeDirectory(path: Any) -> Any:
        """Remove an empty directory. Returns a Deferred."""

    def removeFile(path: Any) -> Any:
        """Remove a file. Returns a Deferred."""

    def rename(fromPath: Any, toPath: Any) -> Any:
        """Rename a file or directory. Returns a Deferred."""

    def access(path: Any) -> Any:
        """See that a directory can be entered. Returns a Deferred that fails if not."""

    def stat(path: Any, keys: Any = ()) -> Any:
        """
        Tell of a file what the keys name: C{"size"} (bytes), C{"directory"} (whether
        it is one), C{"permissions"}, C{"hardlinks"}, C{"modified"} (seconds since the
        epoch), C{"owner"}, C{"group"}. Returns a Deferred of a list.
        """

    def list(path: Any, keys: Any = ()) -> Any:
        """
        Tell the same of everything in a directory, or of a single file. Returns a
        Deferred of a list of names and such lists.
        """

    def openForReading(path: Any) -> Any:
        """Open a file. Returns a Deferred of an L{IReadFile}."""

    def openForWriting(path: Any) -> Any:
        """Make a file, or empty one. Returns a Deferred of an L{IWriteFile}."""


class IReadFile(Interface):
    """
    A file that is read once.
    """

    def send(consumer: Any) -> Any:
        """Write what is in it to a consumer. Returns a Deferred that fires at the end."""


class IWriteFile(Interface):
    """
    A file that is written once.
    """

    def receive() -> Any:  # type: ignore[misc]
        """Returns a Deferred of the consumer that writes."""

    def close() -> Any:  # type: ignore[misc]
        """Finish what is to be done when all was received. Returns a Deferred."""


@implementer(IReadFile)
class _FileReader:
    """
    @ivar fObj: the file.
    """

    def __init__(self, fObj: IO[bytes]) -> None:
        self.fObj = fObj
        self._sent = False

    def startAt(self, offset: int) -> None:
        """Leave out that many bytes."""
        self.fObj.seek(offset)

    def _close(self, passthrough: Any) -> Any:
        self._sent = True
        self.fObj.close()
        return passthrough

    def send(self, consumer: Any) -> Deferred[Any]:
        """Send the file; it is closed then."""
        return FileSender().beginFileTransfer(self.fObj, consumer).addBoth(self._close)


@implementer(IWriteFile)
class _FileWriter:
    """
    @ivar fObj: the file.
    """

    def __init__(self, fObj: IO[bytes]) -> None:
        self.fObj = fObj
        self._receive = False

    def receive(self) -> Deferred[Any]:
        """Return a consumer, once."""
        assert not self._receive, "Can only call IWriteFile.receive *once* per instance"
        self._receive = True
        return succeed(FileConsumer(self.fObj))

    def close(self) -> Deferred[None]:
        """Close the file."""
        self.fObj.close()
        return succeed(None)


@implementer(IConsumer)
class FileConsumer:
    """
    Writes to a file; it is closed when there is nothing left to write.
    """

    def __init__(self, fObj: IO[bytes]) -> None:
        """
        @param fObj: the file.
        """
        self.fObj = fObj
        self.producer: Any = None

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        """Somebody is going to write."""
        self.producer = producer
        assert streaming, "only push producers know when they are at the end"

    def unregisterProducer(self) -> None:
        """Nobody writes any more."""
        self.producer = None
        self.fObj.close()

    def write(self, bytes: bytes) -> None:
        """Write."""
        self.fObj.write(bytes)


def _shown(path: Sequence[str]) -> str:
    """Return a path as a client knows it."""
    return "/".join(path)


def _byId(number: int, database: Callable[[int], Sequence[Any]] | None) -> str:
    """Return the name that a user or group has."""
    if database is None:
        return str(number)
    try:
        return str(database(number)[0])
    except KeyError:
        return str(number)


@implementer(IFTPShell)
class FTPAnonymousShell:
    """
    Reads what is in a directory and below.

    @ivar filesystemRoot: the directory.
    """

    def __init__(self, filesystemRoot: FilePath[str]) -> None:
        self.filesystemRoot = filesystemRoot

    def _path(self, path: Sequence[str]) -> FilePath[str]:
        """
        Return the file that a path leads to.

        @raise InsecurePath: it would be elsewhere.
        """
        return self.filesystemRoot.descendant(path)

    def _attempt(self, path: Sequence[str], what: Callable[..., Any], *args: Any) -> Deferred[Any]:
        """
        Do something with a file, and translate what goes wrong.

        @param what: called with the file.
        """
        try:
            return succeed(what(self._path(path), *args))
        except OSError as error:
            return errors.errnoToFailure(error.errno or 0, _shown(path))
        except (InsecurePath, ValueError):
            return fail(errors.FileNotFoundError(_shown(path)))
        except Exception:
            return fail()

    def makeDirectory(self, path: Any) -> Deferred[Any]:
        """Refuse."""
        return fail(errors.AnonUserDeniedError())

    def removeDirectory(self, path: Any) -> Deferred[Any]:
        """Refuse."""
        return fail(errors.AnonUserDeniedError())

    def removeFile(self, path: Any) -> Deferred[Any]:
        """Refuse."""
        return fail(errors.AnonUserDeniedError())

    def rename(self, fromPath: Any, toPath: Any) -> Deferred[Any]:
        """Refuse."""
        return fail(errors.AnonUserDeniedError())

    def receive(self, path: Any) -> Deferred[Any]:
        """Refuse."""
        return fail(errors.AnonUserDeniedError())

    def openForWriting(self, path: Any) -> Deferred[Any]:
        """Refuse."""
        return fail(errors.PermissionDeniedError(_shown(path)))

    def openForReading(self, path: Any) -> Deferred[Any]:
        """
        Open a file.

        @return: fires with an L{IReadFile}.
        """
        return self._attempt(path, _openPlain, _shown(path))

    def access(self, path: Any) -> Deferred[Any]:
        """
        See that a directory can be entered.
        """

        def enter(directory: FilePath[str]) -> None:
            os.listdir(directory.path)

        return self._attempt(path, enter)

    def stat(self, path: Any, keys: Any = ()) -> Deferred[Any]:
        """
        Tell of a file what the keys of L{IFTPShell.stat} name.
        """

        def tell(file: FilePath[str]) -> list[Any]:
            file.restat()
            return self._statNode(file, keys)

        return self._attempt(path, tell)

    def list(self, path: Any, keys: Any = ()) -> Deferred[Any]:
        """
        Tell the same of what is in a directory.
        """

        def tell(file: FilePath[str]) -> Any:
            file.restat()
            if not file.isdir():
                return [(file.basename(), self._statNode(file, keys))]
            found = ((name, self._statOrNone(file.child(name), keys)) for name in file.listdir())
            return [(name, attributes) for name, attributes in found if attributes is not None]

        return self._attempt(path, tell)

    def _statOrNone(self, file: FilePath[str], keys: Any) -> Any:
        # What goes away meanwhile, or leads nowhere, is not listed.
        try:
            return self._statNode(file, keys)
        except OSError:
            return None

    def _statNode(self, filePath: FilePath[str], keys: Any) -> Any:
        return [getattr(self, f"_stat_{key}")(filePath) for key in keys]

    def _stat_size(self, fp: FilePath[str]) -> int:
        return fp.getsize()

    def _stat_permissions(self, fp: FilePath[str]) -> Any:
        return fp.getPermissions()

    def _stat_hardlinks(self, fp: FilePath[str]) -> int:
        try:
            return fp.getNumberOfHardLinks()
        except NotImplementedError:
            return 0

    def _stat_modified(self, fp: FilePath[str]) -> float:
        return fp.getModificationTime()

    def _stat_owner(self, fp: FilePath[str]) -> str:
        try:
            return _byId(fp.getUserID(), _ofUser)
        except NotImplementedError:
            return "0"

    def _stat_group(self, fp: FilePath[str]) -> str:
        try:
            return _byId(fp.getGroupID(), _ofGroup)
        except NotImplementedError:
            return "0"

    def _stat_directory(self, fp: FilePath[str]) -> bool:
        return fp.isdir()


def _openPlain(file: FilePath[str], shown: str) -> _FileReader:
    """
    Open a file for reading.

    @raise errors.FTPCmdError: it is something that cannot be read to an end.
    """
    if file.isdir():
        raise errors.IsADirectoryError(shown)
    if file.exists() and not file.isfile():
        # A pipe would keep the whole server waiting for a writer.
        raise errors.PermissionDeniedError(shown)
    return _FileReader(file.open("r"))


class FTPShell(FTPAnonymousShell):
    """
    Reads and changes what is in a directory and below.
    """

    def makeDirectory(self, path: Any) -> Deferred[Any]:
        """Make a directory."""
        return self._attempt(path, FilePath.makedirs)

    def removeDirectory(self, path: Any) -> Deferred[Any]:
        """Remove an empty directory."""

        def remove(directory: FilePath[str]) -> None:
            os.rmdir(directory.path)

        return self._attempt(path, remove)

    def removeFile(self, path: Any) -> Deferred[Any]:
        """Remove a file."""

        def remove(file: FilePath[str]) -> None:
            # Some systems say EPERM of directories.
            if file.isdir() and not file.islink():
                raise errors.IsADirectoryError(_shown(path))
            os.remove(file.path)

        return self._attempt(path, remove)

    def rename(self, fromPath: Any, toPath: Any) -> Deferred[Any]:
        """Rename a file or directory; a file of the new name is replaced."""

        def move(file: FilePath[str]) -> None:
            os.rename(file.path, self._path(toPath).path)

        return self._attempt(fromPath, move)

    def openForWriting(self, path: Any) -> Deferred[Any]:
        """
        Make a file, or empty one.

        @return: fires with an L{IWriteFile}.
        """
        return self._attempt(path, self._openWritable, _shown(path), "wb", None)

    def openForAppending(self, path: Any, offset: int | None = None) -> Deferred[Any]:
        """
        Make a file, or open one to write more.

        @param offset: what is there beyond that many bytes is cut off; L{None} to
            keep all.
        @return: fires with an L{IWriteFile}.
        """
        return self._attempt(path, self._openWritable, _shown(path), "ab", offset)

    def _openWritable(
        self, file: FilePath[str], shown: str, mode: str, offset: int | None
    ) -> _FileWriter:
        if file.isdir():
            raise errors.IsADirectoryError(shown)
        if file.exists() and not file.isfile():
            raise errors.PermissionDeniedError(shown)
        opened = open(file.path, mode)  # noqa: SIM115  the writer closes it
        if offset is not None:
            opened.truncate(offset)
        return _FileWriter(opened)


@implementer(IRealm)
class BaseFTPRealm:
    """
    Gives users the directories that a subclass says, and others one in common.

    @ivar anonymousRoot: the directory for those without a name.
    """

    def __init__(self, anonymousRoot: str) -> None:
        """
        @param anonymousRoot: its path.
        """
        self.anonymousRoot: FilePath[str] = FilePath(anonymousRoot)

    def getHomeDirectory(self, avatarId: Any) -> FilePath[str]:
        """
        Return a user's directory.  Override it.
        """
        raise NotImplementedError(f"{self.__class__} did not override getHomeDirectory")

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        """
        Make a shell.

        @param interfaces: must have L{IFTPShell} among them.
        """
        if IFTPShell not in interfaces:
            raise NotImplementedError("Only IFTPShell interface is supported by this realm")
        avatar: FTPAnonymousShell
        if avatarId is ANONYMOUS:
            avatar = FTPAnonymousShell(self.anonymousRoot)
        else:
            avatar = FTPShell(self.getHomeDirectory(avatarId))
        return IFTPShell, avatar, getattr(avatar, "logout", _nothing)


def _nothing() -> None:
    """There is nothing to do at the end."""


def _asText(avatarId: Any) -> str:
    """Return a user's name; checkers that read files know it as bytes."""
    return os.fsdecode(avatarId) if isinstance(avatarId, bytes) else str(avatarId)


class FTPRealm(BaseFTPRealm):
    """
    Gives each user the directory of that name in one in common.

    @ivar userHome: that directory.
    """

    def __init__(self, anonymousRoot: str, userHome: str = "/home") -> None:
        """
        @param userHome: its path.
        """
        BaseFTPRealm.__init__(self, anonymousRoot)
        self.userHome: FilePath[str] = FilePath(userHome)

    def getHomeDirectory(self, avatarId: Any) -> FilePath[str]:
        """
        Return the directory of that name.

        @raise UnauthorizedLogin: the name would lead elsewhere.
        """
        try:
            return self.userHome.child(_asText(avatarId))
        except InsecurePath:
            raise UnauthorizedLogin()


class SystemFTPRealm(BaseFTPRealm):
    """
    Gives each user of the system the directory that is home there.
    """

    def getHomeDirectory(self, avatarId: Any) -> FilePath[str]:
        """
        Look the user up.

        @raise UnauthorizedLogin: the system has none of that name.
        """
        if _ofName is None:
            raise UnauthorizedLogin()
        try:
            return FilePath(_ofName(_asText(avatarId)).pw_dir)
        except (KeyError, ValueError):
            raise UnauthorizedLogin()
