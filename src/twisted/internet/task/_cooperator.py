"""
Sharing the reactor among long computations that are cut into small steps.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

_Steps = TypeVar("_Steps", bound="Iterator[Any]")


class SchedulerError(Exception):
    """What this module raises."""


class SchedulerStopped(SchedulerError):
    """The cooperator was stopped; the task will not be finished."""


class TaskFinished(SchedulerError):
    """The task is over, so it cannot be paused or stopped any more."""


class TaskDone(TaskFinished):
    """The task's iterator came to its end."""


class TaskStopped(TaskFinished):
    """The task was stopped."""


class TaskFailed(TaskFinished):
    """The task's iterator raised, or a Deferred that it yielded failed."""


class NotPaused(SchedulerError):
    """The task was resumed more often than it was paused."""


class CooperativeTask(Generic[_Steps]):
    """
    One iterator that a L{Cooperator} steps through.  L{cooperate} makes it.
    """

    def __init__(self, iterator: _Steps, cooperator: Cooperator) -> None:
        """
        @param iterator: its steps; what it yields is ignored but for a
            Deferred, which is waited for.
        @param cooperator: by whom it is run, from now on.
        """
        self._iterator = iterator
        self._cooperator = cooperator
        self._waiting: list[Deferred[_Steps]] = []
        self._pauseCount = 0
        self._completionState: SchedulerError | None = None
        self._result: Any = None
        cooperator._addTask(self)

    def whenDone(self) -> Deferred[_Steps]:
        """
        Get to know of the end.

        @return: fires with the iterator when that is exhausted; fails with
            what it raised, with L{TaskStopped}, or with L{SchedulerStopped}.
            Each call returns another one.
        """
        if self._completionState is not None:
            if isinstance(self._result, Failure):
                return fail(self._result)
            return succeed(self._result)
        waiting: Deferred[_Steps] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def pause(self) -> None:
        """
        Make no steps until C{resume} was called as often as this.

        @raise TaskFinished: it is over; the subclass says in which way.
        """
        self._refuseIfOver()
        self._hold()

    def resume(self) -> None:
        """
        Take one C{pause} back.

        @raise NotPaused: there is none.
        """
        if not self._pauseCount:
            raise NotPaused()
        self._pauseCount -= 1
        if not self._pauseCount and self._completionState is None:
            self._cooperator._addTask(self)

    def stop(self) -> None:
        """
        Give the rest up.

        @raise TaskFinished: it is over; the subclass says in which way.
        """
        self._refuseIfOver()
        stopped = TaskStopped()
        self._end(stopped, Failure(stopped))

    def _refuseIfOver(self) -> None:
        if self._completionState is not None:
            raise self._completionState

    def _hold(self) -> None:
        self._pauseCount += 1
        if self._pauseCount == 1:
            self._cooperator._removeTask(self)

    def _end(self, state: SchedulerError, result: Any) -> None:
        """Be over from now on, and tell those who wait for it, in that order."""
        if self._completionState is not None:
            return
        self._completionState = state
        self._result = result
        if not self._pauseCount:
            self._cooperator._removeTask(self)
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(result)

    def _oneWorkUnit(self) -> None:
        """Make one step."""
        try:
            step = next(self._iterator)
        except StopIteration:
            self._end(TaskDone(), self._iterator)
        except BaseException:
            self._end(TaskFailed(), Failure())
        else:
            if isinstance(step, Deferred) and self._completionState is None:
                self._hold()
                step.addCallbacks(self._stepDone, self._stepFailed)

    def _stepDone(self, ignored: object) -> None:
        self.resume()

    def _stepFailed(self, reason: Failure) -> None:
        self._end(TaskFailed(), reason)


class _Timer:
    """
    Ends a slice after a hundredth of a second, so that I/O gets its share.
    The wall clock is not asked: it may be set back.
    """

    MAX_SLICE: float = 0.01

    def __init__(self) -> None:
        self._began = monotonic()

    def __call__(self) -> bool:
        return monotonic() - self._began > self.MAX_SLICE


# Not 0: work that is never done must not keep timers from being looked at.
_SHORTEST_WAIT = 1e-8


