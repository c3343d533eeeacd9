"""Tests for twisted.internet.process, with real processes."""

from __future__ import annotations

import ast
import gc
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from tests.internet.process_support import (
    PYTHON,
    REACTORS,
    Lab,
    Notes,
    children,
    openDescriptors,
    program,
)
from twisted.internet import process
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import IProcessTransport
from twisted.internet.protocol import ProcessProtocol
from twisted.python import log


@pytest.fixture(params=REACTORS, ids=lambda kind: kind.__name__)
def lab(request: Any) -> Iterator[Lab]:
    made = Lab(request.param)
    yield made
    made.close()


@pytest.fixture(params=[False, True], ids=["spawn", "fork"])
def anyStart(request: Any) -> Iterator[Lab]:
    """A reactor that starts by either way."""
    made = Lab(REACTORS[0])
    made.reactor._neverUseSpawn = request.param
    yield made
    made.close()


class TestConversation:
    def test_throughThePipes(self, lab: Lab) -> None:
        notes, transport = lab.spawn(program("echo_upper"))
        assert verifyObject(IProcessTransport, transport)
        assert transport.pid > 0
        assert repr(transport) == f"<Process pid={transport.pid} status=-1>"

        def answer(fd: int, data: bytes) -> None:
            if notes.data.get(1) == b"ONE\n":
                transport.writeSequence([b"t", b"wo\n"])
                transport.closeStdin()

        notes.onData = answer
        transport.write(b"one\n")
        lab.run()
        assert notes.data == {1: b"ONE\nTWO\n", 2: b"done"}
        assert notes.events[0] == "made" and notes.events[-1] == "ended"
        assert {("lost", 0), ("lost", 1), ("lost", 2), "exited"} <= set(notes.events)
        assert [type(reason) for reason in notes.reasons] == [ProcessDone] * 2
        assert transport.pid is None and transport.status == 0
        assert transport not in process.reapProcessHandlers.values()

    def test_largeData(self, lab: Lab) -> None:
        """More than a pipe takes, both ways at once."""
        notes, transport = lab.spawn(["cat"])
        data = os.urandom(1 << 20)
        transport.write(data)
        transport.closeStdin()
        lab.run()
        assert notes.data[1] == data

    def test_whatIsWrittenAfterTheCloseIsDropped(self, lab: Lab) -> None:
        notes, transport = lab.spawn(["cat"])
        transport.closeStdin()
        lab.reactor.callLater(0.2, transport.write, b"too late")
        lab.run()
        assert 1 not in notes.data
        transport.write(b"x")
        transport.writeSequence([b"x"])
        transport.closeStdin()
        transport.closeChildFD(17)
        transport.loseConnection()
        with pytest.raises(KeyError):
            transport.writeToChild(0, b"x")

    def test_textIsRefused(self, anyStart: Lab) -> None:
        _, transport = anyStart.spawn(["cat"])
        with pytest.raises(TypeError):
            transport.write("text")
        transport.loseConnection()
        anyStart.run()

    def test_noAddress(self, anyStart: Lab) -> None:
        _, transport = anyStart.spawn(["true"])
        for method in (transport.getHost, transport.getPeer):
            with pytest.raises(NotImplementedError):
                method()
        anyStart.run()

    def test_exitIsToldWhileThePipesAreOpen(self, lab: Lab) -> None:
        """A grandchild holds the pipes; the exit does not wait for it."""
        notes, transport = lab.spawn(["sh", "-c", "sleep 0.5 & exit 3"])
        lab.run()
        assert notes.events.index("exited") < notes.events.index(("lost", 1))
        assert notes.events[-1] == "ended"
        assert notes.reasons[0].exitCode == 3

    def test_pipesThatCloseFirst(self, lab: Lab) -> None:
        notes, _ = lab.spawn(["sh", "-c", "exec <&- >&- 2>&-; sleep 0.3; exit 4"])
        lab.run()
        assert notes.events[-2:] == ["exited", "ended"]
        assert notes.reasons[-1].exitCode == 4

    def test_stdinThatTheChildClosesIsNoticed(self, lab: Lab) -> None:
        notes, transport = lab.spawn(["sh", "-c", "exec <&-; echo closed; read x <&1; sleep 5"])

        def lost(childFD: int) -> None:
            notes.events.append(("lost", childFD))
            if childFD == 0:
                transport.signalProcess("KILL")

        notes.childConnectionLost = lost  # type: ignore[method-assign]
        lab.run()
        assert notes.events.index(("lost", 0)) < notes.events.index("exited")

    def test_closeStdout(self, lab: Lab) -> None:
        """A child that goes on writing gets SIGPIPE, which Python ignores."""
        notes, transport = lab.spawn(["yes"])
        notes.onData = lambda fd, data: transport.closeStdout()
        lab.run()
        assert notes.reasons[-1].signal == signal.SIGPIPE


