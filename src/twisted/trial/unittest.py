"""
Test cases: C{unittest} for programs that wait.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from unittest import SkipTest

from twisted.python._facade import publish
from twisted.trial._asyncrunner import TestDecorator, TestSuite, decorate
from twisted.trial._asynctest import TestCase
from twisted.trial._logwatch import _LogObserver
from twisted.trial._synctest import (
    FailTest,
    PyUnitResultAdapter,
    SynchronousTestCase,
    Todo,
    makeTodo,
)

__all__ = [
    "decorate",
    "FailTest",
    "makeTodo",
    "PyUnitResultAdapter",
    "SkipTest",
    "SynchronousTestCase",
    "TestCase",
    "TestDecorator",
    "TestSuite",
    "Todo",
]

publish(__name__, globals(), __all__)
