"""
The global publisher, and how logging begins.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import IO, Any

from twisted.logger._buffer import LimitedHistoryLogObserver
from twisted.logger._interfaces import LogEvent
from twisted.logger._io import LoggingFile
from twisted.logger._levels import LogLevel
from twisted.logger._logger import Logger
from twisted.logger._publisher import LogPublisher

MORE_THAN_ONCE_WARNING = (
    "Warning: primary log target selected twice at <{fileNow}:{lineNow}> - previously"
    " selected at <{fileThen}:{lineThen}>.  Remove one of the calls to"
    " beginLoggingTo."
)


# What of standard input and output is logged, and as what.
_STREAMS = {"stdout": LogLevel.info, "stderr": LogLevel.error}


def _briefly(event: LogEvent) -> str:
    # Late: see _Waiting.
    from twisted.logger._format import eventAsText

    return f"{eventAsText(event, includeTimestamp=False, includeSystem=False)}\n"


class _Waiting(LogPublisher):
    """
    Stands in for the observers until there are any: keeps events, and prints
    the critical ones.
    """

    def __init__(self, size: int, errorStream: IO[Any]) -> None:
        self.kept = LimitedHistoryLogObserver(size=size)
        self._errorStream = errorStream
        self._printer: Any = None
        super().__init__(self.kept, self._printCritical)

    def _printCritical(self, event: LogEvent) -> None:
        if event.get("log_level") is not LogLevel.critical or not event.get("log_namespace"):
            return
        if self._printer is None:
            # Late: what formats is large, and few programs fail so early.
            from twisted.logger._file import FileLogObserver

            self._printer = FileLogObserver(self._errorStream, _briefly)
        self._printer(event)


class LogBeginner:
    """
    Decides, once, where events go.

    Until then they are kept, and critical ones are printed, so that what goes
    wrong early is not lost.
    """

    _DEFAULT_BUFFER_SIZE = 200

    def __init__(
        self,
        publisher: LogPublisher,
        errorStream: IO[Any],
        stdio: object,
        warningsModule: Any,
        initialBufferSize: int | None = None,
    ) -> None:
        """
        @param publisher: whose observers this decides.
        @param errorStream: where critical events go meanwhile.
        @param stdio: has C{stdout} and C{stderr}, to be redirected: C{sys}.
        @param warningsModule: has C{showwarning}, to be redirected.
        @param initialBufferSize: how many events are kept.
        """
        self._log = Logger(observer=publisher)
        self._publisher, self._stdio = publisher, stdio
        self._warningsModule = warningsModule
        self._oldshowwarning = warningsModule.showwarning
        # Where logging was begun; while that is nowhere, _waiting observes.
        self._begun: tuple[str, int] | None = None
        self._waiting: _Waiting | None = _Waiting(
            initialBufferSize or self._DEFAULT_BUFFER_SIZE, errorStream
        )
        publisher.addObserver(self._waiting)

    def beginLoggingTo(
        self,
        observers: Iterable[Any],
        discardBuffer: bool = False,
        redirectStandardIO: bool = True,
    ) -> None:
        """
        Let events go to *observers* from now on.  To be called once.

        @param discardBuffer: do not give them the events that were kept.
        @param redirectStandardIO: log what is written to standard output and
            standard error.
        """
        caller = sys._getframe(1)
        here = (caller.f_code.co_filename, caller.f_lineno)
        for each in observers:
            self._publisher.addObserver(each)
        before, self._begun = self._begun, here
        if before is None:
            self._handOver(replay=not discardBuffer)
        else:
            places = zip(("fileNow", "lineNow", "fileThen", "lineThen"), here + before, strict=True)
            self._log.warn(MORE_THAN_ONCE_WARNING, **dict(places))
        if redirectStandardIO:
            for name in _STREAMS:
                self._redirect(name)

    def _handOver(self, replay: bool) -> None:
        """Let those who came observe, in place of what stood in for them."""
        waiting, self._waiting = self._waiting, None
        self._publisher.removeObserver(waiting)
        if replay and waiting is not None:
            waiting.kept.replayTo(self._publisher)
        self._warningsModule.showwarning = self.showwarning

    def _redirect(self, name: str) -> None:
        """Log what is written to the stream *name*."""
        encoding = getattr(getattr(self._stdio, name), "encoding", None)
        logger = Logger(namespace=name, observer=self._publisher)
        setattr(self._stdio, name, LoggingFile(logger, _STREAMS[name], encoding))

    def showwarning(
        self,
        message: Any,
        category: Any,
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        """
        Log a warning, in place of L{warnings.showwarning}.

        @param file: where it is to be written; not logged then.
        """
        if file is not None:
            self._oldshowwarning(message, category, filename, lineno, file, line)
            return
        self._log.warn(
            "{filename}:{lineno}: {category}: {warning}",
            warning=message,
            category=category.__module__ + "." + category.__name__,
            filename=filename,
            lineno=lineno,
        )


globalLogPublisher = LogPublisher()
globalLogBeginner = LogBeginner(globalLogPublisher, sys.stderr, sys, warnings)
