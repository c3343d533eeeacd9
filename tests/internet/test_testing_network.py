"""
The network in memory.
"""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import Recorder, clientOf, factoryOf
from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    connectProtocol,
)
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IListeningPort,
    IReactorTCP,
    IReactorTime,
    IReactorUDP,
    ITCPTransport,
    IUDPTransport,
)
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.internet.task import Clock, LoopingCall
from twisted.internet.testing import Conditions, MemoryHost, MemoryNetwork
from twisted.protocols import amp
from twisted.protocols.basic import LineReceiver

TEXT = b"".join(b"line %d\r\n" % n for n in range(2000))


class Pair:
    """A server and a client, connected."""

    def __init__(self, network: MemoryNetwork, server: Any = None, client: Any = None) -> None:
        self.network = network
        self.a, self.b = network.host("a"), network.host("b")
        self.serverFactory = server or factoryOf()
        self.clientFactory = client or clientOf()
        self.port = self.b.listenTCP(80, self.serverFactory)
        self.connector = self.a.connectTCP("b", 80, self.clientFactory)

    def connect(self) -> tuple[Recorder, Recorder]:
        self.network.runUntil(lambda: self.clientFactory.made and self.serverFactory.made)
        return self.clientFactory.made[0], self.serverFactory.made[0]


@pytest.fixture
def network() -> MemoryNetwork:
    return MemoryNetwork(conditions=Conditions(latency=0.1))


# -- hosts, time -------------------------------------------------------------------------


def test_interfaces(network: MemoryNetwork) -> None:
    host = network.host("a")
    for interface in (IReactorTCP, IReactorUDP, IReactorTime):
        assert verifyObject(interface, host)
    client, _ = Pair(network).connect()
    assert verifyObject(ITCPTransport, client.transport)
    assert verifyObject(IListeningPort, host.listenTCP(0, factoryOf()))
    assert verifyObject(IUDPTransport, host.listenUDP(0, DatagramProtocol()))


def test_hosts(network: MemoryNetwork) -> None:
    a, b = network.host("a"), network.host("b", "2001:db8::1")
    assert network.host("a") is a and isinstance(a, MemoryHost)
    assert network.find("2001:db8::1") is b and network.find(a.address) is a
    assert network.find("nobody") is None
    assert a.at(80) == IPv4Address("TCP", "10.0.0.1", 80)
    assert b.at(53, "UDP") == IPv6Address("UDP", "2001:db8::1", 53)
    with pytest.raises(ValueError, match="another host's"):
        network.host("c", "10.0.0.1")
    with pytest.raises(ValueError, match="not appear to be"):
        network.host("d", "d")


def test_callsHappenAtTheirMoments(network: MemoryNetwork) -> None:
    """Also those that are planned while time passes."""
    host = network.host("a")
    moments: list[float] = []
    ticking = LoopingCall(lambda: moments.append(host.seconds()))
    ticking.clock = host
    ticking.start(0.25, now=False)
    network.advance(1)
    assert moments == [0.25, 0.5, 0.75, 1]
    assert network.clock.seconds() == 1


def test_runUntil(network: MemoryNetwork) -> None:
    host = network.host("a")
    d: Deferred[str] = Deferred()
    host.callLater(5, d.callback, "fired")
    assert network.runUntil(d) == "fired"
    assert host.seconds() == 5
    failing: Deferred[str] = Deferred()
    host.callLater(1, failing.errback, KeyError("failed"))
    with pytest.raises(KeyError):
        network.runUntil(failing)
    with pytest.raises(error.TimeoutError):
        network.runUntil(Deferred())
    host.callLater(1000, lambda: None)
    with pytest.raises(error.TimeoutError, match="within 10 s"):
        network.runUntil(lambda: False, 10)


def test_conditionsThatMakeNoSense() -> None:
    for wrong in ({"loss": 1.0}, {"loss": -0.1}, {"latency": -1}, {"segment": -1}):
        with pytest.raises(ValueError):
            Conditions(**wrong)


# -- TCP ----------------------------------------------------------------------------------


