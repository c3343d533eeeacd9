"""An echo server that logs to a file.  Usage: logging_echoserver.py [PORT [FILE]]"""

import sys

from twisted.internet import protocol, reactor
from twisted.python import log


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        log.msg(data.decode())
        self.transport.write(data)


class EchoFactory(protocol.Factory):
    def buildProtocol(self, addr: object) -> Echo:
        return Echo()


port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
with open(sys.argv[2] if len(sys.argv) > 2 else "echo.log", "w") as file:
    log.startLogging(file)
    reactor.listenTCP(port, EchoFactory())
    reactor.run()
