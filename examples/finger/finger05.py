"""Every user is unknown, and the client is told.  Usage: finger05.py [PORT]"""

import sys

from twisted.internet import protocol, reactor
from twisted.protocols import basic


class FingerProtocol(basic.LineReceiver):
    def lineReceived(self, user: bytes) -> None:
        self.transport.write(b"No such user\r\n")
        self.transport.loseConnection()


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 1079, FingerFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
