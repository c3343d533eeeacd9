"""
AMP: the wire however it is cut, calls over real sockets, errors, limits,
switches, descriptors, and TLS or its absence.
"""

from __future__ import annotations

import datetime
import decimal
import io
import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet import defer, error
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.internet.testing import StringTransport
from twisted.logger import LogEvent, globalLogPublisher
from twisted.protocols import amp
from twisted.protocols.amp._parser import BoxParser
from twisted.python.failure import Failure


class Unfriendly(Exception):
    """An error that is declared."""


class Deadly(Exception):
    """A declared error after which the connection is closed."""


class Sum(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b", amp.Integer())]
    response = [(b"total", amp.Integer())]


class Greet(amp.Command):
    commandName = b"greet"
    arguments = [
        (b"name", amp.Unicode()),
        (b"class", amp.String(optional=True)),
        (b"dash-ed", amp.Boolean(optional=True)),
    ]
    response = [(b"text", amp.Unicode())]
    errors = {Unfriendly: b"UNFRIENDLY"}
    fatalErrors = {Deadly: b"DEADLY"}


class Shout(Greet):
    commandName = b"greet"
    requiresAnswer = False


class Later(amp.Command):
    response = [(b"n", amp.Integer())]


class Bye(amp.Command):
    responseType = amp.QuitBox


class Switch(amp.ProtocolSwitchCommand):
    arguments = [(b"ok", amp.Boolean())]
    errors = {Unfriendly: b"UNFRIENDLY"}


class Echo(Protocol):
    """What the connection is switched to."""

    def __init__(self, first: bytes = b"") -> None:
        self.first = first
        self.got = b""
        self.lost: Any = None

    def connectionMade(self) -> None:
        if self.first:
            self.transport.write(self.first)

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Any = None) -> None:  # type: ignore[override]
        self.lost = reason


class Peer(amp.AMP):
    """Answers everything above."""

    def __init__(self) -> None:
        super().__init__()
        self.greeted: list[Any] = []
        self.later: list[defer.Deferred[Any]] = []
        self.inner: Any = None
        self.why: Any = None

    @Sum.responder
    def sum(self, a: int, b: int) -> dict[str, int]:
        return {"total": a + b}

    @Greet.responder
    def greet(self, name: str, Class: Any, dash_ed: Any) -> Any:
        self.greeted.append((name, Class, dash_ed))
        if name == "troll":
            raise Unfriendly("go away")
        if name == "death":
            raise Deadly("not yet")
        if name == "bug":
            raise ZeroDivisionError("oops")
        if name == "nothing":
            return None
        return {"text": f"hello {name}"}

    @Later.responder
    def wait(self) -> defer.Deferred[Any]:
        self.later.append(defer.Deferred())
        return self.later[-1]

    @Bye.responder
    def bye(self) -> dict[str, Any]:
        return {}

    @Switch.responder
    def switch(self, ok: bool) -> Any:
        if not ok:
            raise Unfriendly("no")
        self.inner = Echo(b"from the server")
        return self.inner

    def amp_RAW(self, box: amp.AmpBox) -> amp.AmpBox:
        return amp.AmpBox(back=box[b"data"][::-1])

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        self.why = reason
        super().connectionLost(reason)


class Pair:
    """Two protocols, and what each has written to the other."""

    def __init__(self, client: Any = None, server: Any = None, cut: int = 0) -> None:
        self.client = client or Peer()
        self.server = server or Peer()
        self.cut = cut
        self.transports = (StringTransport(), StringTransport())
        self.client.makeConnection(self.transports[0])
        self.server.makeConnection(self.transports[1])
        self.open = [True, True]

    def pump(self) -> None:
        """Carry everything over, until there is nothing more."""
        ends = ((self.transports[0], self.server), (self.transports[1], self.client))
        moved = True
        while moved:
            moved = False
            for transport, other in ends:
                data = transport.value()
                transport.clear()
                size = self.cut or len(data)
                for at in range(0, len(data), size or 1):
                    other.dataReceived(data[at : at + size])
                    moved = True
        if any(t.disconnecting for t in self.transports) and all(self.open):
            self.open = [False, False]
            for end in (self.client, self.server):
                end.connectionLost(Failure(error.ConnectionDone()))


