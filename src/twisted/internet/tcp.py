"""
TCP: ports, connectors and the two ends of a connection.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from errno import (
    EAGAIN,
    EALREADY,
    ECONNABORTED,
    EINPROGRESS,
    EINVAL,
    EISCONN,
    EMFILE,
    ENFILE,
    ENOBUFS,
    ENOMEM,
    EPERM,
    EWOULDBLOCK,
    errorcode,
)

from twisted.internet._ipv6 import _NUMERIC_ONLY, _resolveIPv6
from twisted.internet._tcp_client import BaseClient, Client, Connector
from twisted.internet._tcp_connection import Connection, Server
from twisted.internet._tcp_port import (
    _ACCEPT_ERRORS,
    Port,
)
from twisted.internet.interfaces import Binding
from twisted.python._facade import publish
from twisted.python.runtime import platformType

__all__ = ["BaseClient", "Client", "Connection", "Connector", "Port", "Server", "makeBinding"]


def makeBinding(
    interface: str = "", port: int = 0, reuseAddress: bool = False, reusePort: bool = False
) -> Binding:
    """
    Describe where and how to bind a socket, for C{listenTCP} in place of the
    port, and for C{connectTCP} as C{bindAddress}.

    @param interface: the address; all by default.
    @param port: the number; 0 for any that is free.
    @param reuseAddress: bind although old connections linger.
    @param reusePort: bind although others are bound there.
    """
    return Binding(interface, port, reuseAddress, reusePort)


publish(__name__, globals(), __all__)
