"""
TLS as a layer: between transports and protocols, on reactors and in memory.
"""

from __future__ import annotations

import gc
import os
import socket
import ssl as pythonSSL
import struct
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest

pytest.importorskip("OpenSSL", reason="needs pyOpenSSL")

from OpenSSL import SSL
from zope.interface import implementer

from tests.support import clientOf, factoryOf, runReactor
from tests.tls_support import Authority, authority, serverCertificate
from twisted.internet import defer, error
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    IPushProducer,
    ISSLTransport,
    ITLSTransport,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import (
    CertificateOptions,
    TLSVersion,
    VerificationError,
    optionsForClientTLS,
)
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure


def clientOptions(name: str = "localhost", **more: Any) -> Any:
    return optionsForClientTLS(name, trustRoot=authority().certificate, **more)


def serverOptions(**more: Any) -> Any:
    mine = serverCertificate()
    return CertificateOptions(
        certificate=mine.original, privateKey=mine.privateKey.original, **more
    )


# -- in memory ------------------------------------------------------------------------


class Noting(Protocol):
    """Notes everything."""

    def __init__(self) -> None:
        self.data = b""
        self.calls: list[Any] = []

    def connectionMade(self) -> None:
        self.calls.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        self.calls.append(reason.value)


@implementer(IHandshakeListener)
class Shaking(Noting):
    def handshakeCompleted(self) -> None:
        self.calls.append("shaken")


@implementer(IHalfCloseableProtocol)
class HalfCloseable(Noting):
    def readConnectionLost(self) -> None:
        self.calls.append("read")

    def writeConnectionLost(self) -> None:
        self.calls.append("write")


class Pair:
    """A client and a server, connected by hand."""

    def __init__(
        self,
        clientKind: Any = Shaking,
        serverKind: Any = Shaking,
        clientOpts: Any = None,
        serverOpts: Any = None,
        layer: Any = None,
    ) -> None:
        self.clock = Clock()
        self.client, self.server = clientKind(), serverKind()
        opts = (clientOpts or clientOptions(), serverOpts or serverOptions())
        self.layers: list[Any] = []
        self.transports: list[Any] = []
        for protocol, options, isClient in zip(
            (self.client, self.server), opts, (True, False), strict=True
        ):
            factory = TLSMemoryBIOFactory(options, isClient, Factory(), self.clock)
            self.layers.append((layer or factory.protocol)(factory, protocol))
        for each in self.layers:
            self.transports.append(StringTransport())
            each.makeConnection(self.transports[-1])

    def pump(self, piece: int = 1 << 30) -> None:
        """Carry everything there is, in pieces of a size."""
        while True:
            self.clock.advance(0)
            outputs = [each.value() for each in self.transports]
            for each in self.transports:
                each.clear()
            if not any(outputs):
                return
            for output, target in zip(outputs, reversed(self.layers), strict=True):
                for start in range(0, len(output), piece):
                    if not target._lostTLSConnection:
                        target.dataReceived(output[start : start + piece])


@pytest.mark.parametrize("piece", [1, 1000, 1 << 30])
@pytest.mark.parametrize("layer", [None, TLSMemoryBIOProtocol])
def test_talk(piece: int, layer: Any) -> None:
    pair = Pair(layer=layer)
    pair.pump(piece)
    assert pair.client.calls == ["made", "shaken"] == pair.server.calls
    pair.client.transport.writeSequence([b"hello", b" ", b"world"])
    pair.server.transport.write(b"x" * 100_000)
    pair.pump(piece)
    assert pair.server.data == b"hello world"
    assert pair.client.data == b"x" * 100_000
    assert pair.client.transport.getPeerCertificate().digest("sha256") == (
        serverCertificate().digest("sha256")
    )
    assert pair.server.transport.getPeerCertificate() is None
    assert ISSLTransport.providedBy(pair.client.transport)


def test_smallWritesAreOneRecord() -> None:
    pair = Pair()
    pair.pump()
    for _ in range(50):
        pair.client.transport.write(b"abcd")
    assert pair.transports[0].value() == b""
    pair.clock.advance(0)
    record = pair.transports[0].value()
    assert len(record) < 300 and int.from_bytes(record[3:5], "big") == len(record) - 5


