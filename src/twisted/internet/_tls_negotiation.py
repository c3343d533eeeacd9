"""
Agreeing on a protocol in the TLS handshake (ALPN, RFC 7301).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from OpenSSL import SSL

from twisted.internet.interfaces import IProtocolNegotiationFactory


def protosFromProtocol(
    tlsProto: Any, acceptableProtocols: Sequence[bytes] | None
) -> Sequence[bytes]:
    """
    Return the protocols that a connection may agree on, the best first.

    @param tlsProto: its factory, or the one that this wraps, may say.
    @param acceptableProtocols: what the options say, which counts first.
    """
    if acceptableProtocols:
        return acceptableProtocols
    factory = getattr(tlsProto, "factory", None)
    candidate: Any
    for candidate in (factory, getattr(factory, "wrappedFactory", None)):
        if IProtocolNegotiationFactory.providedBy(candidate):
            offered: Sequence[bytes] = candidate.acceptableProtocols()
            return offered
    return ()


class Chooser:
    """
    Chooses for a server, when a client has told what it offers.
    """

    def __init__(self, acceptableProtocols: Sequence[bytes] | None) -> None:
        """
        @param acceptableProtocols: what we offer; if nothing, each connection's
            factory is asked.
        """
        self.acceptableProtocols = acceptableProtocols

    def __call__(self, connection: Any, theirs: Sequence[bytes]) -> Any:
        """
        @return: the best of ours that they offer too.
        @raise SSL.Error: there is none.  OpenSSL tells the client so, by the
            alert that is meant for it (section 3.2).
        """
        mine = protosFromProtocol(connection.get_app_data(), self.acceptableProtocols)
        if not mine:
            return SSL.NO_OVERLAPPING_PROTOCOLS
        for protocol in mine:
            if protocol in theirs:
                return protocol
        raise SSL.Error([("SSL routines", "", "no application protocol")])


def setupForALPN(context: Any, acceptableProtocols: Sequence[bytes]) -> None:
    """
    Let the connections of *context* agree on a protocol, clients and servers.

    @param acceptableProtocols: what is offered, the best first.
    """
    if acceptableProtocols:
        context.set_alpn_protos(list(acceptableProtocols))
        context.set_alpn_select_callback(Chooser(acceptableProtocols))


def offer(connection: Any, tlsProtocol: Any, acceptableProtocols: Any = None) -> Any:
    """
    Let one connection, of a context that does not do so, agree on a protocol.

    @param tlsProtocol: whom it is for; its factory says what is offered.
    @return: the connection.
    """
    offered = protosFromProtocol(tlsProtocol, acceptableProtocols)
    if offered:
        connection.set_alpn_protos(list(offered))
        connection.get_context().set_alpn_select_callback(Chooser(acceptableProtocols))
    return connection


def connectionOf(context: Any, tlsProtocol: Any) -> Any:
    """Make a connection of *context* for *tlsProtocol*."""
    return offer(SSL.Connection(context, None), tlsProtocol)
