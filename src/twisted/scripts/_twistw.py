"""
What C{twistd} does on Windows, where there are no daemons of its kind.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted import copyright
from twisted.application import app, service


class ServerOptions(app.ServerOptions):
    """
    The options of C{twistd} on Windows.
    """

    synopsis = "Usage: twistd [options]"

    optFlags = [["nodaemon", "n", "Changes nothing: there are no daemons here."]]

    def opt_version(self) -> None:
        """
        Print version information and exit.
        """
        print(
            f"twistd (the Twisted Windows runner) {copyright.version}",
            copyright.copyright,
            sep="\n",
            file=self._stdout,
        )
        sys.exit()


class WindowsApplicationRunner(app.ApplicationRunner):
    """
    Runs an application in the foreground, as who we are.
    """

    def preApplication(self) -> None:
        """
        Remember the streams, which logging replaces.
        """
        self.oldstdout: Any = sys.stdout
        self.oldstderr: Any = sys.stderr

    def postApplication(self) -> None:
        """
        Start the application and run the reactor.
        """
        started: Any = service.IService(self.application)
        started.privilegedStartService()
        app.startApplication(self.application, not self.config["no_save"])
        self.startReactor(None, self.oldstdout, self.oldstderr)
