"""
Endpoints: from strings, and for real.
"""

from __future__ import annotations

import os
import socket
import ssl as pythonSSL
import subprocess
import sys
import threading
from typing import Any

import pytest
from zope.interface import implementer

from tests.support import clientOf, factoryOf, posixOnly, runReactor
from twisted.internet import endpoints, error
from twisted.internet._endpoints_hostname import interleave
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IStreamClientEndpoint,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.plugin import getPlugins

# -- strings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "description, kind, has",
    [
        ("tcp:80", "TCP4ServerEndpoint", {"_port": 80, "_backlog": 50, "_interface": ""}),
        ("tcp:port=80", "TCP4ServerEndpoint", {"_port": 80}),
        (b"tcp:80", "TCP4ServerEndpoint", {"_port": 80}),
        ("tcp:80:interface=1.2.3.4:backlog=7", "TCP4ServerEndpoint", {"_backlog": 7}),
        ("tcp:80:reusePort=1", "TCP4ServerEndpoint", {"_reusePort": True}),
        ("tcp:80:reusePort=no", "TCP4ServerEndpoint", {"_reusePort": False}),
        (r"tcp6:80:interface=\:\:1", "TCP6ServerEndpoint", {"_interface": "::1"}),
        ("tcp6:80", "TCP6ServerEndpoint", {"_interface": "::"}),
        (r"unix:/a\:b\=c\\d", "UNIXServerEndpoint", {"_address": r"/a:b=c\d", "_mode": 0o666}),
        ("unix:/a:mode=600:lockfile=0", "UNIXServerEndpoint", {"_mode": 0o600, "_wantPID": False}),
        ("unix:address=a=b", "UNIXServerEndpoint", {"_address": "a=b"}),
        ("fd:5:domain=INET6", "AdoptedStreamServerEndpoint", {"addressFamily": socket.AF_INET6}),
        ("stdio:", "StandardIOEndpoint", {}),
        ("haproxy:tcp:80", "_WrapperServerEndpoint", {}),
    ],
)
def test_serverStrings(description: Any, kind: str, has: dict[str, Any]) -> None:
    reactor = object()
    endpoint = endpoints.serverFromString(reactor, description)
    assert type(endpoint).__name__ == kind
    assert IStreamServerEndpoint.providedBy(endpoint)
    assert {name: getattr(endpoint, name) for name in has} == has


@pytest.mark.parametrize(
    "description, kind, has",
    [
        ("tcp:host:80", "TCP4ClientEndpoint", {"_host": "host", "_port": 80, "_timeout": 30}),
        ("tcp:port=80:host=h", "TCP4ClientEndpoint", {"_host": "h", "_port": 80}),
        ("tcp:host=h:80", "TCP4ClientEndpoint", {"_port": 80}),
        (b"TCP:h:80:bindAddress=10.0.0.1", "TCP4ClientEndpoint", {"_bindAddress": ("10.0.0.1", 0)}),
        ("unix:/x:timeout=4:lockfile=1", "UNIXClientEndpoint", {"_timeout": 4, "_checkPID": True}),
    ],
)
def test_clientStrings(description: Any, kind: str, has: dict[str, Any]) -> None:
    endpoint = endpoints.clientFromString(object(), description)
    assert type(endpoint).__name__ == kind
    assert IStreamClientEndpoint.providedBy(endpoint)
    assert {name: getattr(endpoint, name) for name in has} == has


