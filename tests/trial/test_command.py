"""
The command trial, run as its users do: what it finds, in which order, what it
prints, and how it exits.
"""

from __future__ import annotations

import os
import pstats
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.trial.support import HEAD, TWO, environment, listed, start, trial, write
from twisted.python.usage import UsageError
from twisted.scripts.trial import Options

PASSES = HEAD + "class T(unittest.TestCase):\n    def test_it(self): pass\n"
FAILS = HEAD + "class T(unittest.TestCase):\n    def test_it(self): self.fail('no such luck')\n"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    write(tmp_path, test_two=TWO)
    return tmp_path


# What it prints.


def test_book(tmp_path: Path) -> None:
    """What chapter 11 of the book prints of its first test."""
    write(
        tmp_path,
        test_foo="""
from twisted.trial import unittest

class MyFirstTestCase(unittest.TestCase):
    def test_something(self):
        self.assertTrue(True)
""",
    )
    ran = trial(tmp_path, "test_foo.py")
    assert ran.status == 0
    assert re.fullmatch(
        r"test_foo\n"
        r"  MyFirstTestCase\n"
        r"    test_something \.\.\. {54}\[OK\]\n".replace("{54}", " +")
        + r"\n-{79}\nRan 1 tests in \d+\.\d{3}s\n\nPASSED \(successes=1\)\n",
        ran.output,
    )
    assert all(len(line) == 79 for line in ran.output.splitlines() if "[OK]" in line)


def test_failure(tmp_path: Path) -> None:
    write(tmp_path, test_bad=FAILS)
    ran = trial(tmp_path, "test_bad")
    assert ran.status == 1
    assert ran.summary == "FAILED (failures=1)"
    report = ran.output.partition("=" * 79)[2]
    assert report.startswith("\n[FAIL]\nTraceback (most recent call last):\n  File ")
    # The test, and nothing of how it was called or of the assertion.
    assert report.count("  File ") == 1
    assert "FailTest: no such luck\n\ntest_bad.T.test_it\n" in report


@pytest.mark.parametrize(
    ("reporter", "expected"),
    [
        ("verbose", r"test_two\n  First\n    test_only \.\.\. +\[OK\]\n  Second\n"),
        ("bwverbose", r"^test_two\.First\.test_only \.\.\. \[OK\]\ntest_two\.Second"),
        ("text", r"^\.\.\.\n---"),
        ("summary", r"\n\d+\.\d+ 3 3 0 0 0\n$"),
        ("timing", r"test_only \.\.\. \[OK\]\n\(\d\.\d{3} secs\)\n"),
    ],
)
def test_reporters(two: Path, reporter: str, expected: str) -> None:
    ran = trial(two, f"--reporter={reporter}", "test_two")
    assert ran.status == 0
    assert re.search(expected, ran.output), ran.output


def test_subunit(two: Path) -> None:
    try:
        import subunit  # noqa: F401
    except ImportError:
        ran = trial(two, "--reporter=subunit", "test_two")
        assert ran.status == 1 and "Subunit not available" in ran.output
    else:
        assert "test_two.First.test_only" in trial(two, "--reporter=subunit", "test_two").output


def test_reporterOfAPlugin(two: Path) -> None:
    """A reporter that somebody else offers."""
    write(
        two,
        mine="""
from twisted.trial.reporter import Reporter
class Shouting(Reporter):
    def addSuccess(self, test):
        super().addSuccess(test)
        self._write("HURRAH\\n")
""",
        **{
            "twisted/plugins/shouting": """
from zope.interface import implementer
from twisted.plugin import IPlugin
from twisted.trial.itrial import IReporter
@implementer(IPlugin, IReporter)
class Offer:
    name, module, klass = "Shouting", "mine", "Shouting"
    description, longOpt, shortOpt = "for those who are hard of hearing", "shout", None
offer = Offer()
"""
        },
    )
    ran = trial(two, "--reporter=shout", "test_two", PYTHONPATH=os.fspath(two))
    assert ran.output.count("HURRAH\n") == 3
    assert "hard of hearing" in trial(two, "--help-reporters", PYTHONPATH=os.fspath(two)).output


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", r'  File ".*test_bad\.py", line 5, in test_it\n'),
        ("emacs", r"test_bad\.py:5:test_it\n"),
        ("cgitb", r"\*--- Failure"),
    ],
)
def test_tbformat(tmp_path: Path, name: str, expected: str) -> None:
    write(tmp_path, test_bad=FAILS)
    assert re.search(expected, trial(tmp_path, "--tbformat", name, "test_bad").output)


