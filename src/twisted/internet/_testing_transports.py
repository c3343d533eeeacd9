"""
Transports and protocols for tests, in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, overload

from zope.interface import implementer

from twisted.internet import address, error, protocol
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.logger import ILogObserver, LogEvent, LogPublisher
from twisted.protocols import basic
from twisted.python import failure


class AccumulatingProtocol(protocol.Protocol):
    """
    Keeps what it receives.

    @ivar made: whether it was connected.
    @ivar data: what it received.
    @ivar closed, closedReason: whether it was disconnected, and why.
    @ivar closedDeferred: fires then, if somebody has put one there.
    """

    made = closed = 0
    closedReason: failure.Failure | None = None
    closedDeferred: Deferred[None] | None = None
    data = b""
    factory: Any = None

    def connectionMade(self) -> None:
        """Note it, and tell the factory, if it wants to know."""
        self.made = 1
        factory = self.factory
        if factory is not None:
            factory.protocol = self if factory.protocol is None else factory.protocol
            d = getattr(factory, "protocolConnectionMade", None)
            if d is not None:
                factory.protocolConnectionMade = None
                d.callback(self)

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.data += data

    def connectionLost(self, reason: failure.Failure = protocol.connectionDone) -> None:
        """Note it."""
        self.closed = 1
        self.closedReason = reason
        if self.closedDeferred is not None:
            d, self.closedDeferred = self.closedDeferred, None
            d.callback(None)


class LineSendingProtocol(basic.LineReceiver):
    """
    Sends lines, and keeps what comes back.

    @ivar lines: what is sent.
    @ivar response: what came back.
    """

    lostConn = False

    def __init__(self, lines: Sequence[bytes], start: bool = True) -> None:
        """
        @param start: send as soon as it is connected, else as soon as
            something was received.
        """
        self.lines = list(lines)
        self.response: list[bytes] = []
        self.start = start

    def connectionMade(self) -> None:
        """Send, if that is when."""
        if self.start:
            for line in self.lines:
                self.sendLine(line)

    def lineReceived(self, line: bytes) -> None:
        """Send, if that is when, and keep what was received."""
        if not self.start:
            for each in self.lines:
                self.sendLine(each)
            self.lines = []
        self.response.append(line)

    def connectionLost(self, reason: failure.Failure) -> None:  # type: ignore[override]
        """Note it."""
        self.lostConn = True


class FakeDatagramTransport:
    """
    Keeps the datagrams that are sent.

    @ivar written: them, each with its address.
    @cvar noAddr: stands for no address.
    """

    noAddr = object()

    def __init__(self) -> None:
        self.written: list[tuple[bytes, Any]] = []

    def write(self, packet: bytes, addr: Any = noAddr) -> None:
        """Keep *packet*."""
        self.written.append((packet, addr))


class StringIOWithoutClosing(BytesIO):
    """
    A file in memory whose contents outlive its closing.
    """

    def close(self) -> None:
        """Do nothing."""


@implementer(ITransport, IConsumer, IPushProducer)
class StringTransport:
    """
    Keeps what is written, and notes what else is asked of it.

    @ivar io: what was written.
    @ivar disconnecting: C{loseConnection} was called.
    @ivar disconnected: C{abortConnection} was called.
    @ivar producer, streaming: as C{registerProducer} was given them.
    @ivar producerState: C{"producing"}, C{"paused"} or C{"stopped"}.
    """

    disconnecting = False
    disconnected = False
    producer: Any = None
    streaming: Any = None
    hostAddr: Any = None
    peerAddr: Any = None
    producerState = "producing"
    connected = True

    def __init__(
        self, hostAddress: Any = None, peerAddress: Any = None, lenient: bool = False
    ) -> None:
        """
        @param hostAddress: what C{getHost} returns.
        @param peerAddress: what C{getPeer} returns.
        @param lenient: allow what a push producer must not be asked:
            C{resumeProducing} and C{pauseProducing} after C{stopProducing}.
        """
        self.clear()
        if hostAddress is not None:
            self.hostAddr = hostAddress
        if peerAddress is not None:
            self.peerAddr = peerAddress
        self.connected = True
        self._lenient = lenient

    def clear(self) -> None:
        """Forget what was written."""
        self.io = BytesIO()

    def value(self) -> bytes:
        """Return what was written."""
        return self.io.getvalue()

    def write(self, data: bytes) -> None:
        """
        Keep *data*.

        @raise TypeError: it is not bytes.
        """
        if not isinstance(data, bytes):
            raise TypeError("Data must be bytes")
        self.io.write(data)

    def writeSequence(self, data: Any) -> None:
        """Keep the pieces of *data*."""
        self.io.write(b"".join(data))

    def loseConnection(self) -> None:
        """Note that it is disconnecting; nobody is told."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Note that it was aborted, and disconnect."""
        self.disconnected = True
        self.loseConnection()

    def getPeer(self) -> Any:
        """Return the address of the other end."""
        if self.peerAddr is None:
            return address.IPv4Address("TCP", "192.168.1.1", 54321)
        return self.peerAddr

    def getHost(self) -> Any:
        """Return the address of this end."""
        if self.hostAddr is None:
            return address.IPv4Address("TCP", "10.0.0.1", 12345)
        return self.hostAddr

    # IConsumer

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Note the producer.

        @raise RuntimeError: there is one.
        """
        if self.producer is not None:
            raise RuntimeError("Cannot register two producers")
        self.producer = producer
        self.streaming = streaming

    def unregisterProducer(self) -> None:
        """
        Forget the producer.

        @raise RuntimeError: there is none.
        """
        if self.producer is None:
            raise RuntimeError("Cannot unregister a producer unless one is registered")
        self.producer = None
        self.streaming = None

    # IPushProducer

    def _checkState(self) -> None:
        if self.disconnecting and not self._lenient:
            raise RuntimeError("Cannot resume producing after loseConnection")
        if self.producerState == "stopped":
            raise RuntimeError("Cannot resume a stopped producer")

    def pauseProducing(self) -> None:
        """
        Note that it is paused.

        @raise RuntimeError: it was stopped.
        """
        self._checkState()
        self.producerState = "paused"

    def stopProducing(self) -> None:
        """Note that it is stopped."""
        self.producerState = "stopped"

    def resumeProducing(self) -> None:
        """
        Note that it produces.

        @raise RuntimeError: it was stopped.
        """
        self._checkState()
        self.producerState = "producing"


class StringTransportWithDisconnection(StringTransport):
    """
    A L{StringTransport} that tells its protocol of C{loseConnection}.

    @ivar protocol: to be set by the test.
    """

    protocol: Any

    def loseConnection(self) -> None:
        """Tell the protocol that the connection is over, once."""
        if self.connected:
            self.connected = False
            self.protocol.connectionLost(failure.Failure(error.ConnectionDone("Bye.")))


class NonStreamingProducer:
    """
    Writes a number each time it is asked, and ten times more when it is no
    longer asked.

    @ivar counter: the next number.
    @ivar consumer: where to.
    @ivar result: fires when it is done.
    """

    counter = 0
    stopped = False

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer
        self.result: Deferred[None] = Deferred()

    def resumeProducing(self) -> None:
        """Write the next number."""
        if self.consumer is None or self.counter >= 10:
            raise RuntimeError("BUG: resume after unregister/stop.")
        self.consumer.write(b"%d" % (self.counter,))
        self.counter += 1
        if self.counter == 10:
            self.consumer.unregisterProducer()
            self._done()

    def pauseProducing(self) -> None:
        """
        @raise RuntimeError: always; it is none that could be paused.
        """
        raise RuntimeError("BUG: pause should never be called.")

    def _done(self) -> None:
        self.consumer = None
        d, self.result = self.result, None  # type: ignore[assignment]
        d.callback(None)

    def stopProducing(self) -> None:
        """It is not wanted any more."""
        self.stopped = True
        self._done()


def waitUntilAllDisconnected(reactor: Any, protocols: Sequence[Any]) -> Deferred[None]:
    """
    Wait until every one of *protocols* has a transport that is disconnected.

    @return: fires then.
    """
    # Late: this module is for those, too, who need no reactor.
    from twisted.internet.task import LoopingCall

    def _check() -> None:
        if not any(each.transport.connected for each in protocols):
            looping.stop()

    looping = LoopingCall(_check)
    looping.clock = reactor
    return looping.start(0.01, True).addCallback(lambda ignored: None)  # type: ignore[no-any-return]


@implementer(ILogObserver)
class EventLoggingObserver(Sequence[LogEvent]):
    """
    Keeps log events, as a sequence.
    """

    def __init__(self) -> None:
        self._events: list[LogEvent] = []

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> LogEvent: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[LogEvent]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self._events[index]

    def __iter__(self) -> Iterator[LogEvent]:
        return iter(self._events)

    def __call__(self, event: LogEvent) -> None:
        """Keep *event*."""
        self._events.append(event)

    @classmethod
    def createWithCleanup(cls, testInstance: Any, publisher: LogPublisher) -> Any:
        """
        Make one that observes *publisher* until the test is over.

        @param testInstance: has C{addCleanup}.
        """
        made = cls()
        publisher.addObserver(made)
        testInstance.addCleanup(lambda: publisher.removeObserver(made))
        return made