def test_latency(network: MemoryNetwork) -> None:
    """Two journeys to connect, one for data."""
    pair = Pair(network)
    client, server = pair.connect()
    assert network.clock.seconds() == pytest.approx(0.2)
    client.transport.write(b"data")
    network.advance(0.0999)
    assert server.data == b""
    network.advance(0.0002)
    assert server.data == b"data"
    assert server.transport.getPeer() == client.transport.getHost()
    assert client.transport.getPeer() == pair.port.getHost() == IPv4Address("TCP", "10.0.0.2", 80)


def test_conditionsOfOneDirection(network: MemoryNetwork) -> None:
    pair = Pair(network)
    network.setConditions(Conditions(latency=2), pair.a, pair.b, both=False)
    client, server = pair.connect()
    begun = network.clock.seconds()
    client.transport.write(b"there")
    network.runUntil(lambda: server.data)
    assert network.clock.seconds() - begun == pytest.approx(2)
    server.transport.write(b"back")
    network.runUntil(lambda: client.data)
    assert network.clock.seconds() - begun == pytest.approx(2.1)


@pytest.mark.parametrize("seed", range(5))
def test_aStreamIsOneHoweverBadTheWayIs(seed: int) -> None:
    """What arrives is what was sent, cut elsewhere, and late."""
    bad = Conditions(latency=0.01, jitter=0.1, loss=0.3, reordering=0.5, segment=50)
    network = MemoryNetwork(seed=seed, conditions=bad)
    pieces: list[bytes] = []
    pair = Pair(network, server=factoryOf(onData=lambda protocol, data: pieces.append(data)))
    client, server = pair.connect()
    client.transport.write(TEXT)
    network.runUntil(lambda: len(server.data) == len(TEXT), 100_000)
    assert server.data == TEXT
    assert max(map(len, pieces)) <= 50 and len(set(map(len, pieces))) > 10
    assert any(word == "lost" for _, word, *_ in network.trace)


def _trace(seed: int) -> Any:
    bad = Conditions(jitter=0.1, loss=0.2, segment=100)
    network = MemoryNetwork(seed=seed, conditions=bad)
    client, server = Pair(network).connect()
    client.transport.write(TEXT)
    network.runUntil(lambda: len(server.data) == len(TEXT), 100_000)
    return network.trace


def test_theSameSeedIsTheSameRun() -> None:
    assert _trace(1) == _trace(1)
    assert _trace(1) != _trace(2)


def test_theSegmentsAreThoseThatWereSent() -> None:
    network = MemoryNetwork(conditions=Conditions(segment=0))
    pieces: list[bytes] = []
    pair = Pair(network, server=factoryOf(onData=lambda protocol, data: pieces.append(data)))
    client, _ = pair.connect()
    client.transport.write(b"x" * 10_000)
    network.advance(1)
    assert pieces == [b"x" * 10_000]


def test_nobodyListens(network: MemoryNetwork) -> None:
    client = clientOf()
    network.host("b")
    network.host("a").connectTCP("b", 81, client)
    network.runUntil(lambda: client.failures)
    assert client.failures[0].check(error.ConnectionRefusedError)
    assert network.clock.seconds() == pytest.approx(0.2)


def test_noSuchHost(network: MemoryNetwork) -> None:
    client = clientOf()
    network.host("a").connectTCP("nobody", 81, client)
    network.advance(0)
    assert client.failures[0].check(error.DNSLookupError)


def test_noWay(network: MemoryNetwork) -> None:
    """An attempt takes as long as it may, and goes on when there is a way."""
    pair = Pair(network)
    network.partition([pair.a], [pair.b])
    other = clientOf()
    pair.a.connectTCP("b", 80, other, timeout=100)
    network.advance(31)
    assert pair.clientFactory.failures[0].check(error.TimeoutError)
    assert other.failures == [] == other.made
    network.heal()
    network.runUntil(lambda: other.made)


def test_thePortIsInUse(network: MemoryNetwork) -> None:
    pair = Pair(network)
    with pytest.raises(error.CannotListenError):
        pair.b.listenTCP(80, factoryOf())
    pair.port.stopListening()
    again = pair.b.listenTCP(80, factoryOf())
    assert pair.b.listenTCP(0, factoryOf()).getHost().port != again.getHost().port


