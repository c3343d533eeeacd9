"""A port that accepts connections and does nothing with them.  Usage: finger02.py [PORT]"""

import sys

from twisted.internet import protocol, reactor


class FingerProtocol(protocol.Protocol):
    pass


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 1079, FingerFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
