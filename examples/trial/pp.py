"""
A process protocol that takes the reactor as an argument, so that a test can
give it another clock.
"""

from twisted.internet import protocol
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure


class EchoProcessProtocol(protocol.ProcessProtocol):
    def __init__(self, reactor: IReactorTime) -> None:
        self.reactor = reactor

    def connectionMade(self) -> None:
        print("connectionMade called")
        self.reactor.callLater(10, self.terminateProcess)

    def terminateProcess(self) -> None:
        self.transport.signalProcess("TERM")

    def outReceived(self, data: bytes) -> None:
        print(f"outReceived called with {len(data)} bytes of data:\n{data!r}")

    def processEnded(self, reason: Failure) -> None:
        print(f"processEnded called with status {reason.value.exitCode}")
        print("All FDs are now closed, and the process has been reaped.")
