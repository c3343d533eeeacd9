"""
SOCKS, HAProxy's header, forwarded ports, memcached, inetd and procmon, each with the
program that it is for.
"""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploying_support import end, isAlive, start, textOf, twistd, waitFor
from tests.examples_support import ask, freePort
from tests.support import runReactor
from twisted.internet.defer import gatherResults, inlineCallbacks
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import ClientCreator
from twisted.protocols.memcache import MemCacheProtocol, NoSuchCommand

pytestmark = pytest.mark.interop
needsCurl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
BODY = b"x" * 1_000_000


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of somebody else's web server."""
    where = tmp_path_factory.mktemp("web")
    (where / "page").write_bytes(BODY)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    handler = functools.partial(Handler, directory=os.fspath(where))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def service(where: Path, port: int, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command of twistd until it listens."""
    with (where / "output").open("w") as output:
        process = start(twistd("-n", "--pidfile=", *words), where, stdout=output)
    try:
        waitFor(lambda: process.poll() is not None or listens(port))
        assert process.poll() is None, (where / "output").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(30)
        end(process)


def curl(*words: str) -> bytes:
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *words], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needsCurl
@pytest.mark.parametrize("kind", ["--socks4", "--socks4a"])
def test_curlThroughSOCKS(kind: str, web: int, tmp_path: Path) -> None:
    port = freePort()
    with service(tmp_path, port, "socks", "-p", str(port), "-l", "log"):
        proxy = f"127.0.0.1:{port}"
        host = "localhost" if kind == "--socks4a" else "127.0.0.1"
        assert curl(kind, proxy, f"http://{host}:{web}/page") == BODY
        refused = subprocess.run(
            ["curl", "-sS", kind, proxy, f"http://127.0.0.1:{freePort()}/"], capture_output=True
        )
        assert refused.returncode in (7, 97), refused.stderr
    assert len((tmp_path / "log").read_bytes()) > 0


@needsCurl
def test_curlThroughAForwardedPort(web: int, tmp_path: Path) -> None:
    port = freePort()
    words = ("portforward", "-p", f"tcp:{port}", "-h", "127.0.0.1", "-d", str(web))
    with service(tmp_path, port, *words):
        assert curl(f"http://127.0.0.1:{port}/page") == BODY
    port, closed = freePort(), freePort()
    words = ("portforward", "-p", f"tcp:{port}", "-h", "127.0.0.1", "-d", str(closed))
    with service(tmp_path, port, *words):
        assert ask(port, b"x") == b""


WHO = """\
from twisted.application.internet import StreamServerEndpointService
from twisted.application.service import Application
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol

class Who(Protocol):
    def dataReceived(self, data):
        peer = self.transport.getPeer()
        text = f"{type(peer).__name__} {getattr(peer, 'host', '')}\\n".encode()
        head = b"HTTP/1.0 200 OK\\r\\nContent-Length: %%d\\r\\n\\r\\n" %% len(text)
        self.transport.write(head + text)
        self.transport.loseConnection()

application = Application("who")
StreamServerEndpointService(
    serverFromString(reactor, "haproxy:tcp:%d:interface=127.0.0.1"), Factory.forProtocol(Who)
).setServiceParent(application)
"""


@needsCurl
def test_curlWithTheHeaderOfHAProxy(tmp_path: Path) -> None:
    port = freePort()
    (tmp_path / "who.tac").write_text(WHO % port)
    with service(tmp_path, port, "-y", "who.tac"):
        url = f"http://127.0.0.1:{port}/"
        assert curl("--haproxy-protocol", url) == b"IPv4Address 127.0.0.1\n"
        clients = {
            # Version 1, as its specification prints it, and version 2 in bytes.
            b"PROXY TCP4 192.0.2.7 192.0.2.1 56324 443\r\n": b"IPv4Address 192.0.2.7\n",
            b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n": b"IPv6Address 2001:db8::7\n",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\xdc\4\1\xbb": (
                b"IPv4Address 192.0.2.7\n"
            ),
        }
        for header, said in clients.items():
            assert ask(port, header + b"GET / HTTP/1.0\r\n\r\n").endswith(said)
        for bad in (
            b"GET / HTTP/1.0\r\n\r\n",
            b"PROXY TCP4 x y z\r\n\r\n",
            b"PROXY " + b"x" * 5000,
        ):
            try:
                assert ask(port, bad) == b""
            except ConnectionError:
                pass  # closed with what was not read


MEMCACHED = shutil.which("memcached")


@pytest.mark.skipif(MEMCACHED is None, reason="memcached is not installed")
def test_memcached(tmp_path: Path) -> None:
    port = freePort()
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    command = [str(MEMCACHED), "-l", "127.0.0.1", "-p", str(port), "-U", "0", *user]
    process = start(command, tmp_path)
    try:
        waitFor(lambda: listens(port))
        _useMemcached(port)
    finally:
        end(process)


def _useMemcached(port: int) -> None:
    reactor: Any = EPollReactor()
    results: list[Any] = []

    @inlineCallbacks
    def use() -> Any:
        cache: Any = yield ClientCreator(reactor, MemCacheProtocol).connectTCP("127.0.0.1", port)
        assert re.match(rb"\d+\.\d+", (yield cache.version()))
        assert (yield cache.get(b"nothing")) == (0, None)
        assert (yield cache.set(b"key", b"value\r\nEND\r\n", 7)) is True
        assert (yield cache.get(b"key")) == (7, b"value\r\nEND\r\n")
        assert (yield cache.add(b"key", b"other")) is False
        assert (yield cache.replace(b"new", b"other")) is False
        assert (yield cache.append(b"key", b"!")) and (yield cache.prepend(b"key", b">"))
        flags, cas, value = yield cache.get(b"key", withIdentifier=True)
        assert value == b">value\r\nEND\r\n!"
        assert (yield cache.checkAndSet(b"key", b"mine", cas)) is True
        assert (yield cache.checkAndSet(b"key", b"late", cas)) is False
        yield cache.set(b"n", b"41")
        assert (yield cache.increment(b"n")) == 42
        assert (yield cache.decrement(b"n", 50)) == 0
        assert (yield cache.increment(b"nothing")) is False
        many = yield cache.getMultiple([b"key", b"n", b"nothing"])
        assert many[b"key"] == (0, b"mine") and many[b"nothing"] == (0, None)
        big = os.urandom(500_000)
        stored = yield gatherResults([cache.set(b"big%d" % n, big) for n in range(3)])
        assert stored == [True] * 3
        fetched = yield gatherResults([cache.get(b"big%d" % n) for n in range(3)])
        assert fetched == [(0, big)] * 3
        assert (yield cache.delete(b"key")) is True and (yield cache.delete(b"key")) is False
        assert b"pid" in (yield cache.stats())
        try:
            yield cache.set(b"x" * 300, b"")
        except Exception as error:
            assert type(error).__name__ in ("ClientError", "NoSuchCommand"), error
        assert (yield cache.flushAll()) is True
        assert (yield cache.get(b"n")) == (0, None)
        cache.transport.loseConnection()

    def begin() -> None:
        use().addBoth(results.append).addBoth(lambda ignored: reactor.stop())

    reactor.callWhenRunning(begin)
    runReactor(reactor, 30)
    assert results == [None], results
    assert issubclass(NoSuchCommand, Exception)


def test_inetdStartsWhatIsAskedFor(tmp_path: Path) -> None:
    port = freePort()
    user = "root" if os.getuid() == 0 else Path("~").expanduser().owner()
    shell = tmp_path / "greet"
    shell.write_text('#!/bin/sh\nread name\necho "hello $name"\n')
    shell.chmod(0o755)
    (tmp_path / "inetd.conf").write_text(
        f"# greet whoever comes\n{port}\tstream\ttcp\tnowait\t{user}\t{shell} greet\n"
    )
    (tmp_path / "services").write_text("")
    with service(tmp_path, port, "inetd", "--file", "inetd.conf"):
        for name in (b"joe", b"ann"):
            assert ask(port, name + b"\n") == b"hello " + name + b"\n"


def test_procmonStartsAgainWhatEnds(tmp_path: Path) -> None:
    program = f"import os, time; open({os.fspath(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n'); print('up', flush=True); time.sleep(100)"
    (tmp_path / "program.py").write_text(program)
    words = ["procmon", "--threshold=0.2", "--minrestartdelay=0.1", sys.executable, "program.py"]
    with (tmp_path / "output").open("w") as output:
        process = start(twistd("-n", "--pidfile=", *words), tmp_path, stdout=output)

    def pids() -> list[int]:
        return [int(line) for line in textOf(tmp_path / "pids").split()]

    try:
        for number in range(1, 4):
            waitFor(functools.partial(lambda wanted: len(pids()) == wanted, number))
            if number < 3:
                os.kill(pids()[-1], signal.SIGKILL)
        assert [isAlive(pid) for pid in pids()] == [False, False, True]
        process.terminate()
        process.wait(30)
    finally:
        end(process)
    assert not any(map(isAlive, pids()))
    log = (tmp_path / "output").read_text()
    assert log.count("up") >= 2, log
