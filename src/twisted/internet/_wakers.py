"""
Wakers: what ends a reactor's wait from another thread or a signal handler.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from zope.interface import implementer

from twisted.internet import abstract
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.main import CONNECTION_LOST
from twisted.python.runtime import platformType


@implementer(IReadDescriptor)
class _FDWaker(abstract._LogOwner):
    """
    A descriptor that becomes readable when C{wakeUp} is called.

    Any number of wakings before the reactor reads make one.
    """

    disconnected = 0
    i: Any = None
    o: Any = None

    def __init__(self, reactor: Any = None) -> None:
        self.reactor = reactor
        if platformType == "posix":
            # A pipe, and not an eventfd: signal.set_wakeup_fd writes bytes.
            read, write = os.pipe()
            os.set_blocking(read, False)
            os.set_blocking(write, False)
            self.i, self.o = read, write
        else:
            self.i, self.o = socket.socketpair()
            self.i.setblocking(False)
            self.o.setblocking(False)

    def fileno(self) -> int:
        """Return the number of the end that is read."""
        if self.i is None:
            return -1
        return self.i if isinstance(self.i, int) else int(self.i.fileno())

    def logPrefix(self) -> str:
        """Return C{"-"}."""
        return "-"

    def doRead(self) -> Any:
        """Take all that was written, so that the next wait lasts."""
        try:
            while True:
                data = os.read(self.i, 8192) if isinstance(self.i, int) else self.i.recv(8192)
                if len(data) < 8192:
                    break
        except OSError as problem:
            if problem.errno not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR):
                return CONNECTION_LOST
        return None

    def wakeUp(self) -> None:
        """
        End the wait that is on, or the next one.  Never blocks: when the pipe
        is full there is a waking in it already.
        """
        if self.o is None:
            return
        try:
            if isinstance(self.o, int):
                os.write(self.o, b"x")
            else:
                self.o.send(b"x")
        except OSError as problem:
            if problem.errno not in (
                errno.EAGAIN,
                errno.EWOULDBLOCK,
                errno.EPIPE,
                errno.EBADF,
            ):
                raise

    def connectionLost(self, reason: Any) -> None:
        """Close both ends."""
        for end in (self.i, self.o):
            if isinstance(end, int):
                try:
                    os.close(end)
                except OSError:
                    pass
            elif end is not None:
                end.close()
        self.i = self.o = None


class Waker(_FDWaker):
    """Ends the wait of the reactor that it was installed in."""
