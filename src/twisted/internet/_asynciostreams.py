"""
Stream transports of asyncio's, on the reactor's own streams.

What arrives goes from the reactor's loop to the protocol's C{data_received}; what
is written is collected, and sent when the callback that wrote it has returned, or
sooner if somebody wants to know how much of it waits.  To a protocol all is as
L{asyncio}'s own transport has it: the order of its callbacks, which contexts they
run in, what comes of what they raise.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import warnings
from asyncio import BufferedProtocol, constants, transports, trsock
from asyncio.log import logger
from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from zope.interface import implementer

from twisted.internet import error, main
from twisted.internet._socket_options import NO_DELAY
from twisted.internet._tcp_connection import _Stream
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadWriteDescriptor

#: From so many writes to a connection that is lost on, each is complained of.
_PATIENCE = 5

#: What is not the protocol's failure, but the end of the program.
_ESCAPING = (SystemExit, KeyboardInterrupt)

#: Newer servers keep count of their transports, older ones of their number.
_KNOWS_TRANSPORTS = sys.version_info >= (3, 13)

# To the checker this is Any: it is not in what is known of asyncio.
_FlowControl: Any = transports._FlowControlMixin  # type: ignore[attr-defined]


class _Receiver:
    """
    What a stream takes for its protocol.

    @ivar dataReceived: the method of asyncio's protocol, in its context.
    """

    __slots__ = ("dataReceived",)

    def __init__(self, dataReceived: Callable[[bytes], Any]) -> None:
        self.dataReceived = dataReceived


@implementer(IReadWriteDescriptor, IHalfCloseableDescriptor)
class _Wire(_Stream):
    """
    The stream below a transport: the reactor's side of it.

    @ivar transport: whose it is; L{None} when that is closed.
    """

    bufferSize = 65536

    def __init__(self, reactor: Any, skt: Any, transport: StreamTransport) -> None:
        """
        @param skt: a connected, non-blocking socket.
        """
        self.reactor = reactor
        self.socket = skt
        self.producer = None
        self.transport: StreamTransport | None = transport
        self.connected = 1
        self._openStream(reactor)

    def logPrefix(self) -> str:
        """Return C{"asyncio"}."""
        return "asyncio"

    def _maybePauseProducer(self) -> None:
        """Producers are not registered here."""

    def _complainOfAnswer(self, answer: object) -> None:
        """asyncio does not care what a protocol returns."""

    def _drained(self) -> None:
        transport = self.transport
        if transport is not None and self._watched:
            transport._writing.run(transport._sentSome)

    def _raised(self) -> None:
        transport, problem = self.transport, sys.exception()
        if transport is None or problem is None:
            super()._raised()
        elif isinstance(problem, _ESCAPING):
            transport._loop._escaped(problem)
        else:
            transport._failed("data_received", problem)

    def readConnectionLost(self, reason: Any) -> None:
        """The peer has finished sending."""
        if self.transport is not None:
            self.transport._finished()

    def writeConnectionLost(self, reason: Any) -> None:
        """As C{connectionLost}."""
        self.connectionLost(reason)

    def connectionLost(self, reason: Any) -> None:
        """
        The reactor has let go of the socket: the kernel says that it is over, or
        something was raised, which C{_raised} has dealt with, or the reactor
        shuts down.
        """
        transport = self.transport
        if transport is None or transport._conn_lost:
            return
        problem = reason.value
        if isinstance(problem, _ESCAPING) or transport._loop._shuttingDown:
            # The protocol goes on, as long as there is somebody to call it.
            transport._watchAgain()
        elif isinstance(problem, error.ConnectionLost):
            transport._refused(self._whatKernelSays())

    def _whatKernelSays(self) -> OSError:
        number = self._errno
        if not number:
            # It was a hang-up; nobody has read or written.
            try:
                number = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            except OSError as problem:
                return problem
        number = number or errno.EPIPE
        return OSError(number, os.strerror(number))


class StreamTransport(_FlowControl):  # type: ignore[misc]
    """
    A connected stream socket, as asyncio sees it.

    @ivar _stream: the reactor's side of it, which has the queue.
    @ivar _context: what the protocol's methods run in that the reactor calls,
        from the moment when reading begins.
    @ivar _writing: what those run in that hear of what is sent.
    @ivar _conn_lost: C{connection_lost} has been or is to be called; how often
        something was written in spite of that.
    @ivar _barred: C{write} is to look twice.
    """

    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE
    _loop: Any
    _protocol: Any
    _sock: Any = None
    _server: Any = None

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
        self._context: Context | None = None
        self._writing: Any = None
        self._conn_lost = 0
        self._closing = False
        self._paused = False
        self._eof = False
        self._barred = False
        self._empty_waiter: Any = None
        self._stream: Any = _Wire(loop.reactor, sock, self)
        self.set_protocol(protocol)
        self._server = server
        if server is not None:
            _count(server._attach, self)
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
            if self._server is not None and _KNOWS_TRANSPORTS:
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
        stream.protocol = _Receiver(partial(context.run, receive))

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
        except _ESCAPING:
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
        except _ESCAPING as problem:
            self._loop._escaped(problem)
        except BaseException as problem:
            self._failed("eof_received", problem)

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
                _count(server._detach, self)


def _asBytes(data: Any) -> bytes:
    """
    @raise TypeError: *data* is not like bytes.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
    return bytes(data)


def _nameBy(method: Callable[[], Any]) -> Any:
    try:
        return method()
    except OSError:
        return None


def _fulfil(waiter: Any) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _count(method: Callable[..., Any], transport: StreamTransport) -> None:
    """Tell a server, by *method*, of *transport*."""
    if _KNOWS_TRANSPORTS:
        method(transport)
    else:
        method()


__all__ = ["StreamTransport"]
