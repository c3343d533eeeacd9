"""The echo protocol, to be tested."""

from twisted.internet import protocol
from twisted.internet.interfaces import IAddress


class Echo(protocol.Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class EchoFactory(protocol.Factory):
    def buildProtocol(self, addr: IAddress | None) -> Echo:
        return Echo()
