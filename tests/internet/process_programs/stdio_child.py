"""
Connect a protocol to standard input and output, and write to standard error
what it is told.  The argument says what it does when it is connected.
"""

import sys

from zope.interface import implementer

from twisted.internet import reactor
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO

deed = sys.argv[1]


def say(what):
    sys.stderr.write(what + "\n")
    sys.stderr.flush()


class Child(Protocol):
    def connectionMade(self):
        if deed == "hello":
            self.transport.write(b"hello, ")
            self.transport.writeSequence([b"wo", b"rld"])
            self.transport.loseConnection()
        elif deed == "large":
            self.transport.write(b"x" * 1_000_000)
            self.transport.loseConnection()

    def dataReceived(self, data):
        self.transport.write(data.upper())

    def connectionLost(self, reason):
        say("lost " + reason.type.__name__)
        reactor.stop()


@implementer(IHalfCloseableProtocol)
class HalfChild(Child):
    def readConnectionLost(self):
        say("read lost")
        if deed == "raise":
            raise RuntimeError("deliberate")
        self.transport.write(b"bye")
        self.transport.loseConnection()

    def writeConnectionLost(self):
        say("write lost")


StandardIO((HalfChild if deed in ("half", "raise") else Child)())
reactor.run()
