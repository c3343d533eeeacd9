"""
The Pythons that wheels are built for and tried with.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
#: Where version managers keep interpreters: a variable that says it, the place
#: in the home directory if it does not, and the directory of one of them.
MANAGERS = (
    ("PYENV_ROOT", ".pyenv", "versions/*"),
    ("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", "cpython-*"),
)

_ASK = """
import json, os, sys, sysconfig
executable = os.path.realpath(sys.executable)
library = os.path.join(*[sysconfig.get_config_var(name) or "" for name in ("LIBDIR", "INSTSONAME")])
# A distribution's Python may have it in the program, and the library elsewhere.
shared = sysconfig.get_config_var("Py_ENABLE_SHARED") and os.path.isfile(library)
print(json.dumps([
    "%d.%d" % sys.version_info[:2],
    executable,
    sysconfig.get_path("include"),
    sysconfig.get_config_h_filename(),
    library if shared else executable,
    sysconfig.get_path("stdlib"),
    # Without the GIL, modules are others.
    "" if sysconfig.get_config_var("Py_GIL_DISABLED") else sys.implementation.name,
]))
"""


class Interpreter(NamedTuple):
    """
    One Python.

    @ivar version: as "3.11".
    @ivar program: its path; of a virtual environment, what is behind it.
    @ivar include: the directory of its headers.
    @ivar config: its C{pyconfig.h}.
    @ivar code: the file that exports its C API.
    @ivar library: the directory of its standard library.
    """

    version: str
    program: Path
    include: Path
    config: Path
    code: Path
    library: Path

    @property
    def tag(self) -> str:
        return "cp" + self.version.replace(".", "")


def ask(program: str) -> Interpreter | None:
    """What an interpreter tells of itself; L{None} if it is none we build for."""
    try:
        done = subprocess.run([program, "-c", _ASK], capture_output=True, text=True, timeout=60)
        version, *paths, name = json.loads(done.stdout or "[null, null]")
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if name != "cpython" or version not in VERSIONS:
        return None
    found = Interpreter(version, *map(Path, paths))
    # A version manager's stand-in may be there and know no such version, and a
    # Python without its headers cannot be built for.
    return found if (found.include / "Python.h").exists() else None


def candidates() -> Iterator[str]:
    """
    The programs that may be an interpreter to build for, those first that are
    to be preferred: this one, those on the path, those of version managers.
    """
    yield sys.executable
    names = [f"python{version}" for version in VERSIONS]
    yield from (found for name in names if (found := shutil.which(name)))
    for variable, default, inside in MANAGERS:
        directory = Path(os.environ.get(variable) or Path.home() / default)
        for name in names:
            # The newest of each version: 3.13.10 before 3.13.9.
            programs = sorted(directory.glob(f"{inside}/bin/{name}"), key=_numbers, reverse=True)
            yield from map(os.fspath, programs)


def _numbers(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.parent.parent.name)]


def interpreters(wanted: Iterable[str] = ()) -> list[Interpreter]:
    """
    Find the interpreters, one of each version, in order.

    @param wanted: paths of those to take instead of what can be found.
    @raise ValueError: one of the wanted is none we build for.
    """
    byVersion: dict[str, Interpreter] = {}
    for program in wanted or candidates():
        known = ask(program)
        if known is not None:
            byVersion.setdefault(known.version, known)
        elif wanted:
            raise ValueError(f"{program}: no CPython {', '.join(VERSIONS)} with its headers")
    return [byVersion[version] for version in VERSIONS if version in byVersion]


def buildEnvironment(interpreter: Interpreter, directory: Path) -> Path:
    """
    Have a Python that can build for *interpreter*, without isolation.

    @param directory: where to make its virtual environment, if it is not this one's.
    @return: the path of the program.
    """
    here = ask(sys.executable)
    if here is not None and here.program == interpreter.program:
        return Path(sys.executable)
    python = directory / "bin" / "python"
    # Of a directory that was moved, the link to the program may lead nowhere.
    if not ((directory / ".ready").exists() and python.exists()):
        shutil.rmtree(directory, ignore_errors=True)
        environment(interpreter, directory)
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        needed = ["build", *project["build-system"]["requires"]]
        subprocess.run([*pip(python), "install", "-q", *needed], check=True)
        (directory / ".ready").touch()
    return python


def environment(interpreter: Interpreter, directory: Path) -> None:
    """Make a virtual environment that nothing is in, not even pip."""
    words = [os.fspath(interpreter.program), "-m", "venv", "--without-pip", os.fspath(directory)]
    # What leads this Python to its environment leads others to a wrong one.
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    subprocess.run(words, check=True, env=clean)


def pip(python: Path) -> list[str]:
    """The words that run this environment's pip on that of *python*."""
    asked = ["--disable-pip-version-check", "--python", os.fspath(python)]
    return [sys.executable, "-m", "pip", *asked]
