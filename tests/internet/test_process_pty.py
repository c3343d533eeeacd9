"""Tests for processes with a terminal."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.internet.process_support import PYTHON, REACTORS, Lab, openDescriptors
from twisted.internet import process
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IProcessTransport


@pytest.fixture(params=REACTORS, ids=lambda kind: kind.__name__)
def lab(request: Any) -> Iterator[Lab]:
    made = Lab(request.param)
    yield made
    made.close()


def test_itIsATerminalAndOurOwnSession(lab: Lab) -> None:
    source = (
        "import os, sys; print(os.isatty(0), os.isatty(1), os.isatty(2),"
        " os.getsid(0) == os.getpid() == os.tcgetpgrp(0), os.ttyname(0) == os.ctermid() or"
        " os.open('/dev/tty', os.O_RDWR) > 2)"
    )
    notes, transport = lab.spawn([PYTHON, "-c", source], usePTY=True)
    assert verifyObject(IProcessTransport, transport)
    lab.run()
    assert notes.data == {1: b"True True True True True\r\n"}
    assert notes.events == ["made", "exited", "ended"]
    assert isinstance(notes.reasons[-1], ProcessDone)


def test_conversation(lab: Lab) -> None:
    notes, transport = lab.spawn(
        ["sh", "-c", "stty -echo; echo ready; read x; echo got $x >&2"], usePTY=True
    )

    def answer(fd: int, data: bytes) -> None:
        if b"ready" in data:
            transport.write(b"something\n")

    notes.onData = answer
    lab.run()
    assert notes.data[1].endswith(b"got something\r\n")
    with pytest.raises(ProcessExitedAlready):
        transport.signalProcess("HUP")


def test_loseConnectionHangsUp(lab: Lab) -> None:
    notes, transport = lab.spawn(["sh", "-c", "echo up; exec sleep 20"], usePTY=True)
    notes.onData = lambda fd, data: transport.loseConnection()
    lab.run()
    assert notes.reasons[-1].signal == 1


def test_controlCharacters(lab: Lab) -> None:
    """What the terminal makes of ^C reaches the child as a signal."""
    # cat(1), not a shell: dash forgets a ^C that comes while it is forking.
    notes, transport = lab.spawn(["cat"], usePTY=True)

    def interrupt(fd: int, data: bytes) -> None:
        # Once is the terminal's echo, twice is cat's: now it runs.
        if notes.data[fd].count(b"up") == 2:
            transport.write(b"\x03")

    notes.onData = interrupt
    transport.write(b"up\n")
    lab.run()
    assert notes.reasons[-1].signal == 2 or notes.reasons[-1].exitCode == 130


def test_aTerminalThatWasGiven(lab: Lab) -> None:
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    attributes = termios.tcgetattr(slave)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    notes, transport = lab.spawn(["tty"], usePTY=(master, slave, name))
    # The caller's descriptor is his to close; while it is open there is no end.
    assert os.isatty(slave)
    os.close(slave)
    lab.run()
    assert notes.data[1] == name.encode() + b"\r\n"


def test_onlyItsDescriptors(lab: Lab) -> None:
    extra = os.dup2(0, 77, inheritable=True)
    try:
        source = "import os; print([n for n in range(99) if os.path.exists(f'/proc/self/fd/{n}')])"
        notes, _ = lab.spawn([PYTHON, "-c", source], usePTY=True)
        lab.run()
    finally:
        os.close(extra)
    assert notes.data[1] == b"[0, 1, 2]\r\n"


def test_oneSideOnly(lab: Lab) -> None:
    _, transport = lab.spawn(["cat"], usePTY=True)
    transport.closeStdin()
    transport.closeStdout()
    transport.closeStderr()
    for method in (
        lambda: transport.closeChildFD(1),
        lambda: transport.writeToChild(0, b""),
        transport.getHost,
    ):
        with pytest.raises(NotImplementedError):
            method()
    transport.loseConnection()
    lab.run()


def test_childFDsAreRefused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="usePTY"):
        lab.spawn(["true"], usePTY=True, childFDs={0: "w"})


def test_whatGoesWrongIsToldOnTheTerminal(lab: Lab) -> None:
    before = openDescriptors()
    notes, transport = lab.spawn(["/absent/program"], usePTY=True)
    lab.run()
    assert b"Upon execvpe" in notes.data[1] and b"FileNotFoundError" in notes.data[1]
    assert notes.reasons[-1].exitCode == 1
    assert openDescriptors() == before
    assert transport not in process.reapProcessHandlers.values()


def test_aProcessWithoutForkLeavesNothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refuse)
    before = openDescriptors()
    with pytest.raises(BlockingIOError):
        lab.spawn(["true"], usePTY=True)
    assert openDescriptors() == before
