"""
Workers: what they do, and what the manager has of each.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Protocol, TextIO, TypedDict, TypeVar
from unittest import TestCase

from attrs import frozen
from zope.interface import implementer

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.error import (
    ConnectionClosed,
    ProcessDone,
    ProcessExitedAlready,
    ProcessTerminated,
)
from twisted.internet.interfaces import IAddress, ITransport
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.protocols.amp import AMP
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.python.reflect import namedAny
from twisted.trial._dist import (
    _WORKER_AMP_STDIN,
    _WORKER_AMP_STDOUT,
    managercommands,
    workercommands,
)
from twisted.trial._dist.stream import StreamingAMP
from twisted.trial._dist.workerreporter import WorkerReporter
from twisted.trial._suites import RepeatableSuite
from twisted.trial.reporter import TestResult
from twisted.trial.runner import ErrorHolder, TestLoader
from twisted.trial.unittest import Todo

_T_co = TypeVar("_T_co", covariant=True)


@frozen(auto_exc=False)
class WorkerException(Exception):
    """
    An exception that was raised in a worker.

    @ivar message: its text.
    """

    message: str


class WorkerLost(Exception):
    """
    A worker ended while it ran a test.
    """


class RunResult(TypedDict):
    """
    The response to L{workercommands.Run}.
    """

    success: bool


class Worker(Protocol):
    """
    Something that runs tests.
    """

    async def run(self, case: TestCase, result: TestResult) -> RunResult:
        """Run *case* and let *result* know."""


WorkerAction = Callable[[Worker], Awaitable[_T_co]]


class WorkerProtocol(AMP):
    """
    The worker's side.
    """

    logger = Logger()

    def __init__(self, forceGarbageCollection: bool = False) -> None:
        """
        @param forceGarbageCollection: collect garbage around each test.
        """
        super().__init__()
        self._loader = TestLoader()
        self._result = WorkerReporter(self)
        self._forceGarbageCollection = forceGarbageCollection

    def _load(self, testCase: str) -> Any:
        """Return the test with an id, or one that says why there is none."""
        try:
            return self._loader.loadByName(testCase)
        except Exception:
            return ErrorHolder(testCase, Failure())

    @workercommands.Run.responder
    async def run(self, testCase: str) -> RunResult:
        """
        Run a test, and wait until the manager knows of it.

        @param testCase: the test's id.
        """
        suite = RepeatableSuite([self._load(testCase)], self._forceGarbageCollection)
        with self._result.gatherReportingResults() as reports:
            suite.run(self._result)
        outcomes = await DeferredList(reports, consumeErrors=True)
        untold = [failure for succeeded, failure in outcomes if not succeeded]
        for failure in untold:
            self.logger.failure("Could not report on {test}", failure, test=testCase)
            try:
                await self._result.addErrorFallible(testCase, failure)
            except Exception:
                self.logger.failure("Could not report that on {test}", test=testCase)
        return {"success": not untold}

    @workercommands.Start.responder
    def start(self, directory: str) -> dict[str, bool]:
        """Go to *directory*."""
        os.chdir(directory)
        return {"success": True}


class _Why(str):
    """
    A text that is also a reason: reporters want C{Todo}s, users may compare
    texts.
    """

    @property
    def reason(self) -> str:
        """The text."""
        return str(self)

    #: The worker has seen to it that it failed as it should.
    errors = None


_DONE = {"success": True}


class LocalWorkerAMP(StreamingAMP):
    """
    The manager's side: lets a result know what a worker tells.
    """

    _result: Any
    _testCase: Any
    _testStream: Any

    def _buildFailure(self, error: WorkerException, errorClass: str, frames: list[str]) -> Failure:
        """
        Make a L{Failure} that prints as the one in the worker.

        @param error: has its text.
        @param errorClass: the full name of the exception's class.
        @param frames: name, file and line of each frame.
        """
        try:
            kind = namedAny(errorClass)
        except Exception:
            # A class that cannot be had here, as one made by a test.
            kind = type(errorClass.rpartition(".")[2], (WorkerException,), {})
        failure = Failure(error, kind)
        parts = iter(frames)
        failure.frames = [
            (name, file, int(line), [], [])
            for name, file, line in zip(parts, parts, parts, strict=False)
        ]
        return failure

    @managercommands.AddSuccess.responder
    def addSuccess(self, testName: str) -> dict[str, bool]:
        """The test has passed."""
        self._result.addSuccess(self._testCase)
        return _DONE

    @managercommands.AddError.responder
    def addError(
        self, testName: str, errorClass: str, errorStreamId: int, framesStreamId: int
    ) -> dict[str, bool]:
        """
        The test has raised an unexpected exception.

        @param errorStreamId: the stream of its text.
        @param framesStreamId: the stream of its frames.
        """
        error = WorkerException(self.streamed(errorStreamId))
        frames = self.streamedLines(framesStreamId)
        self._result.addError(self._testCase, self._buildFailure(error, errorClass, frames))
        return _DONE

    @managercommands.AddFailure.responder
    def addFailure(
        self, testName: str, failStreamId: int, failClass: str, framesStreamId: int
    ) -> dict[str, bool]:
        """
        The test has found something not as it should be.

        @param failStreamId: the stream of the exception's text.
        @param framesStreamId: the stream of its frames.
        """
        error = WorkerException(self.streamed(failStreamId))
        frames = self.streamedLines(framesStreamId)
        self._result.addFailure(self._testCase, self._buildFailure(error, failClass, frames))
        return _DONE

    @managercommands.AddSkip.responder
    def addSkip(self, testName: str, reason: str) -> dict[str, bool]:
        """The test was skipped."""
        self._result.addSkip(self._testCase, reason)
        return _DONE

    @managercommands.AddExpectedFailure.responder
    def addExpectedFailure(
        self, testName: str, errorStreamId: int, todo: str | None
    ) -> dict[str, bool]:
        """
        The test has failed, as it was to be expected.

        @param errorStreamId: the stream of the exception's text.
        """
        why = Todo("<unknown>" if todo is None else todo)
        self._result.addExpectedFailure(self._testCase, self.streamed(errorStreamId), why)
        return _DONE

    @managercommands.AddUnexpectedSuccess.responder
    def addUnexpectedSuccess(self, testName: str, todo: str) -> dict[str, bool]:
        """The test has passed, which was not to be expected."""
        self._result.addUnexpectedSuccess(self._testCase, _Why(todo))
        return _DONE

    @managercommands.TestWrite.responder
    def testWrite(self, out: str) -> dict[str, bool]:
        """Something was logged."""
        self._testStream.write(f"{out}\n")
        self._testStream.flush()
        return _DONE

    async def run(self, testCase: TestCase, result: Any) -> RunResult:
        """
        Have a test run.

        @param result: the L{TestResult} that is to know.
        @raise WorkerLost: the worker ended meanwhile; *result* knows.
        """
        self._testCase = testCase
        self._result = result
        result.startTest(testCase)
        try:
            response: RunResult = await self.callRemote(workercommands.Run, testCase=testCase.id())
        except (ConnectionClosed, ProcessDone, ProcessTerminated) as reason:
            # How it came here, through AMP, says nothing.
            result.addError(testCase, Failure(reason.with_traceback(None)))
            raise WorkerLost()
        finally:
            result.stopTest(testCase)
        return response

    def setTestStream(self, stream: TextIO) -> None:
        """Say where to write what is logged."""
        self._testStream = stream


@implementer(IAddress)
class LocalWorkerAddress:
    """
    The address of one end of a pair of pipes: there is nothing to it.
    """


@implementer(ITransport)
class LocalWorkerTransport:
    """
    The pipes to a worker, as a transport.
    """

    def __init__(self, transport: Any) -> None:
        """
        @param transport: the process, an L{IProcessTransport}.
        """
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Send *data*; when the worker is to end it reads nothing more."""
        try:
            self._transport.writeToChild(_WORKER_AMP_STDIN, data)
        except KeyError:
            pass  # that pipe is closed

    def writeSequence(self, sequence: Iterable[bytes]) -> None:
        """Send all of *sequence*."""
        self.write(b"".join(sequence))

    def loseConnection(self) -> None:
        """Close all pipes."""
        self._transport.loseConnection()

    def getHost(self) -> LocalWorkerAddress:
        """Return an address."""
        return LocalWorkerAddress()

    def getPeer(self) -> LocalWorkerAddress:
        """Return an address."""
        return LocalWorkerAddress()


