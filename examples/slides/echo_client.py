"""Its client, which runs until it is interrupted.  Usage: echo_client.py [HOST [PORT]]"""

import sys

from twisted.internet import protocol, reactor

HOST = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
PORT = int(sys.argv[2]) if len(sys.argv) > 2 else 8000


class EchoClient(protocol.Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"Hello, world!")

    def dataReceived(self, data: bytes) -> None:
        print(data, flush=True)
        self.transport.loseConnection()


class EchoClientFactory(protocol.ClientFactory):
    def buildProtocol(self, addr: object) -> EchoClient:
        return EchoClient()


reactor.connectTCP(HOST, PORT, EchoClientFactory())
reactor.run()
