"""
A proxy that carries bytes between its clients and one other server.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.python import log


class Proxy(Protocol):
    """
    One side of a connection that is passed on.

    @ivar peer: the other side; L{None} while there is none.
    @cvar noisy: say in the log when the other side cannot be reached.
    """

    noisy = True
    peer: Any = None

    def setPeer(self, peer: Any) -> None:
        """Let *peer* be the other side."""
        self.peer = peer

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Close the other side, too, once it has got everything."""
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.transport.loseConnection()
        elif self.noisy:
            log.msg(f"Unable to connect to peer: {reason}")

    def dataReceived(self, data: bytes) -> None:
        """Pass *data* to the other side."""
        # It may be gone while our own end is still on its way.
        if self.peer is not None:
            self.peer.transport.write(data)


class ProxyClient(Proxy):
    """
    The side of the other server.
    """

    def connectionMade(self) -> None:
        """Join both sides; from now on each waits while the other is slow."""
        server = self.peer
        if not server.connected or server.gone:
            # The client did not wait for us.
            self.peer = None
            self.noisy = False
            self.transport.loseConnection()
            return
        server.setPeer(self)
        self.transport.registerProducer(server.transport, True)
        server.transport.registerProducer(self.transport, True)
        server.transport.resumeProducing()


class ProxyClientFactory(ClientFactory[Any]):
    """
    Connects to the other server, for one client.
    """

    protocol = ProxyClient
    server: Any = None

    def setServer(self, server: Any) -> None:
        """Let *server* be the side of the client."""
        self.server = server

    def buildProtocol(self, addr: Any) -> Any:
        """Build the side of the other server."""
        side = ClientFactory.buildProtocol(self, addr)
        side.setPeer(self.server)  # type: ignore[union-attr]
        return side

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """The other server cannot be reached: close the client."""
        self.server.transport.loseConnection()


class ProxyServer(Proxy):
    """
    The side of the client.

    @cvar clientProtocolFactory: makes the factory of the other side.
    @ivar reactor: what connects to the other server; by default the global
        reactor.
    """

    clientProtocolFactory = ProxyClientFactory
    reactor: Any = None
    gone = False

    def connectionMade(self) -> None:
        """Connect to the other server, and read nothing until that is done."""
        self.transport.pauseProducing()
        if self.reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor

            self.reactor = reactor
        where = (self.factory.host, self.factory.port)
        self.reactor.connectTCP(*where, self._makeClientFactory())

    def _makeClientFactory(self) -> Any:
        """Make what connects our other side."""
        made = self.clientProtocolFactory()
        made.setServer(self)
        return made

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Close the other side, too, if it is there or comes later."""
        self.gone = True
        Proxy.connectionLost(self, reason)


class ProxyFactory(Factory[Any]):
    """
    Passes connections on to another server.
    """

    protocol = ProxyServer

    def __init__(self, host: str, port: int) -> None:
        """
        @param host: where the other server is.
        @param port: its TCP port.
        """
        self.host = host
        self.port = port
