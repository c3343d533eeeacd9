"""
TLS with programs of others: OpenSSL's own client and server, and curl.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("OpenSSL", reason="needs pyOpenSSL")

from OpenSSL import SSL

from tests.support import clientOf, factoryOf, runReactor
from tests.tls_support import authority
from twisted.internet import error
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.ssl import (
    AcceptableCiphers,
    CertificateOptions,
    PrivateCertificate,
    TLSVersion,
    optionsForClientTLS,
)

OPENSSL = shutil.which("openssl")
CURL = shutil.which("curl")

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(OPENSSL is None, reason="the program openssl is not installed"),
]


@pytest.fixture
def reactor() -> Iterator[Any]:
    from tests.conftest import clearedUp

    yield from clearedUp(EPollReactor())


class Files:
    """Certificates, and where they are."""

    def __init__(self, path: Any) -> None:
        self.path = path
        self.root = self._write("root.pem", authority().pem)
        for name, names in (
            ("server", ("localhost", "127.0.0.1")),
            ("other", ("other.example",)),
            ("client", ("a client",)),
        ):
            certificate, key = authority().issue(*names)
            setattr(self, name, self._write(name + ".pem", certificate))
            setattr(self, name + "Key", self._write(name + ".key", key))
            setattr(self, name + "Cert", PrivateCertificate.loadPEM(certificate + key))

    def _write(self, name: str, content: bytes) -> str:
        path = self.path / name
        path.write_bytes(content)
        return os.fspath(path)

    # Set by name.
    server: str
    serverKey: str
    serverCert: PrivateCertificate
    otherCert: PrivateCertificate
    client: str
    clientKey: str
    clientCert: PrivateCertificate


@pytest.fixture
def files(tmp_path: Any) -> Files:
    return Files(tmp_path)


def options(files: Files, **more: Any) -> CertificateOptions:
    mine = files.serverCert
    return CertificateOptions(
        certificate=mine.original, privateKey=mine.privateKey.original, **more
    )


def run(*command: Any, input: bytes = b"", until: str = "") -> tuple[int, str]:
    """
    Run a program; return its status, and all that it has said.

    @param until: its input stays open until it has said so, or has ended: s_client
        ends when its input does, whatever there is to be read.
    """
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdin is not None and process.stdout is not None
    said = b""
    try:
        process.stdin.write(input)
        process.stdin.flush()
        deadline = time.monotonic() + 20
        while until.encode() not in said:
            ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
            piece = os.read(process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                break
            said += piece
        rest, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    return process.returncode, (said + rest).decode("utf-8", "replace")


class Served:
    """A server of ours, with a program run against it."""

    def __init__(self, reactor: Any, opts: Any, **hooks: Any) -> None:
        self.reactor = reactor
        hooks.setdefault("onData", lambda p, data: p.transport.write(data.upper()))
        self.factory = factoryOf(**hooks)
        self.port = reactor.listenSSL(0, self.factory, opts, interface="127.0.0.1")
        self.number = self.port.getHost().port

    def to(self, work: Callable[[], Any]) -> Any:
        """Serve while *work* runs in a thread, and return its result."""
        results: list[Any] = []

        def inThread() -> None:
            try:
                results.append(work())
            except BaseException as problem:
                results.append(problem)
            # For what it has sent last.
            self.reactor.callFromThread(self.reactor.callLater, 0.05, self.reactor.stop)

        thread = threading.Thread(target=inThread)
        self.reactor.callWhenRunning(thread.start)
        runReactor(self.reactor, 60)
        thread.join()
        if isinstance(results[0], BaseException):
            raise results[0]
        return results[0]

    def s_client(self, *arguments: Any, **more: Any) -> tuple[int, str]:
        return self.to(lambda: self.client(*arguments, **more))

    def client(
        self, *arguments: Any, input: bytes = b"hello\n", until: str = "HELLO"
    ) -> tuple[int, str]:
        return run(
            OPENSSL,
            "s_client",
            "-connect",
            f"127.0.0.1:{self.number}",
            *arguments,
            input=input,
            until=until,
        )


# -- s_client to our server -----------------------------------------------------------------


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_versions(reactor: Any, files: Files, version: str) -> None:
    served = Served(reactor, options(files))
    status, said = served.s_client(f"-{version}", "-CAfile", files.root, "-verify_return_error")
    assert status == 0, said
    assert "HELLO" in said
    assert "Verify return code: 0 (ok)" in said
    assert ("TLSv1.3" if version == "tls1_3" else "TLSv1.2") in said
    assert served.factory.made[0].reason.check(error.ConnectionDone, error.ConnectionLost)


@pytest.mark.parametrize("version", ["tls1", "tls1_1"])
def test_oldVersionsAreRefused(reactor: Any, files: Files, version: str) -> None:
    served = Served(reactor, options(files))
    status, said = served.s_client(f"-{version}", "-cipher", "ALL:@SECLEVEL=0")
    assert status != 0
    assert "HELLO" not in said and "protocol version" in said
    assert served.factory.made[0].reason.check(SSL.Error)


def test_oldVersionsIfAskedFor(reactor: Any, files: Files) -> None:
    opts = options(
        files,
        insecurelyLowerMinimumTo=TLSVersion.TLSv1_0,
        acceptableCiphers=AcceptableCiphers.fromOpenSSLCipherString("ALL:@SECLEVEL=0"),
    )
    opts.getContext().set_cipher_list(b"ALL:@SECLEVEL=0")
    status, said = Served(reactor, opts).s_client("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    assert status == 0 and "HELLO" in said, said


@pytest.mark.parametrize("cipher", ["NULL", "aNULL", "RC4", "3DES", "MD5", "EXPORT"])
def test_weakCiphersAreRefused(reactor: Any, files: Files, cipher: str) -> None:
    known = subprocess.run(
        [str(OPENSSL), "ciphers", "-s", "-tls1_2", f"{cipher}:@SECLEVEL=0"], capture_output=True
    )
    if known.returncode:
        pytest.skip("this OpenSSL does not know it either")
    status, said = Served(reactor, options(files)).s_client(
        "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0"
    )
    assert status != 0 and "HELLO" not in said


def test_forwardSecrecyIsPreferred(reactor: Any, files: Files) -> None:
    _, said = Served(reactor, options(files)).s_client(
        "-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"
    )
    assert "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256" in said


@pytest.mark.parametrize(
    "version, more, resumed",
    [
        ("tls1_2", {}, False),
        ("tls1_2", {"enableSessions": True}, True),
        ("tls1_2", {"enableSessionTickets": True}, True),
        ("tls1_3", {"enableSessionTickets": True}, True),
        ("tls1_3", {"enableSessions": True}, True),
    ],
)
def test_resumption(
    reactor: Any, files: Files, version: str, more: dict[str, Any], resumed: bool
) -> None:
    served = Served(reactor, options(files, **more))
    kept = os.fspath(files.path / "session")

    def twice() -> tuple[tuple[int, str], tuple[int, str]]:
        first = served.client(f"-{version}", "-sess_out", kept)
        again = ["-sess_in", kept] if os.path.exists(kept) else []
        return first, served.client(f"-{version}", *again)

    first, second = served.to(twice)
    assert "HELLO" in first[1] and "HELLO" in second[1]
    assert re.search(r"^New, ", first[1], re.M)
    assert bool(re.search(r"^Reused, ", second[1], re.M)) is resumed, second[1]


@pytest.mark.parametrize("name, subject", [("localhost", "localhost"), ("other.example", "other")])
def test_serverName(reactor: Any, files: Files, name: str, subject: str) -> None:
    def contextFor(asked: bytes | None) -> Any:
        return files.otherCert.options().getContext() if asked == b"other.example" else None

    served = Served(reactor, options(files, contextForServerName=contextFor))
    status, said = served.s_client(
        "-servername", name, "-verify_hostname", name, "-CAfile", files.root, "-verify_return_error"
    )
    assert status == 0 and "HELLO" in said, said
    assert re.search(rf"subject=CN ?= ?{subject}", said)


@pytest.mark.parametrize(
    "offered, agreed",
    [("h2,http/1.1", "ALPN protocol: h2"), ("http/1.1", "ALPN protocol: http/1.1")],
)
def test_alpn(reactor: Any, files: Files, offered: str, agreed: str) -> None:
    served = Served(reactor, options(files, acceptableProtocols=[b"h2", b"http/1.1"]))
    status, said = served.s_client("-alpn", offered)
    assert status == 0 and agreed in said


def test_alpnWithNothingInCommon(reactor: Any, files: Files) -> None:
    served = Served(reactor, options(files, acceptableProtocols=[b"h2"]))
    status, said = served.s_client("-alpn", "spdy/1")
    assert status != 0 and "no application protocol" in said


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
@pytest.mark.parametrize("shown", [True, False])
def test_clientCertificate(reactor: Any, files: Files, version: str, shown: bool) -> None:
    peers: list[Any] = []

    def answer(protocol: Any, data: bytes) -> None:
        peers.append(protocol.transport.getPeerCertificate().get_subject().CN)
        protocol.transport.write(data.upper())

    served = Served(reactor, options(files, trustRoot=authority().certificate), onData=answer)
    mine = ["-cert", files.client, "-key", files.clientKey] if shown else []
    _, said = served.s_client(f"-{version}", *mine)
    assert ("HELLO" in said) is shown
    assert peers == (["a client"] if shown else [])
    if not shown:
        assert served.factory.made[0].reason.check(SSL.Error)


def test_renegotiationIsRefused(reactor: Any, files: Files) -> None:
    served = Served(reactor, options(files))
    _, said = served.s_client("-tls1_2", input=b"R\n", until="no renegotiation")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said


def test_keyUpdate(reactor: Any, files: Files) -> None:
    """TLS 1.3 renews keys instead; ours must answer."""
    served = Served(reactor, options(files))

    def work() -> str:
        process = subprocess.Popen(
            [str(OPENSSL), "s_client", "-tls1_3", "-connect", f"127.0.0.1:{served.number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdin is not None and process.stdout is not None
        said = b""
        for line, wanted in (
            (b"before\n", b"BEFORE"),
            (b"K\n", b"KEYUPDATE"),
            (b"after\n", b"AFTER"),
            (b"k\n", b"KEYUPDATE"),
            (b"last\n", b"LAST"),
        ):
            process.stdin.write(line)
            process.stdin.flush()
            seen = len(said)
            while wanted not in said[seen:]:
                piece = os.read(process.stdout.fileno(), 65536)
                assert piece, said
                said += piece
        return (said + process.communicate(timeout=20)[0]).decode()

    said = served.to(work)
    assert "KEYUPDATE" in said
    assert "BEFORE" in said and "AFTER" in said and "LAST" in said


def test_chain(reactor: Any, files: Files) -> None:
    """The intermediate authority's certificate is sent, too."""
    from tests.tls_support import Authority
    from twisted.internet.ssl import Certificate

    middle = Authority("Middle", authority())
    mine = middle.certificateFor("localhost")
    opts = CertificateOptions(
        certificate=mine.original,
        privateKey=mine.privateKey.original,
        extraCertChain=[Certificate.loadPEM(middle.pem).original],
    )
    status, said = Served(reactor, opts).s_client("-CAfile", files.root, "-verify_return_error")
    assert status == 0 and "Verify return code: 0 (ok)" in said


