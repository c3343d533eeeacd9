"""
The poller in C keeps the contract of its header: the tests in C are compiled
with the system's compiler, with sanitizers where it has them, and run each in
a process of its own.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
POLLER = HERE.parent.parent / "_ext" / "poller"
SOURCE = HERE / "poller_test.c"
NAMES = re.findall(r"^TEST\((\w+)\)", SOURCE.read_text(), re.MULTILINE)

COMPILER = shlex.split(os.environ.get("CC", "cc"))
STRICT = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-pthread"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="epoll.c is for Linux"),
    pytest.mark.skipif(not POLLER.is_dir(), reason="the sources in _ext are not here"),
    pytest.mark.skipif(
        shutil.which(COMPILER[0]) is None,
        reason=f"there is no C compiler ({COMPILER[0]}): the poller's C tests did not run",
    ),
]


def compiled(target: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Compile the tests and the poller into *target*."""
    sources = [os.fspath(SOURCE), os.fspath(POLLER / "epoll.c")]
    return subprocess.run(
        [*COMPILER, *STRICT, *flags, f"-I{POLLER}", *sources, "-o", os.fspath(target), "-lm"],
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled tests, sanitized if the compiler and the system can."""
    target = tmp_path_factory.mktemp("poller") / "poller_test"
    if compiled(target, *SANITIZERS).returncode == 0 and run(target, "none").returncode == 2:
        return target
    done = compiled(target)
    assert done.returncode == 0, done.stderr
    return target


def run(program: Path, name: str) -> subprocess.CompletedProcess[str]:
    words = [os.fspath(program), name]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    if "LeakSanitizer has encountered a fatal error" in done.stderr:
        # It needs ptrace, which some containers and every debugger deny it.
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=env)
    return done


@pytest.mark.parametrize("name", NAMES)
def test_contract(program: Path, name: str) -> None:
    done = run(program, name)
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stdout + done.stderr


def test_everyTestIsRun() -> None:
    """A test in C that its main does not know would end with 2."""
    listed = re.findall(r"^    RUN\((\w+)\)", SOURCE.read_text(), re.MULTILINE)
    assert len(NAMES) >= 30
    assert listed == NAMES


def test_everyFunctionOfTheHeaderIsCalled() -> None:
    declared = re.findall(r"\b(poller_\w+)\(", (POLLER / "poller.h").read_text())
    called = set(re.findall(r"\b(poller_\w+)\(", SOURCE.read_text()))
    assert set(declared) <= called


def test_theWallsHold(program: Path, tmp_path: Path) -> None:
    """The tests can fail: with level-triggering taken away, they do."""
    whole = (POLLER / "epoll.c").read_text()
    broken = whole.replace("event.events = mask;", "event.events = mask | EPOLLET;")
    assert broken != whole
    (tmp_path / "epoll.c").write_text(broken)
    target = tmp_path / "broken"
    subprocess.run(
        [*COMPILER, "-pthread", f"-I{POLLER}", os.fspath(SOURCE), os.fspath(tmp_path / "epoll.c"),
         "-o", os.fspath(target), "-lm"],
        check=True,
        timeout=100,
    )
    assert run(target, "both_come_in_one_event").returncode == 0
    done = run(target, "reading_is_level_triggered")
    assert done.returncode == 1 and "not so: poller_wait" in done.stdout
