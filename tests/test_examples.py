"""
The examples run as their pages say.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent.parent / "examples"


@contextmanager
def server(name: str, *words: str) -> Iterator[tuple[Any, int]]:
    """Start an example that listens; give its process and port."""
    process = subprocess.Popen(
        [sys.executable, "-u", os.fspath(EXAMPLES / name), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield process, int(line.split()[-1])
    finally:
        process.terminate()
        assert process.wait(10) is not None
        process.stdout.close()


def ask(port: int, text: bytes, enough: Any) -> bytes:
    """Send *text*, and read until *enough* says so."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), 10) as peer:
        peer.sendall(text)
        while not enough(got):
            piece = peer.recv(1000)
            if not piece:
                break
            got += piece
    return got


def test_echo() -> None:
    with server("echo_server.py", "0") as (_, port):
        done = subprocess.run(
            [sys.executable, os.fspath(EXAMPLES / "echo_client.py"), str(port)],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.stdout == "Server said: Hello, world!\nConnection lost.\n"


def test_quotes() -> None:
    with server("quote_server.py", "0") as (process, port):
        first = ask(port, b"A quote", lambda got: b"away" in got)
        second = ask(port, b"Another", lambda got: b"quote" in got)
    assert (first, second) == (b"An apple a day keeps the doctor away", b"A quote")


def test_chat() -> None:
    with server("chat_server.py", "0") as (_, port):
        got = ask(port, b"ada\r\n", lambda got: b"Welcome" in got)
    assert got == b"What's your name?\r\nWelcome, ada!\r\n"


def test_fingerAsksAProgram() -> None:
    words = ("tcp:0:interface=127.0.0.1", "/bin/echo", "no information on")
    with server("finger/finger11.py", *words) as (_, port):
        got = ask(port, b"moshez\r\n", lambda got: False)
    assert got == b"no information on moshez\n\r\n"


def test_fingerWhoseProgramIsAbsent() -> None:
    words = ("tcp:0:interface=127.0.0.1", "/bin/sh", "-c", "echo broken >&2; exit 1")
    with server("finger/finger11.py", *words) as (_, port):
        got = ask(port, b"moshez\r\n", lambda got: False)
    assert got == b"Internal error in server\r\n"


def test_theMainJob() -> None:
    done = subprocess.run(
        [sys.executable, os.fspath(EXAMPLES / "main_job.py")],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert "ada < <bob> hello, ada" in done.stdout
