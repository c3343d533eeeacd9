"""
What a stream knows of its class and of itself may change while it is open: the
size of a read, methods that are replaced, the log prefix at the end.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import Any

import pytest

from tests.support import clientOf, factoryOf, posixOnly, runReactor
from twisted.internet import _dispatch, error, tcp
from twisted.python import log


def receiveWith(reactor: Any, change: Any, total: int = 200) -> list[int]:
    """
    Receive *total* bytes that lie ready when they are first read.

    @param change: called with the transport before that.
    @return: the sizes of the pieces in which they came.
    """
    sizes: list[int] = []

    def received(protocol: Any, data: bytes) -> None:
        sizes.append(len(data))
        if sum(sizes) >= total:
            reactor.stop()

    def made(protocol: Any) -> None:
        change(protocol.transport)
        protocol.transport.pauseProducing()
        reactor.callLater(0.05, protocol.transport.resumeProducing)

    port = reactor.listenTCP(
        0, factoryOf(onMade=made, onData=received), interface="127.0.0.1"
    )
    reactor.connectTCP(
        "127.0.0.1",
        port.getHost().port,
        clientOf(onMade=lambda protocol: protocol.transport.write(b"x" * total)),
    )
    runReactor(reactor)
    return sizes


def test_bufferSizeOfOneStream(reactor: Any) -> None:
    def change(transport: Any) -> None:
        transport.bufferSize = 80

    assert receiveWith(reactor, change) == [80, 80, 40]


def test_bufferSizeOfTheClass(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp.Connection, "bufferSize", 150)
    assert receiveWith(reactor, lambda transport: None) == [150, 50]


def test_bufferSizeOfTheClassChangedWhileOpen(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(transport: Any) -> None:
        assert transport.bufferSize == 65536
        monkeypatch.setattr(tcp.Connection, "bufferSize", 120)

    assert receiveWith(reactor, change) == [120, 80]


def test_bufferSizeThatIsAProperty(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked each time."""
    asked: list[Any] = []

    def bufferSize(transport: Any) -> int:
        asked.append(transport)
        return 60

    monkeypatch.setattr(tcp.Connection, "bufferSize", property(bufferSize))
    assert receiveWith(reactor, lambda transport: None, 120) == [60, 60]
    assert asked


def test_bufferSizeSaysWhenAProducerIsPaused(reactor: Any) -> None:
    """Of the instance, and as it is when the data are written."""

    class Producer:
        paused: list[int] = []

        def pauseProducing(self) -> None:
            self.paused.append(1)

        def resumeProducing(self) -> None:
            pass

        def stopProducing(self) -> None:
            pass

    producer = Producer()

    def made(protocol: Any) -> None:
        transport = protocol.transport
        transport.registerProducer(producer, True)
        transport.write(b"x" * 100)
        assert producer.paused == []
        transport.bufferSize = 150
        transport.write(b"x" * 50)
        assert producer.paused == []
        transport.write(b"x")
        assert producer.paused == [1]
        reactor.stop()

    port = reactor.listenTCP(0, factoryOf(onMade=made), interface="127.0.0.1")
    reactor.connectTCP("127.0.0.1", port.getHost().port, clientOf())
    runReactor(reactor)
    assert producer.paused == [1]


