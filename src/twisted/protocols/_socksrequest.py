"""
Requests of SOCKS version 4 and 4a, without I/O.

Version (4), code (1 to connect, 2 to wait for a connection), port (2 bytes),
IPv4 address, user and a zero.  With the address C{0.0.0.x} and I{x} not zero,
which is version 4a, there follow the name of a host and a zero.

See U{https://www.openssh.com/txt/socks4.protocol} and
U{https://www.openssh.com/txt/socks4a.protocol}.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

VERSION = 4
CONNECT = 1
BIND = 2

MAX_USER = 255
"""How many bytes a user's name may have."""

MAX_HOST = 255
"""How many bytes a host's name may have: as many as DNS lets it."""

_HEAD = struct.Struct("!BBH4s")


class BadRequest(Exception):
    """
    It is not what the protocol says.
    """


class Request(NamedTuple):
    """
    What a client wants.

    @ivar code: L{CONNECT} or L{BIND}.
    @ivar port: the port of the other side.
    @ivar server: the address of the other side, C{"192.0.2.1"}.
    @ivar user: who wants it.
    @ivar host: the name of the other side, if that is to be looked up.
    """

    code: int
    port: int
    server: str
    user: bytes
    host: bytes | None


class RequestReader:
    """
    Reads a request.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        # How much was searched for the zero.
        self._searched = _HEAD.size
        self._strings: list[bytes] = []

    def feed(self, data: bytes) -> tuple[Request, bytes] | None:
        """
        Take what has come.

        @param data: bytes.
        @return: the request, and the bytes after it; L{None} if it is not
            complete.
        @raise BadRequest: it is wrong, or something in it is too long.
        """
        buffer = self._buffer
        buffer += data
        if buffer and buffer[0] != VERSION:
            raise BadRequest(f"version {buffer[0]} is not known")
        if len(buffer) < _HEAD.size:
            return None
        _, code, port, packed = _HEAD.unpack_from(buffer)
        if code not in (CONNECT, BIND):
            raise BadRequest(f"code {code} is not known")
        named = packed[:3] == b"\0\0\0" and packed[3] != 0
        limits = [MAX_USER, MAX_HOST] if named else [MAX_USER]
        while len(self._strings) < len(limits):
            if not self._readString(limits[len(self._strings)]):
                return None
        user, host = self._strings if named else (self._strings[0], None)
        server = ".".join(map(str, packed))
        return Request(code, port, server, user, host), bytes(buffer[self._searched :])

    def _readString(self, most: int) -> bool:
        """
        Read bytes up to a zero.

        @return: whether they were complete.
        """
        buffer = self._buffer
        start = _HEAD.size + sum(len(each) + 1 for each in self._strings)
        end = buffer.find(b"\0", self._searched, start + most + 1)
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) - start > most:
                raise BadRequest(f"a name has more than {most} bytes")
            return False
        self._strings.append(bytes(buffer[start:end]))
        self._searched = end + 1
        return True


def reply(code: int, version: int = 0, port: int = 0, ip: str = "0.0.0.0") -> bytes:
    """
    Make a server's reply.

    @param code: 90 if it is granted, 91 if not.
    @param version: of the reply; it is 0.
    @param port: of the connection, or to be connected to.
    @param ip: the address likewise.
    @return: the bytes.
    """
    return _HEAD.pack(version, code, port, bytes(map(int, ip.split("."))))
