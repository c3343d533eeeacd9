"""
Load tests and run them.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.python._facade import publish
from twisted.trial._asyncrunner import TestSuite
from twisted.trial._loading import (
    TestLoader,
    filenameToModule,
    isPackage,
    isPackageDirectory,
    isTestCase,
    name,
    samefile,
)
from twisted.trial._running import TrialRunner
from twisted.trial._suites import (
    NOT_IN_TEST,
    DestructiveTestSuite,
    ErrorHolder,
    LoggedSuite,
    TestHolder,
    TrialSuite,
)

__all__ = [
    "TestSuite",
    "DestructiveTestSuite",
    "ErrorHolder",
    "LoggedSuite",
    "NOT_IN_TEST",
    "TestHolder",
    "TestLoader",
    "TrialRunner",
    "TrialSuite",
    "filenameToModule",
    "isPackage",
    "isPackageDirectory",
    "isTestCase",
    "name",
    "samefile",
]

# The suite stays a thing of twisted.trial.unittest, which is where it is from.
publish(__name__, globals(), [each for each in __all__ if each != "TestSuite"])
