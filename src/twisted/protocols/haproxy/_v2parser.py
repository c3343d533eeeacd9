"""
Version 2: binary.

Twelve bytes that nothing else begins with; version and command, four bits each;
family and protocol, four bits each; the length of the rest in two bytes; and
the rest: both addresses, both ports, and extensions, which are ignored.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.protocols.haproxy._exceptions import (
    InvalidNetworkProtocol,
    InvalidProxyHeader,
    MissingAddressData,
)
from twisted.protocols.haproxy._info import Address, ProxyInfo

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

_HEAD = struct.Struct("!12sBBH")
_VERSION = 2
_LOCAL, _PROXY = 0, 1
_PROTOCOLS = {1: "TCP", 2: "UDP"}
_UNSPECIFIED = 0

_IPV4 = struct.Struct("!4s4sHH")
_IPV6 = struct.Struct("!16s16sHH")
_UNIX = struct.Struct("!108s108s")

_Pair = tuple[Address, Address]


def _ipv4(body: bytes, protocol: str) -> _Pair:
    source, destination, sourcePort, destinationPort = _IPV4.unpack_from(body)
    return (
        IPv4Address(protocol, ".".join(map(str, source)), sourcePort),
        IPv4Address(protocol, ".".join(map(str, destination)), destinationPort),
    )


def _groups(packed: bytes) -> str:
    """
    Write an IPv6 address with all its groups.
    """
    return ":".join(f"{group:x}" for group in struct.unpack("!8H", packed))


def _ipv6(body: bytes, protocol: str) -> _Pair:
    source, destination, sourcePort, destinationPort = _IPV6.unpack_from(body)
    return (
        IPv6Address(protocol, _groups(source), sourcePort),
        IPv6Address(protocol, _groups(destination), destinationPort),
    )


def _unix(body: bytes, protocol: str) -> _Pair:
    source, destination = _UNIX.unpack_from(body)
    return UNIXAddress(source.rstrip(b"\0")), UNIXAddress(destination.rstrip(b"\0"))


_FAMILIES: dict[int, tuple[struct.Struct, Callable[[bytes, str], _Pair]]] = {
    1: (_IPV4, _ipv4),
    2: (_IPV6, _ipv6),
    3: (_UNIX, _unix),
}


def _checkHead(buffer: bytes | bytearray) -> int | None:
    """
    Look at the beginning, which may be incomplete.

    @return: how long all of it is; L{None} if that is not known yet.
    @raise InvalidProxyHeader: it is not version 2.
    """
    if not SIGNATURE.startswith(bytes(buffer[: len(SIGNATURE)])):
        raise InvalidProxyHeader("it does not begin with the signature")
    if len(buffer) < _HEAD.size:
        return None
    _, versionAndCommand, _, length = _HEAD.unpack_from(buffer)
    version, command = divmod(versionAndCommand, 16)
    if version != _VERSION:
        raise InvalidProxyHeader(f"version {version} is not known")
    if command not in (_LOCAL, _PROXY):
        raise InvalidProxyHeader(f"command {command} is not known")
    return _HEAD.size + int(length)


class V2Parser:
    """
    Reads such a header.  It has 65551 bytes at the most, as its length is told
    in 16 bits.

    @ivar buffer: what has come of it.
    """

    def __init__(self) -> None:
        self.buffer = bytearray()
        self._size: int | None = None

    def feed(self, data: bytes) -> tuple[ProxyInfo, bytes] | tuple[None, None]:
        """
        Take what has come.

        @param data: bytes.
        @return: what is told, and the bytes after it; two L{None}s if it is
            not complete.
        @raise InvalidProxyHeader: it is wrong.
        """
        buffer = self.buffer
        buffer += data
        if self._size is None:
            self._size = _checkHead(buffer)
        size = self._size
        if size is None or len(buffer) < size:
            return None, None
        header, rest = bytes(buffer[:size]), bytes(buffer[size:])
        self.buffer = bytearray()
        self._size = None
        return self.parse(header), rest

    @classmethod
    def parse(cls, line: bytes) -> ProxyInfo:
        """
        Understand a header.

        @param line: all of it.
        @return: what it tells.
        @raise InvalidProxyHeader: it is wrong.
        """
        size = _checkHead(line)
        if size is None or len(line) < size:
            raise InvalidProxyHeader("it is not complete")
        _, versionAndCommand, familyAndProtocol, _ = _HEAD.unpack_from(line)
        family, protocol = divmod(familyAndProtocol, 16)
        if family not in (_UNSPECIFIED, *_FAMILIES):
            raise InvalidNetworkProtocol(f"family {family} is not known")
        if protocol not in (_UNSPECIFIED, *_PROTOCOLS):
            raise InvalidNetworkProtocol(f"protocol {protocol} is not known")
        if versionAndCommand % 16 == _LOCAL or _UNSPECIFIED in (family, protocol):
            return ProxyInfo(line, None, None)
        layout, read = _FAMILIES[family]
        body = line[_HEAD.size : size]
        if len(body) < layout.size:
            raise MissingAddressData(f"{len(body)} bytes are too few for two addresses")
        return ProxyInfo(line, *read(body, _PROTOCOLS[protocol]))