class TestProducers:
    def test_pauseAndResume(self, lab: Lab) -> None:
        notes, transport = lab.spawn(["sh", "-c", "echo hello"])
        transport.pauseProducing()

        def resume() -> None:
            assert notes.data == {}
            transport.resumeProducing()

        lab.reactor.callLater(0.3, resume)
        lab.run()
        assert notes.data == {1: b"hello\n"}

    def test_aProducerIsThrottled(self, lab: Lab) -> None:
        notes, transport = lab.spawn(["sh", "-c", "sleep 0.3; cat | wc -c"])

        class Producer:
            paused = left = 0

            def resumeProducing(self) -> None:
                while self.left:
                    self.left -= 1
                    before = self.paused
                    transport.write(b"x" * 10_000)
                    if self.paused > before:
                        return
                transport.unregisterProducer()
                transport.closeStdin()

            def pauseProducing(self) -> None:
                self.paused += 1

            def stopProducing(self) -> None:
                raise AssertionError("stopped")

        producer = Producer()
        producer.left = 100
        transport.registerProducer(producer, True)
        producer.resumeProducing()
        lab.run()
        assert producer.paused > 1
        assert notes.data[1].strip() == b"1000000"

    def test_stoppedWhenTheInputIsClosed(self, anyStart: Lab) -> None:
        stopped = []

        class Producer:
            def stopProducing(self) -> None:
                stopped.append(True)

        _, transport = anyStart.spawn(["true"], childFDs={1: "r"})
        transport.registerProducer(Producer(), True)
        transport.unregisterProducer()
        anyStart.run()
        assert stopped == [True]


class TestEnd:
    @pytest.mark.parametrize("code", [0, 1, 255])
    def test_exitCode(self, anyStart: Lab, code: int) -> None:
        notes, _ = anyStart.spawn(["sh", "-c", f"exit {code}"])
        anyStart.run()
        reason = notes.reasons[-1]
        assert isinstance(reason, ProcessTerminated if code else ProcessDone)
        assert (reason.exitCode, reason.signal, reason.status) == (code, None, code << 8)

    @pytest.mark.parametrize(
        ("given", "number"),
        [("TERM", 15), ("SIGTERM", 15), ("KILL", 9), ("HUP", 1), (2, 2), ("USR1", 10)],
    )
    def test_signals(self, anyStart: Lab, given: Any, number: int) -> None:
        notes, transport = anyStart.spawn(["sh", "-c", "echo up; exec sleep 20"])
        notes.onData = lambda fd, data: transport.signalProcess(given)
        anyStart.run()
        reason = notes.reasons[0]
        assert (reason.exitCode, reason.signal, reason.status) == (None, number, number)
        with pytest.raises(ProcessExitedAlready):
            transport.signalProcess(given)

    def test_unknownSignals(self, anyStart: Lab) -> None:
        _, transport = anyStart.spawn(["cat"])
        with pytest.raises(TypeError, match="no signal 'WONDER'"):
            transport.signalProcess("WONDER")
        with pytest.raises(OSError):
            transport.signalProcess(9999)
        transport.loseConnection()
        anyStart.run()

    @pytest.mark.parametrize("event", ["makeConnection", "processExited", "processEnded"])
    def test_aProtocolThatRaises(self, anyStart: Lab, event: str) -> None:

        class Broken(Notes):
            pass

        def broken(self: Any, *args: Any) -> None:
            getattr(Notes, event)(self, *args)
            raise RuntimeError("deliberate")

        setattr(Broken, event, broken)
        seen: list[Any] = []
        log.addObserver(seen.append)
        try:
            protocol = Broken(anyStart.reactor)
            transport = anyStart.reactor.spawnProcess(protocol, "true", ["true"], env=None)
            anyStart.run()
        finally:
            log.removeObserver(seen.append)
        assert [e["failure"].type for e in seen if e.get("isError")] == [RuntimeError]
        assert protocol.events[-1] == "ended"
        assert transport not in process.reapProcessHandlers.values()

    def test_withoutSignalHandlersTheEndOfThePipesTells(self) -> None:
        """Where no SIGCHLD is seen, as in a thread, most children are reaped."""
        notes: list[Any] = []

        def work() -> None:
            lab = Lab(REACTORS[0])
            found, _ = lab.spawn(["sh", "-c", "echo x; exec >&- 2>&- <&-; sleep 0.1"])
            guard = lab.reactor.callLater(10, lab.reactor.stop)

            def look() -> None:
                process.reapAllProcesses()
                lab.reactor.callLater(0.05, look)

            look()
            lab.reactor.run(installSignalHandlers=False)
            notes.append((found.events[-1], guard.active()))
            lab.close()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(15)
        assert notes == [("ended", True)]

    def test_manyAtOnce(self, lab: Lab) -> None:
        running = 40
        reasons = []

        class One(ProcessProtocol):
            def processEnded(self, reason: Any) -> None:
                nonlocal running
                reasons.append(reason.value.exitCode)
                running -= 1
                if not running:
                    lab.reactor.callLater(0, lab.reactor.stop)

        def start() -> None:
            for number in range(running):
                lab.reactor.spawnProcess(One(), "sh", ["sh", "-c", f"exit {number}"], env=None)

        lab.reactor.callWhenRunning(start)
        lab.run()
        assert sorted(reasons) == list(range(40))


