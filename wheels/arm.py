"""
Make a genuine ARM Linux with Python that runs here, under qemu, for the tests.

    python -m wheels.arm DIRECTORY VERSION

Debian's packages of Python for arm64, and of qemu for this machine, are
unpacked into a directory, and nothing is installed (see L{wheels.debian}).
What cannot be had is said in one line and ends this with 77.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from wheels import debian
from wheels.interpreters import ROOT
from wheels.windows.prepare import SKIP, Unavailable, pip

QEMU = "qemu-user-static"
EMULATOR = Path("usr/bin/qemu-aarch64-static")
#: Without a library that it would need, it runs wherever it is unpacked.
QEMU_RELEASE = "bookworm"


def emulator(root: Path) -> Path:
    """Have qemu for this machine, and return its path."""
    found = shutil.which(EMULATOR.name)
    if found:
        return Path(found)
    target = root / "qemu"
    if not target.exists():
        archive = debian.Archive(root, debian.architecture(), QEMU_RELEASE)
        archive.unpack([QEMU], target, alone=True)
    return target / EMULATOR


def dependencies(root: Path, version: str) -> Path:
    """Have what torsion needs, for arm64; return the directory."""
    target = root / f"site-packages-{version}"
    if not target.exists():
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        part = target.with_suffix(".part")
        platforms = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64")
        pip(
            "install", "--upgrade", "--target", os.fspath(part), "--only-binary=:all:",
            "--python-version", version, "--implementation", "cp",
            *(f"--platform={name}" for name in platforms),
            *project["project"]["dependencies"],
        )  # fmt: skip
        part.rename(target)
    return target


class Machine:
    """An ARM Linux with one version of Python."""

    def __init__(self, root: Path, version: str) -> None:
        """
        Make what is not there yet under *root*.

        @param version: of its Python, as "3.11".
        @raise Unavailable: something cannot be had here.
        """
        root.mkdir(parents=True, exist_ok=True)
        self.system = debian.system(root, "arm64", version)
        self.emulator = emulator(root)
        self.program = self.system / f"usr/bin/python{version}"
        self.site = dependencies(root, version)
        #: How Python is started there.
        self.python: list[str | Path] = [self.emulator, "-L", self.system, self.program]

    def run(self, words: Sequence[str | Path], path: Path) -> subprocess.CompletedProcess[str]:
        """Run its Python, with *path* before its dependencies."""
        return subprocess.run(
            [*self.python, *words],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONHOME": os.fspath(self.system / "usr"),
                "PYTHONPATH": f"{path}:{self.site}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )


def main() -> int:
    directory, version = sys.argv[1:]
    try:
        machine = Machine(Path(directory).resolve(), version)
    except Unavailable as problem:
        print(f"skipped: {problem}", file=sys.stderr)
        return SKIP
    words = ["-c", "import platform, zope.interface; print(platform.machine())"]
    done = machine.run(words, machine.site)
    print(done.stdout.strip(), version, f"on {platform.machine()}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