# -- our client to s_server -------------------------------------------------------------------


class Server:
    """OpenSSL's server, for our client."""

    def __init__(self, files: Files, *arguments: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.number = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                *(str(OPENSSL), "s_server", "-accept", str(self.number)),
                *("-cert", files.server, "-key", files.serverKey),
                *arguments,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 10
        assert self.process.stdout is not None
        while time.monotonic() < deadline:
            if b"ACCEPT" in self.process.stdout.readline():
                return
        raise AssertionError("s_server does not listen")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: Any) -> None:
        self.process.kill()
        self.process.communicate()


def talk(reactor: Any, server: Server, opts: Any, **hooks: Any) -> Any:
    """Connect, and return our protocol when the connection is over."""
    client = clientOf(onLost=lambda p, reason: reactor.stop(), **hooks)
    reactor.connectSSL("127.0.0.1", server.number, client, opts)
    runReactor(reactor, 20)
    return client.made[0]


def reversedLine(protocol: Any, data: bytes) -> None:
    protocol.version = protocol.transport.getHandle().get_protocol_version_name()
    protocol.agreed = protocol.transport.negotiatedProtocol
    protocol.transport.loseConnection()


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_toTheirServer(reactor: Any, files: Files, version: str) -> None:
    opts = optionsForClientTLS("localhost", authority().certificate)
    with Server(files, f"-{version}", "-rev", "-alpn", "mine") as server:
        made = talk(
            reactor,
            server,
            optionsForClientTLS("localhost", authority().certificate, acceptableProtocols=[b"mine"])
            if version == "tls1_3"
            else opts,
            onMade=lambda p: p.transport.write(b"hello\n"),
            onData=reversedLine,
        )
    assert made.data == b"olleh\n"
    assert made.version == ("TLSv1.2" if version == "tls1_2" else "TLSv1.3")
    assert made.agreed == (b"mine" if version == "tls1_3" else None)