@pytest.mark.parametrize(
    "make, description, said",
    [
        ("server", "", "Unknown endpoint type: ''"),
        ("server", "nonsense:1", "Unknown endpoint type: 'nonsense'"),
        ("server", "tcp:eighty", "port is not a number: 'eighty'"),
        ("server", "tcp:80:backlog=many", "backlog"),
        ("server", "tcp", "port"),
        ("server", "tcp:80:colour=red", "colour"),
        ("server", "unix:/x:mode=rw", "mode"),
        ("server", "fd:three", "fd is not a number"),
        ("server", "fd:3:domain=MOON", "MOON"),
        ("client", "tcp:h", "port is missing"),
        ("client", "tcp:h:p", "port is not a number: 'p'"),
        ("client", "tcp:h:1:2", "'2'"),
        ("client", "tcp:h:1:colour=red", "colour"),
        ("client", "unix:", "path is missing"),
        ("client", "nonsense:1", "Unknown endpoint type: 'nonsense'"),
    ],
)
def test_badStrings(make: str, description: str, said: str) -> None:
    """One error of one kind, which says what is wrong."""
    function = getattr(endpoints, make + "FromString")
    with pytest.raises(ValueError) as caught:
        function(object(), description)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["a:b", "\\", "", "a=b", "\\:", "::", "ä:ö"])
def test_quoting(text: str) -> None:
    quoted = endpoints.quoteStringArgument(text)
    endpoint = endpoints.serverFromString(object(), f"unix:address={quoted}:backlog=3")
    assert endpoint._address == text and endpoint._backlog == 3


def test_kindsAmongThePlugins() -> None:
    """Who looks for what there is finds also what needs no plugin."""
    servers = {each.prefix: each for each in getPlugins(IStreamServerEndpointStringParser)}
    assert {"tcp6", "stdio", "tls", "systemd", "haproxy"} <= set(servers)
    endpoint = servers["tcp6"].parseStreamServer(object(), "80", backlog="3")
    assert (endpoint._port, endpoint._backlog) == (80, 3)
    with pytest.raises(ValueError):
        servers["tcp6"].parseStreamServer(object(), "eighty")
    clients = {each.prefix for each in getPlugins(IStreamClientEndpointStringParserWithReactor)}
    assert "tls" in clients


# -- a host with several addresses (RFC 8305) ------------------------------------------------


def v4(number: int) -> IPv4Address:
    return IPv4Address("TCP", f"192.0.2.{number}", 80)


def v6(number: int) -> IPv6Address:
    return IPv6Address("TCP", f"2001:db8::{number}", 80)


def test_interleaving() -> None:
    assert interleave([]) == []
    mixed = interleave([v6(1), v6(2), v6(3), v4(1), v4(2), v6(1)])
    assert mixed == [v6(1), v4(1), v6(2), v4(2), v6(3)]
    assert interleave([v4(1), v4(2), v6(1)]) == [v4(1), v6(1), v4(2)]


@implementer(IReactorPluggableNameResolver, IHostnameResolver)
class Resolving(MemoryReactorClock):  # type: ignore[misc]
    """A reactor in memory that knows the addresses of every name."""

    def __init__(self, addresses: Any) -> None:
        super().__init__()
        self.addresses = addresses
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, hostName: str, *args: Any, **kw: Any) -> Any:
        receiver.resolutionBegan(None)
        for address in self.addresses:
            receiver.addressResolved(address)
        receiver.resolutionComplete()


class Attempt:
    def __init__(self, *addresses: Any, **more: Any) -> None:
        self.reactor = Resolving(addresses)
        endpoint = endpoints.HostnameEndpoint(self.reactor, "example.com", 80, **more)
        self.results: list[Any] = []
        self.connecting = endpoint.connect(Factory.forProtocol(Protocol))
        self.connecting.addBoth(self.results.append)

    def hosts(self) -> list[str]:
        return [each[0] for each in self.reactor.tcpClients]

    def fail(self, number: int) -> None:
        from twisted.python.failure import Failure

        factory = self.reactor.tcpClients[number][2]
        factory.clientConnectionFailed(None, Failure(error.ConnectionRefusedError()))

    def succeed(self, number: int) -> None:
        from twisted.internet.testing import StringTransport

        protocol = self.reactor.tcpClients[number][2].buildProtocol(None)
        protocol.makeConnection(StringTransport())


