"""
The programs that teach threads and subprocesses.
"""

from __future__ import annotations

import re
import shutil
import socket
import sys
from importlib.util import find_spec

import pytest

from tests.examples_support import EXAMPLES, ask, finish, freePort, readUntil, run, server, start


def test_aBlockingCallInAThread() -> None:
    lines = run("threads/blocking.py").splitlines()
    assert lines.count("Goose") == 1
    assert set(lines) == {"Duck", "Goose"}
    # Four quacks a second for two seconds; the goose comes in the middle.
    # A busy machine skips quacks, and never adds any.
    before = lines.index("Goose")
    assert lines[0] == "Duck"
    assert 2 <= before <= 5
    assert 5 <= len(lines) <= 10


def test_aReactorThatStopsBeforeTheThread() -> None:
    lines = run("threads/blocking.py", "0.6").splitlines()
    assert "Goose" not in lines
    assert 1 <= len(lines) <= 3


def test_theEndWaitsForTheThread() -> None:
    lines = run("threads/blocking_revised.py").splitlines()
    assert lines[-1] == "Goose"
    assert 2 <= lines.count("Duck") <= 5
    assert len(lines) == lines.count("Duck") + 1


def test_otherCallsOverTheBorder() -> None:
    lines = run("threads/calls.py").splitlines()
    assert sorted(lines) == sorted(
        [
            "callInThread: in the thread",
            "callFromThread: in the loop",
            "blockingCallFromThread: 42",
            "and what it raised: not today",
            "first of several: in the thread",
            "second of several: in the thread",
        ]
    )
    assert lines[0] == "callInThread: in the thread"
    assert lines[-2:] == ["first of several: in the thread", "second of several: in the thread"]


def test_manualPages() -> None:
    words = ("0", "/bin/echo")
    with server("processes/manpage_server.py", *words, sign="Factory starting on ") as pages:
        assert ask(pages.port, b"the manual of  ls\r\n") == b"the manual of  ls\n"
        log = pages.stop()
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} "
    assert re.search(when + r"\[RunCommand,0,127\.0\.0\.1\] Man pages requested for: the", log), log
    assert re.search(when + r"\[-\] Received SIGINT, shutting down\.", log), log
    assert re.search(when + r"\[-\] Main loop terminated\.", log), log


def test_manualPagesThatAreNotThere() -> None:
    with server("processes/manpage_server.py", "0", "ls", sign="Factory starting on ") as pages:
        got = ask(pages.port, b"/nothing/of/the/kind\r\n")
    assert b"/nothing/of/the/kind" in got and b"No such file" in got


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_manualPagesOfTheSystem() -> None:
    with server("processes/manpage_server.py", "0", sign="Factory starting on ") as pages:
        assert b"nothing_of_the_kind" in ask(pages.port, b"nothing_of_the_kind\r\n")


def checkEnd(output: str, status: str) -> None:
    """The pipes close and the process exits in any order; that it ended is last."""
    assert output.endswith(
        f"processEnded called with status {status}\n"
        "All FDs are now closed, and the process has been reaped.\n"
    ), output
    assert output.count(f"processExited called with status {status}\n") == 1
    lost = [line for line in output.splitlines() if "ConnectionLost called" in line]
    assert sorted(lost) == [
        "errConnectionLost called, stderr closed.",
        "inConnectionLost called, stdin closed.",
        "outConnectionLost called, stdout closed.",
    ]


def test_spawningTheEchoServer() -> None:
    command = (sys.executable, str(EXAMPLES / "echo_server.py"), "0")
    process = start("processes/spawn_echo.py", "1.5", *command, PYTHONUNBUFFERED="")
    try:
        assert readUntil(process, "called") == "connectionMade called\n"
        assert re.match(r"outReceived called with 1\d bytes", readUntil(process, "Received called"))
        port = int(readUntil(process, "listening on").split()[2])
        assert ask(port, b"Is there anybody?", lambda got: len(got) == 17) == b"Is there anybody?"
        output = finish(process)
    finally:
        process.kill()
    # The server catches SIGTERM, stops its reactor, and ends well.
    checkEnd(output, "0")
    assert process.returncode == 0


def test_spawningWhatDiesOfTheSignal() -> None:
    checkEnd(run("processes/spawn_echo.py", "0.3", "/bin/sleep", "60"), "None")


def test_spawningWhatComplains() -> None:
    output = run("processes/spawn_echo.py", "20", "/bin/sh", "-c", "echo no >&2; exit 3")
    assert "errReceived called with 3 bytes of data:\nno\n\n" in output
    checkEnd(output, "3")


@pytest.mark.skipif(
    find_spec("twisted.application") is None or find_spec("twisted.scripts") is None,
    reason="twistd is not there yet",
)
def test_spawningTwistd() -> None:
    port = freePort()
    command = (sys.executable, "-m", "twisted.scripts.twistd", "-ny", "echo_server.tac")
    process = start(
        "processes/spawn_echo.py", "4", *command, "--pidfile=", ECHO_PORT=str(port)
    )
    try:
        assert readUntil(process, "called") == "connectionMade called\n"
        readUntil(process, f"EchoFactory starting on {port}")
        with socket.create_connection(("127.0.0.1", port), 10) as peer:
            peer.sendall(b"hello")
            assert peer.recv(10) == b"hello"
        output = finish(process)
    finally:
        process.kill()
    words = [
        "Received SIGTERM, shutting down.",
        f"(TCP Port {port} Closed)",
        "Stopping factory",
        "Main loop terminated.",
        "Server Shut Down.",
    ]
    where = [output.index(word) for word in words]
    assert where == sorted(where)
    # Other than a plain program, twistd has the signal end it once all is stopped.
    checkEnd(output, "None")