def test_answersGoOutWithTheEvent() -> None:
    class Answering(Noting):
        def dataReceived(self, data: bytes) -> None:
            for byte in data:
                self.transport.write(bytes([byte]))  # type: ignore[union-attr]

    pair = Pair(serverKind=Answering)
    pair.pump()
    pair.client.transport.write(b"abcdef")
    pair.clock.advance(0)
    pair.layers[1].dataReceived(pair.transports[0].value())
    # No clock was needed, and it is one record.
    record = pair.transports[1].value()
    assert int.from_bytes(record[3:5], "big") == len(record) - 5
    assert not pair.clock.getDelayedCalls()


def test_largeWritesDoNotWait() -> None:
    pair = Pair()
    pair.pump()
    pair.client.transport.write(b"x" * 70_000)
    assert len(pair.transports[0].value()) > 70_000


@pytest.mark.parametrize("data", ["text", bytearray(b"x"), None])
def test_onlyBytes(data: Any) -> None:
    pair = Pair()
    with pytest.raises(TypeError):
        pair.client.transport.write(data)


def test_close() -> None:
    pair = Pair()
    pair.pump()
    pair.client.transport.write(b"last words")
    pair.client.transport.loseConnection()
    pair.client.transport.write(b"not sent")
    assert not pair.transports[0].disconnecting
    pair.pump()
    assert pair.server.data == b"last words"
    assert all(each.disconnecting for each in pair.transports)
    for each in pair.layers:
        each.connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(pair.client.calls[-1], error.ConnectionDone)
    assert isinstance(pair.server.calls[-1], error.ConnectionDone)


def test_endWithoutNotice() -> None:
    pair = Pair()
    pair.pump()
    pair.layers[0].connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(pair.client.calls[-1], error.ConnectionLost)
    # What tells more is passed on.
    pair.layers[1].connectionLost(Failure(error.TimeoutError()))
    assert isinstance(pair.server.calls[-1], error.TimeoutError)


def test_abortSendsNothing() -> None:
    pair = Pair()
    pair.pump()
    pair.client.transport.write(b"x")
    pair.client.transport.abortConnection()
    pair.clock.advance(1)
    assert pair.transports[0].value() == b"" and pair.transports[0].disconnected
    pair.client.transport.write(b"y")
    pair.client.transport.loseConnection()
    assert not pair.clock.getDelayedCalls()


def test_abortInTheHandshakeListener() -> None:
    class Suspicious(Shaking):
        def connectionMade(self) -> None:
            self.transport.write(b"a secret")  # type: ignore[union-attr]

        def handshakeCompleted(self) -> None:
            self.transport.abortConnection()  # type: ignore[union-attr]

    pair = Pair(clientKind=Suspicious)
    pair.pump()
    assert pair.server.data == b""


def test_dataAfterAbortIsNotDelivered() -> None:
    class Aborting(Noting):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.abortConnection()  # type: ignore[union-attr]

    pair = Pair(serverKind=Aborting, layer=TLSMemoryBIOProtocol)
    pair.pump()
    pair.client.transport.write(b"a")
    pair.client.transport.write(b"b")
    pair.pump()
    assert pair.server.data == b"a"


def test_halfClose() -> None:
    pair = Pair(HalfCloseable, HalfCloseable)
    pair.pump()
    pair.client.transport.write(b"question")
    pair.client.transport.loseWriteConnection()
    pair.client.transport.write(b"too late")
    pair.pump()
    assert pair.client.calls == ["made", "write"]
    assert pair.server.calls == ["made", "read"]
    assert pair.server.data == b"question"
    pair.server.transport.write(b"answer")
    pair.pump()
    assert pair.client.data == b"answer"
    assert not any(each.disconnecting for each in pair.transports)
    pair.server.transport.loseConnection()
    pair.pump()
    assert all(each.disconnecting for each in pair.transports)


def test_halfCloseIsTheEndInTLS12() -> None:
    old = serverOptions(lowerMaximumSecurityTo=TLSVersion.TLSv1_2)
    pair = Pair(HalfCloseable, HalfCloseable, serverOpts=old)
    pair.pump()
    pair.client.transport.loseWriteConnection()
    pair.pump()
    assert pair.server.calls == ["made"]
    assert all(each.disconnecting for each in pair.transports)


