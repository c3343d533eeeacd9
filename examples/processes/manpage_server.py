"""
Sends the manual page that a line asks for.

Usage: manpage_server.py [PORT [PROGRAM]]   (another program than man)
"""

import sys

from twisted.internet import protocol, reactor, utils
from twisted.protocols.basic import LineReceiver
from twisted.python import log

PROGRAM = sys.argv[2] if len(sys.argv) > 2 else "man"


class RunCommand(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        log.msg(f"Man pages requested for: {line.decode()}")
        commands = line.strip().split(b" ")
        output = utils.getProcessOutput(PROGRAM, commands, errortoo=True)
        output.addCallback(self.writeSuccessResponse)

    def writeSuccessResponse(self, result: bytes) -> None:
        self.transport.write(result)
        self.transport.loseConnection()


class RunCommandFactory(protocol.Factory):
    def buildProtocol(self, addr: object) -> RunCommand:
        return RunCommand()


log.startLogging(sys.stdout)
reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8000, RunCommandFactory())
reactor.run()
