"""
What tests and test runners need besides.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.python._facade import publish
from twisted.trial._janitor import DirtyReactorAggregateError, _Janitor
from twisted.trial._utilities import (
    DEFAULT_TIMEOUT,
    DEFAULT_TIMEOUT_DURATION,
    _listToPhrase,
    acquireAttribute,
    excInfoOrFailureToExcInfo,
    openTestLog,
    profiled,
    suppress,
)
from twisted.trial._workdir import (
    _NoTrialMarker,
    _removeSafely,
    _unusedTestDirectory,
    _WorkingDirectoryBusy,
)

__all__ = [
    "DEFAULT_TIMEOUT_DURATION",
    "excInfoOrFailureToExcInfo",
    "suppress",
    "acquireAttribute",
]

publish(__name__, globals(), [*__all__, "DirtyReactorAggregateError", "openTestLog", "profiled"])
