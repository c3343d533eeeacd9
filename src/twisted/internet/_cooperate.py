"""
Work in slices: iterators that take turns, so that none keeps the reactor from
its other business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import time
from typing import Any

from twisted.internet import defer
from twisted.python.failure import Failure


class SchedulerError(Exception):
    """Something is not as a cooperator wants it."""


class SchedulerStopped(SchedulerError):
    """The cooperator was stopped before the task was done."""


class TaskFinished(SchedulerError):
    """The task is over, and cannot be paused, resumed or stopped."""


class TaskDone(TaskFinished):
    """The task is over: its iterator ended."""


class TaskStopped(TaskFinished):
    """The task is over: it was stopped."""


class TaskFailed(TaskFinished):
    """The task is over: its iterator raised."""


class NotPaused(SchedulerError):
    """The task was resumed more often than paused."""


class _Timer:
    """
    Tells, after a hundredth of a second, that a turn has lasted long enough.
    """

    MAX_SLICE = 0.01

    def __init__(self) -> None:
        self.end = time() + self.MAX_SLICE

    def __call__(self) -> bool:
        return time() >= self.end


def _defaultScheduler(callable: Callable[[], None]) -> Any:
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    return reactor.callLater(0.00000001, callable)  # type: ignore[attr-defined]


class CooperativeTask:
    """
    One iterator that takes its turns with others.
    """

    def __init__(self, iterator: Iterator[Any], cooperator: Cooperator) -> None:
        self._iterator = iterator
        self._cooperator = cooperator
        self._deferreds: list[defer.Deferred[Any]] = []
        self._pauseCount = 0
        self._completionState: SchedulerError | None = None
        self._completionResult: Any = None
        cooperator._addTask(self)

    def whenDone(self) -> defer.Deferred[Iterator[Any]]:
        """
        @return: fires with the iterator when it has ended, or fails with what
            it raised, or with L{TaskStopped}.
        """
        d: defer.Deferred[Iterator[Any]] = defer.Deferred()
        if self._completionState is None:
            self._deferreds.append(d)
        else:
            d.callback(self._completionResult)
        return d

    def pause(self) -> None:
        """
        Take no turns until C{resume}, called as often as this.

        @raise TaskFinished: it is over.
        """
        self._checkFinish()
        self._pauseCount += 1
        if self._pauseCount == 1:
            self._cooperator._removeTask(self)

    def resume(self) -> None:
        """
        Take turns again.

        @raise NotPaused: it was not paused.
        """
        if self._pauseCount == 0:
            raise NotPaused()
        self._pauseCount -= 1
        if self._pauseCount == 0 and self._completionState is None:
            self._cooperator._addTask(self)

    def _completeWith(self, completionState: SchedulerError, deferredResult: Any) -> None:
        """It is over."""
        self._completionState = completionState
        self._completionResult = deferredResult
        if not self._pauseCount:
            self._cooperator._removeTask(self)
        for d in self._deferreds:
            d.callback(deferredResult)

    def stop(self) -> None:
        """
        Take no more turns, for good.

        @raise TaskFinished: it is over.
        """
        self._checkFinish()
        self._completeWith(TaskStopped(), Failure(TaskStopped()))

    def _checkFinish(self) -> None:
        if self._completionState is not None:
            raise self._completionState

    def _oneWorkUnit(self) -> None:
        """Take a turn: one step of the iterator."""
        try:
            result = next(self._iterator)
        except StopIteration:
            self._completeWith(TaskDone(), self._iterator)
        except BaseException:
            self._completeWith(TaskFailed(), Failure())
        else:
            if isinstance(result, defer.Deferred):
                # It waits; others take their turns.
                self.pause()

                def failLater(failure: Failure) -> None:
                    self._completeWith(TaskFailed(), failure)

                result.addCallbacks(lambda ignored: self.resume(), failLater)


class Cooperator:
    """
    Gives tasks their turns.

    @ivar running: whether it does.
    """

    def __init__(
        self,
        terminationPredicateFactory: Callable[[], Callable[[], bool]] = _Timer,
        scheduler: Callable[[Callable[[], None]], Any] = _defaultScheduler,
        started: bool = True,
    ) -> None:
        """
        @param terminationPredicateFactory: makes, for each round, what tells
            when it has lasted long enough.
        @param scheduler: has the next round made later.
        @param started: give turns from the beginning.
        """
        self._tasks: list[CooperativeTask] = []
        self._metarator: Iterator[CooperativeTask] = iter(())
        self._terminationPredicateFactory = terminationPredicateFactory
        self._scheduler = scheduler
        self._delayedCall: Any = None
        self._stopped = False
        self._started = started

    def coiterate(
        self,
        iterator: Iterator[Any],
        doneDeferred: defer.Deferred[Iterator[Any]] | None = None,
    ) -> defer.Deferred[Iterator[Any]]:
        """
        Give *iterator* turns.

        @param doneDeferred: returned in place of a new one.
        @return: fires with the iterator when it has ended, or fails.
        """
        if doneDeferred is None:
            doneDeferred = defer.Deferred()
        CooperativeTask(iterator, self).whenDone().chainDeferred(doneDeferred)
        return doneDeferred

    def cooperate(self, iterator: Iterator[Any]) -> CooperativeTask:
        """
        Give *iterator* turns.

        @return: what it can be paused and stopped by.
        """
        return CooperativeTask(iterator, self)

    def _addTask(self, task: CooperativeTask) -> None:
        if self._stopped:
            self._tasks.append(task)
            task._completeWith(SchedulerStopped(), Failure(SchedulerStopped()))
        else:
            self._tasks.append(task)
            self._reschedule()

    def _removeTask(self, task: CooperativeTask) -> None:
        self._tasks.remove(task)
        if not self._tasks and self._delayedCall:
            self._delayedCall.cancel()
            self._delayedCall = None

    def _tasksWhileNotStopped(self) -> Iterator[CooperativeTask]:
        """Go around the tasks until the round has lasted long enough."""
        enough = self._terminationPredicateFactory()
        while self._tasks:
            for task in self._metarator:
                yield task
                if enough():
                    return
            self._metarator = iter(self._tasks)

    def _tick(self) -> None:
        """Make a round."""
        self._delayedCall = None
        for task in self._tasksWhileNotStopped():
            task._oneWorkUnit()
        self._reschedule()

    def _reschedule(self) -> None:
        if not self._started:
            self._mustScheduleOnStart = True
            return
        if self._delayedCall is None and self._tasks:
            self._delayedCall = self._scheduler(self._tick)

    _mustScheduleOnStart = False

    def start(self) -> None:
        """Give turns, if it was not doing so."""
        self._stopped = False
        self._started = True
        if self._mustScheduleOnStart:
            del self._mustScheduleOnStart
            self._reschedule()

    def stop(self) -> None:
        """Give no more turns; all tasks fail with L{SchedulerStopped}."""
        self._stopped = True
        for task in list(self._tasks):
            task._completeWith(SchedulerStopped(), Failure(SchedulerStopped()))
        self._tasks = []
        if self._delayedCall is not None:
            self._delayedCall.cancel()
            self._delayedCall = None

    @property
    def running(self) -> bool:
        """Whether it gives turns."""
        return self._started and not self._stopped


_theCooperator = Cooperator()


def coiterate(iterator: Iterator[Any]) -> defer.Deferred[Iterator[Any]]:
    """
    Give *iterator* turns, with the program's cooperator.

    @return: fires with the iterator when it has ended, or fails.
    """
    return _theCooperator.coiterate(iterator)


def cooperate(iterator: Iterator[Any]) -> CooperativeTask:
    """
    Give *iterator* turns, with the program's cooperator.

    @return: what it can be paused and stopped by.
    """
    return _theCooperator.cooperate(iterator)
