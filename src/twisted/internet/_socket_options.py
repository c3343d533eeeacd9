"""
Options of sockets that are on or off.
"""

from __future__ import annotations

import socket
from collections import namedtuple
from typing import Any


# As in twisted._accel: typing.NamedTuple takes longer.
class Switch(namedtuple("Switch", ("level", "option"))):
    """
    An option of sockets that is on or off.

    @ivar level: the protocol whose option it is, C{SOL_SOCKET} or C{IPPROTO_*}.
    @ivar option: its number there.
    """

    __slots__ = ()
    level: int
    option: int

    def isOn(self, skt: Any) -> bool:
        """Tell whether it is on for *skt*."""
        return skt.getsockopt(*self) != 0  # type: ignore[no-any-return]

    def turn(self, skt: Any, on: bool) -> None:
        """Switch it on or off for *skt*."""
        skt.setsockopt(*self, on)


# Datagrams may be sent to broadcast addresses.
BROADCAST = Switch(socket.SOL_SOCKET, socket.SO_BROADCAST)
# The kernel probes an idle connection.
KEEP_ALIVE = Switch(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
# Small pieces are sent at once (Nagle's algorithm is off).
NO_DELAY = Switch(socket.IPPROTO_TCP, socket.TCP_NODELAY)
