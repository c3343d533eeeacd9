"""
The contract of stream transports, on every reactor: TCP over IPv4 and IPv6,
and UNIX sockets.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import time
from typing import Any

import pytest
from zope.interface import implementer

from tests.support import ON_WINE, clientOf, factoryOf, openDescriptors, posixOnly, runReactor
from twisted.internet import error, tcp
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import ClientFactory, Protocol


@pytest.fixture(params=["tcp4", "tcp6", pytest.param("unix", marks=posixOnly)])
def pair(request: Any, tmp_path: Any) -> Any:
    """Functions that listen and connect, by one kind of socket."""

    class Pair:
        kind = request.param

        def listen(self, reactor: Any, factory: Any) -> Any:
            if self.kind == "unix":
                self.path = os.fspath(tmp_path / "s")
                return reactor.listenUNIX(self.path, factory)
            interface = "127.0.0.1" if self.kind == "tcp4" else "::1"
            return reactor.listenTCP(0, factory, interface=interface)

        def connect(self, reactor: Any, port: Any, factory: Any) -> Any:
            if self.kind == "unix":
                return reactor.connectUNIX(self.path, factory)
            return reactor.connectTCP(port.getHost().host, port.getHost().port, factory)

    return Pair()


def test_echoOfALargeMessage(reactor: Any, pair: Any) -> None:
    message = os.urandom(1 << 20)
    port = pair.listen(reactor, factoryOf(onData=lambda p, data: p.transport.write(data)))

    def more(protocol: Any, data: bytes) -> None:
        if len(protocol.data) == len(message):
            protocol.transport.loseConnection()

    client = clientOf(
        onMade=lambda p: p.transport.write(message),
        onData=more,
        onLost=lambda p, reason: reactor.stop(),
    )
    pair.connect(reactor, port, client)
    runReactor(reactor)
    assert client.made[0].data == message
    assert client.made[0].reason.check(error.ConnectionDone)


def test_writesLeaveInOrderAndBeforeTheClose(reactor: Any, pair: Any) -> None:
    def made(protocol: Any) -> None:
        for number in range(1000):
            protocol.transport.write(b"%d," % number)
        protocol.transport.writeSequence([b"a", b"", b"b"])
        protocol.transport.loseConnection()
        protocol.transport.loseConnection()

    port = pair.listen(reactor, factoryOf(onMade=made))
    client = clientOf(onLost=lambda p, reason: reactor.stop())
    pair.connect(reactor, port, client)
    runReactor(reactor)
    assert client.made[0].data == b"".join(b"%d," % n for n in range(1000)) + b"ab"


def segmentsSent(transport: Any) -> int:
    """How many segments with data the kernel has sent: tcpi_data_segs_out."""
    (count,) = struct.unpack_from(
        "I", transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160), 156
    )
    return int(count)


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="only Linux counts the segments")
def test_writesOfOneCallbackLeaveInOneSystemCall(reactor: Any, pair: Any) -> None:
    """Nothing is sent inside write, and all of it at once afterwards."""
    tcp = pair.kind != "unix"
    counts = []
    clients: list[Any] = []
    pieces = []

    def spy(protocol: Any, data: bytes) -> None:
        transport = protocol.transport
        transport.setTcpNoDelay(True)
        if tcp:
            counts.append(segmentsSent(transport))
        for _ in range(10):
            transport.write(b"x")
        with pytest.raises(BlockingIOError):
            clients[0].transport.socket.recv(1, socket.MSG_PEEK)
        if tcp:
            counts.append(segmentsSent(transport))
            reactor.callLater(0, lambda: counts.append(segmentsSent(transport)))
        reactor.callLater(0.05, reactor.stop)

    def made(protocol: Any) -> None:
        clients.append(protocol)
        protocol.transport.write(b"?")

    port = pair.listen(reactor, factoryOf(onData=spy))
    pair.connect(
        reactor, port, clientOf(onMade=made, onData=lambda p, data: pieces.append(data))
    )
    runReactor(reactor)
    assert pieces == [b"x" * 10]
    if tcp:
        before, within, after = counts
        assert (within - before, after - before) == (0, 1)


def test_textIsRefused(reactor: Any, pair: Any) -> None:
    problems = []

    def made(protocol: Any) -> None:
        for bad in ("text", bytearray(b"x"), None):
            for write in (protocol.transport.write, lambda b: protocol.transport.writeSequence([b])):
                with pytest.raises(TypeError, match="Data must be bytes"):
                    write(bad)
                problems.append(bad)
        reactor.stop()

    port = pair.listen(reactor, factoryOf())
    pair.connect(reactor, port, clientOf(onMade=made))
    runReactor(reactor)
    assert len(problems) == 6


@pytest.mark.parametrize("where", ["onMade", "onData", "onLost"])
def test_aCallbackThatRaisesIsLoggedAndTheLoopGoesOn(
    reactor: Any, pair: Any, where: str, events: list[Any]
) -> None:
    def explode(*args: Any) -> None:
        raise ZeroDivisionError("in the application")

    port = pair.listen(reactor, factoryOf(**{where: explode}))
    client = clientOf(
        onMade=lambda p: (
            p.transport.write(b"x"),
            reactor.callLater(0.1, p.transport.loseConnection),
        ),
    )
    pair.connect(reactor, port, client)
    reactor.callLater(0.3, reactor.stop)
    runReactor(reactor)
    logged = [e for e in events if "log_failure" in e or "failure" in e]
    failures = [e.get("log_failure") or e["failure"] for e in logged]
    assert any(f.check(ZeroDivisionError) for f in failures)


def test_dataReceivedThatRaisesEndsItsConnection(reactor: Any, pair: Any) -> None:
    server = factoryOf(
        onData=lambda p, data: 1 // 0, onLost=lambda p, reason: reactor.callLater(0, reactor.stop)
    )
    port = pair.listen(reactor, server)
    pair.connect(reactor, port, clientOf(onMade=lambda p: p.transport.write(b"x")))
    runReactor(reactor)
    assert server.made[0].reason.check(ZeroDivisionError)


def test_abortConnectionResets(reactor: Any, pair: Any) -> None:
    server = factoryOf(onData=lambda p, data: p.transport.abortConnection())
    port = pair.listen(reactor, server)
    client = clientOf(
        onMade=lambda p: p.transport.write(b"x"), onLost=lambda p, reason: reactor.stop()
    )
    pair.connect(reactor, port, client)
    runReactor(reactor)
    assert server.made[0].reason.check(error.ConnectionAborted)
    expected = error.ConnectionDone if pair.kind == "unix" else error.ConnectionLost
    # wine takes the news for itself when it is asked whether there are any.
    if not (ON_WINE and type(reactor).__name__ == "SelectReactor"):
        assert client.made[0].reason.check(expected)


def test_pauseProducingInsideDataReceivedStopsReading(reactor: Any, pair: Any) -> None:
    seen = []

    def received(protocol: Any, data: bytes) -> None:
        seen.append(len(protocol.data))
        protocol.transport.pauseProducing()
        reactor.callLater(0.02, protocol.transport.resumeProducing)
        if len(protocol.data) >= 2_000_000:
            reactor.stop()

    port = pair.listen(reactor, factoryOf(onData=received))
    pair.connect(reactor, port, clientOf(onMade=lambda p: p.transport.write(b"x" * 2_000_000)))
    runReactor(reactor)
    assert len(seen) > 1
    assert max(b - a for a, b in zip(seen, seen[1:], strict=False)) <= 262144


@implementer(IPushProducer)
class Flood:
    """Writes until it is paused."""

    def __init__(self, transport: Any, total: int) -> None:
        self.transport = transport
        self.left = total
        self.pauses = 0
        self.paused = False
        self.stopped = False
        self.highest = 0

    def resumeProducing(self) -> None:
        self.paused = False
        while self.left and not self.paused:
            piece = b"x" * min(10_000, self.left)
            self.left -= len(piece)
            self.transport.write(piece)
            self.highest = max(self.highest, len(self.transport.dataBuffer))
        if not self.left and not self.stopped:
            self.stopped = True
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def pauseProducing(self) -> None:
        self.pauses += 1
        self.paused = True

    def stopProducing(self) -> None:
        self.paused = self.stopped = True


def test_aPushProducerIsThrottled(reactor: Any, pair: Any) -> None:
    floods: list[Flood] = []

    def made(protocol: Any) -> None:
        flood = Flood(protocol.transport, 5_000_000)
        floods.append(flood)
        protocol.transport.registerProducer(flood, True)
        flood.resumeProducing()

    port = pair.listen(reactor, factoryOf(onMade=made))
    client = clientOf(onLost=lambda p, reason: reactor.stop())
    pair.connect(reactor, port, client)
    runReactor(reactor)
    assert len(client.made[0].data) == 5_000_000
    assert floods[0].pauses > 1
    assert floods[0].highest <= 65536 + 10_000


def test_aPullProducerIsAskedWhenTheQueueIsEmpty(reactor: Any, pair: Any) -> None:
    class Pull:
        def __init__(self, transport: Any) -> None:
            self.transport = transport
            self.left = 5

        def resumeProducing(self) -> None:
            if self.left:
                self.left -= 1
                self.transport.write(b"piece")
            else:
                self.transport.unregisterProducer()
                self.transport.loseConnection()

        def stopProducing(self) -> None:
            pass

    port = pair.listen(
        reactor,
        factoryOf(onMade=lambda p: p.transport.registerProducer(Pull(p.transport), False)),
    )
    client = clientOf(onLost=lambda p, reason: reactor.stop())
    pair.connect(reactor, port, client)
    runReactor(reactor)
    assert client.made[0].data == b"piece" * 5


def test_twoProducersAreRefused(reactor: Any, pair: Any) -> None:
    def made(protocol: Any) -> None:
        producer = Flood(protocol.transport, 0)
        protocol.transport.registerProducer(producer, True)
        with pytest.raises(RuntimeError, match="Cannot register producer"):
            protocol.transport.registerProducer(producer, True)
        protocol.transport.unregisterProducer()
        reactor.stop()

    port = pair.listen(reactor, factoryOf())
    pair.connect(reactor, port, clientOf(onMade=made))
    runReactor(reactor)


@implementer(IHalfCloseableProtocol)
class HalfCloseable(Protocol):
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.data = b""

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def readConnectionLost(self) -> None:
        self.events.append("read")
        self.transport.write(b"got " + self.data)
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        self.events.append("write")

    def connectionLost(self, reason: Any = None) -> None:
        self.events.append("lost")


def test_halfClose(reactor: Any, pair: Any) -> None:
    servers: list[HalfCloseable] = []

    class Client(HalfCloseable):
        def connectionMade(self) -> None:
            self.transport.write(b"question")
            self.transport.loseWriteConnection()

        def readConnectionLost(self) -> None:
            self.events.append("read")
            self.transport.loseConnection()

        def connectionLost(self, reason: Any = None) -> None:
            super().connectionLost(reason)
            reactor.stop()

    def build() -> HalfCloseable:
        servers.append(HalfCloseable())
        return servers[-1]

    from twisted.internet.protocol import Factory

    clients: list[Client] = []

    def buildClient() -> Client:
        clients.append(Client())
        return clients[-1]

    port = pair.listen(reactor, Factory.forProtocol(build))
    pair.connect(reactor, port, ClientFactory.forProtocol(buildClient))
    runReactor(reactor)
    assert clients[0].data == b"got question"
    assert clients[0].events == ["write", "read", "lost"]
    assert servers[0].events == ["read", "lost"]


def test_theProtocolMayBeReplaced(reactor: Any, pair: Any) -> None:
    second = clientOf().buildProtocol(None)
    second.onData = lambda p, data: reactor.stop()

    def first(protocol: Any, data: bytes) -> None:
        protocol.transport.protocol = second
        second.makeConnection(protocol.transport)
        second.transport.write(b"next")

    port = pair.listen(reactor, factoryOf(onData=first))
    client = clientOf(
        onMade=lambda p: p.transport.write(b"one"), onData=lambda p, d: p.transport.write(b"two")
    )
    pair.connect(reactor, port, client)
    runReactor(reactor)
    assert second.data == b"two"


def test_aConnectionThatIsRefused(reactor: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        number = unused.getsockname()[1]
    client = clientOf()
    client.onFailed = reactor.stop
    reactor.connectTCP("127.0.0.1", number, client)
    runReactor(reactor)
    problem = client.failures[0].value
    assert isinstance(problem, error.ConnectionRefusedError)
    number = errno.ECONNREFUSED
    said = "Connection refused"
    if os.name == "nt":
        said = socket.errorTab[number].rstrip(".")  # type: ignore[attr-defined]
    assert str(problem) == f"Connection was refused by other side: {number}: {said}."


def test_aNameThatDoesNotResolve(reactor: Any) -> None:
    client = clientOf()
    client.onFailed = reactor.stop
    reactor.connectTCP("does-not-exist.invalid", 80, client)
    runReactor(reactor, 30)
    assert client.failures[0].check(error.DNSLookupError)


@posixOnly
def test_aPathThatIsNoSocket(reactor: Any, tmp_path: Any) -> None:
    client = clientOf()
    client.onFailed = reactor.stop
    reactor.connectUNIX(os.fspath(tmp_path / "absent"), client)
    runReactor(reactor)
    assert client.failures[0].check(error.ConnectError)


def test_anAttemptThatIsGivenUp(reactor: Any) -> None:
    client = clientOf()
    connector = reactor.connectTCP("127.0.0.1", 1, client)
    connector.stopConnecting()
    assert client.failures[0].check(error.UserError)
    with pytest.raises(error.NotConnectingError):
        connector.stopConnecting()


def test_aPortThatIsTaken(reactor: Any) -> None:
    port = reactor.listenTCP(0, factoryOf(), interface="127.0.0.1")
    with pytest.raises(error.CannotListenError, match="Couldn't listen on 127.0.0.1"):
        reactor.listenTCP(port.getHost().port, factoryOf(), interface="127.0.0.1")
    port.stopListening()


def test_aResetInTheMiddle(reactor: Any) -> None:
    server = factoryOf(onLost=lambda p, reason: reactor.stop())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")

    def attack() -> None:
        with socket.create_connection(("127.0.0.1", port.getHost().port)) as peer:
            peer.sendall(b"half a mess")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if ON_WINE:
                # One that is reset before it is accepted, never was.
                time.sleep(0.2)

    thread = threading.Thread(target=attack)
    reactor.callWhenRunning(thread.start)
    runReactor(reactor)
    thread.join()
    assert ON_WINE or server.made[0].reason.check(error.ConnectionLost)


def test_aThousandRefusedConnectionsLeakNothing(reactor: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        number = unused.getsockname()[1]
    # Windows takes its time to refuse.
    left = [many := 1000 if os.name == "posix" else 100]
    client = clientOf()

    def again() -> None:
        left[0] -= 1
        if left[0]:
            reactor.connectTCP("127.0.0.1", number, client)
        else:
            reactor.stop()

    client.onFailed = again
    before = openDescriptors()
    reactor.connectTCP("127.0.0.1", number, client)
    runReactor(reactor, 30)
    assert len(client.failures) == many
    assert openDescriptors() <= before
    assert not reactor.getDelayedCalls()


def test_theLogPrefixIsTheConnections(reactor: Any, events: list[Any]) -> None:
    from twisted.python import log

    port = reactor.listenTCP(
        0,
        factoryOf(onData=lambda p, data: (log.msg("in the handler"), reactor.stop())),
        interface="127.0.0.1",
    )
    reactor.connectTCP(
        "127.0.0.1", port.getHost().port, clientOf(onMade=lambda p: p.transport.write(b"x"))
    )
    runReactor(reactor)
    systems = [e["system"] for e in events if e.get("message") == ("in the handler",)]
    assert systems == ["Recorder,0,127.0.0.1"]


@posixOnly
def test_descriptorsThatRunOutDoNotSpinTheLoop(reactor: Any) -> None:
    """
    With no descriptor left, a connection is turned away and the loop rests.
    """
    import resource

    server = factoryOf()
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    number = port.getHost().port
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reads = []
    accept = port.doRead
    port.doRead = lambda: (reads.append(1), accept())[1]
    peer = socket.socket()
    hoard: list[Any] = []

    def exhaust() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (openDescriptors() + 5, hard))
        try:
            while True:
                hoard.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        peer.setblocking(False)
        peer.connect_ex(("127.0.0.1", number))
        reactor.callLater(0.2, reactor.stop)

    # Not sooner: a host's loop wants descriptors of its own when it begins.
    reactor.callLater(0, exhaust)
    try:
        runReactor(reactor)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in hoard:
            os.close(fd)
        peer.close()
    assert not server.made
    assert len(reads) < 20


def test_stopListeningAndStartAgain(reactor: Any) -> None:
    port = reactor.listenTCP(0, factoryOf(), interface="127.0.0.1")
    closed: list[Any] = []

    def restart(ignored: Any) -> None:
        closed.append(True)
        port.startListening()
        port.stopListening().addCallback(lambda ignored: reactor.stop())

    reactor.callWhenRunning(lambda: port.stopListening().addCallback(restart))
    runReactor(reactor)
    assert closed


@posixOnly  # completion ports are given what is to be sent; nothing offers it
def test_aQueueThatIsDiscardedWhileItIsSent(reactor: Any) -> None:
    """What overrides the sending may abort; nothing is counted twice then."""
    seen = []

    class Own(tcp.Server):
        def writeSomeData(self, data: Any) -> Any:
            self.abortConnection()
            return len(data)

    class OwnPort(tcp.Port):
        transport = Own

    def received(protocol: Any, data: bytes) -> None:
        protocol.transport.write(b"a")
        protocol.transport.write(b"b")

    def lost(protocol: Any, reason: Any) -> None:
        seen.append((reason.type, protocol.transport.dataBuffer, protocol.transport._isSendBufferFull()))
        reactor.callLater(0, reactor.stop)

    port = OwnPort(0, factoryOf(onData=received, onLost=lost), 50, "127.0.0.1", reactor)
    port.startListening()
    client = clientOf(onMade=lambda p: p.transport.write(b"?"))
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)
    assert seen == [(error.ConnectionAborted, b"", False)]


def test_whatFailsToBeSentKeepsNobodyElseWaiting(reactor: Any) -> None:
    """One whose sending raises does not take those behind it out of the line."""
    if not getattr(reactor, "_flushesAfterEvents", False):
        pytest.skip("this reactor does not flush after events")
    flushed = []

    class Bad:
        def flushNow(self) -> None:
            raise ZeroDivisionError

    class Good:
        def flushNow(self) -> None:
            flushed.append(self)

    good = Good()
    reactor._loop.markDirty(Bad())
    reactor._loop.markDirty(good)
    with pytest.raises(ZeroDivisionError):
        reactor._loop.flush()
    assert reactor._loop.dirty
    reactor._loop.flush()
    assert flushed == [good]
    assert not reactor._loop.dirty