class TestSurroundings:
    def words(self) -> list[str]:
        return [PYTHON, "-c", "import os; os.write(1, repr(dict(os.environ)).encode())"]

    def environment(self, lab: Lab, **options: Any) -> dict[str, str]:
        notes, _ = lab.spawn(self.words(), **options)
        lab.run()
        found: dict[str, str] = ast.literal_eval(notes.data[1].decode())
        found.pop("LC_CTYPE", None)
        return found

    def test_noEnvironment(self, anyStart: Lab) -> None:
        assert self.environment(anyStart, env={}) == {}

    def test_ownEnvironment(self, anyStart: Lab) -> None:
        assert self.environment(anyStart, env={"A": "ü", b"B": b"2"}) == {"A": "ü", "B": "2"}

    def test_inheritedEnvironment(self, anyStart: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TORSION_TEST", "here")
        assert self.environment(anyStart, env=None)["TORSION_TEST"] == "here"

    def test_directory(self, lab: Lab, tmp_path: Path) -> None:
        notes, _ = lab.spawn(["pwd"], path=str(tmp_path))
        lab.run()
        assert notes.data[1].decode().strip() == str(tmp_path.resolve())

    def test_argumentsArriveAsTheyAre(self, anyStart: Lab) -> None:
        words = ["a b", "", "'\"\\$", "ü", "\udcff"]
        source = (
            "import os, sys; os.write(1, repr([os.fsencode(a) for a in sys.argv[1:]]).encode())"
        )
        notes, _ = anyStart.spawn([PYTHON, "-c", source, *words])
        anyStart.run()
        assert ast.literal_eval(notes.data[1].decode()) == [os.fsencode(w) for w in words]

    @pytest.mark.parametrize("kind", [str, os.fsencode, Path])
    def test_kindsOfPaths(self, anyStart: Lab, kind: Any) -> None:
        notes, _ = anyStart.spawn([kind("/bin/echo"), kind("hello")])
        anyStart.run()
        assert notes.data[1] == b"hello\n"

    def test_justTheDescriptorsThatWereAskedFor(self, anyStart: Lab, tmp_path: Path) -> None:
        """Also what others have opened without close-on-exec is kept from it."""
        with open(tmp_path / "kept", "wb") as kept:
            os.set_inheritable(kept.fileno(), True)
            extra = os.dup2(kept.fileno(), 77, inheritable=True)
            try:
                notes, transport = anyStart.spawn(
                    program("descriptors"), childFDs={0: "w", 1: "r", 2: 2, 5: kept.fileno()}
                )
                anyStart.run()
            finally:
                os.close(extra)
        assert ast.literal_eval(notes.data[1].decode()) == [0, 1, 2, 5]

    def test_furtherPipes(self, lab: Lab) -> None:
        source = "import os; os.write(4, os.read(3, 99)[::-1])"
        notes, transport = lab.spawn(
            [PYTHON, "-c", source], childFDs={0: "w", 1: "r", 2: 2, 3: "w", 4: "r"}
        )
        transport.writeToChild(3, b"abc")
        lab.run()
        assert notes.data[4] == b"cba"
        assert {("lost", fd) for fd in (0, 1, 3, 4)} <= set(notes.events)
        assert ("lost", 2) not in notes.events

    def test_exchangedDescriptors(self, anyStart: Lab) -> None:
        """Each is the other's place."""
        first, firstEnd = os.pipe()
        second, secondEnd = os.pipe()
        try:
            source = (
                "import os, sys; a, b = map(int, sys.argv[1:]);"
                " os.write(a, b'to a'); os.write(b, b'to b')"
            )
            anyStart.spawn(
                [PYTHON, "-c", source, str(firstEnd), str(secondEnd)],
                childFDs={2: 2, firstEnd: secondEnd, secondEnd: firstEnd},
            )
            anyStart.run()
            assert os.read(first, 9) == b"to b"
            assert os.read(second, 9) == b"to a"
        finally:
            for fd in (first, firstEnd, second, secondEnd):
                os.close(fd)

    def test_signalsAreNotIgnored(self, anyStart: Lab) -> None:
        before = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        try:
            notes, transport = anyStart.spawn(["sh", "-c", "kill -USR2 $$; kill -PIPE $$"])
            anyStart.run()
        finally:
            signal.signal(signal.SIGUSR2, before)
        assert notes.reasons[-1].signal == signal.SIGUSR2

    @pytest.mark.skipif(os.getuid() != 0, reason="needs to be root")
    def test_anotherUser(self, lab: Lab) -> None:
        notes, _ = lab.spawn(["/usr/bin/id"], uid=65534, gid=65534)
        lab.run()
        assert b"uid=65534" in notes.data[1] and b"gid=65534" in notes.data[1]


class TestBadInput:
    def test_absentProgram(self, lab: Lab) -> None:
        before = openDescriptors()
        for name in ("/absent/program", "absent-program"):
            with pytest.raises(FileNotFoundError):
                lab.spawn([name])
        assert openDescriptors() == before

    def test_notExecutable(self, lab: Lab, tmp_path: Path) -> None:
        plain = tmp_path / "plain"
        plain.write_text("x")
        plain.chmod(stat.S_IRUSR)
        for name in (str(plain), str(tmp_path)):
            with pytest.raises(PermissionError):
                lab.spawn([name])

    @pytest.mark.parametrize(
        ("words", "options", "why"),
        [
            (["/absent/program"], {"path": "/"}, b"No such file"),
            (["true"], {"path": "/absent/directory"}, b"/absent/directory"),
        ],
    )
    def test_whatGoesWrongAfterAForkIsTold(
        self, lab: Lab, words: list[str], options: dict[str, Any], why: bytes
    ) -> None:
        notes, _ = lab.spawn(words, **options)
        lab.run()
        assert why in notes.data[2] and b"Upon execvpe" in notes.data[2]
        assert notes.reasons[-1].exitCode == 1

    @pytest.mark.parametrize(
        ("args", "env", "kind"),
        [
            ([1], None, TypeError),
            ("echo", None, TypeError),
            (["a\0b"], None, ValueError),
            ([], None, ValueError),
            (["a"], {"k": 1}, TypeError),
            (["a"], {1: "v"}, TypeError),
            (["a"], 5, TypeError),
            (["a"], {"k\0": "v"}, ValueError),
            (["a"], {"k=": "v"}, ValueError),
            (["a"], {"": "v"}, ValueError),
        ],
    )
    def test_uselessArguments(self, lab: Lab, args: Any, env: Any, kind: type) -> None:
        before = openDescriptors()
        with pytest.raises(kind):
            lab.reactor.spawnProcess(None, "/bin/echo", args, env=env)
        assert openDescriptors() == before

    def test_uselessDescriptors(self, lab: Lab) -> None:
        before = openDescriptors()
        with pytest.raises(AssertionError, match="'q' should be an int"):
            lab.spawn(["true"], childFDs={0: "w", 1: "q"})
        assert openDescriptors() == before

    def test_aThousandFailuresLeaveNothing(self) -> None:
        lab = Lab(REACTORS[0])
        gc.collect()  # what other tests have left open is not to be missed
        before, had = openDescriptors(), children()
        for _ in range(1000):
            with pytest.raises(FileNotFoundError):
                lab.spawn(["/absent/program"])
        assert openDescriptors() == before
        assert children() == had
        lab.close()

    def test_failuresAfterAForkLeaveNothing(self) -> None:
        lab = Lab(REACTORS[0])
        left = 30

        class One(ProcessProtocol):
            def processEnded(self, reason: Any) -> None:
                nonlocal left
                left -= 1
                if not left:
                    lab.reactor.callLater(0, lab.reactor.stop)

        before, had = openDescriptors(), children()

        def start() -> None:
            for _ in range(left):
                lab.reactor.spawnProcess(One(), "/absent/program", ["x"], path="/")

        lab.reactor.callWhenRunning(start)
        lab.run()
        assert left == 0
        assert openDescriptors() == before
        assert children() == had
        lab.close()

    def test_outOfDescriptors(self) -> None:
        """What was opened on the way is closed again."""
        import resource

        lab = Lab(REACTORS[0])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = max(int(fd) for fd in openDescriptors())
        fillers = []
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (used + 4, hard))
            try:
                while True:
                    fillers.append(os.dup(0))
            except OSError:
                os.close(fillers.pop())
                os.close(fillers.pop())
                os.close(fillers.pop())
            with pytest.raises(OSError):
                lab.spawn(["true"])
            spare = [os.dup(0) for _ in range(3)]
            fillers += spare
        finally:
            for fd in fillers:
                os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        lab.close()


