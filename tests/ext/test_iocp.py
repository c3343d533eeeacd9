"""
iocp.c keeps the contract of proactor.h: the tests in C are built for Windows
by zig and run by wine.  C{make test-windows} prepares what that needs and says
in C{TORSION_WINDOWS} where it is.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TOP = HERE.parent.parent
PROACTOR = TOP / "_ext" / "proactor"
SOURCE = HERE / "proactor_test.c"
NAMES = re.findall(r"^TEST\((\w+)\)", SOURCE.read_text(), re.MULTILINE)
STRICT = ["-std=gnu11", "-O1", "-s", "-Wall", "-Wextra", "-Werror"]
WINDOWS = os.environ.get("TORSION_WINDOWS", "")

needsWindows = pytest.mark.skipif(
    not WINDOWS, reason="wine is not prepared (TORSION_WINDOWS): make test-windows runs this"
)


def prepared() -> Any:
    """Return C{wheels/windows/prepare.py}, which knows how to run what under wine."""
    spec = importlib.util.spec_from_file_location("prepare", TOP / "wheels/windows/prepare.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compiled(target: Path, source: Path) -> Path:
    """Compile the tests with the proactor in *source*."""
    words = [*STRICT, f"-I{PROACTOR}", SOURCE, source, "-o", target, "-lws2_32", "-lntdll"]
    prepared().zig(*words)
    return target


def outcomes(program: Path, *names: str) -> dict[str, str]:
    """Run the tests, and return what was said of each."""
    done = prepared().runUnderWine(Path(WINDOWS), [program, *names], timeout=100)
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    found = {rest.partition(":")[0]: f"{word} {rest}" for word, rest in lines}
    return {**found, "": done.stderr}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcomes(compiled(tmp_path_factory.mktemp("iocp") / "test.exe", PROACTOR / "iocp.c"))


@needsWindows
@pytest.mark.parametrize("name", NAMES)
def test_contract(results: dict[str, str], name: str) -> None:
    assert results.get(name, results[""]) == f"well {name}"


def test_everyTestIsRun() -> None:
    """A test in C that its main does not know would not be run."""
    listed = re.findall(r"^    RUN\((\w+)\)", SOURCE.read_text(), re.MULTILINE)
    assert len(NAMES) >= 28
    assert listed == NAMES


def test_everyFunctionOfTheHeaderIsCalled() -> None:
    declared = re.findall(r"\b(proactor_\w+)\(", (PROACTOR / "proactor.h").read_text())
    called = set(re.findall(r"\b(proactor_\w+)\(", SOURCE.read_text()))
    assert set(declared) <= called


#: What breaks the proactor, and a test that then fails.
FAULTS = {
    "statuses are not made Winsock's": (
        "{ERROR_NETNAME_DELETED, WSAECONNRESET},",
        "",
        "a_reset_is_told_in_winsocks_number",
    ),
    "long datagrams are errors": (
        "c->error == WSAEMSGSIZE",
        "c->error == 1",
        "datagrams_come_with_their_senders",
    ),
    "wakings are not consumed": (
        "InterlockedExchange(&p->woken, 0);\n        else",
        "(void)0;\n        else",
        "a_waking_ends_the_next_wait_and_is_consumed",
    ),
    "closing cancels nothing": (
        "CancelIoEx((HANDLE)op->handle, &op->overlapped);\n    while",
        "(void)0;\n    while",
        "closing_ends_what_is_pending",
    ),
}


@needsWindows
@pytest.mark.parametrize("fault", FAULTS)
def test_theTestsCanFail(fault: str, tmp_path: Path) -> None:
    right, wrong, name = FAULTS[fault]
    text = (PROACTOR / "iocp.c").read_text()
    assert text.count(right) == 1, right
    broken = tmp_path / "broken.c"
    broken.write_text(text.replace(right, wrong))
    try:
        said = outcomes(compiled(tmp_path / "test.exe", broken), name)
    except subprocess.TimeoutExpired:
        return
    assert said.get(name, "nothing") != f"well {name}"


def test_preparingSaysWhatIsMissing(tmp_path: Path) -> None:
    """Without wine there is one line that says so, and the status that means "skip"."""
    done = subprocess.run(
        [sys.executable, TOP / "wheels/windows/prepare.py", tmp_path / "w"],
        env={**os.environ, "PATH": os.fspath(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 77
    assert re.fullmatch(r"skipped: wine is not installed \(.*\)\n", done.stderr)
