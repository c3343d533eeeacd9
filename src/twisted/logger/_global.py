"""
The global publisher, and how logging begins.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import IO, Any

from twisted.logger._buffer import LimitedHistoryLogObserver
from twisted.logger._file import FileLogObserver
from twisted.logger._filter import FilteringLogObserver, LogLevelFilterPredicate
from twisted.logger._format import eventAsText
from twisted.logger._io import LoggingFile
from twisted.logger._levels import LogLevel
from twisted.logger._logger import Logger
from twisted.logger._publisher import LogPublisher

MORE_THAN_ONCE_WARNING = (
    "Warning: primary log target selected twice at <{fileNow}:{lineNow}> - previously"
    " selected at <{fileThen}:{lineThen}>.  Remove one of the calls to"
    " beginLoggingTo."
)


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
        self._initialBuffer = LimitedHistoryLogObserver(
            size=initialBufferSize or self._DEFAULT_BUFFER_SIZE
        )
        self._publisher = publisher
        self._log = Logger(observer=publisher)
        self._stdio = stdio
        self._warningsModule = warningsModule
        self._temporaryObserver: Any = LogPublisher(
            self._initialBuffer,
            FilteringLogObserver(
                FileLogObserver(
                    errorStream,
                    lambda event: eventAsText(
                        event, includeTimestamp=False, includeSystem=False
                    )
                    + "\n",
                ),
                [LogLevelFilterPredicate(defaultLogLevel=LogLevel.critical)],
            ),
        )
        self._previousBegin: tuple[str, int] = ("", 0)
        publisher.addObserver(self._temporaryObserver)
        self._oldshowwarning = warningsModule.showwarning

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
        for observer in observers:
            self._publisher.addObserver(observer)
        if self._temporaryObserver is not None:
            self._publisher.removeObserver(self._temporaryObserver)
            if not discardBuffer:
                self._initialBuffer.replayTo(self._publisher)
            self._temporaryObserver = None
            self._warningsModule.showwarning = self.showwarning
        else:
            thenFile, thenLine = self._previousBegin
            self._log.warn(
                MORE_THAN_ONCE_WARNING,
                fileNow=here[0],
                lineNow=here[1],
                fileThen=thenFile,
                lineThen=thenLine,
            )
        self._previousBegin = here
        if redirectStandardIO:
            for name, level in (("stdout", LogLevel.info), ("stderr", LogLevel.error)):
                original = getattr(self._stdio, name)
                stream = LoggingFile(
                    logger=Logger(namespace=name, observer=self._publisher),
                    level=level,
                    encoding=getattr(original, "encoding", None),
                )
                setattr(self._stdio, name, stream)

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
