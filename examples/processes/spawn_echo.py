"""
Runs the echo server as a child, shows what it says, and ends it with SIGTERM.

Usage: spawn_echo.py [SECONDS [COMMAND ARGUMENT …]]
"""

import os
import sys
from typing import Any

from twisted.internet import protocol, reactor

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 10


class EchoProcessProtocol(protocol.ProcessProtocol):
    def connectionMade(self) -> None:
        print("connectionMade called", flush=True)
        reactor.callLater(SECONDS, self.terminateProcess)

    def terminateProcess(self) -> None:
        self.transport.signalProcess("TERM")

    def outReceived(self, data: bytes) -> None:
        print(f"outReceived called with {len(data)} bytes of data:\n{data.decode()}", flush=True)

    def errReceived(self, data: bytes) -> None:
        print(f"errReceived called with {len(data)} bytes of data:\n{data.decode()}", flush=True)

    def inConnectionLost(self) -> None:
        print("inConnectionLost called, stdin closed.")

    def outConnectionLost(self) -> None:
        print("outConnectionLost called, stdout closed.")

    def errConnectionLost(self) -> None:
        print("errConnectionLost called, stderr closed.")

    def processExited(self, reason: Any) -> None:
        print(f"processExited called with status {reason.value.exitCode}")

    def processEnded(self, reason: Any) -> None:
        print(f"processEnded called with status {reason.value.exitCode}")
        print("All FDs are now closed, and the process has been reaped.", flush=True)
        reactor.stop()


commandAndArgs = sys.argv[2:] or ["twistd", "-ny", "echo_server.tac"]
reactor.spawnProcess(
    EchoProcessProtocol(), commandAndArgs[0], args=commandAndArgs, env=dict(os.environ)
)
reactor.run()
