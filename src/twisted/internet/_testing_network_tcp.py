"""
TCP in the network in memory.

A connection is two pipes.  What is written goes into one in segments, of which
each has its time on the way; they arrive in their order.  A segment that is lost
is sent again, and those behind it wait.  So much may be on the way or unread that
a reader who pauses stops the writer.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from zope.interface import implementer

from twisted.internet import error, main
from twisted.internet._connector import BaseConnector
from twisted.internet._testing_network import (
    FIRST_RETRY,
    GIVES_UP,
    LONGEST_RETRY,
    MemoryHost,
    MemoryNetwork,
)
from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IHalfCloseableProtocol, IListeningPort, ITCPTransport
from twisted.python.failure import Failure

#: Bytes that may be on the way or unread.
WINDOW = 64 * 1024

#: What stands in a pipe besides data: the orderly end, and the other one.
_END, _RESET = object(), object()


class _Pipe:
    """
    One direction of a connection.

    @ivar sender, receiver: the transports.
    @ivar taken: bytes that were sent and not read yet.
    """

    def __init__(self, network: MemoryNetwork, sender: MemoryConnection) -> None:
        self.network = network
        self.sender = sender
        self.receiver: MemoryConnection = None  # type: ignore[assignment]
        self.taken = 0
        self._segments: deque[tuple[Any, float]] = deque()
        self._call: Any = None
        self._blockedSince: float | None = None
        self._retry = FIRST_RETRY

    def room(self) -> int:
        """Return how many bytes may be sent now."""
        return WINDOW - self.taken

    def send(self, what: Any) -> None:
        """Put data on the way, or the end."""
        network, source, target = self.network, self.sender.reactor, self.receiver.reactor
        moment = network.clock.seconds() + network.journey(source, target)
        retry = FIRST_RETRY
        while network.happens(network.between(source, target).loss):
            network.note("lost", source, target, _size(what))
            moment += retry
            retry = min(2 * retry, LONGEST_RETRY)
        if what is _RESET:
            self._segments.clear()
        elif self._segments:
            moment = max(moment, self._segments[-1][1])
        self._segments.append((what, moment))
        if isinstance(what, bytes):
            self.taken += len(what)
        self._plan()

    def cut(self, data: bytes) -> None:
        """Put *data* on the way in segments."""
        network = self.network
        longest = network.between(self.sender.reactor, self.receiver.reactor).segment
        start = 0
        while start < len(data):
            size = network.random.randint(1, longest) if longest else len(data)
            self.send(data[start : start + size])
            start += size

    def read(self, size: int) -> None:
        """*size* bytes were read; the sender hears of it a journey later."""
        self.taken -= size
        sender, receiver = self.sender.reactor, self.receiver.reactor
        delay = self.network.journey(receiver, sender)
        self.network.clock.callLater(delay, sender.poke, self.sender)

    def _plan(self) -> None:
        if self._call is None and self._segments:
            delay = max(0.0, self._segments[0][1] - self.network.clock.seconds())
            self._call = self.network.clock.callLater(delay, self._arrive)

    def _arrive(self) -> None:
        self._call = None
        if not self._segments:
            return
        network, source, target = self.network, self.sender.reactor, self.receiver.reactor
        now = network.clock.seconds()
        if self._segments[0][1] > now:
            self._plan()
            return
        if not network.reaches(source, target) or not network.reaches(target, source):
            self._blocked(now)
            return
        self._blockedSince = None
        self._retry = FIRST_RETRY
        what, _ = self._segments.popleft()
        network.note("arrived", source, target, _size(what))
        self.receiver.arrived(what)
        self._plan()

    def _blocked(self, now: float) -> None:
        """There is no way now: try again later, but not for ever."""
        if self._blockedSince is None:
            self._blockedSince = now
        if now - self._blockedSince >= GIVES_UP:
            self._segments.clear()
            self.sender.arrived(_RESET)
            return
        self._call = self.network.clock.callLater(self._retry, self._arrive)
        self._retry = min(2 * self._retry, LONGEST_RETRY)


def _size(what: Any) -> int:
    return len(what) if isinstance(what, bytes) else 0


@implementer(ITCPTransport)
class MemoryConnection(FileDescriptor):
    """
    The transport of one end of a connection.

    @ivar reactor: the host.
    """

    protocol: Any = None
    _noDelay = _keepAlive = False

    def __init__(self, host: MemoryHost, here: Any) -> None:
        super().__init__(host)
        self._here = here
        self._there: Any = None
        self._out: _Pipe = _Pipe(host.network, self)
        self._in: _Pipe = None  # type: ignore[assignment]
        self._inbox: deque[Any] = deque()
        self._ended = False
        self._over = False

    def pairWith(self, other: MemoryConnection) -> None:
        """Connect the two ends."""
        self._there, other._there = other._here, self._here
        self._in, other._in = other._out, self._out
        self._out.receiver, other._out.receiver = other, self

    # -- what the host asks -------------------------------------------------------

    def readable(self) -> bool:
        """Tell whether something has arrived."""
        return bool(self._inbox) and not self._over

    def writable(self) -> bool:
        """Tell whether something can be sent."""
        return not self._over and (self._out.room() > 0 or not self._queued())

    def _queued(self) -> bool:
        return len(self.dataBuffer) > self.offset or self._tempDataLen > 0

    def arrived(self, what: Any) -> None:
        """Something comes out of the pipe."""
        if self._over:
            # Nobody is there any more to read it.
            if isinstance(what, bytes):
                self._out.send(_RESET)
            return
        if what is _RESET:
            self._inbox.clear()
        self._inbox.append(what)
        if what is _RESET:
            # It is noticed by those who do not read, too.
            self.reactor.addReader(self)
        self.reactor.poke(self)

    def doRead(self) -> Any:
        """Read one segment."""
        what = self._inbox.popleft()
        if what is _RESET:
            return main.CONNECTION_LOST
        if what is _END:
            return main.CONNECTION_DONE
        self._in.read(len(what))
        return self.protocol.dataReceived(what)

    def writeSomeData(self, data: Any) -> int:
        """Put as much on the way as there is room for."""
        piece = bytes(data[: self._out.room()])
        self._out.cut(piece)
        return len(piece)

    # -- the end --------------------------------------------------------------------

    def _closeWriteConnection(self) -> None:
        self._sendEnd()
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            half.writeConnectionLost()

    def _sendEnd(self) -> None:
        if not self._ended:
            self._ended = True
            self._out.send(_END)

    def readConnectionLost(self, reason: Failure) -> None:
        """The peer will send no more; unless the protocol goes on, close."""
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.connectionLost(reason)
        else:
            half.readConnectionLost()

    def abortConnection(self) -> None:
        """Close at once; what was not sent yet, is not."""
        if self.disconnected or self._over:
            return
        self._closed(_RESET)
        self.disconnecting = True
        self.stopReading()
        self.stopWriting()
        self.reactor.callLater(0, self.connectionLost, Failure(error.ConnectionAborted()))

    def _closed(self, how: Any) -> None:
        """Tell the peer, and hear no more of it."""
        if self._over:
            return
        if how is _RESET or any(isinstance(what, bytes) for what in self._inbox):
            # As the kernel does when there is data that nobody has read.
            self._out.send(_RESET)
        else:
            self._sendEnd()
        self._over = True
        self._inbox.clear()

    def connectionLost(self, reason: Failure) -> None:
        """Close, and tell the protocol *reason*."""
        if self.disconnected:
            return
        self._closed(_END)
        super().connectionLost(reason)
        protocol, self.protocol = self.protocol, None
        protocol.connectionLost(reason)

    # -- who it is ----------------------------------------------------------------------

    def logPrefix(self) -> str:
        """Return the protocol's name."""
        return self._getLogPrefix(self.protocol)

    def getHost(self) -> Any:
        """Return our address."""
        return self._here

    def getPeer(self) -> Any:
        """Return the peer's address."""
        return self._there

    def getTcpNoDelay(self) -> bool:
        """Return what was set; nothing depends on it."""
        return self._noDelay

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Set what C{getTcpNoDelay} returns."""
        self._noDelay = bool(enabled)

    def getTcpKeepAlive(self) -> bool:
        """Return what was set; nothing depends on it."""
        return self._keepAlive

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Set what C{getTcpKeepAlive} returns."""
        self._keepAlive = bool(enabled)


