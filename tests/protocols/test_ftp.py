"""
FTP without a network: reading and writing what goes over the wire, the session of the
server, and the client's queue.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from twisted.cred.checkers import AllowAnonymousAccess, InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols import ftp
from twisted.protocols.ftp import _responses, _session
from twisted.protocols.ftp._data import ReceivedText
from twisted.protocols.ftp._listing import formatEntry
from twisted.protocols.ftp._replies import render
from twisted.python.filepath import FilePath, Permissions


class TestReplies:
    def test_eachHasAText(self) -> None:
        constants = {name: getattr(ftp, name) for name in ftp.__all__ if name.isupper()}
        keys = {value for value in constants.values() if isinstance(value, str)}
        assert keys == set(ftp.RESPONSE)

    def test_aLineEndCannotBeginAnotherReply(self) -> None:
        assert render(ftp.FILE_NOT_FOUND, ("a\r\n230 in",)) == (
            "550 a \x00230 in: No such file or directory."
        )

    def test_argumentsThatDoNotFit(self) -> None:
        assert render(ftp.FILE_NOT_FOUND, ()) == "550 : No such file or directory."
        assert render(ftp.CMD_OK, ("more", "and more")) == "200 Command OK"


class TestCommands:
    @pytest.mark.parametrize(
        ("line", "parsed"),
        [
            (b"noop", ("NOOP", ())),
            (b"USER me", ("USER", ("me",))),
            (b"NLST ", ("NLST", ("",))),
            (b"CWD a b  c ", ("CWD", ("a b  c ",))),
            (b"XPWD", ("PWD", ())),
            (b"\xff\xf4\xff\xf2ABOR", ("ABOR", ())),
            ("RETR résumé".encode(), ("RETR", ("résumé",))),
            (b"RETR r\xe9", ("RETR", ("r\udce9",))),
            (b"RETR two\0lines", ("RETR", ("two\nlines",))),
            (b"", ("", ())),
        ],
    )
    def test_reading(self, line: bytes, parsed: Any) -> None:
        assert _session.parseCommand(line) == parsed

    def test_whatMayComeWhen(self) -> None:
        public = ftp.FTP.PUBLIC_COMMANDS
        allowed = {
            state: {
                name
                for name in ("USER", "PASS", "FEAT", "QUIT", "RNTO", "ABOR", "RETR", "NONE")
                if _session.refusal(state, name, public) is None
            }
            for state in (_session.UNAUTH, _session.INAUTH, _session.AUTHED, _session.RENAMING)
        }
        assert allowed == {
            _session.UNAUTH: {"USER", "FEAT", "QUIT"},
            _session.INAUTH: {"USER", "PASS", "FEAT", "QUIT"},
            _session.AUTHED: {"USER", "PASS", "FEAT", "QUIT", "RNTO", "ABOR", "RETR", "NONE"},
            _session.RENAMING: {"RNTO", "QUIT", "ABOR"},
        }


class TestAddresses:
    @pytest.mark.parametrize("port", [0, 1, 255, 256, 65535])
    def test_thereAndBack(self, port: int) -> None:
        assert ftp.decodeHostPort(ftp.encodeHostPort("10.0.0.1", port)) == ("10.0.0.1", port)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "1,2,3,4,5",
            "1,2,3,4,5,6,7",
            "1,2,3,4,,6",
            "1,2,3,4,5,x",
            "1,2,3,4,5,256",
            "-1,2,3,4,5,6",
            "()",
            "1,2,3,4,5,\u0663",
        ],
    )
    def test_thoseThatAreNone(self, text: str) -> None:
        with pytest.raises(ValueError):
            ftp.decodeHostPort(text)

    @pytest.mark.parametrize(
        "text", ["", "|", "|1|a|5", "|1|a|5|x", "|1|a|x|", "|1|a|-1|", "|1|a|65536|", "1|2|3|4|5"]
    )
    def test_extendedOnesThatAreNone(self, text: str) -> None:
        with pytest.raises(ValueError):
            ftp.decodeExtendedAddress(text)

    def test_theDirectoryOfAReply(self) -> None:
        assert ftp.parsePWDResponse('257 "/a""b" is here') == '/a"b'
        assert ftp.parsePWDResponse("257 /a") is None


class TestListing:
    def entry(self, name: Any, when: float) -> bytes:
        return formatEntry(name, (5, False, Permissions(0o644), 1, when, "me", "us"), 1e9)

    def test_aFileOfLateHasTheTime(self) -> None:
        assert self.entry("f", 1e9 - 60) == (
            b"-rw-r--r--   1 me        us                      5 Sep 09 01:45 f"
        )

    def test_anOldOneAndOneOfTheFutureHaveTheYear(self) -> None:
        assert b" Jan 01  1970 f" in self.entry("f", 0)
        assert b" Sep 10  2001 f" in self.entry("f", 1e9 + 86400)

    def test_namesThatAreNoUTF8ComeAsTheyAre(self) -> None:
        assert self.entry(os.fsdecode(b"r\xe9"), 0).endswith(b" r\xe9")

    def test_aLineEndInANameDoesNotMakeAnotherFile(self) -> None:
        assert self.entry("a\nb", 0).endswith(b" a\0b")

    def test_weReadWhatWeWrite(self) -> None:
        reader = ftp.FTPFileListProtocol()
        reader.dataReceived(self.entry("my file", 0) + b"\r\n")
        assert reader.files == [
            {
                "filetype": "-",
                "perms": "rw-r--r--",
                "nlinks": 1,
                "owner": "me",
                "group": "us",
                "size": 5,
                "date": "Jan 01  1970",
                "filename": "my file",
                "linktarget": None,
            }
        ]

    def test_linesThatTakeLongToRefuse(self) -> None:
        reader = ftp.FTPFileListProtocol()
        head = "-rw-r--r-- 1 a b 5 Jan 01  1970 "
        began = time.perf_counter()
        for line in ("-" + " " * 15000, "-rw-r--r-- " + "1 " * 7000, "-" + "x -> " * 3000):
            assert reader.parseDirectoryLine(line) is None
        assert reader.parseDirectoryLine(head + " -> " * 4000 + "\ry") is not None
        assert time.perf_counter() - began < 2


class TestResponses:
    def feed(self, *lines: str) -> list[list[str]]:
        reader = _responses.ResponseReader()
        return [answer for line in lines if (answer := reader.feed(line)) is not None]

    def test_linesOfOneAnswerEndWithItsCode(self) -> None:
        lines = ["211-Features:", " 211 PASV", "200 in between", "21", "211 End"]
        assert self.feed(*lines) == [lines]

    def test_preliminaryOnesBelongToTheNext(self) -> None:
        assert self.feed("150-go", "150 on", "226 done", "200 next") == [
            ["150-go", "150 on", "226 done"],
            ["200 next"],
        ]

    def test_howManyLines(self) -> None:
        reader = _responses.ResponseReader()
        with pytest.raises(ftp.BadResponse):
            for _ in range(_responses.MAX_LINES * 10):
                reader.feed("200-more")

    def test_howManyBytes(self) -> None:
        reader = _responses.ResponseReader()
        with pytest.raises(ftp.BadResponse):
            for _ in range(20):
                reader.feed("x" * 16000)

    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ("226 done", None),
            ("331 more", None),
            ("421 no", ftp.CommandFailed),
            ("550 no", ftp.CommandFailed),
            ("765 what", ftp.BadResponse),
        ],
    )
    def test_whatTheFirstDigitSays(self, line: str, kind: Any) -> None:
        problem = _responses.problemOf([line])
        assert (problem and type(problem)) == kind


class Kept:
    """A consumer."""

    def __init__(self) -> None:
        self.data = b""
        self.open = True

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        pass

    def unregisterProducer(self) -> None:
        self.open = False

    def write(self, data: bytes) -> None:
        self.data += data


class TestText:
    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    def test_lineEndsWhereverTheyAreCut(self, size: int) -> None:
        sent = b"a\r\nb\rc\n\r\n\r"
        kept = Kept()
        text = ReceivedText(kept)
        for start in range(0, len(sent), size):
            text.write(sent[start : start + size])
        text.unregisterProducer()
        assert (kept.data, kept.open) == (b"a\nb\rc\n\n\r", False)

    def test_sending(self) -> None:
        kept = Kept()
        ftp.ASCIIConsumerWrapper(kept).write(b"a\nb\n")
        assert kept.data == b"a\r\nb\r\n"


class Session:
    """A server, spoken to line by line."""

    def __init__(self, root: Path, **attributes: Any) -> None:
        (root / "me").mkdir(exist_ok=True)
        users = InMemoryUsernamePasswordDatabaseDontUse()
        users.addUser("me", "pw")  # type: ignore[arg-type]
        portal = Portal(ftp.FTPRealm(os.fspath(root), os.fspath(root)))
        portal.registerChecker(AllowAnonymousAccess())
        portal.registerChecker(users)
        self.factory = ftp.FTPFactory(portal)
        self.factory.timeOut = None
        self.wrapper = self.factory.buildProtocol(IPv4Address("TCP", "10.0.0.9", 5))
        self.server = self.wrapper.wrappedProtocol
        for name, value in attributes.items():
            setattr(self.server, name, value)
        self.transport = StringTransport(
            hostAddress=IPv4Address("TCP", "10.0.0.1", 21),
            peerAddress=IPv4Address("TCP", "10.0.0.9", 5),
        )
        self.wrapper.makeConnection(self.transport)
        self.transport.clear()

    def says(self, line: bytes) -> str:
        """What is answered to a line."""
        self.wrapper.dataReceived(line + b"\r\n")
        said = self.transport.value()
        self.transport.clear()
        return said.decode(errors="surrogateescape")

    def login(self) -> Session:
        self.says(b"USER me")
        assert self.says(b"PASS pw") == "230 User logged in, proceed\r\n"
        return self


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path).login()


class TestServer:
    def test_namesWithQuotationMarks(self, session: Session) -> None:
        assert session.says(b'MKD a"b') == '257 "a""b" created\r\n'
        session.says(b'CWD a"b')
        assert session.says(b"PWD") == '257 "/a""b"\r\n'

    def test_aLineEndInAName(self, session: Session, tmp_path: Path) -> None:
        assert session.says(b"MKD a\0b") == '257 "a\0b" created\r\n'
        assert os.listdir(tmp_path / "me") == ["a\nb"]

    def test_anyBytesInAName(self, session: Session, tmp_path: Path) -> None:
        session.says(b"MKD r\xe9")
        assert os.listdir(os.fsencode(tmp_path / "me")) == [b"r\xe9"]

    @pytest.mark.parametrize("path", [b"..", b"../x", b"/..", b"a/../../b"])
    @pytest.mark.parametrize("command", [b"CWD", b"SIZE", b"MKD", b"DELE", b"RMD", b"RNFR"])
    def test_nobodyGetsOut(self, session: Session, command: bytes, path: bytes) -> None:
        said = session.says(command + b" " + path)
        assert said == f"550 {path.decode()}: No such file or directory.\r\n"

    def test_wrongNumbersOfArguments(self, session: Session) -> None:
        assert session.says(b"SIZE") == "500 Syntax error: SIZE requires an argument.\r\n"
        assert session.says(b"PWD x") == "501 syntax error in argument(s) x.\r\n"

    @pytest.mark.parametrize("line", [b"__init__", b"_x", b"PORT\xc3\xa9", b" ", b""])
    def test_whatIsNoCommand(self, session: Session, line: bytes) -> None:
        assert session.says(line).startswith("502 Command")

    def test_renamingNeedsBoth(self, session: Session) -> None:
        assert session.says(b"RNTO x").startswith("503")
        assert session.says(b"RNFR nope").startswith("350")
        assert session.says(b"RNTO x") == "550 nope: No such file or directory.\r\n"
        assert session.says(b"NOOP") == "200 Command OK\r\n"

    def test_sizesAreOfFiles(self, session: Session, tmp_path: Path) -> None:
        (tmp_path / "me" / "f").write_bytes(b"hello")
        os.utime(tmp_path / "me" / "f", (1e9, 1e9))
        assert session.says(b"SIZE f") == "213 5\r\n"
        assert session.says(b"MDTM f") == "213 20010909014640\r\n"
        session.says(b"MKD d")
        assert session.says(b"SIZE d") == "550 d: is a directory\r\n"

    def test_pipesAreNotWaitedFor(self, session: Session, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "me" / "pipe")
        session.server.dtpInstance = object()
        assert session.says(b"RETR pipe") == "550 pipe: Permission denied.\r\n"

    @pytest.mark.parametrize(
        "line",
        [
            b"PORT 10,0,0,8,20,1",  # somebody else
            b"PORT 10,0,0,9,0,25",  # a service
            b"EPRT |1|10.0.0.8|5121|",
            b"EPRT |2|::1|5121|",
        ],
    )
    def test_nobodyElseIsAttackedFromHere(self, session: Session, line: bytes) -> None:
        assert session.says(line).startswith("504 Not implemented for parameter")
        assert session.server.dtpPort is None

    @pytest.mark.parametrize("line", [b"PORT 1,2,3", b"EPRT x", b"EPRT |1|::1|5000|", b"EPSV x"])
    def test_addressesThatAreNone(self, session: Session, line: bytes) -> None:
        assert session.says(line).startswith("501 syntax error")

    def test_noPortsForData(self, tmp_path: Path) -> None:
        session = Session(tmp_path, passivePortRange=()).login()
        assert session.says(b"PASV") == "425 Can't open data connection.\r\n"
        assert session.server.dtpFactory is None

    def test_someoneWhoGuessesPasswords(self, tmp_path: Path) -> None:
        session = Session(tmp_path)
        for _ in range(10):
            assert not session.transport.disconnecting
            session.says(b"USER me")
            assert session.says(b"PASS x") == "530 Sorry, Authentication failed.\r\n"
        assert session.transport.disconnecting

    def test_anotherUserComes(self, session: Session) -> None:
        left: list[bool] = []
        session.server._logout = lambda: left.append(True)
        assert session.says(b"USER anonymous").startswith("331")
        assert left == [True]
        assert session.server.shell is None
        assert session.says(b"PWD").startswith("503")

    def test_commandsWaitForTheOneBefore(self, session: Session) -> None:
        waiting: Deferred[Any] = Deferred()
        session.server.shell.access = lambda path: waiting
        assert session.says(b"CWD x\r\nNOOP\r\nPWD") == ""
        waiting.callback(None)
        assert session.transport.value().splitlines() == [
            b"250 Requested File Action Completed OK",
            b"200 Command OK",
            b'257 "/x"',
        ]

    def test_tooManyCommandsWait(self, session: Session) -> None:
        waiting: Deferred[Any] = Deferred()
        session.server.shell.access = lambda path: waiting
        session.says(b"CWD x")
        session.says(b"NOOP\r\n" * 1000)
        assert session.transport.producerState == "paused"
        assert len(session.server._waiting) == 100
        waiting.callback(None)
        assert session.transport.producerState == "producing"
        assert session.transport.value().count(b"200 Command OK\r\n") == 1000

    def test_aLineWithoutEnd(self, session: Session) -> None:
        session.wrapper.dataReceived(b"x" * 200_000)
        assert session.transport.disconnecting
        assert session.transport.value() == b"500 Syntax error: the line is too long\r\n"

    def test_singleBytes(self, tmp_path: Path) -> None:
        session = Session(tmp_path)
        for byte in b"USER me\r\nPASS pw\r\nPWD\r\n":
            session.wrapper.dataReceived(bytes([byte]))
        assert session.transport.value().endswith(b'230 User logged in, proceed\r\n257 "/"\r\n')

    def test_nothingIsAnsweredAfterGoodbye(self, session: Session) -> None:
        assert session.says(b"QUIT\r\nNOOP") == "221 Goodbye.\r\n"
        assert session.transport.disconnecting

    def test_whatASessionLeaves(self, session: Session) -> None:
        session.says(b"PASV")
        port = session.server.dtpPort
        session.wrapper.connectionLost(None)
        assert session.server.dtpPort is None
        assert session.server.shell is None
        assert not port.connected or port.disconnecting

    def test_tooManyUsers(self, session: Session) -> None:
        session.factory.connectionLimit = 1
        other = session.factory.buildProtocol(IPv4Address("TCP", "10.0.0.9", 6))
        transport = StringTransport()
        other.makeConnection(transport)
        assert transport.value() == b"421 Too many users right now, try again in a few minutes.\r\n"
        assert transport.disconnecting


class TestShell:
    def test_addingToAFile(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"hello")
        shell = ftp.FTPShell(FilePath(os.fspath(tmp_path)))
        for offset, text in ((None, b" world"), (2, b"y")):
            got: list[Any] = []
            shell.openForAppending(("f",), offset).addCallback(got.append)
            got[0].receive().addCallback(got.append)
            got[1].registerProducer(None, True)
            got[1].write(text)
            got[1].unregisterProducer()
        assert (tmp_path / "f").read_bytes() == b"hey"

    def test_linksThatLeadNowhereAreNotListed(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("nowhere")
        (tmp_path / "file").touch()
        got: list[Any] = []
        ftp.FTPAnonymousShell(FilePath(os.fspath(tmp_path))).list((), ("size",)).addCallback(
            got.extend
        )
        assert got == [("file", [0])]

    def test_namesOfUsersThatLeadElsewhere(self) -> None:
        realm = ftp.FTPRealm("/nowhere", "/home")
        assert realm.getHomeDirectory(b"me").path == "/home/me"
        with pytest.raises(ftp._shell.UnauthorizedLogin):
            realm.getHomeDirectory("../root")


class TestClient:
    def client(self, peer: Any = None) -> tuple[Any, StringTransport]:
        client = ftp.FTPClient("me", "pw")
        transport = StringTransport(
            hostAddress=IPv4Address("TCP", "10.0.0.9", 5),
            peerAddress=peer or IPv4Address("TCP", "10.0.0.1", 21),
        )
        client.makeConnection(transport)
        for line in (b"220 hello", b"331 password?", b"230 in", b"200 binary"):
            client.lineReceived(line)
        assert transport.value() == b"USER me\r\nPASS pw\r\nTYPE I\r\n"
        transport.clear()
        return client, transport

    def test_aLineEndIsNoSecondCommand(self) -> None:
        client, transport = self.client()
        with pytest.raises(ValueError):
            client.queueStringCommand("CWD a\r\nDELE b")
        client.cwd("a\nDELE b").addErrback(lambda reason: None)
        assert transport.value() == b"CWD a\0DELE b\r\n"

    def test_aRefusedLoginIsWhatEverybodyHears(self) -> None:
        client = ftp.FTPClient("me", "no")
        transport = StringTransport()
        client.makeConnection(transport)
        failed: list[Any] = []
        client.pwd().addErrback(failed.append)
        for line in (b"220 hello", b"331 password?", b"530 no"):
            client.lineReceived(line)
        assert transport.value() == b"USER me\r\nPASS no\r\n"
        assert transport.disconnecting
        assert failed[0].check(ftp.ConnectionLost)
        assert failed[0].value.args[1].check(ftp.CommandFailed)
        client.pwd().addErrback(failed.append)
        assert failed[1].check(ftp.ConnectionLost)

    def test_aServerThatClosesUnasked(self) -> None:
        client, transport = self.client()
        client.lineReceived(b"226 what?")
        assert not transport.disconnecting
        client.lineReceived(b"421 Timeout")
        assert transport.disconnecting

    def test_aServerThatDoesNotEnd(self) -> None:
        client, transport = self.client()
        failed: list[Any] = []
        client.pwd().addErrback(failed.append)
        for _ in range(5000):
            client.dataReceived(b"200-" + b"x" * 100 + b"\r\n")
            if failed:
                break
        assert failed and transport.disconnecting

    @pytest.mark.parametrize("answer", [b"227 somewhere", b"227 (1,2,3)", b"502 no"])
    def test_withoutADataConnectionNothingIsAskedFor(self, answer: bytes) -> None:
        client, transport = self.client()
        failed: list[Any] = []
        client.retrieveFile("f", Protocol()).addErrback(failed.append)
        client.lineReceived(answer)
        assert transport.value() == b"PASV\r\n"
        assert failed[0].check(ftp.BadResponse, ftp.CommandFailed)
        client.pwd()
        assert transport.value() == b"PASV\r\nPWD\r\n"

    def test_overIPv6(self) -> None:
        client, transport = self.client(IPv6Address("TCP", "2001:db8::1", 21))
        went: list[Any] = []
        client.connectFactory = lambda host, port, factory: went.append((host, port))
        client.retrieveFile("f", Protocol())
        client.lineReceived(b"229 Entering Extended Passive Mode (|||6446|)")
        assert went == [("2001:db8::1", 6446)]
        assert transport.value() == b"EPSV\r\nRETR f\r\n"

    def test_restarting(self) -> None:
        client, transport = self.client()
        client.connectFactory = lambda host, port, factory: None
        client.storeFile("f", 5)
        client.lineReceived(b"227 (10,0,0,1,2,2)")
        client.lineReceived(b"350 go on")
        assert transport.value() == b"PASV\r\nREST 5\r\nSTOR f\r\n"

    def test_whoWaitsToWriteHearsThatItIsNoUse(self) -> None:
        client, _ = self.client()
        failed: list[Any] = []
        for each in client.storeFile("f"):
            each.addErrback(failed.append)
        client.lineReceived(b"425 no")
        assert [reason.type for reason in failed] == [ftp.CommandFailed] * 2
