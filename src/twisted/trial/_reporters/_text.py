"""
Reporters that write lines.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import implementer

from twisted.python.reflect import fullyQualifiedName
from twisted.python.util import untilConcludes
from twisted.trial import itrial
from twisted.trial._reporters._frames import trimFrames
from twisted.trial._reporters._results import Outcome, TestResult
from twisted.trial._reporters._streams import SafeStream, WarningWriter

__all__ = [
    "MinimalReporter",
    "Reporter",
    "TextReporter",
    "TimingTextReporter",
    "VerboseTextReporter",
]


# The sections of the report, in order: a heading, whose tests, and the name of
# the method that says what is to be said of each.
_SECTIONS = (
    ("[SKIPPED]", Outcome.SKIPPED, "_formatReason"),
    ("[TODO]", Outcome.FAILED_AS_EXPECTED, "_printExpectedFailure"),
    ("[FAIL]", Outcome.FAILED, "_formatFailureTraceback"),
    ("[ERROR]", Outcome.BROKEN, "_formatFailureTraceback"),
    ("[SUCCESS!?!]", Outcome.PASSED_UNEXPECTEDLY, "_printUnexpectedSuccess"),
)


@implementer(itrial.IReporter)
class Reporter(TestResult):
    """
    Writes what went wrong, and a summary, when all is done; and warnings at
    once.

    @ivar tbformat: how much tracebacks say: C{default}, C{brief} or
        C{verbose}.
    @ivar realtime: write tracebacks at once, too.
    """

    _separator = "-" * 79
    _doubleSeparator = "=" * 79

    # When the first test began.
    _startTime: float | None = None

    def __init__(
        self,
        stream: Any = sys.stdout,
        tbformat: str = "default",
        realtime: bool = False,
        publisher: Any = None,
    ) -> None:
        """
        @param stream: what to write to: a text file.
        @param tbformat: how much tracebacks say: C{default}, C{brief} or
            C{verbose}.
        @param realtime: write tracebacks at once, too.
        @param publisher: the log (a
            L{LogPublisher<twisted.python.log.LogPublisher>}) that warnings
            come from.
        """
        super().__init__()
        self.tbformat, self.realtime = tbformat, realtime
        out = self._stream = SafeStream(stream)
        self._warnings = WarningWriter(out.write)
        self._publisher = publisher
        if publisher is not None:
            publisher.addObserver(self._warnings)

    # What is told.

    def startTest(self, test: Any) -> None:
        """See L{itrial.IReporter.startTest}."""
        super().startTest(test)
        self._warnings.forget()
        if self._startTime is None:
            self._startTime = self._getTime()

    def _note(self, outcome: Outcome, test: Any, *details: Any) -> None:
        """Keep it; write a traceback now, if that is wanted."""
        super()._note(outcome, test, *details)
        if self.realtime and outcome in (Outcome.FAILED, Outcome.BROKEN):
            self._write(self._formatFailureTraceback(*details))

    def upDownError(
        self, method: Any, error: Any, warn: bool = True, printStatus: bool = True
    ) -> None:
        """
        Nothing more: what fails in fixtures is told by L{addError}.
        """

    def cleanupErrors(self, errs: Any) -> None:
        """
        Something was left behind.

        @param errs: the L{Failure}.
        """
        self._writeln("Error during cleanup:")
        self._write(self._formatFailureTraceback(errs))

    # How it is written.

    def _write(self, format: str, *args: Any) -> None:
        """
        Write, through.

        @param format: with arguments, a format; without, the text itself.
        """
        out = self._stream
        out.write(format % args if args else format)
        untilConcludes(out.flush)

    def _writeln(self, format: str, *args: Any) -> None:
        """Write a line; see L{_write}."""
        self._write(format, *args)
        self._write("\n")

    def _trimFrames(self, frames: list[Any]) -> list[Any]:
        """Leave out frames that say nothing of the test."""
        return trimFrames(frames)

    def _formatFailureTraceback(self, fail: Any) -> str:
        """
        Write a failure as text, ending with a new line.

        @param fail: a L{Failure}, a tuple as of C{sys.exc_info}, or text.
        """
        if isinstance(fail, str):
            return fail.rstrip() + "\n"
        failure = self._getFailure(fail)
        whole = failure.frames
        failure.frames = self._trimFrames(whole)
        try:
            return failure.getTraceback(detail=self.tbformat)
        finally:
            failure.frames = whole

    def _groupResults(
        self, results: Iterable[Any], formatter: Callable[..., str]
    ) -> list[tuple[str, list[Any]]]:
        """
        Put tests together of which the same is to be said.

        @param results: tuples that begin with a test.
        @param formatter: called with the rest of a tuple, returns what is to
            be said.
        @return: what is said, and of which tests.
        """
        groups: dict[str, list[Any]] = {}
        for test, *outcome in results:
            groups.setdefault(formatter(*outcome), []).append(test)
        return list(groups.items())

    def _printResults(
        self, flavor: str, errors: Iterable[Any], formatter: Callable[..., str]
    ) -> None:
        """Write a section for each group of L{_groupResults}."""
        for text, tests in self._groupResults(errors, formatter):
            ids = "".join(f"{test.id()}\n" for test in tests)
            self._write("%s\n%s\n%s\n%s", self._doubleSeparator, flavor, text, ids)

    def _formatReason(self, reason: Any) -> str:
        """Return what to say of a skipped test."""
        return f"{reason}\n"

    def _printExpectedFailure(self, error: Any, todo: Any) -> str:
        """Return what to say of an expected failure."""
        return f"Reason: {todo.reason!r}\n{self._formatFailureTraceback(error)}"

    def _printUnexpectedSuccess(self, todo: Any) -> str:
        """Return what to say of a success that was not expected."""
        lines = [f"Reason: {todo.reason!r}"]
        if todo.errors:
            names = map(fullyQualifiedName, todo.errors)
            lines.append(f"Expected errors: {', '.join(names)}")
        return "\n".join([*lines, ""])

    def _printErrors(self) -> None:
        """Write all that was not plain success, below what was written of tests."""
        self._writeln("")
        for heading, outcome, formatter in _SECTIONS:
            self._printResults(heading, getattr(self, outcome.value), getattr(self, formatter))

    def _getSummary(self) -> str:
        """Return the counts that are not zero, in parentheses."""
        counts = ((outcome.value, self._count(outcome)) for outcome in Outcome)
        words = [f"{name}={count}" for name, count in counts if count]
        return f" ({', '.join(words)})" if words else ""

    def _verdict(self) -> str:
        """Return the one word."""
        return "PASSED" if self.wasSuccessful() else "FAILED"

    def _printSummary(self) -> None:
        """Write the last line."""
        self._write("%s%s\n", self._verdict(), self._getSummary())

    def _took(self) -> float:
        """Return for how many seconds tests were run."""
        began = self._startTime
        return 0 if began is None else self._getTime() - began

    def done(self) -> None:
        """
        Write what went wrong, and a summary.
        """
        if self._publisher is not None:
            self._publisher.removeObserver(self._warnings)
        self._printErrors()
        self._writeln(self._separator)
        if self._startTime is not None:
            self._writeln("Ran %d tests in %.3fs", self.testsRun, self._took())
        self._writeln("")
        self._printSummary()


class MinimalReporter(Reporter):
    """
    Writes numbers: seconds, tests, tests again, errors, failures, skips.
    """

    # How many tests were run, and how many there were: programs that read this
    # count on both.
    _NUMBERS = ("testsRun", "testsRun", "errors", "failures", "skips")

    def _printErrors(self) -> None:
        """Nothing."""

    def _printSummary(self) -> None:
        """Write the numbers."""
        numbers = [getattr(self, name) for name in self._NUMBERS]
        counts = [each if isinstance(each, int) else len(each) for each in numbers]
        self._writeln(" ".join(map(str, [self._took(), *counts])))


class _Marking(Reporter):
    """
    Writes a mark for each outcome; which one, subclasses say.
    """

    _MARKS: dict[Outcome, str] = {}

    def _note(self, outcome: Outcome, test: Any, *details: Any) -> None:
        """Keep it, and write the mark."""
        super()._note(outcome, test, *details)
        self._write(self._MARKS[outcome])


class TextReporter(_Marking):
    """
    Writes a letter for each test.
    """

    _MARKS = {
        Outcome.PASSED: ".",
        Outcome.BROKEN: "E",
        Outcome.FAILED: "F",
        Outcome.SKIPPED: "S",
        Outcome.FAILED_AS_EXPECTED: "T",
        Outcome.PASSED_UNEXPECTEDLY: "!",
    }


class VerboseTextReporter(_Marking):
    """
    Writes a line for each test: its id, and how it went.
    """

    _MARKS = {
        Outcome.PASSED: "[OK]",
        Outcome.BROKEN: "[ERROR]",
        Outcome.FAILED: "[FAILURE]",
        Outcome.SKIPPED: "[SKIPPED]",
        Outcome.FAILED_AS_EXPECTED: "[TODO]",
        Outcome.PASSED_UNEXPECTEDLY: "[SUCCESS!?!]",
    }

    def startTest(self, tm: Any) -> None:
        """Begin the line."""
        self._write(f"{tm.id()} ... ")
        super().startTest(tm)

    def stopTest(self, test: Any) -> None:
        """End the line."""
        super().stopTest(test)
        self._writeln("")


class TimingTextReporter(VerboseTextReporter):
    """
    Writes how long each test took, besides.
    """

    def stopTest(self, method: Any) -> None:
        """End the line and write another, with the time."""
        super().stopTest(method)
        self._writeln("(%.03f secs)", self._lastTime or 0)