def test_nextAddressAfterADelay() -> None:
    attempt = Attempt(v6(1), v6(2), v4(1), attemptDelay=0.25)
    assert attempt.hosts() == ["2001:db8::1"]
    attempt.reactor.advance(0.24)
    assert len(attempt.hosts()) == 1
    attempt.reactor.advance(0.02)
    assert attempt.hosts() == ["2001:db8::1", "192.0.2.1"]
    attempt.succeed(1)
    assert isinstance(attempt.results[0], Protocol)
    attempt.reactor.advance(10)
    assert len(attempt.hosts()) == 2
    assert not attempt.reactor.getDelayedCalls()


def test_nextAddressAtOnceAfterAFailure() -> None:
    attempt = Attempt(v6(1), v4(1), v6(2))
    attempt.fail(0)
    assert attempt.hosts() == ["2001:db8::1", "192.0.2.1"]
    attempt.fail(1)
    assert attempt.hosts()[2:] == ["2001:db8::2"]
    assert not attempt.results
    attempt.fail(2)
    assert attempt.results[0].check(error.ConnectionRefusedError)
    assert not attempt.reactor.getDelayedCalls()


def test_timeout() -> None:
    attempt = Attempt(v6(1), v4(1), timeout=5)
    attempt.reactor.pump([0.5] * 12)
    assert attempt.results[0].check(error.TimeoutError)
    assert not attempt.reactor.getDelayedCalls()


def test_cancel() -> None:
    attempt = Attempt(v6(1), v4(1))
    attempt.connecting.cancel()
    assert attempt.results[0].check(error.ConnectingCancelledError)
    assert not attempt.reactor.getDelayedCalls()


def test_noAddress() -> None:
    assert Attempt().results[0].check(error.DNSLookupError)


# -- for real ------------------------------------------------------------------------------


def answer(reactor: Any, server: Any, talk: Any, **hooks: Any) -> Any:
    """Listen; have *talk* called with the port's number in a thread; return its result."""
    result: list[Any] = []
    hooks.setdefault("onData", lambda p, data: p.transport.write(data.upper()))
    factory = factoryOf(**hooks)

    def listening(port: Any) -> None:
        def run() -> None:
            try:
                result.append(talk(port.getHost().port))
            except Exception as problem:
                result.append(problem)
            reactor.callFromThread(reactor.stop)

        threading.Thread(target=run).start()

    server.listen(factory).addCallbacks(
        listening, lambda reason: (result.append(reason), reactor.stop())
    )
    runReactor(reactor)
    assert len(result) == 1
    if isinstance(result[0], Exception):
        raise result[0]
    return result[0], factory


def ask(number: int, question: bytes = b"hello") -> bytes:
    with socket.create_connection(("127.0.0.1", number), 30) as peer:
        peer.sendall(question)
        return peer.recv(1000)


def test_tcp(reactor: Any) -> None:
    server = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    assert answer(reactor, server, ask)[0] == b"HELLO"


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="no SO_REUSEPORT here")
def test_reusePort(reactor: Any) -> None:
    """Two share a port if both say so, and the kernel gives each its part."""
    first = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1:reusePort=1")
    served = [0, 0]

    def count(which: int) -> Any:
        def made(protocol: Any) -> None:
            served[which] += 1

        return factoryOf(onMade=made, onData=lambda p, data: p.transport.write(data))

    ports: list[Any] = []
    first.listen(count(0)).addCallback(ports.append)
    number = ports[0].getHost().port
    description = f"tcp:{number}:interface=127.0.0.1:reusePort=1"
    endpoints.serverFromString(reactor, description).listen(count(1)).addCallback(ports.append)
    assert len(ports) == 2
    refused: list[Any] = []
    alone = endpoints.serverFromString(reactor, f"tcp:{number}:interface=127.0.0.1")
    alone.listen(Factory()).addErrback(refused.append)
    assert refused[0].check(error.CannotListenError)

    def many() -> None:
        for _ in range(64):
            ask(number)
        reactor.callFromThread(reactor.stop)

    thread = threading.Thread(target=many)
    reactor.callWhenRunning(thread.start)
    runReactor(reactor, 20)
    thread.join()
    assert sum(served) == 64 and min(served) > 5


