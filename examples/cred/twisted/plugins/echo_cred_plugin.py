"""Makes it a command: twistd -n echo --auth memory:user:pass, and twistd echo --help-auth."""

from typing import Any

from echo_cred import EchoFactory, Realm
from zope.interface import implementer

from twisted.application import internet
from twisted.application.service import IServiceMaker
from twisted.cred import credentials, portal, strcred
from twisted.plugin import IPlugin
from twisted.python import usage


class Options(usage.Options, strcred.AuthOptionMixin):
    supportedInterfaces = (credentials.IUsernamePassword,)
    optParameters = [["port", "p", 8000, "The port number to listen on.", usage.portCoerce]]


@implementer(IServiceMaker, IPlugin)
class EchoServiceMaker:
    tapname = "echo"
    description = "A TCP-based echo server."
    options = Options

    def makeService(self, options: Any) -> internet.TCPServer:  # type: ignore[valid-type]
        """Construct a TCPServer from EchoFactory."""
        p = portal.Portal(Realm(), options["credCheckers"])
        return internet.TCPServer(options["port"], EchoFactory(p))


serviceMaker = EchoServiceMaker()
