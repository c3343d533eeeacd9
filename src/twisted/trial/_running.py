"""
Run tests: in a directory of their own, logging to a file there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, ClassVar, Protocol

from attrs import define, field

from twisted.python import log as _log
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.trial import itrial, unittest
from twisted.trial._asyncrunner import _iterateTests
from twisted.trial._suites import NOT_IN_TEST, RepeatableSuite, TestHolder, TrialSuite, endReactor
from twisted.trial._utilities import openTestLog, profiled
from twisted.trial._workdir import _unusedTestDirectory
from twisted.trial.reporter import UncleanWarningsReporterWrapper, _ExitWrapper

__all__ = ["TrialRunner", "_Debugger", "_Runner", "_logFile", "_testDirectory"]


class _Debugger(Protocol):
    """
    A debugger that can run a function.
    """

    def runcall(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call *f*, in the debugger."""


class _Runner(Protocol):
    """
    Something that runs suites.
    """

    stream: Any

    def run(self, test: Any) -> Any:
        """Run a test or a suite once; return the reporter."""

    def runUntilFailure(self, test: Any) -> Any:
        """Run it until it fails; return the last reporter."""


@contextmanager
def _testDirectory(workingDirectory: str) -> Iterator[None]:
    """
    Make a context whose working directory is an empty one.

    @param workingDirectory: its path; what is there must be of an earlier run.
    @raise _WorkingDirectoryBusy: it is another one's now.
    """
    before = os.getcwd()
    directory, lock = _unusedTestDirectory(FilePath(workingDirectory))
    os.chdir(directory.path)
    try:
        yield
    finally:
        os.chdir(before)
        lock.unlock()


# Whether logging has begun.  It begins once, and ends with the process.
_begun: list[bool] = []


@contextmanager
def _logFile(logfile: str) -> Iterator[None]:
    """
    Make a context in which what is logged goes to a file.

    @param logfile: its path.
    """
    path: FilePath[str] = FilePath(logfile)
    file = openTestLog(path)
    observer = _log.FileLogObserver(file)
    if _begun:
        _log.addObserver(observer.emit)
    else:
        _begun.append(True)
        _log.startLoggingWithObserver(observer.emit, False)
    try:
        yield
    finally:
        _log.removeObserver(observer.emit)
        file.close()


def _orDefault(path: str) -> str:
    """Return *path*, or the usual one if that is empty."""
    return path or "_trial_temp"


@define(eq=False)
class TrialRunner:
    """
    Runs tests in this process.

    @ivar reporterFactory: makes reporters; called with the stream, the
        traceback format, whether to tell errors at once, and the log.
    @ivar mode: C{None}, or one of the two below.
    @ivar logfile: the path of the log, from the working directory.
    @ivar stream: what reporters write to; standard output, if none is given.
    @ivar profile: whether to profile.
    @ivar tbformat: how much tracebacks say; the parameter is called
        C{tracebackFormat}.
    @ivar rterrors: write tracebacks at once, too; the parameter is called
        C{realTimeErrors}.
    @ivar uncleanWarnings: make warnings of what tests leave in the reactor.
    @ivar workingDirectory: the path of the directory that tests run in.
    @ivar _forceGarbageCollection: collect garbage before and after each test.
    @ivar debugger: has a method C{runcall}; for the mode C{DEBUG}.
    @ivar _exitFirst: begin no more tests when one went wrong.
    @ivar _log: where reporters get warnings from.
    @cvar DEBUG: the mode of running tests in a debugger.
    @cvar DRY_RUN: the mode of only saying which tests there are.
    """

    reporterFactory: Callable[..., Any]
    mode: str | None = None
    logfile: str = "test.log"
    stream: Any = field(factory=lambda: sys.stdout)
    profile: bool = False
    tbformat: str = field(default="default", alias="tracebackFormat")
    rterrors: bool = field(default=False, alias="realTimeErrors")
    uncleanWarnings: bool = False
    workingDirectory: str = field(default="", converter=_orDefault)
    _forceGarbageCollection: bool = False
    debugger: _Debugger | None = None
    _exitFirst: bool = False
    _log: Any = _log

    DEBUG: ClassVar[str] = "debug"
    DRY_RUN: ClassVar[str] = "dry-run"

    def _makeResult(self) -> Any:
        """Make a reporter."""
        reporter = self.reporterFactory(self.stream, self.tbformat, self.rterrors, self._log)
        # The last one is told first: what it makes a warning of ends nothing.
        wrappers = {
            _ExitWrapper: self._exitFirst,
            UncleanWarningsReporterWrapper: self.uncleanWarnings,
        }
        for wrap, wanted in wrappers.items():
            reporter = wrap(reporter) if wanted else reporter
        return reporter

    def run(self, test: Any) -> Any:
        """
        Run a test, or a suite.

        @return: the reporter.
        @raise _WorkingDirectoryBusy: the working directory, which is not the
            default one, is another run's.
        """
        return self._runOnce(self._outermost(test, TrialSuite))

    def runUntilFailure(self, test: Any) -> Any:
        """
        Run a test, or a suite, until something in it goes wrong.

        @return: the reporter of the last time.
        """
        suite = self._outermost(test, RepeatableSuite)
        try:
            for number in count(1):
                self.stream.write(f"Test Pass {number}\n")
                result = self._runOnce(suite)
                if result.shouldStop or not result.wasSuccessful():
                    break
        finally:
            endReactor()
        return result

    def _outermost(self, test: Any, kind: type[RepeatableSuite]) -> RepeatableSuite:
        """Put *test* in a suite, adapted to what reporters expect."""
        return kind([unittest.decorate(test, itrial.ITestCase)], self._forceGarbageCollection)

    def _runOnce(self, suite: RepeatableSuite) -> Any:
        """Run *suite*, with figures of it if that is wanted."""
        run = profiled(self._runHere, "profile.data") if self.profile else self._runHere
        return run(suite)

    def _runHere(self, suite: RepeatableSuite) -> Any:
        """Run *suite* in the working directory."""
        result = self._makeResult()
        if self.mode == self.DRY_RUN:
            _pretend(suite, result)
        else:
            with _testDirectory(self.workingDirectory), _logFile(self.logfile):
                self._guarded(suite, result)
        result.done()
        return result

    def _guarded(self, suite: RepeatableSuite, result: Any) -> None:
        """Run *suite*; if the user interrupts it, tell of the tests until then."""
        try:
            self._inMode(suite.run, result)
        except KeyboardInterrupt:
            result.addError(TestHolder(NOT_IN_TEST), Failure())
            result.stop()

    def _inMode(self, run: Callable[[Any], Any], result: Any) -> None:
        """Call *run*, in a debugger if that is wanted."""
        if self.mode == self.DEBUG:
            import pdb  # late: since Python 3.14 it imports asyncio

            debugger: Any = self.debugger or pdb.Pdb()
            debugger.runcall(run, result)
        else:
            run(result)


def _pretend(suite: Any, result: Any) -> None:
    """
    Tell *result* that all tests of *suite* have passed, without running them.
    """
    for test in _iterateTests(suite):
        for tell in (result.startTest, result.addSuccess, result.stopTest):
            tell(test)
