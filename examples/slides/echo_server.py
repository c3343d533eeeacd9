"""The echo server of one slide.  Usage: echo_server.py [PORT]"""

import sys

from twisted.internet import protocol, reactor


class EchoServer(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class EchoServerFactory(protocol.Factory):
    def buildProtocol(self, addr: object) -> EchoServer:
        return EchoServer()


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8000, EchoServerFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
