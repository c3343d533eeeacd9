"""
Starts the programs in examples/ as their users would, and talks to them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"
SECONDS = 30


def environment(**more: str) -> dict[str, str]:
    """The environment for an example: its output is to come at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error", **more}


def start(name: str, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start an example; what it prints on either stream comes in one."""
    return subprocess.Popen(
        [sys.executable, os.fspath(EXAMPLES / name), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=EXAMPLES,
        env=environment(**more),
    )


def run(name: str, *words: str, **more: str) -> str:
    """Run an example to its end, which must be a good one; return what it printed."""
    process = start(name, *words, **more)
    output = finish(process)
    assert process.returncode == 0, output
    return output


def readUntil(process: subprocess.Popen[str], word: str) -> str:
    """Return the first line with *word* in it."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if word in line:
            return line
    raise AssertionError(f"{word!r} did not come: {seen}")


def untilItHandles(process: subprocess.Popen[str], number: int) -> None:
    """Wait until a program handles a signal: then its reactor runs."""
    status = Path(f"/proc/{process.pid}/status")
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        (caught,) = (
            int(line.split()[1], 16)
            for line in status.read_text().splitlines()
            if line.startswith("SigCgt:")
        )
        if caught >> (number - 1) & 1:
            return
        time.sleep(0.02)
    raise AssertionError(f"signal {number} is not handled")


def finish(process: subprocess.Popen[str], timeout: float = SECONDS) -> str:
    """
    Read what a program still prints, and wait for its end.

    Not C{communicate}, which loses what a reading of lines has fetched ahead.
    """
    assert process.stdout is not None
    killer = threading.Timer(timeout, process.kill)
    killer.start()
    try:
        output = process.stdout.read()
        process.wait()
    finally:
        killer.cancel()
        process.kill()
        process.stdout.close()
    return output


class Server:
    """An example that listens."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.output = ""
        self.finished = False

    def stop(self) -> str:
        """Interrupt it, as the user of a terminal would; return what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        if not self.finished:
            self.finished = True
            self.output = finish(self.process)
        return self.output


@contextmanager
def server(name: str, *words: str, sign: str = "listening on ") -> Iterator[Server]:
    """Start an example that says on which port it listens, after *sign*."""
    process = start(name, *words)
    found = Server(process, 0)
    try:
        line = readUntil(process, sign)
        found.port = int(line.rsplit(sign, 1)[1].split()[0])
        yield found
    finally:
        found.stop()
    assert process.returncode == 0, found.output


def ask(port: int, text: bytes, enough: Callable[[bytes], bool] = lambda got: False) -> bytes:
    """Send *text*, and read until *enough* says so or the other side closes."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as peer:
        peer.settimeout(SECONDS)
        peer.sendall(text)
        while not enough(got):
            piece = peer.recv(1000)
            if not piece:
                break
            got += piece
    return got


def freePort() -> int:
    """Return a port on which nobody listens, for now."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        number: int = unused.getsockname()[1]
        return number