def test_subclassesOfTheServerReadAndWriteInTheirOwnWay(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though one of the class itself was opened before, on the same loop."""
    said: list[str] = []

    class Server(tcp.Server):
        def doRead(self) -> Any:
            said.append("read")
            return super().doRead()

        def doWrite(self) -> Any:
            said.append("write")
            return super().doWrite()

        def loseConnection(self) -> None:
            said.append("lose")
            super().loseConnection()

        def stopReading(self) -> None:
            said.append("stop reading")
            super().stopReading()

        def connectionLost(self, reason: Any) -> None:
            said.append("lost")
            super().connectionLost(reason)

    kinds = [tcp.Server, Server]
    port = reactor.listenTCP(
        0,
        factoryOf(onData=lambda p, data: (p.transport.write(data), p.transport.loseConnection())),
        interface="127.0.0.1",
    )
    if port.transport is not tcp.Server:
        pytest.skip("its transports are others")

    def connect(*ignored: object) -> None:
        if not kinds:
            reactor.stop()
            return
        port.transport = kinds.pop(0)
        reactor.connectTCP(
            "127.0.0.1",
            port.getHost().port,
            clientOf(onMade=lambda p: p.transport.write(b"x"), onLost=connect),
        )

    connect()
    runReactor(reactor)
    assert said[:4] == ["read", "lose", "stop reading", "write"]
    assert said.count("lost") == 1


@pytest.mark.parametrize("raises", [False, True])
def test_theLogPrefixWhenItEnds(reactor: Any, events: list[Any], raises: bool) -> None:
    """
    What a protocol logs in its C{connectionLost}, or raises, bears the prefix
    of its connection.
    """
    transports: list[Any] = []

    def lost(protocol: Any, reason: Any) -> None:
        # The reactor stops in another call, so that this one ends.
        reactor.callLater(0, reactor.stop)
        log.msg("the end")
        if raises:
            raise ValueError("at the end")

    def made(protocol: Any) -> None:
        protocol.logPrefix = lambda: "Mine"
        transports.append(protocol.transport)

    port = reactor.listenTCP(
        0, factoryOf(onMade=made, onLost=lost), interface="127.0.0.1"
    )
    reactor.connectTCP(
        "127.0.0.1",
        port.getHost().port,
        clientOf(onMade=lambda protocol: protocol.transport.loseConnection()),
    )
    runReactor(reactor)
    systems = [
        event["system"]
        for event in events
        if event.get("message") == ("the end",) or event.get("isError")
    ]
    assert systems == ["Mine,0,127.0.0.1"] * (2 if raises else 1)
    assert transports[0].logstr == "Mine,0,127.0.0.1"


def test_theLogPrefixAfterTheEnd(reactor: Any) -> None:
    """Whoever asks then for the first time, is told of the protocol's class."""
    server = factoryOf(onLost=lambda protocol, reason: reactor.callLater(0, reactor.stop))
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    reactor.connectTCP(
        "127.0.0.1",
        port.getHost().port,
        clientOf(onMade=lambda protocol: protocol.transport.loseConnection()),
    )
    runReactor(reactor)
    assert server.made[0].transport.logstr == "Recorder,0,127.0.0.1"


@posixOnly
def test_theNumberOfTheRefusal(reactor: Any) -> None:
    """Of the first one: the kernel says what happened just once."""
    server = factoryOf(onLost=lambda protocol, reason: (reasons.append(reason), reactor.stop()))
    reasons: list[Any] = []
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    peer = socket.create_connection(("127.0.0.1", port.getHost().port))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def reset() -> None:
        transport = server.made[0].transport
        # So that reading does not tell of it.
        transport.pauseProducing()
        peer.close()
        transport.write(b"x")

    reactor.callLater(0.05, reset)
    runReactor(reactor)
    assert reasons[0].check(error.ConnectionLost)
    assert server.made[0].transport._errno == errno.ECONNRESET


@pytest.mark.parametrize("host", ["127.0.0.1", "127.10.200.99", "127.255.255.254"])
def test_thePeersAddress(reactor: Any, host: str) -> None:
    peers: list[Any] = []
    port = reactor.listenTCP(
        0,
        factoryOf(onMade=lambda p: (peers.append(p.transport.getPeer()), reactor.stop())),
        interface="127.0.0.1",
    )
    with socket.socket() as skt:
        try:
            skt.bind((host, 0))
        except OSError:
            pytest.skip("this system's loopback is one address")
        skt.setblocking(False)
        skt.connect_ex(("127.0.0.1", port.getHost().port))
        runReactor(reactor)
        assert (peers[0].host, peers[0].port) == skt.getsockname()


def test_theLogPrefixWhereTheFactoryGivesNoProtocol(reactor: Any) -> None:
    """Nobody speaks there, before the end as after it."""
    port = reactor.listenTCP(0, factoryOf(), interface="127.0.0.1")
    client = clientOf()
    said: list[str] = []

    def lost(connector: Any, reason: Any) -> None:
        said.append(connector.transport.logstr)
        reactor.stop()

    client.buildProtocol = lambda address: None
    client.clientConnectionLost = lost
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)
    assert said == ["Uninitialized"]


def test_aSessionMayHaveAnyNumber(reactor: Any) -> None:
    """Who makes a server's end by itself numbers it as it likes, or not at all."""
    if reactor.__class__.__name__ == "IOCPReactor":
        pytest.skip("its transports are others")
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        made = clientOf().buildProtocol(None)
        server = tcp.Server(ours, made, ("127.0.0.1", 1), None, None, reactor)
        assert server.sessionno is None
        server.sessionno = 2**70
        assert server.sessionno == 2**70
        made.makeConnection(server)
        server.abortConnection()
        reactor.callLater(0.02, reactor.stop)
        runReactor(reactor)


def test_aResetOfWhichOnlyAnErrorIsSaid(reactor: Any) -> None:
    """For a moment the kernel says nothing more; that is no orderly end."""
    if reactor.__class__.__name__ == "IOCPReactor":
        pytest.skip("its transports are others")
    reasons: list[Any] = []

    def made(protocol: Any) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        _dispatch.handle(reactor, protocol.transport, False, False, True)

    def lost(protocol: Any, reason: Any) -> None:
        reasons.append(reason)
        reactor.callLater(0, reactor.stop)

    port = reactor.listenTCP(0, factoryOf(onMade=made, onLost=lost), interface="127.0.0.1")
    peer = socket.create_connection(("127.0.0.1", port.getHost().port), timeout=10)
    runReactor(reactor)
    assert [reason.type for reason in reasons] == [error.ConnectionLost]
