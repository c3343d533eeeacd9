"""
UNIX sockets: streams, with descriptors passed along, and datagrams.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from errno import EAGAIN, ECONNREFUSED, EINTR, EMSGSIZE, ENOBUFS, EWOULDBLOCK

from twisted.internet._unix_datagrams import ConnectedDatagramPort, DatagramPort
from twisted.internet._unix_paths import _inFilesystemNamespace, _UNIXPort
from twisted.internet._unix_rights import _SendmsgMixin
from twisted.internet._unix_streams import Client, Connector, Port, Server
from twisted.python._facade import publish

__all__ = [
    "Client",
    "ConnectedDatagramPort",
    "Connector",
    "DatagramPort",
    "Port",
    "Server",
]

publish(__name__, globals(), (*__all__, "_SendmsgMixin", "_UNIXPort"))
