"""
trial -j: tests that are run by several processes.
"""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.trial.support import HEAD, TWO, Ran, listed, start, trial, write

MANY = (
    HEAD
    + """
import os, sys, time
from twisted.python import log

class Outcomes(unittest.TestCase):
    def test_pass(self): pass
    def test_fail(self): self.assertEqual(1, 2)
    def test_error(self): 1/0
    def test_skip(self): raise unittest.SkipTest("not today")
    def test_todo(self): raise KeyError("known")
    test_todo.todo = "one day"
    def test_done(self): pass
    test_done.todo = "has come"
    async def test_wait(self):
        d = defer.Deferred()
        reactor.callLater(0.01, d.callback, None)
        await d
    def test_own(self):
        class Mine(Exception): pass
        raise Mine("a class that is nowhere else")
    def test_parts(self):
        for n in range(3):
            with self.subTest(n=n): self.assertEqual(n, 1)
    def test_long(self): self.fail("x" * 200000 + "END")
    def test_strange(self): self.fail("\\N{SNOWMAN} \\udc80")

import unittest as pyunit
class OfPyunit(pyunit.TestCase):
    def test_partsOfPyunit(self): Outcomes.test_parts(self)
"""
)


def byName(ran: Ran) -> dict[str, str]:
    """What became of each test, by its name."""
    return dict(re.findall(r"\.test_(\w+) \.\.\. (.*)$", ran.output, re.MULTILINE))


def test_outcomes(tmp_path: Path) -> None:
    """The report is the one of a run in one process."""
    write(tmp_path, test_many=MANY)
    one, several = listed(tmp_path, "test_many"), listed(tmp_path, "-j", "2", "test_many")
    assert several.output.startswith("Running 12 tests.\n")
    assert byName(several) == byName(one)
    assert (
        several.summary
        == one.summary
        == (
            "FAILED (skips=1, expectedFailures=1, failures=7, errors=2,"
            " unexpectedSuccesses=1, successes=2)"
        )
    )
    assert one.status == several.status == 1
    for said in (
        "not today",
        "one day",
        "has come",
        "Mine: a class that is",
        "xEND",
        "\N{SNOWMAN}",
    ):
        assert said in several.output
    frame = re.compile(r'  File ".*/test_many\.py", line \d+, in test_error\n    .*1/0')
    assert frame.search(several.output) and frame.search(one.output)


def test_severalAtOnce(tmp_path: Path) -> None:
    """Each waits for the other."""
    meet = """
class T(unittest.TestCase):
    def meet(self, mine, other):
        open(os.path.join(os.environ["MEETING"], mine), "w").close()
        until = time.time() + 30
        while not os.path.exists(os.path.join(os.environ["MEETING"], other)):
            self.assertLess(time.time(), until)
            time.sleep(0.01)
    def test_a(self): self.meet("a", "b")
    def test_b(self): self.meet("b", "a")
"""
    write(tmp_path, test_meet=HEAD + "import os, time\n" + meet)
    ran = trial(tmp_path, "-j2", "test_meet", MEETING=os.fspath(tmp_path))
    assert (ran.status, ran.summary) == (0, "PASSED (successes=2)")


@pytest.mark.parametrize("number", ["1", "20", "auto"])
def test_numbers(tmp_path: Path, number: str) -> None:
    """Never more processes than tests."""
    write(tmp_path, test_two=TWO)
    ran = trial(tmp_path, "-j", number, "test_two")
    assert (ran.status, ran.summary) == (0, "PASSED (successes=3)")
    workers = [path for path in (tmp_path / "_trial_temp").iterdir() if path.name.isdigit()]
    assert 1 <= len(workers) <= 3


def test_directories(tmp_path: Path) -> None:
    """Each worker has one; what it prints and logs is kept."""
    body = """
class T(unittest.TestCase):
    def test_it(self):
        from twisted.python import log
        log.msg("has been logged" + "!" * 100000)
        print("has been printed")
        print("has been complained of", file=sys.stderr)
        open("has been written", "w").close()
"""
    write(tmp_path, test_it=HEAD + "import sys\n" + body)
    assert trial(tmp_path, "-j2", "--logfile=my.log", "test_it").status == 0
    where = tmp_path / "_trial_temp"
    assert "has been logged" in (where / "my.log").read_text()
    assert (where / "0/out.log").read_text() == "has been printed\n"
    assert (where / "0/err.log").read_text() == "has been complained of\n"
    assert (where / "0/has been written").exists()


