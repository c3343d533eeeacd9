"""
Stream transports of asyncio's, on the reactor's own streams.

What arrives goes from the reactor's loop to the protocol's C{data_received}; what
is written is collected, and sent when the callback that wrote it has returned, or
sooner if somebody wants to know how much of it waits.  To a protocol all is as
L{asyncio}'s own transport has it: the order of its callbacks, which contexts they
run in, what comes of what they raise.
"""

from __future__ import annotations

import socket
import warnings
from asyncio import BufferedProtocol, constants, trsock
from asyncio.log import logger
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from twisted.internet import main
from twisted.internet._asynciowire import ESCAPING, Receiver, Wire
from twisted.internet._asynciowriting import KNOWS_TRANSPORTS, WritingTransport, tell
from twisted.internet._socket_options import NO_DELAY


class StreamTransport(WritingTransport):
    """
    A connected stream socket, as asyncio sees it.

    @ivar _stream: the reactor's side of it, which has the queue.
    @ivar _context: what the protocol's methods run in that the reactor calls,
        from the moment when reading begins.
    """

    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE

    def __init__(
        self,
        loop: Any,
        sock: Any,
        protocol: Any,
        waiter: Any = None,
        extra: dict[str, Any] | None = None,
        server: Any = None,
    ) -> None:
        """
        @param loop: the L{TorsionEventLoop}.
        @param sock: a connected, non-blocking socket.
        @param protocol: its C{connection_made} is called in the next turn.
        @param waiter: a future for when that is done.
        @param extra: what C{get_extra_info} is to tell besides.
        @param server: the C{asyncio.Server} that has accepted it.
        """
        super().__init__(extra, loop)
        self._extra["socket"] = trsock.TransportSocket(sock)
        self._extra["sockname"] = _nameBy(sock.getsockname)
        if "peername" not in self._extra:
            self._extra["peername"] = _nameBy(sock.getpeername)
        self._sock = sock
        self._sock_fd = sock.fileno()
        self._paused = False
        self._stream = Wire(loop.reactor, sock, self)
        self.set_protocol(protocol)
        self._server = server
        if server is not None:
            tell(server._attach, self)
        loop._transports[self._sock_fd] = self
        if sock.proto == socket.IPPROTO_TCP:
            NO_DELAY.turn(sock, True)
        loop.call_soon(protocol.connection_made, self)
        loop.call_soon(self._beginReading)
        if waiter is not None:
            loop.call_soon(_fulfil, waiter)

    def __repr__(self) -> str:
        stream = self._stream
        info = [type(self).__name__]
        if self._sock is None:
            info.append("closed")
        elif self._closing:
            info.append("closing")
        info.append(f"fd={self._sock_fd}")
        if self._loop is not None and not self._loop.is_closed():
            reading = self._context is not None and self.is_reading()
            info.append(f"read={'polling' if reading else 'idle'}")
            state = "polling" if stream._blocked else "idle"
            info.append(f"write=<{state}, bufsize={stream._queued}>")
        return f"<{' '.join(info)}>"

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if self._sock is not None:
            _warn(f"unclosed transport {self!r}", ResourceWarning, source=self)
            self._sock.close()
            if self._server is not None and KNOWS_TRANSPORTS:
                self._server._detach(self)

    # -- the protocol -----------------------------------------------------------

    def set_protocol(self, protocol: Any) -> None:
        """Give what arrives from now on to *protocol*."""
        self._protocol = protocol
        if self._context is not None:
            self._bind(self._context)

    def get_protocol(self) -> Any:
        """Return the protocol."""
        return self._protocol

    def _bind(self, context: Context) -> None:
        """Have the stream call the protocol in *context*."""
        stream, protocol = self._stream, self._protocol
        self._context = context
        stream._fills = isinstance(protocol, BufferedProtocol)
        if stream._fills:
            stream._fill = partial(context.run, self._fill)
            return
        receive: Any = getattr(protocol, "data_received", None)
        if receive is None:
            # It is an error when something arrives, and not before.
            receive = self._receiveLate
        if self._loop.get_debug():
            receive = partial(self._receiveTimed, receive)
        stream.protocol = Receiver(partial(context.run, receive))

    def _receiveLate(self, data: bytes) -> None:
        self._protocol.data_received(data)

    def _receiveTimed(self, receive: Callable[[bytes], Any], data: bytes) -> None:
        """As the loop does in debug mode with what it calls itself."""
        loop = self._loop
        begin = loop.time()
        receive(data)
        taken = loop.time() - begin
        if taken >= loop.slow_callback_duration:
            logger.warning("Executing %r took %.3f seconds", receive, taken)

    def _failed(self, name: str, problem: BaseException) -> None:
        """A method of the protocol has raised."""
        self._tell(problem, f"Fatal error: protocol.{name}() call failed.")

    def _tell(self, problem: BaseException, message: str) -> None:
        """As C{_fatal_error}, where the reactor has called us."""
        if self._context is None:
            self._fatal_error(problem, message)
        else:
            self._context.copy().run(self._fatal_error, problem, message)

    # -- reading ------------------------------------------------------------------

    def _beginReading(self) -> None:
        if self.is_reading():
            self._bind(copy_context())
            self._stream.startReading()

    def _watchAgain(self) -> None:
        """The reactor has let go of the stream; but it is to go on."""
        stream = self._stream
        if self._context is not None and self.is_reading():
            stream.startReading()
        if stream._blocked:
            stream._awaitWritability()

    def _letGo(self) -> None:
        """The reactor is to know nothing of it any longer."""
        self._stream.stopReading()
        self._stream.stopWriting()

    def is_reading(self) -> bool:
        """Tell whether the protocol is given what arrives."""
        return not self._closing and not self._paused

    def pause_reading(self) -> None:
        """Leave what arrives with the kernel."""
        if not self.is_reading():
            return
        self._paused = True
        self._stream.stopReading()
        if self._loop.get_debug():
            logger.debug("%r pauses reading", self)

    def resume_reading(self) -> None:
        """Give the protocol what arrives, again."""
        if self._closing or not self._paused:
            return
        self._paused = False
        self._beginReading()
        if self._loop.get_debug():
            logger.debug("%r resumes reading", self)

    def _fill(self) -> Any:
        """
        Read into the protocol's buffer.

        @return: L{None}, or that the peer has finished.
        """
        protocol = self._protocol
        if self._conn_lost:
            return None
        name = "get_buffer"
        try:
            buffer = protocol.get_buffer(-1)
            if not len(buffer):
                raise RuntimeError("get_buffer() returned an empty buffer")
            name = ""
            count = self._sock.recv_into(buffer)
            if not count:
                return main.CONNECTION_DONE
            name = "buffer_updated"
            protocol.buffer_updated(count)
        except ESCAPING:
            raise
        except BaseException as problem:
            if name:
                self._fatal_error(problem, f"Fatal error: protocol.{name}() call failed.")
            elif not isinstance(problem, (BlockingIOError, InterruptedError)):
                self._fatal_error(problem, "Fatal read error on socket transport")
        return None

    def _finished(self) -> None:
        """The peer has finished sending, and the reactor reads no more."""
        if self._conn_lost:
            return
        if self._loop.get_debug():
            logger.debug("%r received EOF", self)
        assert self._context is not None
        try:
            if not self._context.run(self._protocol.eof_received):
                self._context.run(self.close)
        except ESCAPING as problem:
            self._loop._escaped(problem)
        except BaseException as problem:
            self._failed("eof_received", problem)


def _nameBy(method: Callable[[], Any]) -> Any:
    try:
        return method()
    except OSError:
        return None


def _fulfil(waiter: Any) -> None:
    if not waiter.done():
        waiter.set_result(None)


__all__ = ["StreamTransport"]
