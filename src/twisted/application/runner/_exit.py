"""
Leaving the process, with a status that says why.
"""

from __future__ import annotations

import os
from enum import IntEnum
from sys import exit as sysexit
from sys import stderr, stdout
from typing import NoReturn

#: C{sysexits.h}, for the platforms whose L{os} does not have it.
_SYSEXITS = {
    "EX_OK": 0,
    "EX_USAGE": 64,
    "EX_DATAERR": 65,
    "EX_NOINPUT": 66,
    "EX_NOUSER": 67,
    "EX_NOHOST": 68,
    "EX_UNAVAILABLE": 69,
    "EX_SOFTWARE": 70,
    "EX_OSERR": 71,
    "EX_OSFILE": 72,
    "EX_CANTCREAT": 73,
    "EX_IOERR": 74,
    "EX_TEMPFAIL": 75,
    "EX_PROTOCOL": 76,
    "EX_NOPERM": 77,
    "EX_CONFIG": 78,
}


def _status(name: str) -> int:
    return getattr(os, name, _SYSEXITS[name])


class ExitStatus(IntEnum):
    """
    What a process can say of its end, by C{sysexits.h}.

    @cvar EX_OK: it did what it was to do.
    @cvar EX_USAGE: its command line was wrong.
    @cvar EX_DATAERR: its input was wrong.
    @cvar EX_NOINPUT: its input could not be opened.
    @cvar EX_NOUSER: there is no such user.
    @cvar EX_NOHOST: there is no such host.
    @cvar EX_UNAVAILABLE: something that it needs is not there.
    @cvar EX_SOFTWARE: it has a defect.
    @cvar EX_OSERR: the system failed, to fork for instance.
    @cvar EX_OSFILE: a file of the system is missing.
    @cvar EX_CANTCREAT: its output could not be created.
    @cvar EX_IOERR: reading or writing failed.
    @cvar EX_TEMPFAIL: try again later.
    @cvar EX_PROTOCOL: the other side of a connection broke the rules.
    @cvar EX_NOPERM: it was not allowed to.
    @cvar EX_CONFIG: its configuration was wrong.
    """

    EX_OK = _status("EX_OK")
    EX_USAGE = _status("EX_USAGE")
    EX_DATAERR = _status("EX_DATAERR")
    EX_NOINPUT = _status("EX_NOINPUT")
    EX_NOUSER = _status("EX_NOUSER")
    EX_NOHOST = _status("EX_NOHOST")
    EX_UNAVAILABLE = _status("EX_UNAVAILABLE")
    EX_SOFTWARE = _status("EX_SOFTWARE")
    EX_OSERR = _status("EX_OSERR")
    EX_OSFILE = _status("EX_OSFILE")
    EX_CANTCREAT = _status("EX_CANTCREAT")
    EX_IOERR = _status("EX_IOERR")
    EX_TEMPFAIL = _status("EX_TEMPFAIL")
    EX_PROTOCOL = _status("EX_PROTOCOL")
    EX_NOPERM = _status("EX_NOPERM")
    EX_CONFIG = _status("EX_CONFIG")


def exit(status: int | ExitStatus, message: str = "") -> NoReturn:
    """
    Leave the process.

    @param status: its status; best one of L{ExitStatus}.
    @param message: a line to be written first: to standard output if all is well,
        else to standard error.
    """
    if message:
        print(message, file=stdout if status == ExitStatus.EX_OK else stderr)
    sysexit(int(status))
