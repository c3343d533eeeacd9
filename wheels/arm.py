"""
Make a genuine ARM Linux with Python that runs here, under qemu, for the tests.

    python -m wheels.arm DIRECTORY

Debian's packages of Python for arm64, and of qemu for this machine, are
fetched by apt and unpacked into a directory; nothing is installed, and no
configuration of the system is touched.  What cannot be had is said in one line
and ends this with 77.
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

from wheels.interpreters import ROOT
from wheels.windows.prepare import SKIP, Unavailable, pip

QEMU = "qemu-user-static"
EMULATOR = Path("usr/bin/qemu-aarch64-static")
#: Where Debian keeps what it trusts and where it fetches from.
APT = Path("/etc/apt")


def apt(root: Path, architecture: str, *words: str, cwd: Path | None = None) -> None:
    """
    Run apt-get with a state of its own, for another architecture.

    @raise Unavailable: there is no apt, or it could not find or fetch something.
    """
    state = root / f"apt-{architecture}"
    for directory in ("state/lists/partial", "cache/archives/partial"):
        (state / directory).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    options = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Dir::State": os.fspath(state / "state"),
        "Dir::State::status": os.fspath(state / "status"),
        "Dir::Cache": os.fspath(state / "cache"),
        # Debian's own places only: others need not have this architecture.
        "Dir::Etc::sourcelist": os.fspath(APT / "sources.list.d" / "debian.sources"),
        "Dir::Etc::sourceparts": "-",
    }
    given = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    done = subprocess.run(
        ["apt-get", "-q", "-q", *given, *words], cwd=cwd, capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr.strip() or "failed").splitlines()[-1]
        raise Unavailable(f"apt-get {words[0]} for {architecture}: {said}")


def unpack(packages: Path, target: Path) -> None:
    """Unpack all packages in a directory into *target*."""
    for package in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, target], check=True)


def emulator(root: Path) -> Path:
    """Have qemu for this machine, and return its path."""
    found = shutil.which(EMULATOR.name)
    if found:
        return Path(found)
    target = root / "qemu"
    if not (target / EMULATOR).exists():
        packages = root / "qemu-packages"
        packages.mkdir(exist_ok=True)
        own = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        ).stdout.strip()
        apt(root, own, "update")
        apt(root, own, "download", QEMU, cwd=packages)
        unpack(packages, target)
    return target / EMULATOR


def system(root: Path) -> Path:
    """Have Debian's Python for arm64 with all that it needs; return the directory."""
    target = root / "debian"
    if not (target / "usr/bin/python3").exists():
        apt(root, "arm64", "update")
        apt(root, "arm64", "install", "-y", "--download-only", "python3")
        unpack(root / "apt-arm64/cache/archives", target)
    return target


def dependencies(root: Path, version: str) -> Path:
    """Have what torsion needs, for arm64; return the directory."""
    target = root / "site-packages"
    if not target.exists():
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        part = root / "site-packages.part"
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
    """
    An ARM Linux.

    @ivar version: of its Python, as "3.11".
    """

    def __init__(self, root: Path) -> None:
        """
        Make what is not there yet under *root*.

        @raise Unavailable: something cannot be had here.
        """
        if shutil.which("apt-get") is None or not (APT / "sources.list.d/debian.sources").exists():
            raise Unavailable("this is no Debian to fetch an ARM Linux from")
        root.mkdir(parents=True, exist_ok=True)
        self.emulator, self.system = emulator(root), system(root)
        program = (self.system / "usr/bin/python3").resolve().name
        self.program = self.system / "usr/bin" / program
        self.version = program.removeprefix("python")
        self.site = dependencies(root, self.version)
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
    try:
        machine = Machine(Path(sys.argv[1]).resolve())
    except Unavailable as problem:
        print(f"skipped: {problem}", file=sys.stderr)
        return SKIP
    words = ["-c", "import platform, zope.interface; print(platform.machine())"]
    done = machine.run(words, machine.site)
    print(done.stdout.strip(), machine.version, f"on {platform.machine()}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
