"""
Connecting by TCP.
"""

from __future__ import annotations

import os
import socket
from errno import (
    EAGAIN,
    EALREADY,
    EINPROGRESS,
    EINVAL,
    EISCONN,
    EWOULDBLOCK,
)
from typing import Any

from twisted.internet import address, defer, error
from twisted.internet._connector import BaseConnector
from twisted.internet._ipv6 import _NUMERIC_ONLY, _resolveIPv6, withZone
from twisted.internet._tcp_connection import Connection
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import Binding
from twisted.python import log
from twisted.python.failure import Failure
from twisted.python.runtime import platformType

# connect() said: under way.
_UNDER_WAY = frozenset(
    (EINPROGRESS, EALREADY, EWOULDBLOCK, EAGAIN) + ((EINVAL,) if platformType == "win32" else ())
)


def _said(number: int) -> str:
    """Return the system's words for *number*; Windows keeps those of sockets apart."""
    words: str = getattr(socket, "errorTab", {}).get(number, "")
    return words.rstrip(".") or os.strerror(number)


class BaseClient(Connection):
    """
    The end of a connection that connects, by whatever address family.

    Until it is connected, being writable means that the attempt is over, and
    C{doConnect} does what C{doWrite} does afterwards.

    @ivar connector: whom the outcome is told.
    """

    _base = Connection
    addressFamily: Any = socket.AF_INET
    socketType: Any = socket.SOCK_STREAM
    connector: Any = None
    realAddress: Any = None

    def createInternetSocket(self) -> socket.socket:
        """Make the socket: non-blocking, and closed in child processes."""
        skt = socket.socket(self.addressFamily, self.socketType)
        skt.setblocking(False)
        return skt

    def _begin(self, skt: Any, failed: BaseException | None, reactor: Any) -> None:
        """
        Start out with *skt*, or with the news that there is none.
        """
        if skt is None:
            self.reactor = reactor
            self.socket = None
            self.protocol = None
            self._openStream(reactor)
            reactor.callLater(0, self.failIfNotConnected, failed)
            return
        Connection.__init__(self, skt, None, reactor)
        self._connecting = True
        reactor.callLater(0, self.resolveAddress)

    # -- the attempt ---------------------------------------------------------

    def resolveAddress(self) -> None:
        """Find out what to connect to, and begin."""
        self._setRealAddress(self.addr)  # type: ignore[attr-defined]

    def _setRealAddress(self, where: Any) -> None:
        self.realAddress = where
        self.doConnect()

    def doConnect(self) -> None:
        """
        Begin to connect, or see how it went.
        """
        if self.connector is None or not self._connecting:
            # stopConnecting came first.
            return
        problem: BaseException | None = None
        number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            problem = error.getConnectError((number, _said(number)))
        else:
            try:
                number = self.socket.connect_ex(self.realAddress)
            except OSError as refused:
                # A name where an address should be, for one.
                problem = error.getConnectError(refused)
                number = 0
            except (OverflowError, ValueError) as nonsense:
                # A port that is none.
                problem = nonsense
                number = 0
            else:
                if number in _UNDER_WAY:
                    self.startReading()
                    self._awaitWritability()
                    return
                if number and number != EISCONN:
                    problem = error.getConnectError((number, _said(number)))
        if problem is not None:
            self.failIfNotConnected(problem)
            return
        self._stopReadingAndWriting()
        self._connectDone()

    def _stopReadingAndWriting(self) -> None:
        if self.fileno() != -1:
            self.stopReading()
            self.stopWriting()

    def _connectDone(self) -> None:
        """We are connected: get a protocol from the factory."""
        self._connecting = False
        self.connected = 1
        try:
            self.protocol = self.connector.buildProtocol(self.getPeer())
        except BaseException:
            self.connected = 0
            self.failIfNotConnected(Failure())
            return
        if self.protocol is None:
            # The factory wants none: close without telling anybody but it.
            self.protocol = _Nobody()
            self.loseConnection()
            return
        protocol = self.protocol
        # What was worked out before did not know it.
        self._logstr = None
        self.startReading()
        protocol.makeConnection(self)

    def failIfNotConnected(self, err: Any) -> None:
        """
        The attempt failed, or took too long, or nobody wants it any more.

        @param err: why, an exception or a L{Failure}.
        """
        if self.connected or self.disconnected or self.connector is None:
            return
        self._connecting = False
        self._stopReadingAndWriting()
        skt, self.socket = self.socket, None
        if skt is not None:
            skt.close()
        connector, self.connector = self.connector, None
        reason = err if isinstance(err, Failure) else Failure(err)
        connector.connectionFailed(reason)

    def stopConnecting(self) -> None:
        """Give the attempt up."""
        self.failIfNotConnected(error.UserError())

    def connectionLost(self, reason: Failure) -> None:
        """Close, and tell the protocol and the connector *reason*."""
        if not self.connected:
            self.failIfNotConnected(reason)
            return
        Connection.connectionLost(self, reason)
        connector, self.connector = self.connector, None
        connector.connectionLost(reason)

    def _makeLogstr(self) -> str:
        who = self._speaker()
        if who is None or who is _Nobody or isinstance(who, _Nobody):
            return "Uninitialized"
        return f"{self._protocolPrefix()},client"


class _Nobody:
    """Stands where a factory gave no protocol: hears nothing."""

    def dataReceived(self, data: bytes) -> None:
        pass

    def connectionLost(self, reason: Failure) -> None:
        pass