@posixOnly
def test_unix(reactor: Any, tmp_path: Any) -> None:
    path = endpoints.quoteStringArgument(os.fspath(tmp_path / "a:b"))
    server = endpoints.serverFromString(reactor, f"unix:{path}")
    server.listen(factoryOf(onData=lambda p, data: p.transport.write(data.upper())))
    client = clientOf(
        onMade=lambda p: p.transport.write(b"hello"), onData=lambda p, data: reactor.stop()
    )
    endpoints.clientFromString(reactor, f"unix:{path}").connect(client)
    runReactor(reactor)
    assert client.made[0].data == b"HELLO"


def test_adoptedDescriptor(reactor: Any) -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(5)
    server = endpoints.serverFromString(reactor, f"fd:{os.dup(listening.fileno())}")
    again: list[Any] = []
    assert answer(reactor, server, ask)[0] == b"HELLO"
    server.listen(Factory()).addErrback(again.append)
    assert again[0].check(error.AlreadyListened)
    listening.close()


SYSTEMD = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
from twisted.internet import endpoints, reactor
from twisted.internet.protocol import Factory, Protocol
class Upper(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())
        self.transport.loseConnection()
    def connectionLost(self, reason):
        reactor.stop()
endpoints.serverFromString(reactor, sys.argv[1]).listen(Factory.forProtocol(Upper))
reactor.run()
"""


@posixOnly
@pytest.mark.parametrize(
    "description", ["systemd:index=0", "systemd:name=web", "systemd:domain=INET:index=0"]
)
def test_systemd(description: str) -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(5)
    # systemd passes them from 3 on.
    if listening.fileno() != 3:
        child = "import os, sys; os.dup2(int(sys.argv.pop(1)), 3);"
    else:
        child = "import os, sys; sys.argv.pop(1);"
    child += f"os.set_inheritable(3, True); exec({SYSTEMD!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", child, str(listening.fileno()), description],
        pass_fds=[listening.fileno()],
        env={**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"},
    )
    try:
        assert ask(listening.getsockname()[1]) == b"HELLO"
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        listening.close()


@posixOnly
def test_standardIO() -> None:
    program = (
        "from twisted.internet import endpoints, reactor, protocol\n"
        "class Upper(protocol.Protocol):\n"
        "    def dataReceived(self, data): self.transport.write(data.upper())\n"
        "    def connectionLost(self, reason): reactor.stop()\n"
        "endpoints.serverFromString(reactor, 'stdio:').listen(\n"
        "    protocol.Factory.forProtocol(Upper))\n"
        "reactor.run()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=b"hello", capture_output=True, timeout=30
    )
    assert (done.stdout, done.returncode) == (b"HELLO", 0)


@posixOnly
@pytest.mark.parametrize("status", [0, 3])
def test_process(reactor: Any, status: int) -> None:
    endpoint = endpoints.ProcessEndpoint(
        reactor,
        sys.executable,
        [sys.executable, "-c", f"import sys; print(input().upper()); sys.exit({status})"],
        os.environ,
    )
    client = factoryOf(
        onMade=lambda p: p.transport.write(b"hello\n"), onLost=lambda p, reason: reactor.stop()
    )
    reactor.callWhenRunning(endpoint.connect, client)
    # The end of a child is told by a signal.
    deadline = reactor.callLater(20, reactor.stop)
    reactor.run()
    deadline.cancel()
    [protocol] = client.made
    assert protocol.data == b"HELLO\n"
    assert protocol.reason.check(error.ConnectionLost if status else error.ConnectionDone)


# -- with TLS --------------------------------------------------------------------------------


class Files:
    """Paths, and the authority."""

    def __init__(self, path: Any, authority: Any) -> None:
        self.path = path
        self.authority = authority

    def __truediv__(self, name: str) -> Any:
        return self.path / name


@pytest.fixture
def files(tmp_path: Any) -> Any:
    """A directory with certificates of two names, and an authority's elsewhere."""
    pytest.importorskip("OpenSSL", reason="needs pyOpenSSL")
    from tests.tls_support import Authority

    root = Authority()
    middle = Authority("Middle", root)
    directory = tmp_path / "certificates"
    (directory / "sub").mkdir(parents=True)
    one, key = root.issue("one.example", "*.wild.example")
    (directory / "one-cert.pem").write_bytes(one)
    (directory / "sub" / "one-key.pem").write_bytes(key)
    (directory / "two.pem").write_bytes(b"".join(middle.issue("two.example")) + middle.pem)
    (directory / "broken.pem").write_bytes(
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    )
    (tmp_path / "root.pem").write_bytes(root.pem)
    local, localKey = root.issue("localhost", "127.0.0.1")
    (tmp_path / "local.pem").write_bytes(local)
    (tmp_path / "local.key").write_bytes(localKey)
    return Files(tmp_path, root)


