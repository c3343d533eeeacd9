"""
Suites of tests, and wrappers of single ones.
"""

from __future__ import annotations

import gc
import unittest
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from zope.interface import implementer

from twisted.python import components
from twisted.trial import itrial
from twisted.trial._logwatch import _logObserver
from twisted.trial.reporter import _AdaptedReporter

__all__ = ["TestDecorator", "TestSuite", "decorate"]


class TestSuite(unittest.TestSuite):
    """
    A suite that heeds C{shouldStop} of the result after each test.

    Unlike the one of C{unittest}, it has no fixtures of classes and modules.
    """

    __test__ = False  # for pytest, which goes by the name

    def run(self, result: Any, debug: bool = False) -> Any:
        """
        Run the tests.

        @param result: an L{twisted.trial.itrial.IReporter}.
        @param debug: not looked at.
        @return: *result*.
        """
        for test in takewhile(lambda _: not result.shouldStop, self):
            test(result)
        return result


@implementer(itrial.ITestCase)
class TestDecorator(
    components.proxyForInterface(itrial.ITestCase, "_originalTest")  # type: ignore[misc]
):
    """
    Wraps a test.  What is told of the test is told of the wrapped one.

    @param original: the L{twisted.trial.itrial.ITestCase}.
    """

    __test__ = False  # for pytest, which goes by the name

    def __call__(self, result: Any) -> Any:
        """The same as L{run}."""
        return self.run(result)

    def run(self, result: Any) -> Any:
        """
        Run the test.

        @param result: an L{twisted.trial.itrial.IReporter}.
        """
        return self._originalTest.run(self._speakingOf(result))

    def _speakingOf(self, result: Any) -> Any:
        """Let *result* be told of wrapped tests."""
        return _AdaptedReporter(result, type(self))


def _clearSuite(suite: Any) -> None:
    """
    Take all tests out of a suite, of whatever kind.
    """
    suite._tests = []


def decorate(test: Any, decorator: Callable[[Any], Any]) -> Any:
    """
    Wrap a test, or each test of a suite.

    @param test: a test; or a suite, which is changed, so that it stays of its
        kind.
    @param decorator: called with each test, returns what takes its place.
    @return: the wrapped test, or the suite.
    """
    members = _membersOf(test)
    if members is None:
        return decorator(test)
    _clearSuite(test)
    for member in members:
        test.addTest(decorate(member, decorator))
    return test


def _membersOf(test: Any) -> list[Any] | None:
    """
    Return what is in a suite; C{None} for what is no suite.
    """
    # Suites of any kind can be iterated over, tests cannot.
    return list(test) if hasattr(type(test), "__iter__") else None


def _iterateTests(testSuiteOrCase: Any) -> Iterator[Any]:
    """
    Yield the single tests of a suite, in order, or the one that it is.
    """
    waiting = [testSuiteOrCase]
    while waiting:
        following = waiting.pop()
        members = _membersOf(following)
        if members is None:
            yield following
        else:
            waiting += reversed(members)


class _PyUnitTestCaseAdapter(TestDecorator):
    """
    Makes an L{ITestCase<itrial.ITestCase>} of a case of C{unittest}.
    """


class _BrokenIDTestCaseAdapter(_PyUnitTestCaseAdapter):
    """
    The same, for cases whose ids say too little.
    """

    def id(self) -> str:
        """
        Return the description, or the id if there is none.
        """
        return self._originalTest.shortDescription() or self._originalTest.id()


class _ForceGarbageCollectionDecorator(TestDecorator):
    """
    Collects garbage before and after the test, so that Deferreds which nobody
    looked after are found in the test they come from.
    """

    def run(self, result: Any) -> None:
        """Collect, run, collect."""
        gc.collect()
        _logObserver._add()
        try:
            super().run(result)
            gc.collect()
            for error in _logObserver.flushErrors():
                result.addError(self, error)
        finally:
            _logObserver._remove()


components.registerAdapter(_PyUnitTestCaseAdapter, unittest.TestCase, itrial.ITestCase)
components.registerAdapter(_BrokenIDTestCaseAdapter, unittest.FunctionTestCase, itrial.ITestCase)
