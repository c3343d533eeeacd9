"""
C{twist --workers}, with real processes.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import posixOnly
from twisted.application.twist._options import TwistOptions
from twisted.application.twist._workers import Supervisor, workerNumber
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.python.usage import UsageError

pytestmark = posixOnly

PLUGIN = Path(__file__).with_name("worker_plugin")
TWIST = "from twisted.application.twist._twist import Twist; Twist.main()"


def _freePort() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """C{twist --workers 3 workertest}, started."""

    def __init__(self, folder: Path, generation: int = 0) -> None:
        self.port = _freePort()
        self.log = folder / "log"
        self.generation = folder / "generation"
        self.setGeneration(generation)
        path = os.pathsep.join([str(PLUGIN), os.environ.get("PYTHONPATH", "")])
        words = ["--log-file", str(self.log), "--log-format", "json", "--workers", "3"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", TWIST, *words, "workertest", str(self.port)],
            env={**os.environ, "PYTHONPATH": path, "GENERATION": str(self.generation)},
            stderr=subprocess.PIPE,
            text=True,
        )

    def setGeneration(self, number: int) -> None:
        self.generation.write_text(str(number))

    def connect(self) -> tuple[Any, int, int]:
        """Return a connection, whose it is, and of which generation."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        file = connection.makefile("rwb")
        connection.close()
        pid, generation = file.readline().split()
        return file, int(pid), int(generation)

    def workers(self) -> set[int]:
        """Return the processes that serve, as many connections tell."""
        found = set()
        for _ in range(60):
            try:
                file, pid, _ = self.connect()
            except (OSError, ValueError):
                continue
            file.close()
            found.add(pid)
        return found

    def events(self, text: str) -> list[dict[str, Any]]:
        """Return the events of the log whose format has *text*."""
        if not self.log.exists():
            return []
        records = self.log.read_text().split("\x1e")
        found = [json.loads(record) for record in records if record.endswith("\n")]
        return [event for event in found if text in str(event.get("log_format"))]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def _until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    made = Program(tmp_path)
    try:
        _until(lambda: len(made.events("serves")) == 3)
        yield made
    finally:
        if made.process.poll() is None:
            made.stop()
        assert made.process.stderr is not None
        made.process.stderr.close()


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_threeProcessesServeOnePort(program: Program) -> None:
    workers = program.workers()
    assert len(workers) == 3
    assert program.process.pid not in workers
    assert program.stop() == -signal.SIGTERM
    assert all(map(_gone, workers))


def test_aWorkerThatDiesIsReplaced(program: Program) -> None:
    file, pid, _ = program.connect()
    file.write(b"die\r\n")
    file.flush()
    file.close()
    _until(lambda: len(program.events("serves")) == 4)
    workers = program.workers()
    assert len(workers) == 3 and pid not in workers
    assert len(program.events("has ended")) == 1


def test_aHangUpReplacesThemAll(program: Program) -> None:
    """One after the other: there is always somebody who serves."""
    before = program.workers()
    program.setGeneration(7)
    program.process.send_signal(signal.SIGHUP)
    resets = 0
    while len(program.events("has stopped")) < 3:
        try:
            file, _, generation = program.connect()
        except ConnectionResetError:
            resets += 1  # it waited to be accepted by one that stopped
            continue
        assert generation == 7  # it is read when asked; what matters is the answer
        file.close()
    # Nobody is refused; one client at a time meets each that stops once at most.
    assert resets <= 3
    after = program.workers()
    assert len(after) == 3 and not after & before
    assert len(program.events("serves")) == 6


def test_aSuccessorThatFailsReplacesNobody(program: Program) -> None:
    before = program.workers()
    program.setGeneration(-1)
    program.process.send_signal(signal.SIGHUP)
    _until(lambda: program.events("is not replaced"))
    assert program.workers() == before
    program.setGeneration(1)
    program.process.send_signal(signal.SIGHUP)
    _until(lambda: len(program.events("has stopped")) >= 3)
    assert not program.workers() & before


def test_oneLogWithWholeEvents(program: Program) -> None:
    """However long they are, and whoever writes at the same time."""
    files = [program.connect()[0] for _ in range(12)]
    for file in files:
        file.write(b"log\r\n" * 20)
        file.flush()
    for file in files:
        for _ in range(20):
            assert file.readline() == b"logged\r\n"
        file.close()
    events = program.events(" end")
    assert len(events) == 12 * 20
    assert {len(event["log_format"]) for event in events} == {40_005}
    assert {event["worker"] for event in events} <= {0, 1, 2}
    assert all(event["log_system"].endswith(f"worker {event['worker']}") for event in events)


def test_workersDoNotOutliveTheirSupervisor(program: Program) -> None:
    workers = program.workers()
    program.process.kill()
    program.process.wait(10)
    _until(lambda: all(map(_gone, workers)))


