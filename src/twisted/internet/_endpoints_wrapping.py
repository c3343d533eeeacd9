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

# What a wrapped protocol may be, besides a protocol, and is to be seen through us.
_EXTRAS = {
    IHalfCloseableProtocol: ("readConnectionLost", "writeConnectionLost"),
    IFileDescriptorReceiver: ("fileDescriptorReceived",),
    IHandshakeListener: ("handshakeCompleted",),
}


class _WrappingProtocol(Protocol):
    """
    Passes everything on to a protocol, and tells when it is connected.
    """

    def __init__(self, connectedDeferred: defer.Deferred[Any], wrappedProtocol: Any) -> None:
        self._connectedDeferred = connectedDeferred
        self._wrappedProtocol = wrappedProtocol
        extras = [each for each in _EXTRAS if each.providedBy(wrappedProtocol)]
        if extras:
            directlyProvides(self, *extras, providedBy(self))

    def logPrefix(self) -> str:
        """Return the protocol's prefix."""
        inner = self._wrappedProtocol
        has = ILoggingContext.providedBy(inner)
        return str(inner.logPrefix()) if has else type(inner).__name__

    def connectionMade(self) -> None:
        """Connect the protocol, and tell."""
        protocol = self._wrappedProtocol
        protocol.makeConnection(self.transport)
        self._connectedDeferred.callback(protocol)

    def dataReceived(self, data: bytes) -> Any:
        """Pass it on."""
        return self._wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Failure) -> Any:  # type: ignore[override]
        """Pass it on."""
        return self._wrappedProtocol.connectionLost(reason)


def _passing(name: str) -> Callable[..., Any]:
    """Make a method that calls that of the wrapped protocol."""

    def passOn(self: _WrappingProtocol, *args: Any) -> Any:
        return getattr(self._wrappedProtocol, name)(*args)

    passOn.__name__ = name
    passOn.__qualname__ = f"_WrappingProtocol.{name}"
    passOn.__doc__ = "Pass it on."
    return passOn


for _names in _EXTRAS.values():
    for _name in _names:
        setattr(_WrappingProtocol, _name, _passing(_name))


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
        self._connector: Any = None
        self._onConnection: defer.Deferred[Any] = defer.Deferred(self._canceller)

    def startedConnecting(self, connector: Any) -> None:
        """Note by what it can be stopped."""
        self._connector = connector

    def _canceller(self, deferred: defer.Deferred[Any]) -> None:
        attempt = self._connector
        deferred.errback(error.ConnectingCancelledError(attempt.getDestination()))
        attempt.stopConnecting()

    def doStart(self) -> None:
        """Start the factory."""
        self._wrappedFactory.doStart()

    def doStop(self) -> None:
        """Stop the factory."""
        self._wrappedFactory.doStop()

    def buildProtocol(self, addr: Any) -> Any:
        """Wrap the protocol that the factory makes; if it makes none, fail."""
        try:
            inner = self._wrappedFactory.buildProtocol(addr)
        except BaseException:
            self._onConnection.errback()
            return None
        if inner is None:
            self._onConnection.errback(error.NoProtocol())
            return None
        return self.protocol(self._onConnection, inner)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        """Fail, unless it was given up."""
        waiting = self._onConnection
        if not waiting.called:
            waiting.errback(reason)


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
