"""
Steps of scripts that make releases.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


class DirectoryExists(OSError):
    """
    There is a directory already where one is to be made.
    """


class DirectoryDoesntExist(OSError):
    """
    There is no directory where one is needed.
    """


class CommandFailed(OSError):
    """
    A command of the shell ended with an error; the argument is the command.
    """


def sh(command: str, null: bool = True, prompt: bool = False) -> None:
    """
    Print a command and let the shell run it.

    @param command: the command.
    @param null: discard its output.
    @param prompt: ask first whether to run it; an answer that begins with C{n}
        is a no.
    @raise CommandFailed: its exit status is not 0.
    """
    print("--$", command)
    if prompt and input("run ?? ").startswith("n"):
        return
    if null:
        command = f"{command} > /dev/null"
    if subprocess.run(command, shell=True).returncode != 0:
        raise CommandFailed(command)


def runChdirSafe(f: Callable[..., _T], *args: Any, **kw: Any) -> _T:
    """
    Call *f*, and return to the present directory whatever it does.

    @return: what it returns.
    """
    here = os.path.abspath(".")
    try:
        return f(*args, **kw)
    finally:
        os.chdir(here)


__all__ = ["CommandFailed", "DirectoryDoesntExist", "DirectoryExists", "runChdirSafe", "sh"]