def test_rterrors(tmp_path: Path) -> None:
    write(tmp_path, test_bad=FAILS)
    for words, count in (((), 1), (("--rterrors",), 2), (("-e",), 2)):
        assert trial(tmp_path, *words, "test_bad").output.count("FailTest: no such luck") == count


def test_warnings(tmp_path: Path) -> None:
    """They are shown once for each test, where they point to."""
    write(
        tmp_path,
        test_warn=HEAD
        + """
import warnings
class T(unittest.TestCase):
    def test_it(self):
        for _ in range(3): warnings.warn("mind the gap", UserWarning)
""",
    )
    ran = trial(tmp_path, "test_warn")
    assert re.findall(r"\S*test_warn\.py:8: UserWarning: mind the gap", ran.output) == [
        f"{tmp_path}/test_warn.py:8: UserWarning: mind the gap"
    ]


# What it finds.


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("test_two", ["First.test_only", "Second.test_a", "Second.test_z"]),
        ("test_two.py", ["First.test_only", "Second.test_a", "Second.test_z"]),
        ("./test_two.py", ["First.test_only", "Second.test_a", "Second.test_z"]),
        ("test_two.Second", ["Second.test_a", "Second.test_z"]),
        ("test_two.Second.test_z", ["Second.test_z"]),
    ],
)
def test_named(two: Path, what: str, expected: list[str]) -> None:
    ran = listed(two, what)
    assert (ran.status, ran.ids) == (0, [f"test_two.{name}" for name in expected])


def test_namedTwice(two: Path) -> None:
    """In the order in which it is named; what is named twice is run once."""
    ran = listed(two, "test_two.Second.test_z", "test_two.First", "test_two.Second.test_z")
    assert ran.ids == ["test_two.Second.test_z", "test_two.First.test_only"]


def packages(where: Path) -> None:
    write(
        where,
        **{
            "pack/__init__": "",
            "pack/test_m": PASSES,
            "pack/helper": FAILS,
            "pack/inner/__init__": "",
            "pack/inner/test_n": PASSES,
        },
    )


def test_package(tmp_path: Path) -> None:
    packages(tmp_path)
    both = ["pack.inner.test_n.T.test_it", "pack.test_m.T.test_it"]
    for what in ("pack", "pack/", "./pack"):
        assert listed(tmp_path, what).ids == both
    assert listed(tmp_path, "-N", "pack").ids == both[1:]


def test_brokenModules(tmp_path: Path) -> None:
    """They are errors, and the others are run."""
    packages(tmp_path)
    write(
        tmp_path,
        **{
            "pack/test_x": "import there_is_no_such_module",
            "pack/bad/__init__": "1/0",
            "pack/bad/test_y": PASSES,
        },
    )
    ran = listed(tmp_path, "pack")
    assert ran.status == 1
    assert ran.summary == "FAILED (errors=2, successes=2)"
    assert "No module named 'there_is_no_such_module'" in ran.output
    assert re.search(r"ZeroDivisionError: .*\n\npack\.bad\.test_y\n", ran.output)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("nothing", "reflect.ModuleNotFound: No module named 'nothing'"),
        ("nothing.at.all", "reflect.ObjectNotFound: 'nothing.at.all' does not name an object"),
        ("test_two.Third", "AttributeError: test_two.Third does not exist."),
        ("./nothing.py", "ValueError: ./nothing.py is not a Python file."),
    ],
)
def test_missing(two: Path, what: str, error: str) -> None:
    ran = listed(two, what, "test_two.First")
    assert (ran.status, ran.summary) == (1, "FAILED (errors=1, successes=1)")
    assert f"{error}\n\n{what}\n" in ran.output


def test_testmodule(two: Path) -> None:
    write(
        two,
        product="#! /usr/bin/python\n# -*- test-case-name: test_two.First,test_two.Second -*-\n",
        other="# nothing is said here\n",
    )
    everything = ["First.test_only", "Second.test_a", "Second.test_z"]
    expected = [f"test_two.{name}" for name in everything]
    assert listed(two, "--testmodule=product.py").ids == expected
    assert listed(two, "--testmodule=test_two.py").ids == expected
    assert listed(two, "--testmodule=product.py", "--testmodule=other.py").ids == expected
    ran = listed(two, "--testmodule=neverwas.py", "test_two")
    assert (ran.ids, ran.status) == (expected, 0)
    assert "File 'neverwas.py' doesn't exist\n" in ran.output


