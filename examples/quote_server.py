"""Gives a quote and takes another in exchange.  Usage: quote_server.py [PORT]"""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol


class QuoteProtocol(Protocol):
    def __init__(self, factory: "QuoteFactory") -> None:
        self.factory = factory

    def connectionMade(self) -> None:
        self.factory.numConnections += 1

    def dataReceived(self, data: bytes) -> None:
        print(f"Number of active connections: {self.factory.numConnections}", flush=True)
        print(f"> Received: '{data.decode()}'\n> Sending: '{self.getQuote().decode()}'", flush=True)
        self.transport.write(self.getQuote())
        self.updateQuote(data)

    def connectionLost(self, reason: object) -> None:  # type: ignore[override]
        self.factory.numConnections -= 1

    def getQuote(self) -> bytes:
        return self.factory.quote

    def updateQuote(self, quote: bytes) -> None:
        self.factory.quote = quote


class QuoteFactory(Factory):
    numConnections = 0

    def __init__(self, quote: bytes | None = None) -> None:
        self.quote = quote or b"An apple a day keeps the doctor away"

    def buildProtocol(self, addr: object) -> QuoteProtocol:
        return QuoteProtocol(self)


port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8000, QuoteFactory())
print("listening on", port.getHost().port, flush=True)
reactor.run()
