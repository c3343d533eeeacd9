"""
The data connection: how the server makes it, and what goes over it.
"""

from __future__ import annotations

import os
import time
from enum import Enum
from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IProducer, ITransport
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.protocols.ftp._addresses import plainAddress
from twisted.protocols.ftp._errors import PortConnectionError
from twisted.protocols.ftp._listing import formatEntry
from twisted.python.failure import Failure

_NEWLINE = os.linesep.encode("ascii")
_END = b"\r\n"


def globalReactor() -> Any:
    # Late: importing it is installing it, and which one may not have been said yet.
    from twisted.internet import reactor

    return reactor


@implementer(IConsumer)
class ASCIIConsumerWrapper:
    """
    Sends text: its lines end on the way as those of networks do.

    @ivar cons: where it goes to.
    """

    def __init__(self, cons: Any) -> None:
        """
        @param cons: where it goes to.
        """
        self.cons = cons
        self.registerProducer = cons.registerProducer
        self.unregisterProducer = cons.unregisterProducer

    def write(self, bytes: bytes) -> None:
        """Send a piece."""
        self.cons.write(bytes if _NEWLINE == _END else bytes.replace(_NEWLINE, _END))


@implementer(IConsumer)
class ReceivedText:
    """
    Receives text: its lines end then as they do here, wherever it was cut.

    @ivar cons: where it goes to.
    """

    def __init__(self, cons: Any) -> None:
        """
        @param cons: where it goes to.
        """
        self.cons = cons
        self.registerProducer = cons.registerProducer
        self._kept = b""

    def write(self, data: bytes) -> None:
        """Receive a piece; half of a line end at its end waits for the rest."""
        whole = self._kept + data
        self._kept = whole[-1:] if whole.endswith(b"\r") else b""
        self.cons.write(whole[: len(whole) - len(self._kept)].replace(_END, _NEWLINE))

    def unregisterProducer(self) -> None:
        """That was all."""
        if self._kept:
            self.cons.write(self._kept)
        self.cons.unregisterProducer()


@implementer(IConsumer, IProducer)
class DTP(Protocol):
    """
    The data connection on the side of the server.

    Nothing is read from it before there is somebody to take it.

    @ivar isConnected: whether it is there.
    @ivar pi: the L{FTP} that it belongs to.
    """

    isConnected = False
    pi: Any = None
    factory: Any = None
    transport: Any = None

    _cons: Any = None
    _onConnLost: Deferred[Any] | None = None
    _buffer: list[bytes] | None = None
    _lost: Any = None

    def connectionMade(self) -> None:
        """The connection is there."""
        self.isConnected = True
        self._buffer = []
        if self.transport is not None:
            self.transport.pauseProducing()
        self.factory.deferred.callback(None)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """The connection is gone; what comes from it is complete unless it broke."""
        self.isConnected = False
        self._lost = reason
        waiting, self._onConnLost = self._onConnLost, None
        if waiting is None:
            return
        if isinstance(reason, Failure) and not reason.check(ConnectionDone):
            waiting.errback(reason)
        else:
            waiting.callback(None)

    def whenLost(self) -> Deferred[None]:
        """
        Wait for the end of the connection.

        @return: fails if it broke.
        """
        waiting: Deferred[None] = Deferred()
        self._onConnLost = waiting
        if not self.isConnected:
            self.connectionLost(self._lost)
        return waiting

    def sendLine(self, line: bytes) -> None:
        """Send a line."""
        self._progress()
        self.transport.write(line + _END)

    def sendListResponse(self, name: Any, response: Any) -> None:
        """
        Send the line of a file.

        @param response: what C{IFTPShell.list} says of it.
        """
        self.sendLine(formatEntry(name, response, time.time()))

    def _progress(self) -> None:
        # A client that waits for the end of a long file is not idle.
        moved = getattr(self.pi, "resetTimeout", None)
        if moved is not None:
            moved()

    def registerProducer(self, producer: Any, streaming: Any) -> Any:
        """Send what a producer makes."""
        return self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """There is no more to send: close the connection."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Send a piece."""
        self._progress()
        self.transport.write(data)

    def dataReceived(self, bytes: bytes) -> None:
        """Pass on a piece, as soon as somebody takes it."""
        self._progress()
        if self._cons is not None:
            self._cons.write(bytes)
        elif self._buffer is not None:
            self._buffer.append(bytes)

    def registerConsumer(self, cons: Any) -> Deferred[Any]:
        """
        Give what comes to a consumer.

        @return: fires when the connection has been closed, and fails if it broke.
        """
        assert self._cons is None
        self._cons = cons
        cons.registerProducer(self, True)
        waiting, self._buffer = self._buffer or [], None
        for piece in waiting:
            cons.write(piece)
        if self.transport is not None and self.isConnected:
            self.transport.resumeProducing()
        return self.whenLost().addBoth(self._unregConsumer)

    def _unregConsumer(self, ignored: Any) -> Any:
        self._cons.unregisterProducer()
        self._cons = None
        return ignored

    def abort(self) -> None:
        """Close the connection at once, whatever is to be sent."""
        if self.transport is not None and self.isConnected:
            # Not every transport can, in tests and wrappers.
            getattr(self.transport, "abortConnection", self.transport.loseConnection)()

    def resumeProducing(self) -> None:
        """Read on."""
        self.transport.resumeProducing()

    def pauseProducing(self) -> None:
        """Do not read for now."""
        self.transport.pauseProducing()

    def stopProducing(self) -> None:
        """Do not read any more."""
        self.transport.stopProducing()


