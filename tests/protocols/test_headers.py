"""
What comes before a connection proper: HAProxy's header and the request of SOCKS, cut in
any way, too long, and wrong; and answers of memcached.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Recorder
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.protocols.memcache import MemCacheProtocol
from twisted.protocols.socks import SOCKSv4

V1 = b"PROXY TCP4 192.0.2.7 192.0.2.1 56324 443\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\xdc\4\1\xbb"


def wrapped() -> tuple[Any, Any, StringTransport]:
    made = HAProxyWrappingFactory(Factory.forProtocol(Recorder)).buildProtocol(
        IPv4Address("TCP", "10.0.0.1", 5)
    )
    transport = StringTransport()
    made.makeConnection(transport)
    return made, made.wrappedProtocol, transport


class TestHAProxy:
    @pytest.mark.parametrize("header", [V1, V2], ids=["1", "2"])
    @pytest.mark.parametrize("size", [1, 2, 5, 1000])
    def test_howeverItIsCut(self, header: bytes, size: int) -> None:
        made, inner, transport = wrapped()
        data = header + b"hello\r\n"
        for start in range(0, len(data), size):
            made.dataReceived(data[start : start + size])
        assert inner.data == b"hello\r\n" and not transport.disconnecting
        assert made.getPeer() == IPv4Address("TCP", "192.0.2.7", 56324)
        assert made.getHost() == IPv4Address("TCP", "192.0.2.1", 443)

    @pytest.mark.parametrize(
        "header",
        [
            b"GET / HTTP/1.1\r\n\r\n",
            b"PROXY\r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 56324\r\n",
            b"PROXY TCP4 192.0.2.7 192.0.2.1 56324 99999999\r\n",
            b"PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n",
            b"PROXY TCP4 " + b"x" * 2000,
            b"\r\n\r\n\0\r\nQUIX" + V2[12:],
            V2[:12] + b"\x31" + V2[13:],  # another version
            V2[:14] + b"\0\x02" + V2[16:18],  # shorter than addresses are
        ],
    )
    def test_whatIsNone(self, header: bytes) -> None:
        made, inner, transport = wrapped()
        for byte in header:
            made.dataReceived(bytes([byte]))
        made.dataReceived(b"more")
        assert transport.disconnecting and inner.data == b""


class Proxy(SOCKSv4):
    """Notes where it would connect to."""

    def __init__(self) -> None:
        super().__init__()
        self.went: list[Any] = []

    def connectClass(self, host: Any, port: int, *args: Any) -> Any:
        self.went.append((host, port))
        return Deferred()


class TestSOCKS:
    def proxy(self) -> tuple[Any, StringTransport]:
        made, transport = Proxy(), StringTransport()
        made.makeConnection(transport)
        return made, transport

    @pytest.mark.parametrize("size", [1, 3, 100])
    def test_howeverItIsCut(self, size: int) -> None:
        made, _ = self.proxy()
        data = b"\4\1\0\x50\x01\2\3\4joe\0"
        for start in range(0, len(data), size):
            made.dataReceived(data[start : start + size])
        assert made.went == [("1.2.3.4", 80)]

    @pytest.mark.parametrize(
        "data",
        [
            b"\5\1\0",
            b"\4\7\0\x50\1\2\3\4joe\0",
            b"\4\1\0\x50\1\2\3\4" + b"x" * 3000,
            b"\4\1\0\x50\0\0\0\1joe\0" + b"x" * 3000,
        ],
    )
    def test_whatIsNone(self, data: bytes) -> None:
        made, transport = self.proxy()
        for byte in data:
            if not transport.disconnecting:
                made.dataReceived(bytes([byte]))
        assert transport.disconnecting and made.went == []


class TestMemcache:
    def cache(self) -> tuple[Any, StringTransport]:
        made, transport = MemCacheProtocol(), StringTransport()
        made.makeConnection(transport)
        return made, transport

    @pytest.mark.parametrize("size", [1, 4, 1000])
    def test_valuesHoweverTheyAreCut(self, size: int) -> None:
        made, _ = self.cache()
        got: list[Any] = []
        made.get(b"k").addCallback(got.append)
        made.get(b"none").addCallback(got.append)
        data = b"VALUE k 5 9\r\nEND\r\nEND\r\r\nEND\r\nEND\r\n"
        for start in range(0, len(data), size):
            made.dataReceived(data[start : start + size])
        assert got == [(5, b"END\r\nEND\r"), (0, None)]

    @pytest.mark.parametrize("key", [b"", b"a b", b"a\r\nflush_all", b"x" * 251, "text"])
    def test_keysThatAreNone(self, key: Any) -> None:
        made, transport = self.cache()
        failed: list[Any] = []
        made.get(key).addErrback(failed.append)
        assert len(failed) == 1 and transport.value() == b""

    def test_aServerThatNeverAnswers(self) -> None:
        made, _ = self.cache()
        assert made.persistentTimeOut > 0
        failed: list[Any] = []
        made.get(b"k").addErrback(failed.append)
        made.timeoutConnection()
        made.connectionLost(failed[0] if failed else None)
        assert len(failed) == 1
