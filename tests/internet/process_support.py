"""
What the tests of processes share: a reactor of their own, and a protocol that
takes notes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import support
from twisted.internet.protocol import ProcessProtocol

REACTORS = support.PROCESS_REACTORS
PROGRAMS = Path(__file__).with_name("process_programs")
PYTHON = sys.executable
TIMEOUT = 20.0


def program(name: str, *args: str) -> list[str]:
    """Return the words that start one of our programs."""
    return [PYTHON, "-u", str(PROGRAMS / f"{name}.py"), *args]


def openDescriptors() -> set[str]:
    """Return what is open in this process."""
    return set(os.listdir("/proc/self/fd"))


def children() -> set[str]:
    """Return the numbers of this process's children, zombies too."""
    found: set[str] = set()
    for thread in os.listdir("/proc/self/task"):
        found.update(Path(f"/proc/self/task/{thread}/children").read_text().split())
    return found


class Notes(ProcessProtocol):
    """
    Writes down what happens, and stops the reactor at the end.

    @ivar events: the names of the events, in order; data are left out.
    """

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.data: dict[int, bytes] = {}
        self.events: list[Any] = []
        self.reasons: list[Any] = []
        self.onData: Callable[[int, bytes], None] = lambda fd, data: None

    def connectionMade(self) -> None:
        self.events.append("made")

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.data[childFD] = self.data.get(childFD, b"") + data
        self.onData(childFD, data)

    def childConnectionLost(self, childFD: int) -> None:
        self.events.append(("lost", childFD))

    def processExited(self, reason: Any) -> None:
        self.events.append("exited")
        self.reasons.append(reason.value)

    def processEnded(self, reason: Any) -> None:
        self.events.append("ended")
        self.reasons.append(reason.value)
        if self.reactor.running:
            self.reactor.stop()
        else:
            self.reactor.callWhenRunning(self.reactor.stop)


class Lab:
    """A reactor, and how to run something on it that must come to an end."""

    def __init__(self, kind: type[Any]) -> None:
        self.reactor = kind()

    def spawn(self, words: list[str], **options: Any) -> tuple[Notes, Any]:
        notes = Notes(self.reactor)
        options.setdefault("env", None)
        transport = self.reactor.spawnProcess(notes, words[0], words, **options)
        return notes, transport

    def run(self) -> None:
        late: list[str] = []

        def giveUp() -> None:
            late.append("the test took too long")
            self.reactor.stop()

        guard = self.reactor.callLater(TIMEOUT, giveUp)
        self.reactor.run()
        if guard.active():
            guard.cancel()
        assert not late

    def close(self) -> None:
        for selectable in [*self.reactor.removeAll(), *self.reactor._internalReaders]:
            selectable.connectionLost(None)
        poller = getattr(self.reactor, "_poller", None)
        if hasattr(poller, "close"):
            poller.close()
