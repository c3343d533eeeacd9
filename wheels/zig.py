"""
The compiler that setuptools is given: zig's, for one target.

    python wheels/zig.py TARGET WORD …

setuptools takes its words from the Python that runs it, which was built for
this machine; what does not fit the target is left out here, and what it needs
in their place is put in: Python's headers with the target's C{pyconfig.h},
and, for Windows, an import library.

Where these are is told by two variables of the environment, which
L{environment} sets: C{TORSION_HEADERS} and C{TORSION_LIBRARY}.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

#: Of no use, or wrong, whatever is built for.
DROPPED = ("-g", "-fstack-", "-specs", "-Wdate-time", "-Wsign-compare", "-DNDEBUG")
#: Known to no linker but this system's.
DROPPED_LINKING = ("-Wl,-z", "-Wl,-Bsymbolic", "-Wl,-rpath", "-L", "-Wl,-O1")


def words(target: str, given: Iterable[str], headers: str, library: str | None) -> list[str]:
    """
    Return the words for zig in the place of those that setuptools *given*.

    @param headers: a directory that has Python's headers for the target.
    @param library: what to link with, if the target must be.
    """
    kept = [
        word
        for word in given
        if not word.startswith((*DROPPED, *DROPPED_LINKING))
        # The headers of the Python that setuptools runs on.
        and not (word.startswith("-I") and Path(word[2:], "Python.h").exists())
        # Position independence is a matter of course there, and an error to ask for.
        and not (word == "-fPIC" and "windows" in target)
    ]
    found = ["-target", target, f"-I{headers}", f"-ffile-prefix-map={ROOT}=.", *kept]
    if "-shared" in kept:
        found.append("-s")
        if library:
            found.append(library)
    return found


def environment(
    target: str, headers: Path, library: Path | None, link: Iterable[str] = ()
) -> dict[str, str]:
    """
    What to add to the environment of a build for *target*.

    @param link: further words for the linker.
    """
    command = f"{sys.executable} {HERE / 'zig.py'} {target}"
    return {
        "CC": command,
        "CXX": command,
        "LDSHARED": " ".join([command, "-shared", *link]),
        "CFLAGS": "",
        "LDFLAGS": "",
        "TORSION_COMPILER": f"zig {metadata.version('ziglang')} cc -target {target} -O2",
        "TORSION_HEADERS": os.fspath(headers),
        "TORSION_LIBRARY": os.fspath(library or ""),
    }


def headersFor(format: str, include: Path, config: Path, directory: Path) -> Path:
    """
    Lay out Python's headers for a target in *directory*.

    They are the same for all systems but for one, C{pyconfig.h}: systems with
    64-bit longs can do with this one's; Windows has one of its own.

    @param include: this system's headers.
    @param config: this system's C{pyconfig.h}.
    """
    shutil.copytree(include, directory, dirs_exist_ok=True)
    if format == "pe":
        config = HERE / "windows" / "pyconfig.h"
    (directory / "pyconfig.h").write_bytes(config.read_bytes())
    return directory


def exported(python: Path) -> list[str]:
    """
    The names of Python's C API, as an interpreter exports them.

    @param python: the file that it is in: the program, or its shared library.
    """
    # Late: only a build for Windows asks, and the library is the wheels extra's.
    from elftools.elf.elffile import ELFFile

    with python.open("rb") as file:
        table: Any = ELFFile(file).get_section_by_name(".dynsym")
        found = {
            symbol.name
            for symbol in table.iter_symbols()
            if symbol["st_shndx"] != "SHN_UNDEF" and symbol.name.startswith(("Py", "_Py"))
        }
    if not found:
        raise ValueError(f"{python} exports nothing of Python's C API")
    return sorted(found)


def importLibrary(python: Path, version: str, directory: Path) -> Path:
    """
    Make the library by which modules for Windows are linked to C{python3XX.dll}.

    It says what the DLL has, by the names that the same version exports here.
    A name too many does no harm: the linker takes those that are asked for.
    """
    name = f"python{version.replace('.', '')}"
    definition = directory / f"{name}.def"
    listed = "\n".join(exported(python))
    definition.write_text(f"LIBRARY {name}.dll\nEXPORTS\n{listed}\n", encoding="ascii")
    target = directory / f"{name}.lib"
    subprocess.run(
        [sys.executable, "-m", "ziglang", "dlltool", "-m", "i386:x86-64"]
        + ["-d", os.fspath(definition), "-l", os.fspath(target)],
        check=True,
    )
    return target


def main() -> int:
    target, *given = sys.argv[1:]
    headers, library = os.environ["TORSION_HEADERS"], os.environ.get("TORSION_LIBRARY")
    command = [sys.executable, "-m", "ziglang", "cc", *words(target, given, headers, library)]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
