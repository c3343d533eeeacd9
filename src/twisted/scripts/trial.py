"""
C{trial}: find tests, run them, and tell how they went.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
import trace
import warnings
from typing import Any, NoReturn

from twisted import plugin
from twisted.application import app
from twisted.internet import defer
from twisted.python import failure, reflect, usage
from twisted.python.filepath import FilePath
from twisted.python.util import spewer
from twisted.trial import itrial, runner
from twisted.trial._buffervariables import (
    getTestModules,
    isTestFile,
    loadLocalVariables,
)
from twisted.trial._buffervariables import parseLocalVariables as _parseLocalVariables
from twisted.trial._orders import RUN_ORDERS as _runOrders
from twisted.trial._orders import shuffled

__all__ = [
    "Options",
    "TBFORMAT_MAP",
    "_parseLocalVariables",
    "getTestModules",
    "isTestFile",
    "loadLocalVariables",
    "run",
]

#: How much tracebacks say, by the names of C{--tbformat}.
TBFORMAT_MAP = {
    "plain": "default",
    "default": "default",
    "emacs": "brief",
    "brief": "brief",
    "cgitb": "verbose",
    "verbose": "verbose",
}

# Options that workers are given as they were given to trial.
_FORWARDED_FLAGS = ("coverage", "disablegc", "force-gc", "spew")
_FORWARDED_PARAMETERS = ("reactor", "recursionlimit", "without-module")

# What cannot be had of workers, which have neither terminal nor debugger, and
# whose figures nobody would add up.
_NOT_WITH_JOBS = ("debug", "profile", "debug-stacktraces")


class _DebuggerNotFound(Exception):
    """
    There is no debugger of that name.
    """


def _program() -> str:
    """
    Return how this is called by its users.
    """
    name = os.path.basename(sys.argv[0])
    return "python -m twisted.trial" if name == "__main__.py" else name


def _reporters() -> list[Any]:
    """
    Return what describes the reporters there are.
    """
    return list(plugin.getPlugins(itrial.IReporter))


def _columns(rows: list[tuple[str, str]]) -> str:
    """Return a list of names and descriptions."""
    return "".join(f"    {name} \t {description}\n" for name, description in rows)


def _autoJobs() -> int:
    """
    Return how many workers there are to be if nobody says so: as many as this
    process may use processors.
    """
    for name, args in (("process_cpu_count", ()), ("sched_getaffinity", (0,)), ("cpu_count", ())):
        ask = getattr(os, name, None)  # each is missing somewhere
        answer = None if ask is None else ask(*args)
        number = len(answer) if isinstance(answer, set) else answer
        if number:
            return int(number)
    return 1


class _BasicOptions:
    """
    For L{usage.Options}: the options for running tests in a process, be it
    trial itself or a worker.

    @ivar tracer: counts the lines that are run, for C{--coverage}; else
        C{None}.
    """

    longdesc = (
        "trial finds tests by what is named, which may be packages, modules, files,"
        " classes or methods; runs them; and tells how they went."
    )

    optFlags: list[Any] = [
        ["help", "h", "Display this help and exit."],
        ["no-recurse", "N", "Do not look into packages within packages"],
        ["help-orders", None, "List the orders that tests can be run in"],
        ["help-reporters", None, "List the reporters"],
        ["rterrors", "e", "Print a traceback as soon as a test goes wrong, too"],
        ["unclean-warnings", None, "Only warn of what tests leave in the reactor"],
        ["force-gc", None, "Collect garbage before and after each test."],
        ["exitfirst", "x", "Begin no more tests when one went wrong."],
    ]

    optParameters: list[Any] = [
        ["order", "o", None, "The order to run tests in, see --help-orders."],
        ["random", "z", None, "Run tests in the order of chance with this seed; 0: any seed"],
        ["temp-directory", None, "_trial_temp", "The directory to run tests in."],
        ["reporter", None, "verbose", "What tells how tests go, see --help-reporters."],
    ]

    compData = usage.Completions(
        optActions={
            "tbformat": usage.CompleteList(["plain", "emacs", "cgitb"]),
            "reporter": lambda: usage.CompleteList([each.longOpt for each in _reporters()]),
            "order": usage.CompleteList(list(_runOrders)),
            "temp-directory": usage.CompleteDirs(),
        },
        extraActions=[usage.CompleteFiles("*.py", descr="file | module | class", repeat=True)],
    )

    tracer: trace.Trace | None = None

    def __init__(self) -> None:
        self._own["tests"] = []
        super().__init__()

    @property
    def _own(self) -> Any:
        """The options themselves: whoever mixes this in is a dictionary."""
        return self

    def coverdir(self) -> FilePath[str]:
        """
        Return the directory for what C{--coverage} finds out.
        """
        directory: FilePath[str] = FilePath(self._own["temp-directory"]).child("coverage")
        return directory

    def writeCoverage(self) -> None:
        """
        End to count lines, and write what was counted, if anything.
        """
        if self.tracer is None:
            return
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self.tracer.results().write_results(
            show_missing=True, summary=False, coverdir=self.coverdir().path
        )

    def opt_coverage(self) -> None:
        """
        Count how often each line is run, and write it to *.cover files in the
        directory coverage of the temporary directory.
        """
        self.tracer = trace.Trace(count=True, trace=False)
        for begin in (sys.settrace, threading.settrace):
            begin(self.tracer.globaltrace)  # type: ignore[attr-defined]
        self._own["coverage"] = True

    def opt_testmodule(self, filename: str) -> None:
        """
        Run the tests for this file, which its first lines name
        (-*- test-case-name).
        """
        # The working directory is another one when tests are loaded.
        path = os.path.abspath(filename)
        if not os.path.isfile(path):
            sys.stderr.write(f"File {filename!r} doesn't exist\n")
        elif isTestFile(path):
            self._own["tests"].append(path)
        else:
            self._own["tests"] += getTestModules(path)

    def opt_spew(self) -> None:
        """
        Print every line of code as it is run, to see where a program hangs.
        """
        sys.settrace(spewer)
        self._own["spew"] = True

    def opt_help_orders(self) -> NoReturn:
        """List the orders that tests can be run in"""
        described = [(name, description) for name, (description, _) in _runOrders.items()]
        print(f"Tests can be run in these orders, by --order=<name>:\n\n{_columns(described)}")
        sys.exit(0)

    def opt_help_reporters(self) -> NoReturn:
        """List the reporters"""
        described = [(each.longOpt, each.description) for each in _reporters()]
        print(
            "Reporters, which are plugins, tell how tests go. There are these, by"
            f" --reporter=<name>:\n\n{_columns(described)}"
        )
        sys.exit(0)

    def opt_disablegc(self) -> None:
        """
        Collect no garbage.
        """
        gc.disable()
        self._own["disablegc"] = True

    def opt_tbformat(self, opt: str) -> None:
        """
        How much tracebacks say: 'plain', 'emacs' (a line for each call) or
        'cgitb' (variables, too).
        """
        if opt not in TBFORMAT_MAP:
            raise usage.UsageError("tbformat must be 'plain', 'emacs', or 'cgitb'.")
        self._own["tbformat"] = TBFORMAT_MAP[opt]

    def opt_recursionlimit(self, arg: str) -> None:
        """
        How deep calls may go, see sys.setrecursionlimit().
        """
        try:
            sys.setrecursionlimit(int(arg))
        except (ValueError, RecursionError):
            raise usage.UsageError("argument to recursionlimit must be an integer")
        self._own["recursionlimit"] = int(arg)

    def opt_random(self, option: str) -> None:
        """
        Run tests in the order of chance with this seed; 0: any seed.
        """
        if not option.isdecimal():
            raise usage.UsageError("Argument to --random must be a positive integer")
        self._own["random"] = int(option) or int(time.time() * 100)

    def opt_order(self, order: str) -> None:
        """
        The order to run tests in, see --help-orders.
        """
        if order not in _runOrders:
            known = ", ".join(map(repr, _runOrders))
            raise usage.UsageError(
                f"--order must be one of: {known}. See --help-orders for details"
            )
        self._own["order"] = order

    def opt_without_module(self, option: str) -> None:
        """
        Do as if these modules were not installed; commas are between them.
        """
        for module in option.split(","):
            if module in sys.modules:
                warnings.warn(
                    f"Module '{module}' already imported, disabling anyway.",
                    category=RuntimeWarning,
                )
            sys.modules[module] = None  # type: ignore[assignment]
        self._own["without-module"] = option

    def parseArgs(self, *args: str) -> None:
        """
        @param args: what to look for tests in.
        """
        self._own["tests"] += args

    def _loadReporterByName(self, name: str) -> Any:
        """
        Return the class of a reporter.

        @raise usage.UsageError: there is none of that name.
        """
        for each in _reporters():
            if each.longOpt == name:
                return reflect.namedAny(f"{each.module}.{each.klass}")
        raise usage.UsageError(
            "Only pass names of Reporter plugins to --reporter. See --help-reporters for more info."
        )

    def postOptions(self) -> None:
        """
        Find the reporter.
        """
        self._own["reporter"] = self._loadReporterByName(self._own["reporter"])
        self._own.setdefault("tbformat", "default")
        if self._own["order"] is not None and self._own["random"] is not None:
            raise usage.UsageError("You can't specify --random when using --order")

    def _getWorkerArguments(self) -> list[str]:
        """
        Return the words by which workers are told what concerns them.
        """
        words = [f"--{name}" for name in _FORWARDED_FLAGS if self._own.get(name)]
        for name in _FORWARDED_PARAMETERS:
            if name in self._own:
                words += [f"--{name}", str(self._own[name])]
        return words


class Options(_BasicOptions, usage.Options, app.ReactorSelectionMixin):  # type: ignore[misc]
    """
    The command line of C{trial}.
    """

    optFlags = [
        ["debug", "b", "Run tests in a debugger; pdb reads .pdbrc, as it always does."],
        ["debug-stacktraces", "B", "Have Deferreds remember where they were made and called"],
        ["nopm", None, "With --debug: do not enter the debugger when an exception was raised"],
        ["dry-run", "n", "Do everything but run the tests"],
        ["profile", None, "Run tests under the profiler of Python"],
        ["until-failure", "u", "Run the tests again and again, until one goes wrong"],
    ]

    optParameters = [
        ["debugger", None, "pdb", "The full name of the debugger for --debug"],
        ["logfile", "l", "test.log", "The file to log to, from the temporary directory"],
        ["jobs", "j", None, "How many processes run tests at the same time; auto: as fits"],
    ]

    compData = usage.Completions(
        optActions={"logfile": usage.CompleteFiles("*.log")},
    )

    def getSynopsis(self) -> str:
        """
        Return the first line of the help text.
        """
        return f"{_program()} [options] [[file|package|module|TestCase|testmethod]...]"

    def opt_jobs(self, number: str) -> None:
        """
        How many processes run tests at the same time; 'auto': one for each
        processor.
        """
        if number == "auto":
            self["jobs"] = _autoJobs()
            return
        try:
            jobs = int(number)
        except ValueError:
            raise usage.UsageError(f"Expecting integer argument to jobs, got '{number}'")
        if jobs < 1:
            raise usage.UsageError("Argument to jobs must be a strictly positive integer or 'auto'")
        self["jobs"] = jobs

    def postOptions(self) -> None:
        """
        See that the options go together.

        @raise usage.UsageError: they do not.
        """
        super().postOptions()
        if self["jobs"]:
            for name in _NOT_WITH_JOBS:
                if self[name]:
                    raise usage.UsageError(f"You can't specify --{name} when using --jobs")


def _initialDebugSetup(config: Options) -> None:
    """
    Do what has to be done for debugging before anything is imported.
    """
    if config["debug"] and not config["nopm"]:
        failure.startDebugMode()
    if config["debug-stacktraces"]:
        defer.setDebugging(True)


def _getLoader(config: Options) -> runner.TestLoader:
    """
    Make a loader that loads in the order which is asked for.
    """
    loader = runner.TestLoader()
    if config["random"] is not None:
        print(f"Running tests shuffled with seed {config['random']}\n")
        loader.sorter = shuffled(config["random"])
    elif config["order"] is not None:
        _, loader.sorter = _runOrders[config["order"]]
    # Tests that are run once need not be kept until all have been.
    kept = config["until-failure"]
    loader.suiteFactory = runner.TestSuite if kept else runner.DestructiveTestSuite
    return loader


def _getSuite(config: Options) -> Any:
    """
    Load the tests that are asked for.
    """
    return _getLoader(config).loadByNames(config["tests"], recurse=not config["no-recurse"])


def _getDebugger(config: Options) -> Any:
    """
    Return what has a method C{runcall}.

    @raise _DebuggerNotFound: there is no such thing.
    """
    name = config["debugger"]
    if name == "pdb":
        from pdb import Pdb  # late: since Python 3.14 it imports asyncio

        return Pdb()  # now, since it reads a file in the working directory
    try:
        return reflect.namedAny(name)
    except reflect.ModuleNotFound:
        raise _DebuggerNotFound(f"{name!r} debugger could not be found.")


def _makeRunner(config: Options) -> Any:
    """
    Make what runs tests as it is asked for.

    @raise _DebuggerNotFound: the debugger is not there.
    """
    common = {
        "reporterFactory": config["reporter"],
        "tracebackFormat": config["tbformat"],
        "realTimeErrors": config["rterrors"],
        "uncleanWarnings": config["unclean-warnings"],
        "logfile": config["logfile"],
        "workingDirectory": config["temp-directory"],
        "exitFirst": config["exitfirst"],
    }
    if config["jobs"] and not config["dry-run"]:
        # It needs AMP, which takes its time to load.
        from twisted.trial._dist.disttrial import DistTrialRunner

        return DistTrialRunner(
            maxWorkers=config["jobs"], workerArguments=config._getWorkerArguments(), **common
        )
    if config["dry-run"]:
        common["mode"] = runner.TrialRunner.DRY_RUN
    elif config["debug"]:
        common["mode"] = runner.TrialRunner.DEBUG
        common["debugger"] = _getDebugger(config)
    return runner.TrialRunner(
        profile=bool(config["profile"]),
        forceGarbageCollection=bool(config["force-gc"]),
        **common,
    )


def _fail(problem: Exception) -> NoReturn:
    """Exit with a message, and status 1."""
    sys.exit(f"{_program()}: {problem}")


def run() -> NoReturn:
    """
    Be the C{trial} command.
    """
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    # Tests are found in the directory it is run from, as python -m does it;
    # where Python is told not to, so are we.
    if not sys.flags.safe_path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    config = Options()
    try:
        config.parseOptions()
    except usage.UsageError as problem:
        _fail(problem)
    _initialDebugSetup(config)
    try:
        testRunner = _makeRunner(config)
    except _DebuggerNotFound as problem:
        _fail(problem)
    suite = _getSuite(config)
    how = testRunner.runUntilFailure if config["until-failure"] else testRunner.run
    try:
        result = how(suite)
    except defer.CancelledError:
        _fail(Exception("interrupted"))
    config.writeCoverage()
    sys.exit(0 if result.wasSuccessful() else 1)
