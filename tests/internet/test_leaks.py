"""
What goes wrong a thousand times leaves nothing behind: no descriptor, no
transport, no protocol.
"""

from __future__ import annotations

import gc
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import openDescriptors, runReactor
from twisted.internet import error
from twisted.internet._resolver import GAIResolver
from twisted.internet.abstract import FileDescriptor
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.process import Process
from twisted.internet.protocol import ClientFactory, Factory, ProcessProtocol, Protocol
from twisted.protocols.basic import LineOnlyReceiver, LineReceiver, NetstringReceiver

TIMES = 1000
#: How many are under way at once.
WIDTH = 40
RESET = struct.pack("ii", 1, 0)


def live() -> int:
    """Return how many transports and protocols there are."""
    gc.collect()
    kinds = (FileDescriptor, Protocol, Process, ProcessProtocol)
    return sum(isinstance(each, kinds) for each in gc.get_objects())


@pytest.fixture
def unchanged(reactor: Any) -> Iterator[Callable[..., None]]:
    """
    Runs something many times over, and holds it to leave nothing behind.
    """

    def check(
        start: Callable[[Callable[..., None]], Any], times: int = TIMES, signals: bool = False
    ) -> None:
        counts: list[tuple[int, int]] = []
        left = {"start": 0, "end": 0}

        def begin(goal: int) -> None:
            while left["start"] < goal and left["start"] - left["end"] < WIDTH:
                left["start"] += 1
                start(lambda *ignored: reactor.callLater(0, ended, goal))

        def ended(goal: int) -> None:
            left["end"] += 1
            if left["end"] < goal:
                begin(goal)
            else:
                # A turn later, what was to be closed is closed.
                reactor.callLater(0.02, settled)

        def settled() -> None:
            counts.append((openDescriptors(), live()))
            if len(counts) == 2:
                reactor.stop()
            else:
                begin(times + WIDTH)

        # Some first, for what is made once: threads, caches, the spare descriptor.
        reactor.callWhenRunning(begin, WIDTH)
        runReactor(reactor, 30, signals)
        assert left["end"] == times + WIDTH
        (before, after) = counts
        assert after[0] <= before[0], f"descriptors: {before[0]} before, {after[0]} after"
        assert after[1] <= before[1], f"transports: {before[1]} before, {after[1]} after"

    yield check


class Told:
    """A protocol that tells when it has lost its connection."""

    tell: Callable[..., None] | None = None

    def connectionLost(self, reason: Any = None) -> None:
        super().connectionLost(reason)  # type: ignore[misc]
        if self.tell is not None:
            self.tell()


class Lines(Told, LineReceiver):
    MAX_LENGTH = 1000

    def lineReceived(self, line: bytes) -> None:
        raise AssertionError("a line that is too long was delivered")


class OnlyLines(Told, LineOnlyReceiver):
    MAX_LENGTH = 1000

    def lineReceived(self, line: bytes) -> None:
        raise AssertionError("a line that is too long was delivered")


class Netstrings(Told, NetstringReceiver):
    MAX_LENGTH = 1000

    def stringReceived(self, string: bytes) -> None:
        raise AssertionError("an absurd string was delivered")


class Anything(Told, Protocol):
    pass


def serve(reactor: Any, kind: Any) -> tuple[int, list[Callable[..., None]]]:
    """
    Listen with *kind*.

    @return: the port, and what is to be told, the first first.
    """
    waiting: list[Callable[..., None]] = []

    def build() -> Any:
        protocol = kind()
        protocol.tell = lambda: waiting.pop(0)()
        return protocol

    factory = Factory.forProtocol(build)
    factory.noisy = False
    return reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port, waiting


def send(port: int, data: bytes, reset: bool = False) -> socket.socket:
    """Connect, send *data*, and reset or leave the connection."""
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(data)
    if reset:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
    return peer


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Lines, b"x" * 3000),
        (OnlyLines, b"x" * 3000),
        (Netstrings, b"9" * 400 + b":"),
        (Netstrings, b"1001:x"),
    ],
)
def test_tooLong(reactor: Any, unchanged: Any, kind: Any, data: bytes) -> None:
    """
    A line over MAX_LENGTH, or a netstring of an absurd length, ends the
    connection, and nothing stays of it.
    """
    port, waiting = serve(reactor, kind)

    def start(done: Callable[..., None]) -> None:
        peer = send(port, data)

        def lost() -> None:
            peer.close()
            done()

        waiting.append(lost)

    unchanged(start)


def test_reset(reactor: Any, unchanged: Any) -> None:
    """A connection is reset in the middle of what is sent both ways."""

    class Talker(Anything):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data * 100)

    port, waiting = serve(reactor, Talker)

    def start(done: Callable[..., None]) -> None:
        waiting.append(done)
        send(port, b"x" * 500, reset=True)

    unchanged(start)


