"""
TLS without I/O: whatever the stream is cut into, the same happens.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

pytest.importorskip("OpenSSL", reason="needs pyOpenSSL")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from tests.tls_support import authority, serverCertificate
from twisted.internet.ssl import CertificateOptions, TLSVersion
from twisted.protocols import _tls_engine
from twisted.protocols._tls_calls import Calls, DirectCalls
from twisted.protocols._tls_engine import RECORD, Engine, Event, RecordCounter, State, portions


@pytest.fixture(autouse=True, params=[DirectCalls, Calls], ids=["direct", "by methods"])
def calls(request: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """OpenSSL is called in each of the two ways."""
    if request.param is Calls:
        monkeypatch.setattr(_tls_engine, "callsOf", Calls)
    return request.param


VERSIONS = [TLSVersion.TLSv1_2, TLSVersion.TLSv1_3]


def connection(context: Any, client: bool) -> Any:
    made = SSL.Connection(context, None)
    if client:
        made.set_connect_state()
    else:
        made.set_accept_state()
    return made


def serverContext(**more: Any) -> Any:
    mine = serverCertificate()
    return CertificateOptions(
        certificate=mine.original, privateKey=mine.privateKey.original, **more
    ).getContext()


class End:
    """One end, and what has happened there."""

    def __init__(self, context: Any, client: bool) -> None:
        self.engine = Engine(connection(context, client))
        self.events: list[Any] = []
        self.data = b""

    def run(self) -> None:
        while (event := self.engine.nextEvent()) is not None:
            if isinstance(event, bytes):
                self.data += event
            else:
                self.events.append(event)
        self.engine.proceed()


class Ends:
    """Two ends; what one has to send is given to the other in pieces of a size."""

    def __init__(self, client: Any = None, server: Any = None, piece: int = 1 << 30) -> None:
        self.client = End(CertificateOptions().getContext() if client is None else client, True)
        self.server = End(serverContext() if server is None else server, False)
        self.piece = piece
        self.carried: list[bytes] = []

    def pump(self) -> None:
        moved = True
        while moved:
            moved = False
            for one, other in ((self.client, self.server), (self.server, self.client)):
                one.run()
                output = one.engine.takeOutput()
                moved = moved or bool(output)
                self.carried.append(output)
                for start in range(0, len(output), self.piece):
                    other.engine.receive(output[start : start + self.piece])
                    other.run()


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("piece", [1, 7, 1 << 30])
def test_conversation(version: Any, piece: int) -> None:
    context = CertificateOptions(
        lowerMaximumSecurityTo=version, insecurelyLowerMinimumTo=version
    ).getContext()
    ends = Ends(context, serverContext(), piece)
    # What is written before the handshake has to wait.
    ends.client.engine.write(b"early ")
    assert ends.client.engine.blocked
    ends.pump()
    assert ends.client.engine.connection.get_protocol_version_name() == version.name.replace(
        "_", "."
    )
    assert not ends.client.engine.blocked
    message = random.randbytes(3 * RECORD + 5)
    ends.client.engine.write(message)
    ends.server.engine.write(b"hello")
    ends.pump()
    assert ends.server.data == b"early " + message
    assert ends.client.data == b"hello"
    ends.client.engine.closeWriting()
    ends.pump()
    assert ends.client.engine.state is State.HEARING
    assert ends.server.engine.state is State.TELLING
    if version is TLSVersion.TLSv1_3:
        ends.server.engine.write(b" and more")
        ends.pump()
        assert ends.client.data == b"hello and more"
    ends.server.engine.closeWriting()
    ends.pump()
    assert ends.client.events == [Event.SHAKEN, Event.CLOSED] == ends.server.events
    assert ends.client.engine.state is State.CLOSED is ends.server.engine.state


def test_closeAfterWhatWaits() -> None:
    ends = Ends()
    ends.client.engine.write(b"first")
    ends.client.engine.closeWriting()
    ends.client.engine.write(b"too late")
    assert ends.client.engine.busy
    ends.pump()
    assert ends.server.data == b"first"
    assert ends.server.events == [Event.SHAKEN, Event.CLOSED]


def test_fullRecords() -> None:
    ends = Ends()
    ends.pump()
    engine = ends.client.engine
    engine.write(b"x" * (4 * RECORD))
    output = engine.takeOutput()
    lengths = []
    while output:
        size = int.from_bytes(output[3:5], "big")
        lengths.append(size)
        output = output[5 + size :]
    assert len(lengths) == 4 and min(lengths) > RECORD
    assert engine.takeOutput() == b""


@pytest.mark.parametrize("piece", [1, 1 << 30])
@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(70000)]
)
def test_garbageInsteadOfAHandshake(garbage: bytes, piece: int) -> None:
    end = End(serverContext(), False)
    for start in range(0, len(garbage), piece):
        end.engine.receive(garbage[start : start + piece])
        end.run()
        if end.events:
            # Long before all of it is there.
            assert start <= 2 * RECORD + 16
            break
    assert end.events == [Event.FAILED]
    assert isinstance(end.engine.problem, SSL.Error)
    assert end.engine.state is State.FAILED
    # Nothing more is of any effect.
    end.engine.write(b"x")
    end.engine.receive(b"more")
    end.run()
    assert end.events == [Event.FAILED]


def test_garbageLater() -> None:
    ends = Ends()
    ends.pump()
    # Ten times as much as a record may have: it is refused when the first is there.
    fed = 0
    for _ in range(10 * RECORD // 1000):
        ends.server.engine.receive(b"\x17\x03\x03\xff\xff".ljust(1000, b"\0"))
        fed += 1000
        ends.server.run()
        if Event.FAILED in ends.server.events:
            break
    assert Event.FAILED in ends.server.events
    assert fed <= 0x10000 + 1000
    # The peer is told so.
    assert ends.server.engine.takeOutput()[:1] in (b"\x15", b"\x17")


def test_tamperedRecord() -> None:
    ends = Ends()
    ends.pump()
    ends.client.engine.write(b"a secret")
    record = bytearray(ends.client.engine.takeOutput())
    record[-1] ^= 1
    ends.server.engine.receive(bytes(record))
    ends.server.run()
    assert ends.server.events == [Event.SHAKEN, Event.FAILED]
    assert ends.server.data == b""


def test_refusedPeer() -> None:
    client = CertificateOptions(trustRoot=serverCertificate()).getContext()
    other = authority().certificateFor("other")
    server = CertificateOptions(
        certificate=other.original, privateKey=other.privateKey.original
    ).getContext()
    ends = Ends(client, server)
    ends.pump()
    assert ends.client.events == [Event.FAILED] == ends.server.events
    assert "verify failed" in str(ends.client.engine.problem)
    assert "unknown ca" in str(ends.server.engine.problem)


def test_rejectedInTheHandshake() -> None:
    ends = Ends()
    ends.client.engine.reject(ZeroDivisionError("no"))
    ends.pump()
    assert ends.client.events == [Event.FAILED]
    assert isinstance(ends.client.engine.problem, ZeroDivisionError)
    assert ends.client.engine.rejected


def test_renegotiationIsRefused() -> None:
    # TLS 1.3 has none.
    context = CertificateOptions(lowerMaximumSecurityTo=TLSVersion.TLSv1_2).getContext()
    ends = Ends(context, serverContext())
    ends.pump()
    raw = ends.client.engine.connection
    assert raw.get_protocol_version_name() == "TLSv1.2"
    try:
        raw.renegotiate()
        raw.do_handshake()
    except SSL.Error:
        pass
    ends.pump()
    ends.server.engine.write(b"still here")
    ends.pump()
    assert raw.total_renegotiations() == 0
    assert ends.server.events.count(Event.SHAKEN) == 1


def test_theFastWayIsThere(calls: Any) -> None:
    """With the pyOpenSSL of today; if not, nothing is wrong but slow."""
    assert type(Engine(connection(serverContext(), False)).calls) is calls


def test_muchOutputAtOnce() -> None:
    ends = Ends()
    ends.pump()
    message = random.randbytes(1_000_000)
    ends.client.engine.write(message)
    output = ends.client.engine.takeOutput()
    assert len(output) > len(message)
    ends.server.engine.receive(output)
    ends.server.run()
    assert ends.server.data == message


# -- counting ---------------------------------------------------------------------


def record(size: int) -> bytes:
    return b"\x17\x03\x03" + size.to_bytes(2, "big") + bytes(size)


@given(
    st.lists(st.sampled_from([0, 1, 4, 5, 6, 300, 16400]), max_size=12),
    st.lists(st.integers(1, 400), max_size=60),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_countingHoweverItIsCut(sizes: list[int], cuts: list[int]) -> None:
    stream = b"".join(map(record, sizes))
    counter = RecordCounter()
    position = fed = 0
    ends = []
    for size in sizes:
        position += 5 + size
        ends.append(position)
    for cut in [*cuts, len(stream)]:
        counter.feed(stream[fed : fed + cut])
        fed = min(len(stream), fed + cut)
        assert counter.complete == sum(end <= fed for end in ends)
        if fed == len(stream):
            break


def test_countingSingleBytes() -> None:
    counter = RecordCounter()
    stream = record(0) + record(3) + record(260)
    for index in range(len(stream)):
        counter.feed(stream[index : index + 1])
    assert counter.complete == 3


def test_portions() -> None:
    assert list(portions(b"abc")) == [b"abc"]
    long = random.randbytes(1_000_000)
    pieces = list(portions(long))
    assert b"".join(pieces) == long and all(len(each) <= 16 * RECORD for each in pieces)


# -- linear ------------------------------------------------------------------------


def test_openSSLIsAskedOncePerRecord() -> None:
    """However small the pieces are that a record comes in."""
    ends = Ends(piece=1)
    ends.pump()
    asked = []
    original = ends.server.engine.connection

    class Counting:
        def __getattr__(self, name: str) -> Any:
            if name == "recv":
                asked.append(name)
            return getattr(original, name)

    ends.server.engine.connection = Counting()
    ends.client.engine.write(b"x" * 5000)
    ends.pump()
    assert ends.server.data == b"x" * 5000
    assert len(asked) == 1
