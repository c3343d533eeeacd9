"""
Trades three quotes over three connections at once, and stops when the last of
them is gone.  Usage: quote_client.py [PORT]
"""

import sys
from typing import Any

from twisted.internet import protocol, reactor

QUOTES = [b"You snooze you lose", b"The early bird gets the worm", b"Carpe diem"]


class QuoteProtocol(protocol.Protocol):
    def __init__(self, factory: "QuoteClientFactory") -> None:
        self.factory = factory

    def connectionMade(self) -> None:
        self.sendQuote()

    def sendQuote(self) -> None:
        self.transport.write(self.factory.quote)

    def dataReceived(self, data: bytes) -> None:
        print("Received quote:", data.decode())
        self.transport.loseConnection()


class QuoteClientFactory(protocol.ClientFactory):
    remaining = len(QUOTES)

    def __init__(self, quote: bytes) -> None:
        self.quote = quote

    def buildProtocol(self, addr: object) -> QuoteProtocol:
        return QuoteProtocol(self)

    def clientConnectionFailed(self, connector: object, reason: Any) -> None:
        print("connection failed:", reason.getErrorMessage())
        self.stopAfterTheLast()

    def clientConnectionLost(self, connector: object, reason: Any) -> None:
        print("connection lost:", reason.getErrorMessage())
        self.stopAfterTheLast()

    @classmethod
    def stopAfterTheLast(cls) -> None:
        cls.remaining -= 1
        if not cls.remaining:
            reactor.stop()


number = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
for quote in QUOTES:
    reactor.connectTCP("localhost", number, QuoteClientFactory(quote))
reactor.run()