class NotRunning(Exception):
    """
    The worker is not running, not yet or not any more.
    """


class LocalWorker(ProcessProtocol):
    """
    The process of a worker.

    @ivar endDeferred: fails with the reason when the process has ended.
    """

    def __init__(
        self, ampProtocol: LocalWorkerAMP, logDirectory: FilePath[Any], logFile: TextIO
    ) -> None:
        """
        @param ampProtocol: what to talk to it by.
        @param logDirectory: where the worker works, and its output is kept.
        @param logFile: where to write what it logs.
        """
        self._ampProtocol = ampProtocol
        self._logDirectory = logDirectory
        self._logFile = logFile
        self._running = False
        self.endDeferred: Deferred[Any] = Deferred()

    def interrupt(self) -> None:
        """
        Have the test that the worker runs end, as by the user.
        """
        try:
            self.transport.signalProcess("INT")
        except ProcessExitedAlready:
            pass

    async def exit(self) -> None:
        """
        Have the worker end, and wait until it has.

        @raise NotRunning: it does not run.
        """
        if not self._running:
            self.endDeferred.addErrback(lambda reason: None)  # told here, if at all
            raise NotRunning()
        # It reads nothing more, and is done.
        self.transport.closeChildFD(_WORKER_AMP_STDIN)
        try:
            await self.endDeferred
        except ProcessDone:
            pass

    def connectionMade(self) -> None:
        """The process runs: open its logs, and show it to its directory."""
        self._running = True
        where = self._logDirectory
        if not where.exists():
            where.makedirs()
        self._outLog = where.child("out.log").open("w")
        self._errLog = where.child("err.log").open("w")
        amp = self._ampProtocol
        amp.makeConnection(LocalWorkerTransport(self.transport))
        amp.setTestStream(self._logFile)
        # If that fails so will all else, and be told of.
        amp.callRemote(workercommands.Start, directory=where.path).addErrback(lambda reason: None)

    def connectionLost(self, reason: Any) -> None:
        """Close the logs."""
        for log in (self._outLog, self._errLog):
            log.close()

    def processEnded(self, reason: Failure) -> None:
        """The process has ended: let everybody know."""
        self._running = False
        for protocol in (self, self._ampProtocol):
            protocol.connectionLost(reason)
        self.endDeferred.callback(reason)

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Tell messages from output."""
        isMessage = childFD == _WORKER_AMP_STDOUT
        take = self._ampProtocol.dataReceived if isMessage else self._printed(childFD)
        take(data)

    def _printed(self, childFD: int) -> Callable[[bytes], object]:
        """Return what takes output."""
        return partial(ProcessProtocol.childDataReceived, self, childFD)

    def errReceived(self, data: bytes) -> None:
        """Keep what the worker prints as errors."""
        self._errLog.write(data)

    def outReceived(self, data: bytes) -> None:
        """Keep what the worker prints."""
        self._outLog.write(data)
