"""
Endpoints: where and how to listen or connect, as objects and as strings.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.internet._endpoints_basic import (
    AdoptedStreamServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
    connectProtocol,
)
from twisted.internet._endpoints_hostname import HostnameEndpoint, _SimpleHostnameResolver
from twisted.internet._endpoints_strings import (
    _parse,
    clientFromString,
    quoteStringArgument,
    serverFromString,
)
from twisted.internet._endpoints_wrapping import (
    _WrapperEndpoint,
    _WrapperServerEndpoint,
    _WrappingFactory,
    _WrappingProtocol,
)
from twisted.python._facade import publish

__all__ = [
    "AdoptedStreamServerEndpoint",
    "HostnameEndpoint",
    "TCP4ClientEndpoint",
    "TCP4ServerEndpoint",
    "TCP6ClientEndpoint",
    "TCP6ServerEndpoint",
    "UNIXClientEndpoint",
    "UNIXServerEndpoint",
    "clientFromString",
    "connectProtocol",
    "quoteStringArgument",
    "serverFromString",
]

publish(
    __name__,
    globals(),
    (
        *__all__,
        "_SimpleHostnameResolver",
        "_WrapperEndpoint",
        "_WrapperServerEndpoint",
        "_WrappingFactory",
        "_WrappingProtocol",
    ),
)
