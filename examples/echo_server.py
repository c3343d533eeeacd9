"""An echo server: what comes in goes out.  Usage: echo_server.py [PORT]"""

import sys

from twisted.internet import protocol, reactor


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class EchoFactory(protocol.Factory):
    def buildProtocol(self, addr: object) -> Echo:
        return Echo()


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8000, EchoFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
