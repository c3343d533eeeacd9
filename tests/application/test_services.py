"""
Services over real sockets: what starts, stops, and stays connected.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploying_support import environment
from tests.support import Recorder, factoryOf, runReactor
from twisted.application import internet, service, strports
from twisted.application.internet import ClientService, StreamServerEndpointService, backoffPolicy
from twisted.application.runner._pidfile import AlreadyRunningError, InvalidPIDFileError, PIDFile
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import clientFromString, serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import ClientFactory, Factory
from twisted.internet.task import Clock, deferLater
from twisted.persisted.sob import IPersistable
from twisted.protocols.wire import Echo
from twisted.python.filepath import FilePath


class Noting(service.Service):
    """Notes what it is told, and takes its time to stop."""

    def __init__(self, name: str, notes: list[str], stopping: Deferred[None] | None = None) -> None:
        self.setName(name)
        self.notes = notes
        self.stopping = stopping

    def privilegedStartService(self) -> None:
        self.notes.append(f"{self.name} privileged")

    def startService(self) -> None:
        super().startService()
        self.notes.append(f"{self.name} starts")

    def stopService(self) -> Any:
        super().stopService()
        self.notes.append(f"{self.name} stops")
        return self.stopping


class TestTrees:
    def test_theOrder(self) -> None:
        notes: list[str] = []
        application = service.Application("app")
        inner = service.MultiService()
        for parent, name in ((application, "a"), (inner, "b"), (inner, "c")):
            Noting(name, notes).setServiceParent(parent)
        inner.setServiceParent(application)
        whole: Any = service.IService(application)
        whole.privilegedStartService()
        whole.startService()
        assert notes == [
            *("a privileged", "b privileged", "c privileged"),
            *("a starts", "b starts", "c starts"),
        ]
        del notes[:]
        whole.stopService()
        assert sorted(notes) == ["a stops", "b stops", "c stops"]

    def test_stoppingWaitsForAll(self) -> None:
        waiting: Deferred[None] = Deferred()
        whole = service.MultiService()
        Noting("slow", [], waiting).setServiceParent(whole)
        Noting("fast", []).setServiceParent(whole)
        whole.startService()
        done: list[Any] = []
        whole.stopService().addCallback(done.append)
        assert done == []
        waiting.callback(None)
        assert len(done) == 1

    def test_whoComesLateStartsAtOnce(self) -> None:
        notes: list[str] = []
        whole = service.MultiService()
        whole.startService()
        late = Noting("late", notes)
        late.setServiceParent(whole)
        assert notes == ["late privileged", "late starts"]
        late.disownServiceParent()
        assert notes[-1] == "late stops" and list(whole) == []

    def test_names(self) -> None:
        whole = service.MultiService()
        one = Noting("one", [])
        one.setServiceParent(whole)
        assert whole.getServiceNamed("one") is one
        with pytest.raises(RuntimeError):
            Noting("one", []).setServiceParent(whole)
        other = service.MultiService()
        one.setServiceParent(other)
        assert list(whole) == [] and list(other) == [one]
        with pytest.raises(KeyError):
            whole.getServiceNamed("two")

    def test_savedAndLoaded(self, tmp_path: Path) -> None:
        application = service.Application("kept", uid=7)
        internet.TCPServer(0, ClientFactory()).setServiceParent(application)
        persistable: Any = IPersistable(application)
        for style, suffix in (("pickle", "tap"), ("source", "tas")):
            persistable.setStyle(style)
            file = os.fspath(tmp_path / f"kept.{suffix}")
            persistable.save(filename=file)
            loaded = service.loadApplication(file, style)
            assert service.IService(loaded).name == "kept"
            assert service.IProcess(loaded).uid == 7
            assert len(list(service.IServiceCollection(loaded))) == 1


class TestServers:
    def test_TCP(self, reactor: Any) -> None:
        server = internet.TCPServer(
            0, Factory.forProtocol(Echo), interface="127.0.0.1", reactor=reactor
        )
        server.startService()
        port = server._port.getHost().port
        got: list[bytes] = []

        def check() -> None:
            with socket.socket() as peer:
                peer.settimeout(10)
                peer.connect(("127.0.0.1", port))
                peer.sendall(b"hello")
                got.append(peer.recv(10))

        def checkAndStop() -> None:
            try:
                check()
            finally:
                reactor.callFromThread(reactor.stop)

        reactor.callInThread(checkAndStop)
        runReactor(reactor)
        assert got == [b"hello"]
        server.stopService()

    def test_aPortInUse(self, reactor: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            server = internet.TCPServer(
                taken.getsockname()[1], Factory(), interface="127.0.0.1", reactor=reactor
            )
            with pytest.raises(CannotListenError):
                server.startService()

    def test_endpointsAndStrports(self, reactor: Any, tmp_path: Path) -> None:
        path = os.fspath(tmp_path / "socket")
        got: list[bytes] = []

        @inlineCallbacks
        def program() -> Any:
            served = strports.service(f"unix:{path}", Factory.forProtocol(Echo), reactor=reactor)
            assert isinstance(served, StreamServerEndpointService)
            served.startService()
            proto: Any = yield clientFromString(reactor, f"unix:{path}").connect(
                Factory.forProtocol(Recorder)
            )
            answered: Deferred[None] = Deferred()

            def receive(proto: Any, data: bytes) -> None:
                got.append(data)
                answered.callback(None)

            proto.onData = receive
            proto.transport.write(b"hello")
            yield answered
            proto.transport.loseConnection()
            yield served.stopService()

        reactor.callWhenRunning(lambda: program().addBoth(lambda result: reactor.stop()))
        runReactor(reactor)
        assert got == [b"hello"]
        assert not os.path.exists(path)

    def test_timers(self) -> None:
        clock = Clock()
        ticks: list[float] = []
        timer = internet.TimerService(2, lambda: ticks.append(clock.seconds()))
        timer.clock = clock
        timer.startService()
        for _ in range(3):
            clock.advance(2)
        timer.stopService()
        clock.advance(10)
        assert ticks == [0, 2, 4, 6]

    def test_aTimerThatRaisesIsLogged(self, events: list[Any]) -> None:
        timer = internet.TimerService(2, lambda: 1 / 0)
        timer.clock = Clock()
        timer.startService()
        assert any("log_failure" in event for event in events)
        timer.stopService()

    def test_cooperators(self, reactor: Any) -> None:
        done: list[int] = []

        def work() -> Any:
            for number in range(3):
                done.append(number)
                yield None

        cooperator = internet.CooperatorService()
        cooperator.coop._scheduler = lambda call: reactor.callLater(0, call)
        cooperator.startService()
        cooperator.coiterate(work()).addCallback(lambda ignored: reactor.stop())
        runReactor(reactor)
        assert done == [0, 1, 2]
        cooperator.stopService()


class TestClientService:
    def test_itComesBackAfterTheServerDoes(self, reactor: Any) -> None:
        prepared: list[Any] = []
        lost: list[Any] = []

        @inlineCallbacks
        def program() -> Any:
            endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
            server = factoryOf()
            port: Any = yield endpoint.listen(server)
            number = port.getHost().port
            client = ClientService(
                clientFromString(reactor, f"tcp:127.0.0.1:{number}"),
                Factory.forProtocol(Recorder),
                retryPolicy=lambda attempt: 0.02,
                clock=reactor,
                prepareConnection=prepared.append,
            )
            client.startService()
            first: Any = yield client.whenConnected()
            first.onLost = lambda proto, reason: lost.append(reason)
            yield port.stopListening()
            first.transport.abortConnection()
            yield deferLater(reactor, 0.1, lambda: None)
            again = serverFromString(reactor, f"tcp:{number}:interface=127.0.0.1")
            port = yield again.listen(server)
            second: Any = yield client.whenConnected()
            assert second is not first
            yield client.stopService()
            yield port.stopListening()
            return len(prepared)

        results: list[Any] = []
        reactor.callWhenRunning(
            lambda: program().addBoth(results.append).addBoth(lambda ignored: reactor.stop())
        )
        runReactor(reactor)
        assert results == [2], results
        assert len(lost) == 1

    def test_whoWaitsNoLonger(self, reactor: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            number = free.getsockname()[1]
        client = ClientService(
            clientFromString(reactor, f"tcp:127.0.0.1:{number}"),
            Factory.forProtocol(Recorder),
            retryPolicy=lambda attempt: 0.01,
            clock=reactor,
        )
        failed: list[Any] = []

        def begin() -> None:
            client.startService()
            client.whenConnected(failAfterFailures=3).addErrback(failed.append).addCallback(
                lambda ignored: client.stopService()
            ).addCallback(lambda ignored: reactor.stop())

        reactor.callWhenRunning(begin)
        runReactor(reactor)
        assert len(failed) == 1

    def test_theDelays(self) -> None:
        policy = backoffPolicy(initialDelay=1, maxDelay=10, factor=2, jitter=lambda: 0.5)
        assert [policy(attempt) for attempt in (0, 1, 2, 100, 10**6)] == [1.5, 2.5, 4.5, 10.5, 10.5]


class TestPIDFiles:
    def file(self, tmp_path: Path) -> Any:
        return PIDFile(FilePath(os.fspath(tmp_path / "pid")))

    def test_thereWhileItRuns(self, tmp_path: Path) -> None:
        with self.file(tmp_path):
            assert (tmp_path / "pid").read_text() == f"{os.getpid()}\n"
        assert not (tmp_path / "pid").exists()

    def test_anotherRuns(self, tmp_path: Path) -> None:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            (tmp_path / "pid").write_text(f"{other.pid}\n")
            with pytest.raises(AlreadyRunningError):
                self.file(tmp_path).__enter__()
            other.kill()
        with self.file(tmp_path):  # that was stale
            assert (tmp_path / "pid").read_text() == f"{os.getpid()}\n"

    @pytest.mark.parametrize("content", ["", "x", "-", "12 13"])
    def test_whatIsNoNumber(self, content: str, tmp_path: Path) -> None:
        (tmp_path / "pid").write_text(content)
        with pytest.raises(InvalidPIDFileError):
            self.file(tmp_path).read()


def test_noReactorIsInstalledByImporting() -> None:
    program = (
        "import sys, twisted.application.app, twisted.application.internet,"
        " twisted.application.service, twisted.application.strports,"
        " twisted.application.twist._twist, twisted.scripts.twistd;"
        " assert 'twisted.internet.reactor' not in sys.modules;"
        " assert 'twisted.internet.ssl' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
