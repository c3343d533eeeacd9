"""
What ports and connectors of every transport share.
"""

from __future__ import annotations

import socket
from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IAddress, IConnector, IProtocol
from twisted.python import failure


class BasePort(FileDescriptor):
    """
    A port: a descriptor at which something arrives and nothing is sent.

    @cvar addressFamily: C{AF_INET}, C{AF_INET6}, C{AF_UNIX}.
    @cvar socketType: C{SOCK_STREAM} or C{SOCK_DGRAM}.
    """

    addressFamily: Any = None
    socketType: Any = None

    def createInternetSocket(self) -> socket.socket:
        """Make the socket: non-blocking, and closed in child processes."""
        skt = socket.socket(self.addressFamily, self.socketType)
        skt.setblocking(False)
        return skt

    def doWrite(self) -> failure.Failure | None:
        """
        @raise RuntimeError: always; a port is not written to.
        """
        raise RuntimeError("doWrite called on a port, which is never written to")


@implementer(IConnector)
class BaseConnector:
    """
    An attempt to connect, which can be repeated.

    @ivar state: C{"disconnected"}, C{"connecting"} or C{"connected"}.
    @ivar transport: the transport of the current attempt or connection.
    @ivar factory: the client factory that is told how it goes.
    @ivar timeout: seconds that an attempt may take.
    """

    timeoutID: Any = None
    factoryStarted: Any = 0

    def __init__(self, factory: Any, timeout: float | None, reactor: Any) -> None:
        self.state = "disconnected"
        self.reactor = reactor
        self.factory = factory
        self.timeout = timeout
        self.transport: Any = None

    def _makeTransport(self) -> Any:
        """Make the transport of an attempt, which starts it."""
        raise NotImplementedError(f"{type(self).__name__} did not implement _makeTransport")

    def getDestination(self) -> IAddress:
        """Return the address that is connected to."""
        raise NotImplementedError(f"{type(self).__name__} did not implement getDestination")

    def connect(self) -> None:
        """
        Begin an attempt.

        @raise RuntimeError: one is on, or there is a connection.
        """
        if self.state != "disconnected":
            raise RuntimeError("can't connect in this state")
        self.state = "connecting"
        if not self.factoryStarted:
            self.factory.doStart()
            self.factoryStarted = 1
        self.transport = transport = self._makeTransport()
        if self.timeout is not None:
            self.timeoutID = self.reactor.callLater(
                self.timeout, transport.failIfNotConnected, error.TimeoutError()
            )
        self.factory.startedConnecting(self)

    def disconnect(self) -> None:
        """Give the attempt up, or close the connection; nothing if neither."""
        if self.state == "connecting":
            self.stopConnecting()
        elif self.state == "connected":
            self.transport.loseConnection()

    def stopConnecting(self) -> None:
        """
        Give the attempt up; the factory is told so.

        @raise error.NotConnectingError: there is none.
        """
        if self.state != "connecting":
            raise error.NotConnectingError("we're not trying to connect")
        self.state = "disconnected"
        self.transport.failIfNotConnected(error.UserError())
        self.transport = None

    def cancelTimeout(self) -> None:
        """The attempt has ended: wait no longer for it."""
        if self.timeoutID is not None:
            try:
                self.timeoutID.cancel()
            except (error.AlreadyCalled, error.AlreadyCancelled):
                pass
            self.timeoutID = None

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        """The attempt succeeded: have the factory make a protocol."""
        self.state = "connected"
        self.cancelTimeout()
        protocol: IProtocol | None = self.factory.buildProtocol(addr)
        return protocol

    def connectionFailed(self, reason: failure.Failure) -> None:
        """The attempt failed; the factory is told so, and may try again."""
        self.cancelTimeout()
        self.transport = None
        self.state = "disconnected"
        self.factory.clientConnectionFailed(self, reason)
        self._letGo()

    def connectionLost(self, reason: failure.Failure) -> None:
        """The connection ended; the factory is told so, and may try again."""
        self.state = "disconnected"
        self.factory.clientConnectionLost(self, reason)
        self._letGo()

    def _letGo(self) -> None:
        if self.state == "disconnected":
            # The factory did not begin another attempt.
            self.factory.doStop()
            self.factoryStarted = 0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__module__}.{type(self).__qualname__} instance at"
            f" {hex(id(self))} {self.state} {self.getDestination()}>"
        )
