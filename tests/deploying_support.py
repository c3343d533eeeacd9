"""
Runs C{twistd} and C{twist} as their users do, in directories of their own.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 60

#: An application whose one service prints what it does.
TALKER = """\
from twisted.application.service import Application, Service
from twisted.python import log

class Talker(Service):
    def startService(self):
        Service.startService(self)
        log.msg("talker starts")

    def stopService(self):
        log.msg("talker stops")

application = Application("talker")
Talker().setServiceParent(application)
"""


def twistd(*words: str) -> list[str]:
    """The command line of twistd with these words."""
    return [sys.executable, "-m", "twisted.scripts.twistd", *words]


def twist(*words: str) -> list[str]:
    """The command line of twist with these words."""
    program = "from twisted.application.twist._twist import Twist; Twist.main()"
    return [sys.executable, "-c", program, *words]


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: warnings are errors, output comes at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error", **more}


def start(command: list[str], where: Path, **more: Any) -> subprocess.Popen[str]:
    """Start a command; what it writes to either stream comes in one."""
    env = environment(**more.pop("env", {}))
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **more}
    return subprocess.Popen(
        command, cwd=where, env=env, text=True, stdin=subprocess.DEVNULL, **options
    )


def startReady(command: list[str], where: Path, **more: Any) -> subprocess.Popen[str]:
    """
    Start twistd or twist, and wait until its reactor runs.

    It says so as it does to systemd: what is in its log comes earlier, when a signal
    would still end it as it ends any process.
    """
    address = where / "ready"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(os.fspath(address))
        manager.settimeout(SECONDS)
        env = {**more.pop("env", {}), "NOTIFY_SOCKET": os.fspath(address)}
        process = start(command, where, env=env, **more)
        try:
            assert manager.recv(100).startswith(b"READY=1")
        except BaseException:
            end(process)
            raise
        finally:
            address.unlink()
    return process


def end(process: subprocess.Popen[str]) -> None:
    """Have no process left, whatever became of the test."""
    process.kill()
    process.wait(SECONDS)
    if process.stdout is not None:
        process.stdout.close()


def run(command: list[str], where: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its streams come apart."""
    return subprocess.run(
        command,
        cwd=where,
        env=environment(**more),
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
    )


def waitFor(what: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Call *what* until it returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.02)
    return found


def textOf(path: Path) -> str:
    """Read a file that may not be there yet."""
    return path.read_text() if path.exists() else ""


def isAlive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
