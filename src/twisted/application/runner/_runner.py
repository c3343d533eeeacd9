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


#: With what to leave when the PID file could not be read; the first that fits.
_UNREADABLE: list[tuple[type[Exception], ExitStatus, str]] = [
    (NoPIDFound, ExitStatus.EX_NOINPUT, "No PID file found."),
    (InvalidPIDFileError, ExitStatus.EX_DATAERR, "Invalid PID file."),
    (OSError, ExitStatus.EX_IOERR, "Unable to read PID file."),
]


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
        stages = (self.startLogging, self.startReactor, self.reactorExited)
        try:
            with self._pidFile:
                for stage in stages:
                    stage()
        except AlreadyRunningError:
            exit(ExitStatus.EX_CONFIG, "Already running.")

    def whenRunning(self) -> None:
        """
        Call C{whenRunning}, with its arguments.
        """
        self._tell("whenRunning")

    def reactorExited(self) -> None:
        """
        Call C{reactorExited}, with its arguments.
        """
        self._tell("reactorExited")

    def _tell(self, event: str) -> None:
        """Call what is to be called at *event*."""
        listener, arguments = (getattr(self, f"_{event}{part}") for part in ("", "Arguments"))
        listener(**arguments)

    def startReactor(self) -> None:
        """
        Run the reactor, and call C{whenRunning} in it.
        """
        reactor = self._reactor
        reactor.callWhenRunning(self.whenRunning)
        self._log.info("Starting reactor...")
        reactor.run()

    def startLogging(self) -> None:
        """
        Begin to log.
        """
        toFile = self._fileLogObserverFactory(self._logFile)
        enough = LogLevelFilterPredicate(defaultLogLevel=self._defaultLogLevel)
        globalLogBeginner.beginLoggingTo([FilteringLogObserver(toFile, [enough])])

    def killIfRequested(self) -> None:
        """
        If C{kill} was asked for, end the process in the PID file, and this one.
        """
        if self._kill:
            # Where exit is replaced, it may return.
            exit(*self._killOther())

    def _killOther(self) -> tuple[ExitStatus] | tuple[ExitStatus, str]:
        """
        End the process in the PID file.

        @return: with what to leave.
        """
        if self._pidFile is nonePIDFile:
            return ExitStatus.EX_USAGE, "No PID file specified."
        try:
            pid = self._pidFile.read()
        except Exception as error:
            for kind, status, text in _UNREADABLE:
                if isinstance(error, kind):
                    return status, text
            raise
        self.startLogging()
        self._log.info("Terminating process: {pid}", pid=pid)
        kill(pid, SIGTERM)
        return (ExitStatus.EX_OK,)
