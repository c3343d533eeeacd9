"""
UDP: ports at which datagrams are received and sent from.
"""

from __future__ import annotations

import socket
import warnings
from errno import EAGAIN, ECONNREFUSED, EINTR, EMSGSIZE, ENOPROTOOPT, EWOULDBLOCK
from typing import Any

from zope.interface import implementer

from twisted.internet import (
    _datagrams,
    _multicast,
    abstract,
    address,
    base,
    defer,
    error,
    interfaces,
)
from twisted.internet._binding import bound
from twisted.internet._socket_options import BROADCAST
from twisted.python import log
from twisted.python.runtime import platformType


@implementer(interfaces.IListeningPort, interfaces.IUDPTransport, interfaces.ISystemHandle)
class Port(_datagrams.DatagramCalls, base.BasePort):
    """
    A port at which datagrams are received.

    @ivar protocol: whom they are given to.
    @ivar maxThroughput, maxPacketSize: see L{_datagrams.DatagramCalls}.
    """

    addressFamily: Any = socket.AF_INET
    socketType: Any = socket.SOCK_DGRAM
    _realPortNumber: Any = None
    _preexistingSocket: Any = None
    _connectedAddr: Any = None
    _lastHost: Any = None  # to whom something was sent: it is an address
    socket: Any = None

    def __init__(
        self,
        port: Any,
        proto: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,
    ) -> None:
        """
        @param port: 1 to 65535, or 0 for any that is free.
        @param proto: a L{twisted.internet.protocol.DatagramProtocol}.
        @param interface: the address to bind to; all IPv4 ones by default.
        """
        base.BasePort.__init__(self, reactor)
        self.interface, self.port = interface, port
        self.protocol, self.maxPacketSize = proto, maxPacketSize
        if interface:
            self.addressFamily = _literalFamily(interface)
        self.setLogStr()

    @classmethod
    def _fromListeningDescriptor(
        cls, reactor: Any, fd: int, addressFamily: int, protocol: Any, maxPacketSize: int
    ) -> Port:
        """Go on with a duplicate of *fd*, which is bound."""
        skt = socket.fromfd(fd, addressFamily, cls.socketType)
        made = cls(0, protocol, skt.getsockname()[0], maxPacketSize, reactor)
        made._preexistingSocket = skt
        made.startListening()
        return made

    def __repr__(self) -> str:
        """Tell the protocol, and the port if it listens."""
        number = self._realPortNumber
        state = "not connected" if number is None else f"on {number}"
        return f"<{self.protocol.__class__} {state}>"

    def fileno(self) -> int:
        """Return the socket's number, -1 when it is closed."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def getHandle(self) -> Any:
        """Return the socket."""
        return self.socket

    def startListening(self) -> None:
        """
        Bind, and receive from now on.

        @raise error.CannotListenError: the address cannot be bound.
        """
        inherited, self._preexistingSocket = self._preexistingSocket, None
        skt = self._boundSocket() if inherited is None else inherited
        skt.setblocking(False)
        self.socket, self.connected = skt, 1
        self._opened()
        self.protocol.makeConnection(self)
        self.startReading()

    def _boundSocket(self) -> Any:
        """Make a socket that is bound where we are to listen."""
        where = self.interface, self.port
        return bound(self.createInternetSocket, *where, where)

    def _opened(self) -> None:
        """There is a socket, of which the protocol does not know yet."""
        number = self._realPortNumber = self.socket.getsockname()[1]
        log.msg(f"{self._getLogPrefix(self.protocol)} starting on {number}")

    def _datagramCame(self, data: bytes, source: Any) -> None:
        if self.addressFamily == socket.AF_INET6:
            # As connect takes it: the rest is flow and zone.
            source = source[:2]
        self.protocol.datagramReceived(data, source)

    def _refused(self, problem: OSError) -> None:
        # An answer to what was sent before; without a connection it cannot be
        # said to whom.
        if self._connectedAddr:
            self.protocol.connectionRefused()

    def write(self, datagram: bytes, addr: Any = None) -> Any:
        """
        Send a datagram.

        @param addr: address and port; L{None} when C{connect} was called.
        @raise error.MessageLengthError: it is too long.
        """
        if self._connectedAddr:
            assert addr in (None, self._connectedAddr)
            return self._send(self.socket.send, datagram)
        assert addr is not None
        # Of the compiled loop, which looks at the address itself.
        send = getattr(getattr(self.reactor, "_loop", None), "sendDatagram", None)
        if send is not None and type(self.socket) is socket.socket and len(addr) == 2:
            try:
                sent = send(self.socket, self.addressFamily, datagram, *addr)
            except OSError as problem:
                # Not asked again for whatever it was: some things it says once.
                if not self._worthAsking(problem):
                    return None
            else:
                if sent is not None:
                    return sent
        host = addr[0]
        if host != self._lastHost:
            self._checkAddress(host)
            self._lastHost = host
        return self._send(self.socket.sendto, datagram, addr)

    def _checkAddress(self, host: str) -> None:
        """
        @raise error.InvalidAddressError: nothing can be sent there from here.
        """
        family = socket.AF_INET if host == "<broadcast>" else _familyOf(host)
        problems = {
            None: "write() only accepts IP addresses, not hostnames",
            socket.AF_INET: "IPv6 port write() called with IPv4 or broadcast address",
            socket.AF_INET6: "IPv4 port write() called with IPv6 address",
        }
        if family is None or {family, self.addressFamily} == {socket.AF_INET, socket.AF_INET6}:
            raise error.InvalidAddressError(host, problems[family])

    def writeSequence(self, seq: Any, addr: Any) -> None:  # type: ignore[override]
        """Send several pieces as one datagram."""
        self.write(b"".join(seq), addr)

    def connect(self, host: str, port: int) -> None:
        """
        Exchange datagrams with this address alone.

        @raise RuntimeError: that was decided before.
        @raise error.InvalidAddressError: *host* is no address.
        """
        if self._connectedAddr:
            raise RuntimeError(_CONNECTED)
        _literalFamily(host)
        self._connectedAddr = host, port
        self.socket.connect(self._connectedAddr)

    # -- the end ---------------------------------------------------------------

    def stopListening(self) -> Any:
        """
        Receive no more.

        @return: a Deferred that fires when the port is closed, or L{None} if
            it was not open.
        """
        self.stopReading()
        if not self.connected:
            return None
        closed: defer.Deferred[None] = defer.Deferred()
        self.d = closed
        # Not at once: this may be called by what doRead calls.
        self.reactor.callLater(0, self.connectionLost)
        return closed

    def loseConnection(self) -> None:  # type: ignore[override]
        """Receive no more.  Deprecated: C{stopListening}."""
        warnings.warn(_STOP_INSTEAD, category=DeprecationWarning, stacklevel=2)
        self.stopListening()

    def connectionLost(self, reason: Any = None) -> None:
        """Close the socket and tell the protocol."""
        log.msg(self._farewell())
        self._realPortNumber = None
        base.BasePort.connectionLost(self, reason)
        if self.protocol is not None:
            self.protocol.doStop()
        skt, self.socket = self.socket, None
        if skt is not None:
            skt.close()
        # Told last: who waits may listen there again.
        waiting = self.__dict__.pop("d", None)
        if waiting is not None:
            waiting.callback(None)

    def _farewell(self) -> str:
        """Return what is logged when the port is closed."""
        return f"(UDP Port {self._realPortNumber} Closed)"

    # -- names and options -----------------------------------------------------

    def setLogStr(self) -> None:
        """Work the log prefix out."""
        self.logstr = self._getLogPrefix(self.protocol) + " (UDP)"

    def logPrefix(self) -> str:
        """Return the prefix under which what the protocol does is logged."""
        return self.logstr

    def getHost(self) -> Any:
        """Return the address that is listened at."""
        # Of IPv6 without flow and zone.
        host, number, *_ = self.socket.getsockname()
        return _ADDRESSES[self.addressFamily]("UDP", host, number)

    def getBroadcastAllowed(self) -> bool:
        """Tell whether datagrams may be sent to broadcast addresses."""
        return BROADCAST.isOn(self.socket)

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Let datagrams be sent to broadcast addresses, or not."""
        BROADCAST.turn(self.socket, enabled)


