"""
Addresses and paths as FTP writes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from twisted.protocols.ftp._errors import InvalidPath

_PARENTHESES = re.compile(r"\(([^()]*)\)")
_QUOTED = re.compile(r'"(.*)"')
_GLOBBING = frozenset("*?[")
_BYTE = 256
_PORTS = 1 << 16

#: The numbers of RFC 2428.
_NETWORKS = {"1": IPv4Address, "2": IPv6Address}


def decodeHostPort(line: str) -> tuple[str, int]:
    """
    Read an address as RFC 959 writes it: C{h1,h2,h3,h4,p1,p2}, alone or in
    parentheses within a text.

    @return: the host and the port.
    @raise ValueError: it is none.
    """
    inside = _PARENTHESES.search(line)
    words = (line if inside is None else inside[1]).split(",")
    numbers = [int(word) for word in words if word.strip().isascii() and word.strip().isdecimal()]
    if len(numbers) != len(words) or len(numbers) != 6:
        raise ValueError(f"six numbers make an address, not {line!r}")
    if max(numbers) >= _BYTE:
        raise ValueError(f"a number of an address is larger than a byte: {line!r}")
    *host, high, low = numbers
    return ".".join(map(str, host)), high * _BYTE + low


def encodeHostPort(host: str, port: int) -> str:
    """
    Write an address as RFC 959 does.

    @param host: with dots.
    """
    return ",".join([*host.split("."), *map(str, divmod(port, _BYTE))])


def decodeExtendedAddress(address: str) -> tuple[str, str, int]:
    """
    Read an address as RFC 2428 writes it: C{|protocol|host|port|}, with any
    character in place of the bars.

    @return: the protocol's number, as a text; the host; and the port.
    @raise ValueError: it is none.
    """
    fields = address[1:].split(address[:1]) if len(address) > 1 else []
    if len(fields) != 4 or fields[3]:
        raise ValueError(f"no extended address: {address!r}")
    protocol, host, port = fields[:3]
    if not (port.isascii() and port.isdecimal()) or int(port) >= _PORTS:
        raise ValueError(f"no port: {port!r}")
    return protocol, host, int(port)


def plainAddress(host: str | None) -> IPv4Address | IPv6Address | None:
    """
    Return an address so that two of one host are equal: IPv4 in IPv6 is IPv4, and
    the loopbacks are one.

    @return: L{None} if it is no address.
    """
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    inner = getattr(address, "ipv4_mapped", None)
    plain = address if inner is None else inner
    return IPv4Address("127.0.0.1") if plain.is_loopback else plain


def inDots(host: str) -> str | None:
    """
    Write an address with dots, as C{PASV} does.

    @return: L{None} if it is one of IPv6 only.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return None
    inner = getattr(address, "ipv4_mapped", address)
    return str(inner) if isinstance(inner, IPv4Address) else None


def fitsNetwork(protocol: str, host: str) -> bool:
    """
    Tell whether a host is an address of the protocol with a number of RFC 2428.
    """
    try:
        _NETWORKS[protocol](host)
    except (KeyError, ValueError):
        return False
    return True


def parsePWDResponse(response: str) -> str | None:
    """
    Return the directory of a reply of code 257: what stands in quotation marks, of
    which those in the name are doubled.

    @return: L{None} if there is none.
    """
    found = _QUOTED.search(response)
    return None if found is None else found[1].replace('""', '"')


def toSegments(cwd: Sequence[str], path: str) -> list[str]:
    """
    Return the names that lead from the top to where a path leads.

    @param cwd: the names that lead to where the path begins, unless that is the
        top.
    @raise InvalidPath: it leads higher than the top.
    """
    names = [] if path.startswith("/") else list(cwd)
    for name in path.split("/"):
        if name == "..":
            if not names:
                raise InvalidPath(list(cwd), path)
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return names


def _isGlobbingExpression(segments: Sequence[str] | None = None) -> bool:
    """
    Tell whether the last name is a pattern.
    """
    return bool(segments) and not _GLOBBING.isdisjoint(segments[-1])  # type: ignore[index]
