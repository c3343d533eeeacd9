"""
Processes and standard input and output on Windows.  Runs there, and under
wine by C{make test-windows}.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

if sys.platform != "win32":
    pytest.skip("this is of Windows", allow_module_level=True)

from tests.support import openDescriptors, runReactor
from twisted.internet import error
from twisted.internet.protocol import ProcessProtocol


class Child(ProcessProtocol):
    """Notes what it is told."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.told: list[str] = []
        self.got = {1: b"", 2: b""}
        self.reason: Any = None

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.got[childFD] += data

    def childConnectionLost(self, childFD: int) -> None:
        self.told.append(f"lost {childFD}")

    def processExited(self, reason: Any) -> None:
        self.told.append("exited")

    def processEnded(self, reason: Any) -> None:
        self.told.append("ended")
        self.reason = reason
        self.reactor.stop()


def run(reactor: Any, source: str, then: Any = None, **more: Any) -> Child:
    """Run *source* by a Python, and *then* when it has been started."""
    child = Child(reactor)

    def begin() -> None:
        reactor.spawnProcess(child, sys.executable, [sys.executable, "-c", source], **more)
        if then is not None:
            then(child.transport)

    reactor.callWhenRunning(begin)
    runReactor(reactor, 30)
    return child


def test_itTalksAndEnds(reactor: Any) -> None:
    def talk(transport: Any) -> None:
        transport.write(b"through ")
        transport.writeSequence([b"the ", b"pipe"])
        transport.closeStdin()

    source = "import sys; d = sys.stdin.read(); sys.stdout.write(d.upper()); sys.stderr.write('e')"
    child = run(reactor, source, talk)
    assert child.got == {1: b"THROUGH THE PIPE", 2: b"e"}
    assert child.reason.check(error.ProcessDone)
    assert sorted(child.told[:-1]) == ["exited", "lost 0", "lost 1", "lost 2"]
    assert child.told[-1] == "ended"


def test_howItEnded(reactor: Any) -> None:
    child = run(reactor, "raise SystemExit(7)")
    assert child.reason.check(error.ProcessTerminated)
    assert (child.reason.value.exitCode, child.reason.value.signal) == (7, None)


def test_itIsEndedByASignal(reactor: Any) -> None:
    transports: list[Any] = []

    def kill(transport: Any) -> None:
        transports.append(transport)
        reactor.callLater(0.5, transport.signalProcess, "KILL")

    child = run(reactor, "import time; time.sleep(60)", kill)
    assert child.reason.check(error.ProcessTerminated)
    with pytest.raises(error.ProcessExitedAlready):
        transports[0].signalProcess("KILL")


def test_wordsDirectoryAndEnvironment(reactor: Any, tmp_path: Any) -> None:
    words = ["a b", 'quo"te', "", "back\\slash\\", "ü"]
    source = "import os, sys; print(sys.argv[1:] == WORDS, os.getcwd(), os.environ['TORSION_TEST'])"
    child = Child(reactor)

    def begin() -> None:
        reactor.spawnProcess(
            child,
            sys.executable,
            [sys.executable, "-c", source.replace("WORDS", repr(words)), *words],
            env={"TORSION_TEST": "there", b"OTHER": b"x"},
            path=os.fspath(tmp_path),
        )

    reactor.callWhenRunning(begin)
    runReactor(reactor, 30)
    assert child.got[2] == b""
    assert child.got[1].decode().split() == ["True", os.fspath(tmp_path), "there"]


def test_absentPrograms(reactor: Any) -> None:
    child = Child(reactor)
    with pytest.raises(OSError):
        reactor.spawnProcess(child, "C:\\does\\not\\exist.exe", ["x"])
    assert not child.told


def test_muchOutputWaitsForWhoPauses(reactor: Any) -> None:
    most: list[int] = []

    def pause(transport: Any) -> None:
        transport.pauseProducing()
        reactor.callLater(1, resume, transport)

    def resume(transport: Any) -> None:
        most.append(len(transport.proto.got[1]))
        transport.resumeProducing()

    child = run(reactor, "import sys; sys.stdout.write('x' * 3_000_000)", pause)
    assert most == [0]
    assert len(child.got[1]) == 3_000_000


def test_aProducerIsPausedWhileNobodyReads(reactor: Any) -> None:
    class Producer:
        def __init__(self, transport: Any) -> None:
            self.transport = transport
            self.left = 50
            self.paused = False
            self.pauses = 0

        def resumeProducing(self) -> None:
            self.paused = False
            while self.left and not self.paused:
                self.left -= 1
                self.transport.write(b"y" * 50_000)
            if not self.left:
                self.transport.unregisterProducer()
                self.transport.closeStdin()

        def pauseProducing(self) -> None:
            self.paused = True
            self.pauses += 1

        def stopProducing(self) -> None:
            self.left = 0

    producers: list[Producer] = []

    def produce(transport: Any) -> None:
        producers.append(Producer(transport))
        transport.registerProducer(producers[0], True)
        producers[0].resumeProducing()

    source = "import sys, time; time.sleep(1); print(len(sys.stdin.buffer.read()))"
    child = run(reactor, source, produce)
    assert child.got[1].split() == [b"2500000"]
    assert producers[0].pauses > 3


def test_nothingIsLeft(reactor: Any) -> None:
    left = [6]
    before = [0]

    class Counted(Child):
        def processEnded(self, reason: Any) -> None:
            reactor.callLater(0.3, again)

    def again() -> None:
        left[0] -= 1
        if left[0] == 3:
            before[0] = openDescriptors()
        if left[0]:
            reactor.spawnProcess(
                Counted(reactor), sys.executable, [sys.executable, "-c", "print(1)"]
            )
        else:
            reactor.stop()

    reactor.callWhenRunning(again)
    runReactor(reactor, 60)
    assert openDescriptors() <= before[0] + 2


FILTER = """
from twisted.internet import reactor, stdio
from twisted.internet.protocol import Protocol

class Upper(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())
    def connectionLost(self, reason):
        reactor.stop()

stdio.StandardIO(Upper())
reactor.run()
"""


def test_aFilter() -> None:
    """What comes last is answered, although the input has ended."""
    done = subprocess.run(
        [sys.executable, "-c", FILTER], input=b"some text", capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, b"SOME TEXT"), done.stderr


def test_endpointsCanBeImported() -> None:
    """All that is public of the network is there."""
    source = "import twisted.internet.endpoints, twisted.internet.stdio, twisted.internet.utils"
    assert subprocess.run([sys.executable, "-W", "error", "-c", source], timeout=60).returncode == 0