def test_toTheirServerWithAClientCertificate(reactor: Any, files: Files) -> None:
    opts = optionsForClientTLS(
        "localhost", authority().certificate, clientCertificate=files.clientCert
    )
    with Server(files, "-rev", "-Verify", "2", "-CAfile", files.root) as server:
        made = talk(
            reactor,
            server,
            opts,
            onMade=lambda p: p.transport.write(b"hello\n"),
            onData=reversedLine,
        )
    assert made.data == b"olleh\n"


def test_theirServerIsNotWhomWeWant(reactor: Any, files: Files) -> None:
    from twisted.internet.ssl import VerificationError

    with Server(files, "-rev") as server:
        opts = optionsForClientTLS("other.example", authority().certificate)
        made = talk(reactor, server, opts, onMade=lambda p: p.transport.write(b"a secret\n"))
    assert made.reason.check(VerificationError) and made.data == b""


def test_theirServerIsOld(reactor: Any, files: Files) -> None:
    with Server(files, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0") as server:
        made = talk(reactor, server, optionsForClientTLS("localhost", authority().certificate))
    assert made.reason.check(SSL.Error)


# -- curl -----------------------------------------------------------------------------------------

LARGE = os.urandom(3_000_000)


def httpServer(protocol: Any, data: bytes) -> None:
    """As much of HTTP as curl needs."""
    head, end, body = protocol.data.partition(b"\r\n\r\n")
    if not end:
        return
    length = re.search(rb"content-length: (\d+)", head, re.I)
    if length is not None and len(body) < int(length[1]):
        if not hasattr(protocol, "continued") and b"100-continue" in head:
            protocol.continued = True
            protocol.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return
    protocol.data = b""
    content = body if length is not None else LARGE
    protocol.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content))
    protocol.transport.write(content)


