"""The chat server's protocol, to be tested."""

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class ChatProtocol(LineReceiver):
    def __init__(self, factory: "ChatFactory") -> None:
        self.factory = factory
        self.name: bytes | None = None
        self.state = "REGISTER"

    def connectionMade(self) -> None:
        self.sendLine(b"What's your name?")

    def connectionLost(self, reason: object) -> None:  # type: ignore[override]
        if self.name in self.factory.users:
            del self.factory.users[self.name]
            self.broadcastMessage(b"%s has left the channel." % (self.name,))

    def lineReceived(self, line: bytes) -> None:
        if self.state == "REGISTER":
            self.handle_REGISTER(line)
        else:
            self.handle_CHAT(line)

    def handle_REGISTER(self, name: bytes) -> None:
        if name in self.factory.users:
            self.sendLine(b"Name taken, please choose another.")
            return
        self.sendLine(b"Welcome, %s!" % (name,))
        self.broadcastMessage(b"%s has joined the channel." % (name,))
        self.name = name
        self.factory.users[name] = self
        self.state = "CHAT"

    def handle_CHAT(self, message: bytes) -> None:
        self.broadcastMessage(b"<%s> %s" % (self.name, message))

    def broadcastMessage(self, message: bytes) -> None:
        for protocol in self.factory.users.values():
            if protocol is not self:
                protocol.sendLine(message)


class ChatFactory(Factory):
    def __init__(self) -> None:
        self.users: dict[bytes | None, ChatProtocol] = {}

    def buildProtocol(self, addr: IAddress | None) -> ChatProtocol:
        return ChatProtocol(self)
