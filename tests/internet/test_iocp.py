"""
The reactor on completion ports, beyond the contract of all reactors: what is
pending, paused, cancelled and closed.  Runs on Windows, and under wine by
C{make test-windows}.
"""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

if sys.platform != "win32":
    pytest.skip("completion ports are a facility of Windows", allow_module_level=True)

from tests.support import clientOf, factoryOf, openDescriptors, runReactor
from twisted.internet import _proactor_py, error, iocpreactor
from twisted.internet.abstract import FileDescriptor
from twisted.internet.iocpreactor import reactor as module
from twisted.internet.iocpreactor import tcp
from twisted.internet.protocol import DatagramProtocol

PROACTORS: list[Any] = [_proactor_py.Proactor]
if module._Proactor is not _proactor_py.Proactor:
    PROACTORS.append(module._Proactor)


@pytest.fixture
def reactor() -> Any:
    made = module.IOCPReactor()
    yield made
    made.disconnectAll()
    if made.threadpool is not None:
        made._stopThreadPool()
    made._proactor.close()


# -- the proactor, both twins ---------------------------------------------------------


@pytest.fixture(params=PROACTORS, ids=lambda kind: kind.__module__.rpartition(".")[2])
def proactor(request: Any) -> Any:
    made = request.param()
    yield made
    made.close()


def pairOf(proactor: Any) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets, the first of which the proactor knows."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    proactor.register(ends[0].fileno())
    return ends


def over(proactor: Any, answer: Any) -> Any:
    """Wait for *answer* if it is pending, and return the operation."""
    (operation,) = proactor.wait(5)
    assert operation is answer
    return operation


def test_waitingForData(proactor: Any) -> None:
    a, b = pairOf(proactor)
    pending = proactor.awaitData(a.fileno(), "owner", "then")
    assert (pending.owner, pending.then, pending.fd) == ("owner", "then", a.fileno())
    assert proactor.wait(0) == []
    b.send(b"x")
    assert over(proactor, pending).error == 0
    # It is there still, and the next one need not wait.
    assert proactor.awaitData(a.fileno(), None, None) is None
    assert a.recv(10) == b"x"


def test_sendingPiecesOfAllKinds(proactor: Any) -> None:
    a, b = pairOf(proactor)
    pieces = [b"one", memoryview(b"xtwo")[1:], bytearray(b"three")]
    assert proactor.send(a.fileno(), pieces, None, None) == 11
    assert b.recv(100) == b"onetwothree"


def test_sendingMoreThanTheOtherEndTakes(proactor: Any) -> None:
    a, b = pairOf(proactor)
    pieces = [bytes([n]) * 1_000_000 for n in range(16)]
    answer = proactor.send(a.fileno(), pieces, None, None)
    assert not isinstance(answer, int)
    # What is sent stays, whatever becomes of it here.
    del pieces
    gc.collect()
    b.setblocking(True)
    got = bytearray()
    while len(got) < 16_000_000:
        got += b.recv(1 << 16)
    operation = over(proactor, answer)
    assert (operation.error, operation.value) == (0, 16_000_000)
    assert [got[n * 1_000_000] for n in range(16)] == list(range(16))


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_acceptingAndConnecting(proactor: Any, family: int) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.create_server((host, 0), family=family) as listener:
        proactor.register(listener.fileno())
        accepted, client = socket.socket(family), socket.socket(family)
        client.bind((host, 0))
        proactor.register(client.fileno())
        waiting = [proactor.accept(listener.fileno(), accepted.fileno(), None, None)]
        waiting.append(proactor.connect(client.fileno(), listener.getsockname(), None, None))
        waiting = [operation for operation in waiting if operation is not None]
        found: list[Any] = []
        while len(found) < len(waiting):
            found += proactor.wait(5)
        assert {operation.error for operation in found} == {0}
        assert accepted.getpeername() == client.getsockname()
        assert client.getpeername() == listener.getsockname()
        accepted.close()
        client.close()


