"""
Ports: where TCP connections are accepted.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from errno import (
    EAGAIN,
    ECONNABORTED,
    EMFILE,
    ENFILE,
    ENOBUFS,
    ENOMEM,
    EPERM,
    EWOULDBLOCK,
    errorcode,
)
from typing import Any

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet import address, defer, error, main
from twisted.internet._connector import BasePort
from twisted.internet._ipv6 import _resolveIPv6, withZone
from twisted.internet._stream_py import acceptConnection as _pureAccept
from twisted.internet._stream_py import closeSocket
from twisted.internet._tcp_connection import Server
from twisted.internet.abstract import isIPv6Address
from twisted.internet.interfaces import Binding, IListeningPort
from twisted.logger import Logger
from twisted.python import log, reflect
from twisted.python.failure import Failure
from twisted.python.runtime import platformType

acceptConnection = pick("reactor", _pureAccept, "twisted.internet._reactor_c")

_ACCEPT_ERRORS = (EMFILE, ENOBUFS, ENFILE, ENOMEM, ECONNABORTED)

# How many connections one event may accept, so that others have their turn.
BATCH = 100


class SpareDescriptor:
    """
    One descriptor kept for the moment when there are no others.

    When C{accept} fails for want of descriptors, the connection stays in the
    kernel's queue, and a level-triggered poller reports it again at once, for
    ever.  Giving the spare one up for a moment lets it be accepted and closed:
    the client learns that it is not served, and the processor rests.
    """

    def __init__(self, take: Callable[[], int] = lambda: os.open(os.devnull, os.O_RDONLY)) -> None:
        self._take = take
        self._fd: int | None = None
        self.replenish()

    def replenish(self) -> None:
        """Keep one again, if there is one to be had."""
        if self._fd is None:
            try:
                self._fd = self._take()
            except OSError:
                pass

    def shed(self, listening: Any) -> int:
        """
        Accept and close what waits at *listening*, one after the other.

        @return: how many were turned away.
        """
        count = 0
        while self._fd is not None and count < BATCH:
            os.close(self._fd)
            self._fd = None
            try:
                accepted, _ = listening.accept()
            except OSError:
                break
            # In order: a reset could overtake the news that it was connected.
            closeSocket(accepted, True, False)
            count += 1
            self.replenish()
        self.replenish()
        return count


_spare: list[SpareDescriptor] = []


def spareDescriptor() -> SpareDescriptor:
    """Return the process's spare descriptor, which the first port opens."""
    if not _spare:
        _spare.append(SpareDescriptor())
    return _spare[0]


