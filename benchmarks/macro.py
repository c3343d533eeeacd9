"""
Servers in a process of their own, under load from this one, over loopback.

What counts is the server's CPU per operation, from the kernel's clock of that
process: other programs, and the load itself, are not in it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SERVERS = Path(__file__).parent / "servers"

CONNECTIONS = 50
DATAGRAM_SOCKETS = 8
IN_FLIGHT = 8


def cpuClock(pid: int) -> int:
    """The id of the clock that counts the CPU of process *pid*, by clock_getcpuclockid(3)."""
    return (~pid << 3) | 2


class Served:
    """A server that runs, and its clock."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.address = ("127.0.0.1", port)

    def cpu(self) -> int:
        """Nanoseconds of CPU that it has used."""
        return time.clock_gettime_ns(cpuClock(self.process.pid))


@contextmanager
def serving(
    kind: str,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    program: str = "of_twisted.py",
) -> Iterator[Served]:
    """Start a server of *kind*, and end it afterwards."""
    process = subprocess.Popen(
        [python, os.fspath(SERVERS / program), kind],
        stdout=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"{python} {program} {kind} did not start")
        yield Served(process, int(line))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


Batch = Callable[[], int]


def _receive(peer: socket.socket, size: int) -> None:
    while size:
        piece = peer.recv(size)
        if not piece:
            raise ConnectionError("the server closed")
        size -= len(piece)


def _rounds(message: bytes, operations: int) -> Callable[[Served, contextlib.ExitStack], Batch]:
    """*message* on each of 50 connections, and back; a batch is 20 such rounds."""

    def make(server: Served, stack: contextlib.ExitStack) -> Batch:
        peers = []
        for _ in range(CONNECTIONS):
            peer = stack.enter_context(socket.create_connection(server.address, 10))
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peers.append(peer)

        def batch() -> int:
            for _ in range(20):
                for peer in peers:
                    peer.sendall(message)
                for peer in peers:
                    _receive(peer, len(message))
            return 20 * CONNECTIONS * operations

        return batch

    return make


def _churn(server: Served, stack: contextlib.ExitStack) -> Batch:
    def batch() -> int:
        for _ in range(4):
            peers = [socket.create_connection(server.address, 10) for _ in range(32)]
            for peer in peers:
                _receive(peer, 1)
                if peer.recv(1):
                    raise AssertionError("the server said too much")
                peer.close()
        return 128

    return batch


def _datagrams(server: Served, stack: contextlib.ExitStack) -> Batch:
    peers = []
    for _ in range(DATAGRAM_SOCKETS):
        peer = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        peer.settimeout(10)
        peer.connect(server.address)
        peers.append(peer)
    message = b"x" * 64

    def batch() -> int:
        for _ in range(10):
            for peer in peers:
                for _ in range(IN_FLIGHT):
                    peer.send(message)
            for peer in peers:
                for _ in range(IN_FLIGHT):
                    peer.recv(100)
        return 10 * DATAGRAM_SOCKETS * IN_FLIGHT

    return batch


class Load(NamedTuple):
    """A kind of server, and what is done to it."""

    kind: str
    make: Callable[[Served, contextlib.ExitStack], Batch]
    says: str


LOADS = {
    "net/echo_64": Load("echo", _rounds(b"x" * 64, 1), "64 bytes there and back, 50 connections"),
    "net/echo_10K": Load("echo", _rounds(b"x" * 10240, 1), "10 KiB there and back"),
    "net/lines_1": Load("lines", _rounds(b"x" * 64 + b"\r\n", 1), "a line, one to a read"),
    "net/lines_32": Load("lines", _rounds((b"x" * 64 + b"\r\n") * 32, 32), "a line, 32 to a read"),
    "net/churn": Load("churn", _churn, "a connection: made, one byte, closed"),
    "net/udp": Load("udp", _datagrams, "a datagram of 64 bytes there and back"),
}


def cpuPerOperation(server: Served, load: Load, seconds: float = 0.5) -> float:
    """Nanoseconds of the server's CPU for one operation of *load*."""
    with contextlib.ExitStack() as stack:
        batch = load.make(server, stack)
        batch()
        done = 0
        until = time.perf_counter() + seconds
        start = server.cpu()
        while time.perf_counter() < until:
            done += batch()
        return (server.cpu() - start) / done


def importTime(
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    statement: str = "from twisted.internet import reactor",
    repeats: int = 5,
) -> float:
    """
    Nanoseconds of CPU that an import takes, over an interpreter that does nothing.

    As for a program that was installed: bytecode is there, or written by a first
    run, which is not counted.
    """
    written = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})}
    subprocess.run([python, "-c", statement], env=written, check=True)

    def least(code: str) -> float:
        best = float("inf")
        for _ in range(repeats):
            process = subprocess.Popen([python, "-c", code], env=written)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError(f"{python} -c {code!r} failed")
            best = min(best, usage.ru_utime + usage.ru_stime)
        return best

    return (least(statement) - least("pass")) * 1e9
