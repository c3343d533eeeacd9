# Who is here, as an application: twistd -ny finger11.tac, and without -n as a daemon.
# Started by root, it opens its port and becomes user 1 then.
# FINGER_PORT, FINGER_UID and FINGER_GID in the environment stand in for 79, 1 and 1.
import os

from twisted.application import internet, service
from twisted.internet import defer, protocol
from twisted.protocols import basic


class FingerProtocol(basic.LineReceiver):
    def lineReceived(self, user):
        d = self.factory.getUser(user)

        def onError(err):
            return b"Internal error in server"

        d.addErrback(onError)

        def writeResponse(message):
            self.transport.write(message + b"\r\n")
            self.transport.loseConnection()

        d.addCallback(writeResponse)


class FingerFactory(protocol.ServerFactory):
    protocol = FingerProtocol

    def __init__(self, users):
        self.users = users

    def getUser(self, user):
        return defer.succeed(self.users.get(user, b"No such user"))


def number(name, default):
    return int(os.environ.get(name, default))


application = service.Application("finger", uid=number("FINGER_UID", 1), gid=number("FINGER_GID", 1))
factory = FingerFactory({b"moshez": b"Happy and well"})
internet.TCPServer(number("FINGER_PORT", 79), factory).setServiceParent(
    service.IServiceCollection(application)
)
