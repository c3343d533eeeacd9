"""
Test cases that are over when their method returns.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from typing import Any
from unittest import SkipTest

from incremental import getVersionString
from typing_extensions import ParamSpec

from twisted.internet.utils import runWithWarningsSuppressed
from twisted.python import log
from twisted.python.deprecate import (
    DEPRECATION_WARNING_FORMAT,
    getDeprecationWarningString,
    warnAboutFunction,
)
from twisted.python.failure import Failure
from twisted.python.monkey import MonkeyPatcher
from twisted.trial import itrial
from twisted.trial._assertions import FailTest
from twisted.trial._logwatch import _LogObserver, _logObserver
from twisted.trial._pyunit import PyUnitResultAdapter, UnsupportedTrialFeature
from twisted.trial._todo import Todo, makeTodo
from twisted.trial._utilities import acquireAttribute
from twisted.trial._warned import _collectWarnings, _setWarningRegistryToNone
from twisted.trial._warningtests import _WarningTests

__all__ = [
    "FailTest",
    "PyUnitResultAdapter",
    "SkipTest",
    "SynchronousTestCase",
    "Todo",
    "UnsupportedTrialFeature",
    "makeTodo",
]

_P = ParamSpec("_P")

# File systems take names of 255 bytes, some less, and mktemp() makes paths of
# several; the limit keeps them usable as addresses of UNIX sockets' parents.
_LONGEST_NAME = 32


class SynchronousTestCase(_WarningTests):
    """
    A test case for code that does not wait: it needs no reactor.

    Besides what L{unittest.TestCase} offers: errors that are logged in a test
    fail it, unless it takes them back by L{flushLoggedErrors}; warnings can be
    taken by L{flushWarnings}, the others are shown when the test is over;
    methods, classes and modules may have these attributes, of which the
    innermost holds:

      - C{skip}: a reason to leave out the test
      - C{todo}: a reason why it is known to fail, or what L{makeTodo} takes
      - C{suppress}: a list of what L{twisted.trial.util.suppress} makes, for
        warnings which are not to be shown

    @cvar failureException: what assertions raise.
    """

    _testMethodName: str
    _cleanups: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]]

    def __init__(self, methodName: str = "runTest") -> None:
        """
        @param methodName: the name of the method that is the test.
        @raise ValueError: there is none of that name.
        """
        super().__init__(methodName)
        self._passed = False
        self._warnings = []
        self._parents: list[Any] = [
            getattr(self, methodName, None),
            self,
            sys.modules.get(type(self).__module__),
        ]

    # Each is a test of its own, even if two run the same method.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def runTest(self) -> None:
        """
        Test nothing: what runs when the case was made without the name of a
        method.
        """

    def shortDescription(self) -> str:
        """
        Return the first line of the test's docstring, or its name.
        """
        return super().shortDescription() or self._testMethodName

    def getSkip(self) -> tuple[bool, Any]:
        """
        Return whether the test is to be left out, and the reason.
        """
        reason = acquireAttribute(self._parents, "skip", None)
        if reason is not None:
            return True, reason
        # What unittest.skip leaves behind, on methods and on classes.
        for marked in self._parents[:2]:
            if getattr(marked, "__unittest_skip__", False):
                return True, getattr(marked, "__unittest_skip_why__", "")
        return False, None

    def getTodo(self) -> Todo | None:
        """
        Return how the test is expected to fail, if it is.
        """
        todo = acquireAttribute(self._parents, "todo", None)
        if todo is not None:
            return makeTodo(todo)
        # What unittest.expectedFailure leaves behind.
        for marked in self._parents[:2]:
            if getattr(marked, "__unittest_expecting_failure__", False):
                return makeTodo("Test expected to fail")
        return None

    def _mayFail(self) -> bool:
        """Return whether the test is expected to fail."""
        return self.getTodo() is not None

    def _getSuppress(self) -> Any:
        """Return which warnings are not to be shown."""
        return acquireAttribute(self._parents, "suppress", [])

    def _getSkipReason(self, method: Any, skip: BaseException) -> Any:
        """
        Return the reason given in a L{SkipTest}.

        @param method: what raised it.
        """
        if skip.args:
            return skip.args[0]
        warnAboutFunction(
            method,
            "Do not raise unittest.SkipTest with no arguments! Give a reason for skipping tests!",
        )
        return skip

    # How a test runs.

    def run(self, result: Any) -> None:  # type: ignore[override]
        """
        Run the test.

        @param result: an L{twisted.trial.itrial.IReporter}, or a
            L{unittest.TestResult}, which is told how it goes.
        """
        log.msg(f"--> {self.id()} <--")
        reporter: Any = itrial.IReporter(result, None)
        if reporter is None:
            reporter = PyUnitResultAdapter(result)
        reporter.startTest(self)
        skipped, reason = self.getSkip()
        if skipped:
            reporter.addSkip(self, reason)
            reporter.stopTest(self)
            return
        self._passed = self._partFailed = False
        self._warnings = []
        self._told = reporter
        self._installObserver()
        try:
            _collectWarnings(self._warnings.append, self._runFixturesAndTest, reporter)
            self._giveUnflushed(reporter)
        finally:
            self._told = None
            reporter.stopTest(self)

    def _giveUnflushed(self, result: Any) -> None:
        """
        Give the warnings which the test did not take, now that the filters of
        the program hold again.
        """
        for warning in self.flushWarnings():
            try:
                warnings.warn_explicit(**warning)
            except BaseException:  # whatever the filters make of it
                result.addError(self, Failure())

    def _runFixturesAndTest(self, result: Any) -> None:
        """
        Run C{setUp}, the method, the cleanups and C{tearDown}.
        """
        try:
            self._runInOrder(result)
            self._tellOfLogged(result)
        finally:
            self._removeObserver()
        if self._passed:
            result.addSuccess(self)

    def _tellOfLogged(self, result: Any) -> None:
        """
        Tell *result* of errors that were logged and not taken back.
        """
        logged = self._observer.flushErrors()
        for error in logged:
            result.addError(self, error)
        self._passed = self._passed and not logged

    def _runInOrder(self, result: Any) -> None:
        """
        Run the parts as long as there is sense in it; note whether all passed.
        """
        suppress = self._getSuppress()

        def passes(part: Any, todo: Todo | None = None) -> bool:
            return not self._run(suppress, todo, part, result)

        begun = passes(self.setUp)
        todo = self.getTodo() if begun else None
        good = begun and passes(getattr(self, self._testMethodName), todo)
        clean = not self._runCleanups(result)
        if not begun:
            return
        if todo and good:
            result.addUnexpectedSuccess(self, todo)
        ended = passes(self.tearDown)
        self._passed = good and clean and ended and not (todo or self._partFailed)

    def _run(self, suppress: Any, todo: Todo | None, method: Any, result: Any) -> bool:
        """
        Call one part of a test, and tell *result* if it does not just return.

        @return: whether it did not.
        """
        try:
            _refuseGenerator(method)
            runWithWarningsSuppressed(suppress, method)
        except SkipTest:
            self._tellOf(Failure(), method, result)  # whatever was expected
        except BaseException:
            self._tellOf(Failure(), method, result, todo)
        else:
            return False
        return True

    def _tellOf(
        self,
        failure: Failure,
        method: Any,
        result: Any,
        todo: Todo | None = None,
        broken: bool = False,
    ) -> None:
        """
        Tell *result* in which way a part of the test failed.

        @param method: the part.
        @param todo: how it was expected to fail.
        @param broken: to fail is no outcome for this part: it is an error.
        """
        if todo is not None and todo.expected(failure):
            result.addExpectedFailure(self, failure, todo)
        elif failure.check(SkipTest):
            result.addSkip(self, self._getSkipReason(method, failure.value))
        elif failure.check(self.failureException) and not broken:
            result.addFailure(self, failure)
        else:
            self._tellOfBroken(failure, result)

    def _tellOfBroken(self, failure: Failure, result: Any) -> None:
        """
        Tell *result* of an error; stop all if it is the user's wish.
        """
        result.addError(self, failure)
        if failure.check(KeyboardInterrupt):
            result.stop()

    def _runCleanups(self, result: Any) -> bool:
        """
        Run the cleanups, the last one first, whatever becomes of them.

        @return: whether any failed.
        """
        failed = False
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            try:
                function(*args, **kwargs)
            except BaseException:
                failed = True
                result.addError(self, Failure())
        return failed

    def _installObserver(self) -> None:
        """Begin to watch for logged errors."""
        self._observer = _logObserver
        self._observer._add()

    def _removeObserver(self) -> None:
        """End to watch for logged errors."""
        self._observer._remove()

    # What tests call.

    def addCleanup(  # type: ignore[override]
        self, f: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        """
        Have *f* called after the test, before C{tearDown}, even if C{setUp}
        fails.  What was added last is called first.

        @param f: called with the further arguments; if it raises, the test
            fails, but the other cleanups are made.
        """
        self._cleanups.append((f, args, kwargs))

    def patch(self, obj: Any, attribute: str, value: Any) -> MonkeyPatcher:
        """
        Set an attribute until the test is over.

        @param obj: whose attribute.
        @param attribute: its name.
        @param value: what to set it to.
        @return: what can L{restore<MonkeyPatcher.restore>} it before.
        """
        patcher = MonkeyPatcher((obj, attribute, value))
        patcher.patch()
        self.addCleanup(patcher.restore)
        return patcher

    def mktemp(self) -> str:
        """
        Return a path that nothing is at, in a directory made for this call
        below the working directory.
        """
        names = (type(self).__module__, type(self).__name__, self._testMethodName)
        base = os.path.join(*(name[:_LONGEST_NAME] for name in names))
        os.makedirs(base, exist_ok=True)
        return os.path.join(tempfile.mkdtemp("", "", base), "temp")


def _refuseGenerator(method: Any) -> None:
    """
    @raise TypeError: *method* is a generator function: calling it would test
        nothing.
    """
    if inspect.isgeneratorfunction(method):
        raise TypeError(f"{method!r} is a generator function and therefore will never run")
