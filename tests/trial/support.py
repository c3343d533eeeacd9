"""
Runs the command trial on files that a test writes, and test cases in this process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from twisted.trial.reporter import TestResult

SECONDS = 60

#: Where runs keep compiled modules, so that not each has to compile them.
COMPILED = ""

#: What a file of tests begins with.
HEAD = """
from twisted.trial import unittest
from twisted.internet import defer, reactor, protocol
"""

#: Two passing tests, in an order that is not the alphabetical one.
TWO = (
    HEAD
    + """
class Second(unittest.TestCase):
    def test_z(self): pass
    def test_a(self): pass
class First(unittest.TestCase):
    def test_only(self): pass
"""
)


class Ran(NamedTuple):
    """
    How a run of trial went.

    @ivar status: the exit status.
    @ivar output: what was printed, on either stream.
    """

    status: int
    output: str

    @property
    def summary(self) -> str:
        """The last line: C{PASSED (successes=1)}."""
        return self.output.rstrip("\n").rpartition("\n")[2]

    @property
    def ids(self) -> list[str]:
        """The tests that were run, in order; of the reporter bwverbose."""
        return re.findall(r"^(\S+) \.\.\. ", self.output, re.MULTILINE)


def environment(**more: str) -> dict[str, str]:
    """The environment for trial: nothing is said of where tests are."""
    without = ("PYTHONPATH", "COLUMNS", "PYTHONDONTWRITEBYTECODE")
    names = {name: value for name, value in os.environ.items() if name not in without}
    return {**names, "PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": COMPILED, **more}


def start(where: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start trial in a directory."""
    return subprocess.Popen(
        [sys.executable, "-m", "twisted.trial", *words],
        cwd=where,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
        env=environment(**more),
    )


def trial(where: Path, *words: str, said: str = "", **more: str) -> Ran:
    """
    Run trial in a directory, to its end.

    @param said: what is typed meanwhile.
    """
    with start(where, *words, **more) as process:
        try:
            output, _ = process.communicate(said, SECONDS)
        finally:
            process.kill()
        return Ran(process.returncode, output)


def listed(where: Path, *words: str, **more: str) -> Ran:
    """As L{trial}, with the reporter that says a line of each test."""
    return trial(where, "--reporter=bwverbose", *words, **more)


def write(where: Path, **files: str) -> None:
    """Write modules, by name, which may be a path."""
    for name, text in files.items():
        path = where / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def outcome(kind: type[Any], name: str = "test") -> Any:
    """Run one test of a class in this process; return the result."""
    result = TestResult()
    kind(name).run(result)
    return result


def counts(result: Any) -> dict[str, int]:
    """What was noted in a result, without what never was."""
    kinds = ("errors", "failures", "skips", "expectedFailures", "unexpectedSuccesses")
    found = {kind: len(getattr(result, kind)) for kind in kinds}
    return {kind: n for kind, n in {**found, "successes": result.successes}.items() if n}