def test_withoutModule(tmp_path: Path) -> None:
    write(
        tmp_path,
        test_import=HEAD
        + """
class T(unittest.TestCase):
    def test_it(self):
        for name in ("smtplib", "poplib"):
            self.assertRaises(ImportError, __import__, name)
""",
    )
    assert trial(tmp_path, "test_import").status == 1
    assert trial(tmp_path, "--without-module=smtplib,poplib", "test_import").status == 0
    ran = trial(tmp_path, "--without-module=os", "--version")
    assert "RuntimeWarning: Module 'os' already imported, disabling anyway." in ran.output


def test_customSuites(tmp_path: Path) -> None:
    """testSuite() says which tests a module has; __doctests__ adds those of others."""
    write(
        tmp_path,
        test_custom=TWO + "def testSuite(): return unittest.TestSuite([Second('test_z')])\n",
        documented='def f():\n    """\n    >>> f()\n    3\n    """\n    return 3\n',
        test_doc="__doctests__ = ['documented']\n" + PASSES,
        test_pyunit="import unittest\n"
        "class T(unittest.TestCase):\n"
        "    def test_it(self):\n"
        "        for n in range(3):\n"
        "            with self.subTest(n=n): self.assertLess(n, 3)\n",
    )
    ran = listed(tmp_path, "test_custom", "test_doc", "test_pyunit")
    assert ran.summary == "PASSED (successes=4)"
    assert ran.ids == [
        "test_custom.Second.test_z",
        "test_doc.T.test_it",
        "documented.f",
        "test_pyunit.T.test_it",
    ]


# In which order, and how often.


def test_orders(two: Path) -> None:
    def order(*words: str) -> list[str]:
        return [name.removeprefix("test_two.") for name in listed(two, *words, "test_two").ids]

    alphabetical = ["First.test_only", "Second.test_a", "Second.test_z"]
    assert order() == order("--order=alphabetical") == alphabetical
    assert order("-o", "toptobottom") == ["Second.test_z", "Second.test_a", "First.test_only"]


def test_random(tmp_path: Path) -> None:
    """The seed decides; it is told, so that an order can be had again."""
    methods = "".join(f"    def test_{n:02}(self): pass\n" for n in range(20))
    write(tmp_path, test_many=f"{HEAD}class T(unittest.TestCase):\n{methods}")
    first, again = (listed(tmp_path, "-z", "7", "test_many") for _ in range(2))
    assert first.output.startswith("Running tests shuffled with seed 7\n")
    assert first.ids == again.ids
    assert sorted(first.ids) == listed(tmp_path, "test_many").ids != first.ids
    other = listed(tmp_path, "--random=0", "test_many")
    seed = re.match(r"Running tests shuffled with seed (\d+)\n", other.output)
    assert seed is not None and int(seed[1]) > 0
    assert listed(tmp_path, "-z", seed[1], "test_many").ids == other.ids != first.ids


def test_untilFailure(tmp_path: Path) -> None:
    write(
        tmp_path,
        test_third=HEAD
        + """
times = []
class T(unittest.TestCase):
    def test_it(self):
        times.append(1)
        self.assertLess(len(times), 3)
""",
    )
    ran = trial(tmp_path, "--until-failure", "test_third")
    assert re.findall("Test Pass (.*)", ran.output) == ["1", "2", "3"]
    assert (ran.status, ran.summary) == (1, "FAILED (failures=1)")


def test_exitfirst(tmp_path: Path) -> None:
    body = "class T(unittest.TestCase):\n"
    body += "    def test_a(self): pass\n    def test_b(self): 1/0\n    def test_c(self): pass\n"
    write(tmp_path, test_three=HEAD + body)
    assert trial(tmp_path, "test_three").summary == "FAILED (errors=1, successes=2)"
    ran = listed(tmp_path, "--exitfirst", "test_three")
    assert [name[-1] for name in ran.ids] == ["a", "b"]
    assert ran.summary == "FAILED (errors=1, successes=1)"