def test_halfCloseBeforeTheHandshakeIsDone() -> None:
    pair = Pair(HalfCloseable, HalfCloseable)
    pair.client.transport.loseWriteConnection()
    pair.pump()
    assert "read" in pair.server.calls
    pair.server.transport.write(b"answer")
    pair.pump()
    assert pair.client.data == b"answer"


def test_closeBeforeTheHandshakeIsDone() -> None:
    pair = Pair()
    pair.client.transport.loseConnection()
    # Nobody has said anything that had to be protected.
    assert pair.transports[0].disconnecting


def test_exceptionInTheProtocol() -> None:
    class Broken(Noting):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(b"sorry")  # type: ignore[union-attr]
            raise ZeroDivisionError(data)

    pair = Pair(serverKind=Broken)
    pair.pump()
    pair.client.transport.write(b"x")
    with pytest.raises(ZeroDivisionError):
        pair.pump()
    pair.pump()
    assert pair.client.data == b"sorry"


@implementer(IPushProducer)
class Producer:
    def __init__(self) -> None:
        self.history: list[str] = []

    def pauseProducing(self) -> None:
        self.history.append("pause")

    def resumeProducing(self) -> None:
        self.history.append("resume")

    def stopProducing(self) -> None:
        self.history.append("stop")


def test_producer() -> None:
    pair = Pair()
    producer = Producer()
    transport = pair.client.transport
    transport.registerProducer(producer, True)
    with pytest.raises(RuntimeError):
        transport.registerProducer(Producer(), True)
    # The handshake is not done: nothing can be sent.
    transport.write(b"x" * 100_000)
    assert producer.history == ["pause"]
    # When that is over the transport may still be full.
    pair.transports[0].producer.pauseProducing()
    pair.pump()
    assert producer.history == ["pause"]
    pair.transports[0].producer.resumeProducing()
    assert producer.history == ["pause", "resume"]
    transport.loseConnection()
    transport.write(b"the rest")
    pair.pump()
    assert not pair.transports[0].disconnecting
    transport.unregisterProducer()
    pair.pump()
    assert pair.server.data == b"x" * 100_000 + b"the rest"
    assert pair.transports[0].disconnecting


def test_producerIsStoppedWhenThePeerCloses() -> None:
    pair = Pair()
    producer = Producer()
    pair.pump()
    pair.client.transport.registerProducer(producer, True)
    pair.server.transport.loseConnection()
    pair.pump()
    assert producer.history == ["stop"]
    assert pair.transports[0].producer is None
    late = Producer()
    pair.client.transport.registerProducer(late, True)
    assert late.history == ["stop"]


def test_nothingIsKept() -> None:
    class Closing(Noting):
        def dataReceived(self, data: bytes) -> None:
            self.transport.loseConnection()  # type: ignore[union-attr]

    def converse() -> list[Any]:
        pair = Pair(serverKind=Closing)
        pair.client.transport.write(b"x")
        pair.pump()
        for each in pair.layers:
            each.connectionLost(Failure(error.ConnectionDone()))
        return [weakref.ref(each) for each in (*pair.layers, pair.client, pair.server)]

    gc.disable()
    try:
        kept = [each() for each in converse()]
    finally:
        gc.enable()
    assert kept == [None] * 4


# -- whom it is with ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_rightName(name: str) -> None:
    pair = Pair(clientOpts=clientOptions(name))
    pair.pump()
    assert "shaken" in pair.client.calls
    told = pair.layers[1].getHandle().get_servername()
    assert told == (b"localhost" if name == "localhost" else None)


@pytest.mark.parametrize("name", ["elsewhere.example", "127.0.0.2", "::2"])
def test_wrongName(name: str) -> None:
    pair = Pair(clientOpts=clientOptions(name))
    pair.client.transport.write(b"a secret")
    pair.pump()
    assert pair.transports[0].disconnected
    pair.layers[0].connectionLost(Failure(error.ConnectionAborted()))
    assert isinstance(pair.client.calls[-1], VerificationError)
    assert pair.server.data == b""