needsCurl = pytest.mark.skipif(CURL is None, reason="the program curl is not installed")


@needsCurl
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl(reactor: Any, files: Files, version: str) -> None:
    served = Served(reactor, options(files), onData=httpServer)
    target = os.fspath(files.path / "body")
    url = f"https://localhost:{served.number}/"
    common = ["-sS", "--cacert", files.root, "--tls-max", version, f"--tlsv{version}"]
    # Twice on one connection.
    status, said = served.to(lambda: run(CURL, *common, "-o", target, url, "-o", target + "2", url))
    assert status == 0, said
    for name in (target, target + "2"):
        with open(name, "rb") as file:
            assert file.read() == LARGE
    assert len(served.factory.made) == 1


@needsCurl
def test_curlUploads(reactor: Any, files: Files) -> None:
    served = Served(reactor, options(files), onData=httpServer)
    source = files._write("upload", LARGE)
    target = os.fspath(files.path / "back")
    status, said = served.to(
        lambda: run(
            *(CURL, "-sS", "--cacert", files.root, "--data-binary", f"@{source}", "-o", target),
            f"https://127.0.0.1:{served.number}/",
        )
    )
    assert status == 0, said
    with open(target, "rb") as file:
        assert file.read() == LARGE


@needsCurl
def test_curlRefusesAWrongName(reactor: Any, files: Files) -> None:
    other = files.otherCert
    opts = CertificateOptions(certificate=other.original, privateKey=other.privateKey.original)
    served = Served(reactor, opts, onData=httpServer)
    status, _ = served.to(
        lambda: run(CURL, "-sS", "--cacert", files.root, f"https://localhost:{served.number}/")
    )
    assert status == 60