def test_aRefusalHasWinsocksNumber(proactor: Any) -> None:
    with socket.socket() as unused, socket.socket() as client:
        unused.bind(("127.0.0.1", 0))
        client.bind(("127.0.0.1", 0))
        proactor.register(client.fileno())
        pending = proactor.connect(client.fileno(), unused.getsockname(), None, None)
        assert over(proactor, pending).error == 10061


@pytest.mark.parametrize("where", [("127.0.0.1", -1), ("127.0.0.1", 70000), ("nonsense", 1)])
def test_connectingToNonsense(proactor: Any, where: Any) -> None:
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        proactor.register(client.fileno())
        with pytest.raises((OSError, OverflowError, ValueError)):
            proactor.connect(client.fileno(), where, None, None)


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_datagrams(proactor: Any, family: int, host: str) -> None:
    with (
        socket.socket(family, socket.SOCK_DGRAM) as a,
        socket.socket(family, socket.SOCK_DGRAM) as b,
    ):
        a.bind((host, 0))
        b.bind((host, 0))
        proactor.register(a.fileno(), True)
        for sent, got in ((b"abc", b"abc"), (b"", b""), (b"too long to fit", b"too long")):
            for first in (True, False):
                if first:
                    pending = proactor.receiveFrom(a.fileno(), 8, None, None)
                b.sendto(sent, a.getsockname())
                if not first:
                    time.sleep(0.01)
                    pending = proactor.receiveFrom(a.fileno(), 8, None, None)
                operation = over(proactor, pending)
                assert (operation.error, operation.value) == (0, (got, b.getsockname()))


def test_cancelling(proactor: Any) -> None:
    a, _ = pairOf(proactor)
    pending = proactor.awaitData(a.fileno(), None, None)
    proactor.cancel(pending)
    assert over(proactor, pending).error == _proactor_py.CANCELLED
    pending = proactor.awaitData(a.fileno(), None, None)
    proactor.cancelAll(a.fileno())
    a.close()
    assert over(proactor, pending).error == _proactor_py.CANCELLED


def test_whatIsNoSocketIsRefused(proactor: Any) -> None:
    with pytest.raises(OSError) as caught:
        proactor.register(0x7FF0)
    assert caught.value.errno == 10038


def test_wakingFromThreads(proactor: Any) -> None:
    threads = [threading.Thread(target=proactor.wake) for _ in range(20)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    assert proactor.wait(10) == []
    for thread in threads:
        thread.join()
    proactor.wait(0)
    assert time.monotonic() - began < 5
    assert proactor.wait(0.05) == []


def test_closingEndsWhatIsPendingAndLeavesNothing(proactor: Any) -> None:
    kind = type(proactor)
    before = 0
    for turn in range(20):
        made = kind()
        ends = pairOf(made)
        made.awaitData(ends[0].fileno(), None, None)
        made.close()
        made.close()
        for end in ends:
            end.close()
        gc.collect()
        if turn == 3:
            before = openDescriptors()
    assert openDescriptors() <= before


def test_whatIsClosedWaitsForNothing(proactor: Any) -> None:
    proactor.close()
    with pytest.raises((ValueError, TypeError, OSError)):
        proactor.wait(0)


# -- the reactor ------------------------------------------------------------------------


def test_itIsTheDefault() -> None:
    for words in ("from twisted.internet import reactor", "from twisted.internet import iocpreactor"
                  "\niocpreactor.install()\nfrom twisted.internet import reactor"):  # fmt: skip
        source = f"{words}\nprint(type(reactor).__name__)"
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, timeout=60)
        assert done.stdout.split() == [b"IOCPReactor"], done.stderr


def test_installIsPublic() -> None:
    assert iocpreactor.install is module.install


def test_theRequestedTwinRuns() -> None:
    compiled = module._Proactor is not _proactor_py.Proactor
    if os.environ.get("PURE_PYTHON"):
        assert not compiled
    if os.environ.get("TWISTED_ACCEL") == "require":
        assert compiled