@pytest.fixture
def logged() -> Any:
    """The failures that are logged during a test."""
    events: list[LogEvent] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event:
            events.append(event)

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)


def outcome(deferred: Any) -> list[Any]:
    """Return a list to which the result or the error of *deferred* is added."""
    got: list[Any] = []
    deferred.addCallbacks(got.append, lambda f: got.append(f.value))
    return got


# The wire.

boxes = st.lists(
    st.dictionaries(
        st.binary(min_size=1, max_size=255), st.binary(max_size=300), min_size=1, max_size=5
    ),
    max_size=6,
)


@given(boxes, st.lists(st.integers(min_value=1, max_value=50), max_size=80))
@settings(deadline=None, max_examples=150)
def test_boxesHoweverCut(contents: list[dict[bytes, bytes]], sizes: list[int]) -> None:
    stream = b"".join(amp.AmpBox(content).serialize() for content in contents)
    assert amp.parseString(stream) == contents
    assert amp.parse(io.BytesIO(stream)) == contents
    for pieces in (sizes, [1] * len(stream)):
        parser = BoxParser()
        got = []
        at = 0
        for size in [*pieces, len(stream)]:
            parser.feed(stream[at : at + size])
            at += size
            while (box := parser.nextBox()) is not None:
                got.append(box)
        assert got == contents
        assert parser.rest() == b""


def test_serialized() -> None:
    box = amp.AmpBox({"b": b"1"}, a=b"22")
    assert box.serialize() == b"\x00\x01a\x00\x0222\x00\x01b\x00\x011\x00\x00"
    assert type(amp.QuitBox(a=b"b").copy()) is amp.QuitBox
    with pytest.raises(TypeError, match="Unicode value for key b'a' not allowed: 'x'"):
        amp.AmpBox(a="x").serialize()
    with pytest.raises(amp.MalformedAmpBox):
        amp.AmpBox({b"": b"x"}).serialize()
    with pytest.raises(amp.TooLong) as info:
        amp.AmpBox({b"k" * 256: b"x"}).serialize()
    assert (info.value.isKey, info.value.isLocal) == (True, True)
    with pytest.raises(amp.TooLong) as info:
        amp.AmpBox(k=b"x" * 65536).serialize()
    assert repr(info.value) == "local value b'k' too long: 65536"
    assert amp.AmpBox(k=b"x" * 65535).serialize()[-4:] == b"xx\x00\x00"


def test_stringsThatAreCutAlready() -> None:
    peer = Peer()
    transport = StringTransport()
    peer.makeConnection(transport)
    states = []
    for string in (b"_command", b"Sum", b"_ask", b"7", b"a", b"1", b"b", b"2", b""):
        peer.stringReceived(string)
        states.append(peer.state)
    assert states == ["value", "key"] * 4 + ["init"]
    assert amp.parseString(transport.value()) == [{b"_answer": b"7", b"total": b"3"}]


def test_parserIsLinear() -> None:
    stream = amp.AmpBox({b"k%d" % n: b"v" * 60000 for n in range(3)}).serialize()

    def timed(times: int) -> float:
        parser = BoxParser()
        start = time.perf_counter()
        for _ in range(times):
            for at in range(0, len(stream), 7):
                parser.feed(stream[at : at + 7])
                parser.nextBox()
        return time.perf_counter() - start

    timed(1)
    assert timed(8) < 8 * 6 * max(timed(1), 0.001)


def test_parserKeepsWhatFollows() -> None:
    parser = BoxParser()
    parser.feed(amp.AmpBox(a=b"b").serialize() + b"\x00\x00rest")
    assert parser.nextBox() == {b"a": b"b"}
    parser.feed(b" and more")
    assert parser.takeRest() == b"\x00\x00rest and more"
    assert parser.nextBox() is None