def askSecurely(files: Any, name: str, before: bytes = b"") -> Any:
    def talk(number: int) -> Any:
        context = pythonSSL.create_default_context(cafile=os.fspath(files / "root.pem"))
        with socket.create_connection(("127.0.0.1", number), 30) as raw:
            raw.sendall(before)
            with context.wrap_socket(raw, server_hostname=name) as peer:
                peer.sendall(b"hello")
                return peer.recv(1000)

    return talk


@pytest.mark.parametrize("name", ["one.example", "any.wild.example", "two.example"])
def test_tlsServer(reactor: Any, files: Any, name: str) -> None:
    server = endpoints.serverFromString(
        reactor, f"tls:{files / 'certificates'}:0:interface=127.0.0.1"
    )
    assert answer(reactor, server, askSecurely(files, name))[0] == b"HELLO"


def test_tlsServerFindsWhatIsNew(files: Any) -> None:
    from twisted.protocols._sni import _Directory
    from twisted.python.filepath import FilePath

    now = [0.0]
    directory = _Directory(FilePath(os.fspath(files / "certificates")), lambda: now[0])
    assert directory.contextFor(b"one.example") is directory.contextFor(b"ONE.example")
    assert directory.contextFor(None) is not None
    assert directory.contextFor(b"new.example") is None
    (files / "certificates" / "new.pem").write_bytes(b"".join(files.authority.issue("new.example")))
    # Not at every client's word.
    assert directory.contextFor(b"new.example") is None
    now[0] += 2
    assert directory.contextFor(b"new.example") is not None


def test_tlsServerWithoutTheName(reactor: Any, files: Any, events: list[Any]) -> None:
    server = endpoints.serverFromString(
        reactor, f"tls:{files / 'certificates'}:0:interface=127.0.0.1"
    )
    with pytest.raises(OSError):
        answer(reactor, server, askSecurely(files, "three.example"))
    texts = [event["log_format"] for event in events if event.get("log_format")]
    assert any("no server certificate" in text for text in texts)


def test_sslServer(reactor: Any, files: Any) -> None:
    server = endpoints.serverFromString(
        reactor,
        f"ssl:0:privateKey={files / 'local.key'}:certKey={files / 'local.pem'}"
        f":extraCertChain={files / 'root.pem'}:interface=127.0.0.1",
    )
    assert answer(reactor, server, askSecurely(files, "localhost"))[0] == b"HELLO"


