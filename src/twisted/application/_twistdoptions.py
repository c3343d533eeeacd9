"""
The options that C{twistd} has on every platform.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any, TextIO, cast

from twisted.application import reactors, service
from twisted.application._applogging import FORMATS
from twisted.application._profiling import AppProfiler
from twisted.logger import InvalidLogLevelError, LogLevel
from twisted.plugin import getPlugins
from twisted.python import usage
from twisted.python.reflect import namedAny
from twisted.python.util import spewer

_LEVELS = [level.name for level in LogLevel.iterconstants()]
_HINT = "See the list of available reactors with --help-reactors"


def _logLevel(name: str) -> Any:
    """Return the level of that name."""
    try:
        return LogLevel.levelWithName(name)
    except InvalidLogLevelError:
        raise ValueError(f"there is no log level {name!r}")


_logLevel.coerceDoc = f"One of {', '.join(_LEVELS)}."  # type: ignore[attr-defined]


def _logFormat(name: str) -> str:
    """Return *name*, if it is that of a format."""
    if name not in FORMATS:
        raise ValueError(f"there is no log format {name!r}")
    return name


_logFormat.coerceDoc = f"One of {', '.join(FORMATS)}."  # type: ignore[attr-defined]


def _shortNames() -> Any:
    # What the shell completes C{--reactor} with.
    return usage.CompleteList([each.shortName for each in reactors.getReactorTypes()])


class ReactorSelectionMixin:
    """
    For L{usage.Options}: adds C{--reactor} and C{--help-reactors}.

    The reactor is installed when the option is parsed, since what is imported
    after it may need one; its name is kept as C{self["reactor"]}.

    @cvar messageOutput: where the list is written to.
    """

    compData = usage.Completions(optActions={"reactor": _shortNames})
    messageOutput: TextIO = sys.stdout
    _getReactorTypes = staticmethod(reactors.getReactorTypes)

    def opt_help_reactors(self) -> None:
        """
        Display a list of possibly available reactor names.
        """
        here, elsewhere = [], []
        for each in sorted(self._getReactorTypes(), key=lambda each: each.shortName):
            try:
                import_module(each.moduleName)
            except Exception as problem:
                elsewhere.append(f"    !{each.shortName:<4}\t{each.description} ({problem})\n")
            else:
                here.append(f"    {each.shortName:<4}\t{each.description}\n")
        if elsewhere:
            here.append("\n    reactors not available on this platform:\n\n")
        self.messageOutput.write("".join(here + elsewhere))
        sys.exit(0)

    def opt_reactor(self, shortName: str) -> None:
        """
        Which reactor to use (see --help-reactors for a list of possibilities)
        """
        try:
            reactors.installReactor(shortName)
        except reactors.NoSuchReactor:
            raise usage.UsageError(f"The specified reactor does not exist: '{shortName}'.\n{_HINT}")
        except Exception as error:
            raise usage.UsageError(
                f"The specified reactor cannot be used, failed with error: {error}.\n{_HINT}"
            )
        cast(Any, self)["reactor"] = shortName

    opt_r = opt_reactor


#: Which files an option is for, with what the shell completes it.
_FILES = {"file": "*.tap", "python": "*.(tac|py)", "source": "*.tas"}

#: Which words there are for an option.
_WORDS = {
    "log-format": list(FORMATS),
    "log-level": _LEVELS,
    "profiler": list(AppProfiler.profilers),
}

_COMPLETIONS: dict[str, Any] = {
    "rundir": usage.CompleteDirs(),
    **{option: usage.CompleteFiles(pattern) for option, pattern in _FILES.items()},
    **{option: usage.CompleteList(words) for option, words in _WORDS.items()},
}


class ServerOptions(usage.Options, ReactorSelectionMixin):
    """
    The command line of C{twistd}: its own options, then a command of a plugin with
    the options of that.
    """

    longdesc = "twistd reads a twisted.application.service.Application out of a file and runs it."

    optFlags = [
        ["savestats", None, "With --profile: save the statistics for pstats, not a text."],
        ["no_save", "o", "Do not save the application when it ends."],
        ["encrypted", "e", "The application's file is encrypted."],
    ]

    optParameters: list[list[Any]] = [
        ["logfile", "l", None, "Log to this file, - for stdout."],
        [
            "logger",
            None,
            None,
            "The full name of a function that makes the log observer to use. Goes before"
            " --logfile and --syslog.",
        ],
        ["log-format", None, None, "How lines of the log look. [default: classic]", _logFormat],
        ["log-level", None, None, "Log nothing below this level.", _logLevel],
        ["profile", "p", None, "Run under a profiler, and write its result to this file."],
        [
            "profiler",
            None,
            "cprofile",
            f"The profiler to use: {', '.join(AppProfiler.profilers)}.",
        ],
        ["file", "f", "twistd.tap", "Read the application from this pickle."],
        ["python", "y", None, "Run this Python file, which makes the application (implies -o)."],
        ["source", "s", None, "Read the application from this file of source (AOT)."],
        ["rundir", "d", ".", "Change to this directory before running."],
    ]

    compData = usage.Completions(
        mutuallyExclusive=[("file", "python", "source")],
        optActions=_COMPLETIONS,
    )

    _getPlugins = staticmethod(getPlugins)

    def __init__(self, *a: Any, **kw: Any) -> None:
        """
        @param kw: C{stdout}, where the version is printed to.
        """
        self._stdout = kw.pop("stdout", sys.stdout)
        self["debug"] = False
        self.loadedPlugins: dict[str, Any] = {}
        super().__init__(*a, **kw)

    def opt_debug(self) -> None:
        """
        Run the application in the Python Debugger (implies --nodaemon). SIGUSR2
        stops it there.
        """
        self["debug"] = True

    opt_b = opt_debug

    def opt_spew(self) -> None:
        """
        Print every line of code as it is run, to see where a program hangs.
        """
        for tracing in (sys, threading):
            tracing.settrace(spewer)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Parse a command line, by default the process's; without any words that is a
        call for help.
        """
        words = options
        if words is None:
            words = sys.argv[1:] or ["--help"]
        usage.Options.parseOptions(self, words)

    def postOptions(self) -> None:
        """
        Load the logger; see that nothing is saved that was made anew.

        @raise usage.UsageError: there is no such logger.
        """
        if self.subCommand or self["python"]:
            self["no_save"] = True
        logger = self["logger"]
        if logger is None:
            return
        try:
            self["logger"] = namedAny(logger)
        except Exception as error:
            raise usage.UsageError(f"Logger '{logger}' could not be imported: {error}")

    @property
    def subCommands(self) -> Iterator[tuple[str, None, Any, str]]:  # type: ignore[override]
        """The commands, found now, as L{usage.Options} wants them."""
        found = sorted(self._getPlugins(cast(Any, service.IServiceMaker)), key=_commandName)
        self.loadedPlugins = {_commandName(each): each for each in found}
        for each in found:
            yield _commandName(each), None, partial(_makeOptions, each), each.description


def _commandName(plugin: Any) -> str:
    name: str = plugin.tapname
    return name


def _makeOptions(plugin: Any) -> Any:
    """Make a command's options; its module is imported no earlier than this."""
    return plugin.options()
