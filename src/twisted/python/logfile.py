"""
Log files that are changed for new ones when they are long, or every day.

They are written to without a buffer: what was written is in the file.  The
files are bytes; text is encoded in UTF-8.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import Any, BinaryIO

from twisted.python import threadable

__all__ = ["BaseLogFile", "DailyLogFile", "LogFile", "LogReader"]


class BaseLogFile:
    """
    A log file; subclasses decide when it is time for a new one.

    A subclass has C{shouldRotate} and C{rotate}.

    @ivar directory: the path of the directory that it is in.
    @ivar name: its name in there.
    @ivar path: both together.
    @ivar defaultMode: the permissions of new files.
    @ivar closed: whether C{close} was called.
    """

    synchronized = ["write", "rotate"]

    _file: BinaryIO

    def __init__(self, name: str, directory: str, defaultMode: int | None = None) -> None:
        """
        Open the file, or create it.

        @param name: see above.
        @param directory: see above; it has to exist.
        @param defaultMode: permissions such as C{0o640}; by default those
            that the file has, and for a new one what the umask leaves.
        @raise OSError: if it cannot be opened.
        """
        self.name, self.directory = name, directory
        self.path = os.path.join(directory, name)
        self.defaultMode = _modeOf(self.path) if defaultMode is None else defaultMode
        self._openFile()

    @classmethod
    def fromFullPath(cls, filename: str, *args: Any, **kwargs: Any) -> Any:
        """
        Open a log file by its path.

        @param filename: its path.
        @param args: what C{__init__} takes after the directory.
        @param kwargs: likewise.
        @return: the log file.
        """
        directory, name = os.path.split(os.path.abspath(filename))
        return cls(name, directory, *args, **kwargs)

    def _openFile(self) -> None:
        """
        Open the file for appending.
        """
        self.closed = False
        # Neither "a", which is always written at the end even of what another
        # program has cut short, nor "w"; and the file has its mode from its
        # beginning, if nobody else is to read it.
        mode = 0o666 if self.defaultMode is None else self.defaultMode
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | _BINARY, mode)
        # Pipes and terminals have no end, and somebody else's file may be
        # written to though its mode cannot be set.
        with suppress(OSError):
            os.lseek(descriptor, 0, os.SEEK_END)
        self._file = os.fdopen(descriptor, "rb+", 0)
        if self.defaultMode is not None:
            with suppress(OSError):
                os.chmod(self.path, self.defaultMode)

    def shouldRotate(self) -> bool:
        """
        For subclasses.

        @return: whether the file is to be changed for a new one before
            something else is written.
        """
        raise NotImplementedError

    def rotate(self) -> None:
        """
        For subclasses: change the file for a new one.
        """
        raise NotImplementedError

    def write(self, data: str | bytes) -> None:
        """
        Write something, to a new file if it is time for one.

        @param data: bytes, or text, which is encoded in UTF-8.
        """
        self._rotateIfDue()
        self._append(data)

    def _rotateIfDue(self) -> None:
        due = self.shouldRotate()
        if due:
            self.rotate()

    def _append(self, data: str | bytes) -> int:
        """
        Write all of it.

        @return: how many bytes that was.
        """
        encoded = data.encode("utf8") if isinstance(data, str) else data
        written = self._file.write(encoded)
        if written != len(encoded):
            # The disk was nearly full, or a signal came: the rest is tried again.
            rest = memoryview(encoded)[written or 0 :]
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        return len(encoded)

    def getCurrentLog(self) -> LogReader:
        """
        @return: a L{LogReader} of what is in the file now.
        """
        return LogReader(self.path)

    def reopen(self) -> None:
        """
        Open the file anew, after another program has renamed it.
        """
        self.close()
        self._openFile()

    def close(self) -> None:
        """
        Close the file.  Nothing can be written after that.
        """
        file = self._file
        del self._file
        self.closed = True
        file.close()

    def flush(self) -> None:
        """
        See that what was written is in the file.
        """
        self._file.flush()

    def __getstate__(self) -> dict[str, Any]:
        # Configurations that are pickled may have a log file in them.
        state = self.__dict__.copy()
        for live in ("_file", "size", "_threadable_lock"):
            state.pop(live, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state
        if not self.closed:
            self._openFile()

    def _mayRotate(self, newPath: str) -> bool:
        """
        Tell whether the file can be given another name, and a new one opened.
        """
        needed = (self.directory or os.curdir, self.path)
        return all(os.access(each, os.W_OK) for each in needed) and not os.path.exists(newPath)

    def _changeFile(self, newPath: str) -> None:
        """
        Rename the file, and open a new one.
        """
        self._file.close()
        try:
            os.rename(self.path, newPath)
        finally:
            # If it could not be renamed, it goes on being written to.
            self._openFile()


class LogFile(BaseLogFile):
    """
    A log file that is changed for a new one when it is long.

    The older ones have numbers at the end of their names, the oldest the
    highest.

    @ivar rotateLength: the length in bytes from which on it is changed;
        L{None} or 0 for never.
    @ivar maxRotatedFiles: how many older ones are kept; L{None} for all.
    @ivar size: the length of the file, in bytes.
    """

    def __init__(
        self,
        name: str,
        directory: str,
        rotateLength: int | None = 1000000,
        defaultMode: int | None = None,
        maxRotatedFiles: int | None = None,
    ) -> None:
        """
        @param name: the name of the file.
        @param directory: the path of the directory that it is in.
        @param rotateLength: see above.
        @param defaultMode: as for L{BaseLogFile}.
        @param maxRotatedFiles: see above.  When the file is changed, all that
            are older are removed.
        """
        super().__init__(name, directory, defaultMode)
        self.rotateLength = rotateLength
        self.maxRotatedFiles = maxRotatedFiles

    def _openFile(self) -> None:
        super()._openFile()
        self.size = os.fstat(self._file.fileno()).st_size

    def shouldRotate(self) -> bool:
        """
        @return: whether the file has the length.
        """
        return bool(self.rotateLength) and self.size >= (self.rotateLength or 0)

    def write(self, data: str | bytes) -> None:
        """
        Write something, to a new file if this one is long enough.

        @param data: as for L{BaseLogFile.write}.
        """
        self._rotateIfDue()
        self.size += self._append(data)

    def getLog(self, identifier: int) -> LogReader:
        """
        Read an older file.

        @param identifier: its number.
        @return: a L{LogReader}.
        @raise ValueError: if there is none with that number.
        """
        return _readerOf("%s.%d" % (self.path, identifier))

    def listLogs(self) -> list[int]:
        """
        @return: the numbers of the older files, in order.
        """
        start = os.path.basename(self.path) + "."
        numbers = []
        for name in os.listdir(self.directory or os.curdir):
            ending = name[len(start) :]
            # Nothing but a number as we write it.
            if name.startswith(start) and ending.isdecimal() and ending.isascii():
                if ending[0] != "0":
                    numbers.append(int(ending))
        return sorted(numbers)

    def rotate(self) -> None:
        """
        Change the file for a new one.

        If that is not allowed, nothing happens: better in one file than
        nowhere.
        """
        if not self._mayRotate(""):
            return
        for number in reversed(self.listLogs()):
            if self.maxRotatedFiles is not None and number >= self.maxRotatedFiles:
                os.remove(f"{self.path}.{number}")
            else:
                os.rename(f"{self.path}.{number}", f"{self.path}.{number + 1}")
        if self.maxRotatedFiles == 0:
            # None is kept, not even the one that was being written.
            os.truncate(self.path, 0)
            self.reopen()
        else:
            self._changeFile(f"{self.path}.1")


class DailyLogFile(BaseLogFile):
    """
    A log file that is changed for a new one at the first write of a day.

    The older ones have the day at the end of their names, which is that of
    local time.

    @ivar lastDate: the day of the file, a tuple C{(year, month, day)}.
    """

    lastDate: tuple[int, int, int]

    def _openFile(self) -> None:
        super()._openFile()
        self.lastDate = self.toDate(os.fstat(self._file.fileno()).st_mtime)

    def shouldRotate(self) -> bool:
        """
        @return: whether a day has begun since the last write.
        """
        return self.toDate() > self.lastDate

    def toDate(self, *args: float) -> tuple[int, int, int]:
        """
        Tell a day.  A subclass may override this to count days differently.

        @param args: a time in seconds since the epoch, by default now.
        @return: C{(year, month, day)} of local time.
        """
        return time.localtime(*args)[:3]

    def suffix(self, tupledate: tuple[int, int, int] | float) -> str:
        """
        Tell what the name of a file ends with.

        @param tupledate: C{(year, month, day)}, or a time in seconds since
            the epoch.
        @return: as C{"2024_2_29"}.
        """
        day = tupledate if isinstance(tupledate, tuple | list) else self.toDate(tupledate)
        return "_".join(map(str, day))

    def getLog(self, identifier: float) -> LogReader:
        """
        Read the file of a day.

        @param identifier: a time of that day, in seconds since the epoch.
        @return: a L{LogReader}.
        @raise ValueError: if there is no file of that day.
        """
        if self.toDate(identifier) == self.lastDate:
            return self.getCurrentLog()
        return _readerOf(f"{self.path}.{self.suffix(identifier)}")

    def write(self, data: str | bytes) -> None:
        """
        Write something, to a new file if it is another day.

        @param data: as for L{BaseLogFile.write}.
        """
        super().write(data)
        # A clock that is set back does not make this an older day's file.
        self.lastDate = max(self.lastDate, self.toDate())

    def rotate(self) -> None:
        """
        Change the file for a new one.

        If that is not allowed, or there is already an older file of that day,
        nothing happens.
        """
        newPath = f"{self.path}.{self.suffix(self.lastDate)}"
        if self._mayRotate(newPath):
            self._changeFile(newPath)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("lastDate", None)
        return state


class LogReader:
    """
    What is in a log file, in lines.
    """

    def __init__(self, name: str) -> None:
        """
        @param name: the path of the file.
        @raise OSError: if it cannot be opened.
        """
        # Whatever somebody wrote, it can be shown.
        self._file = open(  # noqa: SIM115  (close() closes it)
            name, encoding="utf-8", errors="backslashreplace"
        )

    def readLines(self, lines: int = 10) -> list[str]:
        """
        Read on.

        @param lines: how many lines at most.
        @return: them, with their ends; fewer or none if there are no more yet.
        """
        read: list[str] = []
        while len(read) < lines and (line := self._file.readline()):
            read.append(line)
        return read

    def close(self) -> None:
        """
        Close the file.
        """
        self._file.close()


def _modeOf(path: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def _readerOf(path: str) -> LogReader:
    try:
        return LogReader(path)
    except FileNotFoundError:
        raise ValueError("no such logfile exists")


_BINARY = getattr(os, "O_BINARY", 0)

threadable.synchronize(BaseLogFile, LogFile, DailyLogFile)
