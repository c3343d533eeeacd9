"""
Protocols, their factories, endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from twisted.internet._interfaces.addresses import IAddress
    from twisted.internet._interfaces.transports import (
        IListeningPort,
        IProcessTransport,
        ITransport,
    )
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure


# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.internet.interfaces"


class IProtocol(Interface):
    """Speaks over a transport."""

    def dataReceived(data: bytes) -> None:
        """
        Bytes have arrived; as many as there were, whatever was written at
        once.
        """

    def connectionLost(reason: Failure) -> None:
        """
        The connection is over; the last call.

        @param reason: wraps L{error.ConnectionDone} or
            L{error.ConnectionLost}, or a subclass.
        """

    def makeConnection(transport: ITransport) -> None:
        """Take the transport, and begin with C{connectionMade}."""

    def connectionMade() -> None:
        """The connection is there; the first call."""


class IProcessProtocol(Interface):
    """Speaks with a process."""

    def makeConnection(process: IProcessTransport) -> None:
        """The process was started; take its transport."""

    def childDataReceived(childFD: int, data: bytes) -> None:
        """The child wrote *data* to its descriptor *childFD*."""

    def childConnectionLost(childFD: int) -> None:
        """The pipe to or from the child's *childFD* was closed."""

    def processExited(reason: Failure) -> None:
        """
        The process ended; its pipes may still have data.

        @param reason: wraps L{error.ProcessDone} or L{error.ProcessTerminated}.
        """

    def processEnded(reason: Failure) -> None:
        """
        The process ended and its pipes are closed; the last call.

        @param reason: as for C{processExited}.
        """


class IHalfCloseableProtocol(Interface):
    """Wants to know of each direction that ends, and goes on with the other."""

    def readConnectionLost() -> None:
        """The peer has finished sending."""

    def writeConnectionLost() -> None:
        """Our sending direction is closed."""


class IHandshakeListener(Interface):
    """Wants to know when the TLS handshake is done."""

    def handshakeCompleted() -> None:
        """It is; certificates and negotiated protocol can be asked for."""


class IFileDescriptorReceiver(Interface):
    """Receives descriptors over a UNIX socket."""

    def fileDescriptorReceived(descriptor: int) -> None:
        """*descriptor* has arrived, and is ours to close."""


class IProtocolFactory(Interface):
    """Makes protocols."""

    def buildProtocol(addr: IAddress) -> IProtocol | None:
        """
        Make a protocol for a connection with *addr*.

        @return: L{None} to have it closed.
        """

    def doStart() -> None:
        """It is about to be used; called for each port or connector."""

    def doStop() -> None:
        """A port or connector uses it no longer."""


class IStreamServerEndpoint(Interface):
    """Where and how to listen."""

    def listen(protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """
        Listen, with *protocolFactory* for the connections.

        @return: fires with the port, or fails with
            L{error.CannotListenError}.
        """


class IStreamClientEndpoint(Interface):
    """Where and how to connect."""

    def connect(protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        Connect, with a protocol of *protocolFactory*.

        @return: fires with the protocol, connected; or fails with
            L{error.ConnectError}.  Cancelling it gives up.
        """


class IStreamServerEndpointStringParser(Interface):
    """A plugin that makes server endpoints of descriptions."""

    prefix = Attribute("What a description begins with, before the first colon.")

    def parseStreamServer(reactor: Any, *args: Any, **kwargs: Any) -> IStreamServerEndpoint:
        """
        Make an endpoint.

        @param args: the parts of the description, text.
        @param kwargs: those that have names.
        """


class IStreamClientEndpointStringParserWithReactor(Interface):
    """A plugin that makes client endpoints of descriptions."""

    prefix = Attribute("What a description begins with, before the first colon.")

    def parseStreamClient(reactor: Any, *args: Any, **kwargs: Any) -> IStreamClientEndpoint:
        """
        Make an endpoint.

        @param args: the parts of the description, text.
        @param kwargs: those that have names.
        """


class IServiceCollection(Interface):
    """Services by name, as L{twisted.application} once had them."""

    def getServiceNamed(serviceName: str) -> object:
        """Return the service of that name."""

    def addService(service: object) -> None:
        """Add a service."""

    def removeService(service: object) -> None:
        """Remove a service."""


class IOpenSSLServerConnectionCreator(Interface):
    """Makes the server's half of TLS connections."""

    def serverConnectionForTLS(tlsProtocol: Any) -> Any:
        """Return an C{OpenSSL.SSL.Connection} for *tlsProtocol*."""


class IOpenSSLClientConnectionCreator(Interface):
    """Makes the client's half of TLS connections."""

    def clientConnectionForTLS(tlsProtocol: Any) -> Any:
        """Return an C{OpenSSL.SSL.Connection} for *tlsProtocol*."""


class IOpenSSLContextFactory(Interface):
    """Has a TLS context, for either half."""

    def getContext() -> Any:
        """Return an C{OpenSSL.SSL.Context}."""


class IProtocolNegotiationFactory(Interface):
    """Knows which protocols may be agreed on by ALPN."""

    def acceptableProtocols() -> list[bytes]:
        """Return their names, the preferred first."""


class ICipher(Interface):
    """A TLS cipher."""

    fullName = Attribute("Its name, as OpenSSL has it.")


class IAcceptableCiphers(Interface):
    """Says which ciphers may be used."""

    def selectCiphers(availableCiphers: tuple[ICipher, ...]) -> tuple[ICipher, ...]:
        """Return those of *availableCiphers* that may, the preferred first."""
