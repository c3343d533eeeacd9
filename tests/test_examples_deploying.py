"""
The programs that teach applications, logs, databases and authentication, and the
tutorial's finger server as an application.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploying_support import end, isAlive, start, startReady, textOf, twistd, waitFor
from tests.deploying_support import run as runCommand
from tests.examples_support import EXAMPLES, ask, finish, freePort, run
from tests.examples_support import start as startExample

WHEN = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} "


def matches(log: str, *lines: str) -> None:
    """See that the log has lines like these, one after the other, and no others."""
    found = log.splitlines()
    assert len(found) == len(lines), log
    for line, wanted in zip(found, lines, strict=True):
        assert re.fullmatch(WHEN + wanted, line), f"{line!r} is not {wanted!r}"


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def daemon(where: Path, *words: str, pidfile: str = "twistd.pid", **env: str) -> Iterator[int]:
    """Run twistd as a daemon; in the end it is gone, whatever happened."""
    done = runCommand(twistd(*words), where, **env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    pid = int((where / pidfile).read_text())
    try:
        yield pid
        os.kill(pid, signal.SIGTERM)
        waitFor(lambda: not isAlive(pid))
        assert not (where / pidfile).exists()
    finally:
        if isAlive(pid):
            os.kill(pid, signal.SIGKILL)


# Applications (chapter 6)


def test_anApplicationAsADaemon(tmp_path: Path) -> None:
    port = freePort()
    tac = os.fspath(EXAMPLES / "echo_server.tac")
    env = {"ECHO_PORT": str(port), "PYTHONPATH": os.fspath(EXAMPLES)}
    with daemon(tmp_path, "-y", tac, **env):
        assert ask(port, b"hello", lambda got: len(got) == 5) == b"hello"
    matches(
        (tmp_path / "twistd.log").read_text(),
        r"\[-\] Log opened\.",
        r"\[-\] twistd \S+ \(\S+ \d+\.\d+\.\d+\) starting up\.",
        r"\[-\] reactor class: twisted\.internet\.epollreactor\.EPollReactor\.",
        rf"\[-\] EchoFactory starting on {port}",
        r"\[-\] Starting factory <echo\.EchoFactory object at 0x[0-9a-f]+>",
        r"\[-\] Received SIGTERM, shutting down\.",
        rf"\[-\] \(TCP Port {port} Closed\)",
        r"\[-\] Stopping factory <echo\.EchoFactory object at 0x[0-9a-f]+>",
        r"\[-\] Main loop terminated\.",
        r"\[-\] Server Shut Down\.",
    )


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy, since a cache of plugins is written into it."""
    return Path(shutil.copytree(EXAMPLES / request.param, tmp_path / request.param))


@pytest.mark.parametrize("project", ["echoproject"], indirect=True)
def test_aPluginIsACommand(project: Path) -> None:
    listed = runCommand(twistd("--help"), project)
    assert re.search(r"^ +echo +A TCP-based echo server\.$", listed.stdout, re.MULTILINE)
    helped = runCommand(twistd("echo", "--help"), project)
    assert "The port number to listen on. [default: 8000]" in helped.stdout
    port = freePort()
    with daemon(project, "echo", f"--port={port}"):
        assert ask(port, b"hello", lambda got: len(got) == 5) == b"hello"
    assert f"EchoFactory starting on {port}" in (project / "twistd.log").read_text()
    wrong = runCommand(twistd("echo", "--port=x"), project)
    assert wrong.returncode == 1 and "Parameter type enforcement failed" in wrong.stderr


# Logging (chapter 7)


