"""
Make a genuine Windows CPython that runs on Linux, under wine, for the tests.

    python wheels/windows/prepare.py DIRECTORY [--python 3.11]

The interpreter is the official build of python.org, as wheels for Windows
that ship an interpreter of their own carry it (``panda3d``, in
``deploy_libs``): python3XX.dll and the extension modules of the standard
library.  What is pure Python of the library is copied from an interpreter of
this system, so the minor versions must agree.  python.exe and whatever
else is in C is compiled by zig (``pip install ziglang``).

What cannot be had is said in one line and ends this with 77, which the
Makefile takes for "skip".
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIP = 77
CARRIER = "panda3d"
#: What the tests need, besides what torsion itself does.
PACKAGES = ["pytest", "pytest-timeout", "hypothesis", "colorama", "PyHamcrest"]
#: Directories of the library that only cost time to copy.
UNWANTED = shutil.ignore_patterns(
    "__pycache__", "site-packages", "test", "idlelib", "tkinter", "config-*", "lib-dynload", "*.so"
)


class Unavailable(Exception):
    """Something that this needs cannot be had here."""


def prefix(root: Path) -> Path:
    """
    Return where wine keeps its Windows for the programs of *root*.

    Not in there: it has a link to the root of all files, and setuptools follows
    links when it looks through a project for what belongs to it.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return cache / "torsion-wine" / name


def environment(root: Path) -> dict[str, str]:
    """
    Return the environment in which wine runs programs of *root*.

    Without a display, without messages of wine's own, and without what would
    ask to install a browser or .NET.
    """
    home = prefix(root)
    # wine makes the last part of a path that is not there, and no more.
    home.parent.mkdir(parents=True, exist_ok=True)
    return {
        **{k: v for k, v in os.environ.items() if k not in ("DISPLAY", "PYTHONPATH", "PYTHONHOME")},
        "WINEPREFIX": os.fspath(home),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
        "WINEARCH": "win64",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def wine() -> str:
    """
    Return the path of wine.

    @raise Unavailable: there is none.
    """
    for name in ("wine64", "wine"):
        found = shutil.which(name)
        if found:
            return found
    raise Unavailable("wine is not installed (apt-get install --no-install-recommends wine wine64)")


def runUnderWine(
    root: Path, words: Sequence[str | Path], timeout: float = 600, **more: str
) -> subprocess.CompletedProcess[str]:
    """
    Run a Windows program.

    @param words: the program and its arguments.
    @param more: what to add to its environment.
    @return: what it wrote, as text; both streams are pipes, because python.exe
        dies under wine when one is a regular file.
    """
    return subprocess.run(
        [wine(), *map(str, words)],
        env={**environment(root), **more},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
    )


def zig(*words: str | Path) -> None:
    """
    Compile for Windows.

    @raise Unavailable: there is no zig.
    """
    done = subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-windows-gnu", "-s"]
        + [os.fspath(word) for word in words],
        capture_output=True,
        text=True,
    )
    if "No module named ziglang" in done.stderr:
        raise Unavailable("zig is not installed (pip install ziglang)")
    if done.returncode:
        raise SystemExit(done.stderr)


