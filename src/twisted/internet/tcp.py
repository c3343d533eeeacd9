"""
TCP: ports, connectors and the two ends of a connection.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

import socket
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
from typing import TYPE_CHECKING, Any

from twisted.internet._tcp_client import BaseClient, Client, Connector
from twisted.internet._tcp_connection import Connection, Server
from twisted.internet._tcp_port import (
    _ACCEPT_ERRORS,
    _NUMERIC_ONLY,
    Port,
    _resolveIPv6,
)
from twisted.python._facade import publish
from twisted.python.runtime import platformType

__all__ = ["BaseClient", "Client", "Connection", "Connector", "Port", "Server", "makeBinding"]


def makeBinding(
    interface: str = "",
    port: int = 0,
    reuseAddress: bool = platformType == "posix",
    reusePort: bool = False,
) -> Any:
    """
    Describe where and how to listen.
    """
    raise NotImplementedError


publish(__name__, globals(), __all__)
