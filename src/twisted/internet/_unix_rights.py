"""
Descriptors that are passed along with the bytes of a UNIX socket.
"""

from __future__ import annotations

import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet import error, interfaces, main
from twisted.internet._stream_py import RETRY, RIGHTS
from twisted.python import log

# What the kernel calls them, and how it writes each: unix(7), cmsg(3).
_RIGHTS = (socket.SOL_SOCKET, socket.SCM_RIGHTS)
_NUMBER = struct.Struct("i")

_UNWANTED = (
    "%(protocolName)s (on %(hostAddress)r) does not provide IFileDescriptorReceiver;"
    " closing file descriptor received (from %(peerAddress)r)."
)
_UNKNOWN = (
    "%(protocolName)s (on %(hostAddress)r) received unsupported ancillary data"
    " (level=%(cmsgLevel)r, type=%(cmsgType)r) from %(peerAddress)r."
)


def descriptorsIn(payload: bytes) -> list[int]:
    """Return the numbers in *payload*; one that is cut off is left out."""
    whole = len(payload) // _NUMBER.size * _NUMBER.size
    return [number for (number,) in _NUMBER.iter_unpack(payload[:whole])]


@implementer(interfaces.IUNIXTransport)
class _SendmsgMixin:
    """
    Passes descriptors along with the bytes of a stream.

    Each descriptor goes with one byte, so that the receiving side, which gets
    them along with data, loses none.

    @ivar _rights: descriptors that wait for their byte.
    """

    _fileDescriptorBufferSize = RIGHTS
    _receivesRights = True
    _rights: Any
    socket: Any
    protocol: Any
    bufferSize: Any
    reactor: Any
    connected: Any

    # -- sending ---------------------------------------------------------------

    def sendFileDescriptor(self, descriptor: int) -> None:
        """
        Send a duplicate of *descriptor* along with the next byte.
        """
        if self._rights is None:
            self._rights = deque()
        self._rights.append(descriptor)
        if self._isSendBufferFull():
            self._maybePauseProducer()  # type: ignore[attr-defined]
        self.startWriting()  # type: ignore[attr-defined]

    def _isSendBufferFull(self) -> bool:
        """
        Tell whether more waits than should: bytes or descriptors.
        """
        waiting = len(self._rights or ())
        return waiting > self._fileDescriptorBufferSize or bool(
            super()._isSendBufferFull()  # type: ignore[misc]
        )

    def _sendWithRights(self, data: Any) -> Any:
        """Offer the kernel one byte, and the first descriptor along with it."""
        along = (*_RIGHTS, _NUMBER.pack(self._rights[0]))
        try:
            sent = self.socket.sendmsg([data[:1]], [along])
        except OSError as problem:
            return 0 if problem.errno in RETRY else main.CONNECTION_LOST
        if sent:
            self._rights.popleft()
        return sent

    def _rightsStranded(self) -> BaseException:
        """
        Descriptors that are left when the bytes have all been sent can go
        nowhere: that ends the connection.
        """
        return error.FileDescriptorOverrun()

    # -- receiving -------------------------------------------------------------

    def _ancillaryReceived(self, found: list[tuple[int, int, bytes]]) -> None:
        """Give descriptors that came along to the protocol."""
        for level, kind, payload in found:
            if (level, kind) == _RIGHTS:
                self._descriptorsCame(descriptorsIn(payload))
            else:
                self._complain(_UNKNOWN, cmsgLevel=level, cmsgType=kind)

    def _descriptorsCame(self, descriptors: list[int]) -> None:
        take: Callable[[int], None] = self._handOver
        if not interfaces.IFileDescriptorReceiver.providedBy(self.protocol):
            self._complain(_UNWANTED)
            take = os.close
        for descriptor in descriptors:
            take(descriptor)

    def _handOver(self, descriptor: int) -> None:
        # Looked up each time: the one before may have changed the protocol.
        self.protocol.fileDescriptorReceived(descriptor)

    def _complain(self, what: str, **particulars: int) -> None:
        """Log *what* came and is of no use, and between whom."""
        log.msg(
            format=what,
            protocolName=self._getLogPrefix(self.protocol),  # type: ignore[attr-defined]
            hostAddress=self.getHost(),  # type: ignore[attr-defined]
            peerAddress=self.getPeer(),  # type: ignore[attr-defined]
            **particulars,
        )
