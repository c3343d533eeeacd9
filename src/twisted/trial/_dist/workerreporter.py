"""
The reporter of a worker: it tells the manager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.protocols.amp import AMP, MAX_VALUE_LENGTH
from twisted.python.failure import Failure
from twisted.python.reflect import qual
from twisted.trial._dist import managercommands
from twisted.trial._dist.stream import chunk, stream
from twisted.trial.reporter import TestResult


def _encoded(text: str) -> bytes:
    """Return *text* in UTF-8, whatever is in it."""
    return text.encode("utf-8", "backslashreplace")


def _fitting(text: object) -> str:
    """Return as much of *text* as fits a value."""
    return _encoded(str(text))[:MAX_VALUE_LENGTH].decode("utf-8", "ignore")


class WorkerReporter(TestResult):
    """
    Tells the manager what becomes of tests.

    @ivar ampProtocol: what it is told by.
    """

    _DEFAULT_TODO = "Test expected to fail"
    # What has become of telling it; None if no test is being run.
    _reporting: list[Deferred[object]] | None = None

    def __init__(self, ampProtocol: AMP) -> None:
        super().__init__()
        self.ampProtocol = ampProtocol

    @contextmanager
    def gatherReportingResults(self) -> Iterator[list[Deferred[object]]]:
        """
        Make a context in which a test can be run.

        Its value is a list of what becomes of telling the manager, for which
        those who report do not wait.
        """
        gathered: list[Deferred[object]] = []
        self._reporting = gathered
        try:
            yield gathered
        finally:
            self._reporting = None

    def _call(self, f: Callable[[], Any]) -> None:
        """
        Call *f*, which tells the manager.

        @raise ValueError: it is no time to.
        """
        if self._reporting is None:
            raise ValueError("Cannot report: no test is being run.")
        self._reporting.append(maybeDeferred(f))

    def _told(self, command: Any, test: Any, **arguments: str) -> None:
        """Tell the manager by one command."""
        amp, name = self.ampProtocol, test.id()
        self._call(lambda: amp.callRemote(command, testName=name, **arguments))

    @staticmethod
    def _asFailure(error: Any) -> Failure:
        """Make a L{Failure} of what L{sys.exc_info} returns."""
        if isinstance(error, Failure):
            return error
        kind, value, tb = error
        return Failure(value, kind, tb)

    @staticmethod
    def _framesOf(failure: Failure) -> list[str]:
        """Return name, file and line of each frame."""
        return [str(part) for frame in failure.frames for part in frame[:3]]

    def _todoOf(self, todo: Any) -> str:
        """Return why it was to be expected."""
        if todo is None:
            return self._DEFAULT_TODO
        return _fitting(getattr(todo, "reason", todo))

    def addSuccess(self, test: Any) -> None:
        """The test has passed."""
        super().addSuccess(test)
        self._told(managercommands.AddSuccess, test)

    async def _stream(self, *texts: str) -> int:
        """
        Send what may be long.

        @param texts: of which only the first may be long, if there is but one.
        @return: its number.
        """
        pieces: Iterator[bytes] = map(_encoded, texts)
        if len(texts) == 1:
            pieces = chunk(next(pieces), MAX_VALUE_LENGTH)
        return await stream(self.ampProtocol, pieces)

    async def addErrorFallible(self, testName: str, errorObj: Any) -> None:
        """
        Tell the manager of an unexpected exception, and wait until it knows.

        This is possible in no context.
        """
        failure = self._asFailure(errorObj)
        await self.ampProtocol.callRemote(
            managercommands.AddError,
            testName=testName,
            errorClass=qual(failure.type),
            errorStreamId=await self._stream(failure.getErrorMessage()),
            framesStreamId=await self._stream(*self._framesOf(failure)),
        )

    async def _addFailure(self, testName: str, failure: Failure) -> None:
        """Tell the manager of something not as it should be."""
        await self.ampProtocol.callRemote(
            managercommands.AddFailure,
            testName=testName,
            failStreamId=await self._stream(failure.getErrorMessage()),
            failClass=qual(failure.type),
            framesStreamId=await self._stream(*self._framesOf(failure)),
        )

    async def _addExpectedFailure(self, testName: str, failure: Failure, todo: str) -> None:
        """Tell the manager of a failure that was to be expected."""
        await self.ampProtocol.callRemote(
            managercommands.AddExpectedFailure,
            testName=testName,
            errorStreamId=await self._stream(failure.getErrorMessage()),
            todo=todo,
        )

    def addError(self, test: Any, error: Any) -> None:
        """The test has raised an unexpected exception."""
        super().addError(test, error)
        name = test.id()
        self._call(lambda: self.addErrorFallible(name, error))

    def addFailure(self, test: Any, fail: Any) -> None:
        """The test has found something not as it should be."""
        super().addFailure(test, fail)
        name, failure = test.id(), self._asFailure(fail)
        self._call(lambda: self._addFailure(name, failure))

    def addSkip(self, test: Any, reason: Any) -> None:
        """The test was skipped."""
        super().addSkip(test, reason)
        self._told(managercommands.AddSkip, test, reason=_fitting(reason))

    def addExpectedFailure(self, test: Any, error: Any, todo: Any = None) -> None:
        """The test has failed, as it was to be expected."""
        super().addExpectedFailure(test, error, todo)
        name, failure = test.id(), self._asFailure(error)
        self._call(lambda: self._addExpectedFailure(name, failure, self._todoOf(todo)))

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """The test has passed, which was not to be expected."""
        super().addUnexpectedSuccess(test, todo)
        self._told(managercommands.AddUnexpectedSuccess, test, todo=self._todoOf(todo))

    def printSummary(self) -> None:
        """Print nothing: the manager does."""
