"""
The older way of logging: C{log.msg("text")}, C{log.err(failure)}.

It stands on L{twisted.logger}: events of either kind reach the observers of
the other.  The log prefix, C{system}, is what the context says that user code
has set; else what the reactor is handling just then (see
L{twisted.python._running}), worked out now; else C{"-"}.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping
from io import UnsupportedOperation
from operator import methodcaller
from typing import IO, Any

from zope.interface import Interface

from twisted.logger import (
    Logger as NewLogger,
)
from twisted.logger import (
    LogLevel as NewLogLevel,
)
from twisted.logger import (
    LogPublisher as NewPublisher,
)
from twisted.logger import (
    globalLogBeginner as newGlobalLogBeginner,
)
from twisted.logger import (
    globalLogPublisher as newGlobalLogPublisher,
)
from twisted.logger._global import LogBeginner
from twisted.logger._io import LoggingFile
from twisted.logger._legacy import LegacyLogObserverWrapper, publishToNewObserver
from twisted.python import _running, context, failure, reflect
from twisted.python.threadable import synchronize

EventDict = dict[str, Any]


class ILogContext:
    """
    The key under which the context has the defaults of what is logged.
    """


class _DefaultContext(dict[str, Any]):
    """
    The defaults where nothing was set.  The prefix is asked for when it is
    read, so that handling an event costs nothing for it.
    """

    def __getitem__(self, key: str) -> Any:
        if key == "system":
            return _running.prefix() or "-"
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  (it is what get does)

    def copy(self) -> dict[str, Any]:
        return {**self, "system": self["system"]}


context.setDefault(ILogContext, _DefaultContext({"isError": 0, "system": "-"}))


class ILogObserver(Interface):
    """
    An observer of the older kind: a callable that takes a dict.
    """

    def __call__(eventDict: EventDict) -> None:
        """
        Take note of an event.

        @param eventDict: with C{message} (a tuple), C{time}, C{system},
            C{isError}, and C{failure}, C{why}, C{format} and others as the
            case may be.
        """


def callWithContext(
    ctx: Mapping[str, Any], func: Callable[..., Any], *args: object, **kw: object
) -> Any:
    """
    Call *func* with *ctx* added to the defaults of what it logs.

    @return: what it returns.
    """
    defaults = context.get(ILogContext).copy()
    defaults.update(ctx)
    return context.call({ILogContext: defaults}, func, *args, **kw)


_BUGGY = "(buggy logPrefix method)"
_prefixOf = methodcaller("logPrefix")


def _orLogged(
    system: Any, otherwise: Any, func: Callable[..., Any], /, *args: object, **kw: object
) -> Any:
    """
    Call *func*; what it raises is logged, unless it is an interrupt.

    @param system: the prefix for that.
    @return: what *func* returns, *otherwise* if it raised.
    """
    try:
        return func(*args, **kw)
    except BaseException as problem:
        if isinstance(problem, KeyboardInterrupt):
            raise
        err(system=system)
        return otherwise


def callWithLogger(logger: Any, func: Callable[..., Any], *args: object, **kw: object) -> Any:
    """
    Call *func* with the prefix of *logger*; what it raises is logged.

    @param logger: has C{logPrefix()}.
    @return: what *func* returns, L{None} if it raised.
    """
    prefix = _orLogged(_BUGGY, _BUGGY, _prefixOf, logger)
    return _orLogged(prefix, None, callWithContext, {"system": prefix}, func, *args, **kw)


def err(_stuff: Any = None, _why: str | None = None, **kw: object) -> None:
    """
    Log something that went wrong.

    @param _stuff: a L{failure.Failure} or exception, by default the one being
        handled; anything else is shown.
    @param _why: what was being done.
    """
    if _stuff is None or isinstance(_stuff, Exception):
        _stuff = failure.Failure(_stuff)
    message: tuple[str, ...] = ()
    if isinstance(_stuff, failure.Failure):
        about: dict[str, Any] = {"failure": _stuff}
    else:
        message, about = (repr(_stuff),), {}
    msg(*message, why=_why, isError=1, **about, **kw)


deferr = err


class Logger:
    """
    A base for what has a log prefix.
    """

    def logPrefix(self) -> str:
        """Return the prefix: by default C{"-"}."""
        return "-"


class LogPublisher:
    """
    Gives events to observers of the older kind, by way of a publisher of the
    newer.
    """

    synchronized = ["msg"]

    def __init__(
        self,
        observerPublisher: Any = None,
        publishPublisher: Any = None,
        logBeginner: LogBeginner | None = None,
        warningsModule: Any = warnings,
    ) -> None:
        """
        @param observerPublisher: the publisher that observers are added to.
        @param publishPublisher: the publisher that events are given to.
        @param logBeginner: decides where logging goes.
        @param warningsModule: has C{showwarning}.
        """
        # One for both, if neither is given.
        own = NewPublisher()
        self._observerPublisher = own if observerPublisher is None else observerPublisher
        self._publishPublisher = own if publishPublisher is None else publishPublisher
        # Nobody sees what a beginner of our own would print.
        self._logBeginner = logBeginner or LogBeginner(
            self._observerPublisher,
            NullFile(),  # type: ignore[arg-type]
            sys,
            warnings,
        )
        # Observers, each with what stands for it at the publisher.
        self._known: list[tuple[Any, LegacyLogObserverWrapper]] = []
        self._warningsModule, self._oldshowwarning = warningsModule, warningsModule.showwarning
        self.showwarning = self._logBeginner.showwarning

    @property
    def observers(self) -> list[Any]:
        """The observers of the older kind."""
        return [known for known, _ in self._known]

    def _adopt(self, other: Any) -> LegacyLogObserverWrapper:
        """Return what stands for *other* from now on."""
        standIn = LegacyLogObserverWrapper(other)
        self._known.append((other, standIn))
        return standIn

    def _startLogging(self, other: Any, setStdout: Any) -> None:
        """Begin logging to *other*."""
        begin = self._logBeginner.beginLoggingTo
        begin([self._adopt(other)], discardBuffer=True, redirectStandardIO=bool(setStdout))

    def _stopLogging(self) -> None:
        """Give the warnings back."""
        if self._warningsModule.showwarning == self.showwarning:
            self._warningsModule.showwarning = self._oldshowwarning

    def addObserver(self, other: Any) -> None:
        """Give events to *other*, too: a callable that takes a dict."""
        self._observerPublisher.addObserver(self._adopt(other))

    def removeObserver(self, other: Any) -> None:
        """
        Give events to *other* no longer.

        @raise ValueError: it was not added.
        """
        try:
            place = self.observers.index(other)
        except ValueError:
            raise ValueError(f"{other!r} is not an observer") from None
        self._observerPublisher.removeObserver(self._known.pop(place)[1])

    def msg(self, *message: object, **kw: object) -> None:
        """
        Log a message.

        @param message: its parts; bytes, text or anything.
        @param kw: more of the event: C{system}, C{isError}, C{logLevel},
            C{format} with C{%(name)s} for other parts of it.
        """
        event: EventDict = context.get(ILogContext).copy()
        event.update(kw)
        if message:
            event["message"] = message
        else:
            event.setdefault("message", ())
        event["time"] = time.time()
        publishToNewObserver(self._publishPublisher, event, textFromEventDict)


synchronize(LogPublisher)

theLogPublisher = LogPublisher(
    observerPublisher=newGlobalLogPublisher,
    publishPublisher=newGlobalLogPublisher,
    logBeginner=newGlobalLogBeginner,
)

addObserver = theLogPublisher.addObserver
removeObserver = theLogPublisher.removeObserver
msg = theLogPublisher.msg
showwarning = theLogPublisher.showwarning


def _safeFormat(fmtString: str, fmtDict: dict[str, Any]) -> str:
    """
    Return C{fmtString % fmtDict}, or text that says why there is none.
    """
    try:
        return fmtString % fmtDict
    except KeyboardInterrupt:
        raise
    except BaseException:
        try:
            return (
                "Invalid format string or unformattable object in log message:"
                f" {fmtString!r}, {fmtDict}"
            )
        except BaseException:
            try:
                return f"UNFORMATTABLE OBJECT WRITTEN TO LOG with fmt {fmtString!r}, MESSAGE LOST"
            except BaseException:
                return "PATHOLOGICAL ERROR IN BOTH FORMAT STRING AND MESSAGE DETAILS, MESSAGE LOST"


def textFromEventDict(eventDict: EventDict) -> str | None:
    """
    Return the text of an event of the older kind; L{None} if it has none.
    """
    parts = eventDict["message"]
    if parts:
        return " ".join(map(reflect.safe_str, parts))
    if eventDict["isError"] and "failure" in eventDict:
        why = eventDict.get("why")
        why = reflect.safe_str(why) if why else "Unhandled Error"
        try:
            traceback = eventDict["failure"].getTraceback()
        except Exception as problem:
            traceback = "(unable to obtain traceback): " + str(problem)
        return why + "\n" + traceback  # type: ignore[no-any-return]
    if "format" in eventDict:
        return _safeFormat(eventDict["format"], eventDict)
    return None


class _GlobalStartStopObserver:
    """An observer that can add itself to the global publisher."""

    def emit(self, eventDict: EventDict) -> None:
        """Take note of an event."""
        raise NotImplementedError

    def start(self) -> None:
        """Observe from now on."""
        addObserver(self.emit)

    def stop(self) -> None:
        """Observe no longer."""
        removeObserver(self.emit)


class FileLogObserver(_GlobalStartStopObserver):
    """
    Writes events to a file, as in C{2001-10-20 13:05:12+0000 [-] text}.

    @cvar timeFormat: as for C{strftime}; by default C{%Y-%m-%d %H:%M:%S} and
        the offset from UTC.
    """

    timeFormat: str | None = None

    def __init__(self, f: IO[str]) -> None:
        """
        @param f: a file of text; what cannot be encoded is escaped.
        """
        self.write = f.write
        self.flush = f.flush

    def getTimezoneOffset(self, when: float) -> float:
        """
        Return the seconds by which local time is *behind* UTC, at *when*.
        """
        return -time.localtime(when).tm_gmtoff

    def formatTime(self, when: float) -> str:
        """Return a time as text."""
        # Late: only who logs to a file in this way needs it.
        import datetime

        offset = datetime.timedelta(seconds=-self.getTimezoneOffset(when))
        moment = datetime.datetime.fromtimestamp(when, datetime.timezone(offset))
        if self.timeFormat is not None:
            return moment.strftime(self.timeFormat)
        return moment.strftime("%Y-%m-%d %H:%M:%S%z")

    def emit(self, eventDict: EventDict) -> None:
        """Write an event; lines after the first are indented."""
        text = textFromEventDict(eventDict)
        if text is None:
            return
        parts = {"system": eventDict["system"], "text": text.replace("\n", "\n\t")}
        line = _safeFormat("[%(system)s] %(text)s\n", parts)
        # Late: an import at the top would be a cycle.
        from twisted.python import util

        util.untilConcludes(self.write, self.formatTime(eventDict["time"]) + " " + line)
        util.untilConcludes(self.flush)


class PythonLoggingObserver(_GlobalStartStopObserver):
    """
    Passes events on to a logger of L{logging}.
    """

    def __init__(self, loggerName: str = "twisted") -> None:
        """
        @param loggerName: of the logger.
        """
        # Late: loads the standard library's logging.
        from twisted.logger import STDLibLogObserver

        self._newObserver = STDLibLogObserver(loggerName)

    def emit(self, eventDict: EventDict) -> None:
        """
        Pass an event on.  Its level is C{logLevel} if it has one, else by
        C{isError}.
        """
        if "log_format" not in eventDict and textFromEventDict(eventDict) is None:
            return
        publishToNewObserver(self._newObserver, eventDict, textFromEventDict)


class StdioOnnaStick:
    """
    Looks like a file; each line that is written to it is a message.

    @ivar isError: whether they are errors.
    """

    closed = 0
    softspace = 0
    mode = "wb"
    name = "<stdio (log)>"

    def __init__(self, isError: Any = 0, encoding: str | None = None) -> None:
        """
        @param encoding: of bytes that are written; the system's by default.
        """
        self.isError = isError
        self.encoding = encoding or sys.getdefaultencoding()
        self.buf = ""

    def close(self) -> None:
        """Nothing has to be closed."""

    def fileno(self) -> int:
        """
        @raise io.UnsupportedOperation: always; there is no descriptor.
        """
        raise UnsupportedOperation("fileno")

    def flush(self) -> None:
        """Nothing has to be flushed."""

    def read(self) -> str:
        """
        @raise IOError: always; it can only be written to.
        """
        raise OSError("can't read from the log!")

    readline = read
    readlines = read
    seek = read
    tell = read

    def write(self, data: str | bytes) -> None:
        """Log the lines in *data*; what is not a whole line yet waits."""
        text = data.decode(self.encoding) if isinstance(data, bytes) else data
        *lines, self.buf = (self.buf + text).split("\n")
        for line in lines:
            msg(line, printed=1, isError=self.isError)

    def writelines(self, lines: Any) -> None:
        """Log each of *lines*."""
        for line in lines:
            text = line.decode(self.encoding) if isinstance(line, bytes) else line
            msg(text, printed=1, isError=self.isError)


class NullFile:
    """
    A file that nothing is ever in.
    """

    softspace = 0

    def read(self) -> None:
        """Do nothing."""

    def write(self, bytes: object) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def startLogging(file: Any, *a: Any, **kw: Any) -> FileLogObserver | None:
    """
    Log to *file* from now on, standard output and standard error too.

    @param file: a file of text.
    @param a: as for L{startLoggingWithObserver}.
    @return: the observer.
    """
    # What is written to a LoggingFile comes here: it would go in circles.
    observer = None if isinstance(file, LoggingFile) else FileLogObserver(file)
    if observer is not None:
        startLoggingWithObserver(observer.emit, *a, **kw)
    return observer


def startLoggingWithObserver(observer: Callable[[EventDict], None], setStdout: Any = 1) -> None:
    """
    Give events to *observer* from now on.

    @param setStdout: log what is written to standard output and standard
        error.
    """
    theLogPublisher._startLogging(observer, setStdout)
    msg("Log opened.")


def discardLogs() -> None:
    """Throw away what is written to the log's files."""
    global logfile
    logfile = NullFile()


