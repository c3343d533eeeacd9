"""Echoes what it receives."""

from twisted.internet import protocol


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class EchoFactory(protocol.Factory):
    def buildProtocol(self, addr: object) -> Echo:
        return Echo()
