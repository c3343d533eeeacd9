"""
What the kqueue reactor does beyond the contract of all reactors, to which it is
held, on a shim, by the other tests of this folder.
"""

from __future__ import annotations

import errno
import os
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from twisted.internet import kqreactor
from twisted.internet.abstract import FileDescriptor

READ, WRITE, EOF = kqreactor._READ, kqreactor._WRITE, kqreactor._EOF


class Scripted:
    """
    What is used of L{select}, with events that the test gives.

    @ivar told: the changes, as tuples.
    @ivar refuse: the error of the changes to a descriptor.
    """

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []
        self.events: list[Any] = []
        self.refuse: dict[int, int] = {}
        self.fail: OSError | None = None

    def kqueue(self) -> Any:
        return self

    def kevent(self, ident: int, filter: int, flags: int) -> Any:
        return SimpleNamespace(ident=ident, filter=filter, flags=flags)

    def control(self, changes: Any, most: int, timeout: Any = None) -> list[Any]:
        for change in changes:
            if change.ident in self.refuse:
                raise OSError(self.refuse[change.ident], "refused")
            self.told.append((change.ident, change.filter, change.flags))
        if not most:
            return []
        if self.fail is not None:
            raise self.fail
        events, self.events = self.events, []
        return events


class Descriptor(FileDescriptor):
    """Notes what is asked of it."""

    def __init__(self, reactor: Any, number: int, noted: list[Any]) -> None:
        super().__init__(reactor)
        self.number = number
        self.noted = noted
        self.hook: Any = None

    def fileno(self) -> int:
        return self.number

    def doRead(self) -> Any:
        self.noted.append(("read", self.number))
        return self.hook() if self.hook is not None else None

    def doWrite(self) -> Any:
        self.noted.append(("write", self.number))

    def connectionLost(self, reason: Any) -> None:
        self.noted.append(("lost", self.number))


@pytest.fixture
def system() -> Scripted:
    return Scripted()


@pytest.fixture
def reactor(system: Scripted) -> Any:
    made = kqreactor.KQueueReactor(system)
    yield made
    for reader in made._internalReaders:
        reader.connectionLost(None)


def test_anInterruptedWaitIsOver(reactor: Any, system: Scripted) -> None:
    system.fail = InterruptedError(errno.EINTR, "Interrupted")
    reactor.doKEvent(0)
    system.fail = OSError(errno.EIO, "Broken")
    with pytest.raises(OSError, match="Broken"):
        reactor.doKEvent(0)


def test_whatIsReadComesBeforeTheHangUp(reactor: Any, system: Scripted) -> None:
    """In whichever order the kernel reports the two filters."""
    noted: list[Any] = []
    d = Descriptor(reactor, 1000, noted)
    reactor.addReader(d)
    reactor.addWriter(d)
    system.events = [system.kevent(1000, WRITE, EOF), system.kevent(1000, READ, EOF)]
    reactor.doKEvent(0)
    assert noted == [("read", 1000), ("write", 1000)]


def test_aHangUpOfWhatIsOnlyWritten(reactor: Any, system: Scripted) -> None:
    noted: list[Any] = []
    d = Descriptor(reactor, 1000, noted)
    reactor.addWriter(d)
    system.events = [system.kevent(1000, WRITE, EOF)]
    reactor.doKEvent(0)
    assert noted == [("lost", 1000)]
    assert d not in reactor.getWriters()


def test_anEventOfWhatWasClosedMeanwhile(reactor: Any, system: Scripted) -> None:
    """The number has been given to somebody else, to whom nothing has happened."""
    noted: list[Any] = []
    first, second, third = (
        Descriptor(reactor, 1000, noted),
        Descriptor(reactor, 1001, noted),
        Descriptor(reactor, 1001, noted),
    )
    reactor.addReader(first)
    reactor.addReader(second)

    def change() -> None:
        reactor.removeReader(second)
        reactor.addReader(third)

    first.hook = change
    system.events = [system.kevent(1000, READ, 0), system.kevent(1001, READ, 0)]
    reactor.doKEvent(0)
    assert noted == [("read", 1000)]


def test_whatHasNoFilterIsTriedAgainAndAgain(reactor: Any, system: Scripted) -> None:
    noted: list[Any] = []
    d = Descriptor(reactor, 1000, noted)
    system.refuse[1000] = errno.EPERM
    reactor.addReader(d)
    reactor.addWriter(d)
    assert d in reactor.getReaders() and d in reactor.getWriters()
    reactor._continuousPolling.iterate()
    assert noted == [("read", 1000), ("write", 1000)]
    reactor.removeReader(d)
    reactor.removeWriter(d)
    assert d not in reactor.getReaders() and d not in reactor.getWriters()
    system.refuse[1001] = errno.EBADF
    with pytest.raises(OSError, match="refused"):
        reactor.addReader(Descriptor(reactor, 1001, noted))


def test_whatIsClosedIsForgotten(reactor: Any, system: Scripted) -> None:
    """Its filters are gone from the kernel, and that is no error."""
    d = Descriptor(reactor, 1000, [])
    reactor.addReader(d)
    d.number = -1
    system.refuse[1000] = errno.ENOENT
    reactor.removeReader(d)
    assert d not in reactor.getReaders()


@pytest.mark.skipif(hasattr(kqreactor.select, "kqueue"), reason="this system has kqueue")
def test_notInstalledWhereThereIsNone() -> None:
    with pytest.raises(ImportError, match="no kqueue"):
        kqreactor.install()


def test_aRealQueueIsWaitedFor() -> None:
    """The shim is one: an event wakes the wait long before its end."""
    support = pytest.importorskip("tests.kqueue_support")
    if not support.AVAILABLE:
        pytest.skip("there is no C compiler to build the shim with")
    mine, other = socket.socketpair()
    reactor = support.ShimKQueueReactor()
    noted: list[Any] = []
    reactor.addReader(Descriptor(reactor, mine.fileno(), noted))
    os.write(other.fileno(), b"x")
    reactor.doKEvent(10)
    assert noted == [("read", mine.fileno())]
    mine.close()
    other.close()
    reactor._kq.close()
    for reader in reactor._internalReaders:
        reader.connectionLost(None)
