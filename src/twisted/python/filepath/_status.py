"""
What the operating system knows of a file, asked for once.
"""

from __future__ import annotations

import os
import stat
from typing import AnyStr

from twisted.python.filepath._abstract import AbstractFilePath
from twisted.python.filepath._permissions import Permissions
from twisted.python.runtime import platform


class StatusPath(AbstractFilePath[AnyStr]):
    """
    A path on the disk that remembers the status of its file.

    It is asked for when it is first needed.  From then on every method that
    tells something of the file answers from it, until C{changed} or C{restat}
    is called, or the path itself changes the file.  That there is no file is
    not remembered.  Only C{islink} looks anew each time.
    """

    # What os.stat said.
    _statinfo: os.stat_result | None = None

    def restat(self, reraise: bool = True) -> None:
        """
        Ask for the status again.

        @param reraise: whether to raise the error if there is none.
        @raise OSError: for example if there is no such file.
        """
        try:
            self._statinfo = os.stat(self.path)
        except (OSError, ValueError):
            # ValueError: no file can be called so.
            self._statinfo = None
            if reraise:
                raise

    def changed(self) -> None:
        """
        Forget the status, to ask again when it is next needed.
        """
        self._statinfo = None

    def _status(self) -> os.stat_result:
        if not self._statinfo:
            self.restat()
        assert self._statinfo is not None
        return self._statinfo

    def _posixStatus(self) -> os.stat_result:
        if platform.isWindows():
            raise NotImplementedError("Windows has no such number")
        return self._status()

    def _mode(self) -> int:
        # 0, which no file has, if there is none.
        if not self._statinfo:
            self.restat(False)
        return self._statinfo.st_mode if self._statinfo else 0

    def getsize(self) -> int:
        """
        @return: the length of the file, in bytes.
        @raise OSError: if there is no such file; so do all that are called
            C{get...}.
        """
        return self._status().st_size

    def getModificationTime(self) -> float:
        """
        @return: when the file was last written to, in seconds since the epoch.
        """
        return float(self._status().st_mtime)

    def getStatusChangeTime(self) -> float:
        """
        @return: when its status last changed, in seconds since the epoch.
        """
        return float(self._status().st_ctime)

    def getAccessTime(self) -> float:
        """
        @return: when it was last read, in seconds since the epoch.
        """
        return float(self._status().st_atime)

    def getInodeNumber(self) -> int:
        """
        @return: the number that the file has on its device.
        @raise NotImplementedError: on Windows; likewise the next four.
        """
        return self._posixStatus().st_ino

    def getDevice(self) -> int:
        """
        @return: the number of the device that it is on, valid until that is
            mounted anew.
        """
        return self._posixStatus().st_dev

    def getNumberOfHardLinks(self) -> int:
        """
        @return: how many names it has.
        """
        return self._posixStatus().st_nlink

    def getUserID(self) -> int:
        """
        @return: the number of the user who owns it.
        """
        return self._posixStatus().st_uid

    def getGroupID(self) -> int:
        """
        @return: the number of the group that it belongs to.
        """
        return self._posixStatus().st_gid

    def getPermissions(self) -> Permissions:
        """
        @return: its L{Permissions <twisted.python.filepath.Permissions>}.
        """
        return Permissions(stat.S_IMODE(self._status().st_mode))

    def exists(self) -> bool:
        """
        @return: whether there is anything by this name.  A link that leads
            nowhere is nothing.
        """
        if not self._statinfo:
            self.restat(False)
        return bool(self._statinfo)

    def isdir(self) -> bool:
        """
        @return: whether it is a directory, or a link to one.
        """
        return stat.S_ISDIR(self._mode())

    def isfile(self) -> bool:
        """
        @return: whether it is a regular file, or a link to one.
        """
        return stat.S_ISREG(self._mode())

    def isBlockDevice(self) -> bool:
        """
        @return: whether it is a block device.
        """
        return stat.S_ISBLK(self._mode())

    def isSocket(self) -> bool:
        """
        @return: whether it is a UNIX socket.
        """
        return stat.S_ISSOCK(self._mode())

    def islink(self) -> bool:
        """
        @return: whether it is a symbolic link, just now.
        """
        return os.path.islink(self.path)

    def isabs(self) -> bool:
        """
        @return: C{True}: paths are made absolute.
        """
        return os.path.isabs(self.path)
