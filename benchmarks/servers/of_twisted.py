"""
A server on the public API; prints its port.  Usage: of_twisted.py KIND
"""

import sys
from typing import Any

from twisted.internet import protocol
from twisted.internet import reactor as _reactor
from twisted.protocols import basic

reactor: Any = _reactor


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Lines(basic.LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line)


class Greeting(protocol.Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"!")
        self.transport.loseConnection()


class Datagrams(protocol.DatagramProtocol):
    def datagramReceived(self, datagram: bytes, addr: object) -> None:
        self.transport.write(datagram, addr)


STREAMS = {"echo": Echo, "lines": Lines, "churn": Greeting}

if sys.argv[1] == "udp":
    port = reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
else:
    factory = protocol.ServerFactory.forProtocol(STREAMS[sys.argv[1]])
    factory.noisy = False
    port = reactor.listenTCP(0, factory, backlog=512, interface="127.0.0.1")
print(port.getHost().port, flush=True)
reactor.run()
