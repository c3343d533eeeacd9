"""
The reactor on I/O completion ports.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet import _dispatch, main
from twisted.internet._proactor_py import CANCELLED
from twisted.internet._proactor_py import Proactor as _PureProactor
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.iocpreactor import tcp, udp
from twisted.internet.iocpreactor.abstract import KNOWN_ALREADY, FileHandle
from twisted.internet.posixbase import PosixReactorBase
from twisted.python import log

__all__ = ["IOCPReactor", "install"]

EVENTS_PER_LOOP = 1000
KEY_NORMAL, KEY_WAKEUP = range(2)

#: The longest wait, in milliseconds: Ctrl-C ends none where nobody handles it.
MAX_TIMEOUT = 2000

# While somebody else's socket waits for writability, it is asked this often.
POLL = 0.01

_Proactor: Any = pick("proactor", _PureProactor, "twisted.internet._proactor_c")


def _lost(owner: Any, operation: Any) -> Any:
    """The kernel has said that *owner*'s connection failed."""
    return main.CONNECTION_LOST


class PortWaker:
    """Ends a wait at the completion port."""

    def __init__(self, proactor: Any) -> None:
        self._proactor = proactor

    def wakeUp(self) -> None:
        """End the wait that is on, or else the next one."""
        self._proactor.wake()


@implementer(IReactorFDSet)
class IOCPReactor(PosixReactorBase):
    """
    A reactor that begins operations, and is told when they are over.

    Sockets of others can be readers, too: it is told when there is something
    to receive.  There is no such way to wait for writability, so their
    writers are polled.

    @ivar _proactor: the completion port.
    @ivar _watches: what is pending for each reader.
    @ivar _ready: readers that have something to read already, and whether it
        is an error.
    @ivar _active: handles that await something of their own.
    @ivar _sending: connections whose send is pending.
    """

    _tcp = tcp
    _udp = udp
    _flushesAfterEvents = True

    def __init__(self) -> None:
        self._proactor = _Proactor()
        self._readers: set[Any] = set()
        self._watches: dict[Any, Any] = {}
        self._ready: list[tuple[Any, bool]] = []
        self._writers: set[Any] = set()
        self._active: set[Any] = set()
        self._sending: set[Any] = set()
        super().__init__()

    def installWaker(self) -> None:
        """Let the port itself be what is woken."""
        if self.waker is None:
            self.waker = PortWaker(self._proactor)

    # -- handles ----------------------------------------------------------------

    @property
    def port(self) -> Any:
        """The completion port."""
        return self._proactor

    def createSocket(self, af: int, stype: int) -> socket.socket:
        """Make a socket on which operations can be begun."""
        skt = socket.socket(af, stype)
        self._proactor.register(skt.fileno(), stype == socket.SOCK_DGRAM)
        return skt

    def registerHandle(self, handle: int) -> None:
        """Let operations be begun on the socket with the number *handle*."""
        self._proactor.register(handle)

    def addActiveHandle(self, handle: Any) -> None:
        """Close *handle* when the reactor stops."""
        self._active.add(handle)

    def removeActiveHandle(self, handle: Any) -> None:
        """Undo C{addActiveHandle}."""
        self._active.discard(handle)

    # -- readers and writers ------------------------------------------------------

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        if reader not in self._readers:
            self._readers.add(reader)
            self._watch(reader)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        self._readers.discard(reader)

    def _watch(self, reader: Any) -> None:
        """Have it told when *reader* has something to read."""
        fd = reader.fileno()
        pending = self._watches.get(reader)
        if pending is not None and pending.fd == fd:
            return
        try:
            if fd != getattr(reader, "_registered", None):
                try:
                    self._proactor.register(fd)
                except OSError as problem:
                    # Known already, or no socket: that is found out below.
                    if problem.errno != KNOWN_ALREADY:
                        raise
            watch = self._proactor.awaitData(fd, reader, None)
        except (OSError, OverflowError, ValueError, TypeError):
            self._ready.append((reader, True))
        else:
            if watch is None:
                self._ready.append((reader, False))
            else:
                self._watches[reader] = watch

    def _watchOver(self, reader: Any, operation: Any) -> None:
        if self._watches.get(reader) is operation:
            del self._watches[reader]
        if reader in self._readers:
            if operation.error == CANCELLED and reader.fileno() != -1:
                self._watch(reader)
            else:
                self._read(reader, bool(operation.error))

    def _read(self, reader: Any, failed: bool) -> None:
        """
        Let *reader* read.

        @param failed: it is told so; of others', reading has to find it out.
        """
        if failed and isinstance(reader, FileHandle) and reader.getFileHandle() != -1:
            self._handle(reader, _lost, None)
        else:
            _dispatch.handle(self, reader, True, False, False)
        if reader in self._readers:
            self._watch(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        self._writers.add(writer)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        self._writers.discard(writer)

    def removeAll(self) -> list[Any]:
        """Forget everyone but the reactor's own, and return them."""
        everyone = self._removeAll(self._readers, self._writers)
        everyone += [handle for handle in self._active | self._sending if handle not in everyone]
        self._active.clear()
        self._sending.clear()
        return everyone

    def getReaders(self) -> list[Any]:
        """Return the readers, and the ports."""
        return list(self._readers | self._active)

    def getWriters(self) -> list[Any]:
        """Return the writers, and the connections whose send is pending."""
        return list(self._writers | self._sending)

    def _isReading(self, selectable: Any) -> bool:
        return selectable in self._readers

    # -- waiting --------------------------------------------------------------------

    def doIteration(self, delay: float | None) -> None:
        """
        Wait up to *delay* seconds and handle what is over.
        """
        patience = MAX_TIMEOUT / 1000
        if self._writers:
            patience = POLL
        if self._ready:
            patience = 0
        if delay is not None and delay < patience:
            patience = max(delay, 0)
        # What is found ready from here on is for the next turn: delayed calls
        # come before it, as on other reactors.
        ready, self._ready = self._ready, []
        for operation in self._proactor.wait(patience):
            if operation.then is None:
                self._watchOver(operation.owner, operation)
            else:
                self._handle(operation.owner, operation.then, operation)
        for reader, failed in ready:
            if reader in self._readers:
                self._read(reader, failed)
        if self._writers:
            self._pollWriters()

    def _handle(self, owner: Any, then: Callable[[Any, Any], Any], operation: Any) -> None:
        """Let *owner* go on, and end it if it says so or raises."""
        loop = self._loop
        before = loop.enter(owner)
        try:
            try:
                why = then(owner, operation)
            except BaseException as problem:
                why = problem
                log.err()
            if why:
                try:
                    _dispatch.disconnect(self, owner, why, False)
                except BaseException:
                    log.err()
            if loop.dirty:
                loop.flush()
        finally:
            loop.current = before

    def _pollWriters(self) -> None:
        byNumber: dict[int, Any] = {}
        for writer in list(self._writers):
            fd = writer.fileno()
            if fd == -1:
                _dispatch.disconnect(self, writer, _dispatch.NO_FILEDESC, False)
            else:
                byNumber[fd] = writer
        if byNumber:
            # A connection that fails is among the last, on Windows.
            _, writable, failed = select.select([], byNumber, byNumber, 0)
            for fd in {*writable, *failed}:
                if byNumber[fd] in self._writers:
                    _dispatch.handle(self, byNumber[fd], False, True, False)


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = IOCPReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
