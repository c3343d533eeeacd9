"""
What framers send over real streams: the same whatever twin sends, and whatever
was put in place of the stream's C{write} is what is called.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.internet import tcp
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.protocols import basic


class Little(basic.IntNStringReceiver):
    structFormat = "<I"
    prefixLength = 4


CASES: list[tuple[Any, str, Any, bytes]] = [
    (basic.LineReceiver, "sendLine", b"abc", b"abc\r\n"),
    (basic.LineReceiver, "sendLine", b"", b"\r\n"),
    (basic.NetstringReceiver, "sendString", b"abc", b"3:abc,"),
    (basic.NetstringReceiver, "sendString", b"", b"0:,"),
    (basic.NetstringReceiver, "sendString", b"x" * 12345, b"12345:" + b"x" * 12345 + b","),
    (basic.NetstringReceiver, "sendString", bytearray(b"abc"), b"3:abc,"),
    (basic.Int8StringReceiver, "sendString", b"x" * 255, b"\xff" + b"x" * 255),
    (basic.Int16StringReceiver, "sendString", b"x" * 258, b"\x01\x02" + b"x" * 258),
    (basic.Int32StringReceiver, "sendString", b"x" * 258, b"\0\0\x01\x02" + b"x" * 258),
    (basic.Int32StringReceiver, "sendString", bytearray(b"abc"), b"\0\0\0\x03abc"),
    (Little, "sendString", b"abc", b"\x03\0\0\0abc"),
]


class Pair:
    """A stream of the reactor, and a socket at its other end."""

    def __init__(self, kind: Any) -> None:
        from twisted.internet import reactor  # the one of this process

        self.reactor: Any = reactor
        self.protocol: Any = kind()
        self.port = self.reactor.listenTCP(
            0, Factory.forProtocol(lambda: self.protocol), interface="127.0.0.1"
        )
        self.peer = socket.create_connection(("127.0.0.1", self.port.getHost().port), 10)
        self.peer.settimeout(10)
        self.turnUntil(lambda: self.protocol.transport is not None)

    def turnUntil(self, condition: Callable[[], Any]) -> None:
        """Turn the reactor until *condition* holds."""
        for _ in range(10000):
            if condition():
                return
            self.reactor.iterate(0.01)
        raise AssertionError("it did not happen")

    def arrives(self, size: int) -> bytes:
        """Return *size* bytes that the other end receives."""
        self.reactor.iterate(0)
        got = b""
        while len(got) < size:
            piece = self.peer.recv(size - len(got))
            assert piece
            got += piece
        return got

    def close(self) -> None:
        self.peer.close()
        self.protocol.transport.loseConnection()
        self.port.stopListening()
        for _ in range(5):
            self.reactor.iterate(0.01)


@pytest.fixture
def pair() -> Iterator[Callable[[Any], Pair]]:
    made: list[Pair] = []

    def make(kind: Any) -> Pair:
        made.append(Pair(kind))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(("kind", "method", "argument", "sent"), CASES)
def test_whatIsSent(kind: Any, method: str, argument: Any, sent: bytes, pair: Any) -> None:
    over = pair(kind)
    assert getattr(over.protocol, method)(argument) is None
    assert over.arrives(len(sent)) == sent
    transport = StringTransport()
    framer = kind()
    framer.makeConnection(transport)
    getattr(framer, method)(argument)
    assert transport.value() == sent


@pytest.mark.parametrize(
    ("kind", "method", "argument"),
    [
        (basic.LineReceiver, "sendLine", "text"),
        (basic.LineReceiver, "sendLine", 7),
        (basic.NetstringReceiver, "sendString", "text"),
        (basic.Int32StringReceiver, "sendString", "text"),
        (basic.Int32StringReceiver, "sendString", None),
    ],
)
def test_whatIsNoBytes(kind: Any, method: str, argument: Any, pair: Any) -> None:
    over = pair(kind)
    with pytest.raises(TypeError):
        getattr(over.protocol, method)(argument)


@pytest.mark.parametrize(
    ("kind", "size"),
    [(basic.Int8StringReceiver, 1), (basic.Int16StringReceiver, 2)],
)
def test_whatIsTooLong(kind: Any, size: int, pair: Any) -> None:
    over = pair(kind)
    bound = 256**size
    for string in (b"x" * bound, bytearray(bound)):
        with pytest.raises(basic.StringTooLongError) as caught:
            over.protocol.sendString(string)
        assert str(caught.value) == f"Try to send {bound} bytes whereas maximum is {bound}"
    over.protocol.sendString(b"x" * (bound - 1))
    assert len(over.arrives(size + bound - 1)) == size + bound - 1


def test_theDelimiterOfNow(pair: Any) -> None:
    over = pair(basic.LineReceiver)
    over.protocol.sendLine(b"a")
    over.protocol.delimiter = b"|"
    over.protocol.sendLine(b"b")
    over.protocol.delimiter = b""
    over.protocol.sendLine(b"c")
    assert over.arrives(6) == b"a\r\nb|c"


class Answering(basic.LineReceiver):
    """Answers each line, and does what it is told in between."""

    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line)
        if line == b"own":
            self.kept: list[bytes] = []
            self.transport.write = self.kept.append  # type: ignore[method-assign]
        elif line == b"close":
            self.transport.loseConnection()


def test_aWriteOfTheStreamsOwn(pair: Any) -> None:
    over = pair(Answering)
    over.peer.sendall(b"before\r\nown\r\n" + b"after\r\n" * 100)
    over.turnUntil(lambda: len(getattr(over.protocol, "kept", ())) == 100)
    assert over.arrives(13) == b"before\r\nown\r\n"
    assert over.protocol.kept == [b"after\r\n"] * 100
    del over.protocol.transport.write
    over.protocol.sendLine(b"again")
    assert over.arrives(7) == b"again\r\n"


def test_nothingIsDeliveredAfterLoseConnection(pair: Any) -> None:
    over = pair(Answering)
    over.peer.sendall(b"a\r\nclose\r\n" + b"after\r\n" * 100)
    over.turnUntil(lambda: not over.protocol.transport.connected)
    assert over.arrives(10) == b"a\r\nclose\r\n"
    assert over.peer.recv(100) == b""


def test_aWriteThatAClassIsGiven(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    over = pair(Answering)
    over.protocol.sendLine(b"before")
    kept: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(tcp.Server, "write", lambda self, data: kept.append(data))
        over.protocol.sendLine(b"meanwhile")
    over.protocol.sendLine(b"after")
    assert kept == [b"meanwhile\r\n"]
    assert over.arrives(15) == b"before\r\nafter\r\n"


def test_anotherTransport(pair: Any) -> None:
    over = pair(basic.Int32StringReceiver)
    first = over.protocol.transport
    over.protocol.sendString(b"1")
    over.protocol.transport = StringTransport()
    over.protocol.sendString(b"2")
    assert over.protocol.transport.value() == struct.pack("!I", 1) + b"2"
    over.protocol.transport = first
    over.protocol.sendString(b"3")
    assert over.arrives(10) == b"\0\0\0\x011\0\0\0\x013"


def test_nothingIsSentWhenTheConnectionIsOver(pair: Any) -> None:
    over = pair(basic.LineReceiver)
    transport = over.protocol.transport
    over.peer.close()
    over.turnUntil(lambda: not transport.connected)
    over.protocol.transport = transport
    over.protocol.sendLine(b"late")
    assert transport.dataBuffer == b""


def test_whatIsCollectedStaysInOrder(pair: Any) -> None:
    """
    Small and large, framed and not, seen while they wait or not: what was sent
    first arrives first, and whoever has looked at the queue keeps what he saw.
    """
    dice = random.Random(8)
    over = pair(basic.LineReceiver)
    transport = over.protocol.transport
    sent = b""
    for _ in range(300):
        seen: list[tuple[bytes, bytes]] = []
        begun = len(sent)
        for _ in range(dice.randrange(12)):
            data = bytes([dice.randrange(32, 127)]) * dice.choice([0, 1, 3, 60, 900, 1022, 5000])
            how = dice.randrange(5)
            if how == 0:
                transport.write(data)
                sent += data
            elif how == 1:
                transport.writeSequence([data, b"|", data])
                sent += data + b"|" + data
            else:
                over.protocol.sendLine(data)
                sent += data + b"\r\n"
            if dice.random() < 0.2:
                waiting = transport._tempDataBuffer
                assert b"".join(waiting) == sent[begun:]
                # A copy by way of a list, for bytes(b) is b.
                seen += [(piece, bytes(list(piece))) for piece in waiting]
        assert transport.dataBuffer == sent[begun:]
        assert over.arrives(len(sent) - begun) == sent[begun:]
        assert all(piece == copy for piece, copy in seen)


def test_whatIsCollectedForAPeerThatDoesNotRead(pair: Any) -> None:
    """The kernel takes parts; lines are added behind what is partly sent."""
    over = pair(basic.LineReceiver)
    transport = over.protocol.transport
    transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200000)
    lines = [b"%06d" % number * (number % 40 + 1) for number in range(60000)]
    for number, line in enumerate(lines):
        over.protocol.sendLine(line)
        if number % 50 == 0:
            over.reactor.iterate(0)
    assert transport.dataBuffer
    expected = b"".join(line + b"\r\n" for line in lines)
    over.peer.setblocking(False)
    got: list[bytes] = []

    def goesOn() -> bool:
        with contextlib.suppress(BlockingIOError):
            got.append(over.peer.recv(1 << 20))
        return sum(map(len, got)) >= len(expected)

    over.turnUntil(goesOn)
    assert b"".join(got) == expected
