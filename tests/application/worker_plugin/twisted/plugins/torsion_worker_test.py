"""
C{twist workertest PORT}: tells each client who serves it.
"""

from __future__ import annotations

import os
from typing import Any

from zope.interface import implementer

from twisted.application.service import IServiceMaker
from twisted.application.strports import service
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.plugin import IPlugin
from twisted.protocols.basic import LineReceiver
from twisted.python.usage import Options

log = Logger()


class Teller(LineReceiver):
    """Says its process's number; does what it is told."""

    def connectionMade(self) -> None:
        self.sendLine(b"%d %d" % (os.getpid(), generation()))

    def lineReceived(self, line: bytes) -> None:
        if line == b"die":
            os._exit(3)
        if line == b"log":
            log.info("x" * 20_000 + "\n" + "y" * 20_000 + " end")
            self.sendLine(b"logged")


def generation() -> int:
    with open(os.environ["GENERATION"]) as file:
        return int(file.read())


class TellerOptions(Options):
    def parseArgs(self, port: str) -> None:
        self["port"] = port


@implementer(IServiceMaker, IPlugin)
class Maker:
    tapname = "workertest"
    description = "For tests of workers."
    options = TellerOptions

    def makeService(self, options: Any) -> Any:
        if generation() < 0:
            raise ValueError("it cannot be started")
        return service(
            f"tcp:{options['port']}:interface=127.0.0.1:reusePort=1", Factory.forProtocol(Teller)
        )


maker = Maker()
