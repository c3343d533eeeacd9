"""
The time limit of TLS handshakes.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

pytest.importorskip("OpenSSL", reason="needs pyOpenSSL")

from OpenSSL import SSL

from tests.protocols.test_tls import Noting, Shaking, clientOptions, serverOptions
from tests.support import clientOf, factoryOf, runReactor
from twisted.internet import error
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure


class TimedTransport(StringTransport):
    """A transport on a reactor."""

    def __init__(self) -> None:
        super().__init__()
        self.reactor = Clock()


def layerOf(isClient: bool = False, protocol: Any = None, **attributes: Any) -> Any:
    """A TLS layer that has begun, on a L{TimedTransport}."""
    options = clientOptions() if isClient else serverOptions()
    factory = TLSMemoryBIOFactory(options, isClient, Factory(), Clock())
    vars(factory).update(attributes)
    layer = factory.protocol(factory, protocol or Noting())
    layer.makeConnection(TimedTransport())
    return layer


@pytest.mark.parametrize("isClient", [False, True])
def test_silence(isClient: bool) -> None:
    """It is waited for a minute, and no longer; the protocol learns why."""
    protocol = Noting()
    layer = layerOf(isClient, protocol)
    transport = layer.transport
    transport.reactor.advance(59.9)
    assert not transport.disconnected
    transport.reactor.advance(0.2)
    assert transport.disconnected
    layer.connectionLost(Failure(error.ConnectionAborted()))
    reason = protocol.calls[-1]
    assert type(reason) is error.TimeoutError
    assert "TLS handshake took more than 60 seconds" in str(reason)
    assert transport.reactor.getDelayedCalls() == []


def test_aLittleNowAndThen() -> None:
    """It is the handshake that has a limit, not a silence."""
    client = layerOf(True)
    hello = client.transport.value()
    layer = layerOf()
    seconds = 0
    while not layer.transport.disconnected:
        assert seconds <= 60
        layer.dataReceived(hello[seconds : seconds + 1])
        layer.transport.reactor.advance(1)
        seconds += 1
    assert seconds == 60


def test_doneInTime() -> None:
    layers = [layerOf(True, Shaking()), layerOf(False, Shaking())]
    for _ in range(4):
        for source, target in (layers, reversed(layers)):
            output = source.transport.value()
            source.transport.clear()
            if output:
                target.dataReceived(output)
    for layer in layers:
        assert layer.wrappedProtocol.calls == ["made", "shaken"]
        assert layer.transport.reactor.getDelayedCalls() == []
        layer.transport.reactor.advance(1000)
        assert not layer.transport.disconnected


def test_lostInTime() -> None:
    protocol = Noting()
    layer = layerOf(protocol=protocol)
    layer.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
    layer.connectionLost()
    assert type(protocol.calls[-1]) is SSL.Error
    assert layer.transport.reactor.getDelayedCalls() == []


def test_theReasonIsTheFirst() -> None:
    """A handshake that has failed, and whose transport does not close, has not timed out."""
    protocol = Noting()
    layer = layerOf(protocol=protocol)
    layer.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
    layer.transport.reactor.advance(61)
    layer.connectionLost()
    assert type(protocol.calls[-1]) is SSL.Error


def test_anotherLimit() -> None:
    layer = layerOf(handshakeTimeout=5.0)
    layer.transport.reactor.advance(5)
    assert layer.transport.disconnected


def test_noLimit() -> None:
    layer = layerOf(handshakeTimeout=None)
    assert layer.transport.reactor.getDelayedCalls() == []


def test_noReactor() -> None:
    """The factory's clock is none to be used for it: in tests it is the global reactor."""
    clock = Clock()
    factory = TLSMemoryBIOFactory(serverOptions(), False, Factory(), clock)
    factory.protocol(factory, Noting()).makeConnection(StringTransport())
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize("says", [b"", b"\x16\x03\x01\x02\x00"])
@pytest.mark.parametrize("how", ["listenSSL", "factory", "startTLS"])
def test_onSockets(reactor: Any, how: str, says: bytes, monkeypatch: Any) -> None:
    """A peer that says nothing, or begins and says no more, loses the connection."""
    lost: list[Any] = []

    def gone(protocol: Any, reason: Any) -> None:
        lost.append(reason.value)
        reactor.stop()

    def made(protocol: Any) -> None:
        if how == "startTLS":
            protocol.transport.startTLS(serverOptions())

    factory: Any = factoryOf(onMade=made, onLost=gone)
    if how == "factory":
        factory = TLSMemoryBIOFactory(serverOptions(), False, factory, reactor)
        factory.handshakeTimeout = 0.2
    else:
        monkeypatch.setattr(TLSMemoryBIOFactory, "handshakeTimeout", 0.2)
    if how == "listenSSL":
        port = reactor.listenSSL(0, factory, serverOptions(), interface="127.0.0.1")
    else:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    ends: list[Any] = []

    def silent() -> None:
        with socket.create_connection(("127.0.0.1", port.getHost().port), 10) as peer:
            peer.sendall(says)
            try:
                ends.append(peer.recv(100))
            except ConnectionResetError:
                ends.append(b"")

    thread = threading.Thread(target=silent)
    reactor.callWhenRunning(thread.start)
    runReactor(reactor)
    thread.join()
    assert [type(each) for each in lost] == [error.TimeoutError]
    assert ends == [b""]


def test_nothingIsLeftBehind(reactor: Any) -> None:
    """When the handshake is done, nothing is planned at either end."""
    planned: list[int] = []

    def count() -> None:
        planned.append(sum("_expire" in repr(each.func) for each in reactor.getDelayedCalls()))

    def received(protocol: Any, data: bytes) -> None:
        count()
        protocol.transport.loseConnection()

    server = factoryOf(onData=lambda p, data: p.transport.write(data))
    port = reactor.listenSSL(0, server, serverOptions(), interface="127.0.0.1")
    client = clientOf(
        onMade=lambda p: (count(), p.transport.write(b"x")),
        onData=received,
        onLost=lambda p, reason: reactor.stop(),
    )
    reactor.connectSSL("127.0.0.1", port.getHost().port, client, clientOptions())
    runReactor(reactor)
    assert client.made[0].data == b"x"
    assert planned[0] >= 1
    assert planned[1] == 0
