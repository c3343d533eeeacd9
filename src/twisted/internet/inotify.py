"""
What happens to files, told by Linux: see C{inotify(7)}.

For example, to print what is done in a directory and all below it::

    def notified(watch, path, mask):
        print(path.path, humanReadableMask(mask))

    notifier = INotify()
    notifier.startReading()
    notifier.watch(FilePath("/some/directory"), autoAdd=True, recursive=True,
                   callbacks=[notified])
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet import fdesc, main
from twisted.internet.abstract import FileDescriptor
from twisted.logger import Logger
from twisted.python import _inotify
from twisted.python._inotify import INotifyError
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath, UnlistableError

__all__ = [
    "INotify",
    "humanReadableMask",
    "IN_WATCH_MASK",
    "IN_ACCESS",
    "IN_MODIFY",
    "IN_ATTRIB",
    "IN_CLOSE_NOWRITE",
    "IN_CLOSE_WRITE",
    "IN_OPEN",
    "IN_MOVED_FROM",
    "IN_MOVED_TO",
    "IN_CREATE",
    "IN_DELETE",
    "IN_DELETE_SELF",
    "IN_MOVE_SELF",
    "IN_UNMOUNT",
    "IN_Q_OVERFLOW",
    "IN_IGNORED",
    "IN_ONLYDIR",
    "IN_DONT_FOLLOW",
    "IN_MASK_ADD",
    "IN_ISDIR",
    "IN_ONESHOT",
    "IN_CLOSE",
    "IN_MOVED",
    "IN_CHANGED",
]

_log = Logger()

IN_ACCESS = 0x1
IN_MODIFY = 0x2
IN_ATTRIB = 0x4
IN_CLOSE_WRITE = 0x8
IN_CLOSE_NOWRITE = 0x10
IN_OPEN = 0x20
IN_MOVED_FROM = 0x40
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
IN_DELETE = 0x200
IN_DELETE_SELF = 0x400
IN_MOVE_SELF = 0x800
IN_UNMOUNT = 0x2000
IN_Q_OVERFLOW = 0x4000
IN_IGNORED = 0x8000

IN_ONLYDIR = 0x1000000
IN_DONT_FOLLOW = 0x2000000
IN_MASK_ADD = 0x20000000
IN_ISDIR = 0x40000000
IN_ONESHOT = 0x80000000

IN_CLOSE = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
IN_MOVED = IN_MOVED_FROM | IN_MOVED_TO
IN_CHANGED = IN_MODIFY | IN_ATTRIB

IN_WATCH_MASK = (
    IN_CHANGED | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_MOVED | IN_UNMOUNT
)
"""What is watched for by default: all but reading, opening and closing."""

# The numbers of the bits, and what they are called.
_WORDS = {0: "access", 1: "modify", 2: "attrib", 3: "close_write", 4: "close_nowrite"}
_WORDS |= {5: "open", 6: "moved_from", 7: "moved_to", 8: "create", 9: "delete"}
_WORDS |= {10: "delete_self", 11: "move_self", 13: "unmount", 14: "queue_overflow"}
_WORDS |= {15: "ignored", 24: "only_dir", 25: "dont_follow", 29: "mask_add"}
_WORDS |= {30: "is_dir", 31: "one_shot"}
_FLAG_TO_HUMAN = [(1 << bit, word) for bit, word in _WORDS.items()]

_Callback = Callable[[Any, FilePath[bytes], int], object]

# After these there is nothing left to watch.
_GONE = IN_DELETE_SELF | IN_UNMOUNT | IN_IGNORED
# These are told whether or not they were asked for.
_ALWAYS = IN_DELETE_SELF | IN_UNMOUNT
_APPEARED = IN_CREATE | IN_MOVED_TO

# The watch, the mask, a number by which two halves of a move are known, and how
# many bytes of name follow.
_HEADER = struct.Struct("=iIII")
_NONE_IN_PARTICULAR = -1


def humanReadableMask(mask: int) -> list[str]:
    """
    Say in words what a mask says.

    @param mask: one or more of the numbers of this module.
    @return: a word for each.
    """
    return [word for flag, word in _FLAG_TO_HUMAN if mask & flag]


class _Watch:
    """
    A path that is watched.

    @ivar path: the path, a L{FilePath}.
    @ivar mask: what for.
    @ivar autoAdd: whether new directories in it are to be watched, too.
    @ivar callbacks: what is called.
    """

    def __init__(
        self,
        path: FilePath[bytes],
        mask: int = IN_WATCH_MASK,
        autoAdd: bool = False,
        callbacks: list[_Callback] | None = None,
    ) -> None:
        self.path = path
        self.mask = mask
        self.autoAdd = autoAdd
        self.callbacks = [] if callbacks is None else callbacks

    def _notify(self, filepath: FilePath[bytes], events: int) -> None:
        """
        Call what is to be called; what goes wrong in there is logged.
        """
        for callback in self.callbacks:
            try:
                callback(self, filepath, events)
            except Exception:
                _log.failure("a callback of the watch on {path} failed", path=self.path)


def _parse(buffer: bytes) -> tuple[list[tuple[int, int, bytes]], bytes]:
    """
    Take apart what the system says.

    @return: triples of a watch's number, a mask and the name of something in a
        directory; and what is not complete.
    """
    events = []
    at = 0
    while len(buffer) - at >= _HEADER.size:
        watch, mask, _, size = _HEADER.unpack_from(buffer, at)
        end = at + _HEADER.size + size
        if end > len(buffer):
            break
        events.append((watch, mask, buffer[at + _HEADER.size : end].rstrip(b"\0")))
        at = end
    return events, buffer[at:]


class INotify(FileDescriptor):
    """
    Watches paths.  Call C{startReading} for it to begin.

    When the last path that it watches is gone, it closes itself.
    """

    _inotify: Any = _inotify

    def __init__(self, reactor: Any = None) -> None:
        """
        @param reactor: an
            L{IReactorFDSet<twisted.internet.interfaces.IReactorFDSet>}; the
            global one by default.
        @raise INotifyError: the system has no more of them.
        """
        super().__init__(reactor=reactor)
        self._fd: int = self._inotify.init()
        fdesc.setNonBlocking(self._fd)
        fdesc._setCloseOnExec(self._fd)
        self.connected = 1
        self._buffer = b""
        self._watchpoints: dict[int, _Watch] = {}
        self._watchpaths: dict[FilePath[bytes], int] = {}

    def fileno(self) -> int:
        """
        @return: the descriptor's number; -1 when it was closed.
        """
        return self._fd

    def loseConnection(self) -> None:
        """
        Watch nothing any more, at once: there is nothing to be written before.
        """
        if self.connected:
            self.connectionLost(Failure(main.CONNECTION_DONE))

    def connectionLost(self, reason: Failure) -> None:
        """
        Close the descriptor.

        @param reason: why.
        """
        super().connectionLost(reason)
        if self._fd >= 0:
            try:
                os.close(self._fd)
            except OSError:
                _log.failure("Couldn't close INotify file descriptor.")
        self._fd = -1
        self._watchpoints.clear()
        self._watchpaths.clear()

    def doRead(self) -> Exception | None:
        """
        Take what the system has to say, and notify.

        @return: why there is no more of it, if that is so.
        """
        return fdesc.readFromFD(self._fd, self._doRead)

    def _doRead(self, in_: bytes) -> None:
        events, self._buffer = _parse(self._buffer + in_)
        for number, mask, name in events:
            if number == _NONE_IN_PARTICULAR:
                _log.warn("so much has happened that some of it is not known")
                continue
            watch = self._watchpoints.get(number)
            # None: what had happened before it was ignored.
            if watch is not None:
                self._happened(number, watch, mask, name)

    def _happened(self, number: int, watch: _Watch, mask: int, name: bytes) -> None:
        """
        Something has happened to what is watched, or in it.
        """
        path = watch.path.child(name) if name else watch.path
        if mask & _GONE:
            self._rmWatch(number)
            if not self._watchpoints:
                self.loseConnection()
        # The mask is 0 for those who want nothing but what is always told.
        if mask & (watch.mask | _ALWAYS):
            watch._notify(path, mask)
        if watch.autoAdd and mask & IN_ISDIR and mask & _APPEARED:
            self._addTree(path, watch)

    def _addTree(self, directory: FilePath[bytes], like: _Watch) -> None:
        """
        Watch a new directory, and tell of what is in it already: that may have
        been made before it was watched, and then nobody else tells of it.
        """
        for path in self._watchTree(directory, like.mask, True, like.callbacks):
            if path != directory and like.mask & IN_CREATE:
                like._notify(path, IN_CREATE | (IN_ISDIR if path.isdir() else 0))

    def _watchTree(
        self, top: FilePath[bytes], mask: int, autoAdd: bool, callbacks: list[_Callback] | None
    ) -> Iterator[FilePath[bytes]]:
        """
        Watch a directory and those below it; not through symbolic links.

        @return: an iterator of all that is there.
        """
        waiting = [top]
        while waiting:
            path = waiting.pop()
            yield path
            if not path.isdir() or (path.islink() and path != top):
                continue
            try:
                self._addWatch(path, mask, autoAdd, callbacks)
                waiting += path.children()
            except (INotifyError, UnlistableError):
                if path.exists():
                    raise
                # Else it is gone already.

    def _addWatch(
        self,
        path: FilePath[bytes],
        mask: int,
        autoAdd: bool,
        callbacks: list[_Callback] | None,
    ) -> int:
        known = self._watchpaths.get(path)
        if known is not None:
            return known
        asked = mask | IN_DELETE_SELF
        if autoAdd:
            asked |= _APPEARED
        number: int = self._inotify.add(self._fd, path, asked)
        self._watchpoints[number] = _Watch(path, mask, autoAdd, callbacks)
        self._watchpaths[path] = number
        return number

    def _rmWatch(self, wd: int) -> None:
        """
        Forget a watch.
        """
        watch = self._watchpoints.pop(wd)
        self._watchpaths.pop(watch.path, None)

    def watch(
        self,
        path: FilePath[Any],
        mask: int = IN_WATCH_MASK,
        autoAdd: bool = False,
        callbacks: list[_Callback] | None = None,
        recursive: bool = False,
    ) -> int:
        """
        Watch a path.  If it is watched already, nothing changes.

        @param path: a file or directory.
        @param mask: what to watch for.  That the path itself is deleted is
            told in any case.
        @param autoAdd: whether to watch the directories that will be made in
            it as well, in the same way, and those in these.
        @param callbacks: what is called when something happens, with an object
            for the watch, the path of what it happened to (a L{FilePath} of
            bytes), and a mask of what it was.
        @param recursive: whether to watch the directories in it as well, and
            those in these.
        @return: the number of the watch.
        @raise INotifyError: the system refuses, because there is nothing at
            the path for example.
        """
        where = path.asBytesMode()
        number = self._addWatch(where, mask, autoAdd, callbacks)
        if recursive:
            for _ in self._watchTree(where, mask, autoAdd, callbacks):
                pass
        return number

    def ignore(self, path: FilePath[Any]) -> None:
        """
        Watch a path no longer.

        @param path: the path.
        @raise KeyError: it is not watched.
        """
        where = path.asBytesMode()
        number = self._watchpaths.get(where)
        if number is None:
            raise KeyError(f"{where!r} is not watched")
        self._inotify.remove(self._fd, number)
        self._rmWatch(number)

    def _isWatched(self, path: FilePath[Any]) -> bool:
        return path.asBytesMode() in self._watchpaths
