"""
What programs need to know about Windows, also those that run elsewhere.
"""

from __future__ import annotations

import os
from typing import Any

from incremental import Version

from twisted.python.deprecate import deprecatedModuleAttribute
from twisted.python.filepath._errors import (
    ERROR_DIRECTORY,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_NAME,
    ERROR_PATH_NOT_FOUND,
)

__all__ = [
    "ERROR_DIRECTORY",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_NAME",
    "ERROR_PATH_NOT_FOUND",
    "O_BINARY",
    "FakeWindowsError",
    "WindowsError",
    "cmdLineQuote",
    "formatError",
    "quoteArguments",
]

O_BINARY = getattr(os, "O_BINARY", 0)
"""What to give C{os.open} for a binary file; 0 where that says nothing."""


class FakeWindowsError(OSError):
    """
    Stands for C{WindowsError} where there is none.
    """


try:
    WindowsError: Any = WindowsError  # type: ignore[used-before-def]
except NameError:
    WindowsError = FakeWindowsError

for _name in ("FakeWindowsError", "WindowsError"):
    deprecatedModuleAttribute(
        Version("Twisted", 21, 2, 0),
        "Catch OSError and check presence of 'winerror' attribute.",
        "twisted.python.win32",
        _name,
    )


def cmdLineQuote(s: str) -> str:
    """
    Quote an argument as the C library of Windows takes it apart.

    A quotation mark in it gets a backslash; so do the backslashes before one,
    which are few or none, and those at the end, as the closing mark may follow.
    See U{https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments}.

    @param s: the argument.
    @return: it, as part of a command line.
    """
    quoted = []
    backslashes = 0
    for character in s:
        if character == "\\":
            backslashes += 1
            continue
        doubled = 2 if character == '"' else 1
        quoted.append("\\" * (backslashes * doubled) + "\\" * (doubled - 1) + character)
        backslashes = 0
    quoted.append("\\" * (2 * backslashes))
    around = '"' if not s or " " in s or "\t" in s or '"' in s else ""
    return around + "".join(quoted) + around


def quoteArguments(arguments: list[str]) -> str:
    """
    Make a command line of arguments; see L{cmdLineQuote}.

    @param arguments: the arguments, that of the program's name first.
    @return: the command line.
    """
    return " ".join(map(cmdLineQuote, arguments))


def formatError(errorcode: int) -> str:
    """
    Say what an error number of Windows means.

    @param errorcode: the number, as in C{winerror}.
    @return: the system's text; elsewhere what C{os.strerror} makes of it.
    """
    import ctypes  # takes long to import, and is seldom needed

    ask = getattr(ctypes, "FormatError", None)
    return str(ask(errorcode)) if ask is not None else os.strerror(errorcode)
