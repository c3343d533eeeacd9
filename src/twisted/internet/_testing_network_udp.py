"""
UDP in the network in memory.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet._testing_network import MemoryHost
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IListeningPort, IUDPTransport
from twisted.logger import Logger

_log = Logger()

#: How much longer than others a datagram takes that is overtaken.
_OVERTAKEN = 10

#: Bytes of the longest datagram.
_LONGEST = 65507


@implementer(IListeningPort, IUDPTransport)
class MemoryDatagramPort:
    """
    A port to which datagrams are sent.
    """

    def __init__(self, host: MemoryHost, port: int, protocol: Any, maxPacketSize: int) -> None:
        self.reactor = host
        self.port = port
        self.protocol = protocol
        self.maxPacketSize = maxPacketSize
        self._connectedTo: tuple[str, int] | None = None
        self._listening = False
        self._broadcast = False

    def startListening(self) -> None:
        """
        Receive from now on.

        @raise error.CannotListenError: the port is in use.
        """
        self.port = self.reactor.choosePort("UDP", self.port)
        self.reactor.listeners["UDP", self.port] = self
        self._listening = True
        self.protocol.makeConnection(self)

    def write(self, packet: bytes, addr: tuple[str, int] | None = None) -> None:
        """
        Send a datagram.

        @param addr: where to; left out if C{connect} was called.
        @raise error.MessageLengthError: it is too long.
        @raise error.InvalidAddressError: the host is no address.
        """
        if addr is None:
            if self._connectedTo is None:
                raise ValueError("there is no address to send to")
            addr = self._connectedTo
        elif self._connectedTo is not None and addr != self._connectedTo:
            raise ValueError(f"connected to {self._connectedTo}, not to {addr}")
        if not (isIPAddress(addr[0]) or isIPv6Address(addr[0])):
            raise error.InvalidAddressError(addr[0], "write() only accepts IP addresses")
        if len(packet) > _LONGEST:
            raise error.MessageLengthError("message too long")
        self._send(packet, addr)

    def _send(self, packet: bytes, addr: tuple[str, int]) -> None:
        host, network = self.reactor, self.reactor.network
        target = network.find(addr[0])
        if target is None:
            return
        way = network.between(host, target)
        if not network.reaches(host, target) or network.happens(way.loss):
            network.note("lost", host, target, len(packet))
            return
        copies = 2 if network.happens(way.duplication) else 1
        for _ in range(copies):
            delay = network.journey(host, target)
            if network.happens(way.reordering):
                delay *= _OVERTAKEN
            host.callLater(delay, self._arrive, target, addr[1], packet)

    def _arrive(self, target: MemoryHost, number: int, packet: bytes) -> None:
        self.reactor.network.note("arrived", self.reactor, target, len(packet))
        port = target.listeners.get(("UDP", number))
        if port is not None:
            port.received(packet, (self.reactor.address, self.port))
        elif self._connectedTo is not None and self._listening:
            back = self.reactor.network.journey(target, self.reactor)
            self.reactor.callLater(back, self._refused)

    def _refused(self) -> None:
        if self._listening:
            self.protocol.connectionRefused()

    def received(self, packet: bytes, source: tuple[str, int]) -> None:
        """A datagram has arrived."""
        if self._connectedTo is not None and source != self._connectedTo:
            return
        try:
            self.protocol.datagramReceived(packet[: self.maxPacketSize], source)
        except BaseException:
            _log.failure("in datagramReceived")

    def writeSequence(self, seq: Any, addr: tuple[str, int] | None = None) -> None:
        """Send a datagram that is in pieces."""
        self.write(b"".join(seq), addr)

    def connect(self, host: str, port: int) -> None:
        """
        Send to this address only, and receive from no other.

        @raise error.InvalidAddressError: *host* is no address.
        @raise RuntimeError: it is connected already.
        """
        if self._connectedTo is not None:
            raise RuntimeError("already connected, reconnecting is not currently supported")
        if not (isIPAddress(host) or isIPv6Address(host)):
            raise error.InvalidAddressError(host, "not an IPv4 or IPv6 address.")
        self._connectedTo = (host, port)

    def stopListening(self) -> Deferred[None]:
        """Receive no longer."""
        if self._listening:
            self._listening = False
            del self.reactor.listeners["UDP", self.port]
            self.protocol.doStop()
        return succeed(None)

    loseConnection = stopListening

    def getHost(self) -> Any:
        """Return our address."""
        return self.reactor.at(self.port, "UDP")

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Set what C{getBroadcastAllowed} returns."""
        self._broadcast = bool(enabled)

    def getBroadcastAllowed(self) -> bool:
        """Return what was set; nothing depends on it."""
        return self._broadcast


__all__ = ["MemoryDatagramPort"]
