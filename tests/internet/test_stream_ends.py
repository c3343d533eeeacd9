"""
The last bytes of a connection and its end go into one segment, where nothing can
come between them; otherwise the bytes go at once.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import factoryOf, runReactor
from twisted.internet import tcp

# Which twin it is; the compiled one may be built as if this were another system.
STREAMS = importlib.import_module(tcp.Connection.__bases__[0].__module__)

pytestmark = pytest.mark.skipif(
    not (STREAMS.MORE and hasattr(socket, "TCP_INFO")),
    reason="only Linux counts the segments, and joins them",
)

#: SYN with ACK, data, FIN; what comes to who connects and says nothing.
APART = 3
TOGETHER = 2


def segmentsReceived(skt: socket.socket) -> int:
    """How many segments have come in: tcpi_segs_in."""
    (count,) = struct.unpack_from("I", skt.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160), 140)
    return int(count)


@contextlib.contextmanager
def talkedTo(reactor: Any, made: Callable[[Any], None]) -> Iterator[socket.socket]:
    """A peer to whom *made* has said something, when the reactor has stopped."""

    def lost(protocol: Any, reason: Any) -> None:
        if reactor.running:
            reactor.stop()

    port = reactor.listenTCP(0, factoryOf(onMade=made, onLost=lost), interface="127.0.0.1")
    with socket.create_connection(("127.0.0.1", port.getHost().port), timeout=10) as peer:
        runReactor(reactor)
        yield peer


def everything(peer: socket.socket) -> bytes:
    """All that comes until the end."""
    pieces = []
    while piece := peer.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def test_whatTheKernelDoesOtherwise() -> None:
    """The two counts are those of a program that joins nothing, and of one that does."""
    for flags, expected in ((0, APART), (socket.MSG_MORE, TOGETHER)):
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            socket.create_connection(listening.getsockname(), timeout=10) as peer,
        ):
            accepted, _ = listening.accept()
            with accepted:
                accepted.send(b"x", flags)
                accepted.shutdown(socket.SHUT_RDWR)
            assert everything(peer) == b"x"
            assert segmentsReceived(peer) == expected


@pytest.mark.parametrize("pieces", [1, 3], ids=["onePiece", "threePieces"])
def test_theLastBytesTakeTheEndAlong(reactor: Any, pieces: int) -> None:
    def made(protocol: Any) -> None:
        for _ in range(pieces):
            protocol.transport.write(b"x")
        protocol.transport.loseConnection()

    with talkedTo(reactor, made) as peer:
        assert everything(peer) == b"x" * pieces
        assert segmentsReceived(peer) == TOGETHER


def test_theEndOfTheSendingHalf(reactor: Any) -> None:
    def made(protocol: Any) -> None:
        protocol.transport.write(b"x")
        protocol.transport.loseWriteConnection()
        reactor.callLater(0.02, reactor.stop)

    with talkedTo(reactor, made) as peer:
        assert segmentsReceived(peer) == TOGETHER
        assert everything(peer) == b"x"


def test_theEndThatIsAskedForLater(reactor: Any) -> None:
    """What is sent without an end in sight does not wait for one."""

    def made(protocol: Any) -> None:
        protocol.transport.write(b"x")
        reactor.callLater(0.02, protocol.transport.loseConnection)

    with talkedTo(reactor, made) as peer:
        assert everything(peer) == b"x"
        assert segmentsReceived(peer) == APART


class Producer:
    """One that has said all it wants to say, and does not go."""

    def pauseProducing(self) -> None:
        """Do nothing."""

    resumeProducing = stopProducing = pauseProducing


def test_aProducerMayHaveMore(reactor: Any) -> None:
    def made(protocol: Any) -> None:
        protocol.transport.registerProducer(Producer(), True)
        protocol.transport.write(b"x")
        protocol.transport.loseConnection()
        reactor.callLater(0.02, protocol.transport.unregisterProducer)

    with talkedTo(reactor, made) as peer:
        assert everything(peer) == b"x"
        assert segmentsReceived(peer) == APART


def test_whoLeavesTheConnectionToAnotherProcess(reactor: Any) -> None:
    """There is no end then, and the bytes wait for none."""
    kept: list[int] = []

    def made(protocol: Any) -> None:
        kept.append(os.dup(protocol.transport.fileno()))
        protocol.transport._shouldShutdown = False
        protocol.transport.write(b"x")
        protocol.transport.loseConnection()

    with talkedTo(reactor, made) as peer:
        assert peer.recv(10, socket.MSG_DONTWAIT) == b"x"
        os.write(kept[0], b"y")
        assert peer.recv(10) == b"y"
        os.close(kept[0])


def test_manyMegabytesBeforeTheEnd(reactor: Any) -> None:
    """What the kernel takes in parts arrives whole."""
    message = os.urandom(8 << 20)
    came: list[bytes] = []

    def made(protocol: Any) -> None:
        protocol.transport.write(message)
        protocol.transport.loseConnection()

    port = reactor.listenTCP(0, factoryOf(onMade=made), interface="127.0.0.1")
    reader = socket.create_connection(("127.0.0.1", port.getHost().port), timeout=10)

    def read() -> None:
        came.append(everything(reader))
        reactor.callFromThread(reactor.stop)

    reactor.callInThread(read)
    runReactor(reactor)
    reader.close()
    assert came == [message]