def test_theEndAfterAllData(network: MemoryNetwork) -> None:
    client, server = Pair(network).connect()
    client.transport.write(TEXT)
    client.transport.loseConnection()
    network.advance(10)
    assert server.data == TEXT
    assert server.reason.check(error.ConnectionDone)
    assert client.reason.check(error.ConnectionDone)
    client.transport.write(b"too late")
    network.advance(10)
    assert server.data == TEXT


def test_abort(network: MemoryNetwork) -> None:
    client, server = Pair(network).connect()
    client.transport.write(b"x" * 1_000_000)
    client.transport.abortConnection()
    network.advance(10)
    assert client.reason.check(error.ConnectionAborted)
    assert server.reason.check(error.ConnectionLost)
    assert len(server.data) < 1_000_000


def test_dataForSomebodyWhoIsGone(network: MemoryNetwork) -> None:
    """It comes back as a reset."""
    client, server = Pair(network).connect()
    server.transport.loseConnection()
    client.transport.write(b"x")
    network.advance(0.15)
    client.transport.write(b"y")
    network.advance(10)
    assert server.reason.check(error.ConnectionDone)
    assert client.reason is not None
    assert network.clock.getDelayedCalls() == []


def test_halfClose(network: MemoryNetwork) -> None:
    from zope.interface import implementer

    @implementer(IHalfCloseableProtocol)
    class Half(Recorder):
        events: list[str]

        def connectionMade(self) -> None:
            self.events = []

        def readConnectionLost(self) -> None:
            self.events.append("read")
            self.transport.write(b"answer to " + self.data)
            self.transport.loseConnection()

        def writeConnectionLost(self) -> None:
            self.events.append("write")

    def halves(kind: Any) -> Any:
        made: list[Any] = []
        kind.buildProtocol = lambda address: (made.append(Half()), made[-1])[1]
        kind.made = made
        return kind

    client, server = Pair(network, halves(factoryOf()), halves(clientOf())).connect()
    client.transport.write(b"question")
    client.transport.loseWriteConnection()
    network.advance(10)
    assert client.data == b"answer to question"
    assert (client.events, server.events) == (["write", "read"], ["read"])
    assert client.reason is not None and server.reason is not None


def test_aReaderThatPausesStopsTheWriter(network: MemoryNetwork) -> None:
    client, server = Pair(network).connect()
    asked: list[str] = []

    class Producer:
        paused = False

        def resumeProducing(self) -> None:
            asked.append("resume")
            self.paused = False
            self.produce()

        def pauseProducing(self) -> None:
            asked.append("pause")
            self.paused = True

        def stopProducing(self) -> None:
            asked.append("stop")

        def produce(self) -> None:
            while not self.paused:
                client.transport.write(b"x" * 10_000)

    server.transport.pauseProducing()
    producer = Producer()
    client.transport.registerProducer(producer, True)
    producer.produce()
    network.advance(100)
    assert server.data == b""
    assert asked[-1] == "pause" and len(asked) < 10
    server.transport.resumeProducing()
    network.advance(1)
    # A window of 64 KiB each time that one has gone and its answer has come back.
    assert len(server.data) == 6 * 65536
    server.transport.abortConnection()
    network.advance(1)
    assert asked[-1] == "stop"


def test_aPartitionHoldsDataUpAndEndsAConnection(network: MemoryNetwork) -> None:
    pair = Pair(network)
    client, server = pair.connect()
    network.partition([pair.a])
    client.transport.write(b"first")
    network.advance(60)
    assert server.data == b"" and client.reason is None
    network.heal()
    network.advance(31)
    assert server.data == b"first"
    network.partition([pair.b])
    client.transport.write(b"second")
    network.advance(200)
    assert client.reason.check(error.ConnectionLost)
    assert server.reason is None  # it has sent nothing, and so knows nothing


def test_aConnectorConnectsAgain(network: MemoryNetwork) -> None:
    client = clientOf()
    lost: list[Any] = []

    def again(connector: Any, reason: Any) -> None:
        lost.append(reason)
        if len(lost) < 3:
            connector.connect()

    client.clientConnectionLost = again
    server = factoryOf(onMade=lambda protocol: protocol.transport.loseConnection())
    Pair(network, server, client)
    network.advance(10)
    assert len(lost) == 3 and len(server.made) == 3