def test_keyTooLongClosesOnce() -> None:
    peer = Peer()
    transport = StringTransport()
    peer.makeConnection(transport)
    waiting = outcome(peer.callRemote(Later))
    peer.dataReceived(b"\x00\x01k\x00\x01v\x01\x00")
    assert transport.disconnecting
    # Ten times what is allowed, and more, is not kept.
    peer.dataReceived(b"x" * 655360)
    assert peer.recvd == b""
    peer.connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(waiting[0], amp.TooLong)
    assert (waiting[0].isKey, waiting[0].isLocal, waiting[0].value) == (True, False, None)


def test_boxTooLong(logged: list[LogEvent]) -> None:
    peer = Peer()
    transport = StringTransport()
    peer.makeConnection(transport)
    peer._parser.maxBoxLength = 100_000
    value = b"\xff\xff" + b"v" * 65535
    for n in range(16):
        peer.dataReceived(b"\x00\x02%02d" % n + value)
    assert transport.disconnecting
    assert peer.recvd == b""
    assert [event["log_failure"].type for event in logged] == [amp.MalformedAmpBox]


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ({}, amp.NoEmptyBoxes),
        ({"x": b"1"}, amp.NoEmptyBoxes),
        ({"_answer": b"1"}, amp.MalformedAmpBox),
        ({"_error": b"1"}, amp.MalformedAmpBox),
        ({"_error": b"1", "_error_code": b"x", "_error_description": b"y"}, amp.MalformedAmpBox),
    ],
)
def test_nonsenseCloses(box: Any, kind: type[Exception], logged: list[LogEvent]) -> None:
    peer = Peer()
    transport = StringTransport()
    peer.makeConnection(transport)
    peer.dataReceived(amp.AmpBox(box).serialize())
    assert transport.disconnecting
    assert [event["log_failure"].type for event in logged] == [kind]
    with pytest.raises(kind):
        peer.ampBoxReceived(amp.AmpBox(box))


# Calls.


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_calls(cut: int) -> None:
    pair = Pair(cut=cut)
    sums = [outcome(pair.client.callRemote(Sum, a=n, b=10**n)) for n in range(20)]
    back = outcome(pair.server.callRemote(Greet, name="w\u00f6rld", Class=b"x", dash_ed=True))
    raw = outcome(pair.client.callRemoteString(b"raw", data=b"abc"))
    pair.pump()
    assert sums == [[{"total": n + 10**n}] for n in range(20)]
    assert back == [{"text": "hello w\u00f6rld"}]
    assert pair.client.greeted == [("w\u00f6rld", b"x", True)]
    assert raw[0][b"back"] == b"cba"


def test_declaredErrors(logged: list[LogEvent]) -> None:
    pair = Pair()
    troll = outcome(pair.client.callRemote(Greet, name="troll"))
    pair.pump()
    assert type(troll[0]) is Unfriendly and str(troll[0]) == "go away"
    death = outcome(pair.client.callRemote(Greet, name="death"))
    pair.pump()
    assert type(death[0]) is Deadly
    assert not any(pair.open)
    after = outcome(pair.client.callRemote(Greet, name="x"))
    assert type(after[0]) is error.ConnectionDone
    assert pair.client.callRemote(Shout, name="x") is None
    assert logged == []


@pytest.mark.parametrize(
    ("name", "kind"), [("bug", ZeroDivisionError), ("nothing", amp.BadLocalReturn)]
)
def test_bugsAreLoggedAndClose(name: str, kind: type[Exception], logged: list[LogEvent]) -> None:
    pair = Pair()
    got = outcome(pair.client.callRemote(Greet, name=name))
    pair.pump()
    assert type(got[0]) is amp.UnknownRemoteError
    # What has gone wrong is not the peer's business.
    assert str(got[0]) == "Code<UNKNOWN>: Unknown Error"
    assert [event["log_failure"].type for event in logged] == [kind]
    assert not any(pair.open)
    if kind is amp.BadLocalReturn:
        assert "returned None and" in str(logged[0]["log_failure"].value)


def test_unhandledCommand() -> None:
    class Unknown(amp.Command):
        pass

    pair = Pair()
    high = outcome(pair.client.callRemote(Unknown))
    low = outcome(pair.client.callRemoteString(b"n\xff"))
    pair.pump()
    assert type(high[0]) is type(low[0]) is amp.UnhandledCommand
    assert high[0].args == (b"UNHANDLED", "Unhandled Command: b'Unknown'")
    assert all(pair.open)


