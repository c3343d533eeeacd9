"""
Sockets that are bound, or not there at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import error


def bound(make: Callable[[], Any], interface: Any, port: Any, where: Any) -> Any:
    """
    Make a socket and bind it; one that cannot be bound is closed.

    @param make: makes the socket.
    @param interface: what the error names.
    @param port: likewise.
    @param where: the address as the kernel takes it, or L{None} for a socket
        that has none.
    @return: the socket.
    @raise error.CannotListenError: it cannot be made, or not be bound.
    """
    made: list[Any] = []
    try:
        made.append(make())
        if where is not None:
            made[0].bind(where)
    except OSError as problem:
        for skt in made:
            skt.close()
        raise error.CannotListenError(interface, port, problem)
    return made[0]
