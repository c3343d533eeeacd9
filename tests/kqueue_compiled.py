"""
The compiled reactor on kqueue, on Linux: C{_reactor_c} built with C{kqueue.c}
on the shim of C{tests/ext}, in a package of its own.

    python -m tests.kqueue_compiled [PYTEST WORD …]

runs tests with that package in the place of ours.  It is ours, by links, but
for that one module; so programs that tests start have it, too.  Calls that
other systems lack are not made (C{TORSION_PLAIN}, see portable.h).
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import kqueue_support

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "kqueue"
MODULE = f"_reactor_c{sysconfig.get_config_var('EXT_SUFFIX')}"
#: What of it the tests are to use; see tests/support.py.
REACTORS = "KQueueReactor,SubclassedKQueueReactor"


def missing() -> str | None:
    """Tell what there is not that it takes, if anything."""
    if not kqueue_support.AVAILABLE:
        return "there is no C compiler, or this is not Linux"
    if importlib.util.find_spec("Cython") is None:
        return "there is no Cython"
    if not (ROOT / "_ext" / "reactor").is_dir():
        return "the sources in _ext are not here"
    return None


def _sources() -> Iterator[Path]:
    yield ROOT / "setup.py"
    yield ROOT / "src" / "twisted" / "__init__.py"
    yield from sorted((ROOT / "_ext").glob("*.*"))
    for folder in (ROOT / "_ext" / "reactor", ROOT / "_ext" / "poller", kqueue_support.SHIM):
        yield from sorted(folder.rglob("*.[chp]*"))


def _mark() -> str:
    """What the module depends on, as a word."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """While this lasts, no other process builds."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def module() -> Path:
    """
    Return the module, built if it is not there.

    @raise subprocess.CalledProcessError: it cannot be built.
    """
    with _alone():
        where = BUILD / _mark() / MODULE
        if not where.exists():
            for old in BUILD.glob("*/_reactor_c*"):
                shutil.rmtree(old.parent)
            _build(where)
        return where


def _build(where: Path) -> None:
    work = BUILD / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shim, include = work / "shim.o", f"-I{kqueue_support.SHIM}"
    compiler = kqueue_support.COMPILER
    words = [compiler, "-O1", "-fPIC", include, "-c", kqueue_support.SHIM / "kqueue_shim.c"]
    _run([*words, "-o", shim])
    _run(
        [sys.executable, "setup.py", "-q", "build_ext"]
        + ["--build-temp", work / "temp", "--build-lib", work / "lib"],
        TORSION_BUILD="require",
        TORSION_POLLER="kqueue",
        TORSION_PARTS="_reactor_c",
        TORSION_OPTIMIZE="-O0",
        CFLAGS=f"{include} -DTORSION_PLAIN",
        LDFLAGS=os.fspath(shim),
    )
    where.parent.mkdir(exist_ok=True)
    (work / "lib" / "twisted" / "internet" / MODULE).rename(where)
    shutil.rmtree(work)


def _run(words: list[object], **environment: str) -> None:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed:\n{done.stdout}{done.stderr}")


def package(directory: Path) -> Path:
    """Lay out the package in *directory*, which then belongs on the path."""
    compiled = module()
    source = ROOT / "src" / "twisted"
    for folder, _, names in os.walk(source):
        target = directory / "twisted" / Path(folder).relative_to(source)
        target.mkdir(parents=True)
        for name in names:
            if not name.startswith("_reactor_c."):
                (target / name).symlink_to(Path(folder, name))
    (directory / "twisted" / "internet" / MODULE).symlink_to(compiled)
    return directory


def environment(directory: Path) -> dict[str, str]:
    """The environment of programs that have the package in *directory*."""
    return {
        **os.environ,
        "PYTHONPATH": os.fspath(directory),
        "TWISTED_ACCEL": "require",
        "TORSION_REACTORS": REACTORS,
    }


def words(*more: str) -> list[str]:
    """The words that start pytest on it."""
    return [sys.executable, "-m", "pytest", "-p", "tests.on_kqueue", *more]


def main() -> int:
    why = missing()
    if why is not None:
        print(f"skipped: the kqueue reactor was not compiled: {why}")
        return 0
    directory = BUILD / "package"
    shutil.rmtree(directory, ignore_errors=True)
    package(directory)
    return subprocess.run(words(*sys.argv[1:]), cwd=ROOT, env=environment(directory)).returncode


if __name__ == "__main__":
    sys.exit(main())
