"""
Keeping programs alive, by a clock; and what inetd.conf may say.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.runner import inetdconf, procmon


class Process:
    """One that ends when it is told to, if it listens."""

    def __init__(self, reactor: Reactor, protocol: Any, deaf: bool) -> None:
        self.reactor, self.protocol, self.deaf = reactor, protocol, deaf
        self.pid: int | None = 1
        self.signals: list[str] = []

    def signalProcess(self, name: str) -> None:
        if self.pid is None:
            raise ProcessExitedAlready()
        self.signals.append(name)
        if name == "KILL" or not self.deaf:
            self.reactor.callLater(0, self.end)

    def end(self) -> None:
        if self.pid is not None:
            self.pid = None
            self.protocol.processEnded(Failure(ProcessDone(0)))


class Reactor(Clock):
    """Starts what are no processes."""

    deaf = False

    def __init__(self) -> None:
        super().__init__()
        self.started: list[tuple[float, Process]] = []
        self.spawnArguments: list[Any] = []

    def spawnProcess(self, protocol: Any, executable: str, *args: Any, **kw: Any) -> Process:
        process = Process(self, protocol, self.deaf)
        self.started.append((self.seconds(), process))
        self.spawnArguments.append((executable, args, kw))
        protocol.makeConnection(process)
        return process


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


def monitor(reactor: Reactor) -> Any:
    made = procmon.ProcessMonitor(reactor=reactor)
    made.threshold, made.minRestartDelay, made.maxRestartDelay, made.killTime = 1, 1, 10, 5
    return made


class TestProcmon:
    def test_theDelayIsDoubledForThoseWhoEndAtOnce(self, reactor: Reactor) -> None:
        made = monitor(reactor)
        made.addProcess("p", ["p"])
        made.startService()
        for _ in range(7):
            reactor.started[-1][1].end()
            count = len(reactor.started)
            while len(reactor.started) == count:
                reactor.advance(0.5)
        times = [when for when, _ in reactor.started]
        delays = [after - before for before, after in zip(times, times[1:], strict=False)]
        assert delays[:4] == [1, 2, 4, 8] and set(delays[4:]) == {10}

    def test_whoLivesLongEnoughIsStartedAtOnceAgain(self, reactor: Reactor) -> None:
        made = monitor(reactor)
        made.addProcess("p", ["p"])
        made.startService()
        reactor.advance(100)
        reactor.started[-1][1].end()
        reactor.advance(0)
        assert [when for when, _ in reactor.started] == [0, 100]

    def test_whoDoesNotListenIsKilled(self, reactor: Reactor) -> None:
        reactor.deaf = True
        made = monitor(reactor)
        made.addProcess("p", ["p"])
        made.startService()
        stopped: list[Any] = []
        made.stopService().addCallback(stopped.append)
        process = reactor.started[0][1]
        reactor.advance(4.9)
        assert process.signals == ["TERM"] and not stopped
        reactor.advance(0.2)
        reactor.advance(0)
        assert process.signals == ["TERM", "KILL"] and len(stopped) == 1
        reactor.advance(100)
        assert len(reactor.started) == 1

    def test_removingWhileItWaitsToBeStarted(self, reactor: Reactor) -> None:
        made = monitor(reactor)
        made.addProcess("p", ["p"])
        made.startService()
        reactor.started[0][1].end()
        made.removeProcess("p")
        reactor.advance(100)
        assert len(reactor.started) == 1
        with pytest.raises(KeyError):
            made.removeProcess("p")

    def test_whatIsStartedAndAsWhom(self, reactor: Reactor) -> None:
        made = monitor(reactor)
        made.addProcess("p", ["/bin/p", "-x"], uid=5, gid=6, env={"A": "1"}, cwd="/")
        with pytest.raises(KeyError):
            made.addProcess("p", ["other"])
        made.startService()
        executable, args, kw = reactor.spawnArguments[0]
        flat = [*args, *kw.values()]
        assert executable == "/bin/p" and ["/bin/p", "-x"] in flat
        assert {"A": "1"} in flat and "/" in flat and 5 in flat and 6 in flat

    def test_linesOfThoseWhoWriteNone(self, reactor: Reactor, events: list[Any]) -> None:
        made = monitor(reactor)
        made.addProcess("p", ["p"])
        made.startService()
        protocol = reactor.started[0][1].protocol
        protocol.outReceived(b"half a ")
        protocol.outReceived(b"line\nmore")
        protocol.errReceived(b"x" * 1_000_000)
        kept = len(protocol.output._buffer) if hasattr(protocol.output, "_buffer") else 0
        assert kept < 100_000
        reactor.started[0][1].end()
        texts = " ".join(str(event.get("line", "")) for event in events)
        assert "half a line" in texts and "more" in texts


def read(kind: Callable[[], Any], text: str) -> Any:
    made = kind()
    made.parseFile(io.StringIO(text))
    return made


class TestInetdConf:
    SERVICES = "# numbers\nhttp 80/tcp www # the web\ndomain 53/udp\n"

    def conf(self, text: str) -> Any:
        services = read(inetdconf.ServicesConf, self.SERVICES)
        return read(lambda: inetdconf.InetdConf(services), text)

    def test_services(self) -> None:
        found = read(inetdconf.ServicesConf, self.SERVICES).services
        assert found["http", "tcp"] == found["www", "tcp"] == 80
        assert found["domain", "udp"] == 53

    def test_aLine(self) -> None:
        (one,) = self.conf("# comment\n\nhttp stream tcp nowait joe.staff /bin/x x -y\n").services
        assert (one.name, one.port, one.socketType, one.protocol) == ("http", 80, "stream", "tcp")
        assert (one.user, one.group, one.program) == ("joe", "staff", "/bin/x")
        assert list(one.programArgs) == ["x", "-y"] and one.wait == "nowait"

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("http stream tcp\n", inetdconf.InvalidInetdConfError),
            ("http\n", inetdconf.InvalidInetdConfError),
            ("http stream tcp nowait joe. /bin/x x\n", inetdconf.InvalidInetdConfError),
            ("nothing stream tcp nowait joe /bin/x x\n", inetdconf.UnknownService),
            ("http stream udp nowait joe /bin/x x\n", inetdconf.UnknownService),
        ],
    )
    def test_linesThatAreWrong(self, text: str, kind: type[Exception]) -> None:
        with pytest.raises(kind):
            self.conf(text)

    @pytest.mark.parametrize("text", ["http\n", "http x/tcp\n", "http 80\n", "http 80/tcp/x\n"])
    def test_servicesThatAreWrong(self, text: str) -> None:
        with pytest.raises(inetdconf.InvalidConfError):
            read(inetdconf.ServicesConf, text)