def test_logsOfAServer(tmp_path: Path) -> None:
    port = freePort()
    file = tmp_path / "echo.log"
    example = startExample("logs/logging_echoserver.py", str(port), os.fspath(file))
    try:
        waitFor(lambda: listens(port))
        assert ask(port, b"Hello, world!", lambda got: len(got) == 13) == b"Hello, world!"
        waitFor(lambda: "Hello, world!" in textOf(file))
        example.send_signal(signal.SIGINT)
        assert finish(example) == ""
    finally:
        example.kill()
    matches(
        file.read_text(),
        r"\[-\] Log opened\.",
        rf"\[-\] EchoFactory starting on {port}",
        r"\[-\] Starting factory <__main__\.EchoFactory object at 0x[0-9a-f]+>",
        r"\[Echo,\d,127\.0\.0\.1\] Hello, world!",
        r"\[-\] Received SIGINT, shutting down\.",
        rf"\[__main__\.EchoFactory\] \(TCP Port {port} Closed\)",
        r"\[-\] Stopping factory <__main__\.EchoFactory object at 0x[0-9a-f]+>",
        r"\[-\] Main loop terminated\.",
    )


def test_messagesAndExceptions() -> None:
    lines = run("logs/logging_test.py").splitlines()
    text = [re.sub(WHEN, "", line) for line in lines]
    assert text[:3] == ["[-] Log opened.", "[-] Starting experiment", "[-] Logging an exception"]
    assert text[3] == "[-] Unhandled Error"
    assert "\tTraceback (most recent call last):" in text
    assert "\tbuiltins.ZeroDivisionError: division by zero" in text
    assert text[-1] == "[-] Ending experiment"


def test_rotation(tmp_path: Path) -> None:
    assert run("logs/log_rotation.py", os.fspath(tmp_path)) == ""
    names = sorted(path.name for path in tmp_path.iterdir())
    oldest = names[-1]
    assert names == ["test.log", *(f"test.log.{n}" for n in range(1, len(names)))]
    assert len(names) >= 3
    assert "First message" in (tmp_path / oldest).read_text()
    assert "Last message" in (tmp_path / "test.log").read_text()
    whole = "".join((tmp_path / name).read_text() for name in reversed(names))
    assert [f"Test message {i}" in whole for i in range(5)] == [True] * 5


def test_errorsInRed() -> None:
    output = run("logs/colorized_logging_test.py")
    plain, red = "\033[0m", "\033[91m"
    starts = [line for line in output.split(plain) if line]
    assert "Starting experiment" in starts[0] and red not in starts[0]
    (error,) = [part for part in starts if red in part]
    assert error.startswith(red) and "ZeroDivisionError" in error
    assert "Ending experiment" in starts[-1] and red not in starts[-1]


def test_ourObserverForTwistd(tmp_path: Path) -> None:
    port = freePort()
    path = os.pathsep.join([os.fspath(EXAMPLES), os.fspath(EXAMPLES / "logs")])
    process = startReady(
        twistd(
            "-ny",
            os.fspath(EXAMPLES / "echo_server.tac"),
            "--logger=log_colorizer.logger",
            "--logfile=-",
            "--pidfile=",
        ),
        tmp_path,
        # An observer of the book's kind is warned of.
        env={"ECHO_PORT": str(port), "PYTHONPATH": path, "PYTHONWARNINGS": "default"},
    )
    try:
        process.terminate()
        output, _ = process.communicate(timeout=60)
    finally:
        end(process)
    assert re.search(f"\033\\[0m{WHEN}\\[-\\] EchoFactory starting on {port}", output)
    assert "Server Shut Down." in output and "\033[91m" not in output


# Databases (chapter 8)


def test_databases(tmp_path: Path) -> None:
    file = os.fspath(tmp_path / "users.db")
    assert run("databases/db_transaction_test.py", file) == "Jane\n"
    assert run("databases/db_test.py", file) == "Jane\n"
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT email, name FROM users").fetchall()
    connection.close()
    assert rows == [("jane@foo.com", "Jane"), ("joel@foo.com", "Joel")]


# Authentication (chapter 9)


