"""
The reactor that waits in a thread: what it is for, and the contract of all
reactors.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import clearedUp
from tests.internet.test_reactors import *  # noqa: F403  (with the fixture below)
from tests.support import Recorder, clientOf, factoryOf, runReactor
from twisted.internet._threadedselect import ThreadedSelectReactor
from twisted.internet.abstract import FileDescriptor


@pytest.fixture
def reactor() -> Iterator[Any]:
    yield from clearedUp(ThreadedSelectReactor())


class Host:
    """Somebody else's loop, which calls what is put into it."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Any] = queue.Queue()
        self.over = False
        self.called = 0

    def run(self) -> None:
        while not self.over:
            self.calls.get(timeout=10)()
            self.called += 1

    def end(self) -> None:
        self.over = True


def test_inAnotherLoop(reactor: Any) -> None:
    """Everything is called in the thread of that loop, which sleeps meanwhile."""
    host, threads = Host(), set()
    data = b"x" * 100_000

    def received(protocol: Recorder, chunk: bytes) -> None:
        threads.add(threading.current_thread())
        if protocol.data == data:
            reactor.stop()

    server = factoryOf(onMade=lambda protocol: protocol.transport.write(data))
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    client = clientOf(onData=received)
    reactor.addSystemEventTrigger("after", "shutdown", host.end)
    reactor.interleave(host.calls.put, installSignalHandlers=False)
    assert client.made == []
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    host.run()
    assert threads == {threading.current_thread()}
    assert not [t for t in threading.enumerate() if "_threadedselect" in t.name]


def test_theHandoverMayBeGivenEarlier() -> None:
    host = Host()
    for reactor in clearedUp(ThreadedSelectReactor(host.calls.put)):
        reactor.addSystemEventTrigger("after", "shutdown", host.end)
        reactor.callLater(0.01, reactor.stop)
        reactor.interleave(installSignalHandlers=False)
        host.run()
    for reactor in clearedUp(ThreadedSelectReactor()):
        with pytest.raises(ValueError, match="must be a function"):
            reactor.interleave()


def test_whatTheOtherLoopAsksForIsNoticed(reactor: Any) -> None:
    """Timers, brought forward as well, and descriptors, while the thread waits."""
    host, made = Host(), []
    read, write = os.pipe()

    class Reader(FileDescriptor):
        def fileno(self) -> int:
            return read

        def doRead(self) -> None:
            made.append("read")
            reactor.removeReader(self)
            reactor.stop()

    def later(step: Any) -> None:
        threading.Timer(0.05, host.calls.put, (step,)).start()

    far = reactor.callLater(1000, lambda: (made.append("far"), later(third)))

    def first() -> None:
        reactor.callLater(0, lambda: (made.append("near"), later(second)))

    def second() -> None:
        far.reset(0.01)

    def third() -> None:
        reactor.addReader(Reader(reactor))
        os.write(write, b"x")

    reactor.addSystemEventTrigger("after", "shutdown", host.end)
    reactor.interleave(host.calls.put, installSignalHandlers=False)
    later(first)
    host.run()
    os.close(read)
    os.close(write)
    assert made == ["near", "far", "read"]


def test_signalsAreGivenBack(reactor: Any) -> None:
    host = Host()
    before = signal.getsignal(signal.SIGTERM)
    reactor.addSystemEventTrigger("after", "shutdown", host.end)
    reactor.interleave(host.calls.put)
    reactor.callLater(0.01, os.kill, os.getpid(), signal.SIGTERM)
    host.run()
    assert signal.getsignal(signal.SIGTERM) == before


def test_whatIsClosedIsEndedAndTheRestGoesOn(reactor: Any) -> None:
    lost: list[Any] = []
    read, write = os.pipe()

    class Closed(FileDescriptor):
        def fileno(self) -> int:
            return read

        def connectionLost(self, reason: Any) -> None:
            lost.append(reason)

    reactor.addReader(Closed(reactor))
    reactor.callLater(0.01, os.close, read)
    reactor.callLater(0.02, reactor.wakeUp)
    reactor.callLater(0.05, reactor.stop)
    runReactor(reactor)
    os.close(write)
    assert len(lost) == 1
