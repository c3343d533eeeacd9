"""
How the asyncio event loop on a reactor gets its streams.
"""

from __future__ import annotations

from asyncio import sslproto
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from twisted.internet._asynciocalls import CallingLoop
from twisted.internet._asynciostreams import StreamTransport


class StreamingLoop(CallingLoop):
    """A loop whose streams are the reactor's."""

    def _accept_connection(
        self,
        protocol_factory: Callable[[], Any],
        sock: Any,
        sslcontext: Any = None,
        server: Any = None,
        backlog: int = 100,
        *timeouts: Any,
    ) -> None:
        """
        Accept who waits.  Without TLS there is nothing that would take a task.
        """
        inherited = super()._accept_connection
        if sslcontext is not None or self._debug:
            inherited(protocol_factory, sock, sslcontext, server, backlog, *timeouts)
            return
        for _ in range(backlog):
            try:
                connection, peer = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # It knows what to do, if that happens again.
                inherited(protocol_factory, sock, sslcontext, server, backlog, *timeouts)
                return
            connection.setblocking(False)
            copy_context().run(self._serve, protocol_factory, connection, peer, server)

    def _serve(
        self, protocol_factory: Callable[[], Any], connection: Any, peer: Any, server: Any
    ) -> None:
        try:
            extra = {"peername": peer}
            StreamTransport(self, connection, protocol_factory(), extra=extra, server=server)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException:
            # As asyncio has it, this is told in debug mode alone.
            connection.close()

    def _make_socket_transport(
        self, sock: Any, protocol: Any, waiter: Any = None, *, extra: Any = None, server: Any = None
    ) -> StreamTransport:
        return StreamTransport(self, sock, protocol, waiter, extra, server)

    def _make_ssl_transport(
        self,
        rawsock: Any,
        protocol: Any,
        sslcontext: Any,
        waiter: Any = None,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        extra: Any = None,
        server: Any = None,
        **timeouts: Any,
    ) -> Any:
        layer: Any = sslproto.SSLProtocol(  # type: ignore[call-arg]
            self, protocol, sslcontext, waiter, server_side, server_hostname, **timeouts
        )
        StreamTransport(self, rawsock, layer, extra=extra, server=server)
        return layer._app_transport


__all__ = ["StreamingLoop"]
