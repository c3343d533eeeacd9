"""
TCP on completion ports.

Everything but the waiting is as on other reactors.  To receive, a transport
has itself told when there is something (a receive into no buffer at all), and
then takes it: so an idle connection pins no memory, and what a paused one
does not read stays with the kernel, which slows the sender down.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

from twisted.internet import error, main, tcp
from twisted.internet._proactor_py import failure as _failure
from twisted.internet.iocpreactor.abstract import FileHandle
from twisted.python import log
from twisted.python.failure import Failure

__all__ = ["Client", "Connection", "Connector", "Port", "Server"]

# Accepts that wait at a port at once.
PREPOSTED = 16

# Seconds before a port that could not begin to accept tries again.
RETRY = 0.1


class Connection(FileHandle, tcp.Connection):
    """
    A connected socket whose sends are reported when they are over.

    @ivar _sending: the send that is pending, or L{None}.
    """

    _base = tcp.Connection
    _sending: Any = None

    def _openStream(self, reactor: Any) -> None:
        tcp.Connection._openStream(self, reactor)
        self._register()

    def _send(self) -> Any:
        """
        Begin to send the head of the queue.

        @return: how many bytes went at once, 0 if the send is pending, or an
            exception instance.
        """
        if self._sending is not None:
            return 0
        proactor = self.reactor._proactor
        try:
            answer = proactor.send(self.socket.fileno(), self._head(), self, Connection._sendOver)
        except OSError:
            return main.CONNECTION_LOST
        if isinstance(answer, int):
            return answer
        self._sending = answer
        return 0

    def _awaitWritability(self) -> None:
        """The send that is pending will be reported."""
        self._blocked = True
        self.reactor._sending.add(self)

    def stopWriting(self) -> None:
        """Begin no further send."""
        self._blocked = False
        self.reactor._sending.discard(self)

    def _sendOver(self, operation: Any) -> Any:
        """
        The send that was pending is over: go on.

        @return: L{None}, or why the connection is over.
        """
        self._sending = None
        if self.disconnected or self._aborting:
            return None
        if operation.error:
            return main.CONNECTION_LOST
        self._sent(operation.value)
        return self.doWrite()

    def _closeSocket(self, orderly: bool, end: bool) -> None:
        self._cancelAll()
        tcp.Connection._closeSocket(self, orderly, end)


class Server(Connection, tcp.Server):
    """The end of a connection that a L{Port} has accepted."""

    _base = Connection


class Client(Connection, tcp.Client):
    """
    A TCP client, which is told when it is connected.

    @ivar _attempt: the connecting that is pending, or L{None}.
    """

    _base = Connection
    _attempt: Any = None

    def _openStream(self, reactor: Any) -> None:
        # Its name may turn out to be of the other family: the socket is
        # registered when that is known.
        tcp.Connection._openStream(self, reactor)

    def doConnect(self) -> None:
        """Begin to connect."""
        if self.connector is None or not self._connecting or self._attempt is not None:
            return
        try:
            self._register()
            self._bindToAny()
            attempt = self.reactor._proactor.connect(
                self.socket.fileno(), self.realAddress, self, Client._attemptOver
            )
        except OSError as problem:
            self.failIfNotConnected(error.getConnectError((problem.errno, problem.strerror)))
        except (OverflowError, ValueError, TypeError) as nonsense:
            # A port that is none, or a name where an address should be.
            self.failIfNotConnected(nonsense)
        else:
            if attempt is None:
                self._connectDone()
            else:
                self._attempt = attempt
                self.reactor.addActiveHandle(self)

    def _bindToAny(self) -> None:
        """ConnectEx wants a bound socket: bind one that is not."""
        try:
            self.socket.getsockname()
        except OSError:
            self.socket.bind(("::" if self.addressFamily == socket.AF_INET6 else "0.0.0.0", 0))

    def _attemptOver(self, operation: Any) -> None:
        self._attempt = None
        self.reactor.removeActiveHandle(self)
        if self.connector is None or not self._connecting:
            return
        if operation.error:
            problem = _failure(operation.error)
            self.failIfNotConnected(error.getConnectError((problem.errno, problem.strerror)))
        else:
            self._connectDone()

    def failIfNotConnected(self, err: Any) -> None:
        """
        The attempt failed, or took too long, or nobody wants it any more.

        @param err: why, an exception or a L{Failure}.
        """
        if not self.connected:
            self._cancelAll()
            self.reactor.removeActiveHandle(self)
        tcp.Client.failIfNotConnected(self, err)


class Connector(tcp.Connector):
    """Connects by TCP, again and again if its factory wants."""

    def _makeTransport(self) -> Client:
        return Client(self.host, self.port, self.bindAddress, self, self.reactor)


class Port(FileHandle, tcp.Port):
    """
    A port at which several accepts wait at once.

    @ivar _accepts: those that are pending.
    @ivar _held: connections that came while the port was paused.
    """

    transport: Any = Server
    _accepting = False

    def __init__(
        self, port: Any, factory: Any, backlog: int = 50, interface: str = "", reactor: Any = None
    ) -> None:
        """
        @param port: 1 to 65535, or 0 for any that is free.
        @param factory: makes a protocol for each connection.
        @param backlog: how many may wait to be accepted.
        @param interface: the address to bind to; all IPv4 ones by default.
        @param reactor: whom to register with.
        """
        tcp.Port.__init__(self, port, factory, backlog, interface, reactor)
        self._accepts: set[Any] = set()
        self._held: list[Any] = []

    def startReading(self) -> None:
        """Accept connections."""
        if self._registered != self.getFileHandle():
            self._register()
        self._accepting = True
        self.reactor.addActiveHandle(self)
        held, self._held = self._held, []
        if held:
            self.reactor.callLater(0, self._deliver, held)
        self._fill()

    def stopReading(self) -> None:
        """Leave connections with the kernel."""
        self._accepting = False
        self.reactor.removeActiveHandle(self)
        for accept in self._accepts:
            self.reactor._proactor.cancel(accept)

    def _fill(self) -> None:
        """Have as many accepts wait as should."""
        proactor = self.reactor._proactor
        arrived: list[Any] = []
        while self._accepting and len(self._accepts) + len(arrived) < PREPOSTED:
            skt = None
            try:
                skt = socket.socket(self.addressFamily, self.socketType)
                accept = proactor.accept(
                    self.socket.fileno(), skt.fileno(), self, partial(Port._acceptOver, skt=skt)
                )
            except OSError as problem:
                if skt is not None:
                    skt.close()
                self._logger.info("Could not accept new connection ({why})", why=str(problem))
                self.reactor.callLater(RETRY, self._tryAgain)
                break
            if accept is None:
                arrived.append(skt)
            else:
                self._accepts.add(accept)
        if arrived:
            self.reactor.callLater(0, self._deliver, arrived)

    def _tryAgain(self) -> None:
        if self.connected and not self.disconnecting:
            self._fill()

    def _acceptOver(self, operation: Any, skt: Any) -> None:
        self._accepts.discard(operation)
        if operation.error or not self.connected:
            # Cancelled, or the client has gone again.
            skt.close()
        else:
            self._deliver([skt])
        self._fill()

    def _deliver(self, arrived: list[Any]) -> None:
        """Connect protocols to what was accepted, or hold it while paused."""
        for skt in arrived:
            if not self.connected or self.disconnecting:
                skt.close()
            elif not self._accepting:
                self._held.append(skt)
            else:
                try:
                    peer = skt.getpeername()
                except OSError:
                    # It has gone again.
                    skt.close()
                else:
                    self._accepted(skt, peer)
                    self.reactor._loop.flush()

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket and tell the factory."""
        self._cancelAll()
        held, self._held = self._held, []
        for skt in held:
            skt.close()
        tcp.Port.connectionLost(self, reason)

    def doRead(self) -> None:
        """Accepting is not asked for here: the reactor reports connections."""
        log.msg("a port on completion ports was told to read")
