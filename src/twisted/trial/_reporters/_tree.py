"""
The reporter that is used if none is asked for.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.trial._reporters._colors import colorizerFor
from twisted.trial._reporters._results import Outcome
from twisted.trial._reporters._text import Reporter

__all__ = ["TreeReporter"]


class TreeReporter(Reporter):
    """
    Writes a tree of modules, classes and tests, in colour where there is any.

    @ivar currentLine: what was written on this line so far.
    @cvar indent: what sets off a level of the tree.
    @cvar columns: where lines end.
    """

    currentLine = ""
    indent = "  "
    columns = 79

    SUCCESS = "green"
    FAILURE = ERROR = TODONE = "red"
    SKIP = TODO = "blue"

    # What ends a line, and the name of the attribute that has its colour.
    _ENDINGS = {
        Outcome.PASSED: ("[OK]", "SUCCESS"),
        Outcome.BROKEN: ("[ERROR]", "ERROR"),
        Outcome.FAILED: ("[FAIL]", "FAILURE"),
        Outcome.SKIPPED: ("[SKIPPED]", "SKIP"),
        Outcome.FAILED_AS_EXPECTED: ("[TODO]", "TODO"),
        Outcome.PASSED_UNEXPECTEDLY: ("[SUCCESS!?!]", "TODONE"),
    }

    def __init__(self, stream: Any = sys.stdout, *args: Any, **kwargs: Any) -> None:
        """
        @param stream: what to write to: a text file.
        @param args: see L{Reporter}.
        """
        super().__init__(stream, *args, **kwargs)
        self._lastTest: list[str] = []
        self._colorizer = colorizerFor(stream)

    def getDescription(self, test: Any) -> str:
        """
        Return the last part of the test's id.
        """
        return str(test.id().split(".")[-1])

    def _note(self, outcome: Outcome, test: Any, *details: Any) -> None:
        """Keep it, and end the line."""
        super()._note(outcome, test, *details)
        self._endLineAs(outcome)

    def _endLineAs(self, outcome: Outcome) -> None:
        """End the line as it is done of tests with this outcome."""
        message, kind = self._ENDINGS[outcome]
        self.endLine(message, getattr(self, kind))

    def upDownError(  # type: ignore[override]
        self, method: Any, error: Any, warn: bool, printStatus: bool
    ) -> None:
        """
        Mark the line, if *printStatus*.
        """
        if printStatus:
            self._endLineAs(Outcome.BROKEN)

    def cleanupErrors(self, errs: Any) -> None:
        """See L{Reporter.cleanupErrors}."""
        self._write("%s", "    cleanup errors")
        self._endLineAs(Outcome.BROKEN)
        super().cleanupErrors(errs)

    def _write(self, format: str, *args: Any) -> None:
        """Write, and keep in mind how far the line is."""
        text = format % args if args else format
        before, newline, after = text.rpartition("\n")
        self.currentLine = after if newline else self.currentLine + after
        super()._write("%s", text)

    def _getPreludeSegments(self, testID: str) -> list[str]:
        """
        Return what stands above a test in the tree: the module and the class.
        """
        above = testID.split(".")[:-1]
        if len(above) < 2:
            return above
        return [".".join(above[:-1]), above[-1]]

    def _testPrelude(self, testID: str) -> None:
        """
        Write what stands above a test, as far as it is not yet there.
        """
        segments = self._getPreludeSegments(testID)
        same = True
        for depth, segment in enumerate(segments):
            same = same and self._lastTest[depth : depth + 1] == [segment]
            if not same:
                self._write("%s%s\n", self.indent * depth, segment)
        self._lastTest = segments

    def startTest(self, test: Any) -> None:
        """Begin a line."""
        self._testPrelude(test.id())
        self._write("%s%s ... ", self.indent * len(self._lastTest), self.getDescription(test))
        super().startTest(test)

    def endLine(self, message: str, color: str) -> None:
        """
        End the line with *message*, at its right.

        @param color: the colour's name.
        """
        gap = self.columns - len(self.currentLine) - len(message)
        self._write("%s", " " * gap)
        self._colorizer.write(message, color)
        self._write("\n")

    def _printSummary(self) -> None:
        """Write the last line."""
        color = self.SUCCESS if self.wasSuccessful() else self.FAILURE
        self._colorizer.write(self._verdict(), color)
        self._write("%s\n", self._getSummary())