def test_moreConnectionsThanAreAcceptedAtOnce(reactor: Any) -> None:
    many = 5 * tcp.PREPOSTED
    server = factoryOf(onData=lambda p, data: p.transport.write(data))
    port = reactor.listenTCP(0, server, interface="127.0.0.1", backlog=many)
    answered: list[Any] = []

    def answer(protocol: Any, data: bytes) -> None:
        answered.append(data)
        protocol.transport.loseConnection()
        if len(answered) == many:
            reactor.callLater(0.05, reactor.stop)

    client = clientOf(onMade=lambda p: p.transport.write(b"hello"), onData=answer)
    for _ in range(many):
        reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)
    assert answered == [b"hello"] * many
    assert len(server.made) == many
    assert {p.reason.type for p in server.made} == {error.ConnectionDone}


def test_aPausedPortHoldsWhatCame(reactor: Any) -> None:
    server = factoryOf(onMade=lambda p: reactor.stop())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    seen: list[int] = []

    def paused() -> None:
        port.pauseProducing()
        reactor.connectTCP("127.0.0.1", port.getHost().port, clientOf())
        reactor.callLater(0.1, resume)

    def resume() -> None:
        seen.append(len(server.made))
        port.resumeProducing()

    reactor.callWhenRunning(paused)
    runReactor(reactor)
    assert seen == [0]
    assert len(server.made) == 1


def test_aPortThatStopsAndStartsAcceptsAgain(reactor: Any) -> None:
    """The accepts that were cancelled do not stand for new ones."""
    server = factoryOf(onMade=lambda p: reactor.stop())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")

    def flicker() -> None:
        port.stopReading()
        port.startReading()
        reactor.callLater(0.05, reactor.connectTCP, "127.0.0.1", port.getHost().port, clientOf())

    reactor.callWhenRunning(flicker)
    runReactor(reactor)
    assert len(server.made) == 1


def test_whatIsPausedStaysWithTheKernel(reactor: Any) -> None:
    """A paused transport holds nothing, and the sender is slowed down."""
    server = factoryOf(onMade=lambda p: p.transport.pauseProducing())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    client = clientOf(onMade=lambda p: p.transport.write(b"x" * 50_000_000))
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    reactor.callLater(0.5, reactor.stop)
    blocked: list[bool] = []
    reactor.callLater(0.4, lambda: blocked.append(client.made[0].transport in reactor.getWriters()))
    runReactor(reactor)
    assert server.made[0].data == b""
    assert blocked == [True]


def test_resettingWhileASendIsPending(reactor: Any) -> None:
    server = factoryOf(onMade=lambda p: p.transport.pauseProducing())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    client = clientOf(
        onMade=lambda p: (
            p.transport.write(b"x" * 50_000_000),
            reactor.callLater(0.1, p.transport.abortConnection),
        ),
        onLost=lambda p, reason: reactor.callLater(0.1, reactor.stop),
    )
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)
    assert client.made[0].reason.check(error.ConnectionAborted)
    assert not reactor._sending


def test_anAttemptIsGivenUpWhileItIsPending(reactor: Any) -> None:
    client = clientOf()
    client.onFailed = lambda: reactor.callLater(0.05, reactor.stop)
    # Of a block that is for documentation: nobody answers.
    connector = reactor.connectTCP("192.0.2.1", 9, client, timeout=20)
    reactor.callLater(0.05, connector.stopConnecting)
    runReactor(reactor)
    assert client.failures[0].check(error.UserError, error.ConnectError)
    assert not reactor._active


def test_socketsAreKnownToBeConnected(reactor: Any) -> None:
    """Without SO_UPDATE_…_CONTEXT neither end could be half closed, or say its peer."""
    found: list[Any] = []

    def made(protocol: Any) -> None:
        found.append((protocol.transport.socket.getpeername(), protocol.transport.getHost()))
        protocol.transport.socket.shutdown(socket.SHUT_WR)

    server = factoryOf(onMade=made, onLost=lambda p, reason: reactor.stop())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    reactor.connectTCP("127.0.0.1", port.getHost().port, clientOf(onMade=made))
    runReactor(reactor)
    assert len(found) == 2