class Failing(ClientFactory[Any]):
    """Tells when an attempt has failed, and whether as it should have."""

    noisy = False
    protocol = Protocol

    def __init__(self, done: Callable[..., None], *expected: type[BaseException]) -> None:
        self.done = done
        self.expected = expected

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        reason.trap(*self.expected)
        self.done()


@pytest.fixture
def closedPort() -> Iterator[int]:
    """A port that is bound, so that nobody else listens there, and refuses."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_closedPort(reactor: Any, unchanged: Any, closedPort: int) -> None:
    """Nobody listens there."""
    unchanged(
        lambda done: reactor.connectTCP(
            "127.0.0.1", closedPort, Failing(done, error.ConnectionRefusedError)
        )
    )


def refuseNames(host: str, *ignored: Any) -> Any:
    """Know no name, as C{getaddrinfo} does it."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_unresolvable(reactor: Any, unchanged: Any) -> None:
    """The name has no address: connectors, and endpoints."""
    reactor.installNameResolver(GAIResolver(reactor, getaddrinfo=refuseNames))
    names = iter(range(10 * TIMES))

    def start(done: Callable[..., None]) -> None:
        number = next(names)
        host = f"host{number}.invalid"
        if number % 2:
            reactor.connectTCP(host, 80, Failing(done, error.DNSLookupError))
        else:
            HostnameEndpoint(reactor, host, 80).connect(Factory.forProtocol(Protocol)).addErrback(
                lambda reason: reason.trap(error.DNSLookupError)
            ).addBoth(done)

    unchanged(start)


def test_impossibleNames(reactor: Any, unchanged: Any) -> None:
    """The system's own resolver refuses the name without asking anybody."""
    unchanged(
        lambda done: reactor.connectTCP(
            "x" * 70 + ".invalid", 80, Failing(done, error.DNSLookupError)
        )
    )


def test_unreadableFiles(reactor: Any, unchanged: Any, tmp_path: Path) -> None:
    """The file of a UNIX socket is missing, or a file, or a directory."""
    plain = tmp_path / "plain"
    plain.write_text("")
    targets = [tmp_path / "missing", plain, tmp_path, tmp_path / "plain" / "below"]
    turns = iter(range(10 * TIMES))

    def start(done: Callable[..., None]) -> None:
        reactor.connectUNIX(
            str(targets[next(turns) % len(targets)]), Failing(done, error.ConnectError)
        )

    unchanged(start)


def test_unwritablePlaces(reactor: Any, unchanged: Any, tmp_path: Path) -> None:
    """A socket is to be bound where none can be, with a lock and without."""
    where = str(tmp_path / "missing" / "socket")
    turns = iter(range(10 * TIMES))

    def start(done: Callable[..., None]) -> None:
        wantPID = bool(next(turns) % 2)
        with pytest.raises((error.CannotListenError, OSError)):
            reactor.listenUNIX(where, Factory.forProtocol(Protocol), wantPID=wantPID)
        done()

    unchanged(start)


class Child(ProcessProtocol):
    """Tells when its process has ended."""

    def __init__(self, done: Callable[..., None]) -> None:
        self.done = done

    def processEnded(self, reason: Any) -> None:
        assert reason.check(error.ProcessTerminated), reason
        self.done()


@pytest.mark.parametrize("usePTY", [False, True])
def test_absentExecutables(reactor: Any, unchanged: Any, tmp_path: Path, usePTY: bool) -> None:
    """There is no such program, or it is none."""
    plain = tmp_path / "plain"
    plain.write_bytes(os.urandom(100))
    programs = [str(tmp_path / "missing"), str(plain)]
    turns = iter(range(10 * TIMES))

    def start(done: Callable[..., None]) -> None:
        program = programs[next(turns) % 2]
        try:
            reactor.spawnProcess(Child(done), program, [program], usePTY=usePTY)
        except OSError:
            # Told at once, where the way to start one can tell.
            done()

    unchanged(start, 100, signals=True)


def test_refusedByTheFactory(reactor: Any, unchanged: Any) -> None:
    """The factory has no protocol for the connection, or raises an exception."""
    turns = iter(range(10 * TIMES))

    class Unwilling(Factory[Any]):
        noisy = False

        def buildProtocol(self, addr: Any) -> Any:
            return None

    port = reactor.listenTCP(0, Unwilling(), interface="127.0.0.1").getHost().port

    class Lost(ClientFactory[Any]):
        noisy = False

        def __init__(self, done: Callable[..., None]) -> None:
            self.done = done

        def buildProtocol(self, addr: Any) -> Any:
            return None if next(turns) % 2 else Protocol()

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            self.done()

    unchanged(lambda done: reactor.connectTCP("127.0.0.1", port, Lost(done)))


if sys.platform != "linux":  # pragma: no cover
    pytestmark = pytest.mark.skip("descriptors are counted in /proc")
