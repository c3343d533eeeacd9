"""
Calls that repeat, work in slices, clocks for tests, and scripts that end.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.internet._clock import Clock, deferLater
from twisted.internet._cooperate import (
    CooperativeTask,
    Cooperator,
    NotPaused,
    SchedulerError,
    SchedulerStopped,
    TaskDone,
    TaskFailed,
    TaskFinished,
    TaskStopped,
    _theCooperator,
    coiterate,
    cooperate,
)
from twisted.internet._looping import LoopingCall
from twisted.internet._react import react
from twisted.python._facade import publish

__all__ = [
    "Clock",
    "Cooperator",
    "LoopingCall",
    "SchedulerStopped",
    "coiterate",
    "deferLater",
    "react",
]

publish(
    __name__,
    globals(),
    (
        *__all__,
        "CooperativeTask",
        "NotPaused",
        "SchedulerError",
        "TaskDone",
        "TaskFailed",
        "TaskFinished",
        "TaskStopped",
        "cooperate",
    ),
)
