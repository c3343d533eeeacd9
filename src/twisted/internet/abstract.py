"""
What every descriptor of a reactor has: an outgoing buffer, a producer to
throttle, and the rules by which a connection is let go.

:class:`FileDescriptor` is the generic, pure-Python kind, for pipes, terminals
and whatever else a user wants to register.  Sockets have a faster way to send
(see L{twisted.internet.tcp}) and keep these rules.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import interfaces, main
from twisted.python import failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IProducer

__all__ = ["FileDescriptor", "isIPAddress", "isIPv6Address"]


def _qualified(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


class _LogOwner:
    """Gives a descriptor the log prefix of the application's object behind it."""

    def _getLogPrefix(self, applicationObject: Any) -> str:
        """
        Return the log prefix of a protocol or factory: its own, if it provides
        L{interfaces.ILoggingContext}, else the name of its class.
        """
        if interfaces.ILoggingContext.providedBy(applicationObject):
            prefix: str = applicationObject.logPrefix()
            return prefix
        return applicationObject.__class__.__name__

    def logPrefix(self) -> str:
        """Return C{"-"}: nothing is known of the application yet."""
        return "-"


class _ConsumerMixin:
    """
    The registering half of L{interfaces.IConsumer}, for what has C{connected},
    C{disconnecting}, C{disconnected} and C{startWriting}.
    """

    producer: Any = None
    producerPaused: Any = False
    streamingProducer: Any = False

    def startWriting(self) -> None:
        raise NotImplementedError(f"{_qualified(self)} does not implement startWriting")

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """
        Let *producer* supply the data from now on.

        @param producer: an L{interfaces.IPushProducer} when *streaming*, else
            an L{interfaces.IPullProducer}, which is asked for its first piece
            at once.
        @param streaming: whether it produces until it is paused.
        @raise RuntimeError: another producer is registered.  If the connection
            is gone already, *producer* is told to stop instead.
        """
        if self.producer is not None:
            raise RuntimeError(
                f"Cannot register producer {producer}, because producer {self.producer}"
                " was never unregistered."
            )
        if self.disconnected:  # type: ignore[attr-defined]
            producer.stopProducing()
            return
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            producer.resumeProducing()  # type: ignore[attr-defined]

    def unregisterProducer(self) -> None:
        """
        Forget the producer.  A close that waited for it goes on.
        """
        self.producer = None
        if self.connected and self.disconnecting:  # type: ignore[attr-defined]
            self.startWriting()


def requireBytes(data: object) -> None:
    """
    @raise TypeError: *data* is not bytes; text has none until it is encoded,
        and a mutable buffer could change while it is queued.
    """
    if not isinstance(data, bytes):
        raise TypeError("Data must be bytes")


