"""
Logging to the system's log daemon.
"""

from __future__ import annotations

import syslog
from collections.abc import Callable
from typing import Any

from twisted.python import log

__all__ = ["DEFAULT_FACILITY", "DEFAULT_OPTIONS", "SyslogObserver", "startLogging"]

DEFAULT_OPTIONS = 0
DEFAULT_FACILITY = syslog.LOG_USER


class SyslogObserver:
    """
    An observer of the classic log that hands what it gets to syslog.

    @cvar openlog: like C{syslog.openlog}.
    @cvar syslog: like C{syslog.syslog}.
    """

    openlog: Callable[..., Any] = syslog.openlog
    syslog: Callable[..., Any] = syslog.syslog

    def __init__(
        self, prefix: str, options: int = DEFAULT_OPTIONS, facility: int = DEFAULT_FACILITY
    ) -> None:
        """
        @param prefix: what each line begins with, the program's name mostly.
        @param options: see C{openlog} in C{syslog(3)}.
        @param facility: likewise.
        """
        self.openlog(prefix, options, facility)

    def emit(self, eventDict: log.EventDict) -> None:
        """
        Hand an event on, each of its lines by itself.

        Errors get the priority C{LOG_ALERT}, all else C{LOG_INFO}, unless the
        event has another as C{syslogPriority}.  It may have a
        C{syslogFacility} too.

        @param eventDict: the event.
        """
        text = log.textFromEventDict(eventDict)
        if text is None:
            return
        usual = syslog.LOG_ALERT if eventDict["isError"] else syslog.LOG_INFO
        priority = int(eventDict.get("syslogPriority", usual))
        priority |= int(eventDict.get("syslogFacility", 0))
        indent = ""
        for line in text.rstrip("\n").split("\n"):
            # C strings end at a zero.
            safe = line.replace("\0", "\\x00")
            self.syslog(priority, f"[{eventDict['system']}] {indent}{safe}")
            indent = "\t"


def startLogging(
    prefix: str = "Twisted",
    options: int = DEFAULT_OPTIONS,
    facility: int = DEFAULT_FACILITY,
    setStdout: int = 1,
) -> None:
    """
    Log to syslog from now on.

    @param prefix: see L{SyslogObserver}.
    @param options: likewise.
    @param facility: likewise.
    @param setStdout: whether what is printed is to be logged too.
    """
    observer = SyslogObserver(prefix, options, facility)
    log.startLoggingWithObserver(observer.emit, setStdout=setStdout)