def test_aFactoryThatWantsNone(network: MemoryNetwork) -> None:
    server = factoryOf()
    server.buildProtocol = lambda address: None
    pair = Pair(network, server)
    network.advance(1)
    assert pair.clientFactory.made[0].reason.check(error.ConnectionLost)
    client = clientOf()
    client.buildProtocol = lambda address: None
    pair = Pair(MemoryNetwork(), None, client)
    pair.network.advance(1)
    assert client.failures and pair.serverFactory.made[0].reason is not None


def test_stoppedBeforeItConnects(network: MemoryNetwork) -> None:
    pair = Pair(network)
    network.advance(0.15)
    pair.connector.stopConnecting()
    network.advance(10)
    assert pair.clientFactory.failures[0].check(error.UserError)
    assert pair.clientFactory.made == []
    assert pair.serverFactory.made[0].reason is not None


def test_whatAProtocolRaisesEndsItsConnection(network: MemoryNetwork, events: list[Any]) -> None:
    def fail(protocol: Any, data: bytes) -> None:
        raise ValueError("in dataReceived")

    client, server = Pair(network, factoryOf(onData=fail)).connect()
    client.transport.write(b"x")
    network.advance(1)
    assert server.reason.check(ValueError)
    assert client.reason is not None
    assert any("log_failure" in event for event in events)


# -- what stands on it ------------------------------------------------------------------------