def test_coverage(tmp_path: Path) -> None:
    write(
        tmp_path,
        product="def f():\n    return 1\n",
        test_product=HEAD
        + "import product\nclass T(unittest.TestCase):\n    def test_it(self): product.f()\n",
    )
    assert trial(tmp_path, "-j1", "--coverage", "test_product").status == 0
    report = tmp_path / "_trial_temp/0/coverage/product.cover"
    assert report.read_text() == "    1: def f():\n    1:     return 1\n"


def test_forwarded(tmp_path: Path) -> None:
    body = """
import gc, sys
class T(unittest.TestCase):
    def test_it(self):
        self.assertEqual(sys.getrecursionlimit(), 1234)
        self.assertFalse(gc.isenabled())
        self.assertIn("selectreactor", sys.modules["twisted.internet.reactor"].__class__.__module__)
        self.assertRaises(ImportError, __import__, "poplib")
"""
    write(tmp_path, test_set=HEAD + body)
    words = ["--recursionlimit=1234", "--disablegc", "-r", "select", "--without-module=poplib"]
    ran = trial(tmp_path, "-j1", *words, "test_set")
    assert (ran.status, ran.summary) == (0, "PASSED (successes=1)")


def test_untilFailure(tmp_path: Path) -> None:
    """The workers stay, and run them again."""
    body = """
times = []
class T(unittest.TestCase):
    def test_it(self):
        times.append(1)
        self.assertLess(len(times), 3)
"""
    write(tmp_path, test_third=HEAD + body)
    ran = trial(tmp_path, "-j1", "-u", "test_third")
    assert re.findall("Test Pass (.*)", ran.output) == ["1", "2", "3"]
    assert (ran.status, ran.summary) == (1, "FAILED (failures=1)")


def test_exitfirst(tmp_path: Path) -> None:
    body = "class T(unittest.TestCase):\n"
    body += "    def test_a(self): pass\n    def test_b(self): 1/0\n    def test_c(self): pass\n"
    write(tmp_path, test_three=HEAD + body)
    ran = listed(tmp_path, "-j1", "--exitfirst", "test_three")
    assert byName(ran) == {"a": "[OK]", "b": "[ERROR]"}


def test_notLoaded(tmp_path: Path) -> None:
    write(tmp_path, test_two=TWO)
    ran = trial(tmp_path, "-j2", "test_two", "test_nothing")
    assert (ran.status, ran.summary) == (1, "FAILED (errors=1, successes=3)")
    assert "No module named 'test_nothing'" in ran.output


DEADLY = (
    HEAD
    + """
import os
class T(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): os._exit(7)
    def test_c(self): pass
    def test_d(self): pass
"""
)


@pytest.mark.parametrize(("jobs", "rest"), [("2", "[OK]"), ("1", "[ERROR]")])
def test_lostWorker(tmp_path: Path, jobs: str, rest: str) -> None:
    """The test it was lost in is an error; others run the rest, if there are any."""
    write(tmp_path, test_deadly=DEADLY)
    ran = listed(tmp_path, "-j", jobs, "test_deadly")
    assert ran.status == 1
    # A worker's end is no line of its own: the error follows the others.
    assert [ran.ids.count(f"test_deadly.T.test_{name}") for name in "abcd"] == [1, 1, 1, 1]
    assert "process ended with exit code 7" in ran.output
    assert ran.output.count("NoWorkerLeft") == (0 if rest == "[OK]" else 1)
    assert ran.summary == (
        "FAILED (errors=1, successes=3)" if rest == "[OK]" else "FAILED (errors=3, successes=1)"
    )
    assert "did not end well" not in ran.output


def test_interrupted(tmp_path: Path) -> None:
    """Workers end, and the report tells what was run."""
    body = """
class T(unittest.TestCase):
    def test_a(self): pass
    def test_hang(self): return defer.Deferred()
    def test_z(self): pass
"""
    write(tmp_path, test_hang=HEAD + body)
    for words in ([], ["-j1"]):
        with start(tmp_path, "--reporter=bwverbose", *words, "test_hang") as process:
            try:
                assert process.stdout is not None
                seen = ""
                while "test_a ... [OK]" not in seen:
                    line = process.stdout.readline()
                    assert line, seen
                    seen += line
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
                seen += process.stdout.read()
                assert process.wait(30) == 1
            finally:
                process.kill()
        assert "FAILED (errors=1, successes=1)" in seen
        assert "test_z" not in seen
        assert "KeyboardInterrupt" in seen
