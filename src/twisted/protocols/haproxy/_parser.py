"""
Descriptions of endpoints that begin with C{haproxy:}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet.endpoints import (
    _WrapperServerEndpoint,
    quoteStringArgument,
    serverFromString,
)
from twisted.internet.interfaces import IStreamServerEndpointStringParser
from twisted.plugin import IPlugin
from twisted.protocols.haproxy._wrapper import proxyEndpoint


def unparseEndpoint(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """
    Put a description together again.

    @param args: its parts without names.
    @param kwargs: its parts with names.
    @return: the description.
    """
    parts = [quoteStringArgument(str(each)) for each in args]
    for name in sorted(kwargs):
        parts.append(f"{quoteStringArgument(name)}={quoteStringArgument(str(kwargs[name]))}")
    return ":".join(parts)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class HAProxyServerParser:
    """
    Makes the endpoint that is described after C{haproxy:}, behind a proxy.
    """

    prefix = "haproxy"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> _WrapperServerEndpoint:
        """
        @param reactor: passed to the other endpoint.
        @param args: the other's description, without names.
        @param kwargs: likewise, with names.
        @return: an endpoint.
        """
        return proxyEndpoint(serverFromString(reactor, unparseEndpoint(args, kwargs)))
