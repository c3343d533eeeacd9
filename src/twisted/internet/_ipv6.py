"""
Socket addresses of IPv6, with their zones.
"""

from __future__ import annotations

import socket
from typing import Any

_NUMERIC_ONLY = socket.AI_NUMERICHOST | getattr(socket, "AI_NUMERICSERV", 0)


def _resolveIPv6(ip: str, port: int) -> tuple[Any, ...]:
    """
    Return the whole socket address of an IPv6 literal, its scope a number.

    @raise socket.gaierror: it is none, or the port is a name.
    """
    if isinstance(port, str):
        # Refused, as every name of a service.
        return socket.getaddrinfo(ip, port, 0, 0, 0, _NUMERIC_ONLY)[0][4]
    found = socket.getaddrinfo(ip, 0, 0, 0, 0, _NUMERIC_ONLY)[0][4]
    # The port is put in afterwards: what is out of range is found out, and
    # said, by whoever uses it.
    return (found[0], port, *found[2:])


def withZone(where: tuple[Any, ...]) -> tuple[Any, ...]:
    """
    Return a socket address with the zone in its host, as it has to be written
    to reach a link-local address: C{"fe80::1%eth0"}.
    """
    if len(where) == 4 and where[3]:
        host, _ = socket.getnameinfo(where, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
        return (host, *where[1:])
    return where