@pytest.mark.parametrize("kind", ["ssl", "tls"])
def test_proxyOutsideTLS(reactor: Any, files: Any, kind: str) -> None:
    """HAProxy says who is there before TLS begins."""
    inner = (
        f"ssl:0:privateKey={files / 'local.key'}:certKey={files / 'local.pem'}"
        if kind == "ssl"
        else f"tls:{files / 'certificates'}:0"
    )
    server = endpoints.serverFromString(reactor, f"haproxy:{inner}:interface=127.0.0.1")
    name = "localhost" if kind == "ssl" else "one.example"
    header = b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 443\r\n"
    peers = []
    said, _ = answer(
        reactor,
        server,
        askSecurely(files, name, header),
        onData=lambda p, data: (
            peers.append((p.transport.getPeer(), p.transport.getHost())),
            p.transport.write(data.upper()),
        ),
    )
    assert said == b"HELLO"
    assert peers == [(IPv4Address("TCP", "192.0.2.1", 1234), IPv4Address("TCP", "192.0.2.2", 443))]


@pytest.mark.parametrize("trust, works", [("root.pem", True), ("certificates", False)])
def test_tlsClient(reactor: Any, files: Any, trust: str, works: bool) -> None:
    server = endpoints.serverFromString(
        reactor,
        f"ssl:0:privateKey={files / 'local.key'}:certKey={files / 'local.pem'}:interface=127.0.0.1",
    )
    client = factoryOf(
        onMade=lambda p: p.transport.write(b"hello"),
        onData=lambda p, data: reactor.stop(),
        onLost=lambda p, reason: works or reactor.stop(),
    )

    def listening(port: Any) -> None:
        number = port.getHost().port
        endpoints.clientFromString(
            reactor,
            f"tls:localhost:{number}:trustRoots={files / trust}"
            f":endpoint=tcp\\:127.0.0.1\\:{number}",
        ).connect(client)

    server.listen(factoryOf(onData=lambda p, data: p.transport.write(data.upper()))).addCallback(
        listening
    )
    runReactor(reactor)
    assert client.made[0].data == (b"HELLO" if works else b"")


@pytest.mark.parametrize("check, works", [("", True), (":hostname=other.example", False)])
def test_sslClient(reactor: Any, files: Any, check: str, works: bool) -> None:
    """It checks nothing, unless it is told whom to expect."""
    server = endpoints.serverFromString(
        reactor,
        f"ssl:0:privateKey={files / 'local.key'}:certKey={files / 'local.pem'}:interface=127.0.0.1",
    )
    client = factoryOf(
        onMade=lambda p: p.transport.write(b"hello"),
        onData=lambda p, data: reactor.stop(),
        onLost=lambda p, reason: works or reactor.stop(),
    )
    server.listen(factoryOf(onData=lambda p, data: p.transport.write(data.upper()))).addCallback(
        lambda port: endpoints.clientFromString(
            reactor, f"ssl:127.0.0.1:{port.getHost().port}{check}"
        ).connect(client)
    )
    runReactor(reactor)
    assert client.made[0].data == (b"HELLO" if works else b"")


@pytest.mark.parametrize(
    "make, description, said",
    [
        ("server", "ssl:x:privateKey={local}", "port is not a number"),
        ("server", "ssl:0:privateKey={local}.key:certKey={local}.pem:sslmethod=X", "sslmethod"),
        ("server", "ssl:0:privateKey={local}.key:certKey={local}.pem:colour=red", "colour"),
        (
            "server",
            "ssl:0:privateKey={local}.key:certKey={local}.pem:extraCertChain={local}.key",
            "doesn't contain any valid certificates",
        ),
        ("server", "tls:{local}:x", "port is not a number"),
        ("client", "tls:host", "port is missing"),
        ("client", "tls:host:443:colour=red", "colour"),
        ("client", "tls:host:443:endpoint=nonsense", "Unknown endpoint type: 'nonsense'"),
        ("client", "ssl:host", "port is missing"),
    ],
)
def test_badTLSStrings(files: Any, make: str, description: str, said: str) -> None:
    function = getattr(endpoints, make + "FromString")
    with pytest.raises(ValueError) as caught:
        function(object(), description.format(local=files / "local"))
    assert said in str(caught.value)