def talk(port: int, *lines: bytes) -> bytes:
    """Send lines, each when the one before has been answered, until we are thrown out."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), 20) as peer:
        peer.settimeout(20)
        for line in lines:
            peer.sendall(line + b"\r\n")
            piece = peer.recv(1000)
            got += piece
            if not piece:
                break
    return got


def checkLogins(port: int) -> None:
    assert talk(port, b"user pass", b"Hi", b"Quit") == (
        b"Login successful, please proceed.\nHi\r\nQuit\r\n"
    )
    for wrong in (b"foo bar", b"user", b"user pass2", b""):
        assert talk(port, wrong, b"more") == b"Login denied, goodbye.\n"


@pytest.mark.parametrize("kind", ["memory", "file", "hash", "database"])
def test_whoMayEcho(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = hashlib.sha256(b"pass").hexdigest()
    (tmp_path / "passwords.txt").write_text(f"user:{secret if kind == 'hash' else 'pass'}\n")
    with sqlite3.connect(tmp_path / "users.db") as connection:
        connection.execute("CREATE TABLE users (username TEXT, password TEXT)")
        connection.execute("INSERT INTO users VALUES ('user', ?)", (secret,))
    connection.close()
    process = start(
        [*twistd()[:1], os.fspath(EXAMPLES / "cred" / "echo_cred.py"), "0", kind],
        tmp_path,
        # The book's credentials for hashes have been deprecated since.
        env={"PYTHONWARNINGS": "ignore"} if kind == "database" else {},
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[-1])
        checkLogins(port)
    finally:
        end(process)


@pytest.mark.parametrize("project", ["cred"], indirect=True)
class TestAuthOptions:
    def test_theTable(self, project: Path) -> None:
        done = runCommand(twistd("echo", "--help-auth"), project)
        assert done.returncode == 0
        lines = [line.split(None, 1) for line in done.stdout.splitlines()]
        assert done.stdout.startswith(
            "Usage: --auth AuthType[:ArgString]\nFor detailed help: --help-auth-type AuthType\n"
        )
        assert ["AuthType", "ArgString format"] in lines
        assert ["memory", "A colon-separated list (name:password:...)"] in lines
        assert ["file", "Location of a FilePasswordDB-formatted file."] in lines
        assert ["unix", "No argstring required."] in lines
        # What it cannot use is not offered.
        assert not any(line[:1] in (["anonymous"], ["sshkeys"]) for line in lines)

    def test_detailedHelp(self, project: Path) -> None:
        done = runCommand(twistd("echo", "--help-auth-type", "file"), project)
        assert done.returncode == 0 and "file" in done.stdout

    @pytest.mark.parametrize("auth", ["memory:user:pass:foo:baz", "file:passwords.txt"])
    def test_checkers(self, project: Path, auth: str) -> None:
        (project / "passwords.txt").write_text("user:pass\nfoo:baz\n")
        port = freePort()
        with daemon(project, "echo", f"--port={port}", "--auth", auth):
            checkLogins(port)

    @pytest.mark.parametrize(
        ("auth", "said"),
        [
            ("nonsense", "nonsense"),
            ("nonsense:x", "nonsense"),
            ("memory:user", "argstring must be in format U:P:..."),
            ("anonymous", "Auth plugin not supported: twisted.cred.credentials.IAnonymous"),
        ],
    )
    def test_badOnes(self, project: Path, auth: str, said: str) -> None:
        done = runCommand(twistd("echo", "--auth", auth), project)
        assert done.returncode == 1
        assert said in done.stderr and "Traceback" not in done.stderr
        assert not (project / "twistd.pid").exists() and not (project / "twistd.log").exists()


# The tutorial's finger server as an application

FINGER = os.fspath(EXAMPLES / "finger" / "finger11.tac")


def fingerEnvironment(port: int) -> dict[str, str]:
    """Another user only if we may become one."""
    root = os.getuid() == 0
    user = {} if root else {"FINGER_UID": str(os.getuid()), "FINGER_GID": str(os.getgid())}
    return {"FINGER_PORT": str(port), **user}


@pytest.fixture
def open_path(tmp_path: Path) -> Path:
    """A directory that user 1 can leave things in, and remove them from."""
    for each in (tmp_path.parent.parent, tmp_path.parent, tmp_path):
        each.chmod(0o755)
    tmp_path.chmod(0o777)
    return tmp_path


def checkFinger(port: int) -> None:
    assert ask(port, b"moshez\r\n") == b"Happy and well\r\n"
    assert ask(port, b"nobody\r\n") == b"No such user\r\n"


def test_fingerInTheForeground(open_path: Path) -> None:
    port = freePort()
    process = startReady(twistd("-ny", FINGER), open_path, env=fingerEnvironment(port))
    try:
        checkFinger(port)
        uids = re.search(
            r"^Uid:\s+(\d+)\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text(), re.M
        )
        assert uids is not None
        assert set(uids.groups()) == {"1" if os.getuid() == 0 else str(os.getuid())}
        process.terminate()
        output, _ = process.communicate(timeout=30)
    finally:
        end(process)
    assert "Server Shut Down." in output
    assert not (open_path / "twistd.pid").exists()
    assert not (open_path / "finger-shutdown.tap").exists()


@pytest.mark.parametrize("how", ["plain", "pidfile", "rundir", "logfile"])
def test_fingerAsADaemon(how: str, open_path: Path) -> None:
    port = freePort()
    env = fingerEnvironment(port)
    run_ = open_path / "run"
    run_.mkdir()
    run_.chmod(0o777)
    words = {
        "plain": [],
        "pidfile": ["--pidfile=finger.pid"],
        "rundir": [f"--rundir={run_}"],
        "logfile": ["-l", os.fspath(run_ / "finger.log")],
    }[how]
    pidfile = "finger.pid" if how == "pidfile" else "twistd.pid"
    with daemon(open_path, "-y", FINGER, *words, pidfile=pidfile, **env) as pid:
        checkFinger(port)
        there = run_ if how == "rundir" else open_path
        if os.getuid() != 0:
            assert os.readlink(f"/proc/{pid}/cwd") == os.fspath(there)
    # It was as another user that it wrote this.
    log = run_ / "finger.log" if how == "logfile" else open_path / "twistd.log"
    assert "FingerFactory starting on" in log.read_text()
    waitFor(lambda: "Server Shut Down." in log.read_text())


@pytest.mark.skipif(os.getuid() != 0, reason="only root may change its root directory")
def test_fingerInAnotherRoot(open_path: Path) -> None:
    port = freePort()
    new = open_path / "var"
    new.mkdir()
    new.chmod(0o777)
    words = ["-y", FINGER, f"--chroot={new}", "--pidfile=/finger.pid"]
    done = runCommand(twistd(*words), open_path, **fingerEnvironment(port))
    assert done.returncode == 0, done.stderr
    pid = int((new / "finger.pid").read_text())
    try:
        checkFinger(port)
        assert os.readlink(f"/proc/{pid}/root") == os.fspath(new)
    finally:
        os.kill(pid, signal.SIGTERM)
        try:
            waitFor(lambda: not isAlive(pid))
        finally:
            if isAlive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may put a socket for the system's log")
@pytest.mark.skipif(os.path.exists("/dev/log"), reason="the system's log is in use here")
@pytest.mark.parametrize("prefix", [None, "twistedfinger"])
def test_fingerLogsToTheSystem(prefix: str | None, open_path: Path) -> None:
    got: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        try:
            log.settimeout(0.2)
            stop = threading.Event()

            def read() -> None:
                while not stop.is_set():
                    try:
                        got.append(log.recv(5000).decode())
                    except TimeoutError:
                        continue

            reader = threading.Thread(target=read)
            reader.start()
            port = freePort()
            words = ["-y", FINGER, "--syslog"] + ([f"--prefix={prefix}"] if prefix else [])
            try:
                with daemon(open_path, *words, **fingerEnvironment(port)):
                    checkFinger(port)
                waitFor(lambda: any("Server Shut Down" in line for line in got))
            finally:
                stop.set()
                reader.join()
        finally:
            os.unlink("/dev/log")
    name = prefix or "twisted"
    assert all(re.match(rf"<\d+>\w+ [ \d]\d [\d:]+ {name}", line) for line in got), got
    assert any(f"FingerFactory starting on {port}" in line for line in got)
    assert not (open_path / "twistd.log").exists()
