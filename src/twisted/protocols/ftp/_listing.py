"""
Directories as lines of text: how the server writes them, and how a client reads them.

No standard says how; everybody writes what C{ls -l} does.
"""

from __future__ import annotations

import re
import time
from typing import Any

from twisted.protocols.basic import LineReceiver
from twisted.python.filepath import Permissions

#: What a listing tells of a file, in the order of L{formatEntry}.
KEYS = ("size", "directory", "permissions", "hardlinks", "modified", "owner", "group")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HALF_A_YEAR = 180 * 86400
_ENCODING = "utf-8"


def encodeName(name: Any) -> bytes:
    """
    Write the name of a file as it is sent: bytes as they are, and text as UTF-8,
    by which every byte of a name comes back that is not UTF-8.

    A line end in it is sent as a null, see L{_replies.render}.
    """
    encoded = name if isinstance(name, bytes) else name.encode(_ENCODING, "surrogateescape")
    return encoded.replace(b"\n", b"\0").replace(b"\r", b" ")


def _when(modified: float, now: float) -> str:
    """
    Write a time: the year only of what is not of late.
    """
    moment = time.gmtime(modified)
    day = f"{_MONTHS[moment.tm_mon - 1]} {moment.tm_mday:02}"
    if 0 <= now - modified < _HALF_A_YEAR:
        return f"{day} {moment.tm_hour:02}:{moment.tm_min:02}"
    return f"{day}  {moment.tm_year}"


def formatEntry(name: Any, attributes: Any, now: float) -> bytes:
    """
    Write one line.

    @param attributes: what L{KEYS} name.
    @param now: the time.
    """
    size, directory, permissions, links, modified, owner, group = attributes
    mode = permissions if isinstance(permissions, Permissions) else Permissions(permissions)
    kind = "d" if directory else "-"
    head = (
        f"{kind}{mode.shorthand()}{links:4} {owner:<9} {group:<9} {size:15} {_when(modified, now)} "
    )
    return head.encode(_ENCODING, "surrogateescape") + encodeName(name)


class FTPFileListProtocol(LineReceiver):
    """
    Reads the listing of a directory.

    @ivar files: what has been read: for each file a dict of C{filetype} (a
        letter), C{perms}, C{nlinks}, C{owner}, C{group}, C{size} (bytes), C{date} (a
        text), C{filename} and C{linktarget} (or L{None}).
    @cvar fileLinePattern: matches a line; its groups are called as the keys above.
    """

    # With limits, since so many ways to part a long line would take long to try.
    fileLinePattern = re.compile(
        r"(?P<filetype>.)(?P<perms>.{9})[.+@]?\s{1,40}"
        r"(?P<nlinks>\d{0,20})\s{0,40}(?P<owner>\S{1,99})\s{1,99}(?P<group>\S{1,99})\s{1,99}"
        r"(?P<size>\d{1,30})\s{1,40}(?P<date>\S{3}\s{1,9}\d{1,4}\s{1,9}[\d:]{1,9})\s"
        r"(?P<filename>.+?)(?: -> (?P<linktarget>[^\r]*+))?\r?$"
    )
    delimiter = b"\n"
    _encoding = "latin-1"

    def __init__(self) -> None:
        self.files: list[dict[str, Any]] = []

    def lineReceived(self, line: bytes) -> None:
        """Read a line."""
        text = line.decode(self._encoding)
        entry = self.parseDirectoryLine(text)
        if entry is None:
            self.unknownLine(text)
        else:
            self.addFile(entry)

    def parseDirectoryLine(self, line: str) -> dict[str, Any] | None:
        """
        Read one line.

        @return: L{None} if it is not of a file.
        """
        match = self.fileLinePattern.match(line)
        if match is None:
            return None
        entry: dict[str, Any] = match.groupdict()
        entry["size"] = int(entry["size"])
        entry["nlinks"] = int(entry["nlinks"] or 0)
        for key in ("filename", "linktarget"):
            if entry[key]:
                entry[key] = entry[key].replace(r"\ ", " ")
        return entry

    def addFile(self, info: dict[str, Any]) -> None:
        """
        Note a file.  Override it to use each as it comes.
        """
        self.files.append(info)

    def unknownLine(self, line: str) -> None:
        """
        Leave out a line that is not of a file.  Override it to use it.
        """