_State = Enum("_State", ["IN_PROGRESS", "FAILED", "FINISHED"])


class DTPFactory(ClientFactory):
    """
    Makes one L{DTP}, for a connection in either direction.

    @ivar peerCheck: whether others than C{peerHost} are turned away.
    @ivar deferred: fires when the connection is there, and fails with
        L{PortConnectionError} if it does not come.
    """

    noisy = False
    peerCheck = False

    def __init__(self, pi: Any, peerHost: str | None = None, reactor: Any = None) -> None:
        """
        @param pi: the L{FTP} that it is for.
        @param peerHost: the address of the client.
        @param reactor: by default the global one.
        """
        self.pi = pi
        self.peerHost = peerHost
        self.deferred: Deferred[None] = Deferred()
        self.delayedCall: Any = None
        self._state = _State.IN_PROGRESS
        self._reactor = reactor

    def buildProtocol(self, addr: Any) -> Any:
        """
        Make the L{DTP}, unless there is one, or it is too late, or the wrong client
        comes.
        """
        if self._state is not _State.IN_PROGRESS or not self._mayCome(addr):
            return None
        self._state = _State.FINISHED
        self.cancelTimeout()
        made = DTP()
        made.factory, made.pi = self, self.pi
        self.pi.dtpInstance = made
        return made

    def _mayCome(self, addr: Any) -> bool:
        if not self.peerCheck or self.peerHost is None:
            return True
        # Otherwise whoever guesses the port gets the file, or sends another.
        return plainAddress(getattr(addr, "host", None)) == plainAddress(self.peerHost)

    def stopFactory(self) -> None:
        """There is nothing to wait for any more."""
        self.cancelTimeout()

    def timeoutFactory(self) -> None:
        """Nobody has come in time."""
        self._fail(TimeoutError("DTPFactory timeout"))

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """The client does not listen where it said."""
        self._fail(reason)

    def _fail(self, reason: Any) -> None:
        if self._state is _State.IN_PROGRESS:
            self._state = _State.FAILED
            self.cancelTimeout()
            self.deferred.errback(PortConnectionError(reason))

    def cancelTimeout(self) -> None:
        """Wait without end."""
        call, self.delayedCall = self.delayedCall, None
        if call is not None and call.active():
            call.cancel()

    def setTimeout(self, seconds: float) -> None:
        """
        Wait for some seconds.
        """
        clock = globalReactor() if self._reactor is None else self._reactor
        self.delayedCall = clock.callLater(seconds, self.timeoutFactory)


def closeListener(port: Any) -> Any:
    """
    Stop to wait for a connection, or to make one.

    @param port: an L{IListeningPort} or an L{IConnector}.
    """
    stop = getattr(port, "stopListening", None)
    if stop is not None:
        return stop()
    if getattr(port, "state", None) == "connecting":
        port.stopConnecting()
    return None


def closeQuietly(dtp: Any) -> None:
    """
    Close a data connection when what was to be sent has been sent.
    """
    transport: ITransport | None = getattr(dtp, "transport", None)
    if transport is not None:
        transport.loseConnection()
