"""A chat server: lines, names, and a state.  Usage: chat_server.py [PORT]"""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class ChatProtocol(LineReceiver):
    def __init__(self, factory: "ChatFactory") -> None:
        self.factory = factory
        self.name: str | None = None
        self.state = "REGISTER"

    def connectionMade(self) -> None:
        self.sendLine(b"What's your name?")

    def connectionLost(self, reason: object) -> None:  # type: ignore[override]
        if self.name in self.factory.users:
            del self.factory.users[self.name]
            self.broadcast(f"{self.name} has left the channel.")

    def lineReceived(self, line: bytes) -> None:
        if self.state == "REGISTER":
            self.register(line.decode())
        else:
            self.broadcast(f"<{self.name}> {line.decode()}")

    def register(self, name: str) -> None:
        if name in self.factory.users:
            self.sendLine(b"Name taken, please choose another.")
            return
        self.sendLine(f"Welcome, {name}!".encode())
        self.broadcast(f"{name} has joined the channel.")
        self.name = name
        self.factory.users[name] = self
        self.state = "CHAT"

    def broadcast(self, message: str) -> None:
        for protocol in self.factory.users.values():
            if protocol is not self:
                protocol.sendLine(message.encode())


class ChatFactory(Factory):
    def __init__(self) -> None:
        self.users: dict[str | None, ChatProtocol] = {}

    def buildProtocol(self, addr: object) -> ChatProtocol:
        return ChatProtocol(self)


if __name__ == "__main__":
    port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8000, ChatFactory())
    print("listening on", port.getHost().port, flush=True)
    reactor.run()
