"""
The pure twin of the stream: the busy part of a connected socket.

Reading, queueing, sending.  C{write} only queues and tells the loop; the loop
calls C{flushNow} when the callback that wrote has returned.  What the kernel
refuses waits for writability, and only then is it told to wait for that.  On
a reactor that does not flush after events (somebody else's), the stream asks
for writability at once.

The compiled twin is C{StreamBase} of C{twisted.internet._reactor_c}.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from collections.abc import Iterable
from errno import EAGAIN, EINTR, ENOBUFS, EWOULDBLOCK
from typing import Any, cast

from twisted.internet import _dispatch, main
from twisted.internet.abstract import FileDescriptor, requireBytes
from twisted.python import log

# What one call offers the kernel at most: pieces and bytes.
PIECES = 64
OFFER = 1 << 20

RETRY = frozenset((EAGAIN, EWOULDBLOCK, EINTR, ENOBUFS))

# Windows has no such call in Python.
_SENDMSG = hasattr(socket.socket, "sendmsg")

# How many descriptors one read may bring along.
RIGHTS = 64

# Programs that we start do not inherit them.
CLOEXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)

# What is sent so waits for what is sent next, and goes into one segment with it:
# the last bytes, with the end of the connection.
MORE = getattr(socket, "MSG_MORE", 0)

_LINGER_OFF = struct.pack("ii", 1, 0)


def closeSocket(skt: Any, orderly: bool, shutdown: bool) -> None:
    """
    Close *skt*.

    @param orderly: let what was sent arrive; otherwise reset the connection.
    @param shutdown: end the connection even if a child process has inherited
        the socket.
    """
    try:
        if orderly:
            if shutdown:
                skt.shutdown(2)
        else:
            skt.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
    except OSError:
        pass
    try:
        skt.close()
    except OSError:
        pass


def acceptConnection(listening: Any, bare: bool) -> Any:
    """
    Accept a connection.

    @param listening: the socket that listens.
    @param bare: the number of the descriptor does instead of a socket object.
    @return: the socket, which does not block, and the peer's address; or
        L{None} when nobody waits.
    @raise OSError: it cannot be accepted.
    """
    try:
        skt, peer = listening.accept()
    except OSError as problem:
        if problem.errno in (EAGAIN, EWOULDBLOCK):
            return None
        raise
    skt.setblocking(False)
    return skt, peer


class StreamBase:
    """
    What a stream does for each event and each write.

    @ivar socket: the connected socket.
    @ivar protocol: whom received bytes are given to; may be replaced.
    @ivar _connecting: being ready means that C{doConnect} can go on.
    @ivar _rights: descriptors that wait to be sent along (UNIX sockets).
    @ivar _fills: C{_fill} reads, and not we.
    @ivar _watched: C{_drained} is to hear of all that is sent, too, and not only
        when nothing is left of it.
    @ivar _shouldShutdown: the end is for all who have the socket, child processes
        that were given it, too.
    @ivar _errno: the number with which the kernel has refused for good, or 0.
    @ivar _queued: how many bytes wait to be sent.
    @ivar _chunks: what waits, a deque; an empty tuple when nothing does.
    @cvar _receivesRights: descriptors may come along with the bytes.
    """

    _receivesRights = False

    reactor: Any
    socket: Any
    protocol: Any = None
    producer: Any
    connected: Any = 0
    disconnected: Any = 0
    disconnecting: Any = 0
    _writeDisconnecting: Any = False
    _writeDisconnected: Any = False
    _aborting = False
    _connecting = False
    _fills = False
    _watched = False
    _shouldShutdown: Any = True
    _errno = 0
    _rights: Any = None
    # The log prefix, once somebody has asked for it.
    _logstr: str | None = None
    # The protocol while it is told of the end, then its class: who logs then, has
    # the prefix, which few ask for and which takes time to make.
    _former: Any = None
    _loopMark: Any = None
    _dirty = False
    _blocked = False
    _offset = 0
    _queued = 0
    bufferSize: Any
    client: Any
    server: Any
    sessionno: int
    # The class of descriptors, which comes later in the order, has it, and
    # `loseConnection`; the compiled twin has both itself.
    _drained: Any

    def _openStream(self, reactor: Any) -> None:
        """Begin, with an empty queue."""
        self._chunks: Any = ()
        # Its own from the beginning, though the class says the same: up to CPython
        # 3.12 what an instance has of its class is not found in a specialised way,
        # and what it is given later, when there are others, may make it a dict.
        self._dirty = self._blocked = False
        self._queued = self._offset = 0
        self.disconnected = self.disconnecting = False
        self._writeDisconnecting = self._writeDisconnected = False
        self._connecting = self._aborting = self._fills = self._watched = False
        self._rights = self.producer = None
        loop = getattr(reactor, "_loop", None)
        if loop is not None and getattr(reactor, "_flushesAfterEvents", False):
            self._loopMark = loop.markDirty

    # -- the socket ---------------------------------------------------------

    def _adopt(
        self, skt: Any, protocol: Any, client: Any, server: Any, sessionno: int, reactor: Any
    ) -> None:
        """
        Begin as the server's end of a connection: open, and read from now on.

        @param skt: the accepted socket.
        """
        self.reactor = reactor
        self.socket = skt
        self.protocol = protocol
        self._openStream(reactor)
        self.client, self.server, self.sessionno = client, server, sessionno
        self.connected = 1
        self.startReading()

    def fileno(self) -> int:
        """Return the socket's number, -1 when it is closed."""
        skt = self.socket
        return -1 if skt is None else skt.fileno()

    def _finish(self, orderly: bool, end: bool) -> Any:
        """
        Stop the producer, do nothing more, close the socket, and part with the
        protocol.

        @param orderly: as for C{_closeSocket}.
        @param end: likewise.
        @return: the protocol, which is C{_former} now.
        """
        FileDescriptor.connectionLost(cast("Any", self), cast("Any", None))
        self._discardQueue()
        self._closeSocket(orderly, end)
        self._former, self.protocol = self.protocol, None
        return self._former

    def _closeSocket(self, orderly: bool, end: bool) -> None:
        """
        Close the socket.

        @param orderly: let what was sent arrive; otherwise reset the connection.
        @param end: end the connection even if a child process has inherited
            the socket.
        """
        skt, self.socket = self.socket, None
        if skt is not None:
            closeSocket(skt, orderly, end)

    # -- the queue ----------------------------------------------------------

    def write(self, data: bytes) -> None:
        """
        Queue *data*; it is sent when the callback that runs now has returned.

        @raise TypeError: *data* is not bytes.
        """
        requireBytes(data)
        if not self.connected or self._writeDisconnected:
            return
        if data:
            if self._chunks:
                self._chunks.append(data)
            else:
                # Where nothing waits there is none: it takes 600 bytes.
                self._chunks = deque((data,))
            self._queued += len(data)
            if self._queued > self.bufferSize:
                self._maybePauseProducer()
            if not self._dirty:
                self.startWriting()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """
        Queue several pieces, as C{write} would do one after the other.

        @raise TypeError: a piece is not bytes; none has been queued then.
        """
        pieces = list(iovec)
        for piece in pieces:
            requireBytes(piece)
        if not self.connected or not pieces or self._writeDisconnected:
            return
        if self._chunks:
            self._chunks.extend(filter(None, pieces))
        else:
            self._chunks = deque(filter(None, pieces))
        self._queued += sum(map(len, pieces))
        if self._queued > self.bufferSize:
            self._maybePauseProducer()
        if not self._dirty:
            self.startWriting()

    def _isSendBufferFull(self) -> bool:
        return bool(self._queued > self.bufferSize)

    def _maybePauseProducer(self) -> None:
        raise NotImplementedError

    @property
    def _tempDataBuffer(self) -> Any:
        """The pieces that wait, the first one maybe partly sent."""
        return list(self._chunks)

    @_tempDataBuffer.setter
    def _tempDataBuffer(self, pieces: Any) -> None:
        self._discardQueue()
        self._chunks = deque(pieces)
        self._queued = sum(map(len, pieces))

    @property
    def dataBuffer(self) -> Any:
        """What waits to be sent, as one."""
        return b"".join(self._chunks)[self._offset :]

    @dataBuffer.setter
    def dataBuffer(self, data: Any) -> None:
        self._tempDataBuffer = [data] if data else []

    # -- interest -------------------------------------------------------------

    def startReading(self) -> None:
        """Give the protocol what arrives."""
        self.reactor.addReader(self)

    def stopReading(self) -> None:
        """Leave what arrives with the kernel."""
        self.reactor.removeReader(self)

    def startWriting(self) -> None:
        """Send what is queued, soon, and do what waits for that."""
        if self._loopMark is None:
            self.reactor.addWriter(self)
        elif not self._dirty and not self._blocked:
            self._dirty = True
            self._loopMark(self)

    def stopWriting(self) -> None:
        """Do not wait for writability."""
        self._blocked = False
        self.reactor.removeWriter(self)

    # -- events -----------------------------------------------------------------

    def doRead(self) -> Any:
        """
        Read once, and give what was there to the protocol.

        @return: L{None}, or why the connection is over.
        """
        if self._connecting:
            self.doConnect()
            return None
        if self._aborting:
            return None
        if self._fills:
            return self._fill()
        try:
            if self._receivesRights:
                data, found, _, _ = self.socket.recvmsg(
                    self.bufferSize, socket.CMSG_SPACE(RIGHTS * 4), CLOEXEC
                )
            else:
                data, found = self.socket.recv(self.bufferSize), None
        except OSError as problem:
            return self._refused(problem)
        if found:
            self._ancillaryReceived(found)
            if self.disconnected:
                return None
        return self._dataReceived(data)

    def _refused(self, problem: OSError) -> Any:
        """The kernel has not given or taken anything: say whether that is the end."""
        if problem.errno in RETRY:
            return None
        self._errno = problem.errno or 0
        return main.CONNECTION_LOST

    def _raised(self) -> None:
        """Something that we called has raised; called inside the except block."""
        log.err()

    def _fill(self) -> Any:
        """As C{doRead}, for who says where the bytes are to go."""
        raise NotImplementedError

    def doConnect(self) -> None:
        """Go on with connecting, for what connects."""
        raise NotImplementedError

    def _ancillaryReceived(self, found: list[tuple[int, int, bytes]]) -> None:
        """Something came along with the bytes; for UNIX sockets."""
        raise NotImplementedError

    def _sendWithRights(self, data: Any) -> Any:
        """As C{writeSomeData}, with descriptors; for UNIX sockets."""
        raise NotImplementedError

    def _rightsStranded(self) -> Any:
        """No byte is left for descriptors to go along with: say why it ends."""
        raise NotImplementedError

    def _dataReceived(self, data: bytes) -> Any:
        if not data:
            return main.CONNECTION_DONE
        answer = self.protocol.dataReceived(data)
        if answer is not None:
            return self._complainOfAnswer(answer)
        return None

    def _complainOfAnswer(self, answer: object) -> Any:
        """A protocol has returned something: say what is to come of it."""
        raise NotImplementedError

    def flushNow(self) -> None:
        """
        Send what is queued; the loop calls this after the callback that
        queued it.  Like an event, it may end the connection.
        """
        self._dirty = False
        if self.disconnected or self._blocked:
            return
        loop = self.reactor._loop
        before = loop.enter(self)
        why: Any
        try:
            try:
                why = self.doWrite()
            except BaseException as problem:
                why = problem
                self._raised()
            if why:
                try:
                    _dispatch.disconnect(self.reactor, self, why, False)
                except BaseException:
                    log.err()
        finally:
            loop.current = before

    def doWrite(self) -> Any:
        """
        Send what is queued; when all of it is gone, go on with what waited
        for that.

        @return: L{None}, or why the connection is over.
        """
        if self._connecting:
            self.doConnect()
            return None
        if self._aborting:
            return None
        while self._chunks:
            sent = self._send()
            if isinstance(sent, Exception):
                return sent
            if not self._chunks:
                # Whoever sent it has discarded the queue meanwhile.
                return None
            if not self._sent(sent):
                if not self._blocked:
                    self._awaitWritability()
                if self._watched:
                    self._drained()
                return None
        if self._blocked or self._loopMark is None:
            self.stopWriting()
        why = self._drained()
        if self._rights and (why is None or why is main.CONNECTION_DONE) and not self._queued:
            return self._rightsStranded()
        return why

    def _awaitWritability(self) -> None:
        """Have C{doWrite} called when the kernel can take something."""
        self._blocked = True
        self.reactor.addWriter(self)

    def _send(self) -> Any:
        """
        Offer the kernel the head of the queue.

        @return: the number of bytes it took, or an exception instance.
        """
        chunks = self._chunks
        offset = self._offset
        if self._rights:
            return self._sendWithRights(memoryview(chunks[0])[offset:])
        if len(chunks) == 1 or len(chunks[0]) - offset >= OFFER:
            head: Any = chunks[0]
            if offset or len(head) > OFFER:
                head = memoryview(head)[offset : offset + OFFER]
            return self.writeSomeData(head)
        return self._sendPieces(self._head())

    def _head(self) -> list[Any]:
        pieces: list[Any] = []
        size = 0
        for chunk in self._chunks:
            pieces.append(chunk)
            size += len(chunk)
            if size >= OFFER or len(pieces) == PIECES:
                break
        if self._offset:
            pieces[0] = memoryview(pieces[0])[self._offset :]
        return pieces

    def _sendPieces(self, pieces: list[Any]) -> Any:
        if not _SENDMSG or type(self).writeSomeData is not StreamBase.writeSomeData:
            # What a subclass says of sending is asked for all that is sent.
            return self.writeSomeData(b"".join(pieces))
        try:
            if self._endsBehind(sum(map(len, pieces))):
                return self.socket.sendmsg(pieces, (), MORE)
            return self.socket.sendmsg(pieces)
        except OSError as problem:
            return self._refused(problem) or 0

    def writeSomeData(self, data: Any) -> Any:
        """
        Offer the kernel *data*.

        @return: the number of bytes it took, or an exception instance.
        """
        try:
            if (self.disconnecting or self._writeDisconnecting) and self._endsBehind(len(data)):
                return self.socket.send(data, MORE)
            return self.socket.send(data)
        except OSError as problem:
            return self._refused(problem) or 0

    def _endsBehind(self, offered: int) -> bool:
        """
        Tell whether the end follows at once behind *offered* bytes: then it goes
        into their segment.  Who leaves the connection to a child process says none.
        """
        return bool(
            MORE
            and offered == self._queued
            and (self.disconnecting or self._writeDisconnecting)
            and self.producer is None
            and not self._watched
            and self._shouldShutdown
            and type(self.socket) is socket.socket
        )

    def _sent(self, count: int) -> bool:
        """
        Take *count* bytes off the queue.

        @return: whether the kernel may take more.
        """
        if not count:
            return False
        self._queued -= count
        chunks = self._chunks
        count += self._offset
        while chunks and count >= len(chunks[0]):
            count -= len(chunks.popleft())
        if not chunks:
            self._chunks = ()
        self._offset = count
        return count == 0

    def _discardQueue(self) -> None:
        self._chunks = ()
        self._queued = self._offset = 0
