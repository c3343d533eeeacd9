"""
PID files: the number of the running process, for others to find it by.
"""

from __future__ import annotations

import errno
from os import getpid, kill
from types import TracebackType
from typing import Any

from zope.interface import Interface, implementer

from twisted.logger import Logger
from twisted.python.runtime import platform

#: No number of a process is longer.
_MAX_LENGTH = 64


class AlreadyRunningError(Exception):
    """
    The process in the PID file runs.
    """


class InvalidPIDFileError(Exception):
    """
    The PID file does not contain a number.
    """


class StalePIDFileError(Exception):
    """
    There is no process of the number in the PID file.
    """


class NoPIDFound(Exception):
    """
    There is no PID file.
    """


class IPIDFile(Interface):
    """
    Remembers the number of a process.

    It is a context manager too: while that is entered, the file has the number of
    this process.
    """

    def read() -> int:  # type: ignore[misc]
        """
        Return the number.

        @raise NoPIDFound: there is no file.
        @raise InvalidPIDFileError: it is no number.
        @raise OSError: the file cannot be read.
        """

    def writeRunningPID() -> None:  # type: ignore[misc]
        """
        Store the number of this process.

        @raise OSError: the file cannot be written.
        """

    def remove() -> None:  # type: ignore[misc]
        """
        Remove the file.

        @raise OSError: it cannot be removed.
        """

    def isRunning() -> bool:  # type: ignore[misc]
        """
        Tell whether there is a file, and its process runs.

        @raise StalePIDFileError: it does not run.
        @raise InvalidPIDFileError: there is no number in the file.
        @raise OSError: the file cannot be read.
        """

    def __enter__() -> Any:  # type: ignore[misc]
        """
        Store the number of this process.

        @raise AlreadyRunningError: another process is in the file, and runs.
        """

    def __exit__(excType: Any, excValue: Any, traceback: Any) -> Any:  # noqa: PLE0302
        """
        Remove the file.
        """


@implementer(IPIDFile)
class PIDFile:
    """
    A PID file.
    """

    _log = Logger()

    #: The methods that find out whether a process runs, by kind of platform.
    _ASKING = {"posix": "_pidIsRunningPOSIX"}

    def __init__(self, filePath: Any) -> None:
        """
        @param filePath: its L{FilePath<twisted.python.filepath.FilePath>}.
        """
        self.filePath = filePath

    def __enter__(self) -> PIDFile:
        try:
            taken = self.isRunning()
        except StalePIDFileError:
            taken = False
            self._log.info("Replacing stale PID file: {log_source.filePath.path}", log_source=self)
        if taken:
            raise AlreadyRunningError()
        self.writeRunningPID()
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def isRunning(self) -> bool:
        """
        Tell whether there is a file, and its process runs.

        @raise StalePIDFileError: it does not run.
        @raise NotImplementedError: this platform does not tell.
        """
        try:
            pid = self.read()
        except NoPIDFound:
            return False
        kind = platform.getType()
        if kind not in self._ASKING:
            raise NotImplementedError(f"isRunning is not implemented on {kind}")
        running: bool = getattr(self, self._ASKING[kind])(pid)
        return running

    @staticmethod
    def _pidIsRunningPOSIX(pid: int) -> bool:
        """
        Tell whether process *pid* runs.

        @raise StalePIDFileError: it does not.
        """
        try:
            kill(pid, 0)
        except ProcessLookupError:
            raise StalePIDFileError("PID file refers to non-existing process")
        except PermissionError:
            # Somebody else's, so it runs.
            pass
        return True

    def read(self) -> int:
        """
        Return the number in the file.

        @raise NoPIDFound: there is no file.
        @raise InvalidPIDFileError: it has no number.
        """
        try:
            with self.filePath.open() as file:
                content = file.read(_MAX_LENGTH)
        except FileNotFoundError:
            raise NoPIDFound("PID file does not exist")
        if not content.strip().isdigit():
            raise InvalidPIDFileError(f"non-integer PID value in PID file: {content!r}")
        return int(content)

    def remove(self) -> None:
        """
        Remove the file.
        """
        self.filePath.remove()

    def writeRunningPID(self) -> None:
        """
        Store the number of this process.
        """
        self._write(getpid())

    def _write(self, pid: int) -> None:
        """Store *pid*."""
        self.filePath.setContent(self._format(pid))

    @staticmethod
    def _format(pid: int) -> bytes:
        """Return the content of the file of process *pid*."""
        return b"%d\n" % (int(pid),)


def _failing(name: str, kind: type[Exception], *why: object) -> Any:
    """Make a method called *name* that does nothing but raise an exception."""

    def fail(self: NonePIDFile) -> Any:
        raise kind(*why)

    fail.__name__ = name
    fail.__qualname__ = f"NonePIDFile.{name}"
    fail.__doc__ = f"@raise {kind.__name__}: always."
    return fail


@implementer(IPIDFile)
class NonePIDFile:
    """
    Stands in where no PID file is wanted.
    """

    read = _failing("read", NoPIDFound, "PID file does not exist")
    writeRunningPID = _failing("writeRunningPID", OSError, errno.EPERM, "Operation not permitted")
    remove = _failing("remove", OSError, errno.ENOENT, "No such file or directory")

    def _write(self, pid: int) -> None:
        self.writeRunningPID()

    def isRunning(self) -> bool:
        """
        Return false.
        """
        return False

    def __enter__(self) -> NonePIDFile:
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave everything as it is."""


nonePIDFile: Any = NonePIDFile()
