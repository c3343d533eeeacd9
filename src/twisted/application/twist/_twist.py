"""
L{Twist}: the C{twist} command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from twisted.application._systemd import Notifier, attachNotifier
from twisted.application.app import _exitWithSignal, applicationOf
from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.runner._runner import Runner
from twisted.application.service import IService
from twisted.application.twist._options import TwistOptions
from twisted.internet.interfaces import _ISupportsExitSignalCapturing
from twisted.python.usage import UsageError

#: Which option is what to the L{Runner}.
_FOR_THE_RUNNER = {
    "reactor": "reactor",
    "defaultLogLevel": "logLevel",
    "logFile": "logFile",
    "fileLogObserverFactory": "fileLogObserverFactory",
}


class Twist:
    """
    Runs the service of a plugin.
    """

    @staticmethod
    def options(argv: Sequence[str]) -> TwistOptions:
        """
        Parse a command line; leave with a message if it is wrong.

        @param argv: its words, the program's name first.
        """
        options = TwistOptions()
        try:
            options.parseOptions(argv[1:])
        except UsageError as error:
            exit(ExitStatus.EX_USAGE, f"Error: {error}\n\n{options}")
        return options

    @staticmethod
    def service(plugin: Any, options: Any) -> Any:
        """
        Make the application of a plugin's service.

        @param plugin: the L{IServiceMaker}.
        @param options: its parsed options.
        @return: the application's L{IService}.
        """
        return IService(applicationOf(plugin, options))

    @staticmethod
    def startService(reactor: Any, service: Any) -> None:
        """
        Start a service, and have it stopped before the reactor stops.
        """
        service.startService()
        reactor.addSystemEventTrigger("before", "shutdown", service.stopService)

    @staticmethod
    def run(twistOptions: TwistOptions) -> None:
        """
        Run the reactor to its end; if that was a signal, it is the process's, too.
        """
        Runner(**{what: twistOptions[key] for what, key in _FOR_THE_RUNNER.items()}).run()
        ended = twistOptions["reactor"]
        if not _ISupportsExitSignalCapturing.providedBy(ended):
            return
        if ended._exitSignal is not None:
            _exitWithSignal(ended._exitSignal)

    @classmethod
    def main(cls, argv: Sequence[str] = sys.argv) -> None:
        """
        Be the C{twist} command.

        @param argv: the words of its command line, the program's name first.
        """
        chosen = cls.options(argv)
        # There is one, or parsing would have failed.
        command = str(chosen.subCommand)
        try:
            made = cls._prepare(chosen, command)
        except Exception as error:
            exit(ExitStatus.EX_UNAVAILABLE, f"{command}: {type(error).__name__}: {error}")
        cls.run(chosen)
        if status := getattr(made, "exitStatus", ExitStatus.EX_OK):
            exit(status)

    @classmethod
    def _prepare(cls, chosen: TwistOptions, command: str) -> Any:
        """
        Start the service of a command, and have systemd told when all runs.

        @return: the service; with workers, what looks after them.
        """
        made = None
        if chosen["workers"]:
            # Late: few programs have workers.
            from twisted.application.twist import _workers

            made = _workers.arrange(chosen)
        if made is None:
            made = cls.service(chosen.plugins[command], chosen.subOptions)
        cls.startService(chosen["reactor"], made)
        attachNotifier(chosen["reactor"], Notifier.fromEnvironment())
        return made
