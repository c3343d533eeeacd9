"""
What a proxy tells, once it is understood.
"""

from __future__ import annotations

from typing import NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

Address = IPv4Address | IPv6Address | UNIXAddress


class ProxyInfo(NamedTuple):
    """
    Who is connected to the proxy.

    @ivar header: the bytes by which it was told.
    @ivar source: whose connection it is; L{None} if that is the proxy itself,
        or is not told.
    @ivar destination: where it was made to; L{None} likewise.
    """

    header: bytes
    source: Address | None
    destination: Address | None
