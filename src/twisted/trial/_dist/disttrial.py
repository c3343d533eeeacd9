"""
The manager: starts workers, and deals tests out to them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import count
from signal import SIGINT
from typing import Any, TextIO, cast
from unittest import TestCase, TestSuite

from attrs import define, field, frozen

from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    FirstError,
    gatherResults,
)
from twisted.internet.error import ProcessTerminated
from twisted.internet.interfaces import IReactorCore, IReactorProcess
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.python.lockfile import FilesystemLock
from twisted.trial._asyncrunner import _iterateTests
from twisted.trial._dist import _WORKER_AMP_STDIN, _WORKER_AMP_STDOUT
from twisted.trial._dist.distreporter import DistReporter
from twisted.trial._dist.functional import discardResult, takeWhile
from twisted.trial._dist.worker import (
    LocalWorker,
    LocalWorkerAMP,
    NotRunning,
    WorkerAction,
    WorkerLost,
)
from twisted.trial.reporter import UncleanWarningsReporterWrapper
from twisted.trial.runner import TestHolder
from twisted.trial.util import _unusedTestDirectory, openTestLog


class NoWorkerLeft(Exception):
    """
    All workers have ended before a test could be run.
    """


class IDistTrialReactor(IReactorCore, IReactorProcess):  # type: ignore[misc]
    """
    What the manager needs of a reactor.
    """


def _defaultReactor() -> Any:
    """
    Return the installed reactor.

    @raise TypeError: it cannot start processes.
    """
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    for needed in (IReactorCore, IReactorProcess):
        if not needed.providedBy(reactor):
            raise TypeError(f"Reactor does not provide {needed.__name__}")
    return reactor


@frozen
class WorkerPoolConfig:
    """
    What a pool of workers is to be like.

    @ivar numWorkers: how many there are to be.
    @ivar workingDirectory: where to run tests; another beside it is taken if
        somebody else runs tests there.
    @ivar workerArguments: command line arguments of each.
    @ivar logFile: the file for what they log, from that directory.
    """

    numWorkers: int
    workingDirectory: FilePath[Any]
    workerArguments: Sequence[str]
    logFile: str


@define
class StartedWorkerPool:
    """
    Workers that run.

    @ivar workingDirectory: where.
    @ivar testDirLock: keeps others out of there.
    @ivar testLog: for what they log.
    @ivar workers: their processes.
    @ivar ampWorkers: what to talk to them by.
    """

    workingDirectory: FilePath[Any]
    testDirLock: FilesystemLock
    testLog: TextIO
    workers: list[LocalWorker]
    ampWorkers: list[LocalWorkerAMP]

    _logger = Logger()

    async def run(self, workerAction: WorkerAction[Any]) -> None:
        """
        Do *workerAction* with each worker, all at the same time.
        """
        actions = [discardResult(workerAction(worker)) for worker in self.ampWorkers]
        try:
            await gatherResults(actions, consumeErrors=True)
        except (FirstError, CancelledError) as error:
            # Which one of them it was is of no interest.
            reason = error.subFailure if isinstance(error, FirstError) else Failure()
            if reason.check(CancelledError):
                for worker in self.workers:
                    worker.interrupt()
            reason.raiseException()

    async def join(self) -> None:
        """
        Have all workers end, and tidy up.
        """
        ends = [Deferred.fromCoroutine(worker.exit()) for worker in self.workers]
        for number, (ended, reason) in enumerate(await DeferredList(ends, consumeErrors=True)):
            if not ended and not _isKnown(reason):
                self._logger.failure("Worker {number} did not end well", reason, number=number)
        self.testLog.close()
        self.testDirLock.unlock()


def _isKnown(reason: Failure) -> bool:
    """
    Say whether users know why a worker did not end well: by the test it was
    lost in; or as they interrupted it themselves.
    """
    if reason.check(ProcessTerminated):
        return bool(reason.value.signal == SIGINT)
    return bool(reason.check(NotRunning))


@frozen
class WorkerPool:
    """
    Workers that do not run yet.
    """

    _config: WorkerPoolConfig

    def _createLocalWorkers(
        self,
        protocols: Iterable[LocalWorkerAMP],
        workingDirectory: FilePath[Any],
        logFile: TextIO,
    ) -> list[LocalWorker]:
        """
        Make what will have the processes; each has a directory of its own.
        """
        directories = map(workingDirectory.child, map(str, count()))
        return [
            LocalWorker(protocol, directory, logFile)
            for protocol, directory in zip(protocols, directories, strict=False)
        ]

    def _launchWorkerProcesses(
        self, spawner: Any, protocols: Iterable[Any], arguments: Iterable[str]
    ) -> None:
        """
        Start the processes.

        @param spawner: a reactor's C{spawnProcess}.
        @param protocols: the L{LocalWorker}s.
        @param arguments: the workers' command line arguments.
        """
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workertrial.py")
        command = [sys.executable, program, *arguments]
        # What is imported here is to be found there too.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        pipes = {0: "w", 1: "r", 2: "r", _WORKER_AMP_STDIN: "w", _WORKER_AMP_STDOUT: "r"}
        for protocol in protocols:
            spawner(protocol, sys.executable, args=command, env=environment, childFDs=pipes)

    async def start(self, reactor: Any) -> StartedWorkerPool:
        """
        Start the workers.

        @param reactor: an L{IReactorProcess}.
        """
        config = self._config
        directory, lock = _unusedTestDirectory(config.workingDirectory)
        if os.path.isabs(config.logFile):
            logPath = FilePath(config.logFile)
        else:
            logPath = directory.preauthChild(config.logFile)
        log = openTestLog(logPath)
        amps = [LocalWorkerAMP() for _ in range(config.numWorkers)]
        workers = self._createLocalWorkers(amps, directory, log)
        self._launchWorkerProcesses(reactor.spawnProcess, workers, config.workerArguments)
        return StartedWorkerPool(directory, lock, log, workers, amps)


def shouldContinue(untilFailure: bool, result: Any) -> bool:
    """
    Return whether to run all tests once more.

    @param untilFailure: whether they are to be run until they fail.
    @param result: the reporter of the last time.
    """
    return untilFailure and bool(result.wasSuccessful())


async def runTests(
    pool: Any,
    testCases: Iterable[Any],
    result: DistReporter,
    driveWorker: Callable[[DistReporter, Iterable[Any], Any], Awaitable[None]],
) -> None:
    """
    Have *testCases* run by the workers of *pool*.

    @param result: is to know of what happens.
    @param driveWorker: has tests run by one worker, taking the next as long as
        there is one.
    """
    deck = iter(testCases)
    try:
        await pool.run(partial(driveWorker, result, deck))
    except CancelledError:
        raise
    except Exception:
        # No test's fault, but it must not pass for success.
        result.original.addError(TestHolder("<runTests>"), Failure())
        return
    for case in deck:
        result.original.startTest(case)
        result.original.addError(case, Failure(NoWorkerLeft("see what ended the workers")))
        result.original.stopTest(case)


def _asItIs(thing: Any) -> Any:
    """Return *thing*."""
    return thing


def _orDefaultReactor(reactor: Any) -> Any:
    """Return *reactor*, or the one that is installed."""
    return _defaultReactor() if reactor is None else reactor


def _orStandardOutput(stream: Any) -> Any:
    """Return *stream*, or what is standard output now."""
    return sys.stdout if stream is None else stream


@define
class DistTrialRunner:
    """
    Runs tests by several processes.

    @ivar _reporterFactory: makes reporters, as those of trial.
    @ivar _maxWorkers: how many processes there are at most.
    @ivar _workerArguments: command line arguments of each.
    @ivar _exitFirst: whether to give out no more tests after one has failed.
    @ivar stream: for the reporters.
    """

    _reporterFactory: Callable[..., Any]
    _maxWorkers: int
    _workerArguments: list[str]
    _exitFirst: bool = False
    _reactor: Any = field(default=None, converter=_orDefaultReactor)
    stream: Any = field(default=None, converter=_orStandardOutput)
    _tracebackFormat: str = "default"
    _realTimeErrors: bool = False
    _uncleanWarnings: bool = False
    _logfile: str = "test.log"
    _workingDirectory: str = "_trial_temp"
    _workerPoolFactory: Callable[[WorkerPoolConfig], Any] = WorkerPool

    _logger = Logger()
    _distReporterFactory = DistReporter

    def _makeResult(self) -> DistReporter:
        """Make a reporter."""
        make = partial(self._reporterFactory, self.stream, self._tracebackFormat)
        usual = make(realtime=self._realTimeErrors)
        wrap = UncleanWarningsReporterWrapper if self._uncleanWarnings else _asItIs
        return self._distReporterFactory(wrap(usual))

    def writeResults(self, result: Any) -> None:
        """Have the reporter *result* write what it has to say."""
        result.done()

    async def _driveWorker(
        self, result: DistReporter, testCases: Iterable[Any], worker: Any
    ) -> None:
        """
        Have *worker* run one test after the other, as long as there are some
        and it lives.
        """
        for case in testCases:
            try:
                await worker.run(case, result)
            except CancelledError:
                raise
            except WorkerLost:
                break  # others run the rest
            except Exception:
                result.original.addError(case, Failure())

    def _makePool(self, tests: int) -> Any:
        """Make a pool for so many *tests*."""
        return self._workerPoolFactory(
            WorkerPoolConfig(
                min(tests, self._maxWorkers),
                FilePath(self._workingDirectory),
                self._workerArguments,
                self._logfile,
            )
        )

    async def _runOnce(self, pool: Any, tests: list[Any]) -> DistReporter:
        """
        Have all *tests* run once.

        @return: the reporter, which has written its results.
        """
        result = self._makeResult()
        usual = result.original
        dealt: Iterable[Any] = tests
        if self._exitFirst:
            dealt = takeWhile(lambda case: bool(usual.wasSuccessful()), tests)
        try:
            await runTests(pool, dealt, result, self._driveWorker)
        except CancelledError:
            usual.addError(TestHolder("<runTests>"), Failure(KeyboardInterrupt()))
            raise
        finally:
            self.writeResults(result)
        return result

    async def runAsync(
        self, suite: TestCase | TestSuite, untilFailure: bool = False
    ) -> DistReporter:
        """
        Start workers, have *suite* run, and wait for the workers' end.

        @param untilFailure: whether to run it again and again until it fails.
        @return: the reporter, of the last time.
        """
        # All of them at once: there may be errors among them that count as none.
        tests = list(_iterateTests(suite))
        pool = self._makePool(len(tests))
        self.stream.write(f"Running {suite.countTestCases()} tests.\n")
        started = await pool.start(self._reactor)
        try:
            for number in count(1):
                if untilFailure:
                    self.stream.write(f"Test Pass {number}\n")
                result = await self._runOnce(started, tests)
                if not shouldContinue(untilFailure, result):
                    break
        finally:
            await started.join()
        return result

    def _run(self, test: TestCase | TestSuite, untilFailure: bool) -> Any:
        """
        Run the reactor for as long as it takes to run *test*.

        @return: the usual reporter.
        @raise CancelledError: the reactor was stopped before.
        """
        reactor = self._reactor
        outcome: list[Any] = []
        running: list[Deferred[Any]] = []

        def start() -> None:
            deferred = Deferred.fromCoroutine(self.runAsync(test, untilFailure))
            running.append(deferred)
            deferred.addBoth(outcome.append)
            deferred.addBoth(lambda ignored: stop())

        def stop() -> None:
            if not interrupted:
                interrupted.append(False)
                reactor.stop()

        def interrupt() -> Deferred[Any] | None:
            # The reactor waits for the workers to end.
            if interrupted:
                return None
            interrupted.append(True)
            for deferred in running:
                deferred.cancel()
            return running[0] if running else None

        interrupted: list[bool] = []
        reactor.addSystemEventTrigger("before", "shutdown", interrupt)
        reactor.callWhenRunning(start)
        reactor.run()
        result = outcome[0] if outcome else Failure(CancelledError())
        if isinstance(result, Failure):
            result.raiseException()
        return cast(DistReporter, result).original

    def run(self, test: TestCase | TestSuite) -> Any:
        """
        Run *test*.

        @return: the reporter.
        """
        return self._run(test, untilFailure=False)

    def runUntilFailure(self, test: TestCase | TestSuite) -> Any:
        """
        Run *test* again and again until it fails.

        @return: the reporter of the last time.
        """
        return self._run(test, untilFailure=True)
