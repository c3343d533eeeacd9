"""
What the kqueue reactor does beyond the contract of all reactors, to which it is
held, on a shim, by the other tests of this folder.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import kqueue_support
from tests.conftest import clearedUp
from twisted.internet import _kqueue_py, default, kqreactor
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IReactorDaemonize
from twisted.python.runtime import Platform

READ, WRITE, EOF = _kqueue_py.READ, _kqueue_py.WRITE, _kqueue_py.EOF


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


@pytest.mark.skipif(kqreactor.isThere(), reason="this system has kqueue")
def test_notInstalledWhereThereIsNone() -> None:
    with pytest.raises(ImportError, match="no kqueue"):
        kqreactor.install()


@pytest.fixture
def real() -> Iterator[Any]:
    """A reactor on a queue that is one: the system's, or the shim."""
    if kqreactor.isThere():
        yield from clearedUp(kqreactor.KQueueReactor())
    elif kqueue_support.AVAILABLE:
        yield from clearedUp(kqueue_support.ShimKQueueReactor())
    else:
        pytest.skip("there is no C compiler to build the shim with")


def test_aRealQueueIsWaitedFor(real: Any) -> None:
    """An event wakes the wait long before its end."""
    reactor = real
    mine, other = socket.socketpair()
    noted: list[Any] = []
    reactor.addReader(Descriptor(reactor, mine.fileno(), noted))
    os.write(other.fileno(), b"x")
    reactor.doKEvent(10)
    assert noted == [("read", mine.fileno())]
    mine.close()
    other.close()


def test_aDaemonHasAQueueOfItsOwn(real: Any) -> None:
    """A child process inherits none; the new one waits for all that the old one did."""
    noted: list[Any] = []
    mine, other = socket.socketpair()
    late, otherLate = socket.socketpair()
    assert IReactorDaemonize.providedBy(real)
    real.addReader(Descriptor(real, mine.fileno(), noted))
    number = real._kq.fileno()
    assert number >= 0
    real.beforeDaemonize()
    with pytest.raises(OSError):
        os.fstat(number)
    real.addReader(Descriptor(real, late.fileno(), noted))
    child = os.fork()
    if child == 0:
        # Whatever happens, it must not go on with the tests.
        try:
            real.afterDaemonize()
            other.send(b"x")
            otherLate.send(b"x")
            real.callFromThread(noted.append, "called")
            while len(noted) < 3:
                real.iterate(10)
        finally:
            os._exit(len(noted))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    # Here it can go on, too: nothing is read, so that it comes again.
    real.afterDaemonize()
    real.afterDaemonize()
    while len(noted) < 2:
        real.iterate(10)
    assert sorted(noted) == sorted([("read", mine.fileno()), ("read", late.fileno())])
    for skt in (mine, other, late, otherLate):
        skt.close()


def test_aFileIsAlwaysReady(real: Any, tmp_path: Path) -> None:
    """It is no matter of the queue, which would tell how much of it is left."""
    with (tmp_path / "empty").open("w+b") as file:
        noted: list[Any] = []
        d = Descriptor(real, file.fileno(), noted)
        real.addReader(d)
        assert d in real.getReaders()
        while not noted:
            real.iterate(10)
        real.removeReader(d)
        assert d not in real.getReaders()


def test_itIsTheDefaultWhereItIs(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(name: str) -> str:
        return default._getInstallFunction(Platform("posix", name)).__module__.rpartition(".")[2]

    monkeypatch.setattr(kqreactor, "isThere", lambda: True)
    assert [chosen(name) for name in ("darwin", "freebsd14")] == ["kqreactor", "kqreactor"]
    monkeypatch.setattr(kqreactor, "isThere", lambda: False)
    assert [chosen(name) for name in ("darwin", "freebsd14")] == ["selectreactor", "pollreactor"]