def test_dryRun(tmp_path: Path) -> None:
    write(tmp_path, test_bad=FAILS)
    for words in (["-n"], ["--dry-run", "-j", "2"]):
        ran = listed(tmp_path, *words, "test_bad")
        assert (ran.status, ran.summary) == (0, "PASSED (successes=1)")
        assert not (tmp_path / "_trial_temp").exists()


# What it does besides.


def test_coverage(tmp_path: Path) -> None:
    """Lines with how often they were run, and those that were not."""
    write(
        tmp_path,
        product="def f(n):\n    if n > 5:\n        return 1\n    return 2\n",
        test_product=HEAD
        + "import product\n"
        + "class T(unittest.TestCase):\n"
        + "    def test_it(self):\n"
        + "        for n in range(4): product.f(n)\n",
    )
    assert trial(tmp_path, "--coverage", "test_product").status == 0
    assert (tmp_path / "_trial_temp/coverage/product.cover").read_text() == (
        "    1: def f(n):\n    4:     if n > 5:\n>>>>>>         return 1\n    4:     return 2\n"
    )
    assert (tmp_path / "_trial_temp/coverage/test_product.cover").exists()


def test_profile(two: Path) -> None:
    ran = trial(two, "--profile", "test_two")
    assert ran.status == 0
    assert "function calls" in ran.output
    assert pstats.Stats(os.fspath(two / "profile.data")).total_calls > 10  # type: ignore[attr-defined]


WHERE = """
import os
class T(unittest.TestCase):
    def test_it(self):
        print("works in", os.getcwd())
        from twisted.python import log
        log.msg("something happened")
"""


@pytest.mark.parametrize("name", ["_trial_temp", "elsewhere", "deep/er"])
def test_tempDirectory(tmp_path: Path, name: str) -> None:
    """It is emptied before a run, and left for inspection after it."""
    write(tmp_path, test_where=HEAD + WHERE)
    for _ in range(2):
        ran = trial(tmp_path, f"--temp-directory={name}", "test_where")
        assert f"works in {tmp_path}/{name}\n" in ran.output
        log = (tmp_path / name / "test.log").read_text()
        assert log.count("something happened") == 1
        assert "--> test_where.T.test_it <--" in log


def test_tempDirectoryOfSomebodyElse(two: Path) -> None:
    """What trial has not made it does not remove."""
    precious = two / "_trial_temp/precious"
    precious.parent.mkdir()
    precious.touch()
    ran = trial(two, "test_two")
    assert ran.status == 1
    assert "is not a trial temporary path, refusing to remove it" in ran.output
    assert precious.exists()


def test_locking(tmp_path: Path) -> None:
    """Who comes second gets a directory beside; one asked for by name is refused."""
    waits = "\n        print('begun', flush=True); input()"
    write(tmp_path, test_where=HEAD + WHERE, test_waits=HEAD + WHERE + waits)
    for name, beside in (("_trial_temp", True), ("mine", False)):
        with start(tmp_path, "--temp-directory", name, "test_waits") as first:
            assert first.stdin is not None and first.stdout is not None
            try:
                while "begun" not in first.stdout.readline():
                    assert first.poll() is None
                ran = trial(tmp_path, "--temp-directory", name, "test_where")
                if beside:
                    assert f"works in {tmp_path}/_trial_temp-1\n" in ran.output
                assert ("_WorkingDirectoryBusy" in ran.output) is not beside
                assert ran.status == (0 if beside else 1)
                first.stdin.write("\n")
                first.stdin.flush()
                first.stdout.read()
                assert first.wait(30) == 0
            finally:
                first.kill()
        assert trial(tmp_path, "--temp-directory", name, "test_where").status == 0


@pytest.mark.parametrize("name", ["my.log", "logs/my.log", "{}/my.log"])
def test_logfile(tmp_path: Path, name: str) -> None:
    """From the temporary directory, or wherever an absolute path says."""
    write(tmp_path, test_where=HEAD + WHERE)
    name = name.format(tmp_path / "other")
    assert trial(tmp_path, "-l", name, "test_where").status == 0
    assert "something happened" in (tmp_path / "_trial_temp" / name).read_text()
    assert not (tmp_path / "_trial_temp/test.log").exists()


