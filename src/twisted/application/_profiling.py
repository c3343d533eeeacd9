"""
Running the reactor under a profiler: what C{twistd --profile} does.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any, NoReturn

from twisted.logger import Logger

_log = Logger()


class _BasicProfiler:
    """
    Runs the reactor under a profiler.

    @cvar module: the profiler's module; it is imported when it is used.
    @ivar profileOutput: the name of the file that the result goes to.
    @ivar saveStats: write what L{pstats} reads instead of a text.
    """

    module = ""

    def __init__(self, profileOutput: str, saveStats: Any) -> None:
        self.profileOutput = profileOutput
        self.saveStats = saveStats

    def run(self, reactor: Any) -> None:
        """
        Run the reactor to its end and write the result.

        @raise SystemExit: the profiler's module is not there.
        """
        try:
            profiler = import_module(self.module).Profile()
        except ImportError as error:
            self._reportImportError(self.module, error)
        profiler.runcall(reactor.run)
        if self.saveStats:
            profiler.dump_stats(self.profileOutput)
            return
        with open(self.profileOutput, "a") as file, redirect_stdout(file):
            profiler.print_stats()

    def _reportImportError(self, module: str, e: ImportError) -> NoReturn:
        message = (
            f"Failed to import module {module}: {e}\n"
            "Some distributions have it in a package of its own; install that, or do"
            " without --profile."
        )
        _log.error("{message}", message=message)
        sys.exit(message)


class ProfileRunner(_BasicProfiler):
    """
    Runs the reactor under L{profile}.
    """

    module = "profile"


class CProfileRunner(_BasicProfiler):
    """
    Runs the reactor under L{cProfile}.
    """

    module = "cProfile"


class AppProfiler:
    """
    Runs the reactor under the profiler that was asked for.

    @cvar profilers: by name.
    @ivar profiler: the name of the one in use.
    @ivar run: runs the reactor that it is called with.
    """

    profilers: dict[str, type[_BasicProfiler]] = {
        "profile": ProfileRunner,
        "cprofile": CProfileRunner,
    }

    def __init__(self, options: Any) -> None:
        """
        @param options: has C{profiler}, C{profile} and C{savestats}, or not.
        @raise SystemExit: there is no such profiler.
        """
        self.profiler = options.get("profiler", "cprofile").lower()
        kind = self.profilers.get(self.profiler)
        if kind is None:
            raise SystemExit(f"Unsupported profiler name: {self.profiler}")
        self.run = kind(options.get("profile"), options.get("savestats", False)).run
