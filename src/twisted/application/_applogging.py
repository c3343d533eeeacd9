"""
Where C{twistd} logs to, and in which format.

C{classic} lines are those that C{twistd.log} has always had; C{text} and C{json}
are those of C{twist}; C{journal} is for systemd, which adds times and names itself
and wants to know how urgent a line is.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import IO, Any

from zope.interface import implementer

from twisted import copyright, logger
from twisted.application._systemd import isJournal
from twisted.logger import ILogObserver, LogLevel
from twisted.python import log
from twisted.python.reflect import qual

_log = logger.Logger()

CLASSIC_TIME = "%Y-%m-%d %H:%M:%S%z"

#: Of C{sd-daemon(3)}: how urgent a line is.
_PRIORITIES = {
    LogLevel.debug: 7,
    LogLevel.info: 6,
    LogLevel.warn: 4,
    LogLevel.error: 3,
    LogLevel.critical: 2,
}

_UNMARKED = (
    "Passing a logger factory which makes log observers which do not implement"
    " twisted.logger.ILogObserver or twisted.python.log.ILogObserver to"
    " twisted.application.app.AppLogger was deprecated in Twisted 16.2. Please use"
    " a factory that produces twisted.logger.ILogObserver (or the legacy"
    " twisted.python.log.ILogObserver) implementing objects instead."
)


@implementer(ILogObserver)
class _Classic:
    """
    Names no systems but those that were named on purpose.
    """

    def __init__(self, observer: Any) -> None:
        self._observer = observer
        self._outFile = observer._outFile

    def __call__(self, event: dict[str, Any]) -> None:
        if "log_system" not in event:
            event = {**event, "log_system": "-"}
        self._observer(event)


@implementer(log.ILogObserver)
class LegacyEmitter:
    """
    A legacy observer that is a method, such as C{FileLogObserver.emit}.
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None]) -> None:
        self._emit = emit

    def __call__(self, event: dict[str, Any]) -> None:
        self._emit(event)


def _classicObserver(file: IO[Any]) -> Any:
    return _Classic(logger.textFileLogObserver(file, timeFormat=CLASSIC_TIME))


def _textObserver(file: IO[Any]) -> Any:
    return logger.textFileLogObserver(file)


def journalText(event: dict[str, Any]) -> str:
    """
    Format an event for systemd's journal: each line with its priority.

    @return: empty if there is nothing to say.
    """
    text = logger.eventAsText(event, includeTimestamp=False, includeSystem=False)
    level = event.get("log_level", LogLevel.info)
    prefix = f"<{_PRIORITIES.get(level, 6)}>"
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


def journalFileLogObserver(file: IO[Any]) -> Any:
    """
    Make an observer that writes L{journalText} to a file.
    """
    return logger.FileLogObserver(file, journalText)


#: What C{--log-format} takes.
FORMATS: dict[str, Callable[[IO[Any]], Any]] = {
    "classic": _classicObserver,
    "text": _textObserver,
    "json": logger.jsonFileLogObserver,
    "journal": journalFileLogObserver,
}


def fileObserver(file: IO[Any], format: str | None, announce: bool = True) -> Any:
    """
    Make an observer of a file that says, first of all, that it was opened.

    @param format: one of C{FORMATS}.
    @param announce: say so, in fact.
    """
    observer = FORMATS[format or "classic"](file)
    if announce:
        observer(
            {
                "log_format": "Log opened.",
                "log_time": time.time(),
                "log_level": LogLevel.info,
                "log_namespace": _log.namespace,
                "log_system": "-",
            }
        )
    return observer


class AppLogger:
    """
    Begins and ends the logging of an application.

    @ivar _observer: where events go, while they do.
    """

    _observer: Any = None

    def __init__(self, options: Any) -> None:
        """
        @param options: has C{logfile}, C{logger}, C{log-format} and C{log-level}, or
            not.
        """
        self._logfilename = options.get("logfile") or ""
        self._observerFactory = options.get("logger") or None
        self._format = options.get("log-format")
        self._level = options.get("log-level")

    def start(self, application: Any) -> None:
        """
        Begin to log: to what the command line says, else to what the application
        says, as its C{ILogObserver}, else to a file or standard output.
        """
        if self._observerFactory is not None:
            observer = self._observerFactory()
        else:
            observer = ILogObserver(application, None)
            if observer is None:
                observer = log.ILogObserver(application, None)
            if observer is None:
                observer = self._getLogObserver()
        if not ILogObserver.providedBy(observer):
            if not log.ILogObserver.providedBy(observer):
                warnings.warn(_UNMARKED, DeprecationWarning, stacklevel=2)
            observer = logger.LegacyLogObserverWrapper(observer)
        if self._level is not None:
            predicate = logger.LogLevelFilterPredicate(defaultLogLevel=self._level)
            observer = logger.FilteringLogObserver(observer, [predicate])
        self._observer = observer
        logger.globalLogBeginner.beginLoggingTo([observer])
        self._initialLog()

    def _initialLog(self) -> None:
        # Late: by now it has been chosen.
        from twisted.internet import reactor

        version = ".".join(map(str, sys.version_info[:3]))
        _log.info(
            "twistd {version} ({exe} {pyVersion}) starting up.",
            version=copyright.version,
            exe=sys.executable,
            pyVersion=version,
        )
        _log.info("reactor class: {reactor}.", reactor=qual(reactor.__class__))

    def _getLogObserver(self) -> Any:
        """Make an observer of the file or standard output."""
        file = self._openLog()
        format = self._format or ("journal" if isJournal(file) else None)
        announce = self._level is None or self._level <= LogLevel.info
        return fileObserver(file, format, announce)

    def _openLog(self) -> Any:
        if self._logfilename in ("-", ""):
            return sys.stdout
        return openLogFile(self._logfilename)

    def stop(self) -> None:
        """
        End the logging.
        """
        _log.info("Server Shut Down.")
        if self._observer is not None:
            logger.globalLogPublisher.removeObserver(self._observer)
            self._observer = None


def openLogFile(name: str) -> Any:
    """
    Open a log file that can be rotated.

    @raise SystemExit: it cannot be opened; the message says why.
    """
    # Late: many programs log elsewhere.
    from twisted.python.logfile import LogFile

    try:
        return LogFile.fromFullPath(os.path.abspath(name))
    except OSError as error:
        raise SystemExit(f"Unable to open log file {name!r}: {error.strerror}")
