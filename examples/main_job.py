"""
What `make run` shows: a chat server on a real socket, and the transcript of
two clients that talk over it.  With --stay the server goes on afterwards.
"""

import sys

from chat_server import ChatFactory

from twisted import _accel
from twisted.internet import defer, endpoints, reactor, task
from twisted.protocols.basic import LineReceiver


class Guest(LineReceiver):
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: defer.DeferredQueue[bytes] = defer.DeferredQueue()

    def lineReceived(self, line: bytes) -> None:
        print(f"  {self.name:>5} < {line.decode()}", flush=True)
        self.lines.put(line)

    def say(self, text: str) -> None:
        print(f"  {self.name:>5} > {text}", flush=True)
        self.sendLine(text.encode())


async def enter(port: int, name: str) -> Guest:
    endpoint = endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{port}")
    guest: Guest = await endpoints.connectProtocol(endpoint, Guest(name))
    await guest.lines.get()
    guest.say(name)
    await guest.lines.get()
    return guest


async def main(reactor: object) -> None:
    server = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    port = await server.listen(ChatFactory())
    number = port.getHost().port
    twins = ", ".join(f"{c.part} {'compiled' if c.compiled else 'pure'}" for c in _accel.report())
    print(f"chat server on 127.0.0.1:{number} ({type(reactor).__name__}; {twins})", flush=True)
    ada = await enter(number, "ada")
    bob = await enter(number, "bob")
    await ada.lines.get()
    ada.say("hello, bob")
    await bob.lines.get()
    bob.say("hello, ada")
    await ada.lines.get()
    bob.transport.loseConnection()
    await ada.lines.get()
    if "--stay" in sys.argv:
        print("the server stays; stop it with Ctrl-C", flush=True)
        await defer.Deferred()


task.react(lambda reactor: defer.ensureDeferred(main(reactor)))
