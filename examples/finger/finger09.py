"""
Each query is answered by what a program prints about the user.

Usage: finger09.py [PORT [COMMAND [ARGUMENT …]]]   (else the system's finger)
"""

import sys

from twisted.internet import defer, protocol, reactor, utils
from twisted.protocols import basic

COMMAND, *ARGUMENTS = sys.argv[2:] or ["finger"]


class FingerProtocol(basic.LineReceiver):
    factory: "FingerFactory"

    def lineReceived(self, user: bytes) -> None:
        d = self.factory.getUser(user)

        def onError(err: object) -> bytes:
            return b"Internal error in server"

        d.addErrback(onError)

        def writeResponse(message: bytes) -> None:
            self.transport.write(message + b"\r\n")
            self.transport.loseConnection()

        d.addCallback(writeResponse)


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol

    def getUser(self, user: bytes) -> "defer.Deferred[bytes]":
        return utils.getProcessOutput(COMMAND, [*ARGUMENTS, user])


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 1079, FingerFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
