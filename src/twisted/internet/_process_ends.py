"""
Our ends of the pipes that lead to a child and from it, as descriptors that the
reactor looks after.

Whoever makes one sees that its descriptor does not block;
L{twisted.internet.process} does.
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


class PipeEnd(abstract.FileDescriptor):
    """
    One end of a pipe; whoever made it is told of its end, and closes it.

    @ivar proc: is told C{childConnectionLost}.
    @ivar name: by which *proc* knows it.
    @ivar fd: our descriptor.
    @cvar isReader: which of the two ends it is.
    """

    connected: Any = 1
    isReader = False

    def __init__(self, reactor: Any, proc: Any, name: Any, fileno: int) -> None:
        super().__init__(reactor)
        self.proc = proc
        self.name = name
        self.fd = fileno

    def fileno(self) -> int:
        """Return the number of our end."""
        return self.fd

    def connectionLost(self, reason: Failure) -> None:
        """Be done with, once, and tell the process."""
        if not self.disconnected:
            super().connectionLost(reason)
            self.proc.childConnectionLost(self.name, reason)


class WritingEnd(PipeEnd):
    """
    What goes to one descriptor of a child, through a pipe.

    @ivar enableReadHack: being readable means that the other end is closed.
    """

    ic = 0
    enableReadHack = False

    def __init__(
        self, reactor: Any, proc: Any, name: Any, fileno: int, forceReadHack: bool = False
    ) -> None:
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

    def flushOnce(self) -> None:
        """Offer what is queued to the pipe once more, whatever becomes of it."""
        rest = bytes(self.dataBuffer[self.offset :]) + b"".join(self._tempDataBuffer)
        if rest:
            self.writeSomeData(rest)

    def doRead(self) -> Any:
        """The other end was closed; else there is nothing to be done."""
        if self.enableReadHack:
            return CONNECTION_LOST
        self.stopReading()
        return None


class ReadingEnd(PipeEnd):
    """
    What comes from one descriptor of a child, through a pipe.
    """

    connected: Any = True
    isReader = True

    def __init__(self, reactor: Any, proc: Any, name: Any, fileno: int) -> None:
        super().__init__(reactor, proc, name, fileno)
        self.startReading()

    def dataReceived(self, data: bytes) -> None:
        """Pass *data* on."""
        self.proc.childDataReceived(self.name, data)

    def loseConnection(self) -> None:
        """Read no more, and be done with in the next turn."""
        if self.disconnecting or not self.connected:
            return
        self.disconnecting = 1
        # Later: who asks for it may be in the middle of what has been read.
        self.reactor.callLater(0, self._closeOurEnd)
        self.stopReading()

    def _closeOurEnd(self) -> None:
        self.connectionLost(Failure(CONNECTION_DONE))

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


__all__ = ["ReadingEnd", "WritingEnd"]
