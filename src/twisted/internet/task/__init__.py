"""
Things that are done over time: repeatedly, in small steps, or later.

L{LoopingCall} calls something at an interval, L{Cooperator} shares the reactor
among long computations, L{deferLater} makes a Deferred of a delayed call,
L{react} runs a program to its end, and L{Clock} is time for tests.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.internet.task._clock import Clock
from twisted.internet.task._cooperator import (
    CooperativeTask,
    Cooperator,
    NotPaused,
    SchedulerError,
    SchedulerStopped,
    TaskDone,
    TaskFailed,
    TaskFinished,
    TaskStopped,
    _defaultScheduler,
    _theCooperator,
    _Timer,
    coiterate,
    cooperate,
)
from twisted.internet.task._looping import _EPSILON, LoopingCall
from twisted.internet.task._react import deferLater, react
from twisted.python._facade import publish

__all__ = [
    "Clock",
    "CooperativeTask",
    "Cooperator",
    "LoopingCall",
    "NotPaused",
    "SchedulerError",
    "SchedulerStopped",
    "TaskDone",
    "TaskFailed",
    "TaskFinished",
    "TaskStopped",
    "coiterate",
    "cooperate",
    "deferLater",
    "react",
]

publish(__name__, globals(), [*__all__, "_Timer", "_defaultScheduler"])

# Not offered, but tests and dependants reach for them.
_private = (_EPSILON, _Timer, _defaultScheduler, _theCooperator)
