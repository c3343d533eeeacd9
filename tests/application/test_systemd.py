"""
What systemd is told, and what it passes on.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploying_support import TALKER, end, environment, run, start, twist, twistd, waitFor
from twisted.application._applogging import journalText
from twisted.application._systemd import Notifier, isJournal
from twisted.internet.task import Clock
from twisted.logger import LogLevel

UNITS = Path(__file__).parents[2] / "docs" / "systemd"

#: Makes the numbers and names of sockets known to the program that it becomes.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""

ECHO = """\
from twisted.application.internet import StreamServerEndpointService
from twisted.application.service import Application
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo

application = Application("echo")
StreamServerEndpointService(
    serverFromString(reactor, "%s"), Factory.forProtocol(Echo)
).setServiceParent(application)
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(os.fspath(tmp_path / "notify"))
        made.settimeout(20)
        yield made


def path(manager: socket.socket) -> str:
    return str(manager.getsockname())


class TestNotifier:
    def test_takesWhatIsItsFromTheEnvironment(self, manager: socket.socket) -> None:
        environ = {
            "NOTIFY_SOCKET": path(manager),
            "WATCHDOG_USEC": "3000000",
            "WATCHDOG_PID": str(os.getpid()),
            "HOME": "/",
        }
        notifier = Notifier.fromEnvironment(environ)
        assert notifier is not None and notifier.watchdog == 3.0
        assert environ == {"HOME": "/"}
        notifier.send("READY=1", "STATUS=well")
        assert manager.recv(100) == b"READY=1\nSTATUS=well"
        notifier._close()

    def test_abstractSockets(self) -> None:
        name = f"torsion-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind("\0" + name)
            notifier = Notifier("@" + name)
            notifier.send("READY=1")
            assert manager.recv(100) == b"READY=1"
            notifier._close()

    def test_withoutSystemd(self) -> None:
        assert Notifier.fromEnvironment({"WATCHDOG_USEC": "3"}) is None

    @pytest.mark.parametrize(
        "more",
        [
            {},
            {"WATCHDOG_USEC": "0"},
            {"WATCHDOG_USEC": "much"},
            {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"},
        ],
    )
    def test_watchdogsOfOthers(self, manager: socket.socket, more: dict[str, str]) -> None:
        notifier = Notifier.fromEnvironment({"NOTIFY_SOCKET": path(manager), **more})
        assert notifier is not None and notifier.watchdog is None
        notifier._close()

    @pytest.mark.parametrize("address", ["/nobody/is/here", "x" * 300, "a\0b"])
    def test_aSocketThatIsNone(self, address: str, events: list[Any]) -> None:
        assert Notifier.fromEnvironment({"NOTIFY_SOCKET": address}) is None
        assert [event["log_level"] for event in events] == [LogLevel.warn]

    def test_statusIsOneLine(self, manager: socket.socket) -> None:
        notifier = Notifier(path(manager))
        notifier.status("cannot\nMAINPID=1")
        assert manager.recv(100) == b"STATUS=cannot MAINPID=1"
        notifier._close()

    def test_aManagerThatIsGoneIsLogged(self, tmp_path: Path, events: list[Any]) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(os.fspath(tmp_path / "gone"))
            notifier = Notifier(os.fspath(tmp_path / "gone"))
        notifier.send("READY=1")
        assert "Unable to notify systemd" in str(events[-1]["log_format"])
        notifier._close()

    def test_beatsUntilTheEndOfStopping(self, manager: socket.socket) -> None:
        class Reactor(Clock):
            def __init__(self) -> None:
                super().__init__()
                self.triggers: dict[tuple[str, str], Callable[[], None]] = {}

            def callWhenRunning(self, call: Any, *args: Any) -> None:
                call(*args)

            def addSystemEventTrigger(self, phase: str, event: str, call: Any) -> None:
                self.triggers[phase, event] = call

        reactor = Reactor()
        notifier = Notifier(path(manager), watchdog=4.0)
        notifier.attach(reactor)
        ready = manager.recv(100).splitlines()
        assert ready == [b"READY=1", b"MAINPID=%d" % os.getpid()]
        assert manager.recv(100) == b"WATCHDOG=1"
        reactor.advance(1.9)
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(100)
        reactor.advance(0.1)
        assert manager.recv(100) == b"WATCHDOG=1"
        reactor.triggers["before", "shutdown"]()
        assert manager.recv(100) == b"STOPPING=1"
        reactor.advance(2)
        assert manager.recv(100) == b"WATCHDOG=1"
        reactor.triggers["after", "shutdown"]()
        assert not reactor.getDelayedCalls()
        assert notifier._socket.fileno() == -1


class TestJournal:
    def test_linesHaveThePriorityOfTheirLevel(self) -> None:
        event = {"log_format": "{a}\nand more", "a": 1, "log_level": LogLevel.warn}
        assert journalText(event) == "<4>1\n<4>and more\n"

    def test_oneOnlyIfItIsTheFile(self, tmp_path: Path, monkeypatch: Any) -> None:
        with (tmp_path / "it").open("w") as one, (tmp_path / "other").open("w") as other:
            status = os.fstat(one.fileno())
            monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
            assert isJournal(one)
            assert not isJournal(other)
            assert not isJournal(object())
        monkeypatch.delenv("JOURNAL_STREAM")
        assert not isJournal(sys.stdout)


def messages(manager: socket.socket) -> Iterator[dict[str, str]]:
    """What a program sends, message by message."""
    while True:
        text = manager.recv(1000).decode()
        yield dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize("kind", ["twistd", "twist"])
def test_aServiceOfTypeNotify(kind: str, tmp_path: Path, manager: socket.socket) -> None:
    (tmp_path / "talker.tac").write_text(TALKER)
    command = (
        twistd("-ny", "talker.tac", "--pidfile=")
        if kind == "twistd"
        else twist("procmon", "sleep", "100")
    )
    env = {"NOTIFY_SOCKET": path(manager), "WATCHDOG_USEC": "300000"}
    process = start(command, tmp_path, env=env)
    try:
        heard = messages(manager)
        assert next(heard) == {"READY": "1", "MAINPID": str(process.pid)}
        for _ in range(3):
            assert next(heard) == {"WATCHDOG": "1"}
        process.send_signal(signal.SIGTERM)
        last = next(message for message in heard if "WATCHDOG" not in message)
        assert last == {"STOPPING": "1"}
        output, _ = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGTERM, output
    finally:
        end(process)


def test_aDaemonTellsItsOwnNumber(tmp_path: Path, manager: socket.socket) -> None:
    (tmp_path / "talker.tac").write_text(TALKER)
    done = run(twistd("-y", "talker.tac"), tmp_path, NOTIFY_SOCKET=path(manager))
    assert done.returncode == 0, done.stderr
    pid = int((tmp_path / "twistd.pid").read_text())
    assert next(messages(manager)) == {"READY": "1", "MAINPID": str(pid)}
    os.kill(pid, signal.SIGTERM)
    assert next(messages(manager)) == {"STOPPING": "1"}
    waitFor(lambda: not (tmp_path / "twistd.pid").exists())


def test_aStartThatFailsIsToldAsStatus(tmp_path: Path, manager: socket.socket) -> None:
    (tmp_path / "bad.tac").write_text(TALKER.replace('log.msg("talker starts")', "1 / 0"))
    done = run(twistd("-ny", "bad.tac", "--pidfile="), tmp_path, NOTIFY_SOCKET=path(manager))
    assert done.returncode == 1
    assert next(messages(manager)) == {"STATUS": "ZeroDivisionError: division by zero"}


@pytest.mark.parametrize("kind", ["twistd", "twist"])
def test_journalLinesWhereTheJournalIs(kind: str, tmp_path: Path) -> None:
    (tmp_path / "talker.tac").write_text(TALKER)
    command = (
        twistd("-ny", "talker.tac", "--pidfile=")
        if kind == "twistd"
        else twist("procmon", "sleep", "100")
    )
    with (tmp_path / "journal").open("w") as journal:
        status = os.fstat(journal.fileno())
        env = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        process = start(command, tmp_path, env=env, stdout=journal)
    try:
        waitFor(lambda: "tarting" in (tmp_path / "journal").read_text())
        waitFor(
            lambda: (
                "talker starts" in (tmp_path / "journal").read_text()
                or "Starting reactor" in (tmp_path / "journal").read_text()
            )
        )
        process.terminate()
        process.wait(30)
    finally:
        end(process)
    lines = (tmp_path / "journal").read_text().splitlines()
    assert all(line.startswith("<6>") for line in lines), lines


@pytest.mark.parametrize("description", ["systemd:index=0", "systemd:name=web"])
def test_socketActivation(description: str, tmp_path: Path) -> None:
    pytest.importorskip("twisted.plugins.twisted_systemd", reason="no endpoint systemd: yet")
    (tmp_path / "echo.tac").write_text(ECHO % description)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        os.set_inheritable(listening.fileno(), True)
        fileno = listening.fileno()
        command = [sys.executable, "-c", ACTIVATE, str(fileno)]
        command += twistd("-ny", "echo.tac", "--pidfile=")[1:]
        process = start(command, tmp_path, pass_fds=[fileno])
        # It waits in the queue until the program is there to accept it.
        peer = socket.create_connection(listening.getsockname(), 20)
    try:
        with peer:
            peer.settimeout(20)
            peer.sendall(b"hello")
            assert peer.recv(10) == b"hello"
        process.terminate()
        process.wait(30)
    finally:
        end(process)


@pytest.mark.interop
@pytest.mark.skipif(
    shutil.which("systemd-socket-activate") is None, reason="systemd is not installed"
)
def test_socketActivationBySystemd(tmp_path: Path) -> None:
    pytest.importorskip("twisted.plugins.twisted_systemd", reason="no endpoint systemd: yet")
    (tmp_path / "echo.tac").write_text(ECHO % "systemd:name=web")
    where = os.fspath(tmp_path / "socket")
    activate = ["systemd-socket-activate", "-l", where, "--fdname=web"]
    activate += [f"-E{name}" for name in ("PATH", "PYTHONWARNINGS", "HOME") if name in os.environ]
    process = subprocess.Popen(
        activate + twistd("-ny", "echo.tac", "--pidfile="),
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        waitFor(lambda: os.path.exists(where))
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(20)
            peer.connect(where)
            peer.sendall(b"hello")
            assert peer.recv(10) == b"hello"
    finally:
        end(process)


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_theSampleUnitsAreWellFormed(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        # A program that is there, wherever ours is installed.
        text = unit.read_text().replace("/usr/bin/twistd", sys.executable)
        (tmp_path / unit.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    checked = run(command, tmp_path)
    complaints = [line for line in checked.stderr.splitlines() if "finger" in line]
    assert complaints == []