def test_aServiceThatCannotBeStartedEndsItAll(tmp_path: Path) -> None:
    program = Program(tmp_path, generation=-1)
    _, errors = program.process.communicate(timeout=60)
    assert program.process.returncode == os.EX_UNAVAILABLE
    assert "workertest: ValueError: it cannot be started" in errors


@pytest.mark.parametrize("count", ["0", "-1", "many", ""])
def test_whatIsNoNumberOfWorkers(count: str) -> None:
    with pytest.raises(UsageError, match="Invalid number of workers"):
        TwistOptions().opt_workers(count)


def test_asManyAsProcessors() -> None:
    options = TwistOptions()
    assert options["workers"] == 0
    options.opt_workers("auto")
    assert options["workers"] == len(os.sched_getaffinity(0))


def test_whoIsAWorker() -> None:
    assert workerNumber({}) is None
    assert workerNumber({"TWIST_WORKER": "2"}) == 2
    assert workerNumber({"TWIST_WORKER": "x"}) is None


# -- the supervisor's rules, on a clock ----------------------------------------------


class Processes(Clock):
    """A reactor whose processes live as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.spawned: list[Any] = []
        self.signals: list[tuple[Any, str]] = []
        self.environments: list[Any] = []
        self.stopped = 0

    def spawnProcess(self, protocol: Any, *args: Any, **kw: Any) -> None:
        reactor = self

        class Transport:
            pid = len(reactor.spawned)

            def signalProcess(self, name: str) -> None:
                reactor.signals.append((protocol, name))

        self.environments.append(args[2])
        protocol.transport = Transport()
        self.spawned.append(protocol)

    def callWhenRunning(self, f: Any, *args: Any) -> None:
        f(*args)

    def stop(self) -> None:
        self.stopped += 1

    @staticmethod
    def end(worker: Any, status: int | None = None) -> None:
        worker.processEnded(
            Failure(ProcessTerminated(status) if status is not None else ProcessDone(0))
        )


@pytest.fixture
def reactor() -> Processes:
    return Processes()


def test_theDelaysBetweenShortLives(reactor: Processes) -> None:
    supervisor = Supervisor(reactor, ["program"], 1, {})
    supervisor.startService()
    reactor.spawned[-1].childDataReceived(3, b"serving\n")
    delays = []
    for _ in range(9):
        reactor.end(reactor.spawned[-1], 1)
        (call,) = reactor.getDelayedCalls()
        delays.append(call.getTime() - reactor.seconds())
        reactor.advance(delays[-1])
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    # One that has lived for long is replaced soon.
    reactor.advance(60)
    reactor.end(reactor.spawned[-1], 1)
    (call,) = reactor.getDelayedCalls()
    assert call.getTime() - reactor.seconds() == 0.5
    assert len(reactor.spawned) == 10


def test_oneThatDoesNotStopIsKilled(reactor: Processes) -> None:
    supervisor = Supervisor(reactor, ["program"], 2, {})
    supervisor.startService()
    first, second = reactor.spawned
    over: list[Any] = []
    supervisor.stopService().addCallback(over.append)
    assert [name for _, name in reactor.signals] == ["TERM", "TERM"]
    reactor.end(first)
    reactor.advance(29)
    assert len(reactor.signals) == 2
    reactor.advance(2)
    assert reactor.signals[2:] == [(second, "KILL")]
    assert over == []
    reactor.end(second, 1)
    assert len(over) == 1
    assert reactor.getDelayedCalls() == []


def test_aSuccessorThatNeverServesIsGivenUp(reactor: Processes) -> None:
    supervisor = Supervisor(reactor, ["program"], 2, {})
    supervisor.startService()
    for worker in reactor.spawned:
        worker.childDataReceived(3, b"serving\n")
    supervisor.reload()
    assert len(reactor.spawned) == 3
    reactor.advance(61)
    assert reactor.signals == [(reactor.spawned[2], "TERM")]
    reactor.end(reactor.spawned[2])
    assert list(supervisor.workers.values()) == reactor.spawned[:2]
    assert reactor.getDelayedCalls() == []


def test_aReloadDuringAReload(reactor: Processes) -> None:
    """It begins again when the first is done, however often it was asked for."""
    supervisor = Supervisor(reactor, ["program"], 1, {})
    supervisor.startService()
    reactor.spawned[0].childDataReceived(3, b"serving\n")
    for _ in range(3):
        supervisor.reload()
    for generation in (1, 2):
        reactor.spawned[generation].childDataReceived(3, b"serving\n")
        reactor.end(reactor.spawned[generation - 1])
    assert len(reactor.spawned) == 3
    assert supervisor.workers[0] is reactor.spawned[2]


def test_whatTheEnvironmentTellsAWorker(reactor: Processes) -> None:
    environment = {"HOME": "/", "NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1"}
    Supervisor(reactor, ["program"], 2, environment).startService()
    assert reactor.environments == [
        {"HOME": "/", "TWIST_WORKER": "0"},
        {"HOME": "/", "TWIST_WORKER": "1"},
    ]