def resolveServicePort(port: Any) -> int:
    """
    Return the number of the TCP service *port*.

    @raise error.ServiceNameUnknownError: there is no such service.
    """
    if not isinstance(port, str):
        return int(port)
    try:
        return socket.getservbyname(port, "tcp")
    except OSError as problem:
        raise error.ServiceNameUnknownError(string=f"{problem} ({port!r})")


def _bind(skt: Any, where: Any) -> None:
    """Bind *skt* to an address and port, or a L{Binding}."""
    if isinstance(where, Binding):
        if where._reuseAddress:
            skt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if where._reusePort:
            skt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        where = (where._address, where._port)
    if isIPv6Address(where[0]):
        skt.bind(_resolveIPv6(*where))
    else:
        skt.bind(where)


class Client(BaseClient):
    """
    A TCP client.

    @ivar addr: host and port as asked for.
    """

    _addressType: Any = address.IPv4Address

    def __init__(
        self, host: str, port: Any, bindAddress: Any, connector: Any, reactor: Any = None
    ) -> None:
        """
        @param host: a name or an address.
        @param port: a number.
        @param bindAddress: host and port to connect from, or L{None}.
        @param connector: whom the outcome is told.
        @param reactor: whom to register with.
        """
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor  # type: ignore[no-redef]
        self.connector = connector
        self.addr: tuple[Any, ...] = (host, port)
        self._requiresResolution = not (isIPv6Address(host) or isIPAddress(host))
        skt: Any = None
        failed: BaseException | None = None
        try:
            if isIPv6Address(host):
                self.addressFamily = socket.AF_INET6
                self._addressType = address.IPv6Address
                self.addr = _resolveIPv6(host, port)
                if port < 0:
                    # To have it refused in the system's words.
                    socket.getaddrinfo(host, port, 0, 0, 0, _NUMERIC_ONLY)
            skt = self.createInternetSocket()
            if bindAddress is not None:
                _bind(skt, bindAddress)
        except OSError as problem:
            if skt is not None:
                skt.close()
                skt = None
            failed = problem
            if not isinstance(problem, socket.gaierror):
                failed = error.ConnectBindError(problem.args[0], str(problem.strerror))
        self._begin(skt, failed, reactor)

    def resolveAddress(self) -> None:
        """Look the host up, if it is a name, and begin to connect."""
        if self.connector is None:
            return
        if not self._requiresResolution:
            self._setRealAddress(self.addr)
            return
        answer: defer.Deferred[Any] = self.reactor.nameResolver and _lookUp(
            self.reactor, self.addr[0], self.addr[1]
        )
        answer.addCallbacks(self._resolved, self.failIfNotConnected)
        answer.addErrback(self._unexpected)

    def _resolved(self, found: tuple[int, tuple[Any, ...]]) -> None:
        if self.connector is None:
            return
        family, where = found
        if family != self.addressFamily:
            self._changeFamily(family)
        self._setRealAddress(where)

    def _changeFamily(self, family: int) -> None:
        """The name is an IPv6 host's: go on with a socket of that kind."""
        self.socket.close()
        self.addressFamily = family
        self._addressType = address.IPv6Address
        self.socket = self.createInternetSocket()

    def _unexpected(self, reason: Failure) -> None:
        log.err(reason)
        self.failIfNotConnected(reason)

    def getHost(self) -> Any:
        """Return our address."""
        return self._addressType("TCP", *withZone(self.socket.getsockname()))

    def getPeer(self) -> Any:
        """Return the address that is connected to."""
        return self._addressType("TCP", *withZone(self.realAddress))

    def __repr__(self) -> str:
        """Tell where it connects to."""
        return f"<{type(self)} to {self.addr} at {id(self):x}>"


def _lookUp(reactor: Any, host: str, port: int) -> defer.Deferred[tuple[int, tuple[Any, ...]]]:
    """
    Look *host* up with the reactor's resolver.

    @return: fires with the family and socket address of the first answer, or
        fails with L{error.DNSLookupError}.
    """
    # Late: a client of addresses looks nothing up.
    from twisted.internet._resolver import FirstAddressWins

    result: defer.Deferred[Any] = defer.Deferred()
    reactor.nameResolver.resolveHostName(FirstAddressWins(result), host, port)

    def first(found: Any) -> tuple[int, tuple[Any, ...]]:
        if isinstance(found, address.IPv6Address):
            return socket.AF_INET6, (found.host, port, found.flowInfo, found.scopeID)
        return socket.AF_INET, (found.host, port)

    return result.addCallback(first)


class Connector(BaseConnector):
    """
    Connects by TCP, again and again if its factory wants.
    """

    _addressType: Any = address.IPv4Address

    def __init__(
        self,
        host: str,
        port: Any,
        factory: Any,
        timeout: float | None,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        """
        @param host: a name or an address.
        @param port: a number, or the name of a service.
        @param factory: a client factory, told how it goes.
        @param timeout: seconds that an attempt may take.
        @param bindAddress: host and port to connect from, or L{None}.
        @raise error.ServiceNameUnknownError: *port* is no known service.
        """
        if isinstance(port, str):
            port = resolveServicePort(port)
        self.host, self.port = host, port
        if isIPv6Address(host):
            self._addressType = address.IPv6Address
        self.bindAddress = bindAddress
        super().__init__(factory, timeout, reactor)

    def _makeTransport(self) -> Client:
        return Client(self.host, self.port, self.bindAddress, self, self.reactor)

    def getDestination(self) -> Any:
        """Return the address that is connected to."""
        return self._addressType("TCP", self.host, self.port)
