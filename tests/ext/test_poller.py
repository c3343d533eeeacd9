"""
The pollers in C keep the contract of their header: the tests in C are compiled
with the system's compiler, with sanitizers where it has them, and run each in
a process of its own.  kqueue.c runs on a shim of kqueue(2) over epoll(7).
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


SHIM = HERE / "kqueue_shim"
#: What is compiled with the tests, for each poller, and with which flags.
POLLERS = {
    "epoll": ([POLLER / "epoll.c"], []),
    "kqueue": ([POLLER / "kqueue.c", SHIM / "kqueue_shim.c"], [f"-I{SHIM}", "-DPOLLER_KQUEUE"]),
}


def compiled(
    target: Path, kind: str, *flags: str, instead: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Compile the tests and a poller, or *instead* of its first source, into *target*."""
    sources, own = POLLERS[kind]
    files = [SOURCE, instead or sources[0], *sources[1:]]
    return subprocess.run(
        [*COMPILER, *flags, *own, f"-I{POLLER}", *map(os.fspath, files), "-o", target, "-lm"],
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture(scope="module", params=POLLERS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled tests, sanitized if the compiler and the system can."""
    kind = request.param
    target = tmp_path_factory.mktemp(kind) / "poller_test"
    done = compiled(target, kind, *STRICT, *SANITIZERS)
    if done.returncode == 0 and run(target, "none").returncode == 2:
        return target
    done = compiled(target, kind, *STRICT)
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


#: What breaks a poller, the test that then fails, and one that does not.
BREAKAGES = [
    ("epoll", "event.events = mask;", "event.events = mask | EPOLLET;",
     "reading_is_level_triggered", "both_come_in_one_event"),
    ("kqueue", "    if (place->turn == p->turn) {", "    if (0) {",
     "both_come_in_one_event", "reading_is_level_triggered"),
    ("kqueue", "if (isKnown(p, fd)) {", "if (p->slots[fd].interest) {",
     "a_successor_has_its_own_token", "misuse_is_told"),
    ("kqueue", "(int)(p->turn % (unsigned)found)", "0",
     "capacity_is_kept", "a_thousand_are_all_seen"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "sound", "broken", "fails", "passes"), BREAKAGES)
def test_theWallsHold(
    tmp_path: Path, kind: str, sound: str, broken: str, fails: str, passes: str
) -> None:
    """The tests can fail: with the poller broken in one place, one does."""
    source = POLLERS[kind][0][0]
    whole = source.read_text()
    assert whole.count(sound) == 1
    changed = tmp_path / source.name
    changed.write_text(whole.replace(sound, broken))
    target = tmp_path / "broken"
    done = compiled(target, kind, "-pthread", instead=changed)
    assert done.returncode == 0, done.stderr
    assert run(target, passes).returncode == 0
    done = run(target, fails)
    assert done.returncode == 1 and "not so: " in done.stdout