class DefaultObserver(_GlobalStartStopObserver):
    """
    Prints errors, until logging begins.

    @cvar stderr: where to.
    """

    stderr = sys.stderr

    def emit(self, eventDict: EventDict) -> None:
        """Print an event if it is an error."""
        if eventDict["isError"]:
            text = textFromEventDict(eventDict)
            if text is not None:
                self.stderr.write(text)
            self.stderr.flush()


defaultObserver: Any = DefaultObserver()

logfile: Any = LoggingFile(
    logger=NewLogger(namespace="stdout"),
    level=NewLogLevel.info,
    encoding=getattr(sys.stdout, "encoding", None),
)
logerr: Any = LoggingFile(
    logger=NewLogger(namespace="stderr"),
    level=NewLogLevel.error,
    encoding=getattr(sys.stderr, "encoding", None),
)

__all__ = [
    "DefaultObserver",
    "FileLogObserver",
    "ILogContext",
    "ILogObserver",
    "LogPublisher",
    "Logger",
    "NullFile",
    "PythonLoggingObserver",
    "StdioOnnaStick",
    "addObserver",
    "callWithContext",
    "callWithLogger",
    "defaultObserver",
    "deferr",
    "discardLogs",
    "err",
    "logerr",
    "logfile",
    "msg",
    "removeObserver",
    "showwarning",
    "startLogging",
    "startLoggingWithObserver",
    "textFromEventDict",
    "theLogPublisher",
]