def test_adoptingSockets(reactor: Any) -> None:
    server = factoryOf(onData=lambda p, data: p.transport.write(data.upper()))
    client = clientOf(
        onMade=lambda p: p.transport.write(b"hello"), onData=lambda p, data: reactor.stop()
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as peer:
            accepted, _ = listener.accept()
            with accepted:
                reactor.adoptStreamConnection(accepted.fileno(), socket.AF_INET, server)
                reactor.adoptStreamConnection(peer.fileno(), socket.AF_INET, client)
                runReactor(reactor)
    assert client.made[0].data == b"HELLO"
    with pytest.raises(error.UnsupportedAddressFamily):
        reactor.adoptStreamConnection(0, -1, server)


class Datagrams(DatagramProtocol):
    noisy = False

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.refused = 0
        self.then: Any = lambda: None

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.got.append(datagram)
        self.then()

    def connectionRefused(self) -> None:
        self.refused += 1
        self.then()


def test_datagramsBeyondThoseThatNobodyTook(reactor: Any) -> None:
    """What ICMP says of a datagram does not end the port that sent it."""
    server = Datagrams()
    server.then = reactor.stop
    port = reactor.listenUDP(0, server, interface="127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = unused.getsockname()
    for _ in range(3):
        port.write(b"is anybody there?", nobody)

    def others() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(b"yes", ("127.0.0.1", port.getHost().port))

    reactor.callLater(0.1, others)
    runReactor(reactor)
    assert server.got == [b"yes"]


def test_aPausedDatagramPort(reactor: Any) -> None:
    server = Datagrams()
    server.then = reactor.stop
    port = reactor.listenUDP(0, server, interface="127.0.0.1")
    seen: list[int] = []
    port.pauseProducing()
    port.write(b"hello", ("127.0.0.1", port.getHost().port))
    reactor.callLater(0.1, lambda: (seen.append(len(server.got)), port.resumeProducing()))
    runReactor(reactor)
    assert (seen, server.got) == ([0], [b"hello"])


def test_writersOfOthersArePolled(reactor: Any) -> None:
    a, b = socket.socketpair()
    a.setblocking(False)
    sent = [0]

    class Writer(FileDescriptor):
        def fileno(self) -> int:
            return a.fileno()

        def doWrite(self) -> Any:
            sent[0] += a.send(b"x" * 1000)
            if sent[0] >= 5000:
                reactor.removeWriter(self)
                reactor.stop()

    writer = Writer(reactor)
    reactor.addWriter(writer)
    assert writer in reactor.getWriters()
    runReactor(reactor)
    assert len(b.recv(10_000)) == 5000
    a.close()
    b.close()


def test_aReadersSuccessorIsNotTakenForIt(reactor: Any) -> None:
    """The number of a closed socket is given again; its watch is not."""
    got: list[bytes] = []

    class Reader(FileDescriptor):
        end: socket.socket

        def fileno(self) -> int:
            return self.end.fileno()

        def doRead(self) -> None:
            got.append(self.end.recv(100))
            reactor.stop()

    reader = Reader(reactor)
    reader.end, other = socket.socketpair()
    reactor.addReader(reader)
    reactor.iterate(0)
    reactor.removeReader(reader)
    reader.end.close()
    other.close()
    reader.end, other = socket.socketpair()
    reactor.addReader(reader)
    reactor.callLater(0.05, other.send, b"again")
    runReactor(reactor)
    assert got == [b"again"]
    reader.end.close()
    other.close()


def test_nothingIsLeftOfManyConnections(reactor: Any) -> None:
    left = [60]
    before = [0]
    port = reactor.listenTCP(
        0, factoryOf(onMade=lambda p: p.transport.loseConnection()), interface="127.0.0.1"
    )

    def again() -> None:
        left[0] -= 1
        if left[0] == 50:
            before[0] = openDescriptors()
        if left[0]:
            reactor.connectTCP(
                "127.0.0.1",
                port.getHost().port,
                clientOf(onLost=lambda p, reason: reactor.callLater(0, again)),
            )
        else:
            reactor.callLater(0.1, reactor.stop)

    reactor.callWhenRunning(again)
    runReactor(reactor, 30)
    gc.collect()
    assert openDescriptors() <= before[0] + 3
    assert not reactor._watches
