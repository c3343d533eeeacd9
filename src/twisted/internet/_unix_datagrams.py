"""
UNIX sockets that carry datagrams.
"""

from __future__ import annotations

import socket
from errno import EAGAIN, ENOBUFS, EWOULDBLOCK
from typing import Any

from zope.interface import implementedBy, implementer, implementer_only

from twisted.internet import base, interfaces, udp
from twisted.internet._binding import bound
from twisted.internet._unix_paths import _UNIXPort, permit
from twisted.internet.address import UNIXAddress
from twisted.internet.protocol import ConnectedDatagramProtocol
from twisted.python import log, reflect
from twisted.python.failure import Failure


@implementer(interfaces.IUNIXDatagramTransport)
class DatagramPort(_UNIXPort, udp.Port):
    """A UNIX socket at which datagrams are received."""

    addressFamily: Any = socket.AF_UNIX
    _served = "protocol"
    # The receiver is slow, or the kernel short of memory.
    _dropped = frozenset((EAGAIN, EWOULDBLOCK, ENOBUFS))

    def __init__(
        self,
        addr: Any,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        reactor: Any = None,
    ) -> None:
        self.mode = mode
        super().__init__(addr, proto, maxPacketSize=maxPacketSize, reactor=reactor)

    # -- what is otherwise than with UDP ---------------------------------------

    def setLogStr(self) -> None:
        """Work the log prefix out."""
        self.logstr = reflect.qual(self.protocol.__class__) + " (UDP)"

    def _boundSocket(self) -> Any:
        log.msg(f"{self.protocol.__class__} starting on {self.port!r}")
        # A socket without a path sends, and is answered by nobody.
        skt = bound(self.createInternetSocket, None, self.port, self.port or None)
        if self.port:
            permit(self.port, self.mode)
        return skt

    def _opened(self) -> None:
        """All was said before."""

    def _farewell(self) -> str:
        return f"(Port {self.port!r} Closed)"

    def _datagramCame(self, data: bytes, source: Any) -> None:
        self.protocol.datagramReceived(data, source)

    def _refused(self, problem: OSError) -> None:
        raise problem

    def write(self, datagram: bytes, address: Any) -> Any:  # type: ignore[override]
        """
        Send a datagram to the socket at the path *address*.

        @raise error.MessageLengthError: it is too long.
        """
        return self._send(self.socket.sendto, datagram, address)


@implementer_only(interfaces.IUNIXDatagramConnectedTransport, *implementedBy(base.BasePort))
class ConnectedDatagramPort(DatagramPort):
    """A UNIX socket that exchanges datagrams with one other."""

    def __init__(
        self,
        addr: Any,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: Any = None,
        reactor: Any = None,
    ) -> None:
        assert isinstance(proto, ConnectedDatagramProtocol)
        self.remoteaddr = addr
        super().__init__(bindAddress, proto, maxPacketSize, mode, reactor)

    def getPeer(self) -> Any:
        """Return the address of the other socket."""
        return UNIXAddress(self.remoteaddr)

    def startListening(self) -> None:
        """Bind, and connect to the other socket."""
        try:
            super().startListening()
        except BaseException:
            self.connectionFailed(Failure())

    def _opened(self) -> None:
        self.socket.connect(self.remoteaddr)

    def connectionFailed(self, reason: Any) -> None:
        """The other socket cannot be reached: close, and tell the protocol."""
        self.stopListening()
        self.protocol.connectionFailed(reason)
        # It was told this, and is not told that we closed.
        self.protocol = None

    def _datagramCame(self, data: bytes, source: Any) -> None:
        self.protocol.datagramReceived(data)

    def _refused(self, problem: OSError) -> None:
        self.protocol.connectionRefused()

    def write(self, data: bytes) -> Any:  # type: ignore[override]
        """
        Send a datagram.

        @raise error.MessageLengthError: it is too long.
        """
        return self._send(self.socket.send, data)