@pytest.mark.parametrize("name", ["select", "poll", "epoll"])
def test_reactor(tmp_path: Path, name: str) -> None:
    body = f"class T(unittest.TestCase):\n    def test_it(self):\n        {name!r}\n"
    body += "        self.assertEqual(type(reactor).__module__.split('.')[-1], %r)\n"
    write(tmp_path, test_which=HEAD + body % f"{name}reactor")
    assert trial(tmp_path, "--reactor", name, "test_which").status == 0


def test_forceGc(tmp_path: Path) -> None:
    """A failure that nobody looked after is found in the test that made it."""
    write(
        tmp_path,
        test_cycle=HEAD
        + """
import gc
class T(unittest.TestCase):
    def setUp(self): gc.disable()
    def test_a(self):
        cycle = [defer.fail(ValueError("lost"))]
        cycle.append(cycle)
    def test_b(self): pass
""",
    )
    ran = listed(tmp_path, "--force-gc", "test_cycle")
    assert "ValueError: lost" in ran.output
    assert re.search(
        r"test_a \.\.\. \[OK\]\n\[ERROR\]test_cycle\.T\.test_b \.\.\. \[OK\]\n", ran.output
    )


def test_settings(tmp_path: Path) -> None:
    write(
        tmp_path,
        test_set=HEAD
        + """
import gc, sys
class T(unittest.TestCase):
    def test_it(self):
        self.assertEqual(sys.getrecursionlimit(), 1234)
        self.assertFalse(gc.isenabled())
        self.assertTrue(defer.getDebugging())
""",
    )
    words = ["--recursionlimit=1234", "--disablegc", "--debug-stacktraces"]
    assert trial(tmp_path, *words, "test_set").status == 0
    assert trial(tmp_path, *words[1:], "test_set").status == 1


def test_spew(tmp_path: Path) -> None:
    write(tmp_path, test_pass=PASSES)
    assert re.search(
        r"method test_it of .*test_pass\.T", trial(tmp_path, "--spew", "test_pass").output
    )


DIRTY = """
class T(unittest.TestCase):
    def test_call(self):
        reactor.callLater(100, lambda: None)
    def test_port(self):
        reactor.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")
    def test_zclean(self):
        self.assertEqual(reactor.getDelayedCalls(), [])
        self.assertEqual(reactor.removeAll(), [])
"""


def test_dirtyReactor(tmp_path: Path) -> None:
    """What a test leaves is an error of it, and gone for the next one."""
    write(tmp_path, test_dirty=HEAD + DIRTY)
    ran = trial(tmp_path, "test_dirty")
    assert ran.status == 1
    assert ran.summary.startswith("FAILED (errors=2, successes=")
    assert re.search(
        r"\[ERROR\]\nTraceback \(most recent call last\):\n"
        r"Failure: twisted\.trial\.util\.DirtyReactorAggregateError: Reactor was unclean\.\n"
        r"DelayedCalls: \(set twisted\.internet\.base\.DelayedCall\.debug = True to debug\)\n"
        r"<DelayedCall 0x[0-9a-f]+ \[99\.\d+s\] called=0 cancelled=0 T\.test_call\.<locals>\.<lambda>\(\)>\n"
        r"\ntest_dirty\.T\.test_call\n",
        ran.output,
    )
    assert re.search(
        r"Reactor was unclean\.\nSelectables:\n<.*Port.*>\n\ntest_dirty\.T\.test_port\n", ran.output
    )


def test_uncleanWarnings(tmp_path: Path) -> None:
    write(tmp_path, test_dirty=HEAD + DIRTY)
    ran = trial(tmp_path, "--unclean-warnings", "test_dirty")
    assert ran.status == 0
    assert ran.output.count("UserWarning: Reactor was unclean.") == 2


# Debuggers.


def test_debug(tmp_path: Path) -> None:
    """An exception leads into pdb, which has read .pdbrc."""
    write(tmp_path, test_bad=FAILS)
    (tmp_path / ".pdbrc").write_text("p 'read ' + 'pdbrc'\n")
    ran = trial(tmp_path, "--debug", "test_bad", said="c\np 'at ' + msg\nc\n")
    assert "'read pdbrc'" in ran.output
    assert "'at no such luck'" in ran.output
    assert ran.summary == "FAILED (failures=1)"


def test_nopm(tmp_path: Path) -> None:
    write(tmp_path, test_bad=FAILS)
    ran = trial(tmp_path, "--debug", "--nopm", "test_bad", said="c\n")
    assert ran.output.count("(Pdb)") == 1
    assert ran.summary == "FAILED (failures=1)"


