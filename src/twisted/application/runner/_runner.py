"""
L{Runner}: from a reactor and some settings to a program that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import kill
from signal import SIGTERM
from sys import stderr
from typing import Any, TextIO

from attr import Factory, attrib, attrs

from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.runner._pidfile import (
    AlreadyRunningError,
    InvalidPIDFileError,
    NoPIDFound,
    nonePIDFile,
)
from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)


def _nothing(**arguments: object) -> None:
    """What is called where nobody said what to call."""


def _unreadable(error: Exception) -> tuple[ExitStatus, str]:
    """Return with what to leave when the PID file could not be read."""
    if isinstance(error, NoPIDFound):
        return ExitStatus.EX_NOINPUT, "No PID file found."
    if isinstance(error, InvalidPIDFileError):
        return ExitStatus.EX_DATAERR, "Invalid PID file."
    return ExitStatus.EX_IOERR, "Unable to read PID file."


@attrs(frozen=True)
class Runner:
    """
    Runs a reactor, with all that a program wants around it.

    What it is made with:

      - C{reactor};
      - C{pidFile}, which holds this process's number while it runs;
      - C{kill}: end the process in that file instead;
      - C{defaultLogLevel}, below which nothing is logged;
      - C{logFile}, and C{fileLogObserverFactory}, which makes an observer of it;
      - C{whenRunning}, called with C{whenRunningArguments} when the reactor runs;
      - C{reactorExited}, called with C{reactorExitedArguments} at the end.
    """

    _log = Logger()

    _reactor: Any = attrib()
    _pidFile: Any = attrib(default=nonePIDFile)
    _kill: bool = attrib(default=False)
    _defaultLogLevel: Any = attrib(default=LogLevel.info)
    _logFile: TextIO = attrib(default=stderr)
    _fileLogObserverFactory: Callable[[TextIO], FileLogObserver] = attrib(
        default=textFileLogObserver
    )
    _whenRunning: Callable[..., None] = attrib(default=_nothing)
    _whenRunningArguments: Mapping[str, Any] = attrib(default=Factory(dict))
    _reactorExited: Callable[..., None] = attrib(default=_nothing)
    _reactorExitedArguments: Mapping[str, Any] = attrib(default=Factory(dict))

    def run(self) -> None:
        """
        Run the program to its end.
        """
        self.killIfRequested()
        try:
            with self._pidFile:
                self.startLogging()
                self.startReactor()
                self.reactorExited()
        except AlreadyRunningError:
            exit(ExitStatus.EX_CONFIG, "Already running.")

    def killIfRequested(self) -> None:
        """
        If C{kill} was asked for, end the process in the PID file, and this one.
        """
        if not self._kill:
            return
        if self._pidFile is nonePIDFile:
            exit(ExitStatus.EX_USAGE, "No PID file specified.")
            return  # type: ignore[unreachable]
        try:
            pid = self._pidFile.read()
        except (NoPIDFound, InvalidPIDFileError, OSError) as error:
            exit(*_unreadable(error))
            return  # type: ignore[unreachable]
        self.startLogging()
        self._log.info("Terminating process: {pid}", pid=pid)
        kill(pid, SIGTERM)
        exit(ExitStatus.EX_OK)

    def startLogging(self) -> None:
        """
        Begin to log.
        """
        predicate = LogLevelFilterPredicate(defaultLogLevel=self._defaultLogLevel)
        observer = FilteringLogObserver(self._fileLogObserverFactory(self._logFile), [predicate])
        globalLogBeginner.beginLoggingTo([observer])

    def startReactor(self) -> None:
        """
        Run the reactor, and call C{whenRunning} in it.
        """
        self._reactor.callWhenRunning(self.whenRunning)
        self._log.info("Starting reactor...")
        self._reactor.run()

    def whenRunning(self) -> None:
        """
        Call C{whenRunning}, with its arguments.
        """
        self._whenRunning(**self._whenRunningArguments)

    def reactorExited(self) -> None:
        """
        Call C{reactorExited}, with its arguments.
        """
        self._reactorExited(**self._reactorExitedArguments)
