"""
C{twistd} and C{twist}: what their options do, and that what is wrong is said once, ends
the program with another status than 0, and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import pstats
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploying_support import (
    TALKER,
    end,
    environment,
    isAlive,
    run,
    start,
    startReady,
    textOf,
    twist,
    twistd,
    waitFor,
)

LISTENER = """\
from twisted.application import internet, service
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo

application = service.Application("listener")
internet.TCPServer(%d, Factory.forProtocol(Echo), interface="127.0.0.1").setServiceParent(
    application
)
"""

root = pytest.mark.skipif(os.getuid() == 0, reason="root may do everything")


def nothingIsLeft(where: Path, *kept: str) -> None:
    """See that there are no files but these, and no daemon in this directory."""
    assert sorted(path.name for path in where.iterdir()) == sorted(kept)
    # Who has told that it ends may need a moment to do it.
    waitFor(lambda: not list(_processesIn(where)), 20)


def _processesIn(where: Path) -> Iterator[str]:
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                if os.readlink(process / "cwd") == os.fspath(where):
                    yield process.name
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue


def oneMessage(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """See that this is what was said."""
    assert done.returncode not in (0, None) and done.returncode > 0, done
    assert "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) <= 4, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


foreground = pytest.mark.parametrize("mode", ["-n", ""], ids=["foreground", "daemon"])


def command(mode: str, *words: str) -> list[str]:
    return twistd(*[mode] * bool(mode), *words)


class TestBadApplications:
    @foreground
    @pytest.mark.parametrize(
        ("source", "words"),
        [
            ("this is no Python", ["SyntaxError", "invalid syntax", "bad.tac", "line 1"]),
            ("x = 1\n", ["Could not find 'application'"]),
            ("import there_is_none\n", ["No module named 'there_is_none'", "bad.tac, line 1"]),
            ("\n1 / 0\n", ["ZeroDivisionError", "bad.tac, line 2"]),
            ("import sys; sys.exit('enough')\n", ["enough"]),
        ],
    )
    def test_tacFiles(self, mode: str, source: str, words: list[str], tmp_path: Path) -> None:
        (tmp_path / "bad.tac").write_text(source)
        done = run(command(mode, "-y", "bad.tac"), tmp_path)
        expected = [word for word in words if word != "SyntaxError"]
        oneMessage(done, *expected)
        nothingIsLeft(tmp_path, "bad.tac")

    @pytest.mark.parametrize("option", ["-y", "-f", "-s"])
    def test_filesThatAreNotThere(self, option: str, tmp_path: Path) -> None:
        oneMessage(run(twistd("-n", option, "nothing"), tmp_path), "nothing", "No such file")
        nothingIsLeft(tmp_path)

    @pytest.mark.parametrize(("option", "name"), [("-f", "x.tap"), ("-s", "x.tas")])
    def test_savedOnesThatAreDamaged(self, option: str, name: str, tmp_path: Path) -> None:
        (tmp_path / name).write_bytes(b"\x80garbage(")
        oneMessage(run(twistd("-n", option, name), tmp_path), "Failed to load application")
        nothingIsLeft(tmp_path, name)

    @foreground
    def test_aPortInUse(self, mode: str, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            (tmp_path / "x.tac").write_text(LISTENER % port)
            done = run(command(mode, "-y", "x.tac"), tmp_path)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert f"Couldn't listen on 127.0.0.1:{port}" in done.stderr or (
            "CannotListenError" in done.stderr
        )
        log = [] if mode else ["twistd.log"]
        nothingIsLeft(tmp_path, "x.tac", *log)
        assert mode or "Address already in use" in (tmp_path / "twistd.log").read_text()

    @foreground
    def test_aServiceThatCannotStart(self, mode: str, tmp_path: Path) -> None:
        broken = TALKER.replace('log.msg("talker starts")', 'raise ValueError("broken")')
        (tmp_path / "x.tac").write_text(broken)
        done = run(command(mode, "-y", "x.tac"), tmp_path)
        oneMessage(done, "ValueError: broken")
        nothingIsLeft(tmp_path, "x.tac", *([] if mode else ["twistd.log"]))


class TestBadOptions:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--reactor=nonsense"], "The specified reactor does not exist: 'nonsense'."),
            (["nonsense"], "nonsense"),
            (["--nonsense"], "nonsense"),
            (["--log-level=loud"], "loud"),
            (["--log-format=poem"], "poem"),
            (["--umask=9"], "'9' is no umask"),
            (["--uid=nobody-of-that-name"], "there is no user 'nobody-of-that-name'"),
            (["--gid=none-of-that-name"], "there is no group 'none-of-that-name'"),
            (["--logger=nothing.of.the.kind"], "Logger 'nothing.of.the.kind' could not be"),
            (["--profile=x", "--profiler=nonsense", "-y", "x.tac"], "nonsense"),
            (["ftp", "--auth=nonsense"], "Auth plugin not recognized: nonsense"),
            (["ftp", "--auth=memory:x"], "argstring must be in format U:P:..."),
            (["ftp", "--port=nonsense:1"], "Unknown endpoint type: 'nonsense'"),
            (["portforward", "--port=x"], "x"),
            (["socks", "--port=x"], "x"),
            (["procmon"], "Please specify a process commandline"),
            (["inetd", "--file=nothing"], "nothing"),
        ],
    )
    def test_each(self, words: list[str], said: str, tmp_path: Path) -> None:
        (tmp_path / "x.tac").write_text(TALKER)
        done = run(twistd("-n", *words), tmp_path)
        assert done.returncode > 0
        assert said in done.stderr and "Traceback" not in done.stderr
        nothingIsLeft(tmp_path, "x.tac")

    def test_whatIsSaidWithoutWords(self, tmp_path: Path) -> None:
        done = run(twistd(), tmp_path)
        assert "Usage: twistd" in done.stdout + done.stderr
        nothingIsLeft(tmp_path)

    @foreground
    def test_aLogThatCannotBeWritten(self, mode: str, tmp_path: Path) -> None:
        (tmp_path / "x.tac").write_text(TALKER)
        done = run(command(mode, "-y", "x.tac", "-l", "no/such/directory/log"), tmp_path)
        oneMessage(done, "Unable to open log file 'no/such/directory/log'")
        nothingIsLeft(tmp_path, "x.tac")

    @foreground
    def test_aPIDFileThatCannotBeWritten(self, mode: str, tmp_path: Path) -> None:
        (tmp_path / "x.tac").write_text(TALKER)
        done = run(command(mode, "-y", "x.tac", "--pidfile=no/such/directory/pid"), tmp_path)
        # Of what a daemon says to whom starts it, no more than 100 bytes come.
        oneMessage(done, "no/such/directory/pid" if mode else "No such file or directory")
        nothingIsLeft(tmp_path, "x.tac", *([] if mode else ["twistd.log"]))

    @foreground
    def test_aDirectoryThatIsNotThere(self, mode: str, tmp_path: Path) -> None:
        (tmp_path / "x.tac").write_text(TALKER)
        done = run(command(mode, "-y", "x.tac", "--rundir=nowhere"), tmp_path)
        oneMessage(done, "nowhere")
        nothingIsLeft(tmp_path, "x.tac", *([] if mode else ["twistd.log"]))

    def test_daemonsHaveNoStandardOutput(self, tmp_path: Path) -> None:
        (tmp_path / "x.tac").write_text(TALKER)
        oneMessage(run(twistd("-y", "x.tac", "-l", "-"), tmp_path), "cannot log to stdout")
        nothingIsLeft(tmp_path, "x.tac")

    @root
    def test_becomingRootWithoutBeingIt(self, tmp_path: Path) -> None:
        (tmp_path / "x.tac").write_text(TALKER)
        oneMessage(run(twistd("-ny", "x.tac", "--uid=0"), tmp_path), "are you root?")

    def test_aPluginThatRaisesAtImport(self, tmp_path: Path) -> None:
        plugins = tmp_path / "twisted" / "plugins"
        plugins.mkdir(parents=True)
        (plugins / "broken_plugin.py").write_text("raise RuntimeError('I am broken')\n")
        done = run(twistd("--help"), tmp_path)
        # It is in nobody's way, but whoever wonders where it is can read why.
        assert done.returncode == 0 and "procmon" in done.stdout
        assert "broken_plugin" in done.stderr and "I am broken" in done.stderr
        wanted = run(twistd("-n", "broken"), tmp_path)
        assert wanted.returncode > 0 and "Unknown command: broken" in wanted.stderr


class TestTwist:
    @pytest.mark.parametrize(
        ("words", "status", "said"),
        [
            (["nonsense"], 64, "nonsense"),
            ([], 64, "No plugin specified."),
            (["--reactor=nonsense", "procmon", "true"], 64, "Unknown reactor: nonsense"),
            (["--log-level=loud", "procmon", "true"], 64, "Invalid log level: loud"),
            (["--log-format=poem", "procmon", "true"], 64, "Invalid log format: poem"),
            (["--log-file=no/such/log", "procmon", "true"], 74, "Unable to open log file"),
            (["ftp", "--auth=nonsense"], 64, "Auth plugin not recognized: nonsense"),
            (["ftp", "--port=nonsense:1"], 69, "Unknown endpoint type: 'nonsense'"),
        ],
    )
    def test_whatIsWrong(self, words: list[str], status: int, said: str, tmp_path: Path) -> None:
        done = run(twist(*words), tmp_path)
        assert done.returncode == status
        assert said in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        nothingIsLeft(tmp_path)

    def test_aPortInUse(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = run(twist("socks", "--port", str(port)), tmp_path)
        assert done.returncode == 69
        assert "socks: CannotListenError: Couldn't listen on 127.0.0.1" in done.stderr

    def test_logsAsJSON(self, tmp_path: Path) -> None:
        process = startReady(twist("--log-file=log", "procmon", "sleep", "100"), tmp_path)
        try:
            process.terminate()
            process.wait(60)
        finally:
            end(process)
        records = (tmp_path / "log").read_text().split("\x1e")[1:]
        formats = [json.loads(record)["log_format"] for record in records]
        assert "Starting reactor..." in formats and "Main loop terminated." in formats


@contextmanager
def daemon(where: Path, *words: str) -> Iterator[int]:
    """A daemon, gone in the end."""
    done = run(twistd(*words), where)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
    pid = int((where / "twistd.pid").read_text())
    try:
        yield pid
    finally:
        if isAlive(pid):
            os.kill(pid, signal.SIGTERM)
            try:
                waitFor(lambda: not isAlive(pid), 20)
            finally:
                if isAlive(pid):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def tac(tmp_path: Path) -> Path:
    (tmp_path / "x.tac").write_text(TALKER)
    return tmp_path


class TestDaemons:
    def test_aSessionOfItsOwn(self, tac: Path) -> None:
        with daemon(tac, "-y", "x.tac") as pid:
            assert os.getsid(pid) != os.getsid(0)
            assert os.getsid(pid) != pid  # not its leader, so it gets no terminal
            assert {os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)} == {"/dev/null"}
            umask = re.search(r"^Umask:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)
            assert umask is not None and umask[1] == "0077"
        assert not (tac / "twistd.pid").exists()

    def test_itKeepsNoDescriptorsThatItIsNotToHave(self, tac: Path) -> None:
        with daemon(tac, "-y", "x.tac") as pid:
            pipes = [
                name
                for name in os.listdir(f"/proc/{pid}/fd")
                if os.readlink(f"/proc/{pid}/fd/{name}").startswith("pipe:")
            ]
            # Those by which the reactor wakes itself; none of those to us.
            assert len(pipes) <= 4

    def test_umaskAndName(self, tac: Path) -> None:
        with daemon(tac, "-y", "x.tac", "--umask=027", "--originalname") as pid:
            status = Path(f"/proc/{pid}/status").read_text()
            assert re.search(r"^Umask:\s+0027", status, re.M)

    def test_oneAtATime(self, tac: Path) -> None:
        with daemon(tac, "-y", "x.tac") as pid:
            done = run(twistd("-y", "x.tac"), tac)
            assert done.returncode == 1
            assert f"Another twistd server is running, PID {pid}" in done.stderr
            assert isAlive(pid) and (tac / "twistd.pid").exists()

    @pytest.mark.parametrize("stale", ["2147483646", "0"])
    def test_aPIDFileThatADeadProcessHasLeft(self, stale: str, tac: Path) -> None:
        (tac / "twistd.pid").write_text(stale)
        with daemon(tac, "-y", "x.tac") as pid:
            assert str(pid) != stale
        assert not (tac / "twistd.pid").exists()

    def test_aPIDFileThatIsNone(self, tac: Path) -> None:
        (tac / "twistd.pid").write_text("not a number")
        oneMessage(run(twistd("-y", "x.tac"), tac), "contains non-numeric value")
        assert (tac / "twistd.pid").read_text() == "not a number"

    def test_theLogIsRotatedBySIGUSR1(self, tac: Path) -> None:
        with daemon(tac, "-y", "x.tac") as pid:
            waitFor(lambda: "talker starts" in textOf(tac / "twistd.log"))
            os.kill(pid, signal.SIGUSR1)
            waitFor(lambda: (tac / "twistd.log.1").exists())
        assert "talker starts" in (tac / "twistd.log.1").read_text()
        waitFor(lambda: "Server Shut Down." in textOf(tac / "twistd.log"))
        assert "talker stops" in (tac / "twistd.log").read_text()

    def test_whatHappensBeforeTheEndOfStartIsNotLost(self, tac: Path) -> None:
        dying = TALKER.replace('log.msg("talker starts")', "import os; os._exit(7)")
        (tac / "x.tac").write_text(dying)
        done = run(twistd("-y", "x.tac"), tac)
        assert done.returncode == 1
        assert "the daemon died while it started" in done.stderr


class TestOptions:
    def log(self, where: Path, *words: str) -> str:
        """Run in the foreground until it is up, and return what is logged."""
        process = startReady(twistd("-n", "--pidfile=", *words), where)
        try:
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=60)
        finally:
            end(process)
        return output

    def test_levels(self, tac: Path) -> None:
        assert "talker" in self.log(tac, "-y", "x.tac", "--log-level=info")
        assert self.log(tac, "-y", "x.tac", "--log-level=error") == ""

    @pytest.mark.parametrize("format", ["classic", "text", "json", "journal"])
    def test_formats(self, format: str, tac: Path) -> None:
        output = self.log(tac, "-y", "x.tac", f"--log-format={format}")
        line = next(line for line in output.splitlines() if "talker starts" in line)
        pattern = {
            "classic": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} \[-\] talker starts",
            "text": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \[.*\] talker starts",
            "json": "\x1e?{.*talker starts.*}",
            "journal": r"<6>talker starts",
        }[format]
        assert re.fullmatch(pattern, line), line

    @pytest.mark.parametrize("profiler", ["cprofile", "profile"])
    def test_profiles(self, profiler: str, tac: Path) -> None:
        self.log(tac, "-y", "x.tac", "--profile=stats", f"--profiler={profiler}")
        assert "function calls" in (tac / "stats").read_text()
        self.log(tac, "-y", "x.tac", "-p", "saved", "--savestats", f"--profiler={profiler}")
        assert pstats.Stats(os.fspath(tac / "saved")).total_calls > 0  # type: ignore[attr-defined]

    @pytest.mark.parametrize("name", ["select", "poll", "epoll"])
    def test_reactors(self, name: str, tac: Path) -> None:
        output = self.log(tac, f"--reactor={name}", "-y", "x.tac")
        assert re.search(rf"reactor class: twisted\.internet\.{name}reactor\.", output), output

    def test_listsOfReactors(self, tac: Path) -> None:
        done = run(twistd("--help-reactors"), tac)
        assert done.returncode == 0
        assert re.search(r"^ +epoll\s+\S", done.stdout, re.MULTILINE)

    def test_spew(self, tac: Path) -> None:
        process = start(twistd("-n", "--pidfile=", "--spew", "-y", "x.tac"), tac)
        try:
            assert process.stdout is not None
            assert any("x.tac" in line or "method" in line for line in process.stdout)
        finally:
            end(process)

    def test_anApplicationIsSavedAtTheEndUnlessItWasMadeAnew(self, tac: Path) -> None:
        program = (
            "from twisted.application import service; import sys; sys.path.insert(0, '.');"
            "from twisted.persisted import sob;"
            "app = service.Application('kept'); service.MultiService().setServiceParent(app);"
            "sob.IPersistable(app).save()"
        )
        made = subprocess.run(
            [twistd()[0], "-c", program], cwd=tac, env=environment(), capture_output=True
        )
        assert made.returncode == 0, made.stderr
        assert (tac / "kept.tap").exists()
        self.log(tac, "-f", "kept.tap")
        assert (tac / "kept-shutdown.tap").exists()
        (tac / "kept-shutdown.tap").unlink()
        self.log(tac, "-o", "-f", "kept.tap")
        self.log(tac, "-y", "x.tac")
        assert not list(tac.glob("*shutdown*"))

    @pytest.mark.parametrize("shell", ["zsh"])
    def test_completionsForShells(self, shell: str, tac: Path) -> None:
        done = run(twistd("--_shell-completion", f"{shell}:1"), tac)
        assert done.returncode == 0
        assert "--pidfile=" in done.stdout and "_arguments" in done.stdout

    def test_version(self, tac: Path) -> None:
        done = run(twistd("--version"), tac)
        assert done.returncode == 0
        assert done.stdout.startswith("twistd (the Twisted daemon) ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signalsEndTheProcessAsTheyDoOthers(number: signal.Signals, tac: Path) -> None:
    process = startReady(twistd("-n", "--pidfile=", "-y", "x.tac", "-l", "log"), tac)
    try:
        process.send_signal(number)
        assert process.wait(60) == -number
    finally:
        end(process)
    assert "Server Shut Down." in (tac / "log").read_text()
