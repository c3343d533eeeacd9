"""
Trying wheels: each is installed into a fresh environment, outside the
checkout, and the smoke suite runs there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wheels import arm
from wheels.interpreters import Interpreter, environment, pip
from wheels.windows import prepare

SMOKE = Path(__file__).with_name("smoke.py")
#: Variables that would lead an environment out of itself, or steer torsion.
STEERING = ("PYTHON", "TORSION_", "TWISTED_", "PURE_", "VIRTUAL_ENV")


def clean() -> dict[str, str]:
    """The environment without what steers Python or us."""
    return {k: v for k, v in os.environ.items() if not k.startswith(STEERING)}


@contextmanager
def fresh(interpreter: Interpreter) -> Iterator[Path]:
    """A virtual environment that nothing is in; its Python's path."""
    with tempfile.TemporaryDirectory(prefix="torsion-try-") as directory:
        environment(interpreter, Path(directory))
        yield Path(directory, "bin", "python")


def _run(words: Sequence[str | Path], cwd: Path) -> tuple[bool, str]:
    done = subprocess.run(
        words,
        cwd=cwd,
        env=clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    return done.returncode == 0, done.stdout


def tryWheel(wheel: Path, interpreter: Interpreter, kind: str) -> tuple[bool, str]:
    """
    Install a wheel for this system and run the smoke suite.

    @param kind: "compiled" or "pure": how it must run.
    @return: whether all went well, and what was said.
    """
    with fresh(interpreter) as python:
        home = python.parent.parent
        said = ""
        steps: list[list[str | Path]] = [
            [*pip(python), "install", "-q", wheel],
            [*pip(python), "check"],
            [python, "-W", "error", "-m", "twisted", "--about"],
            [python, "-W", "error", SMOKE, kind],
        ]
        for words in steps:
            well, said = _run(words, home)
            if not well:
                return False, said
        return True, said


def tryUnderWine(wheel: Path, interpreter: Interpreter, root: Path) -> tuple[bool, str]:
    """
    The same for a wheel for Windows, by a genuine Python for it, under wine.

    @param interpreter: one of the wheel's version.
    @param root: where such Pythons are, or are to be made.
    @raise prepare.Unavailable: something of that cannot be had here.
    """
    version = interpreter.version
    root = root / version
    # The same interpreter serves the tests of the tree; the wheel is put
    # beside it, and found first.
    python = prepare.prepare(root, version, interpreter.library)
    with tempfile.TemporaryDirectory(prefix="torsion-try-") as directory:
        site = Path(directory, "site-packages")
        prepare.pip(
            "install", "--no-deps", "--target", os.fspath(site), "--platform", "win_amd64",
            "--python-version", version, "--only-binary=:all:", os.fspath(wheel),
        )  # fmt: skip
        shutil.copy(SMOKE, directory)
        done = prepare.runUnderWine(
            root, [python, Path(directory, "smoke.py"), "compiled"], PYTHONPATH=f"Z:{site}"
        )
        return done.returncode == 0, done.stdout + done.stderr


def tryUnderQemu(wheel: Path, interpreter: Interpreter, root: Path) -> tuple[bool, str]:
    """
    The same for a wheel for ARM, by Debian's Python for it, under qemu.

    @param interpreter: one of the wheel's version.
    @param root: where such Linuxes are, or are to be made.
    @raise prepare.Unavailable: something of that cannot be had here.
    """
    machine = arm.Machine(root, interpreter.version)
    with tempfile.TemporaryDirectory(prefix="torsion-try-") as directory:
        site = Path(directory, "site-packages")
        prepare.pip(
            "install", "--no-deps", "--target", os.fspath(site), "--python-version",
            interpreter.version, "--implementation", "cp", "--only-binary=:all:",
            "--platform", wheel.stem.split(".")[-1].rpartition("-")[2], os.fspath(wheel),
        )  # fmt: skip
        done = machine.run(["-W", "error", SMOKE, "compiled", *machine.python], site)
        return done.returncode == 0, done.stdout
