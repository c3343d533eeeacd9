"""
kqueue.c, and the compiled reactor over it, compile and link, without a warning,
for the systems that have kqueue: by zig, with these systems' own headers and
libraries.  Their programs cannot be run here; what is run is the same on a shim
(test_poller.py, test_kqueue_reactor.py).
"""

from __future__ import annotations

import importlib.util
import re
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from wheels import zig

ROOT = Path(__file__).parent.parent.parent
POLLER = ROOT / "_ext" / "poller"
REACTOR = ROOT / "_ext" / "reactor"

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


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole reactor, as Cython translates it: the same for all systems."""
    pytest.importorskip("Cython", reason="Cython is not installed: the reactor was not translated")
    target = tmp_path_factory.mktemp("translated") / "_reactor_c.c"
    subprocess.run(
        [sys.executable, "-m", "cython", "-3", "-I", ROOT / "_ext", REACTOR / "_reactor_c.pyx"]
        + ["-o", target],
        check=True,
        timeout=200,
    )
    return target


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python's own."""
    return zig.headersFor(
        "elf",
        Path(sysconfig.get_path("include")),
        Path(sysconfig.get_config_h_filename()),
        tmp_path_factory.mktemp("headers"),
    )


def linked(target: str, source: Path, headers: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Link the extension module; what is Python's is found where it is loaded."""
    words = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O1", "-Wall", "-Werror"]
    words += ["-shared", "-fPIC", "-fno-strict-aliasing", '-DTORSION_VERSION="0"']
    if "macos" in target:
        words += ["-Wl,-undefined,dynamic_lookup"]
    return subprocess.run(
        [
            *words,
            *(f"-I{folder}" for folder in (headers, POLLER.parent, POLLER, REACTOR)),
            source,
            POLLER / "kqueue.c",
        ]
        + ["-o", out],
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.timeout(400)
@pytest.mark.parametrize("target", TARGETS)
def test_theWholeReactorCompilesAndLinks(
    target: str, translated: Path, headers: Path, tmp_path: Path
) -> None:
    module = tmp_path / "module.so"
    done = linked(target, translated, headers, module)
    assert (done.returncode, done.stderr) == (0, "")
    assert headOf(module) == TARGETS[target]
    assert b"PyInit__reactor_c" in module.read_bytes()


@pytest.mark.timeout(400)
def test_whatLinuxAloneHasIsFoundOut(translated: Path, headers: Path, tmp_path: Path) -> None:
    """A call that macOS lacks, in the place of its wrapper, does not pass."""
    source = translated.read_text()
    assert source.count("torsion_accept(") >= 1
    broken = tmp_path / "broken.c"
    broken.write_text(source.replace("torsion_accept(", "accept4(0, "))
    done = linked("aarch64-macos.11.0", broken, headers, tmp_path / "module.so")
    assert done.returncode != 0
    assert "accept4" in done.stderr


@pytest.mark.timeout(300)
def test_whatIsNotThereIsFoundOut(tmp_path: Path) -> None:
    """epoll.c, to which these systems have nothing, does not pass the same."""
    done = compiled(tmp_path, "x86_64-freebsd", POLLER / "epoll.c")
    assert done.returncode != 0
    assert "sys/epoll.h" in done.stderr
