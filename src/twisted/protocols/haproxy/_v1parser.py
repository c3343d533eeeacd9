"""
Version 1: a line of text, as C{PROXY TCP4 192.0.2.1 192.0.2.2 50000 80}.
"""

from __future__ import annotations

import socket

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.protocols.haproxy._exceptions import (
    InvalidNetworkProtocol,
    InvalidProxyHeader,
    MissingAddressData,
)
from twisted.protocols.haproxy._info import ProxyInfo

MAX_LENGTH = 107
"""How many bytes such a line has at the most, its end included."""

_HIGHEST_PORT = 65535
_NETWORKS = {
    b"TCP4": (socket.AF_INET, IPv4Address),
    b"TCP6": (socket.AF_INET6, IPv6Address),
}


def _host(text: bytes, family: int) -> str:
    """
    @return: the address that the bytes are.
    """
    try:
        host = text.decode("ascii")
        socket.inet_pton(family, host)
    except (UnicodeDecodeError, OSError):
        raise InvalidProxyHeader(f"{text!r} is no address")
    return host


def _port(text: bytes) -> int:
    """
    @return: the port that the bytes are.
    """
    if not text.isdigit() or len(text) > 5 or int(text) > _HIGHEST_PORT:
        raise InvalidProxyHeader(f"{text!r} is no port")
    return int(text)


class V1Parser:
    """
    Reads such a line.

    @ivar buffer: what has come of it.
    """

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, data: bytes) -> tuple[ProxyInfo, bytes] | tuple[None, None]:
        """
        Take what has come.

        @param data: bytes.
        @return: what is told, and the bytes after it; two L{None}s if it is
            not complete.
        @raise InvalidProxyHeader: it is wrong, or too long.
        """
        # No more than MAX_LENGTH bytes are ever kept, so adding is no waste.
        self.buffer += data
        line, end, rest = self.buffer[:MAX_LENGTH].partition(b"\r\n")
        if end:
            rest = self.buffer[len(line) + len(end) :]
            self.buffer = b""
            return self.parse(line), rest
        if len(self.buffer) >= MAX_LENGTH:
            raise InvalidProxyHeader(f"no end of line within {MAX_LENGTH} bytes")
        return None, None

    @classmethod
    def parse(cls, line: bytes) -> ProxyInfo:
        """
        Understand a line.

        @param line: the line, without its end.
        @return: what it tells.
        @raise InvalidProxyHeader: it is wrong.
        """
        word, _, rest = line.partition(b" ")
        if word != b"PROXY":
            raise InvalidProxyHeader("the line does not begin with PROXY")
        network, _, rest = rest.partition(b" ")
        if network == b"UNKNOWN":
            return ProxyInfo(line, None, None)
        if network not in _NETWORKS:
            raise InvalidNetworkProtocol(f"{network!r} is not known")
        family, kind = _NETWORKS[network]
        fields = rest.split(b" ")
        if len(fields) < 4 or b"" in fields:
            raise MissingAddressData("two addresses and two ports are needed")
        if len(fields) > 4:
            raise InvalidProxyHeader("there is more than two addresses and two ports")
        source, destination, sourcePort, destinationPort = fields
        return ProxyInfo(
            line,
            kind("TCP", _host(source, family), _port(sourcePort)),
            kind("TCP", _host(destination, family), _port(destinationPort)),
        )
