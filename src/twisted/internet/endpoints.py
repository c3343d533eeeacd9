"""
Endpoints: where and how to listen or connect, as objects and as strings.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from importlib import import_module

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
from twisted.internet._endpoints_process import (
    ProcessEndpoint,
    StandardErrorBehavior,
    StandardIOEndpoint,
    _ProcessEndpointTransport,
    _WrapIProtocol,
)
from twisted.internet._endpoints_strings import (
    _parse,
    _StandardIOParser,
    _TCP6ServerParser,
    _TLSClientEndpointParser,
    _TLSServerEndpointParser,
    clientFromString,
    quoteStringArgument,
    serverFromString,
)
from twisted.internet._endpoints_systemd import _SystemdParser
from twisted.internet._endpoints_tls import (
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    _TLSServerEndpoint,
    wrapClientTLS,
    wrapServerTLS,
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
    "ProcessEndpoint",
    "SSL4ClientEndpoint",
    "SSL4ServerEndpoint",
    "StandardErrorBehavior",
    "StandardIOEndpoint",
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
    "wrapClientTLS",
    "wrapServerTLS",
]

publish(
    __name__,
    globals(),
    (
        *__all__,
        "_ProcessEndpointTransport",
        "_SimpleHostnameResolver",
        "_StandardIOParser",
        "_SystemdParser",
        "_TCP6ServerParser",
        "_TLSClientEndpointParser",
        "_TLSServerEndpointParser",
        "_TLSServerEndpoint",
        "_WrapIProtocol",
        "_WrapperEndpoint",
        "_WrapperServerEndpoint",
        "_WrappingFactory",
        "_WrappingProtocol",
    ),
)

# Of modules that need OpenSSL.
_LATER = {
    "SNIConnectionCreator": "twisted.protocols._sni",
    "autoReloadingDirectoryOfPEMs": "twisted.protocols._sni",
    "_loadCAsFromDir": "twisted.internet._endpoints_tls_strings",
}


def __getattr__(name: str) -> object:
    home = _LATER.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Late: OpenSSL is not loaded for endpoints without TLS, and may be absent.
    return getattr(import_module(home), name)