def _defaultScheduler(callable: Callable[[], None]) -> IDelayedCall:
    # Late: it installs the default reactor.
    from twisted.internet import reactor

    return reactor.callLater(_SHORTEST_WAIT, callable)  # type: ignore[no-any-return, attr-defined]


class Cooperator:
    """
    Steps through iterators in turn, a small slice of time in each turn of the
    reactor.
    """

    def __init__(
        self,
        terminationPredicateFactory: Callable[[], Callable[[], bool]] = _Timer,
        scheduler: Callable[[Callable[[], None]], IDelayedCall] = _defaultScheduler,
        started: bool = True,
    ) -> None:
        """
        @param terminationPredicateFactory: called at the beginning of each
            slice; what it returns is asked after each step whether the slice
            is over.
        @param scheduler: called with a function to be called soon, when there
            is work; returns what has a C{cancel} method.
        @param started: whether C{start} need not be called.
        """
        # In the order in which they are to be stepped.
        self._tasks: OrderedDict[CooperativeTask[Any], None] = OrderedDict()
        self._terminationPredicateFactory = terminationPredicateFactory
        self._scheduler = scheduler
        self._delayedCall: Any = None
        self._started = started
        self._stopped = False

    def coiterate(
        self, iterator: _Steps, doneDeferred: Deferred[_Steps] | None = None
    ) -> Deferred[_Steps]:
        """
        Step through *iterator* until its end.

        @param doneDeferred: what to return, instead of a new one.
        @return: as L{CooperativeTask.whenDone}.
        """
        done = CooperativeTask(iterator, self).whenDone()
        if doneDeferred is None:
            return done
        done.chainDeferred(doneDeferred)
        return doneDeferred

    def cooperate(self, iterator: _Steps) -> CooperativeTask[_Steps]:
        """
        Step through *iterator* until its end.

        @return: by which to pause and stop it, and to wait for it.
        """
        return CooperativeTask(iterator, self)

    def _addTask(self, task: CooperativeTask[Any]) -> None:
        if self._stopped:
            self._giveUp(task)
        else:
            self._tasks[task] = None
            self._reschedule()

    def _removeTask(self, task: CooperativeTask[Any]) -> None:
        self._tasks.pop(task, None)
        if not self._tasks:
            self._callOff()

    def _callOff(self) -> None:
        """Ask for no further slice."""
        pending, self._delayedCall = self._delayedCall, None
        if pending is not None:
            pending.cancel()

    @staticmethod
    def _giveUp(task: CooperativeTask[Any]) -> None:
        task._end(SchedulerStopped(), Failure(SchedulerStopped()))

    def _tick(self) -> None:
        """Make steps, one of each task in turn, until the slice is over."""
        self._delayedCall = None
        sliceOver = self._terminationPredicateFactory()
        while self._tasks:
            task = next(iter(self._tasks))
            self._tasks.move_to_end(task)
            task._oneWorkUnit()
            if sliceOver():
                break
        self._reschedule()

    def _reschedule(self) -> None:
        if self._started and self._tasks and self._delayedCall is None:
            self._delayedCall = self._scheduler(self._tick)

    def start(self) -> None:
        """Begin, or begin again after C{stop}."""
        self._stopped = False
        self._started = True
        self._reschedule()

    def stop(self) -> None:
        """
        Give up all tasks: what waits for them fails with L{SchedulerStopped},
        and so does what is added until C{start}.
        """
        self._stopped = True
        while self._tasks:
            self._giveUp(self._tasks.popitem(last=False)[0])
        self._callOff()

    @property
    def running(self) -> bool:
        """Whether it is started and not stopped."""
        return self._started and not self._stopped


_theCooperator = Cooperator()


def coiterate(iterator: _Steps) -> Deferred[_Steps]:
    """
    Step through *iterator* with the cooperator that all share.

    @return: as L{CooperativeTask.whenDone}.
    """
    return _theCooperator.coiterate(iterator)


def cooperate(iterator: _Steps) -> CooperativeTask[_Steps]:
    """
    Step through *iterator* with the cooperator that all share.

    @return: by which to pause and stop it, and to wait for it.
    """
    return _theCooperator.cooperate(iterator)
