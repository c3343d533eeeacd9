"""Makes the echo server a command: twistd -n echo --port 8000, from the project's directory."""

from typing import Any

from echo import EchoFactory
from zope.interface import implementer

from twisted.application import internet
from twisted.application.service import IServiceMaker
from twisted.plugin import IPlugin
from twisted.python import usage


class Options(usage.Options):
    optParameters = [["port", "p", 8000, "The port number to listen on.", usage.portCoerce]]


@implementer(IServiceMaker, IPlugin)
class EchoServiceMaker:
    tapname = "echo"
    description = "A TCP-based echo server."
    options = Options

    def makeService(self, options: Any) -> internet.TCPServer:  # type: ignore[valid-type]
        """Construct a TCPServer from a factory defined in echo.py."""
        return internet.TCPServer(options["port"], EchoFactory())


serviceMaker = EchoServiceMaker()