@implementer(interfaces.IMulticastTransport)
class MulticastPort(_multicast.MulticastMixin, Port):
    """
    A port at which datagrams to groups are received.

    @ivar listenMultiple: whether others may listen there as well.
    """

    def __init__(
        self,
        port: int,
        proto: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,
        listenMultiple: bool = False,
    ) -> None:
        """
        @param listenMultiple: let others listen there as well.
        """
        Port.__init__(self, port, proto, interface, maxPacketSize, reactor)
        self.listenMultiple = listenMultiple

    def createInternetSocket(self) -> Any:
        """Make the socket."""
        skt = Port.createInternetSocket(self)
        for name in _SHARING if self.listenMultiple else ():
            option = getattr(socket, name, None)
            if option is not None:
                try:
                    skt.setsockopt(socket.SOL_SOCKET, option, 1)
                except OSError as problem:
                    # Some systems have the name, and not what it stands for.
                    if name == "SO_REUSEADDR" or problem.errno != ENOPROTOOPT:
                        raise
        return skt


# By these several may listen at one address and port.
_SHARING = ("SO_REUSEADDR", "SO_REUSEPORT")

_NO_ADDRESS = "not an IPv4 or IPv6 address."
_CONNECTED = "already connected, reconnecting is not currently supported"
_STOP_INSTEAD = "Please use stopListening() to disconnect port"

_ADDRESSES: dict[int, Any] = {
    socket.AF_INET: address.IPv4Address,
    socket.AF_INET6: address.IPv6Address,
}


def _familyOf(host: str) -> Any:
    """The address family of a literal, L{None} for what is none."""
    if abstract.isIPv6Address(host):
        return socket.AF_INET6
    return socket.AF_INET if abstract.isIPAddress(host) else None


def _literalFamily(host: str) -> Any:
    """
    The address family of a literal.

    @raise error.InvalidAddressError: it is none.
    """
    family = _familyOf(host)
    if family is None:
        raise error.InvalidAddressError(host, _NO_ADDRESS)
    return family


__all__ = ["MulticastPort", "Port", "platformType"]
