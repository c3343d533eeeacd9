"""
Connected TCP sockets: what both ends share, and the server's end.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet import address, error
from twisted.internet._ipv6 import withZone
from twisted.internet._socket_options import KEEP_ALIVE, NO_DELAY
from twisted.internet._stream_py import StreamBase as _PureStream
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    ISystemHandle,
    ITCPTransport,
    ITLSTransport,
)
from twisted.python import failure, log

if TYPE_CHECKING:
    _Stream = _PureStream
else:
    _Stream = pick("reactor", _PureStream, "twisted.internet._reactor_c")


@implementer(ITLSTransport, ITCPTransport, ISystemHandle)
class Connection(_Stream, FileDescriptor):
    """
    A connected stream socket with a protocol.

    @ivar protocol: whom received bytes are given to; may be replaced at any
        time.
    @ivar socket: the socket; C{getHandle} returns it.
    @ivar TLS: whether TLS has been started on it.
    @ivar logstr: the log prefix.
    """

    # Both bases say how a stream behaves; the twin, which comes first, wins.
    TLS = False
    _addressType: Any = address.IPv4Address

    def __init__(self, skt: Any, protocol: Any, reactor: Any = None) -> None:
        """
        @param skt: a connected, non-blocking socket.
        @param protocol: the protocol, not yet connected to anything.
        @param reactor: whom to register with; the global one by default.
        """
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor  # type: ignore[no-redef]
        self.reactor = reactor
        self.socket = skt
        self.protocol = protocol
        self._openStream(reactor)

    # -- who it is -------------------------------------------------------

    def getHandle(self) -> Any:
        """Return the socket."""
        return self.socket

    @property
    def logstr(self) -> str:
        """The log prefix, worked out when it is first wanted."""
        if self._logstr is None:
            self._logstr = self._makeLogstr()
        return self._logstr

    @logstr.setter
    def logstr(self, text: str) -> None:
        self._logstr = text

    def _makeLogstr(self) -> str:
        return self._protocolPrefix()

    def _speaker(self) -> Any:
        """The protocol; the one that was the last, or its class; or L{None}."""
        return self._former if self.protocol is None else self.protocol

    def _protocolPrefix(self) -> str:
        who = self._speaker()
        return who.__name__ if isinstance(who, type) else self._getLogPrefix(who)

    def logPrefix(self) -> str:
        """Return the prefix under which what the protocol does is logged."""
        return self.logstr

    # -- TCP ---------------------------------------------------------------

    def getTcpNoDelay(self) -> bool:
        """Tell whether small pieces are sent at once (Nagle's algorithm off)."""
        return NO_DELAY.isOn(self.socket)

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Send small pieces at once, or let the kernel collect them."""
        NO_DELAY.turn(self.socket, enabled)

    def getTcpKeepAlive(self) -> bool:
        """Tell whether the kernel probes an idle connection."""
        return KEEP_ALIVE.isOn(self.socket)

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Have the kernel probe an idle connection, or not."""
        KEEP_ALIVE.turn(self.socket, enabled)

    # -- TLS ---------------------------------------------------------------

    _tlsClientDefault = True

    def startTLS(self, contextFactory: Any, normal: bool = True) -> None:
        """
        Speak TLS from here on: the methods of this transport are those of the TLS
        layer then, which is its protocol.

        @param contextFactory: a pyOpenSSL context factory, or a creator of
            connections.
        @param normal: play the part that this end has by default: the client
            where we connected, the server where we accepted.
        """
        # Late: OpenSSL must not be loaded for plain TCP, and may be absent.
        from twisted.protocols.tls import startTLSOn

        startTLSOn(self, contextFactory, normal)

    # -- producers, the queue's end -------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let *producer* supply the data from now on.

        @raise RuntimeError: another one is registered.
        """
        FileDescriptor.registerProducer(self, producer, streaming)

    def unregisterProducer(self) -> None:
        """Forget the producer.  A close that waited for it goes on."""
        FileDescriptor.unregisterProducer(self)

    def _maybePauseProducer(self) -> None:
        if self.producer is not None and self.streamingProducer and not self.producerPaused:
            self.producerPaused = True
            self.producer.pauseProducing()

    def _complainOfAnswer(self, answer: object) -> Any:
        # Late: for a mistake that is rarely made.
        from twisted.python import deprecate

        method = type(self.protocol).dataReceived
        deprecate.warnAboutFunction(
            method,
            "Returning a value other than None from"
            f" {deprecate._fullyQualifiedName(method)} is deprecated since Twisted 11.0.0.",
        )
        return answer

    # -- the end -----------------------------------------------------------------

    def loseWriteConnection(self) -> None:
        """Close the sending half when what is queued has been sent."""
        FileDescriptor.loseWriteConnection(self)

    def abortConnection(self) -> None:
        """
        Reset the connection; nothing that is queued is sent.
        C{connectionLost} follows soon, with L{error.ConnectionAborted}.
        """
        if self.disconnected or self._aborting:
            return
        self._aborting = True
        self._withdraw()
        self._discardQueue()
        self.reactor.callLater(0, self.connectionLost, failure.Failure(error.ConnectionAborted()))

    def _closeWriteConnection(self) -> Any:
        try:
            self.socket.shutdown(1)
        except OSError:
            pass
        protocol = IHalfCloseableProtocol(self.protocol, None)
        if protocol is not None:
            try:
                protocol.writeConnectionLost()
            except BaseException:
                problem = failure.Failure()
                log.err(problem)
                self.connectionLost(problem)
        return None

    def readConnectionLost(self, reason: failure.Failure) -> None:
        """
        The peer has finished sending.  A protocol that provides
        L{IHalfCloseableProtocol} is told; for others that ends it all.
        """
        protocol = IHalfCloseableProtocol(self.protocol, None)
        if protocol is None:
            self.connectionLost(reason)
            return
        try:
            protocol.readConnectionLost()
        except BaseException:
            log.err()
            self.connectionLost(failure.Failure())

    def connectionLost(self, reason: failure.Failure) -> None:
        """Close the socket and tell the protocol *reason*."""
        if self.disconnected:
            return
        orderly = reason.type is error.ConnectionDone or not reason.check(error.ConnectionAborted)
        protocol = self._finish(orderly, self._shouldShutdown)
        try:
            protocol.connectionLost(reason)
        except BaseException:
            # Whoever catches it logs it, under the prefix that it had.
            self._logstr = self.logstr
            raise
        finally:
            self._former = protocol.__class__


class Server(Connection):
    """
    The end of a connection that a L{Port} has accepted.

    @ivar client: the peer's address as the kernel gave it.
    @ivar server: the port, or L{None} for a socket that was adopted.
    @ivar sessionno: how many connections the port accepted before.
    @ivar hostname: the peer's host.
    """

    _base = Connection
    _tlsClientDefault = False
    _realPortNumber: int | None = None

    def __init__(
        self, sock: Any, protocol: Any, client: Any, server: Any, sessionno: int, reactor: Any
    ) -> None:
        """
        @param sock: the accepted socket, non-blocking.
        @param protocol: the protocol that the port's factory has made.
        @param client: the peer's address, a tuple as L{socket} gives them.
        @param server: the port.
        @param sessionno: the number of the connection.
        @param reactor: whom to register with.
        """
        if len(client) != 2:
            self._addressType = address.IPv6Address
        self._adopt(sock, protocol, client, server, sessionno, reactor)

    @property
    def hostname(self) -> str:
        """The peer's host, as the kernel gave it."""
        return str(self.client[0])

    @property
    def repstr(self) -> str:
        """What C{repr} shows."""
        number = getattr(self.server or self, "_realPortNumber", None)
        return f"<{type(self.protocol).__name__} #{self.sessionno} on {number}>"

    def _makeLogstr(self) -> str:
        return f"{self._protocolPrefix()},{self.sessionno},{self.hostname}"

    def __repr__(self) -> str:
        """Tell the protocol, and which connection of which port it is."""
        return self.repstr

    @classmethod
    def _fromConnectedSocket(
        cls, fileDescriptor: int, addressFamily: int, factory: Any, reactor: Any
    ) -> Server | None:
        """
        Take over a duplicate of *fileDescriptor*, as if it had been accepted.

        @return: the transport, or L{None} when the factory made no protocol.
        """
        kind = address.IPv6Address if addressFamily == socket.AF_INET6 else address.IPv4Address
        skt = socket.fromfd(fileDescriptor, addressFamily, socket.SOCK_STREAM)
        skt.setblocking(False)
        peer = withZone(skt.getpeername())
        protocol = factory.buildProtocol(kind("TCP", *peer))
        if protocol is None:
            skt.close()
            return None
        self = cls(skt, protocol, peer, None, peer[1], reactor)
        self._realPortNumber = skt.getsockname()[1]
        protocol.makeConnection(self)
        return self

    def getHost(self) -> Any:
        """Return our address."""
        return self._addressType("TCP", *withZone(self.socket.getsockname()))

    def getPeer(self) -> Any:
        """Return the peer's address."""
        return self._addressType("TCP", *self.client)