def test_debugger(two: Path) -> None:
    write(
        two,
        mydebugger="def runcall(f, *args):\n    print('in my hands')\n    return f(*args)\n",
    )
    ran = trial(two, "--debug", "--nopm", "--debugger=mydebugger", "test_two")
    assert (ran.status, ran.output.count("in my hands\n")) == (0, 1)
    ran = trial(two, "--debug", "--debugger=nowhere", "test_two")
    assert (ran.status, ran.output) == (
        1,
        "python -m twisted.trial: 'nowhere' debugger could not be found.\n",
    )


# The command line.


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--nope"], "option --nope not recognized"),
        (["-j", "some"], "Expecting integer argument to jobs, got 'some'"),
        (["-j", "0"], "Argument to jobs must be a strictly positive integer or 'auto'"),
        (["-j2", "--debug"], "You can't specify --debug when using --jobs"),
        (["-j2", "--profile"], "You can't specify --profile when using --jobs"),
        (["-j2", "-B"], "You can't specify --debug-stacktraces when using --jobs"),
        (["-z1", "-oalphabetical"], "You can't specify --random when using --order"),
        (["-z-1"], "Argument to --random must be a positive integer"),
        (["-zx"], "Argument to --random must be a positive integer"),
        (
            ["-obackwards"],
            "--order must be one of: 'alphabetical', 'toptobottom'. See --help-orders for details",
        ),
        (["--tbformat=big"], "tbformat must be 'plain', 'emacs', or 'cgitb'."),
        (["--recursionlimit=many"], "argument to recursionlimit must be an integer"),
        (
            ["--reporter=town crier"],
            "Only pass names of Reporter plugins to --reporter."
            " See --help-reporters for more info.",
        ),
        (
            ["--reactor=nuclear"],
            "The specified reactor does not exist: 'nuclear'.\n"
            "See the list of available reactors with --help-reactors",
        ),
    ],
)
def test_complaints(words: list[str], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Options().parseOptions(words)
    assert str(caught.value) == complaint


def test_help(tmp_path: Path) -> None:
    asked, bare = trial(tmp_path, "--help"), trial(tmp_path)
    assert asked == bare
    assert asked.status == 0
    first, _, rest = asked.output.partition("\n")
    assert first == (
        "python -m twisted.trial [options] [[file|package|module|TestCase|testmethod]...]"
    )
    for name in (
        *(
            "testmodule order until-failure rterrors random nopm debug debugger profile coverage"
            " temp-directory reporter reactor logfile exitfirst jobs dry-run force-gc disablegc"
            " no-recurse tbformat unclean-warnings without-module recursionlimit spew help-orders"
            " help-reporters help-reactors version debug-stacktraces"
        ).split(),
    ):
        assert re.search(rf"--{name}\b", rest), name


def test_lists(tmp_path: Path) -> None:
    orders = trial(tmp_path, "--help-orders")
    assert orders.status == 0 and {"alphabetical", "toptobottom"} <= set(orders.output.split())
    reporters = trial(tmp_path, "--help-reporters")
    assert reporters.status == 0
    names = {"verbose", "bwverbose", "summary", "text", "timing", "subunit"}
    assert names <= set(reporters.output.split())
    assert "epoll" in trial(tmp_path, "--help-reactors").output


def test_script(two: Path) -> None:
    """The installed command; the directory it is run from is looked into."""
    script = Path(sysconfig.get_path("scripts"), "trial")
    code = "import sys; from twisted.scripts.trial import run; sys.argv[0] = 'trial'; run()"
    command = [os.fspath(script)] if script.exists() else [sys.executable, "-c", code]
    for words, status in ((["test_two"], 0), (["--nope"], 1)):
        done = subprocess.run(
            [*command, *words], cwd=two, env=environment(), capture_output=True, text=True
        )
        assert done.returncode == status, done
    assert done.stderr == "trial: option --nope not recognized\n"


def test_importsAreLight(tmp_path: Path) -> None:
    """The command alone needs no reactor, which --reactor may choose, nor TLS."""
    code = "import sys, twisted.scripts.trial as t; t.Options().parseOptions([])\n"
    code += "print([m for m in ('twisted.internet.reactor', 'OpenSSL', 'asyncio')"
    code += " if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