def test_noAnswer(logged: list[LogEvent]) -> None:
    pair = Pair()
    assert pair.client.callRemote(Shout, name="you") is None
    assert b"_ask" not in pair.transports[0].value()
    pair.pump()
    assert pair.server.greeted == [("you", None, None)]
    assert pair.transports[1].value() == b""
    pair.client.callRemote(Shout, name="troll")
    pair.pump()
    assert [event["log_failure"].type for event in logged] == [amp.RemoteAmpError]
    assert "Code<UNFRIENDLY> (local): go away" in str(logged[0]["log_failure"].value)
    assert not any(pair.open)


def test_answerAfterTheEnd() -> None:
    pair = Pair()
    got = outcome(pair.client.callRemote(Later))
    pair.pump()
    pair.transports[1].loseConnection()
    pair.pump()
    assert type(got[0]) is error.ConnectionDone
    pair.server.later[0].callback({"n": 1})
    assert pair.transports[1].value() == b""


def test_quit() -> None:
    pair = Pair()
    got = outcome(pair.client.callRemote(Bye))
    pair.pump()
    assert got == [{}]
    assert not any(pair.open)


def test_callersErrorsCloseToo(logged: list[LogEvent]) -> None:
    pair = Pair()
    pair.client.callRemote(Sum, a=1, b=2).addCallback(lambda result: 1 // 0)
    pair.pump()
    assert [event["log_failure"].type for event in logged] == [ZeroDivisionError]
    assert not any(pair.open)


def test_signatures() -> None:
    with pytest.raises(amp.InvalidSignature, match=r"forgot a, b for b'Sum'"):
        Sum()
    with pytest.raises(amp.InvalidSignature, match="c is not a valid argument"):
        Sum.makeArguments({"a": 1, "b": 2, "c": 3}, None)
    assert outcome(Peer().callRemote(Sum, a=1))[0].args == ("forgot b for b'Sum'",)
    with pytest.raises(TypeError, match="Command names must be byte strings, got: 'x'"):
        type("X", (amp.Command,), {"commandName": "x"})
    with pytest.raises(TypeError, match="Fatal error names must be byte strings"):
        type("X", (amp.Command,), {"fatalErrors": {Deadly: "x"}})


def test_errorsAreInherited() -> None:
    class More(Greet):
        errors = {KeyError: b"KEY"}

    assert More.errors == {KeyError: b"KEY"}
    assert More.allErrors == {Unfriendly: b"UNFRIENDLY", KeyError: b"KEY", Deadly: b"DEADLY"}
    assert More.reverseErrors[b"UNFRIENDLY"] is Unfriendly
    assert More.commandName == b"More"


def test_respondersAreInherited() -> None:
    class Twice(Peer):
        @Sum.responder
        def other(self, a: int, b: int) -> dict[str, int]:
            return {"total": 2 * (a + b)}

    class Same(Twice):
        pass

    pair = Pair(server=Same())
    got = outcome(pair.client.callRemote(Sum, a=1, b=2))
    pair.pump()
    assert got == [{"total": 6}]


def test_overRealSockets() -> None:
    from twisted.internet import reactor

    results: list[Any] = []
    server, client = Peer(), Peer()

    async def run() -> None:
        from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
        from twisted.internet.protocol import Factory

        class One(Factory):
            def buildProtocol(self, addr: Any) -> Any:
                return server

        port = reactor.listenTCP(0, One(), interface="127.0.0.1")  # type: ignore[attr-defined]
        address = port.getHost()
        await connectProtocol(TCP4ClientEndpoint(reactor, address.host, address.port), client)
        big = "x" * 65535
        calls = [client.callRemote(Sum, a=n, b=n) for n in range(300)]
        results.append([r["total"] for r in await defer.gatherResults(calls)])
        results.append(len((await client.callRemote(Greet, name=big[:-6]))["text"]))
        await client.callRemote(Bye)
        await defer.maybeDeferred(port.stopListening)

    done: list[Any] = []
    defer.ensureDeferred(run()).addBoth(done.append)
    deadline = time.monotonic() + 20
    while not (done and server.why and client.why) and time.monotonic() < deadline:
        reactor.iterate(0.05)  # type: ignore[attr-defined]
    assert done == [None]
    assert results == [[2 * n for n in range(300)], 65535]
    assert server.why and client.why


# Giving the connection away.


class Once(ClientFactory):
    """Builds one protocol."""

    def __init__(self, protocol: Any) -> None:
        self.built = protocol
        self.failed: Any = None
        self.lost: Any = None

    def buildProtocol(self, addr: Any) -> Any:
        return self.built

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.failed = reason

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.lost = reason


@pytest.mark.parametrize("cut", [0, 1])
def test_switch(cut: int) -> None:
    pair = Pair(cut=cut)
    factory = Once(Echo(b"from the client"))
    unanswered = outcome(pair.client.callRemote(Later))
    got = outcome(pair.client.callRemote(Switch, factory, ok=True))
    with pytest.raises(amp.ProtocolSwitched):
        pair.client.callRemote(Sum, a=1, b=2)
    pair.pump()
    assert got == [factory.built]
    # An answer that comes too late does not get into the other protocol's way.
    pair.server.later[0].callback({"n": 1})
    pair.pump()
    assert factory.built.got == b"from the server"
    assert pair.server.inner.got == b"from the client"
    assert "inner" in repr(pair.client)
    pair.transports[0].loseConnection()
    pair.pump()
    assert factory.lost.check(error.ConnectionDone)
    assert factory.built.lost.check(error.ConnectionDone)
    assert pair.server.inner.lost.check(error.ConnectionDone)
    assert type(unanswered[0]) is error.ConnectionDone


def test_switchRefused() -> None:
    pair = Pair()
    factory = Once(Echo())
    got = outcome(pair.client.callRemote(Switch, factory, ok=False))
    pair.pump()
    assert type(got[0]) is Unfriendly
    assert factory.failed.check(error.ConnectionLost)
    again = outcome(pair.client.callRemote(Sum, a=1, b=2))
    pair.pump()
    assert again == [{"total": 3}]


# Arguments.

EU = datetime.timezone(datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("argument", "thing", "wire"),
    [
        (amp.Integer(), -(10**80), b"-1" + b"0" * 80),
        (amp.Float(), 0.1, b"0.1"),
        (amp.Float(), float("-inf"), b"-inf"),
        (amp.Boolean(), True, b"True"),
        (amp.Boolean(), False, b"False"),
        (amp.Unicode(), "\u2603", b"\xe2\x98\x83"),
        (amp.Decimal(), decimal.Decimal("1E+5"), b"1E+5"),
        (amp.ListOf(amp.Unicode()), ["a", "", "bc"], b"\0\1a\0\0\0\2bc"),
        (amp.ListOf(amp.ListOf(amp.Integer())), [[1], []], b"\0\3\0\x011\0\0"),
        (
            amp.AmpList([(b"x-y", amp.Integer()), (b"z", amp.String(optional=True))]),
            [{"x_y": 1, "z": None}, {"x_y": 2, "z": b"!"}],
            b"\0\3x-y\0\x011\0\0\0\3x-y\0\x012\0\1z\0\1!\0\0",
        ),
        (
            amp.DateTime(),
            datetime.datetime(2012, 1, 23, 12, 34, 56, 54321, EU),
            b"2012-01-23T12:34:56.054321+01:00",
        ),
        (
            amp.DateTime(),
            datetime.datetime(987, 1, 2, 3, 4, 5, 0, amp.utc),
            b"0987-01-02T03:04:05.000000-00:00",
        ),
    ],
)
def test_argumentsGoAndCome(argument: amp.Argument, thing: Any, wire: bytes) -> None:
    box: dict[bytes, bytes] = {}
    argument.toBox(b"the-name", box, {"the_name": thing}, None)
    assert box == {b"the-name": wire}
    objects: dict[str, Any] = {}
    argument.fromBox(b"the-name", box, objects, None)
    assert objects == {"the_name": thing}
    assert box == {}


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: amp.Boolean().fromString(b"true"), TypeError),
        (lambda: amp.Integer().fromString(b"x"), ValueError),
        (lambda: amp.Float().toString(1), ValueError),
        (lambda: amp.Decimal().toString(1.5), ValueError),  # type: ignore[arg-type]
        (lambda: amp.Decimal().fromString(b"one"), decimal.InvalidOperation),
        (lambda: amp.DateTime().fromString(b"2012-01-23"), ValueError),
        (lambda: amp.DateTime().fromString(b"2012-01-23T12:34:56.054321?01:00"), ValueError),
        (lambda: amp.DateTime().toString(datetime.datetime(2012, 1, 1)), ValueError),
        (lambda: amp.ListOf(amp.String()).toString([b"x" * 65536]), amp.TooLong),
        (lambda: amp.Integer().fromBox(b"a", {}, {}, None), KeyError),
        (lambda: amp.parseString(b"\1\0"), amp.TooLong),
    ],
)
def test_badArguments(call: Callable[[], Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        call()


def test_optionalArgumentsMayBeMissing() -> None:
    argument = amp.Integer(optional=True)
    box: dict[bytes, bytes] = {}
    argument.toBox(b"a", box, {"a": None}, None)
    argument.toBox(b"a", box, {}, None)
    assert box == {}
    objects: dict[str, Any] = {}
    argument.fromBox(b"a", box, objects, None)
    assert objects == {"a": None}


class Fetch(amp.Command):
    response = [(b"fd", amp.Descriptor()), (b"other", amp.Descriptor())]


def test_descriptorsOverARealSocket(tmp_path: Any) -> None:
    from twisted.internet import reactor

    (tmp_path / "one").write_bytes(b"first")
    (tmp_path / "two").write_bytes(b"second")
    path = str(tmp_path / "sock")

    class Opener(amp.AMP):
        @Fetch.responder
        def fetch(self) -> dict[str, int]:
            self.files = [os.open(tmp_path / name, os.O_RDONLY) for name in ("one", "two")]
            return {"fd": self.files[0], "other": self.files[1]}

        def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
            for fd in self.files:
                os.close(fd)
            super().connectionLost(reason)

    async def run() -> list[bytes]:
        from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
        from twisted.internet.protocol import Factory

        port = reactor.listenUNIX(path, Factory.forProtocol(Opener))  # type: ignore[attr-defined]
        client = await connectProtocol(UNIXClientEndpoint(reactor, path), amp.AMP())
        response = await client.callRemote(Fetch)
        texts = []
        for name in ("fd", "other"):
            with open(response[name], "rb") as file:
                texts.append(file.read())
        client.transport.loseConnection()
        await defer.maybeDeferred(port.stopListening)
        return texts

    done: list[Any] = []
    defer.ensureDeferred(run()).addBoth(done.append)
    deadline = time.monotonic() + 20
    while not done and time.monotonic() < deadline:
        reactor.iterate(0.05)  # type: ignore[attr-defined]
    reactor.iterate(0.05)  # type: ignore[attr-defined]
    assert done == [[b"first", b"second"]]


def test_descriptorsNobodyClaims() -> None:
    peer = Peer()
    peer.makeConnection(StringTransport())
    a, b = socket.socketpair()
    kept = [os.dup(a.fileno()) for _ in range(256)]
    for fd in kept:
        peer.fileDescriptorReceived(fd)
    last = os.dup(a.fileno())
    with pytest.raises(amp.MalformedAmpBox):
        peer.fileDescriptorReceived(last)
    peer.connectionLost(Failure(error.ConnectionDone()))
    for fd in [*kept, last]:
        with pytest.raises(OSError):
            os.fstat(fd)
    a.close()
    b.close()


# TLS.


class Certificate:
    """Stands for a certificate; says what it was asked for."""

    def __init__(self) -> None:
        self.asked: Any = None

    def options(self, *authorities: Any) -> Any:
        self.asked = authorities
        return self


class TLSTransport(StringTransport):
    """Notes when TLS is started, and what was written before."""

    context: Any = None
    before = b""

    def startTLS(self, context: Any) -> None:
        self.context = context
        self.before = self.value()


class Secure(Peer):
    certificate: Any = None

    @amp.StartTLS.responder
    def secure(self) -> dict[str, Any]:
        return {"tls_localCertificate": self.certificate, "tls_verifyAuthorities": ["server CA"]}


@pytest.fixture
def someSSL(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS is there; which is not seen by what these tests test."""
    monkeypatch.setattr(amp, "ssl", object(), raising=False)


def securePair() -> Pair:
    pair = Pair(client=Secure(), server=Secure())
    pair.transports = (TLSTransport(), TLSTransport())
    pair.client.transport, pair.server.transport = pair.transports
    pair.server.certificate = Certificate()
    return pair


def test_startTLS(someSSL: None) -> None:
    pair = securePair()
    certificate = Certificate()
    got = outcome(
        pair.client.callRemote(
            amp.StartTLS, tls_localCertificate=certificate, tls_verifyAuthorities=["client CA"]
        )
    )
    inTheClear = pair.transports[0].value()
    secret = outcome(pair.client.callRemote(Sum, a=1, b=2))
    assert pair.transports[0].value() == inTheClear
    with pytest.raises(amp.OnlyOneTLS):
        pair.client.callRemote(amp.StartTLS)
    pair.pump()
    assert [type(result) for result in got] == [dict]
    assert secret == [{"total": 3}]
    assert certificate.asked == ("client CA",)
    assert pair.server.certificate.asked == ("server CA",)
    client, server = pair.transports
    assert client.context is certificate and client.before == b""  # type: ignore[attr-defined]
    assert b"tls_" not in server.before  # type: ignore[attr-defined]
    pair.client.noPeerCertificate = True
    with pytest.raises(amp.OnlyOneTLS, match="Previously authenticated connection"):
        pair.client.callRemote(amp.StartTLS)


def test_bytesInTheClearBeforeTLS(someSSL: None, logged: list[LogEvent]) -> None:
    pair = securePair()
    pair.server.dataReceived(
        amp.AmpBox(_ask=b"1", _command=b"StartTLS").serialize()
        + amp.AmpBox(_command=b"greet", name=b"injected").serialize()
    )
    assert pair.transports[1].context is None  # type: ignore[attr-defined]
    assert pair.transports[1].disconnecting
    assert pair.server.greeted == []
    assert logged[0]["log_failure"].type is amp.MalformedAmpBox


def test_handshakeThatEndsAtOnce(someSSL: None) -> None:
    pair = securePair()
    pair.client.callRemote(amp.StartTLS, tls_localCertificate=Certificate())
    pair.pump()
    got = outcome(pair.client.callRemote(Later))
    pair.client.connectionLost(Failure(error.ConnectionDone()))
    assert type(got[0]) is error.PeerVerifyError


def test_noTLSHere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amp, "ssl", None, raising=False)
    pair = securePair()
    assert type(outcome(pair.client.callRemote(amp.StartTLS))[0]) is RuntimeError
    assert pair.transports[0].value() == b""


@pytest.mark.parametrize("queued", [False, True])
def test_noTLSThere(monkeypatch: pytest.MonkeyPatch, queued: bool) -> None:
    monkeypatch.setattr(amp, "ssl", object(), raising=False)
    pair = securePair()
    got = outcome(pair.client.callRemote(amp.StartTLS, tls_localCertificate=Certificate()))
    if queued:
        secret = outcome(pair.client.callRemote(Sum, a=1, b=2))
    monkeypatch.setattr(amp, "ssl", None)
    pair.pump()
    assert type(got[0]) is amp.UnknownRemoteError
    if queued:
        # What was to be encrypted is not sent in the clear.
        assert type(secret[0]) is error.ConnectionDone
        assert not any(pair.open)
    else:
        after = outcome(pair.client.callRemote(Sum, a=1, b=2))
        pair.pump()
        assert after == [{"total": 3}]


def test_sslIsNotImportedBeforehand() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from twisted.protocols import amp;"
        " sys.exit(any(name.startswith(('OpenSSL', 'twisted.internet.ssl')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_publicNames() -> None:
    for name in amp.__all__:
        thing = getattr(amp, name)
        if isinstance(thing, type) or callable(thing):
            assert thing.__module__ == "twisted.protocols.amp", name
