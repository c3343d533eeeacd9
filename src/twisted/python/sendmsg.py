"""
Messages with something beside the bytes: C{sendmsg(2)} and C{recvmsg(2)}, by
which descriptors go from one process to another.
"""

from __future__ import annotations

from socket import CMSG_SPACE, SCM_RIGHTS
from socket import socket as Socket
from typing import NamedTuple

__all__ = ["SCM_RIGHTS", "getSocketFamily", "recvmsg", "sendmsg"]


class ReceivedMessage(NamedTuple):
    """
    What L{recvmsg} returns.

    @ivar data: the bytes.
    @ivar ancillary: triples of level, type and bytes.
    @ivar flags: see C{recvmsg(2)}.
    """

    data: bytes
    ancillary: list[tuple[int, int, bytes]]
    flags: int


def sendmsg(
    socket: Socket,
    data: bytes,
    ancillary: list[tuple[int, int, bytes]] = [],  # noqa: B006 - only read
    flags: int = 0,
) -> int:
    """
    Send bytes, and more.

    @param socket: where to.
    @param data: the bytes.
    @param ancillary: triples of a level as C{SOL_SOCKET}, a type as
        L{SCM_RIGHTS}, and bytes, as packed descriptors.
    @param flags: see C{sendmsg(2)}.
    @return: how many of the bytes were sent.
    @raise OSError: what the system says.
    """
    return socket.sendmsg([data], ancillary, flags)


def recvmsg(
    socket: Socket, maxSize: int = 8192, cmsgSize: int = 4096, flags: int = 0
) -> ReceivedMessage:
    """
    Receive bytes, and more.

    @param socket: where from.
    @param maxSize: how many bytes at the most.
    @param cmsgSize: how many bytes of other things at the most.
    @param flags: see C{recvmsg(2)}.
    @return: a L{ReceivedMessage}.
    @raise OSError: what the system says.
    """
    data, ancillary, received = socket.recvmsg(maxSize, CMSG_SPACE(cmsgSize), flags)[:3]
    return ReceivedMessage(data, ancillary, received)


def getSocketFamily(socket: Socket) -> int:
    """
    @param socket: a socket.
    @return: its family, as C{AF_INET}.
    """
    return socket.family
