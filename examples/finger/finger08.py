"""The factory may take its time: it answers with a Deferred.  Usage: finger08.py [PORT]"""

import sys

from twisted.internet import defer, protocol, reactor
from twisted.protocols import basic


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

    def __init__(self, users: dict[bytes, bytes]) -> None:
        self.users = users

    def getUser(self, user: bytes) -> "defer.Deferred[bytes]":
        return defer.succeed(self.users.get(user, b"No such user"))


port = reactor.listenTCP(
    int(sys.argv[1]) if len(sys.argv) > 1 else 1079, FingerFactory({b"moshez": b"Happy and well"})
)
print("listening on", port.getHost().port, flush=True)
reactor.run()
