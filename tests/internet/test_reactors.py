"""
The contract of reactors: time, threads, events, descriptors, datagrams.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import openDescriptors, posixOnly, runReactor
from twisted.internet import error
from twisted.internet.abstract import FileDescriptor
from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IReactorCore, IReactorFDSet, IReactorTime
from twisted.internet.protocol import DatagramProtocol, ProcessProtocol
from twisted.internet.threads import blockingCallFromThread, deferToThreadPool


def test_interfaces(reactor: Any) -> None:
    for interface in (IReactorCore, IReactorTime, IReactorFDSet):
        assert verifyObject(interface, reactor)


def test_callsAreMadeInTheOrderOfTheirTimes(reactor: Any) -> None:
    made: list[Any] = []
    reactor.callLater(0.02, made.append, "second")
    reactor.callLater(0.01, made.append, "first")
    reactor.callLater(0.02, made.append, "third")
    reactor.callLater(0.03, reactor.stop)
    runReactor(reactor)
    assert made == ["first", "second", "third"]


def test_aCallAskedForDuringATurnWaitsForTheNext(reactor: Any) -> None:
    """callLater(0) for ever does not keep others from their turn."""
    read, write = socket.socketpair()
    turns = [0]

    class Reader(FileDescriptor):
        def fileno(self) -> int:
            return read.fileno()

        def doRead(self) -> None:
            reactor.removeReader(self)
            reactor.stop()

    def again() -> None:
        turns[0] += 1
        reactor.callLater(0, again)

    reactor.callWhenRunning(again)
    reactor.callLater(0.01, write.send, b"x")
    reactor.addReader(Reader(reactor))
    runReactor(reactor)
    read.close()
    write.close()
    assert turns[0] > 1


def test_cancelResetDelay(reactor: Any) -> None:
    made: list[Any] = []
    cancelled = reactor.callLater(0.01, made.append, "cancelled")
    sooner = reactor.callLater(60, made.append, "sooner")
    later = reactor.callLater(0.001, made.append, "later")
    put = reactor.callLater(0.01, made.append, "put off")
    cancelled.cancel()
    sooner.reset(0.005)
    later.reset(0.03)
    put.delay(0.01)
    assert [c.active() for c in (cancelled, sooner)] == [False, True]
    with pytest.raises(error.AlreadyCancelled):
        cancelled.cancel()
    reactor.callLater(0.1, reactor.stop)
    runReactor(reactor)
    assert made == ["sooner", "put off", "later"]
    with pytest.raises(error.AlreadyCalled):
        sooner.reset(1)


def test_manyCancelledCallsAreForgotten(reactor: Any) -> None:
    calls = [reactor.callLater(1000, lambda: None) for _ in range(10_000)]
    for call in calls[:-1]:
        call.cancel()
    assert reactor.getDelayedCalls() == [calls[-1]]
    assert len(reactor._loop.timers) < 200
    calls[-1].cancel()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((-1, print), "-1 is not greater than or equal to 0 seconds"),
        ((1, 3), "3 is not callable"),
        ((float("nan"), print), "nan is not greater than or equal to 0 seconds"),
    ],
)
def test_nonsenseIsRefused(reactor: Any, arguments: Any, text: str) -> None:
    with pytest.raises(AssertionError) as caught:
        reactor.callLater(*arguments)
    assert str(caught.value) == text


def test_aDelayedCallShowsWhatItIs(reactor: Any) -> None:
    call = DelayedCall(12, print, (3,), {"A": 5}, None, None, lambda: 1.5)
    expected = f"<DelayedCall {hex(id(call))} [10.5s] called=0 cancelled=0 print(3, A=5)>"
    assert repr(call) == str(call) == expected
    call.cancel()
    assert repr(call).endswith("called=0 cancelled=1>")


def test_whatADelayedCallRaisesIsLogged(reactor: Any, events: list[Any]) -> None:
    reactor.callLater(0, lambda: 1 // 0)
    reactor.callLater(0.01, reactor.stop)
    runReactor(reactor)
    assert any("log_failure" in e and e["log_failure"].check(ZeroDivisionError) for e in events)


def test_callFromThreadWakesTheReactor(reactor: Any) -> None:
    begun = time.monotonic()
    where: list[Any] = []

    def called() -> None:
        where.append(threading.current_thread())
        reactor.stop()

    def other() -> None:
        time.sleep(0.05)
        reactor.callFromThread(called)

    reactor.callWhenRunning(threading.Thread(target=other).start)
    runReactor(reactor)
    assert time.monotonic() - begun < 5
    assert where == [threading.current_thread()]


def test_threadsFireDeferredsInTheReactorsThread(reactor: Any) -> None:
    got: list[Any] = []

    def work(number: int) -> tuple[int, Any]:
        return number + 1, threading.current_thread()

    def fired(result: Any) -> None:
        got.append((result, threading.current_thread()))
        reactor.stop()

    def begin() -> None:
        deferToThreadPool(reactor, reactor.getThreadPool(), work, 1).addCallback(fired)

    reactor.callWhenRunning(begin)
    runReactor(reactor)
    ((number, worker), here) = got[0]
    assert number == 2
    assert worker is not here is threading.current_thread()


def test_blockingCallFromThread(reactor: Any) -> None:
    got: list[Any] = []

    def other() -> None:
        got.append(blockingCallFromThread(reactor, lambda: "answer"))
        try:
            blockingCallFromThread(reactor, lambda: 1 // 0)
        except ZeroDivisionError:
            got.append("raised")
        reactor.callFromThread(reactor.stop)

    reactor.callWhenRunning(threading.Thread(target=other).start)
    runReactor(reactor)
    assert got == ["answer", "raised"]


def test_systemEvents(reactor: Any) -> None:
    seen: list[Any] = []
    for phase in ("after", "during", "before"):
        for name in ("startup", "shutdown"):
            reactor.addSystemEventTrigger(phase, name, seen.append, (phase, name))
    removed = reactor.addSystemEventTrigger("before", "startup", seen.append, "removed")
    reactor.removeSystemEventTrigger(removed)
    reactor.callWhenRunning(reactor.stop)
    runReactor(reactor)
    order = ("before", "during", "after")
    assert seen == [(p, n) for n in ("startup", "shutdown") for p in order]


def test_runningTwice(reactor: Any) -> None:
    with pytest.raises(error.ReactorNotRunning):
        reactor.stop()

    def again() -> None:
        with pytest.raises(error.ReactorAlreadyRunning):
            reactor.run()
        reactor.stop()

    reactor.callWhenRunning(again)
    runReactor(reactor)
    with pytest.raises(error.ReactorNotRestartable):
        reactor.run()


def test_iterateDoesNotBlock(reactor: Any) -> None:
    made: list[Any] = []
    reactor.callLater(0, made.append, 1)
    begun = time.monotonic()
    reactor.iterate(0)
    reactor.iterate()
    assert made == [1]
    assert time.monotonic() - begun < 1


def test_resolvingLiterals(reactor: Any) -> None:
    got: list[Any] = []
    reactor.resolve("127.0.0.9").addCallback(got.append)
    reactor.resolve("").addCallback(got.append)
    assert got == ["127.0.0.9", "0.0.0.0"]


# -- descriptors of one's own --------------------------------------------------------


class PairReader(FileDescriptor):
    def __init__(self, reactor: Any, end: socket.socket) -> None:
        super().__init__(reactor)
        self.end = end
        self.got = b""
        self.reason: Any = None

    def fileno(self) -> int:
        return self.end.fileno()

    def doRead(self) -> Any:
        data = self.end.recv(100)
        if not data:
            return error.ConnectionDone()
        self.got += data
        return None

    def readConnectionLost(self, reason: Any) -> None:
        self.connectionLost(reason)

    def connectionLost(self, reason: Any) -> None:
        super().connectionLost(reason)
        self.reason = reason
        self.reactor.stop()


def test_descriptorsOfOnesOwn(reactor: Any) -> None:
    read, write = socket.socketpair()
    reader = PairReader(reactor, read)
    reactor.addReader(reader)
    assert reader in reactor.getReaders()
    write.send(b"through the pair")
    reactor.callLater(0.02, write.close)
    runReactor(reactor)
    read.close()
    assert reader.got == b"through the pair"
    assert reader.reason.check(error.ConnectionDone)
    assert reader not in reactor.getReaders()


def test_aReaderThatRaisesIsDisconnected(reactor: Any, events: list[Any]) -> None:
    read, write = socket.socketpair()
    reader = PairReader(reactor, read)
    reader.doRead = lambda: 1 // 0  # type: ignore[method-assign]
    reactor.addReader(reader)
    write.send(b"x")
    runReactor(reactor)
    read.close()
    write.close()
    assert reader.reason.check(ZeroDivisionError)


def test_removeAllLeavesTheReactorsOwn(reactor: Any) -> None:
    read, write = socket.socketpair()
    reader = PairReader(reactor, read)
    reactor.addReader(reader)
    assert reactor.removeAll() == [reader]
    if os.name == "posix":
        # Elsewhere the waker need be no reader.
        assert reactor.waker in reactor.getReaders()
    read.close()
    write.close()


# -- datagrams -------------------------------------------------------------------------


class Datagrams(DatagramProtocol):
    noisy = False

    def __init__(self, onDatagram: Any = None) -> None:
        self.got: list[Any] = []
        self.onDatagram = onDatagram

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.got.append((datagram, addr))
        if self.onDatagram is not None:
            self.onDatagram(self, datagram, addr)


@pytest.mark.parametrize("interface", ["127.0.0.1", "::1"])
def test_udpEcho(reactor: Any, interface: str) -> None:
    server = Datagrams(lambda p, data, addr: p.transport.write(data, addr))
    client = Datagrams(lambda p, data, addr: reactor.stop() if len(p.got) == 3 else None)
    port = reactor.listenUDP(0, server, interface=interface)
    reactor.listenUDP(0, client, interface=interface)
    for data in (b"a", b"", b"ccc"):
        client.transport.write(data, (interface, port.getHost().port))
    runReactor(reactor)
    assert sorted(data for data, _ in client.got) == [b"", b"a", b"ccc"]


def test_udpRefusesNamesAndOtherFamilies(reactor: Any) -> None:
    port = reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
    for bad in ("localhost", "::1"):
        with pytest.raises(error.InvalidAddressError):
            port.write(b"x", (bad, 1))
    with pytest.raises(error.MessageLengthError):
        port.write(b"x" * 70_000, ("127.0.0.1", 1))


def test_aDatagramThatRaisesIsLoggedAndOthersCome(reactor: Any, events: list[Any]) -> None:
    def explode(protocol: Any, data: bytes, addr: Any) -> None:
        if data == b"bad":
            raise ZeroDivisionError
        reactor.stop()

    server = Datagrams(explode)
    port = reactor.listenUDP(0, server, interface="127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for data in (b"bad", b"good"):
            peer.sendto(data, ("127.0.0.1", port.getHost().port))
    runReactor(reactor)
    assert len(server.got) == 2


def test_multicast(reactor: Any) -> None:
    server = Datagrams(lambda p, data, addr: reactor.stop())
    port = reactor.listenMulticast(0, server, listenMultiple=True)
    joined: list[Any] = []
    port.joinGroup("225.0.0.250", "127.0.0.1").addCallbacks(
        lambda ignored: joined.append(True), lambda reason: joined.append(reason)
    )
    assert joined == [True]
    port.setOutgoingInterface("127.0.0.1")
    assert port.getOutgoingInterface() == "127.0.0.1"
    port.setTTL(7)
    assert port.getTTL() == 7
    port.write(b"to all", ("225.0.0.250", port.getHost().port))
    runReactor(reactor)
    assert server.got[0][0] == b"to all"


# -- processes ---------------------------------------------------------------------------


class Child(ProcessProtocol):
    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.out = b""
        self.reason: Any = None

    def outReceived(self, data: bytes) -> None:
        self.out += data

    def processEnded(self, reason: Any) -> None:
        self.reason = reason
        self.reactor.stop()


@posixOnly
def test_aProcessTalksAndEnds(reactor: Any) -> None:
    child = Child(reactor)

    def begin() -> None:
        process = reactor.spawnProcess(child, "/bin/cat", ["cat"], env=None)
        process.write(b"through the cat")
        process.closeStdin()

    reactor.callWhenRunning(begin)
    deadline = reactor.callLater(10, reactor.stop)
    reactor.run()
    deadline.cancel()
    assert child.out == b"through the cat"
    assert child.reason.check(error.ProcessDone)


@posixOnly
def test_absentExecutablesLeakNothing(reactor: Any) -> None:
    ended: list[Any] = []

    class Absent(ProcessProtocol):
        def processEnded(self, reason: Any) -> None:
            ended.append(reason)
            if len(ended) == 20:
                reactor.stop()

    def begin() -> None:
        for _ in range(20):
            reactor.spawnProcess(Absent(), "/does/not/exist", ["x"], env={}, path="/")
            with pytest.raises(FileNotFoundError):
                # Without a directory to go to there is no fork to find it out in.
                reactor.spawnProcess(Absent(), "/does/not/exist", ["x"], env=None)

    before = openDescriptors()
    reactor.callWhenRunning(begin)
    deadline = reactor.callLater(20, reactor.stop)
    reactor.run()
    deadline.cancel()
    assert len(ended) == 20
    assert all(reason.check(error.ProcessTerminated) for reason in ended)
    assert openDescriptors() <= before
