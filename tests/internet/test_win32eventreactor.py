"""
The reactor that waits for events of Windows: on Windows, and elsewhere on a
stand-in that behaves as documented.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.conftest import clearedUp
from tests.internet.test_reactors import *  # noqa: F403  (with the fixture below)
from tests.support import Recorder, clientOf, factoryOf, runReactor
from twisted.internet import win32eventreactor
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IReactorWin32Events


class StandIn:
    """
    Windows, as far as the reactor knows it.

    An event is a pipe that has something in it when it is signalled; sockets
    signal theirs when something *becomes* possible, and again only after it was
    tried: here, whenever one waits and it is possible.
    """

    def __init__(self) -> None:
        self.pipes: dict[int, int] = {}
        self.sockets: dict[int, int] = {}
        self.happened: int | None = None
        self.quit = False
        self.sizes: list[int] = []

    def createEvent(self) -> int:
        read, write = os.pipe()
        os.set_blocking(read, False)
        self.pipes[read] = write
        return read

    def setEvent(self, event: int) -> None:
        os.write(self.pipes[event], b"x")

    def resetEvent(self, event: int) -> None:
        try:
            while os.read(event, 1000):
                pass
        except BlockingIOError:
            pass

    def closeEvent(self, event: int) -> None:
        os.close(event)
        os.close(self.pipes.pop(event))

    def watch(self, fd: int, event: int, what: int) -> None:
        self.happened = event
        if what:
            self.sockets[fd] = what
        else:
            self.sockets.pop(fd, None)

    def wait(self, events: Sequence[int], milliseconds: int) -> int | None:
        assert len(events) < 64
        self.sizes.append(len(events))
        poll = select.poll()
        for event in events:
            poll.register(event, select.POLLIN)
        if self.happened in events:
            for fd, what in self.sockets.items():
                mask = (select.POLLIN if what & 1 else 0) | (select.POLLOUT if what & 2 else 0)
                poll.register(fd, mask)
        found = {fd for fd, _ in poll.poll(milliseconds)}
        for index, event in enumerate(events):
            if event in found or (event == self.happened and found & set(self.sockets)):
                return index
        return None

    def dispatchMessages(self) -> bool:
        return self.quit


def _system() -> Any:
    if sys.platform != "win32":
        return StandIn()
    system = win32eventreactor._Windows()
    system.setEvent = system._kernel.SetEvent  # type: ignore[attr-defined]
    return system


@pytest.fixture
def system() -> Any:
    return _system()


@pytest.fixture
def reactor(system: Any) -> Iterator[Any]:
    made = win32eventreactor.Win32Reactor(system)
    yield from clearedUp(made)
    system.closeEvent(made._happened)


class Listener:
    """Notes the threads in which it is called."""

    def __init__(self, hook: Any) -> None:
        self.hook = hook
        self.threads: list[Any] = []
        self.lost: list[Any] = []

    def logPrefix(self) -> str:
        return "Listener"

    def occurred(self) -> Any:
        self.threads.append(threading.current_thread())
        return self.hook()

    def connectionLost(self, reason: Any) -> None:
        self.lost.append(reason)


def test_anEventIsSignalled(reactor: Any, system: Any) -> None:
    """From another thread, while the reactor waits; it is called in the reactor's."""
    assert verifyObject(IReactorWin32Events, reactor)
    event = system.createEvent()

    def stop() -> None:
        system.resetEvent(event)
        reactor.stop()

    listener = Listener(stop)
    reactor.addEvent(event, listener, "occurred")
    reactor.callWhenRunning(threading.Timer(0.05, system.setEvent, (event,)).start)
    runReactor(reactor)
    reactor.removeEvent(event)
    system.closeEvent(event)
    assert listener.threads == [threading.current_thread()]
    assert listener.lost == []


@pytest.mark.parametrize("raises", [True, False])
def test_whatFailsIsRemoved(reactor: Any, system: Any, raises: bool, events: list[Any]) -> None:
    problem = ValueError("raised or returned")

    def fail() -> Any:
        reactor.callLater(0.05, reactor.stop)
        if raises:
            raise problem
        return problem

    event = system.createEvent()
    listener = Listener(fail)
    reactor.addEvent(event, listener, "occurred")
    system.setEvent(event)
    runReactor(reactor)
    system.closeEvent(event)
    assert len(listener.threads) == 1
    assert [reason.value for reason in listener.lost] == [problem]
    assert any(each.get("isError") for each in events) is raises


def test_socketsDoNotKeepEventsFromTheirTurn(reactor: Any, system: Any) -> None:
    """A stream that always has more to read, and an event."""
    event = system.createEvent()
    mine, other = socket.socketpair()
    other.sendall(b"x" * 1000)

    class Reader:
        def logPrefix(self) -> str:
            return "Reader"

        def fileno(self) -> int:
            return mine.fileno()

        def doRead(self) -> None:
            pass

        def connectionLost(self, reason: Any) -> None:
            pass

    listener = Listener(reactor.stop)
    reactor.addReader(Reader())
    reactor.addEvent(event, listener, "occurred")
    reactor.callLater(0.02, system.setEvent, event)
    runReactor(reactor)
    assert listener.threads
    reactor.removeAll()
    mine.close()
    other.close()
    system.closeEvent(event)


def test_tooManyEvents(reactor: Any) -> None:
    listener = Listener(None)
    for number in range(62):
        reactor.addEvent(100_000 + number, listener, "occurred")
    reactor.addEvent(100_000, listener, "occurred")
    with pytest.raises(ValueError, match="more than 62"):
        reactor.addEvent(1, listener, "occurred")
    for number in range(62):
        reactor.removeEvent(100_000 + number)
    reactor.removeEvent(1)


def test_manyMoreSocketsThanEvents(reactor: Any) -> None:
    """A hundred connections, which all talk."""
    count = 100

    def received(protocol: Recorder, data: bytes) -> None:
        protocol.transport.write(data.upper())

    def done(protocol: Recorder, data: bytes) -> None:
        if all(each.data == b"HELLO" for each in client.made) and len(client.made) == count:
            reactor.stop()

    port = reactor.listenTCP(0, factoryOf(onData=received), interface="127.0.0.1")
    client = clientOf(onMade=lambda protocol: protocol.transport.write(b"hello"), onData=done)
    for _ in range(count):
        reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    runReactor(reactor)


@pytest.mark.skipif(sys.platform == "win32", reason="a stand-in is told to")
def test_aMessageEndsTheProgram(reactor: Any, system: Any) -> None:
    reactor.callLater(0.02, setattr, system, "quit", True)
    runReactor(reactor)
    with pytest.raises(ReactorNotRunning):
        reactor.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="this is Windows")
def test_whereThereIsNone() -> None:
    with pytest.raises(ImportError, match="not Windows"):
        win32eventreactor.install()
