"""
kqueue.c compiles and links, without a warning, for the systems that have
kqueue: by zig, with these systems' own headers and libraries.  Their programs
cannot be run here; what is run is the same file on a shim (test_poller.py).
"""

from __future__ import annotations

import importlib.util
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

POLLER = Path(__file__).parent.parent.parent / "_ext" / "poller"

pytestmark = [
    pytest.mark.wheels,
    pytest.mark.skipif(
        importlib.util.find_spec("ziglang") is None,
        reason="zig is not installed (pip install ziglang): kqueue.c was not compiled for others",
    ),
]

MACHO = 0xFEEDFACF
#: How the header of a program for it begins: its format, and the processor.
TARGETS = {
    "aarch64-macos.11.0": (MACHO, 0x0100000C),
    "x86_64-macos.10.15": (MACHO, 0x01000007),
    "x86_64-freebsd": ("elf", 62),
    "aarch64-freebsd": ("elf", 183),
    "x86_64-netbsd": ("elf", 62),
    "x86_64-openbsd": ("elf", 62),
}

STRICT = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]


def compiled(directory: Path, target: str, source: Path) -> subprocess.CompletedProcess[str]:
    """Link a shared library of *source* and of what calls all that the header declares."""
    names = re.findall(r"\b(poller_\w+)\(", (POLLER / "poller.h").read_text())
    caller = directory / "caller.c"
    caller.write_text(
        '#include "poller.h"\n'
        f"const void *const all[] = {{{', '.join(f'(const void *){n}' for n in names)}}};\n"
    )
    words = [sys.executable, "-m", "ziglang", "cc", "-target", target, *STRICT, "-shared", "-fPIC"]
    return subprocess.run(
        [*words, f"-I{POLLER}", source, caller, "-o", directory / "poller.so"],
        capture_output=True,
        text=True,
        timeout=300,
    )


def headOf(program: Path) -> tuple[object, int]:
    """Return format and processor of *program*."""
    head = program.read_bytes()[:20]
    if head.startswith(b"\x7fELF"):
        return "elf", struct.unpack("<H", head[18:20])[0]
    magic, processor = struct.unpack("<II", head[:8])
    return magic, processor


@pytest.mark.timeout(300)
@pytest.mark.parametrize("target", TARGETS)
def test_itCompilesAndLinks(target: str, tmp_path: Path) -> None:
    done = compiled(tmp_path, target, POLLER / "kqueue.c")
    assert (done.returncode, done.stderr) == (0, "")
    assert headOf(tmp_path / "poller.so") == TARGETS[target]


@pytest.mark.timeout(300)
def test_whatIsNotThereIsFoundOut(tmp_path: Path) -> None:
    """epoll.c, to which these systems have nothing, does not pass the same."""
    done = compiled(tmp_path, "x86_64-freebsd", POLLER / "epoll.c")
    assert done.returncode != 0
    assert "sys/epoll.h" in done.stderr
