"""
A reactor on kqueue(2), for the BSDs and macOS.

kqueue knows a filter for reading and one for writing, each with events of its
own.  The events of one descriptor from one wait are handled together, so that
what can be read is read before a hang-up that the other filter has found.
"""

from __future__ import annotations

import errno
import select
from typing import Any

from zope.interface import Attribute, Interface, implementer

from twisted.internet import _dispatch
from twisted.internet._selectables import ServesRefused
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase

__all__ = ["KQueueReactor", "install"]

# NetBSD counts its filters in another way than the rest.
_READ: int = getattr(select, "KQ_FILTER_READ", -1)
_WRITE: int = getattr(select, "KQ_FILTER_WRITE", -2)
_ADD: int = getattr(select, "KQ_EV_ADD", 0x0001)
_DELETE: int = getattr(select, "KQ_EV_DELETE", 0x0002)
_ERROR: int = getattr(select, "KQ_EV_ERROR", 0x4000)
_EOF: int = getattr(select, "KQ_EV_EOF", 0x8000)

#: What is said of a descriptor that has no filter: some devices, by the system.
_NOT_WAITED_FOR = frozenset((errno.EPERM, errno.EINVAL, errno.ENODEV))

#: What is said of one that is gone: closed, and forgotten by the kernel.
_GONE = frozenset((errno.ENOENT, errno.EBADF))

#: Events taken from the kernel in one wait.
_BATCH = 1024


class _IKQueue(Interface):
    """
    What the reactor uses of the module L{select}.
    """

    kqueue = Attribute("The class of kernel event queues, L{select.kqueue}.")
    kevent = Attribute("The class of their changes and events, L{select.kevent}.")


@implementer(IReactorFDSet)
class KQueueReactor(ServesRefused, PosixReactorBase):
    """
    A reactor on kqueue(2).

    @ivar _kq: the kernel's queue.
    @ivar _readers, _writers: whose each number is, by filter.
    """

    _flushesAfterEvents = True

    def __init__(self, _kqueueImpl: Any = select) -> None:
        self._impl = _kqueueImpl
        self._kq = _kqueueImpl.kqueue()
        self._readers: dict[int, Any] = {}
        self._writers: dict[int, Any] = {}
        super().__init__()

    # -- descriptors ------------------------------------------------------------

    def _change(self, fd: int, which: int, flags: int) -> None:
        """Tell the kernel at once: it reports errors of the change to us."""
        try:
            self._kq.control([self._impl.kevent(fd, which, flags)], 0, 0)
        except OSError as problem:
            # Interrupted it has made the changes all the same: kqueue(2), ERRORS.
            if problem.errno != errno.EINTR:
                raise

    def _add(self, held: dict[int, Any], which: int, selectable: Any) -> bool:
        """
        Watch *selectable*.

        @return: false if the kernel has no filter for it.
        """
        fd = selectable.fileno()
        if held.get(fd) is selectable:
            return True
        # Adding once more is not an error, and after a close it is needed.
        try:
            self._change(fd, which, _ADD)
        except OSError as problem:
            if problem.errno in _NOT_WAITED_FOR:
                return False
            raise
        held[fd] = selectable
        return True

    def _remove(self, held: dict[int, Any], which: int, selectable: Any) -> None:
        fd = selectable.fileno()
        if held.get(fd) is not selectable:
            # It has been closed since; the kernel has forgotten it by itself.
            numbers = [number for number, known in held.items() if known is selectable]
            if not numbers:
                return
            fd = numbers[0]
        del held[fd]
        try:
            self._change(fd, which, _DELETE)
        except OSError as problem:
            if problem.errno not in _GONE:
                raise

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        if not self._add(self._readers, _READ, reader):
            self._forRefused().addReader(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        if not self._add(self._writers, _WRITE, writer):
            self._forRefused().addWriter(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        self._remove(self._readers, _READ, reader)
        self._removeRefused("removeReader", reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        self._remove(self._writers, _WRITE, writer)
        self._removeRefused("removeWriter", writer)

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        return self._removeAll(self.getReaders(), self.getWriters())

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return [*self._readers.values(), *self._refused("getReaders")]

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return [*self._writers.values(), *self._refused("getWriters")]

    # -- waiting ------------------------------------------------------------------

    def doKEvent(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds (L{None}: for ever) and handle what
        happens.
        """
        try:
            events = self._kq.control([], _BATCH, timeout)
        except OSError as problem:
            if problem.errno == errno.EINTR:
                return
            raise
        happened: dict[int, list[bool]] = {}
        for event in events:
            state = happened.setdefault(event.ident, [False, False, False])
            if event.filter == _READ:
                # At the end, too: reading finds out which end it is.
                state[0] = True
            else:
                state[1] = True
                state[2] = bool(event.flags & (_EOF | _ERROR))
        # Whose each event is, before any is handled: a handler may close a
        # descriptor whose number is then given to somebody else.
        known = [
            (fd, state, self._readers.get(fd), self._writers.get(fd))
            for fd, state in happened.items()
        ]
        for fd, state, reader, writer in known:
            self._handle(fd, state, reader, writer)

    doIteration = doKEvent  # type: ignore[assignment]

    def _handle(self, fd: int, state: list[bool], reader: Any, writer: Any) -> None:
        """
        @param state: whether it is readable, writable, and hung up, as the
            writing filter says.
        """
        readable, writable, hungUp = state
        readable = readable and reader is not None and self._readers.get(fd) is reader
        writable = writable and writer is not None and self._writers.get(fd) is writer
        hungUp = hungUp and writable
        if readable and (writer is reader or not writable):
            _dispatch.handle(self, reader, True, writable, hungUp)
            return
        if readable:
            _dispatch.handle(self, reader, True, False, False)
        if writable and self._writers.get(fd) is writer:
            _dispatch.handle(self, writer, False, True, hungUp)


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise ImportError: this system has no kqueue.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    if not hasattr(select, "kqueue"):
        raise ImportError("this system has no kqueue(2)")
    reactor = KQueueReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
