"""
L{Twist}: the C{twist} command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from twisted.application.app import _exitWithSignal
from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.runner._runner import Runner
from twisted.application.service import Application, IService
from twisted.application.twist._options import TwistOptions
from twisted.internet.interfaces import _ISupportsExitSignalCapturing
from twisted.python.usage import UsageError


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
        made = plugin.makeService(options)
        application = Application(plugin.tapname)
        made.setServiceParent(application)
        return IService(application)

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
        reactor = twistOptions["reactor"]
        runner = Runner(
            reactor=reactor,
            defaultLogLevel=twistOptions["logLevel"],
            logFile=twistOptions["logFile"],
            fileLogObserverFactory=twistOptions["fileLogObserverFactory"],
        )
        runner.run()
        if _ISupportsExitSignalCapturing.providedBy(reactor) and reactor._exitSignal is not None:
            _exitWithSignal(reactor._exitSignal)

    @classmethod
    def main(cls, argv: Sequence[str] = sys.argv) -> None:
        """
        Be the C{twist} command.

        @param argv: the words of its command line, the program's name first.
        """
        options = cls.options(argv)
        reactor = options["reactor"]
        # There is one, or parsing would have failed.
        command = str(options.subCommand)
        try:
            service = cls.service(plugin=options.plugins[command], options=options.subOptions)
            cls.startService(reactor, service)
        except Exception as error:
            exit(ExitStatus.EX_UNAVAILABLE, f"{command}: {type(error).__name__}: {error}")
        cls.run(options)
