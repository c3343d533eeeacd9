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

    def __init__(self, filePath: Any) -> None:
        """
        @param filePath: its L{FilePath<twisted.python.filepath.FilePath>}.
        """
        self.filePath = filePath

    @staticmethod
    def _format(pid: int) -> bytes:
        """Return the content of the file of process *pid*."""
        return b"%d\n" % (int(pid),)

    def read(self) -> int:
        """
        Return the number in the file.

        @raise NoPIDFound: there is no file.
        @raise InvalidPIDFileError: it has no number.
        """
        try:
            with self.filePath.open() as file:
                content = file.read(_MAX_LENGTH)
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise NoPIDFound("PID file does not exist")
            raise
        if not content.strip().isdigit():
            raise InvalidPIDFileError(f"non-integer PID value in PID file: {content!r}")
        return int(content)

    def _write(self, pid: int) -> None:
        """Store *pid*."""
        self.filePath.setContent(self._format(pid))

    def writeRunningPID(self) -> None:
        """
        Store the number of this process.
        """
        self._write(getpid())

    def remove(self) -> None:
        """
        Remove the file.
        """
        self.filePath.remove()

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
        if platform.getType() != "posix":
            raise NotImplementedError(f"isRunning is not implemented on {platform.getType()}")
        return self._pidIsRunningPOSIX(pid)

    @staticmethod
    def _pidIsRunningPOSIX(pid: int) -> bool:
        """
        Tell whether process *pid* runs.

        @raise StalePIDFileError: it does not.
        """
        try:
            kill(pid, 0)
        except OSError as error:
            if error.errno == errno.ESRCH:
                raise StalePIDFileError("PID file refers to non-existing process")
            if error.errno != errno.EPERM:
                raise
            # Somebody else's, so it runs.
        return True

    def __enter__(self) -> PIDFile:
        try:
            if self.isRunning():
                raise AlreadyRunningError()
        except StalePIDFileError:
            self._log.info("Replacing stale PID file: {log_source.filePath.path}", log_source=self)
        self.writeRunningPID()
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


@implementer(IPIDFile)
class NonePIDFile:
    """
    Stands in where no PID file is wanted.
    """

    def read(self) -> int:
        """
        @raise NoPIDFound: always.
        """
        raise NoPIDFound("PID file does not exist")

    def _write(self, pid: int) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    def writeRunningPID(self) -> None:
        """
        @raise OSError: always, C{EPERM}.
        """
        self._write(0)

    def remove(self) -> None:
        """
        @raise OSError: always, C{ENOENT}.
        """
        raise OSError(errno.ENOENT, "No such file or directory")

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
        pass


nonePIDFile: Any = NonePIDFile()
