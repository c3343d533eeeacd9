"""The factory knows a user.  Usage: finger07.py [PORT]"""

import sys

from twisted.internet import protocol, reactor
from twisted.protocols import basic


class FingerProtocol(basic.LineReceiver):
    factory: "FingerFactory"

    def lineReceived(self, user: bytes) -> None:
        self.transport.write(self.factory.getUser(user) + b"\r\n")
        self.transport.loseConnection()


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol

    def __init__(self, users: dict[bytes, bytes]) -> None:
        self.users = users

    def getUser(self, user: bytes) -> bytes:
        return self.users.get(user, b"No such user")


port = reactor.listenTCP(
    int(sys.argv[1]) if len(sys.argv) > 1 else 1079, FingerFactory({b"moshez": b"Happy and well"})
)
print("listening on", port.getHost().port, flush=True)
reactor.run()
