"""
The reactor in Core Foundation's run loop, held to the contract of reactors on a
stand-in that behaves as documented.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import clearedUp
from tests.internet.corefoundation import CoreFoundation
from tests.internet.test_reactors import *  # noqa: F403  (with the fixture below)
from tests.support import clientOf, factoryOf, runReactor
from twisted.internet import cfreactor
from twisted.internet.abstract import FileDescriptor


@pytest.fixture
def system() -> CoreFoundation:
    return CoreFoundation()


@pytest.fixture
def reactor(system: CoreFoundation) -> Iterator[Any]:
    yield from clearedUp(cfreactor.CFReactor(_coreFoundation=system))


def test_theProgramsRunnerRuns(system: CoreFoundation) -> None:
    ran: list[int] = []

    def run() -> None:
        ran.append(1)
        system.CFRunLoopRun()

    for reactor in clearedUp(cfreactor.CFReactor(system.loop, run, system)):
        reactor.callLater(0.01, reactor.stop)
        runReactor(reactor)
    assert ran == [1]


def test_nothingOfItStaysInTheRunLoop(reactor: Any, system: CoreFoundation) -> None:
    """Neither timers, when it has crashed, nor descriptors that are closed."""
    before = len(system.loop.sources)
    server = factoryOf(onMade=lambda protocol: protocol.transport.loseConnection())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    client = clientOf(onLost=lambda protocol, reason: port.stopListening())
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    reactor.callLater(0.2, reactor.crash)
    far = reactor.callLater(100, lambda: None)
    runReactor(reactor)
    assert len(system.loop.sources) == before
    assert system.loop.timers == set()
    assert reactor._currentSimulator is None
    far.cancel()


def test_turnedByHand(reactor: Any) -> None:
    made: list[int] = []
    reactor.callLater(0, made.append, 1)
    far = reactor.callLater(100, lambda: None)
    reactor.iterate()
    assert made == [1]
    assert reactor._currentSimulator is None
    assert reactor.getDelayedCalls() == [far]
    far.cancel()


def test_itsCallsAreMadeInItsOwnRunOnly(reactor: Any, system: CoreFoundation) -> None:
    waiting = reactor.callLater(0, lambda: None)
    for other in clearedUp(cfreactor.CFReactor(_coreFoundation=system)):
        other.callLater(0.02, other.stop)
        runReactor(other)
    assert reactor.getDelayedCalls() == [waiting]
    waiting.cancel()


def test_aDescriptorThatChangesItsNumber(reactor: Any) -> None:
    """It is watched by the new one."""
    (first, other), (second, otherEnd) = os.pipe(), os.pipe()
    got: list[bytes] = []

    class Reader(FileDescriptor):
        number = first

        def fileno(self) -> int:
            return self.number

        def doRead(self) -> None:
            got.append(os.read(self.number, 10))
            if len(got) == 2:
                reactor.stop()

    reader = Reader(reactor)
    reactor.addReader(reader)
    os.write(other, b"1")

    def change() -> None:
        reactor.removeReader(reader)
        reader.number = second
        reactor.addReader(reader)
        os.write(otherEnd, b"2")

    reactor.callLater(0.02, change)
    runReactor(reactor)
    for fd in (first, other, second, otherEnd):
        os.close(fd)
    assert got == [b"1", b"2"]


def test_whereThereIsNone() -> None:
    with pytest.raises(ImportError):
        cfreactor.install()
