"""
The reactor's side of asyncio's stream transports: the compiled stream, or its pure
twin, with methods of asyncio's protocol where it looks for its protocol's.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet._tcp_connection import _Stream
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadWriteDescriptor

#: What is not the protocol's failure, but the end of the program.
ESCAPING = (SystemExit, KeyboardInterrupt)


class Receiver:
    """
    What a stream takes for its protocol.

    @ivar dataReceived: the method of asyncio's protocol, in its context.
    """

    __slots__ = ("dataReceived",)

    def __init__(self, dataReceived: Callable[[bytes], Any]) -> None:
        self.dataReceived = dataReceived


@implementer(IReadWriteDescriptor, IHalfCloseableDescriptor)
class Wire(_Stream):
    """
    The stream below a transport: the reactor's side of it.

    @ivar transport: whose it is; L{None} when that is closed.
    """

    bufferSize = 65536

    def __init__(self, reactor: Any, skt: Any, transport: Any) -> None:
        """
        @param skt: a connected, non-blocking socket.
        @param transport: its transport.
        """
        self.reactor = reactor
        self.socket = skt
        self.producer = None
        self.transport: Any = transport
        self.connected = 1
        self._openStream(reactor)

    def logPrefix(self) -> str:
        """Return C{"asyncio"}."""
        return "asyncio"

    def _maybePauseProducer(self) -> None:
        """Producers are not registered here."""

    def _complainOfAnswer(self, answer: object) -> None:
        """asyncio does not care what a protocol returns."""

    def _drained(self) -> None:
        transport = self.transport
        if transport is not None and self._watched:
            transport._writing.run(transport._sentSome)

    def _raised(self) -> None:
        transport, problem = self.transport, sys.exception()
        if transport is None or problem is None:
            super()._raised()
        elif isinstance(problem, ESCAPING):
            transport._loop._escaped(problem)
        else:
            transport._failed("data_received", problem)

    def readConnectionLost(self, reason: Any) -> None:
        """The peer has finished sending."""
        if self.transport is not None:
            self.transport._finished()

    def writeConnectionLost(self, reason: Any) -> None:
        """As C{connectionLost}."""
        self.connectionLost(reason)

    def connectionLost(self, reason: Any) -> None:
        """
        The reactor has let go of the socket: the kernel says that it is over, or
        something was raised, which C{_raised} has dealt with, or the reactor
        shuts down.
        """
        transport = self.transport
        if transport is None or transport._conn_lost:
            return
        problem = reason.value
        if isinstance(problem, ESCAPING) or transport._loop._losesAll():
            # The protocol goes on, as long as there is somebody to call it.
            transport._watchAgain()
        elif isinstance(problem, error.ConnectionLost):
            transport._refused(self._whatKernelSays())

    def _whatKernelSays(self) -> OSError:
        number = self._errno
        if not number:
            # It was a hang-up; nobody has read or written.
            try:
                number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            except OSError as problem:
                return problem
        number = number or errno.EPIPE
        return OSError(number, os.strerror(number))


__all__ = ["ESCAPING", "Receiver", "Wire"]