def pip(*words: str) -> None:
    """
    Run pip.

    @raise Unavailable: it could not find or fetch something.
    """
    done = subprocess.run(
        [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Unavailable(f"pip {' '.join(words)}: {done.stderr.strip().splitlines()[-1]}")


def interpreter(root: Path, version: str, library: Path) -> Path:
    """Lay out the interpreter under *root*, and return its python.exe."""
    home = root / "python"
    target = home / "python.exe"
    if target.exists():
        return target
    digits = version.replace(".", "")
    download = root / "download"
    platform = ["--platform", "win_amd64", "--python-version", version]
    pip("download", "--no-deps", "--only-binary=:all:", *platform, "-d", str(download), CARRIER)
    (wheel,) = download.glob(f"{CARRIER}-*-cp{digits}-*.whl")
    libraries = home / "DLLs"
    libraries.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            folder, _, file = name.rpartition("/")
            # The api-ms-… are wine's own business.
            if folder.endswith("deploy_libs") and not file.startswith("api-ms-"):
                isCore = file.lower() in (f"python{digits}.dll", "python3.dll", "vcruntime140.dll")
                place = home if isCore else libraries
                (place / file).write_bytes(archive.read(name))
    # A distribution's package may link to what another one brings.
    shutil.copytree(
        library,
        home / "Lib",
        ignore=UNWANTED,
        dirs_exist_ok=True,
        ignore_dangling_symlinks=True,
    )
    companions(home, digits)
    part = target.with_suffix(".part.exe")
    zig(
        "-O1", "-municode", f'-DPYTHON_DLL=L"python{digits}.dll"', HERE / "python.c", "-o", part
    )  # fmt: skip
    part.rename(target)
    return target


def exported(library: Path) -> list[str]:
    """Return the names that a DLL (PE32+) exports."""
    data = library.read_bytes()

    def number(offset: int, kind: str = "<I") -> int:
        return int(struct.unpack_from(kind, data, offset)[0])

    header = number(0x3C)
    sections = header + 24 + number(header + 20, "<H")

    def place(address: int) -> int:
        for section in range(sections, sections + 40 * number(header + 6, "<H"), 40):
            start, size = number(section + 12), number(section + 16)
            if start <= address < start + size:
                return address - start + number(section + 20)
        raise ValueError(f"{library} has nothing at {address:#x}")

    # The first of the data directories, which follow 112 bytes of other fields.
    table = place(number(header + 24 + 112))
    names = place(number(table + 32))
    places = [place(number(names + 4 * n)) for n in range(number(table + 24))]
    return [data[at : data.index(b"\0", at)].decode("ascii") for at in places]


def companions(home: Path, digits: str) -> None:
    """
    Make what modules for the stable ABI, and those in Rust, look for beside
    the interpreter: python3.dll, which passes everything on, and the DLL of
    random numbers that wine does not have.
    """
    names = [n for n in exported(home / f"python{digits}.dll") if n.startswith(("Py", "_Py"))]
    definition = home / "python3.def"
    lines = "".join(f"{name}=python{digits}.{name}\n" for name in names)
    definition.write_text(f"LIBRARY python3.dll\nEXPORTS\n{lines}", encoding="ascii")
    zig("-O1", "-shared", HERE / "prng.c", "-ladvapi32", "-o", home / "bcryptprimitives.dll")
    # No code of its own is needed, but a compiler wants a file.
    zig("-O1", "-shared", HERE / "empty.c", definition, "-o", home / "python3.dll")


def packages(root: Path, version: str) -> None:
    """Install what the tests need into the interpreter under *root*."""
    site = root / "python" / "Lib" / "site-packages"
    if (site / "pytest").is_dir():
        return
    # Late: only a build has the project's own file at hand.
    import tomllib

    project = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]["tls"]
    needed = [*project["project"]["dependencies"], *extras, *PACKAGES]
    pip(
        "install", "--target", str(site), "--platform", "win_amd64", "--python-version", version,
        "--implementation", "cp", "--only-binary=:all:", *needed,
    )  # fmt: skip


def prepare(root: Path, version: str, library: Path | None = None) -> Path:
    """
    Make everything under *root* that is not there yet.

    @param library: a standard library of that version, if it is not this Python's.
    @return: the path of python.exe.
    @raise Unavailable: something cannot be had here.
    """
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if library is None and version != here:
        raise Unavailable(f"this is Python {here}; its library does not fit {version}")
    # First of all: what is fetched for it is large.
    wine()
    root.mkdir(parents=True, exist_ok=True)
    python = interpreter(root, version, library or Path(sysconfig.get_path("stdlib")))
    packages(root, version)
    done = runUnderWine(root, [python, "-c", "import _overlapped, ssl, OpenSSL.SSL; print('well')"])
    if done.stdout.strip() != "well":
        raise SystemExit(f"{python} does not run under wine:\n{done.stdout}{done.stderr}")
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--python", default=f"3.{sys.version_info.minor}", metavar="VERSION")
    asked = parser.parse_args()
    try:
        wine()
        print(prepare(asked.directory.resolve(), asked.python))
    except Unavailable as problem:
        print(f"skipped: {problem}", file=sys.stderr)
        return SKIP
    return 0


if __name__ == "__main__":
    sys.exit(main())
