"""
The finger service of the tutorial, in the step that asks the real program:
each query is answered by what a command prints about the user.

Usage: finger11.py ENDPOINT COMMAND [ARGUMENT …]   (the user's name is added)
"""

import sys

from twisted.internet import defer, endpoints, protocol, reactor, utils
from twisted.protocols import basic


class FingerProtocol(basic.LineReceiver):
    factory: "FingerFactory"

    def lineReceived(self, user: bytes) -> None:
        d = self.factory.getUser(user)

        def onError(reason: object) -> bytes:
            return b"Internal error in server"

        d.addErrback(onError)

        def writeResponse(message: bytes) -> None:
            self.transport.write(message + b"\r\n")
            self.transport.loseConnection()

        d.addCallback(writeResponse)


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol

    def __init__(self, command: list[str]) -> None:
        self.command = command

    def getUser(self, user: bytes) -> "defer.Deferred[bytes]":
        program, *words = self.command
        return utils.getProcessOutput(program, [*words, user.decode()], env=None)


fingerEndpoint = endpoints.serverFromString(reactor, sys.argv[1])
listening = fingerEndpoint.listen(FingerFactory(sys.argv[2:]))
listening.addCallback(lambda port: print("listening on", port.getHost().port, flush=True))
reactor.run()
