"""
The finger server grows step by step, from nothing to one that asks a program.
"""

from __future__ import annotations

import shutil
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.examples_support import ask, finish, server, start


def test_step01_runsAndDoesNothing() -> None:
    process = start("finger/finger01.py")
    try:
        # It is ready for the signal when it waits in its poller.
        deadline = time.monotonic() + 20
        while "poll" not in Path(f"/proc/{process.pid}/wchan").read_text():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output = finish(process)
    finally:
        process.kill()
    assert (output, process.returncode) == ("", 0)


def test_step02_acceptsAndIgnores() -> None:
    with server("finger/finger02.py", "0") as finger:
        with socket.create_connection(("127.0.0.1", finger.port), 10) as peer:
            peer.sendall(b"moshez\r\n")
            peer.settimeout(0.2)
            with pytest.raises(TimeoutError):
                peer.recv(10)


def test_step03_dropsConnections() -> None:
    with server("finger/finger03.py", "0") as finger:
        assert ask(finger.port, b"") == b""


def test_step04_readsANameFirst() -> None:
    with server("finger/finger04.py", "0") as finger:
        with socket.create_connection(("127.0.0.1", finger.port), 10) as peer:
            peer.sendall(b"ali")
            peer.settimeout(0.2)
            with pytest.raises(TimeoutError):
                peer.recv(10)
            peer.settimeout(10)
            peer.sendall(b"ce\r\n")
            assert peer.recv(10) == b""


@pytest.mark.parametrize("step", ["finger05", "finger06"])
def test_steps05And06_knowNobody(step: str) -> None:
    with server(f"finger/{step}.py", "0") as finger:
        assert ask(finger.port, b"moshez\r\n") == b"No such user\r\n"


@pytest.mark.parametrize("step", ["finger07", "finger08"])
def test_steps07And08_knowOne(step: str) -> None:
    with server(f"finger/{step}.py", "0") as finger:
        assert ask(finger.port, b"moshez\r\n") == b"Happy and well\r\n"
        assert ask(finger.port, b"alice\r\n") == b"No such user\r\n"


def test_step09_asksAProgram() -> None:
    with server("finger/finger09.py", "0", "/bin/echo", "no information on") as finger:
        assert ask(finger.port, b"moshez\r\n") == b"no information on moshez\n\r\n"


def test_step09_aProgramThatFails() -> None:
    command = ("/bin/sh", "-c", "echo broken >&2; exit 1")
    with server("finger/finger09.py", "0", *command) as finger:
        assert ask(finger.port, b"moshez\r\n") == b"Internal error in server\r\n"


def test_step09_aProgramThatIsAbsent() -> None:
    # What cannot be started raises at once, so the protocol's method does: the
    # connection is closed and the server lives on.
    with server("finger/finger09.py", "0", "/no/such/finger") as finger:
        assert ask(finger.port, b"moshez\r\n") == b""
        assert ask(finger.port, b"moshez\r\n") == b""
        log = finger.stop()
    assert log.count("FileNotFoundError: [Errno 2] No such file or directory") == 2


@pytest.mark.skipif(shutil.which("finger") is None, reason="finger is not installed")
def test_step09_asksTheSystem() -> None:
    with server("finger/finger09.py", "0") as finger:
        assert b"root" in ask(finger.port, b"root\r\n")
