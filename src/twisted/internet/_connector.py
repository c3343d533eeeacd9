"""
What ports and connectors of every transport share.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
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


# What may be asked in one state only: that state, the state it leads to, and what
# makes the exception that is raised in another state.
_Move = tuple[str, str, Callable[[], Exception]]

_CONNECT: _Move = (
    "disconnected",
    "connecting",
    lambda: RuntimeError("can't connect in this state"),
)
_GIVE_UP: _Move = (
    "connecting",
    "disconnected",
    lambda: error.NotConnectingError("we're not trying to connect"),
)


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
        self.factory, self.timeout, self.reactor = factory, timeout, reactor
        self.transport: Any = None

    def _makeTransport(self) -> Any:
        """Make the transport of an attempt, which starts it."""
        raise NotImplementedError(f"{type(self).__name__} did not implement _makeTransport")

    def getDestination(self) -> IAddress:
        """Return the address that is connected to."""
        raise NotImplementedError(f"{type(self).__name__} did not implement getDestination")

    def _go(self, move: _Move) -> None:
        """
        Change the state as *move* says.

        @raise Exception: it cannot be asked now.
        """
        allowed, following, refusal = move
        if self.state != allowed:
            raise refusal()
        self.state = following

    def _engage(self) -> None:
        """Let the factory know that it is needed, once."""
        if self.factoryStarted:
            return
        self.factory.doStart()
        self.factoryStarted = 1

    def _limit(self, seconds: float) -> None:
        """Have the attempt fail unless it is over in *seconds*."""
        giveUp = self.transport.failIfNotConnected
        self.timeoutID = self.reactor.callLater(seconds, giveUp, error.TimeoutError())

    # -- what the program asks -------------------------------------------------

    def connect(self) -> None:
        """
        Begin an attempt.

        @raise RuntimeError: one is on, or there is a connection.
        """
        self._go(_CONNECT)
        self._engage()
        self.transport = self._makeTransport()
        if self.timeout is not None:
            self._limit(self.timeout)
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
        self._go(_GIVE_UP)
        self.transport.failIfNotConnected(error.UserError())
        self.transport = None

    # -- what the transport tells ----------------------------------------------

    def cancelTimeout(self) -> None:
        """The attempt has ended: wait no longer for it."""
        limit, self.timeoutID = self.timeoutID, None
        if limit is not None and limit.active():
            limit.cancel()

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
        self._over(self.factory.clientConnectionFailed, reason)

    def connectionLost(self, reason: failure.Failure) -> None:
        """The connection ended; the factory is told so, and may try again."""
        self._over(self.factory.clientConnectionLost, reason)

    def _over(
        self, tell: Callable[[BaseConnector, failure.Failure], object], reason: failure.Failure
    ) -> None:
        """Let the factory know by *tell*; it is finished with unless it begins anew."""
        self.state = "disconnected"
        tell(self, reason)
        if self.state == "disconnected":
            self.factory.doStop()
            self.factoryStarted = 0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__module__}.{type(self).__qualname__} instance at"
            f" {hex(id(self))} {self.state} {self.getDestination()}>"
        )
