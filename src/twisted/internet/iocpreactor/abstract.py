"""
What the transports on completion ports share.
"""

from __future__ import annotations

from typing import Any

# WSAEINVAL: what registering says of a socket that is registered.
KNOWN_ALREADY = 10022


class FileHandle:
    """
    A transport whose operations are begun, and reported when they are over.

    @ivar socket: the socket, or L{None} when it is closed.
    @ivar _registered: the number of the socket that the reactor's port knows.
    """

    reactor: Any
    socket: Any = None
    _registered = -1

    def getFileHandle(self) -> int:
        """Return the socket's number, -1 when it is closed."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def _register(self, datagrams: bool = False) -> None:
        """Let operations be begun on the socket."""
        fd = self.getFileHandle()
        try:
            self.reactor._proactor.register(fd, datagrams)
        except OSError as problem:
            # A socket that was adopted is a duplicate, known by its original.
            if problem.errno != KNOWN_ALREADY:
                raise
        self._registered = fd

    def _cancelAll(self) -> None:
        """The socket is about to be closed: cancel what is pending on it."""
        fd = self.getFileHandle()
        if fd != -1 and self._registered == fd:
            self._registered = -1
            self.reactor._proactor.cancelAll(fd)