@implementer(
    interfaces.IPushProducer,
    interfaces.IReadWriteDescriptor,
    interfaces.IConsumer,
    interfaces.ITransport,
    interfaces.IHalfCloseableDescriptor,
)
class FileDescriptor(_ConsumerMixin, _LogOwner):
    """
    An object which a reactor can select on: a file descriptor with a buffer.

    A subclass says which descriptor (C{fileno}), how to send
    (C{writeSomeData}) and what to do when there is something to read
    (C{doRead}).

    @ivar connected: whether data can flow.
    @ivar disconnecting: the close waits for the buffer to be sent.
    @ivar disconnected: C{connectionLost} has been called.
    @cvar bufferSize: bytes that may be queued before a producer is paused.
    @cvar SEND_LIMIT: bytes that are offered to the kernel in one call.
    """

    connected: Any = 0
    disconnected: Any = 0
    disconnecting: Any = 0
    _writeDisconnecting: Any = False
    _writeDisconnected: Any = False
    dataBuffer: Any = b""
    offset: Any = 0

    SEND_LIMIT = 128 * 1024
    bufferSize: Any = 2**16

    def __init__(self, reactor: Any = None) -> None:
        """
        @param reactor: the reactor to be registered with; by default the
            global one.
        """
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor  # type: ignore[no-redef]
        self.reactor = reactor
        self._tempDataBuffer: list[bytes] = []
        self._tempDataLen = 0

    # -- the end ---------------------------------------------------------

    def connectionLost(self, reason: failure.Failure) -> None:
        """
        Note that the descriptor is dead, and stop its producer.

        Whoever calls this must already have removed it from the reactor.
        """
        self.connected, self.disconnected = 0, 1
        if self.producer is not None:
            self.producer.stopProducing()
            self.producer = None
        self.stopReading()
        self.stopWriting()

    def _withdraw(self) -> None:
        """Have the reactor call neither C{doRead} nor C{doWrite}."""
        self.stopReading()
        self.stopWriting()

    def readConnectionLost(self, reason: failure.Failure) -> None:
        """The peer has finished sending; unless overridden, that ends it all."""
        self.connectionLost(reason)

    def writeConnectionLost(self, reason: failure.Failure) -> None:
        """The peer will read no more; unless overridden, that ends it all."""
        self.connectionLost(reason)

    def loseConnection(self) -> None:
        """
        Close when what is queued has been sent and the producer is done.
        """
        if not self._flows():
            return
        if not self._writeDisconnected:
            self.stopReading()
            self.startWriting()
            self.disconnecting = 1
            return
        self._loseSoon()

    def _loseSoon(self) -> None:
        """Nothing can be sent, so there is nothing to wait for."""
        self._withdraw()
        clean = failure.Failure(main.CONNECTION_DONE)
        self.reactor.callLater(0, self.connectionLost, clean)

    def _flows(self) -> bool:
        """Tell whether it is connected and nobody has asked for the end."""
        return bool(self.connected) and not self.disconnecting

    def loseWriteConnection(self) -> None:
        """Close the sending half when what is queued has been sent."""
        self._writeDisconnecting = True
        self.startWriting()

    def _closeWriteConnection(self) -> None:
        """The sending half can be closed now: nothing is left to be sent."""

    def _postLoseConnection(self) -> Any:
        """Everything was sent: give the reason with which to close."""
        return main.CONNECTION_DONE

    # -- reading ---------------------------------------------------------

    def doRead(self) -> Any:
        """
        Read what there is.  Subclasses override this.

        @return: L{None}, or an exception instance: why the connection is over.
        """
        raise NotImplementedError(f"{_qualified(self)} does not implement doRead")

    def startReading(self) -> None:
        """Ask the reactor to call C{doRead}."""
        self.reactor.addReader(self)

    def stopReading(self) -> None:
        """Ask the reactor no longer to call C{doRead}."""
        self.reactor.removeReader(self)

    # What a consumer of what is read may ask of us, and what it comes to.

    def stopProducing(self) -> None:
        """Nobody wants the data any more: close."""
        self.loseConnection()

    def pauseProducing(self) -> None:
        """Read nothing until C{resumeProducing}."""
        self.stopReading()

    def resumeProducing(self) -> None:
        """Read again, unless the connection is on its way out."""
        if self._flows():
            self.startReading()

    def stopConsuming(self) -> None:
        """
        A producer that finds its consumer too slow gives it up: unregister it
        and close.
        """
        self.unregisterProducer()
        self.loseConnection()

    # -- writing ---------------------------------------------------------

    def writeSomeData(self, data: Any) -> Any:
        """
        Send as much of *data* as the kernel takes.  Subclasses override this.

        @return: the number of bytes taken, or an exception instance when the
            connection is lost.
        """
        raise NotImplementedError(f"{_qualified(self)} does not implement writeSomeData")

    def startWriting(self) -> None:
        """Ask the reactor to call C{doWrite}."""
        self.reactor.addWriter(self)

    def stopWriting(self) -> None:
        """Ask the reactor no longer to call C{doWrite}."""
        self.reactor.removeWriter(self)

    def write(self, data: bytes) -> None:
        """
        Queue *data*; it is sent when the reactor finds the descriptor ready.

        Dropped silently when the connection is gone, as what was written a
        moment before it went would be.

        @raise TypeError: *data* is not bytes.
        """
        requireBytes(data)
        size = len(data)
        if size and self.connected and not self._writeDisconnected:
            self._tempDataBuffer.append(data)
            self._enqueued(size)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """
        Queue several pieces, as C{write} would do one after the other.

        @raise TypeError: a piece is not bytes; none has been queued then.
        """
        pieces = list(iovec)
        for piece in pieces:
            requireBytes(piece)
        if pieces and self.connected and not self._writeDisconnected:
            self._tempDataBuffer += pieces
            self._enqueued(sum(map(len, pieces)))

    def _enqueued(self, size: int) -> None:
        """So many bytes more wait: have them sent, and no more come if it is enough."""
        self._tempDataLen += size
        if self.producer is not None and self.streamingProducer:
            self._maybePauseProducer()
        self.startWriting()

    def _isSendBufferFull(self) -> bool:
        """Tell whether more is queued than C{bufferSize}."""
        return len(self.dataBuffer) + self._tempDataLen - self.offset > self.bufferSize

    def _maybePauseProducer(self) -> None:
        """Pause the producer, which pushes, if the queue is full."""
        if self._isSendBufferFull():
            self.producerPaused = True
            self.producer.pauseProducing()

    def _gather(self) -> None:
        """
        Bring at least C{SEND_LIMIT} bytes to the head of the queue, if it has
        as many.  Pieces are joined once; a long piece is not copied again for
        each part of it that the kernel takes, the offset moves over it.
        """
        if self._tempDataBuffer and len(self.dataBuffer) - self.offset < self.SEND_LIMIT:
            head = self.dataBuffer[self.offset :] if self.offset else self.dataBuffer
            self.dataBuffer = b"".join([bytes(head), *self._tempDataBuffer])
            self.offset = 0
            self._tempDataBuffer = []
            self._tempDataLen = 0

    def doWrite(self) -> Any:
        """
        Send from the queue; when it is empty, go on with what waited for that:
        the producer, the close, the half close.

        @return: L{None}, or an exception instance: why the connection is over.
        """
        self._gather()
        # Even when nothing waits: a subclass may send what it makes itself.
        end = self.offset + self.SEND_LIMIT
        if self.offset == 0 and len(self.dataBuffer) <= self.SEND_LIMIT:
            sent = self.writeSomeData(self.dataBuffer)
        else:
            sent = self.writeSomeData(bytes(memoryview(self.dataBuffer)[self.offset : end]))
        if isinstance(sent, Exception) or sent < 0:
            return sent
        self.offset += sent
        if self.offset == len(self.dataBuffer) and not self._tempDataLen:
            self.dataBuffer = b""
            self.offset = 0
            return self._drained()
        return None

    def _drained(self) -> Any:
        """The queue is empty: see what waited for it."""
        self.stopWriting()
        if self.producer is not None and self._goesOn():
            return None
        if self.disconnecting:
            return self._postLoseConnection()
        if self._writeDisconnecting:
            self._writeDisconnected = True
            return self._closeWriteConnection()
        return None

    def _goesOn(self) -> bool:
        """
        Have the producer go on, if it waits for that: one that pulls always does.

        @return: whether it did.
        """
        waited = self.producerPaused or not self.streamingProducer
        if waited:
            self.producerPaused = False
            self.producer.resumeProducing()
        return waited

    # -- who it is -------------------------------------------------------

    def fileno(self) -> int:
        """
        Return the number of the descriptor, -1 when it has none (any more).
        """
        return -1

    def getHost(self) -> IAddress:
        """
        @raise NotImplementedError: a plain descriptor has no address.
        """
        raise NotImplementedError

    def getPeer(self) -> IAddress:
        """
        @raise NotImplementedError: a plain descriptor has no peer.
        """
        raise NotImplementedError


def isIPAddress(addr: str | bytes, family: int = socket.AF_INET) -> bool:
    """
    Tell whether *addr* is an IP address literal.

    @param addr: the text, or its ASCII bytes.
    @param family: C{AF_INET} (decimal dotted) or C{AF_INET6} (a zone after
        C{%} is allowed).
    @raise ValueError: another family.
    """
    try:
        text = addr.decode("ascii") if isinstance(addr, bytes) else addr
        text.encode("ascii")
    except UnicodeError:
        return False
    if family == socket.AF_INET6:
        text = text.partition("%")[0]
    elif family == socket.AF_INET:
        # inet_pton agrees, but some systems' accepts fewer than four parts.
        if text.count(".") != 3:
            return False
    else:
        raise ValueError(f"unknown address family {family!r}")
    try:
        socket.inet_pton(family, text)
    except (ValueError, OSError):
        return False
    return True


def isIPv6Address(addr: str) -> bool:
    """
    Tell whether *addr* is an IPv6 address literal, with or without a zone.
    """
    return isIPAddress(addr, socket.AF_INET6)
