"""
Transports and protocols for tests, in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, overload

from zope.interface import implementer

from twisted.internet import address, error, protocol
from twisted.internet.abstract import requireBytes
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
        if self.factory is None:
            return
        if self.factory.protocol is None:
            self.factory.protocol = self
        _fireOnce(self.factory, "protocolConnectionMade", self)

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.data += data

    def connectionLost(self, reason: failure.Failure = protocol.connectionDone) -> None:
        """Note it."""
        self.closed, self.closedReason = 1, reason
        _fireOnce(self, "closedDeferred", None)


def _fireOnce(owner: Any, name: str, result: Any) -> None:
    """Fire the Deferred that *owner* may have as *name*, and forget it."""
    waiting = getattr(owner, name, None)
    if waiting is not None:
        setattr(owner, name, None)
        waiting.callback(result)


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
        self.response: list[bytes] = []
        self.start = start
        self.lines = list(lines)

    def connectionMade(self) -> None:
        """Send, if that is when."""
        if self.start:
            self._sendAll()

    def lineReceived(self, line: bytes) -> None:
        """Send, if that is when, and keep what was received."""
        self.response.append(line)
        if not self.start:
            self._sendAll()
            self.lines = []

    def _sendAll(self) -> None:
        for line in self.lines:
            self.sendLine(line)

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
        # What a subclass says of itself stands, unless a test says otherwise.
        given = {"hostAddr": hostAddress, "peerAddr": peerAddress}
        self.__dict__.update({name: where for name, where in given.items() if where is not None})
        self._lenient = lenient
        self.connected = True
        self.clear()

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
        requireBytes(data)
        self.io.write(data)

    def writeSequence(self, data: Any) -> None:
        """Keep the pieces of *data*."""
        self.io.writelines(data)

    def loseConnection(self) -> None:
        """Note that it is disconnecting; nobody is told."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Note that it was aborted, and disconnect."""
        self.disconnected = True
        self.loseConnection()

    def getPeer(self) -> Any:
        """Return the address of the other end."""
        return self.peerAddr or address.IPv4Address("TCP", "192.168.1.1", 54321)

    def getHost(self) -> Any:
        """Return the address of this end."""
        return self.hostAddr or address.IPv4Address("TCP", "10.0.0.1", 12345)

    # IConsumer

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Note the producer.

        @raise RuntimeError: there is one.
        """
        self._expectProducer(False, "Cannot register two producers")
        self.producer, self.streaming = producer, streaming

    def unregisterProducer(self) -> None:
        """
        Forget the producer.

        @raise RuntimeError: there is none.
        """
        self._expectProducer(True, "Cannot unregister a producer unless one is registered")
        self.producer = self.streaming = None

    def _expectProducer(self, there: bool, otherwise: str) -> None:
        if there != (self.producer is not None):
            raise RuntimeError(otherwise)

    # IPushProducer

    def _become(self, state: str) -> None:
        wrong = {
            "Cannot resume producing after loseConnection": self.disconnecting
            and not self._lenient,
            "Cannot resume a stopped producer": self.producerState == "stopped",
        }
        for problem, applies in wrong.items():
            if applies:
                raise RuntimeError(problem)
        self.producerState = state

    def pauseProducing(self) -> None:
        """
        Note that it is paused.

        @raise RuntimeError: it was stopped.
        """
        self._become("paused")

    def stopProducing(self) -> None:
        """Note that it is stopped."""
        self.producerState = "stopped"

    def resumeProducing(self) -> None:
        """
        Note that it produces.

        @raise RuntimeError: it was stopped.
        """
        self._become("producing")


class StringTransportWithDisconnection(StringTransport):
    """
    A L{StringTransport} that tells its protocol of C{loseConnection}.

    @ivar protocol: to be set by the test.
    """

    protocol: Any

    def loseConnection(self) -> None:
        """Tell the protocol that the connection is over, once."""
        was, self.connected = self.connected, False
        if was:
            reason = failure.Failure(error.ConnectionDone("Bye."))
            self.protocol.connectionLost(reason)


# How many numbers a L{NonStreamingProducer} writes.
_LAST = 10


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
        consumer, number = self.consumer, self.counter
        if consumer is None or number == _LAST:
            raise RuntimeError("BUG: resume after unregister/stop.")
        self.counter = number + 1
        consumer.write(str(number).encode("ascii"))
        if self.counter == _LAST:
            consumer.unregisterProducer()
            self._done()

    def pauseProducing(self) -> None:
        """
        @raise RuntimeError: always; it is none that could be paused.
        """
        raise RuntimeError("BUG: pause should never be called.")

    def _done(self) -> None:
        self.consumer = None
        _fireOnce(self, "result", None)

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

    def look() -> None:
        if all(not each.transport.connected for each in protocols):
            looping.stop()

    looping = LoopingCall(look)
    looping.clock = reactor
    over = looping.start(0.01, True)
    return over.addCallback(lambda ignored: None)  # type: ignore[no-any-return]


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
        testInstance.addCleanup(publisher.removeObserver, made)
        publisher.addObserver(made)
        return made


