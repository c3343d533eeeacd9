"""
UDP on completion ports: one receive is always pending.
"""

from __future__ import annotations

from errno import ECONNREFUSED
from typing import Any

from twisted.internet import udp
from twisted.internet._proactor_py import CANCELLED
from twisted.internet._proactor_py import failure as _failure
from twisted.internet.iocpreactor.abstract import FileHandle
from twisted.python import log

__all__ = ["MulticastPort", "Port"]

# What ICMP says of datagrams that were sent before: they found nobody.
_NOBODY = (10054, ECONNREFUSED, 10061, 10052)

# Seconds before a port that could not receive tries again.
RETRY = 0.1


class _Receives(FileHandle):
    """
    The receiving of datagrams.

    @ivar _receive: what is pending, or L{None}.
    @ivar _held: a datagram that came while reading was stopped.
    """

    protocol: Any
    maxPacketSize: int
    addressFamily: Any
    _connectedAddr: Any
    _receive: Any = None
    _held: Any = None
    _receiving = False

    def startReading(self) -> None:
        """Give the protocol what arrives."""
        if self._registered != self.getFileHandle():
            self._register(True)
        self._receiving = True
        self.reactor.addActiveHandle(self)
        held, self._held = self._held, None
        if held is not None:
            self.reactor.callLater(0, self._deliver, held)
        self._begin()

    def stopReading(self) -> None:
        """Leave what arrives with the kernel."""
        self._receiving = False
        self.reactor.removeActiveHandle(self)

    def _begin(self) -> None:
        if self._receive is not None or not self._receiving or self.socket is None:
            return
        try:
            self._receive = self.reactor._proactor.receiveFrom(
                self.socket.fileno(), self.maxPacketSize, self, _Receives._receiveOver
            )
        except OSError as problem:
            self._failed(problem.errno or 0)

    def _failed(self, number: int) -> None:
        if number in _NOBODY:
            if self._connectedAddr:
                self.protocol.connectionRefused()
            self._begin()
        else:
            log.err(_failure(number))
            self.reactor.callLater(RETRY, self._begin)

    def _receiveOver(self, operation: Any) -> None:
        self._receive = None
        if operation.error == CANCELLED or self.socket is None:
            return
        if operation.error:
            self._failed(operation.error)
            return
        if self._receiving:
            self._deliver(operation.value)
        else:
            self._held = operation.value
        self._begin()

    def _deliver(self, datagram: tuple[bytes, Any]) -> None:
        data, sender = datagram
        try:
            # As connect takes it: the rest is flow and zone.
            self.protocol.datagramReceived(data, sender[:2])
        except BaseException:
            log.err()

    def connectionLost(self, reason: Any = None) -> None:
        """Close the socket and tell the protocol."""
        self._cancelAll()
        self._held = None
        super().connectionLost(reason)  # type: ignore[misc]


class Port(_Receives, udp.Port):
    """A port at which datagrams are received."""


class MulticastPort(_Receives, udp.MulticastPort):
    """A port at which datagrams to groups are received."""
