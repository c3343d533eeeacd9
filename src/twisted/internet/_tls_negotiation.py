"""
Agreeing on a protocol in the TLS handshake (ALPN, RFC 7301).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from OpenSSL import SSL

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()


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


def prepare(context: Any, acceptableProtocols: Sequence[bytes] | None) -> None:
    """
    Let the servers' connections of *context* choose; each by what its factory says,
    if *acceptableProtocols* says nothing.
    """
    try:
        context.set_alpn_select_callback(Chooser(acceptableProtocols))
    except ValueError:
        # It is in use, and cannot be changed; whoever used it first has prepared it.
        pass


def connectionOf(context: Any, tlsProtocol: Any) -> Any:
    """
    Make a connection of a context, which is nothing but that.

    @param tlsProtocol: whom it is for; its factory says what is offered.
    """
    offered = protosFromProtocol(tlsProtocol, None)
    if offered:
        prepare(context, None)
    connection = SSL.Connection(context, None)
    if offered:
        connection.set_alpn_protos(list(offered))
    return connection


def switchContext(
    connection: Any,
    contextFor: Callable[[bytes | None], Any],
    acceptableProtocols: Sequence[bytes] | None,
    required: bool,
) -> None:
    """
    The client has said, or not, which name it means: go on with the context of that
    name.  If there is something wrong with that, the handshake fails.

    @param contextFor: takes the name, and returns the context, or L{None} for the
        one that is there.
    @param acceptableProtocols: as of L{prepare}.
    @param required: the one that is there is of no use.
    """
    name = connection.get_servername()
    protocol = connection.get_app_data()
    try:
        context = contextFor(name)
    except BaseException:
        _log.failure("while looking for the context of the server name {name!r}", name=name)
        protocol.failVerification(Failure(ConnectionLost()))
        return
    if context is not None:
        # What is agreed on is a matter of the context that is there then.
        prepare(context, acceptableProtocols)
        connection.set_context(context)
    elif required:
        _log.error("no server certificate for name {name!r}", name=name)
        protocol.failVerification(Failure(ConnectionLost()))
