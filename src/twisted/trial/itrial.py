"""
What trial asks of the things it runs and of those it tells about them.
"""

from __future__ import annotations

import unittest
from typing import Any, TypeVar

from twisted.trial._interfaces import IReporter, IReporterWithDurations, ITestCase

__all__ = ["IReporter", "IReporterWithDurations", "ITestCase", "ITestCaseVar"]

ITestCaseVar = TypeVar("ITestCaseVar", bound=Any | unittest.TestCase)