class TestReaping:
    def test_registeredTwice(self) -> None:
        class Idle:
            def reapProcess(self) -> None:
                pass

        child = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "5")
        idle, other = Idle(), Idle()
        try:
            process.registerReapProcessHandler(child, idle)
            with pytest.raises(RuntimeError):
                process.registerReapProcessHandler(child, idle)
            with pytest.raises(RuntimeError):
                process.unregisterReapProcessHandler(child, other)
            process.unregisterReapProcessHandler(child, idle)
            with pytest.raises(RuntimeError):
                process.unregisterReapProcessHandler(child, idle)
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)

    def test_aChildThatHasEnded(self) -> None:
        told: list[int] = []

        class Ended:
            processEnded = told.append

        child = os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", "exit 3")
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        process.registerReapProcessHandler(child, Ended())
        assert [os.WEXITSTATUS(status) for status in told] == [3]
        assert child not in process.reapProcessHandlers

    def test_foreignChildrenAreLeftAlone(self, lab: Lab) -> None:
        child = os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", "exit 9")
        lab.spawn(["sleep", "0.2"])
        lab.run()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    def test_aChildThatSomebodyElseReaped(self, anyStart: Lab) -> None:
        """What it ended with cannot be known; nothing is made up or raised."""
        notes, transport = anyStart.spawn(["cat"])
        os.kill(transport.pid, 9)
        os.waitpid(transport.pid, 0)
        anyStart.reactor.callLater(0.2, anyStart.reactor.stop)
        anyStart.run()
        assert "exited" not in notes.events
        with pytest.raises(ProcessExitedAlready):
            transport.signalProcess("TERM")
        process.unregisterReapProcessHandler(transport.pid, transport)


class TestFileActions:
    """The plan by which a child gets its descriptors."""

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_whateverIsAskedForIsWhatItGets(self, data: Any) -> None:
        state = data.draw(st.dictionaries(st.integers(0, 9), st.booleans(), max_size=8))
        wanted = (
            data.draw(st.dictionaries(st.integers(0, 9), st.sampled_from(sorted(state))))
            if state
            else {}
        )
        plan = process._getFileActions(list(state.items()), wanted, "close", "dup2")  # type: ignore[arg-type]
        table = {fd: (fd, closes) for fd, closes in state.items()}
        for action, *numbers in plan:
            if action == "close":
                del table[numbers[0]]
            else:
                source, target = numbers
                assert source != target
                table[target] = (table[source][0], False)
        after = {fd: what for fd, (what, closes) in table.items() if not closes}
        assert after == wanted


class TestPublic:
    def test_namesShowThePublicPath(self) -> None:
        for name in ("Process", "PTYProcess", "ProcessReader", "ProcessWriter", "_BaseProcess"):
            assert getattr(process, name).__module__ == "twisted.internet.process"

    def test_listOpenFDs(self) -> None:
        assert {0, 1, 2} <= set(process._listOpenFDs())
        assert sys.maxsize not in process._listOpenFDs()