def test_unknownAuthority() -> None:
    pair = Pair(clientOpts=optionsForClientTLS("localhost", Authority("other").certificate))
    pair.pump()
    for each in pair.layers:
        each.connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(pair.client.calls[-1], SSL.Error)
    assert "certificate verify failed" in str(pair.client.calls[-1])
    assert "unknown ca" in str(pair.server.calls[-1])


def test_wrongNameOfAnUnknownAuthority() -> None:
    """Of two reasons to refuse, the one that tells more is told."""
    authority = Authority("other").certificate
    pair = Pair(clientOpts=optionsForClientTLS("elsewhere.example", authority))
    pair.pump()
    pair.layers[0].connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(pair.client.calls[-1], VerificationError)
    assert pair.transports[0].disconnected
    assert "shaken" not in pair.server.calls


@pytest.mark.parametrize("shown", [True, False])
def test_clientCertificate(shown: bool) -> None:
    mine = authority().certificateFor("a client") if shown else None
    pair = Pair(
        clientOpts=clientOptions(clientCertificate=mine),
        serverOpts=serverOptions(trustRoot=authority().certificate),
    )
    pair.client.transport.write(b"hello")
    pair.pump()
    if mine is not None:
        assert pair.server.data == b"hello"
        there = pair.layers[1].getPeerCertificate()
        assert there.digest("sha256") == mine.digest("sha256")
    else:
        assert pair.server.data == b""
        assert pair.transports[1].disconnecting


@pytest.mark.parametrize(
    "theirs, ours, agreed",
    [
        ([b"h2", b"http/1.1"], [b"http/1.1", b"h2"], b"http/1.1"),
        ([b"h2"], [b"h2", b"http/1.1"], b"h2"),
        ([], [b"h2"], None),
        ([b"h2"], [], None),
    ],
)
def test_alpn(theirs: list[bytes], ours: list[bytes], agreed: bytes | None) -> None:
    pair = Pair(
        clientOpts=clientOptions(acceptableProtocols=theirs or None),
        serverOpts=serverOptions(acceptableProtocols=ours or None),
    )
    pair.pump()
    assert [each.negotiatedProtocol for each in pair.layers] == [agreed, agreed]


def test_alpnWithoutAny() -> None:
    pair = Pair(
        clientOpts=clientOptions(acceptableProtocols=[b"a"]),
        serverOpts=serverOptions(acceptableProtocols=[b"b"]),
    )
    pair.pump()
    pair.layers[0].connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(pair.client.calls[-1], SSL.Error)


def test_serverName() -> None:
    other = authority().certificateFor("other.example")
    asked: list[Any] = []

    def contextFor(name: bytes | None) -> Any:
        asked.append(name)
        return other.options().getContext() if name == b"other.example" else None

    options = serverOptions(contextForServerName=contextFor)
    for name, shown in (("other.example", other), ("localhost", serverCertificate())):
        pair = Pair(clientOpts=clientOptions(name), serverOpts=options)
        pair.pump()
        there = pair.layers[0].getPeerCertificate()
        assert there.digest("sha256") == shown.digest("sha256")
    assert asked == [b"other.example", b"localhost"]


def test_contextsAreShared() -> None:
    """A context of somebody's own, used many times, with ALPN said by the factory."""
    from twisted.internet.interfaces import IProtocolNegotiationFactory

    class Owner:
        context = SSL.Context(SSL.TLS_METHOD)

        def getContext(self) -> Any:
            return self.context

    from twisted.internet.interfaces import IOpenSSLContextFactory

    owner = implementer(IOpenSSLContextFactory)(Owner)()
    mine = serverCertificate()
    owner.context.use_certificate(mine.original)
    owner.context.use_privatekey(mine.privateKey.original)

    @implementer(IProtocolNegotiationFactory)
    class Offering(Factory):
        def acceptableProtocols(self) -> list[bytes]:
            return [b"mine"]

    for _ in range(3):
        server = TLSMemoryBIOFactory(owner, False, Offering(), Clock())
        pair = Pair(clientOpts=clientOptions(acceptableProtocols=[b"mine"]))
        pair.layers[1] = TLSMemoryBIOProtocol(server, pair.server)
        pair.transports[1] = StringTransport()
        pair.layers[1].makeConnection(pair.transports[1])
        pair.pump()
        assert pair.layers[0].negotiatedProtocol == b"mine"


