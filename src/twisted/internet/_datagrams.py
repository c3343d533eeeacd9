"""
What ports of datagrams do with the kernel's answers, UDP's and UNIX sockets'
alike.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from errno import EAGAIN, ECONNREFUSED, EINTR, EMSGSIZE, EWOULDBLOCK
from typing import Any

from twisted.internet import error
from twisted.python import log

# Nothing lies ready.
_NOTHING = frozenset((EAGAIN, EWOULDBLOCK, EINTR))


class DatagramCalls:
    """
    Receiving and sending, for what has C{socket}, C{protocol} and C{reactor}.

    @cvar _dropped: with these the kernel says that it has no room; the datagram
        is lost, as any may be.
    @ivar maxThroughput: how many bytes are received in one event, so that
        others have their turn.
    @ivar maxPacketSize: bytes of the longest datagram.
    """

    _dropped: frozenset[int] = frozenset((EAGAIN, EWOULDBLOCK))
    maxThroughput = 256 * 1024
    maxPacketSize: Any
    socket: Any
    protocol: Any
    reactor: Any

    def _datagramCame(self, data: bytes, source: Any) -> None:
        """Give a datagram to the protocol."""
        raise NotImplementedError

    def _refused(self, problem: OSError) -> None:
        """Nobody listens where something was sent, now or before."""
        raise problem

    def doRead(self) -> None:
        """
        Receive what is there, up to C{maxThroughput} bytes.
        """
        skt = self.socket
        # The compiled loop takes many in one call.
        takeMany = getattr(getattr(self.reactor, "_loop", None), "receiveDatagrams", None)
        if takeMany is not None and type(skt) is socket.socket:
            self._readMany(skt, takeMany)
            return
        left = self.maxThroughput
        while left > 0 and skt is not None:
            try:
                data, source = skt.recvfrom(self.maxPacketSize)
            except OSError as problem:
                self._noneCame(problem)
                return
            left -= len(data)
            if not self._staysOpen(skt, data, source):
                return

    def _staysOpen(self, skt: Any, data: bytes, source: Any) -> bool:
        """
        Give a datagram to the protocol.

        @return: whether that has left *skt* open.
        """
        try:
            self._datagramCame(data, source)
        except BaseException:
            log.err()
        return self.socket is skt

    def _readMany(self, skt: Any, take: Callable[[Any, int], list[Any]]) -> None:
        left = self.maxThroughput
        while left > 0:
            try:
                found = take(skt, self.maxPacketSize)
            except OSError as problem:
                self._noneCame(problem)
                return
            more = bool(found) and found[-1] is None
            for data, source in found[:-1] if more else found:
                left -= len(data)
                if not self._staysOpen(skt, data, source):
                    return
            if not more:
                return

    def _noneCame(self, problem: OSError) -> None:
        """The kernel has said something else instead of giving a datagram."""
        number = problem.args[0]
        if number == ECONNREFUSED:
            self._refused(problem)
        elif number not in _NOTHING:
            raise problem

    def _send(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """
        Have the kernel send a datagram, by *call*.

        @return: what *call* does, or L{None} if the datagram is lost.
        @raise error.MessageLengthError: it is too long.
        """
        while True:
            try:
                return call(*arguments)
            except OSError as problem:
                if not self._worthAsking(problem):
                    return None

    def _worthAsking(self, problem: OSError) -> bool:
        """
        The kernel has not sent a datagram: say what that means.

        @return: whether to ask again; otherwise the datagram is lost.
        @raise error.MessageLengthError: it is too long.
        """
        number = problem.args[0]
        if number == EMSGSIZE:
            raise error.MessageLengthError("message too long")
        if number == ECONNREFUSED:
            self._refused(problem)
        elif number == EINTR:
            return True
        elif number not in self._dropped:
            raise problem
        return False