class _Client(MemoryConnection):
    """
    The end that has connected.
    """

    def __init__(self, connector: MemoryConnector, here: Any) -> None:
        super().__init__(connector.reactor, here)
        self.connector: Any = connector
        self._retry = FIRST_RETRY
        self._call = self.reactor.callLater(0, self._resolve)

    def _resolve(self) -> None:
        target = self.reactor.network.find(self.connector.host)
        if target is None:
            self.failIfNotConnected(error.DNSLookupError(f"no host {self.connector.host}"))
            return
        self._ask(target)

    def _ask(self, target: MemoryHost) -> None:
        """Send the request for a connection; again, if there is no answer."""
        host, network = self.reactor, self.reactor.network
        way = network.between(host, target), network.between(target, host)
        if (
            network.happens(way[0].loss)
            or network.happens(way[1].loss)
            or not network.reaches(host, target)
            or not network.reaches(target, host)
        ):
            network.note("lost", host, target)
            self._call = host.callLater(self._retry, self._ask, target)
            self._retry = min(2 * self._retry, LONGEST_RETRY)
            return
        self._call = host.callLater(network.journey(host, target), self._asked, target)

    def _asked(self, target: MemoryHost) -> None:
        """The request has come to *target*."""
        port = target.listeners.get(("TCP", self.connector.port))
        back = self.reactor.network.journey(target, self.reactor)
        if port is None:
            problem = error.ConnectionRefusedError()
            self._call = self.reactor.callLater(back, self.failIfNotConnected, problem)
            return
        other = MemoryConnection(target, port.getHost())
        self.pairWith(other)
        self._call = self.reactor.callLater(back, self._answered)
        port.accept(other)

    def _answered(self) -> None:
        self.connected = 1
        try:
            self.protocol = self.connector.buildProtocol(self.getPeer())
        except BaseException:
            self._refuse(Failure())
            return
        if self.protocol is None:
            self._refuse(Failure(error.ConnectionDone()))
            return
        self.startReading()
        self.protocol.makeConnection(self)

    def _refuse(self, reason: Failure) -> None:
        """The factory wants no connection after all."""
        self.connected = 0
        self._closed(_RESET)
        connector, self.connector = self.connector, None
        connector.connectionFailed(reason)

    def failIfNotConnected(self, err: Any) -> None:
        """The attempt failed, or took too long, or nobody wants it any more."""
        if self.connected or self.disconnected or self.connector is None:
            return
        if self._call.active():
            self._call.cancel()
        if self._in is not None:
            self._closed(_RESET)
        connector, self.connector = self.connector, None
        connector.connectionFailed(err if isinstance(err, Failure) else Failure(err))

    def connectionLost(self, reason: Failure) -> None:
        """Close, and tell the protocol and the connector *reason*."""
        connector, self.connector = self.connector, None
        super().connectionLost(reason)
        if connector is not None:
            connector.connectionLost(reason)


