"""
How to get TLS connections: of whatever a caller calls a context factory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, Union
from warnings import warn

from OpenSSL import SSL

from twisted.internet._tls_negotiation import connectionOf
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)

# What functions take that say "context factory".
SomeConnectionCreator: TypeAlias = Union[
    IOpenSSLContextFactory, IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
]


class LegacyContextFactoryWarning(Warning):
    """
    Something was passed as a context factory which does not declare to be one.
    """


def connectionMaker(contextFactory: Any, isClient: bool) -> Callable[[Any], Any]:
    """
    Return a function that makes a connection for a TLS protocol.

    What has contexts is asked for one at once, so that what is wrong with it shows
    here and not when the first peer calls.

    @param contextFactory: an L{IOpenSSLClientConnectionCreator}, or the server's
        like; an L{IOpenSSLContextFactory}; or what has C{getContext} and does not
        declare so.
    @param isClient: whether a client's connections are wanted.
    @raise TypeError: it is nothing of that.
    """
    wanted = IOpenSSLClientConnectionCreator if isClient else IOpenSSLServerConnectionCreator
    method = "clientConnectionForTLS" if isClient else "serverConnectionForTLS"
    if wanted.providedBy(contextFactory):
        make: Callable[[Any], Any] = getattr(contextFactory, method)
        return make
    if not IOpenSSLContextFactory.providedBy(contextFactory):
        _complain(contextFactory, wanted.__name__, "Client" if isClient else "Server")
        _requireContexts(contextFactory)
    else:
        contextFactory.getContext()
    return lambda protocol: connectionOf(contextFactory.getContext(), protocol)


def _complain(contextFactory: Any, wanted: str, role: str) -> None:
    warn(
        f"{contextFactory!r} does not explicitly provide any OpenSSL connection-creator"
        f" {role} interface; neither {wanted}, nor {IOpenSSLContextFactory.__name__}.",
        LegacyContextFactoryWarning,
        # Whoever makes the TLSMemoryBIOFactory.
        stacklevel=4,
    )


def _requireContexts(contextFactory: Any) -> None:
    getContext = getattr(contextFactory, "getContext", None)
    if getContext is None:
        raise TypeError(f"{contextFactory!r} does not even have a `getContext` method")
    if not isinstance(getContext(), SSL.Context):
        raise TypeError(f"{contextFactory!r}'s `getContext` method doesn't return a `Context`")
