"""Each connection is dropped as soon as it is made.  Usage: finger03.py [PORT]"""

import sys

from twisted.internet import protocol, reactor


class FingerProtocol(protocol.Protocol):
    def connectionMade(self) -> None:
        self.transport.loseConnection()


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 1079, FingerFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
