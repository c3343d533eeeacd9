"""
The pipes between this process and a child, one descriptor each.
"""

from __future__ import annotations

import fcntl
import os
import stat
from typing import Any

from twisted.internet import abstract, fdesc
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.python.failure import Failure


def _isWriteOnlyPipe(fd: int) -> bool:
    """
    Tell whether *fd* is the writing end of a pipe.

    There is nothing to read from that; it is reported readable only when the
    other end is closed.  Of a terminal or a file that could not be said.
    """
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        return False
    return (fcntl.fcntl(fd, fcntl.F_GETFL, 0) & os.O_ACCMODE) == os.O_WRONLY


class _Pipe(abstract.FileDescriptor):
    """
    One end of a pipe; it is closed with the connection.

    @ivar proc: is told C{childConnectionLost}.
    @ivar name: by which *proc* knows it.
    @ivar fd: our descriptor.
    """

    connected: Any = 1

    def __init__(self, reactor: Any, proc: Any, name: Any, fileno: int) -> None:
        super().__init__(reactor)
        fdesc.setNonBlocking(fileno)
        self.proc = proc
        self.name = name
        self.fd = fileno

    def fileno(self) -> int:
        """Return the number of our end, -1 when it is closed."""
        return self.fd

    def connectionLost(self, reason: Failure) -> None:
        """Close, once, and tell the process."""
        if not self.disconnected:
            super().connectionLost(reason)
            fd, self.fd = self.fd, -1
            os.close(fd)
            self.proc.childConnectionLost(self.name, reason)


class ProcessWriter(_Pipe):
    """
    What goes to one descriptor of a child, through a pipe.

    @ivar enableReadHack: being readable means that the other end is closed.
    """

    ic = 0
    enableReadHack = False

    def __init__(
        self, reactor: Any, proc: Any, name: Any, fileno: int, forceReadHack: bool = False
    ) -> None:
        """
        @param reactor: the reactor to be registered with.
        @param proc: whose it is; is told C{childConnectionLost}.
        @param name: by which *proc* knows it, as the number in the child.
        @param fileno: the descriptor of ours to write to; is made non-blocking.
        @param forceReadHack: it is known to be the writing end of a pipe.
        """
        super().__init__(reactor, proc, name, fileno)
        self.enableReadHack = forceReadHack or _isWriteOnlyPipe(fileno)
        if self.enableReadHack:
            self.startReading()

    def writeSomeData(self, data: bytes) -> Any:
        """
        Write what the pipe takes.

        @return: the number of bytes, or C{CONNECTION_LOST}.
        """
        return fdesc.writeToFD(self.fd, data)

    def doRead(self) -> Any:
        """The other end was closed; else there is nothing to be done."""
        if self.enableReadHack:
            return CONNECTION_LOST
        self.stopReading()
        return None


class ProcessReader(_Pipe):
    """
    What comes from one descriptor of a child, through a pipe.
    """

    connected: Any = True

    def __init__(self, reactor: Any, proc: Any, name: Any, fileno: int) -> None:
        """
        @param reactor: the reactor to be registered with.
        @param proc: whose it is; is told C{childDataReceived} and
            C{childConnectionLost}.
        @param name: by which *proc* knows it, as the number in the child.
        @param fileno: the descriptor of ours to read; is made non-blocking.
        """
        super().__init__(reactor, proc, name, fileno)
        self.startReading()

    def writeSomeData(self, data: bytes) -> Any:
        """
        The reading end of a pipe cannot be written to.

        @return: C{CONNECTION_LOST}, always.
        """
        return CONNECTION_LOST

    def doRead(self) -> Any:
        """
        Read once.

        @return: L{None}, or C{CONNECTION_DONE} at the end, or
            C{CONNECTION_LOST}.
        """
        return fdesc.readFromFD(self.fd, self.dataReceived)

    def dataReceived(self, data: bytes) -> None:
        """Pass *data* on."""
        self.proc.childDataReceived(self.name, data)

    def loseConnection(self, *ignored: Any) -> None:
        """Read no more, and be done with in the next turn."""
        if self.connected and not self.disconnecting:
            self.disconnecting = 1
            self.stopReading()
            self.reactor.callLater(0, self.connectionLost, Failure(CONNECTION_DONE))


__all__ = ["ProcessReader", "ProcessWriter"]
