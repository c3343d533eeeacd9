"""
TLS: what servers and clients need to speak it.

Needs C{pyOpenSSL}, C{service-identity} and C{idna} (the extra C{tls}).  A
server's options come from a L{PrivateCertificate}'s C{options} or from
L{CertificateOptions}, a client's from L{optionsForClientTLS}; give them to
C{reactor.listenSSL}, C{reactor.connectSSL}, C{transport.startTLS} or an
endpoint.

@var supported: C{True}: this module can be imported where TLS is there.
"""

from __future__ import annotations

from typing import Any

from constantly import FlagConstant, Flags
from OpenSSL import SSL
from zope.interface import implementedBy, implementer, implementer_only

from twisted.internet import interfaces, tcp
from twisted.internet._sslverify import (
    DN,
    Certificate,
    CertificateRequest,
    DistinguishedName,
    KeyPair,
    OpenSSLDefaultPaths,
    PrivateCertificate,
    TLSVersion,
    VerificationError,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.internet._sslverify import (
    OpenSSLAcceptableCiphers as AcceptableCiphers,
)
from twisted.internet._sslverify import (
    OpenSSLCertificateOptions as CertificateOptions,
)
from twisted.internet._sslverify import (
    OpenSSLDiffieHellmanParameters as DiffieHellmanParameters,
)
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.deprecate import deprecated, deprecatedModuleAttribute
from twisted.python.versions import Version

supported = True

_BROKEN_VERSIONS = SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3 | SSL.OP_NO_TLSv1 | SSL.OP_NO_TLSv1_1


@implementer(interfaces.IOpenSSLContextFactory)
class ContextFactory:
    """
    Has a context for TLS connections.  To be subclassed.

    @cvar isClient: whether the context is for clients.
    """

    isClient = 0

    def getContext(self) -> Any:
        """
        Return a C{OpenSSL.SSL.Context}.

        @raise NotImplementedError: a subclass is to do it.
        """
        raise NotImplementedError(f"{type(self).__qualname__} does not implement getContext")


class DefaultOpenSSLContextFactory(ContextFactory):
    """
    A server's context, of two files; L{CertificateOptions} can do more.

    The key is read at once: it is there, or the constructor fails.
    """

    _context: Any = None

    def __init__(
        self,
        privateKeyFileName: str,
        certificateFileName: str,
        sslmethod: int = SSL.TLS_METHOD,
        _contextFactory: Any = SSL.Context,
    ) -> None:
        """
        @param privateKeyFileName: a PEM file with the private key.
        @param certificateFileName: a PEM file with the certificate.
        @param sslmethod: the method of OpenSSL.
        @raise OpenSSL.SSL.Error: a file is of no use.
        """
        self.privateKeyFileName = privateKeyFileName
        self.certificateFileName = certificateFileName
        self.sslmethod = sslmethod
        self._contextFactory = _contextFactory
        self.cacheContext()

    def cacheContext(self) -> None:
        """Make the context, unless it is there."""
        if self._context is not None:
            return
        context = self._contextFactory(self.sslmethod)
        context.set_options(_BROKEN_VERSIONS | getattr(SSL, "OP_NO_RENEGOTIATION", 0))
        context.use_certificate_file(self.certificateFileName)
        context.use_privatekey_file(self.privateKeyFileName)
        self._context = context

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_context"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state

    def getContext(self) -> Any:
        """Return the context, always the same one."""
        if self._context is None:
            self.cacheContext()
        return self._context


@implementer(interfaces.IOpenSSLContextFactory)
class ClientContextFactory:
    """
    A client's context that believes anybody; L{optionsForClientTLS} makes safe
    ones.

    @cvar method: the method of OpenSSL.
    """

    isClient = 1
    method = SSL.TLS_METHOD
    _contextFactory: Any = SSL.Context

    def getContext(self) -> Any:
        """Return a new context."""
        context = self._contextFactory(self.method)
        context.set_options(_BROKEN_VERSIONS)
        return context


# -- transports, for those who make them by hand -----------------------------------


def _wrapped(protocol: Any, contextFactory: Any, isClient: bool) -> Any:
    """Put TLS between *protocol*, which is not yet connected, and its transport."""
    factory = TLSMemoryBIOFactory(contextFactory, isClient, Factory())
    return factory.protocol(factory, protocol)


class _Encrypting:
    """
    A connector, seen by a transport whose protocol is to be wrapped in TLS.
    """

    def __init__(self, connector: Any, contextFactory: Any) -> None:
        self._connector = connector
        self._contextFactory = contextFactory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def buildProtocol(self, addr: Any) -> Any:
        """Wrap what the connector's factory makes."""
        inner = self._connector.buildProtocol(addr)
        return None if inner is None else _wrapped(inner, self._contextFactory, True)


@implementer_only(
    interfaces.ISSLTransport,
    *(each for each in implementedBy(tcp.Client) if each is not interfaces.ITLSTransport),
)
class Client(tcp.Client):
    """
    A connecting TCP transport that speaks TLS once it is connected.
    """

    def __init__(
        self,
        host: str,
        port: int,
        bindAddress: Any,
        ctxFactory: Any,
        connector: Any,
        reactor: Any = None,
    ) -> None:
        """
        @param ctxFactory: how to speak TLS, as for C{connectSSL}.
        """
        self.ctxFactory = ctxFactory
        watched = _Encrypting(connector, ctxFactory)
        super().__init__(host, port, bindAddress, connector=watched, reactor=reactor)

    def getPeerCertificate(self) -> Any:
        """Return the server's certificate, or L{None}."""
        return self.protocol.getPeerCertificate()


@implementer(interfaces.ISSLTransport)
class Server(tcp.Server):
    """
    An accepted TCP transport that speaks TLS from its first byte.
    """

    def __init__(self, sock: Any, protocol: Any, *where: Any) -> None:
        """
        @param where: the client's address, the L{Port} and so on, as of
            L{tcp.Server}.
        """
        _, port, *_ = where
        super().__init__(sock, _wrapped(protocol, port.ctxFactory, False), *where)

    def getPeerCertificate(self) -> Any:
        """Return the client's certificate, or L{None}."""
        return self.protocol.getPeerCertificate()


class Port(tcp.Port):
    """
    A TCP port whose connections speak TLS.
    """

    _type = "TLS"

    def __init__(
        self,
        port: int,
        factory: Any,
        ctxFactory: Any,
        backlog: int = 50,
        interface: str = "",
        reactor: Any = None,
    ) -> None:
        """
        @param ctxFactory: how to speak TLS, as for C{listenSSL}.
        """
        self.ctxFactory = ctxFactory
        wrapped = TLSMemoryBIOFactory(ctxFactory, False, factory, reactor)
        super().__init__(port, wrapped, backlog=backlog, interface=interface, reactor=reactor)


class Connector(tcp.Connector):
    """
    Connects by TCP, and speaks TLS then.
    """

    def __init__(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        """
        @param contextFactory: how to speak TLS, as for C{connectSSL}.
        """
        self.contextFactory = contextFactory
        super().__init__(host, port, factory, timeout, bindAddress, reactor=reactor)

    def _makeTransport(self) -> Any:
        where = (self.host, self.port, self.bindAddress)
        return Client(*where, ctxFactory=self.contextFactory, connector=self, reactor=self.reactor)


# -- which ways to agree on a protocol there are -----------------------------------


class ProtocolNegotiationSupport(Flags):
    """
    Ways to agree on a protocol in the handshake.

    @cvar NOSUPPORT: none.
    @cvar NPN: Next Protocol Negotiation, which ALPN has replaced.
    @cvar ALPN: Application-Layer Protocol Negotiation (RFC 7301).
    """

    NPN = FlagConstant(0x0001)
    ALPN = FlagConstant(0x0002)


# Nothing is a value too.
ProtocolNegotiationSupport.NOSUPPORT = (
    ProtocolNegotiationSupport.NPN ^ ProtocolNegotiationSupport.NPN
)


_SUPPORT = ProtocolNegotiationSupport


@deprecated(Version("Twisted", 26, 10, 0))
def protocolNegotiationMechanisms() -> FlagConstant:
    """
    Return which ways to agree on a protocol there are: ALPN.
    """
    return _SUPPORT.ALPN


deprecatedModuleAttribute(
    Version("Twisted", 26, 10, 0),
    "All supported TLS backends provide ALPN. There is no need to check for support.",
    __name__,
    "ProtocolNegotiationSupport",
)

__all__ = [
    "ContextFactory",
    "DefaultOpenSSLContextFactory",
    "ClientContextFactory",
    "DistinguishedName",
    "DN",
    "Certificate",
    "CertificateRequest",
    "PrivateCertificate",
    "KeyPair",
    "AcceptableCiphers",
    "CertificateOptions",
    "DiffieHellmanParameters",
    "platformTrust",
    "OpenSSLDefaultPaths",
    "TLSVersion",
    "VerificationError",
    "optionsForClientTLS",
    "ProtocolNegotiationSupport",
    "protocolNegotiationMechanisms",
    "trustRootFromCertificates",
]
