"""
The writing half of asyncio's stream transports, and their end.
"""

from __future__ import annotations

import socket
import sys
from asyncio import transports
from asyncio.log import logger
from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import Any

#: From so many writes to a connection that is lost on, each is complained of.
_PATIENCE = 5

#: Newer servers keep count of their transports, older ones of their number.
KNOWS_TRANSPORTS = sys.version_info >= (3, 13)

# To the checker this is Any: it is not in what is known of asyncio.
_FlowControl: Any = transports._FlowControlMixin  # type: ignore[attr-defined]


class WritingTransport(_FlowControl):  # type: ignore[misc]
    """
    What a transport does to send, and to close.

    @ivar _stream: the reactor's side of it, which has the queue.
    @ivar _writing: what those run in that hear of what is sent.
    @ivar _conn_lost: C{connection_lost} has been or is to be called; how often
        something was written in spite of that.
    @ivar _barred: C{write} is to look twice.
    @ivar _empty_waiter: a future for when everything is sent, while a file is being
        sent.
    """

    _loop: Any
    _protocol: Any
    _stream: Any
    _context: Any = None
    _writing: Any = None
    _sock: Any = None
    _server: Any = None
    _empty_waiter: Any = None
    _conn_lost = 0
    _closing = False
    _eof = False
    _barred = False

    # -- writing --------------------------------------------------------------------

    def write(self, data: Any) -> None:
        """
        Send *data*, a bytes-like object.

        @raise TypeError: it is none.
        @raise RuntimeError: C{write_eof} was called, or a file is being sent.
        """
        if type(data) is not bytes:
            data = _asBytes(data)
        if self._barred and self._bars(data):
            return
        stream = self._stream
        stream.write(data)
        if stream._queued > self._high_water:
            self._overfull()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Send several pieces."""
        pieces = [each if type(each) is bytes else _asBytes(each) for each in list_of_data]
        if self._barred and self._bars(any(pieces)):
            return
        stream = self._stream
        stream.writeSequence(pieces)
        if stream._queued > self._high_water:
            self._overfull()

    def _bars(self, data: object) -> bool:
        """Tell whether *data* comes to nothing, if it is no error to write it."""
        if self._eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._empty_waiter is not None:
            raise RuntimeError("unable to write; sendfile is in progress")
        if data and self._conn_lost:
            if self._conn_lost >= _PATIENCE:
                logger.warning("socket.send() raised exception.")
            self._conn_lost += 1
        return bool(self._conn_lost)

    def _overfull(self) -> None:
        """More waits than is to wait: is it that the kernel takes no more?"""
        self._sendNow()
        if self._stream._queued > self._high_water:
            self._watch()
            self._maybe_pause_protocol()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """
        Have the protocol paused when more than *high* bytes wait, and go on when
        no more than *low* do.

        @raise ValueError: *low* is more than *high*, or negative.
        """
        self._set_write_buffer_limits(high, low)
        if self._stream._queued > self._high_water:
            self._overfull()

    def _watch(self) -> None:
        """Have C{_sentSome} called for all that is sent."""
        self._writing = copy_context()
        self._stream._watched = True

    def _sendNow(self) -> None:
        """Offer the kernel what waits, if it has not refused already."""
        stream = self._stream
        if stream._queued and not stream._blocked and stream.doWrite() is not None:
            self._fatal_error(stream._whatKernelSays(), "Fatal write error on socket transport")

    def _sentSome(self) -> None:
        """
        The kernel has taken something: see what waited for it.
        """
        stream = self._stream
        if self._conn_lost:
            return
        self._maybe_resume_protocol()
        if stream._queued or self._conn_lost:
            return
        stream._watched = False
        if self._empty_waiter is not None and not self._empty_waiter.done():
            self._empty_waiter.set_result(None)
        if self._closing:
            self._conn_lost += 1
            self._barred = True
            self._loop.call_soon(self._call_connection_lost, None)
        elif self._eof:
            self._sock.shutdown(socket.SHUT_WR)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the kernel has not taken yet."""
        self._sendNow()
        size: int = self._stream._queued
        return size

    def can_write_eof(self) -> bool:
        """Return true."""
        return True

    def write_eof(self) -> None:
        """Close the sending half when everything is sent."""
        if self._closing or self._eof:
            return
        self._eof = self._barred = True
        self._sendNow()
        if self._conn_lost:
            return
        if self._stream._queued:
            self._watch()
        else:
            self._sock.shutdown(socket.SHUT_WR)

    def _make_empty_waiter(self) -> Any:
        """Return a future for when everything is sent; nothing may be written then."""
        if self._empty_waiter is not None:
            raise RuntimeError("Empty waiter is already set")
        self._empty_waiter = waiter = self._loop.create_future()
        self._barred = True
        if not self.get_write_buffer_size():
            waiter.set_result(None)
        else:
            self._watch()
        return waiter

    def _reset_empty_waiter(self) -> None:
        self._empty_waiter = None
        self._barred = bool(self._eof or self._conn_lost)

    # -- the end ----------------------------------------------------------------------

    def is_closing(self) -> bool:
        """Tell whether it is closed, or is to be."""
        return self._closing

    def close(self) -> None:
        """Close when everything is sent."""
        if self._closing:
            return
        self._sendNow()
        if self._conn_lost:
            return
        self._closing = True
        self._stream.stopReading()
        if self._stream._queued:
            self._watch()
        else:
            self._conn_lost += 1
            self._barred = True
            self._loop.call_soon(self._call_connection_lost, None)

    def abort(self) -> None:
        """Close now."""
        self._force_close(None)

    def _refused(self, problem: OSError) -> None:
        """It is over, says the kernel."""
        stream = self._stream
        doing = "write" if stream._queued else "read"
        self._tell(problem, f"Fatal {doing} error on socket transport")

    def _fatal_error(self, problem: BaseException, message: str) -> None:
        if isinstance(problem, OSError):
            if self._loop.get_debug():
                logger.debug("%r: %s", self, message, exc_info=True)
        else:
            self._loop.call_exception_handler(
                {
                    "message": message,
                    "exception": problem,
                    "transport": self,
                    "protocol": self._protocol,
                }
            )
        self._force_close(problem)

    def _force_close(self, problem: BaseException | None) -> None:
        if self._conn_lost:
            return
        stream = self._stream
        self._closing = self._barred = True
        self._conn_lost += 1
        stream._aborting = True
        stream._discardQueue()
        self._letGo()
        if self._empty_waiter is not None and not self._empty_waiter.done():
            self._empty_waiter.set_exception(
                problem or ConnectionError("Connection is closed by peer")
            )
        self._loop.call_soon(self._call_connection_lost, problem)

    def _call_connection_lost(self, problem: BaseException | None) -> None:
        stream = self._stream
        try:
            self._protocol.connection_lost(problem)
        finally:
            self._letGo()
            stream.connected, stream.disconnected = 0, 1
            stream._closeSocket(True, False)
            stream.transport = stream.protocol = stream._fill = None
            self._sock = self._protocol = self._context = self._writing = self._loop = None
            server, self._server = self._server, None
            if server is not None:
                tell(server._detach, self)


def _asBytes(data: Any) -> bytes:
    """
    @raise TypeError: *data* is not like bytes.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
    return bytes(data)


def tell(method: Callable[..., Any], transport: WritingTransport) -> None:
    """Tell a server, by *method*, of *transport*."""
    if KNOWS_TRANSPORTS:
        method(transport)
    else:
        method()


__all__ = ["KNOWS_TRANSPORTS", "WritingTransport", "tell"]
