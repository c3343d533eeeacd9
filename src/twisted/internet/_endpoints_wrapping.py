"""
What turns a connector's callbacks into a Deferred.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import directlyProvides, implementer, providedBy

from twisted.internet import defer, error
from twisted.internet.interfaces import (
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    ILoggingContext,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.python.failure import Failure

_PASSED_ON = (
    IHalfCloseableProtocol,
    IFileDescriptorReceiver,
    IHandshakeListener,
)


class _WrappingProtocol(Protocol):
    """
    Passes everything on to a protocol, and tells when it is connected.
    """

    def __init__(self, connectedDeferred: defer.Deferred[Any], wrappedProtocol: Any) -> None:
        self._connectedDeferred = connectedDeferred
        self._wrappedProtocol = wrappedProtocol
        for iface in _PASSED_ON:
            if iface.providedBy(wrappedProtocol):
                directlyProvides(self, iface, providedBy(self))

    def logPrefix(self) -> str:
        """Return the protocol's prefix."""
        if ILoggingContext.providedBy(self._wrappedProtocol):
            return str(self._wrappedProtocol.logPrefix())
        return self._wrappedProtocol.__class__.__name__

    def connectionMade(self) -> None:
        """Connect the protocol, and tell."""
        self._wrappedProtocol.makeConnection(self.transport)
        self._connectedDeferred.callback(self._wrappedProtocol)

    def dataReceived(self, data: bytes) -> None:
        """Pass it on."""
        self._wrappedProtocol.dataReceived(data)

    def fileDescriptorReceived(self, descriptor: int) -> None:
        """Pass it on."""
        self._wrappedProtocol.fileDescriptorReceived(descriptor)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Pass it on."""
        self._wrappedProtocol.connectionLost(reason)

    def readConnectionLost(self) -> None:
        """Pass it on."""
        self._wrappedProtocol.readConnectionLost()

    def writeConnectionLost(self) -> None:
        """Pass it on."""
        self._wrappedProtocol.writeConnectionLost()

    def handshakeCompleted(self) -> None:
        """Pass it on."""
        self._wrappedProtocol.handshakeCompleted()


@implementer(IStreamClientEndpoint)
class _WrapperEndpoint:
    """
    Connects by another endpoint, with each factory wrapped.
    """

    def __init__(self, wrappedEndpoint: Any, wrapperFactory: Callable[[Any], Any]) -> None:
        """
        @param wrapperFactory: makes a factory of protocol wrappers of a
            factory, as L{twisted.protocols.policies.WrappingFactory} does.
        """
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect.

        @return: fires with the protocol inside, connected, or fails.
        """
        connected: defer.Deferred[Any] = self._wrappedEndpoint.connect(
            self._wrapperFactory(protocolFactory)
        )
        return connected.addCallback(lambda wrapper: wrapper.wrappedProtocol)


@implementer(IStreamServerEndpoint)
class _WrapperServerEndpoint:
    """
    Listens by another endpoint, with each factory wrapped.
    """

    def __init__(self, wrappedEndpoint: Any, wrapperFactory: Callable[[Any], Any]) -> None:
        """
        @param wrapperFactory: as L{_WrapperEndpoint}'s.
        """
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def listen(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Listen.

        @return: fires with the port, or fails.
        """
        listening: defer.Deferred[Any] = self._wrappedEndpoint.listen(
            self._wrapperFactory(protocolFactory)
        )
        return listening


class _WrappingFactory(ClientFactory[Any]):
    """
    Wraps a factory's protocols; its Deferred fires with the first one.

    @ivar _onConnection: that Deferred.
    """

    protocol = _WrappingProtocol

    def __init__(self, wrappedFactory: Any) -> None:
        self._wrappedFactory = wrappedFactory
        self._onConnection: defer.Deferred[Any] = defer.Deferred(canceller=self._canceller)
        self._connector: Any = None

    def startedConnecting(self, connector: Any) -> None:
        """Note by what it can be stopped."""
        self._connector = connector

    def _canceller(self, deferred: defer.Deferred[Any]) -> None:
        deferred.errback(error.ConnectingCancelledError(self._connector.getDestination()))
        self._connector.stopConnecting()

    def doStart(self) -> None:
        """Start the factory."""
        self._wrappedFactory.doStart()

    def doStop(self) -> None:
        """Stop the factory."""
        self._wrappedFactory.doStop()

    def buildProtocol(self, addr: Any) -> Any:
        """Wrap the protocol that the factory makes."""
        try:
            made = self._wrappedFactory.buildProtocol(addr)
            if made is None:
                raise error.NoProtocol()
        except BaseException:
            self._onConnection.errback()
            return None
        return self.protocol(self._onConnection, made)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        """Fail, unless it was given up."""
        if not self._onConnection.called:
            self._onConnection.errback(reason)


@implementer(ILoggingContext)
class OneTimeFactory(Factory[Any]):
    """
    Gives one protocol, which exists already.
    """

    noisy = False

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def logPrefix(self) -> str:
        """Return the protocol's name."""
        return self._protocol.__class__.__name__

    def buildProtocol(self, addr: Any) -> Any:
        """Give it."""
        return self._protocol