class MemoryConnector(BaseConnector):
    """
    An attempt to connect, which can be repeated.
    """

    def __init__(
        self,
        reactor: MemoryHost,
        host: str,
        port: int,
        factory: Any,
        timeout: float | None,
        bindAddress: tuple[str, int] | None,
    ) -> None:
        super().__init__(factory, timeout, reactor)
        self.host = host
        self.port = port
        self._bound = bindAddress[1] if bindAddress is not None else 0

    def _makeTransport(self) -> Any:
        return _Client(self, self.reactor.at(self.reactor.choosePort("TCP", self._bound)))

    def getDestination(self) -> Any:
        """Return the address that is connected to."""
        target = self.reactor.network.find(self.host)
        host = self.reactor if target is None else target
        return host.at(self.port)


@implementer(IListeningPort)
class MemoryPort:
    """
    A port at which connections are accepted.
    """

    def __init__(self, host: MemoryHost, port: int, factory: Any) -> None:
        self.reactor = host
        self.factory = factory
        self.port = port
        self.listening = False

    def startListening(self) -> None:
        """
        Listen.

        @raise error.CannotListenError: the port is in use.
        """
        self.port = self.reactor.choosePort("TCP", self.port)
        self.reactor.listeners["TCP", self.port] = self
        self.listening = True
        self.factory.doStart()

    def accept(self, connection: MemoryConnection) -> None:
        """Have the factory make a protocol for a new connection."""
        connection.connected = 1
        protocol = self.factory.buildProtocol(connection.getPeer())
        if protocol is None:
            connection._closed(_RESET)
            return
        connection.protocol = protocol
        connection.startReading()
        protocol.makeConnection(connection)

    def stopListening(self) -> Deferred[None]:
        """Listen no longer."""
        if self.listening:
            self.listening = False
            del self.reactor.listeners["TCP", self.port]
            self.factory.doStop()
        return succeed(None)

    loseConnection = stopListening

    def getHost(self) -> Any:
        """Return our address."""
        return self.reactor.at(self.port)


__all__ = ["MemoryConnection", "MemoryConnector", "MemoryPort"]
