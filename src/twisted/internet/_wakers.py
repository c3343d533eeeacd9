"""
What ends a reactor's wait: from another thread, or from a signal.

Both are descriptors that become readable.  For threads that is an eventfd
where there is one.  A signal needs a pipe, because what the interpreter writes
to a wakeup descriptor is a single byte, which an eventfd does not take.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IReadDescriptor

_DRAIN = 65536


@implementer(IReadDescriptor)
class _Readable:
    """A descriptor of the reactor's own, which is drained whenever it is readable."""

    disconnected: Any = 0
    _fd = -1

    def __init__(self, reactor: Any = None) -> None:
        """
        @param reactor: whose wait it ends; only kept.
        """
        self.reactor = reactor
        self._open()

    def _open(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError

    def fileno(self) -> int:
        """Return the descriptor to wait for, -1 when it is closed."""
        return self._fd

    def logPrefix(self) -> str:
        """Return C{"-"}: it belongs to no application."""
        return "-"

    def doRead(self) -> None:
        """Take out what was written."""
        raise NotImplementedError

    def connectionLost(self, reason: Any) -> None:
        """Close, once; C{wakeUp} does nothing from then on."""
        if not self.disconnected:
            self.disconnected = 1
            self._fd = -1
            self._close()


class EventWaker(_Readable):
    """Ends the wait through an eventfd (Linux): one descriptor, one counter."""

    # A thread that hands calls over in a burst needs one system call, not one
    # for each: the loop looks at all calls after it has seen this descriptor.
    _rung = False

    def _open(self) -> None:
        self._fd = self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def _close(self) -> None:
        event, self._event = self._event, -1
        os.close(event)

    def doRead(self) -> None:
        """Take out what was written."""
        # First, because what is rung after the read must not be lost.
        try:
            os.eventfd_read(self._event)
        except OSError:
            pass  # empty, or closed by now
        self._rung = False

    def wakeUp(self) -> None:
        """End the wait; from any thread.  It never blocks and never fails."""
        if self._rung or self._event < 0:
            return
        self._rung = True
        try:
            os.eventfd_write(self._event, 1)
        except OSError:
            self._rung = False


class SocketWaker(_Readable):
    """Ends the wait through a pair of sockets; works everywhere."""

    def _open(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._fd = self._reader.fileno()

    def _close(self) -> None:
        self._reader.close()
        self._writer.close()

    def writerFileno(self) -> int:
        """Return the descriptor that a byte is to be written to, -1 if closed."""
        return self._writer.fileno()

    def doRead(self) -> None:
        """Take out what was written."""
        try:
            self._reader.recv(_DRAIN)
        except OSError:
            pass  # empty, or closed by now

    def wakeUp(self) -> None:
        """End the wait; from any thread.  It never blocks and never fails."""
        try:
            self._writer.send(b"!")
        except OSError:
            pass  # full, so it will be seen; or closed


Waker: type[EventWaker] | type[SocketWaker] = (
    EventWaker if hasattr(os, "eventfd") else SocketWaker
)

__all__ = ["EventWaker", "SocketWaker", "Waker"]
