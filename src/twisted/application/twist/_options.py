"""
The command line of C{twist}.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from sys import stderr, stdout
from typing import Any, NoReturn, TextIO, cast

from twisted.application._applogging import journalFileLogObserver
from twisted.application._systemd import isJournal
from twisted.application.reactors import NoSuchReactor, getReactorTypes, installReactor
from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.service import IServiceMaker
from twisted.copyright import version
from twisted.logger import (
    FileLogObserver,
    InvalidLogLevelError,
    LogLevel,
    jsonFileLogObserver,
    textFileLogObserver,
)
from twisted.plugin import getPlugins
from twisted.python.usage import Options, UsageError

openFile = open

#: The files that have names of their own.
_STREAMS = ("-", "+")

_FORMATS: dict[str, Callable[[TextIO], FileLogObserver]] = {
    "text": textFileLogObserver,
    "json": jsonFileLogObserver,
    "journal": journalFileLogObserver,
}


_KNOWS_AFFINITY = hasattr(os, "sched_getaffinity")

_LEVELS = [level.name for level in LogLevel.iterconstants()]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _makeOptions(plugin: Any) -> Any:
    """Make a command's options; its module is imported no earlier than this."""
    return plugin.options()


class TwistOptions(Options):
    """
    The options of C{twist}.  After parsing it holds C{reactor}, C{logLevel},
    C{logFile}, C{logFormat}, C{fileLogObserverFactory} and C{workers}.

    @ivar words: what was parsed.
    """

    words: tuple[str, ...] = ()

    defaultReactorName = "default"
    defaultLogLevel = LogLevel.info

    longdesc = "twist runs the service of a plugin in the foreground."

    def __init__(self) -> None:
        Options.__init__(self)
        self.docs["reactor"] = (
            "The name of the reactor to use. "
            f"(options: {_quoted(each.shortName for each in getReactorTypes())})"
        )
        self.docs["log-level"] = (
            f"Set default log level. (options: {_quoted(_LEVELS)};"
            f' default: "{self.defaultLogLevel.name}")'
        )
        self.docs["log-format"] = (
            f"Log file format. (options: {_quoted(_FORMATS)};"
            ' default: "text" if the log file is a tty, "journal" if it is systemd\'s, otherwise "json")'
        )
        self.docs["workers"] = (
            'Run the service in so many processes ("auto": one per processor), which share'
            " its ports if it listens with reusePort=1. SIGHUP restarts one after the other."
        )
        self["reactorName"] = self.defaultReactorName
        self["logLevel"] = self.defaultLogLevel
        self["logFile"] = stdout
        self["workers"] = 0

    def getSynopsis(self) -> str:
        """
        Return the line that says how the command is called.
        """
        return f"{Options.getSynopsis(self)} plugin [plugin_options]"

    def opt_version(self) -> NoReturn:
        """
        Print version and exit.
        """
        exit(ExitStatus.EX_OK, version)

    def opt_reactor(self, name: str) -> None:
        """
        The name of the reactor to use.
        """
        # At once: what comes after may import the default one.
        try:
            self["reactor"] = self.installReactor(name)
        except NoSuchReactor:
            raise UsageError(f"Unknown reactor: {name}")
        except Exception as error:
            raise UsageError(f"The reactor {name} is not available here: {error}")
        self["reactorName"] = name

    def installReactor(self, name: str) -> Any:
        """
        Install a reactor.

        @return: the reactor.
        """
        if name != self.defaultReactorName:
            return installReactor(name)
        # Late: importing it is installing it.
        from twisted.internet import reactor

        return reactor

    def opt_log_level(self, levelName: str) -> None:
        """
        Set default log level.
        """
        try:
            self["logLevel"] = LogLevel.levelWithName(levelName)
        except InvalidLogLevelError:
            raise UsageError(f"Invalid log level: {levelName}")

    def opt_log_file(self, fileName: str) -> None:
        """
        Log to file. ("-" for stdout, "+" for stderr; default: "-")
        """
        if fileName in _STREAMS:
            self["logFile"] = (stdout, stderr)[_STREAMS.index(fileName)]
            return
        try:
            self["logFile"] = openFile(fileName, "a")
        except OSError as error:
            exit(ExitStatus.EX_IOERR, f"Unable to open log file {fileName!r}: {error}")

    def opt_log_format(self, format: str) -> None:
        """
        Log file format.
        """
        format = format.lower()
        if format not in _FORMATS:
            raise UsageError(f"Invalid log format: {format}")
        self["logFormat"] = format
        self["fileLogObserverFactory"] = _FORMATS[format]

    def opt_workers(self, count: str) -> None:
        """
        Run the service in so many processes.
        """
        if not hasattr(signal, "SIGHUP"):
            raise UsageError("There are no workers on this system.")
        if count == "auto":
            self["workers"] = len(os.sched_getaffinity(0)) if _KNOWS_AFFINITY else os.cpu_count()
        elif count.isdecimal() and int(count) > 0:
            self["workers"] = int(count)
        else:
            raise UsageError(f"Invalid number of workers: {count}")

    def selectDefaultLogObserver(self) -> None:
        """
        Choose the format, if that was not done: text to read, JSON to keep, and
        what systemd wants for its journal.
        """
        if "fileLogObserverFactory" in self:
            return
        if isJournal(self["logFile"]):
            self.opt_log_format("journal")
            return
        isTerminal = getattr(self["logFile"], "isatty", None)
        self.opt_log_format("text" if isTerminal is not None and isTerminal() else "json")

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Parse the command line, and install the reactor.
        """
        self.words = tuple(sys.argv[1:] if options is None else options)
        Options.parseOptions(self, options)
        self.selectDefaultLogObserver()
        if "reactor" not in self:
            self["reactor"] = self.installReactor(self["reactorName"])

    @cached_property
    def plugins(self) -> Mapping[str, Any]:
        """The L{IServiceMaker} plugins, by their commands' names."""
        return {each.tapname: each for each in getPlugins(cast(Any, IServiceMaker))}

    @property
    def subCommands(self) -> Any:  # type: ignore[override]
        """The commands, as L{Options} wants them."""
        return [
            (name, None, partial(_makeOptions, plugin), plugin.description)
            for name, plugin in sorted(self.plugins.items())
        ]

    def postOptions(self) -> None:
        """
        @raise UsageError: there is no command.
        """
        Options.postOptions(self)
        if self.subCommand is None:
            raise UsageError("No plugin specified.")
