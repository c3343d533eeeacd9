"""
Load tests and run them.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

import os

from incremental import Version

from twisted.python._facade import publish
from twisted.python.deprecate import deprecated
from twisted.trial._asyncrunner import TestSuite
from twisted.trial._loading import (
    TestLoader,
    filenameToModule,
    isPackage,
    isPackageDirectory,
    isTestCase,
    name,
)
from twisted.trial._loading import _qualNameWalker as _qualNameWalker
from twisted.trial._running import TrialRunner
from twisted.trial._running import _Runner as _Runner
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


@deprecated(Version("Twisted", 26, 10, 0), replacement="os.path.samefile")
def samefile(filename1: str, filename2: str) -> bool:
    """
    Say whether two names are of one file.
    """
    return os.path.samefile(filename1, filename2)


# The suite stays a thing of twisted.trial.unittest, which is where it is from.
publish(__name__, globals(), [each for each in __all__ if each != "TestSuite"])
