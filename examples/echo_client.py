"""A client of the echo server.  Usage: echo_client.py [PORT]"""

import sys

from twisted.internet import protocol, reactor


class EchoClient(protocol.Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"Hello, world!")

    def dataReceived(self, data: bytes) -> None:
        print("Server said:", data.decode())
        self.transport.loseConnection()


class EchoFactory(protocol.ClientFactory):
    def buildProtocol(self, addr: object) -> EchoClient:
        return EchoClient()

    def clientConnectionFailed(self, connector: object, reason: object) -> None:
        print("Connection failed.")
        reactor.stop()

    def clientConnectionLost(self, connector: object, reason: object) -> None:
        print("Connection lost.")
        reactor.stop()


reactor.connectTCP("localhost", int(sys.argv[1]) if len(sys.argv) > 1 else 8000, EchoFactory())
reactor.run()
