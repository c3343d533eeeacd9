"""
SIP: reading what may be anything, and passing it on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import runReactor
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import UsernamePassword
from twisted.cred.portal import Portal
from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from twisted.protocols import sip
from twisted.protocols.sip import _message, _registrar

INVITE = (
    b"INVITE sip:joe@example.com;user=phone SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1\r\n"
    b"Max-Forwards: 70\r\n"
    b"f: Ann <sip:ann@example.org>;tag=1\r\n"
    b't: "Joe \\"J\\" Doe" <sip:joe@example.com>\r\n'
    b"i: 1@example.org\r\nCSeq: 1 INVITE\r\n"
    b"Subject: two\r\n lines\r\n"
    b"l: 4\r\n\r\nbody"
)


def parse(data: bytes, size: int = 0, done: bool = True) -> list[Any]:
    found: list[Any] = []
    parser = sip.MessagesParser(found.append)
    step = size or len(data)
    for start in range(0, len(data), step):
        parser.dataReceived(data[start : start + step])
    if done:
        parser.dataDone()
    return found


class TestParser:
    @pytest.mark.parametrize("size", [0, 1, 2, 3, 7])
    def test_aMessageHoweverItIsCut(self, size: int) -> None:
        (message,) = parse(INVITE, size)
        assert message.method == "INVITE"
        assert message.uri.usertype == "phone"
        assert message.headers["subject"] == ["twolines"]
        assert message.headers["call-id"] == ["1@example.org"]
        assert (message.body, message.finished) == ("body", 1)

    @pytest.mark.parametrize("size", [0, 1000])
    def test_manyInAStream(self, size: int) -> None:
        began = time.perf_counter()
        assert len(parse(INVITE * 3000, size, done=False)) == 3000
        assert time.perf_counter() - began < 10

    @pytest.mark.parametrize(
        "bad",
        [
            b"INVITE http:a SIP/2.0\r\n\r\n",
            b"INVITE sip:a:99999 SIP/2.0\r\n\r\n",
            b"IN/VITE sip:a SIP/2.0\r\n\r\n",
            b"INVITE sip:a SIP/3.0\r\n\r\n",
            b"SIP/2.0 2000 OK\r\n\r\n",
            b"INVITE sip:a SIP/2.0\r\n folded: first\r\n\r\n",
            b"INVITE sip:a SIP/2.0\r\nno colon\r\n\r\n",
            b"INVITE sip:a SIP/2.0\r\nbad name: x\r\n\r\n",
            b"INVITE sip:a SIP/2.0\r\nl: -1\r\n\r\n",
            b"INVITE sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nxx",
            b"INVITE sip:a SIP/2.0\r\nl: 99999999\r\n\r\n",
            b"INVITE sip:a SIP/2.0\r\nl: 10\r\n\r\nshort",
            b"\x00\xff" * 100,
        ],
    )
    def test_whatIsNoMessageHarmsNoOther(self, bad: bytes) -> None:
        found: list[Any] = []
        parser = sip.MessagesParser(found.append)
        for data in (bad, INVITE):
            parser.dataReceived(data)
            parser.dataDone()
        assert [message.method for message in found] == ["INVITE"]

    def test_headersWithoutEnd(self) -> None:
        found: list[Any] = []
        parser = sip.MessagesParser(found.append)
        parser.dataReceived(b"INVITE sip:a SIP/2.0\r\n")
        for _ in range(10):
            parser.dataReceived(b"x: " + b"y" * 10000 + b"\r\n " + b"z" * 10000 + b"\r\n")
        assert parser.state == "invalid" and not parser._header
        parser.dataDone()
        assert (found, parser.state) == ([], "firstline")

    def test_aLineWithoutEnd(self) -> None:
        parser = sip.MessagesParser(lambda message: None)
        parser.dataReceived(b"x" * 200_000)
        assert parser.state == "invalid"

    def test_aBodyWithoutEnd(self) -> None:
        parser = sip.MessagesParser(lambda message: None)
        parser.dataReceived(b"INVITE sip:a SIP/2.0\r\n\r\n")
        for _ in range(20):
            parser.dataReceived(b"x" * 100_000)
        assert parser.state == "invalid" and parser._bodyBytes == 0

    def test_lengthsAreInBytes(self) -> None:
        (message,) = parse("INVITE sip:a SIP/2.0\r\nl: 2\r\n\r\né".encode())
        assert message.body == "é"

    def test_writingWhatIsNotUTF8(self) -> None:
        data = b"INVITE sip:a SIP/2.0\r\nSubject: r\xe9\r\n\r\n\xff"
        assert parse(data)[0].toBytes() == data

    def test_aHeaderIsOneLine(self) -> None:
        with pytest.raises(ValueError):
            sip.Request("INVITE", "sip:a").addHeader("x", "1\r\nVia: evil")


class TestAddresses:
    @pytest.mark.parametrize(
        "text",
        [
            "sip:ann@example.org",
            "sip:ann:pw@[2001:db8::1]:5062;transport=tcp;ttl=3?subject=a&priority=urgent",
            "sip:example.org;lr;x=y",
        ],
    )
    def test_URLsThereAndBack(self, text: str) -> None:
        assert sip.parseURL(text).toString() == text

    def test_namesInQuotationMarks(self) -> None:
        name, url, params = sip.parseAddress('"A \\"<b>\\" c" <sip:x@y;tag=1>;tag=2;lr', clean=1)
        assert (name, url.toString(), params) == (
            'A "<b>" c',
            "sip:x@y;tag=1",
            {"tag": "2", "lr": ""},
        )

    @pytest.mark.parametrize(
        "text", ["", "*", "x <sip:a", "x", '"x <sip:a@b>', "<http:a>", "<sip:a:x>"]
    )
    def test_addressesThatAreNone(self, text: str) -> None:
        with pytest.raises(ValueError):
            sip.parseAddress(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "SIP/2.0/UDP",
            "SIP/1.0/UDP h",
            "UDP h",
            "SIP/2.0/UDP h:x",
            "SIP/2.0/UDP h;rport=x",
            "SIP/2.0/UDP h;ttl=256",
            "SIP/2.0/UDP h;ttl",
        ],
    )
    def test_viasThatAreNone(self, text: str) -> None:
        with pytest.raises(ValueError):
            sip.parseViaHeader(text)

    def test_parametersThatAreNoAttributes(self) -> None:
        via = sip.parseViaHeader("SIP/2.0/UDP [::1]:5070;host=evil;self=x;transport=y;branch=b")
        assert (via.host, via.port, via.transport, via.branch) == ("[::1]", 5070, "UDP", "b")

    def test_longOnes(self) -> None:
        began = time.perf_counter()
        for text in (
            '"' + "\\" * 50_000,
            "<" * 50_000,
            "sip:" + "@" * 50_000,
            "sip:" + ";" * 50_000,
        ):
            for read in (sip.parseAddress, sip.parseURL, sip.parseViaHeader):
                try:
                    read(text)
                except ValueError:
                    pass
        assert time.perf_counter() - began < 5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(_registrar, "globalReactor", lambda: made)
    return made


class Proxy(sip.RegisterProxy):
    """Keeps what it would send."""

    def __init__(self) -> None:
        super().__init__(host="proxy.example.com")
        self.sent: list[tuple[str, Any]] = []
        self.registry = self.locator = sip.InMemoryRegistry("example.com")

    def sendMessage(self, destURL: Any, message: Any) -> None:
        self.sent.append((destURL.toString(), message))

    def answers(self, data: bytes, source: Any = ("10.0.0.9", 4242)) -> Any:
        self.datagramReceived(data, source)
        sent, self.sent = self.sent, []
        return sent


def request(method: str, *headers: str, uri: str = "sip:example.com") -> bytes:
    lines = [f"{method} {uri} SIP/2.0", "Via: SIP/2.0/UDP ua.example.com;rport", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


TO = "To: <sip:joe@example.com>"


@pytest.fixture
def proxy(clock: Clock) -> Iterator[Proxy]:
    yield Proxy()


class TestProxy:
    def test_aRequestFindsAUserAndItsAnswerTheWayBack(self, proxy: Proxy) -> None:
        proxy.answers(request("REGISTER", TO, "Contact: <sip:joe@10.0.0.9>"))
        ((where, sent),) = proxy.answers(INVITE, ("10.0.0.1", 9999))
        assert where == "sip:joe@10.0.0.9:4242"
        assert sent.headers["via"][0] == "SIP/2.0/UDP proxy.example.com:5060"
        assert sent.headers["via"][1].endswith(";branch=z9hG4bK1;rport=9999")
        assert sent.headers["max-forwards"] == ["69"]
        ok = sip.Response(200)
        ok.headers["via"] = sent.headers["via"]
        ((where, back),) = proxy.answers(ok.toBytes())
        assert where == "sip:10.0.0.1:9999"
        assert len(back.headers["via"]) == 1

    def test_anAnswerGoesToWhereTheRequestCameFrom(self, proxy: Proxy) -> None:
        ((where, answer),) = proxy.answers(request("OPTIONS", TO))
        assert (where, answer.code) == ("sip:10.0.0.9:4242", 404)

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (request("INVITE"), 400),
            (request("INVITE", "To: nobody"), 400),
            (request("INVITE", TO, "Max-Forwards: 0"), 483),
            (request("INVITE", TO, "Max-Forwards: x"), 400),
            (request("REGISTER", TO, "Contact: <http:x>"), 400),
            (request("REGISTER", TO, "Contact: *", "Expires: 9"), 400),
        ],
    )
    def test_requestsThatAreWrong(self, proxy: Proxy, data: bytes, code: int) -> None:
        ((_, answer),) = proxy.answers(data)
        assert answer.code == code
        assert answer.headers["via"] == [
            "SIP/2.0/UDP ua.example.com:5060;received=10.0.0.9;rport=4242"
        ]

    @pytest.mark.parametrize(
        "data",
        [
            request("ACK", TO, "Max-Forwards: 0"),
            b"INVITE sip:a SIP/2.0\r\nTo: sip:a\r\n\r\n",  # without a way back
            b"INVITE sip:a SIP/2.0\r\nVia: x\r\n\r\n",
            b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP else.example.com\r\n\r\n",
            b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP proxy.example.com\r\nVia: x\r\n\r\n",
            request("INVITE", TO, "Via: SIP/2.0/UDP proxy.example.com"),  # in a circle
            b"\xff\x00",
        ],
    )
    def test_whatIsNotAnswered(self, proxy: Proxy, data: bytes) -> None:
        assert proxy.answers(data) == []

    def test_aLocatorThatBreaksIsNotTheEnd(self, proxy: Proxy, events: list[Any]) -> None:
        proxy.locator = object()
        ((_, answer),) = proxy.answers(request("INVITE", TO))
        assert answer.code == 500
        assert any("log_failure" in event for event in events)


class TestRegistrar:
    def test_registrationsEnd(self, proxy: Proxy, clock: Clock) -> None:
        ((_, answer),) = proxy.answers(request("REGISTER", TO, "Contact: <sip:joe@x>"))
        assert (answer.code, answer.headers["expires"]) == (200, ["3600"])
        clock.advance(3000)
        ((_, answer),) = proxy.answers(request("REGISTER", TO))
        assert answer.headers["expires"] == ["600"]
        proxy.answers(request("REGISTER", TO, "Contact: <sip:joe@x>"))
        clock.advance(3599)
        assert "joe" in proxy.registry.users
        clock.advance(1)
        assert proxy.registry.users == {}

    def test_takingOneBack(self, proxy: Proxy) -> None:
        proxy.answers(request("REGISTER", TO, "Contact: <sip:joe@x>"))
        other = request("REGISTER", TO, "Contact: <sip:joe@y>", "Expires: 0")
        assert proxy.answers(other, ("10.0.0.8", 4242)) == []
        mine = request("REGISTER", TO, "Contact: <sip:joe@x>", "Expires: 0")
        ((_, answer),) = proxy.answers(mine)
        assert (answer.code, answer.headers["expires"]) == (200, ["0"])
        assert proxy.registry.users == {}

    def test_howManyUsers(self, proxy: Proxy) -> None:
        proxy.registry.maximumUsers = 3
        codes = []
        for number in range(30):
            to = f"To: <sip:user{number}@example.com>"
            ((_, answer),) = proxy.answers(request("REGISTER", to, "Contact: <sip:joe@x>"))
            codes.append(answer.code)
        assert codes == [200] * 3 + [503] * 27
        assert len(proxy.registry.users) == 3

    def test_who(self, proxy: Proxy) -> None:
        class Basic:
            def getChallenge(self, peer: Any) -> None:
                return None

            def decode(self, response: str) -> UsernamePassword:
                if response != "right":
                    raise sip.SIPError(400)
                return UsernamePassword("joe", "pw")  # type: ignore[arg-type]

        class Realm:
            def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
                return succeed((sip.IContact, None, lambda: None))

        users = InMemoryUsernamePasswordDatabaseDontUse()
        proxy.portal = Portal(Realm())  # type: ignore[arg-type]
        proxy.portal.registerChecker(users)
        proxy.authorizers = {"basic": Basic()}
        contact = "Contact: <sip:joe@x>"
        ((_, answer),) = proxy.answers(request("REGISTER", TO, contact))
        assert answer.code == 401
        assert answer.headers["www-authenticate"] == ['Basic realm="proxy.example.com"']
        codes = []
        for proof in ("Basic right", "Basic wrong", "Other x", "Basic"):
            data = request("REGISTER", TO, contact, f"Authorization: {proof}")
            codes += [answer.code for _, answer in proxy.answers(data)]
        assert codes == [401, 400, 501, 400]
        users.addUser("joe@proxy.example.com", "pw")  # type: ignore[arg-type]
        data = request("REGISTER", TO, contact, "Authorization: Basic right")
        assert [answer.code for _, answer in proxy.answers(data)] == [200]


def test_overUDP(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_registrar, "globalReactor", lambda: reactor)
    answers: list[Any] = []

    class Client(sip.Base):
        def handle_response(self, message: Any, addr: Any) -> None:
            answers.append(message)
            reactor.stop()

    server: Any = sip.RegisterProxy(host="127.0.0.1")
    server.registry = server.locator = sip.InMemoryRegistry("example.com")
    serverPort = reactor.listenUDP(0, server, interface="127.0.0.1")
    client = Client()
    reactor.listenUDP(0, client, interface="127.0.0.1")
    message = sip.Request("REGISTER", "sip:example.com")
    message.addHeader("via", sip.Via("ua.example.com", rport=None).toString())
    message.addHeader("to", "sip:joe@example.com")
    message.addHeader("contact", "sip:joe@ua.example.com")
    client.sendMessage(sip.URL("127.0.0.1", port=serverPort.getHost().port), message)
    runReactor(reactor)
    assert answers[0].code == 200
    assert _message.Response is type(answers[0])
    for call, _ in server.registry.users.values():
        call.cancel()