def test_endpointsAndLines(network: MemoryNetwork) -> None:
    a, b = network.host("a"), network.host("b")

    class Shout(LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            self.sendLine(line.upper())

    class Ask(LineReceiver):
        def __init__(self) -> None:
            self.answer: Deferred[bytes] = Deferred()

        def connectionMade(self) -> None:
            self.sendLine(b"hello")

        def lineReceived(self, line: bytes) -> None:
            self.answer.callback(line)

    port = network.runUntil(TCP4ServerEndpoint(b, 7).listen(Factory.forProtocol(Shout)))
    for endpoint in (HostnameEndpoint(a, b"b", 7), TCP4ClientEndpoint(a, b.address, 7)):
        asker = network.runUntil(connectProtocol(endpoint, Ask()))
        assert network.runUntil(asker.answer) == b"HELLO"
    port.stopListening()
    with pytest.raises(error.ConnectionRefusedError):
        network.runUntil(connectProtocol(TCP4ClientEndpoint(a, "b", 7), Ask()))


class Add(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b", amp.Integer())]
    response = [(b"sum", amp.Integer())]


@pytest.mark.parametrize("seed", range(3))
def test_ampOnABadWay(seed: int) -> None:
    class Adder(amp.AMP):
        @Add.responder
        def add(self, a: int, b: int) -> dict[str, int]:
            return {"sum": a + b}

    bad = Conditions(latency=0.05, jitter=0.05, loss=0.2, segment=3)
    network = MemoryNetwork(seed=seed, conditions=bad)
    network.host("b").listenTCP(1, Factory.forProtocol(Adder))
    endpoint = TCP4ClientEndpoint(network.host("a"), "b", 1)
    client = network.runUntil(connectProtocol(endpoint, amp.AMP()))
    calls = [client.callRemote(Add, a=n, b=n) for n in range(50)]
    got = network.runUntil(gatherResults(calls), 100_000)
    assert [answer["sum"] for answer in got] == [2 * n for n in range(50)]


def test_anotherClock() -> None:
    clock = Clock()
    network = MemoryNetwork(clock)
    client, server = Pair(network).connect()
    client.transport.write(b"x")
    clock.advance(1)
    clock.advance(1)
    assert server.data == b"x"


# -- UDP -----------------------------------------------------------------------------------------


class Datagrams(DatagramProtocol):
    def __init__(self) -> None:
        self.got: list[tuple[bytes, Any]] = []
        self.refused = 0

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.got.append((datagram, addr))

    def connectionRefused(self) -> None:
        self.refused += 1


def _datagrams(conditions: Conditions, seed: int = 1) -> list[int]:
    network = MemoryNetwork(seed=seed, conditions=conditions)
    receiver = Datagrams()
    network.host("b").listenUDP(53, receiver)
    sender = network.host("a").listenUDP(0, Datagrams())
    for n in range(1000):
        sender.write(b"%d" % n, (network.host("b").address, 53))
        network.advance(0.001)
    network.advance(10)
    source = (network.host("a").address, sender.getHost().port)
    assert {addr for _, addr in receiver.got} == {source}
    return [int(data) for data, _ in receiver.got]


def test_datagrams() -> None:
    assert _datagrams(Conditions()) == list(range(1000))


def test_datagramsAreLost() -> None:
    got = _datagrams(Conditions(loss=0.3))
    assert 600 < len(got) < 800 and got == sorted(set(got))


def test_datagramsAreDoubled() -> None:
    got = _datagrams(Conditions(duplication=0.3))
    assert 1200 < len(got) < 1400 and sorted(set(got)) == list(range(1000))


def test_datagramsAreOvertaken() -> None:
    got = _datagrams(Conditions(reordering=0.2))
    assert got != list(range(1000)) and sorted(got) == list(range(1000))


def test_datagramsOfAPartition() -> None:
    network = MemoryNetwork()
    a, b = network.host("a"), network.host("b")
    receiver = Datagrams()
    b.listenUDP(53, receiver)
    sender = a.listenUDP(0, Datagrams())
    network.partition([a], [b])
    sender.write(b"lost", (b.address, 53))
    network.advance(1)
    network.heal()
    sender.write(b"there", (b.address, 53))
    network.advance(1)
    assert [data for data, _ in receiver.got] == [b"there"]


def test_connectedDatagrams() -> None:
    network = MemoryNetwork()
    a, b = network.host("a"), network.host("b")
    protocol = Datagrams()
    port = a.listenUDP(0, protocol)
    with pytest.raises(ValueError, match="no address"):
        port.write(b"x")
    protocol.transport.connect(b.address, 53)
    with pytest.raises(RuntimeError):
        port.connect(b.address, 54)
    with pytest.raises(ValueError, match="connected to"):
        port.write(b"x", (b.address, 54))
    port.write(b"nobody is there")
    network.advance(1)
    assert protocol.refused == 1
    receiver, other = Datagrams(), b.listenUDP(54, Datagrams())
    b.listenUDP(53, receiver)
    port.writeSequence([b"some", b"body"])
    other.write(b"not from there", (a.address, port.getHost().port))
    network.advance(1)
    assert [data for data, _ in receiver.got] == [b"somebody"]
    assert protocol.got == []
    port.stopListening()
    port.stopListening()
    assert protocol.transport is None


def test_datagramsThatAreRefused() -> None:
    network = MemoryNetwork()
    port = network.host("a").listenUDP(5, Datagrams())
    with pytest.raises(error.MessageLengthError):
        port.write(b"x" * 70_000, ("10.0.0.1", 5))
    with pytest.raises(error.InvalidAddressError):
        port.write(b"x", ("a", 5))
    with pytest.raises(error.InvalidAddressError):
        port.connect("a", 5)
    with pytest.raises(error.CannotListenError):
        network.host("a").listenUDP(5, Datagrams())
    # To an address that is nobody's; nothing comes of it.
    port.write(b"x", ("192.0.2.1", 5))
    network.advance(1)


def test_theLongestDatagramThatIsWanted() -> None:
    network = MemoryNetwork()
    receiver = Datagrams()
    port = network.host("b").listenUDP(53, receiver, maxPacketSize=4)
    network.host("a").listenUDP(0, Datagrams()).write(b"too long", (port.getHost().host, 53))
    network.advance(1)
    assert receiver.got[0][0] == b"too "


def test_protocolsAreNotKept() -> None:
    """What is over leaves nothing behind on the hosts."""
    network = MemoryNetwork(conditions=Conditions(loss=0.1))
    a, b = network.host("a"), network.host("b")
    port = b.listenTCP(80, Factory.forProtocol(Protocol))
    for _ in range(50):
        connecting = connectProtocol(TCP4ClientEndpoint(a, "b", 80), Protocol())
        network.runUntil(connecting, 1000).transport.loseConnection()
    port.stopListening()
    network.advance(1000)
    assert not a._readers and not a._writers and not b._readers and not b._writers
    assert network.clock.getDelayedCalls() == []