@implementer(IListeningPort)
class Port(BasePort):
    """
    A port at which TCP connections are accepted.

    @cvar transport: makes the transport of an accepted connection.
    @ivar factory: makes a protocol for each.
    @ivar sessionno: the number that the next one is given.
    @ivar numberAccepts: how many are accepted in one event.
    """

    addressFamily: Any = socket.AF_INET
    socketType: Any = socket.SOCK_STREAM
    port: Any = None
    factory: Any = None
    transport: Any = Server
    sessionno = 0
    interface = ""
    backlog = 50
    numberAccepts = BATCH
    _type = "TCP"
    _addressType: Any = address.IPv4Address
    _realPortNumber: Any = None
    _preexistingSocket: Any = None
    _shouldShutdown = False
    _reuseAddress = platformType == "posix"
    _reusePort = False
    _logger = Logger(namespace="twisted.internet.tcp.Port")
    socket: Any = None
    # The transport that takes the number of a descriptor for a socket.
    _bareTransport: Any = Server

    def __init__(
        self,
        port: Any,
        factory: Any,
        backlog: int = 50,
        interface: str = "",
        reactor: Any = None,
    ) -> None:
        """
        @param port: 1 to 65535, or 0 for any that is free.
        @param factory: makes a protocol for each connection.
        @param backlog: how many may wait to be accepted.
        @param interface: the address to bind to; all IPv4 ones by default.
        @param reactor: whom to register with.
        """
        BasePort.__init__(self, reactor)
        if isinstance(port, Binding):
            if interface not in ("", port._address):
                raise ValueError(
                    f"interface {interface!r} is not that of the binding, {port._address!r}"
                )
            interface = port._address
            self._reuseAddress = port._reuseAddress
            self._reusePort = port._reusePort
            port = port._port
        self.port = port
        self.factory = factory
        self.backlog = backlog
        if isIPv6Address(interface):
            self.addressFamily = socket.AF_INET6
            self._addressType = address.IPv6Address
        self.interface = interface

    @classmethod
    def _fromListeningDescriptor(
        cls, reactor: Any, fd: int, addressFamily: int, factory: Any
    ) -> Port:
        """Take over a duplicate of *fd*, which listens already."""
        port = socket.fromfd(fd, addressFamily, cls.socketType)
        self = cls(port.getsockname()[1], factory, interface=port.getsockname()[0], reactor=reactor)
        self._preexistingSocket = port
        self.startListening()
        return self

    def fileno(self) -> int:
        """Return the socket's number, -1 when it is closed."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def __repr__(self) -> str:
        """Tell the factory, and the port if it listens."""
        where = (
            f"on {self._realPortNumber}"
            if self._realPortNumber is not None
            else "(not listening)"
        )
        return f"<{type(self)} of {type(self.factory)} {where}>"

    def createInternetSocket(self) -> socket.socket:
        """Make the socket."""
        skt = BasePort.createInternetSocket(self)
        if self._reuseAddress:
            skt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._reusePort:
            skt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return skt

    # -- listening -----------------------------------------------------------

    def startListening(self) -> None:
        """
        Bind, listen, and accept from now on.

        @raise error.CannotListenError: the address cannot be bound.
        """
        if self._preexistingSocket is None:
            skt = self._bind()
        else:
            skt, self._preexistingSocket = self._preexistingSocket, None
            self._shouldShutdown = False
        skt.setblocking(False)
        self._realPortNumber = skt.getsockname()[1]
        log.msg(f"{self._getLogPrefix(self.factory)} starting on {self._realPortNumber}")
        self.factory.doStart()
        # It may have been stopped before, and be started again.
        self.disconnected = self.disconnecting = False
        self.connected = True
        self.socket = skt
        spareDescriptor()
        self.startReading()

    def _bind(self) -> Any:
        skt = None
        try:
            where: Any = (self.interface, self.port)
            if self.addressFamily == socket.AF_INET6:
                where = _resolveIPv6(self.interface, self.port)
            skt = self.createInternetSocket()
            skt.bind(where)
            skt.listen(self.backlog)
        except OSError as problem:
            if skt is not None:
                skt.close()
            raise error.CannotListenError(self.interface, self.port, problem)
        return skt

    def _buildAddr(self, where: tuple[Any, ...]) -> Any:
        if len(where) == 2:
            # Not by a star, which makes a list and a tuple of it for each connection.
            return self._addressType("TCP", where[0], where[1])
        return self._addressType("TCP", *where)

    def doRead(self) -> None:
        """
        Accept what waits, up to C{numberAccepts} connections.
        """
        accepted = 0
        bare = self.transport is self._bareTransport
        for _ in range(int(self.numberAccepts) or 1):
            if self.disconnecting or self.disconnected or self.socket is None:
                # stopListening, by the protocol just connected.
                return
            try:
                found = acceptConnection(self.socket, bare)
            except OSError as problem:
                if not self._acceptFailed(problem):
                    break
                continue
            if found is None:
                break
            accepted += 1
            skt, peer = found
            self._accepted(skt, peer)
        else:
            # All that were allowed: allow more, unless they all failed.
            accepted += 20 if accepted else 0
        # Not by min and max, which take as long as a connection's whole beginning.
        self.numberAccepts = BATCH if accepted > BATCH else accepted or 1

    def _acceptFailed(self, problem: OSError) -> bool:
        """
        C{accept} refused.

        @return: whether it is worth asking again at once.
        """
        number = problem.errno if problem.errno is not None else problem.args[0]
        if number in (EAGAIN, EWOULDBLOCK):
            return False
        if number == EPERM:
            # A firewall on Linux drops the connection while it is accepted.
            return True
        if number in _ACCEPT_ERRORS:
            self._logger.info(
                "Could not accept new connection ({acceptError})",
                acceptError=errorcode[number],
            )
            if number in (EMFILE, ENFILE):
                turnedAway = spareDescriptor().shed(self.socket)
                if turnedAway:
                    self._logger.info(
                        "Turned {count} connections away for want of descriptors",
                        count=turnedAway,
                    )
            return False
        log.err(Failure(problem))
        return False

    def _accepted(self, skt: Any, peer: Any) -> None:
        """Make protocol and transport of a new connection, and connect them."""
        taken = False
        try:
            if self.addressFamily == socket.AF_INET6:
                peer = withZone(peer)
            protocol = self.factory.buildProtocol(self._buildAddr(peer))
            if protocol is None:
                return
            number = self.sessionno
            self.sessionno = number + 1
            taken = True
            transport = self.transport(skt, protocol, peer, self, number, self.reactor)
            protocol.makeConnection(transport)
        except BaseException:
            log.err()
        finally:
            if not taken:
                os.close(skt) if isinstance(skt, int) else skt.close()

    # -- the end ---------------------------------------------------------------

    def loseConnection(self, connDone: Failure = Failure(main.CONNECTION_DONE)) -> Any:  # noqa: B008
        """
        Stop accepting; connections that were accepted go on.

        @return: a Deferred that fires when the port is closed, or L{None} if
            it was not open.
        """
        self.disconnecting = True
        self.stopReading()
        if not self.connected:
            return None
        closed: defer.Deferred[None] = defer.Deferred()
        # Not at once: this may be called by what doRead calls.
        self.reactor.callLater(0, self._close, closed, connDone)
        return closed

    stopListening = loseConnection

    def _close(self, closed: defer.Deferred[None], reason: Failure) -> None:
        try:
            self.connectionLost(reason)
        except BaseException:
            closed.errback(Failure())
        else:
            closed.callback(None)

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket and tell the factory."""
        self._logConnectionLostMsg()
        self._realPortNumber = None
        BasePort.connectionLost(self, reason)
        self.connected = False
        skt, self.socket = self.socket, None
        if skt is not None:
            closeSocket(skt, True, self._shouldShutdown)
        try:
            self.factory.doStop()
        finally:
            self.disconnecting = False

    def _logConnectionLostMsg(self) -> None:
        log.msg(f"({self._type} Port {self._realPortNumber} Closed)")

    def logPrefix(self) -> str:
        """Return the full name of the factory's class."""
        return reflect.qual(self.factory.__class__)

    def getHost(self) -> Any:
        """Return the address that is listened at."""
        return self._addressType("TCP", *withZone(self.socket.getsockname()))