@pytest.mark.parametrize(
    "version, works",
    [("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions(version: str, works: bool) -> None:
    context = SSL.Context(SSL.TLS_METHOD)
    number = getattr(SSL, version.replace("TLSv", "TLS") + "_VERSION", None) or getattr(
        SSL, version.replace("TLSv1", "TLS1") + "_VERSION"
    )
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_min_proto_version(number)
    context.set_max_proto_version(number)

    class Owner:
        def clientConnectionForTLS(self, protocol: Any) -> Any:
            return SSL.Connection(context, None)

    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

    pair = Pair(clientOpts=implementer(IOpenSSLClientConnectionCreator)(Owner)())
    pair.pump()
    assert ("shaken" in pair.server.calls) is works


# -- on reactors -----------------------------------------------------------------------------


def listen(reactor: Any, options: Any = None, **hooks: Any) -> Any:
    return reactor.listenSSL(
        0, factoryOf(**hooks), options or serverOptions(), interface="127.0.0.1"
    )


def connect(reactor: Any, port: Any, options: Any = None, **hooks: Any) -> Any:
    client = clientOf(**hooks)
    reactor.connectSSL(
        "127.0.0.1", port.getHost().port, client, options or clientOptions("127.0.0.1")
    )
    return client


def test_echoOfALargeMessage(reactor: Any) -> None:
    message = os.urandom(1 << 20)
    port = listen(reactor, onData=lambda p, data: p.transport.write(data))

    def more(protocol: Any, data: bytes) -> None:
        if len(protocol.data) == len(message):
            protocol.transport.loseConnection()

    client = connect(
        reactor,
        port,
        onMade=lambda p: p.transport.write(message),
        onData=more,
        onLost=lambda p, reason: reactor.stop(),
    )
    runReactor(reactor)
    assert client.made[0].data == message
    assert client.made[0].reason.check(error.ConnectionDone)


def test_pullAndPushProducers(reactor: Any) -> None:
    """A push producer is paused when the peer does not read; a pull one is asked."""
    pieces = 300
    piece = b"x" * 10_000

    class Pull:
        def __init__(self, consumer: Any) -> None:
            self.left, self.consumer = pieces, consumer

        def resumeProducing(self) -> None:
            self.left -= 1
            self.consumer.write(piece)
            if not self.left:
                self.consumer.unregisterProducer()
                self.consumer.loseConnection()

        def stopProducing(self) -> None:
            self.left = 0

    port = listen(reactor, onMade=lambda p: p.transport.registerProducer(Pull(p.transport), False))

    def slowly(protocol: Any, data: bytes) -> None:
        protocol.transport.pauseProducing()
        reactor.callLater(0.001, protocol.transport.resumeProducing)

    client = connect(reactor, port, onData=slowly, onLost=lambda p, reason: reactor.stop())
    runReactor(reactor)
    assert client.made[0].data == piece * pieces


def test_pausedPeerPausesTheProducer(reactor: Any) -> None:
    """Who does not read is not written to without end."""

    class Eager(Producer):
        sent = 0
        paused = False

        def __init__(self, transport: Any) -> None:
            super().__init__()
            self.transport = transport
            self.more()

        def more(self) -> None:
            if not self.paused and "stop" not in self.history:
                self.sent += 100_000
                self.transport.write(b"y" * 100_000)
                reactor.callLater(0, self.more)

        def pauseProducing(self) -> None:
            super().pauseProducing()
            self.paused = True

        def resumeProducing(self) -> None:
            super().resumeProducing()
            self.paused = False
            reactor.callLater(0, self.more)

    producers: list[Eager] = []

    def begin(protocol: Any) -> None:
        producers.append(Eager(protocol.transport))
        protocol.transport.registerProducer(producers[0], True)

    port = listen(reactor, onMade=begin)
    connect(reactor, port, onData=lambda p, data: p.transport.pauseProducing())
    reactor.callLater(0.5, reactor.stop)
    runReactor(reactor)
    [producer] = producers
    assert producer.paused
    # As much as the kernel has room for.
    assert producer.sent < 50_000_000


def test_startTLSInTheMiddle(reactor: Any) -> None:
    """What is said before is in the clear, what comes after is not; on both sides."""
    said: list[Any] = []

    def served(protocol: Any, data: bytes) -> None:
        if data.startswith(b"STARTTLS"):
            protocol.transport.write(b"GO AHEAD")
            protocol.transport.startTLS(serverOptions(), normal=True)
            protocol.transport.write(b"first in secret")
        else:
            said.append((data, protocol.transport.getPeerCertificate()))
            protocol.transport.write(b"bye")
            protocol.transport.loseConnection()

    def called(protocol: Any, data: bytes) -> None:
        if data == b"GO AHEAD":
            protocol.transport.startTLS(clientOptions())
            assert ISSLTransport.providedBy(protocol.transport)
            protocol.transport.write(b"a secret")

    port = reactor.listenTCP(0, factoryOf(onData=served), interface="127.0.0.1")
    client = clientOf(
        onMade=lambda p: p.transport.write(b"STARTTLS"),
        onData=called,
        onLost=lambda p, reason: reactor.stop(),
    )
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)
    assert said == [(b"a secret", None)]
    assert client.made[0].data == b"GO AHEADfirst in secretbye"
    assert client.made[0].reason.check(error.ConnectionDone)


def test_startTLSTheOtherWayRound(reactor: Any) -> None:
    """The one who has accepted is the client."""

    def served(protocol: Any) -> None:
        protocol.transport.startTLS(clientOptions(), normal=False)
        protocol.transport.write(b"from the accepting")

    def called(protocol: Any) -> None:
        protocol.transport.startTLS(serverOptions(), normal=False)

    port = reactor.listenTCP(0, factoryOf(onMade=served), interface="127.0.0.1")
    client = clientOf(onMade=called, onData=lambda p, data: reactor.stop())
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)
    assert client.made[0].data == b"from the accepting"


@pytest.mark.parametrize("overTCP", [True, False])
def test_tlsWithinTLS(reactor: Any, overTCP: bool) -> None:
    inner = authority().certificateFor("inner.example")

    def served(protocol: Any, data: bytes) -> None:
        if data == b"INNER":
            protocol.transport.write(b"GO AHEAD")
            protocol.transport.startTLS(inner.options())
        else:
            protocol.transport.write(data.upper())

    def called(protocol: Any, data: bytes) -> None:
        if data == b"GO AHEAD":
            protocol.transport.startTLS(clientOptions("inner.example"))
            protocol.transport.write(b"quiet")
        else:
            protocol.peer = protocol.transport.getPeerCertificate()
            protocol.transport.loseConnection()

    ended = lambda p, reason: reactor.stop()  # noqa: E731
    if overTCP:

        def begin(protocol: Any) -> None:
            protocol.transport.startTLS(clientOptions())
            protocol.transport.write(b"INNER")

        server = factoryOf(onMade=lambda p: p.transport.startTLS(serverOptions()), onData=served)
        port = reactor.listenTCP(0, server, interface="127.0.0.1")
        client = clientOf(onMade=begin, onData=called, onLost=ended)
        reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    else:
        port = listen(reactor, onData=served)
        client = connect(
            reactor,
            port,
            onMade=lambda p: p.transport.write(b"INNER"),
            onData=called,
            onLost=ended,
        )
    runReactor(reactor)
    assert client.made[0].data == b"GO AHEADQUIET"
    assert client.made[0].peer.digest("sha256") == inner.digest("sha256")


def test_producerMovesToTLS(reactor: Any) -> None:
    def begin(protocol: Any) -> None:
        producer = Producer()
        protocol.transport.registerProducer(producer, True)
        protocol.transport.startTLS(serverOptions())
        assert protocol.transport.protocol._producer._producer is producer
        protocol.transport.unregisterProducer()
        protocol.transport.write(b"done")

    port = reactor.listenTCP(0, factoryOf(onMade=begin), interface="127.0.0.1")
    client = connect(reactor, port, onData=lambda p, data: reactor.stop())
    runReactor(reactor)
    assert client.made[0].data == b"done"


def test_startTLSOnAUNIXSocket(reactor: Any, tmp_path: Any) -> None:
    path = os.fspath(tmp_path / "s")
    reactor.listenUNIX(path, factoryOf(onMade=lambda p: p.transport.startTLS(serverOptions())))

    def begin(protocol: Any) -> None:
        assert ITLSTransport.providedBy(protocol.transport)
        protocol.transport.startTLS(clientOptions())
        protocol.transport.write(b"x")

    client = clientOf(onMade=begin, onData=lambda p, data: None)
    server_said = []
    reactor.connectUNIX(path, client)
    reactor.callLater(
        0.3,
        lambda: (
            server_said.append(client.made[0].transport.getHandle().get_state_string()),
            reactor.stop(),
        ),
    )
    runReactor(reactor)
    assert server_said == [b"SSL negotiation finished successfully"]


@pytest.mark.parametrize("how", ["close", "reset", "garbage"])
def test_rudePeers(reactor: Any, how: str) -> None:
    lost = []

    def gone(protocol: Any, reason: Any) -> None:
        lost.append(reason.value)
        reactor.stop()

    port = listen(reactor, onLost=gone)

    def rude() -> None:
        peer = socket.create_connection(("127.0.0.1", port.getHost().port))
        if how == "garbage":
            peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
            peer.recv(1000)
        elif how == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    thread = threading.Thread(target=rude)
    reactor.callWhenRunning(thread.start)
    runReactor(reactor)
    thread.join()
    expected = SSL.Error if how == "garbage" else error.ConnectionLost
    assert [type(each) for each in lost] == [expected]


def test_truncation(reactor: Any) -> None:
    """A peer that is cut off is told from one that has said all."""
    lost = []

    def gone(protocol: Any, reason: Any) -> None:
        lost.append(reason.value)
        reactor.stop()

    port = listen(reactor, onLost=gone)
    context = pythonSSL.create_default_context(cadata=authority().pem.decode())

    def cut() -> None:
        raw = socket.create_connection(("127.0.0.1", port.getHost().port))
        peer = context.wrap_socket(raw, server_hostname="localhost")
        peer.sendall(b"half of it")
        peer.close()

    thread = threading.Thread(target=cut)
    reactor.callWhenRunning(thread.start)
    runReactor(reactor)
    thread.join()
    assert [type(each) for each in lost] == [error.ConnectionLost]


def test_plainTCPLoadsNoOpenSSL() -> None:
    program = (
        "import sys; from twisted.internet import reactor, endpoints;"
        " endpoints.serverFromString(reactor, 'tcp:0');"
        " sys.exit(any(name.partition('.')[0] in ('OpenSSL', 'cryptography', 'asyncio')"
        " for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_manyConnections(reactor: Any) -> None:
    """Handshakes interleave; each connection gets its own answers."""
    count = 30
    finished: list[bytes] = []

    def ended(protocol: Any, reason: Any) -> None:
        finished.append(protocol.data)
        if len(finished) == count:
            reactor.stop()

    port = listen(reactor, onData=lambda p, data: p.transport.write(data[::-1]))
    for number in range(count):
        connect(
            reactor,
            port,
            onMade=lambda p, number=number: p.transport.write(b"<%d|" % number),
            onData=lambda p, data: p.transport.loseConnection(),
            onLost=ended,
        )
    runReactor(reactor)
    assert sorted(finished) == sorted((b"<%d|" % number)[::-1] for number in range(count))


def test_awaitedHandshake(reactor: Any) -> None:
    done: defer.Deferred[None] = defer.Deferred()

    @implementer(IHandshakeListener)
    class Listening(Protocol):
        def handshakeCompleted(self) -> None:
            done.callback(None)

    port = listen(reactor)
    factory = clientOf()
    factory.protocol = Listening
    factory.buildProtocol = lambda addr: Listening()
    reactor.connectSSL("127.0.0.1", port.getHost().port, factory, clientOptions())
    done.addCallback(lambda ignored: reactor.stop())
    runReactor(reactor)
    assert done.called
