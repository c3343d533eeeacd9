"""Tests for twisted.internet.stdio."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.internet.process_support import REACTORS, Lab, program
from twisted.internet import stdio
from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    IPushProducer,
    ITransport,
)
from twisted.internet.protocol import Protocol


@pytest.fixture(params=REACTORS, ids=lambda kind: kind.__name__)
def lab(request: Any) -> Iterator[Lab]:
    made = Lab(request.param)
    yield made
    made.close()


class Ends:
    """Two pipes: the standard input and output of nobody in particular."""

    def __init__(self) -> None:
        self.stdin, self.feed = os.pipe()
        self.result, self.stdout = os.pipe()
        self.open = {self.stdin, self.feed, self.result, self.stdout}

    def close(self, fd: int) -> None:
        os.close(fd)
        self.open.discard(fd)

    def closeAll(self) -> None:
        for fd in list(self.open):
            self.close(fd)


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.closeAll()


class Taking(Protocol):
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.events: list[Any] = []

    def dataReceived(self, data: bytes) -> None:
        self.events.append(data)

    def connectionLost(self, reason: Any) -> None:
        self.events.append(("lost", reason.type.__name__))
        self.lab.reactor.callLater(0, self.lab.reactor.stop)


@implementer(IHalfCloseableProtocol)
class HalfTaking(Taking):
    def readConnectionLost(self) -> None:
        self.events.append("read lost")

    def writeConnectionLost(self) -> None:
        self.events.append("write lost")


class TestTransport:
    def test_interfaces(self, lab: Lab, ends: Ends) -> None:
        transport = stdio.StandardIO(Taking(lab), ends.stdin, ends.stdout, lab.reactor)
        for interface in (ITransport, IConsumer, IPushProducer, IHalfCloseableDescriptor):
            assert verifyObject(interface, transport)
        for address in (transport.getHost(), transport.getPeer()):
            assert isinstance(address, stdio.PipeAddress)
            assert verifyObject(IAddress, address)
        transport.connectionLost(_failure())

    def test_bothWays(self, lab: Lab, ends: Ends) -> None:
        protocol = Taking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        transport.write(b"ab")
        transport.writeSequence([b"c", b"d"])
        os.write(ends.feed, b"in")
        lab.reactor.callLater(0.1, ends.close, ends.feed)
        lab.run()
        assert protocol.events == [b"in", ("lost", "ConnectionDone")]
        assert os.read(ends.result, 99) == b"abcd"
        assert transport.disconnected

    def test_descriptorsAreLeftAsTheyWere(self, lab: Lab, ends: Ends) -> None:
        transport = stdio.StandardIO(Taking(lab), ends.stdin, ends.stdout, lab.reactor)
        assert not os.get_blocking(ends.stdin) and not os.get_blocking(ends.stdout)
        transport.loseConnection()
        lab.run()
        assert os.get_blocking(ends.stdin) and os.get_blocking(ends.stdout)

    def test_everythingIsWrittenBeforeTheEnd(self, lab: Lab, ends: Ends) -> None:
        protocol = Taking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        transport.write(b"x" * 300_000)
        transport.loseConnection()
        os.set_blocking(ends.result, False)
        got = 0

        def drain() -> None:
            nonlocal got
            try:
                while chunk := os.read(ends.result, 1 << 20):
                    got += len(chunk)
            except BlockingIOError:
                pass
            if not transport.disconnected:
                lab.reactor.callLater(0.01, drain)

        lab.reactor.callLater(0.1, drain)
        lab.run()
        drain()
        assert got == 300_000

    def test_afterTheEnd(self, lab: Lab, ends: Ends) -> None:
        protocol = Taking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        transport.loseConnection()
        lab.run()
        transport.write(b"x")
        transport.writeSequence([b"x"])
        transport.loseConnection()
        transport.loseWriteConnection()
        transport.pauseProducing()
        transport.resumeProducing()
        transport.unregisterProducer()
        stopped: list[bool] = []

        class Producer:
            def stopProducing(self) -> None:
                stopped.append(True)

        transport.registerProducer(Producer(), True)
        assert stopped == [True]
        assert protocol.events == [("lost", "ConnectionDone")]

    def test_pause(self, lab: Lab, ends: Ends) -> None:
        protocol = Taking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        transport.pauseProducing()
        os.write(ends.feed, b"later")

        def resume() -> None:
            assert protocol.events == []
            transport.resumeProducing()
            lab.reactor.callLater(0.1, transport.loseConnection)

        lab.reactor.callLater(0.2, resume)
        lab.run()
        assert protocol.events[0] == b"later"

    def test_textIsRefused(self, lab: Lab, ends: Ends) -> None:
        transport = stdio.StandardIO(Taking(lab), ends.stdin, ends.stdout, lab.reactor)
        with pytest.raises(TypeError):
            transport.write("text")  # type: ignore[arg-type]
        transport.loseConnection()
        lab.run()


class TestHalfClose:
    def test_input(self, lab: Lab, ends: Ends) -> None:
        protocol = HalfTaking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        ends.close(ends.feed)
        lab.reactor.callLater(0.1, transport.write, b"still")
        lab.reactor.callLater(0.2, transport.loseConnection)
        lab.run()
        assert protocol.events == ["read lost", ("lost", "ConnectionDone")]
        assert os.read(ends.result, 99) == b"still"

    def test_output(self, lab: Lab, ends: Ends) -> None:
        """That nobody reads any more is noticed without writing."""
        protocol = HalfTaking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        ends.close(ends.result)
        lab.reactor.callLater(0.1, os.write, ends.feed, b"more")
        lab.reactor.callLater(0.2, transport.loseConnection)
        lab.run()
        assert protocol.events == ["write lost", b"more", ("lost", "ConnectionDone")]

    def test_loseWriteConnection(self, lab: Lab, ends: Ends) -> None:
        protocol = HalfTaking(lab)
        transport = stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        transport.write(b"last")
        transport.loseWriteConnection()
        lab.reactor.callLater(0.1, ends.close, ends.feed)
        lab.reactor.callLater(0.2, transport.loseConnection)
        lab.reactor.callLater(0.3, lab.reactor.stop)
        lab.run()
        assert protocol.events[:2] == ["write lost", "read lost"]
        assert os.read(ends.result, 99) == b"last"

    def test_withoutTheInterfaceAClosedOutputIsNoEnd(self, lab: Lab, ends: Ends) -> None:
        protocol = Taking(lab)
        stdio.StandardIO(protocol, ends.stdin, ends.stdout, lab.reactor)
        ends.close(ends.result)
        lab.reactor.callLater(0.1, os.write, ends.feed, b"more")
        lab.reactor.callLater(0.2, ends.close, ends.feed)
        lab.run()
        assert protocol.events == [b"more", ("lost", "ConnectionDone")]


class TestFiles:
    def test_inAndOut(self, lab: Lab, tmp_path: Path) -> None:
        (tmp_path / "in").write_bytes(b"from a file")
        with open(tmp_path / "in", "rb") as source, open(tmp_path / "out", "wb") as target:
            protocol = Taking(lab)
            transport = stdio.StandardIO(protocol, source.fileno(), target.fileno(), lab.reactor)
            transport.write(b"to a file")
            lab.run()
        assert protocol.events == [b"from a file", ("lost", "ConnectionDone")]
        assert (tmp_path / "out").read_bytes() == b"to a file"

    def test_aTerminal(self, lab: Lab) -> None:
        master, slave = pty.openpty()
        try:
            protocol = Taking(lab)
            other = os.dup(slave)  # as 0 and 1 are two descriptors
            transport = stdio.StandardIO(protocol, slave, other, lab.reactor)
            transport.write(b"prompt> ")
            os.write(master, b"word\n")
            lab.reactor.callLater(0.2, transport.loseConnection)
            lab.run()
            assert protocol.events[0] == b"word\n"
            assert b"prompt> " in os.read(master, 99)
            assert os.get_blocking(slave)
        finally:
            for fd in (master, slave, other):
                os.close(fd)


class TestPrograms:
    """With the real standard input and output, and the default reactor."""

    def run(self, deed: str, given: bytes) -> tuple[bytes, list[str]]:
        done = subprocess.run(
            program("stdio_child", deed),
            input=given,
            capture_output=True,
            timeout=30,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        return done.stdout, done.stderr.decode().splitlines()

    def test_hello(self) -> None:
        assert self.run("hello", b"") == (b"hello, world", ["lost ConnectionDone"])

    def test_large(self) -> None:
        out, err = self.run("large", b"")
        assert (len(out), err) == (1_000_000, ["lost ConnectionDone"])

    def test_echo(self) -> None:
        """The answer to what comes together with the end is not lost."""
        for _ in range(5):
            assert self.run("echo", b"abc") == (b"ABC", ["lost ConnectionDone"])

    def test_half(self) -> None:
        out, err = self.run("half", b"abc")
        assert out == b"ABCbye"
        assert err == ["read lost", "lost ConnectionDone"]

    def test_raise(self) -> None:
        out, err = self.run("raise", b"")
        assert err[0] == "read lost" and err[-1] == "lost RuntimeError"


def _failure() -> Any:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    return Failure(ConnectionDone())
