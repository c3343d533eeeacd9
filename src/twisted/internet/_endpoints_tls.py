"""
Endpoints that speak TLS, and TLS put around others.

OpenSSL is not loaded before one of them is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet import defer
from twisted.internet._endpoints_basic import TCP4ServerEndpoint, connectBy
from twisted.internet._endpoints_wrapping import _WrapperEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint


def _factoryAround(wrapped: Any, connectionCreator: Any, isClient: bool, clock: Any) -> Any:
    """Make a factory that wraps *wrapped*."""
    # Late: see above.
    from twisted.protocols.tls import TLSMemoryBIOFactory

    return TLSMemoryBIOFactory(connectionCreator, isClient, wrapped, clock)


def _requireTLS() -> None:
    """
    @raise NotImplementedError: there is no OpenSSL.
    """
    try:
        # Late: see above.
        import twisted.protocols.tls  # noqa: F401
    except ImportError:
        raise NotImplementedError("OpenSSL not available. Try installing the extra [tls].")


@implementer(IStreamServerEndpoint)
class SSL4ServerEndpoint:
    """Listens by TCP over IPv4, and speaks TLS."""

    def __init__(
        self,
        reactor: Any,
        port: int,
        sslContextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> None:
        """
        @param port: the number; 0 for any that is free.
        @param sslContextFactory: how to speak TLS, as for C{listenSSL}.
        @param backlog: how many may wait to be accepted.
        @param interface: the address to bind to.
        """
        self._reactor, self._port = reactor, port
        self._sslContextFactory = sslContextFactory
        self._backlog, self._interface = backlog, interface

    def listen(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Listen.

        @return: fires with the port, or fails with L{error.CannotListenError}.
        """
        where = {"backlog": self._backlog, "interface": self._interface}
        return defer.execute(
            self._reactor.listenSSL,
            self._port,
            protocolFactory,
            contextFactory=self._sslContextFactory,
            **where,
        )

    def _wrappedBeneath(self, wrap: Callable[[Any], Any]) -> Any:
        """Return a like endpoint, with *wrap* around what is beneath TLS."""
        plain = TCP4ServerEndpoint(self._reactor, self._port, self._backlog, self._interface)
        return _TLSServerEndpoint(wrap(plain), self._sslContextFactory, self._reactor)


@implementer(IStreamClientEndpoint)
class SSL4ClientEndpoint:
    """Connects by TCP over IPv4, and speaks TLS."""

    def __init__(
        self,
        reactor: Any,
        host: str,
        port: int,
        sslContextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> None:
        """
        @param host: a name or an address.
        @param sslContextFactory: how to speak TLS, as for C{connectSSL}.
        @param timeout: seconds to wait at the most.
        @param bindAddress: host and port to connect from.
        """
        self._reactor, self._host, self._port = reactor, host, port
        self._sslContextFactory = sslContextFactory
        self._timeout, self._bindAddress = timeout, bindAddress

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect.

        @return: fires with the protocol, connected, before the handshake; or
            fails with L{error.ConnectError}.  Cancelling it gives up.
        """
        how = {"timeout": self._timeout, "bindAddress": self._bindAddress}
        where = (self._host, self._port, self._sslContextFactory)
        connected: defer.Deferred[Any] = connectBy(
            protocolFactory, self._reactor.connectSSL, *where, position=2, **how
        )
        return connected


def wrapClientTLS(connectionCreator: Any, wrappedEndpoint: Any, clock: Any = None) -> Any:
    """
    Put TLS around a client endpoint.

    @param connectionCreator: how to speak it, such as
        L{twisted.internet.ssl.optionsForClientTLS} returns.
    @param wrappedEndpoint: the endpoint.
    @param clock: the reactor, by default the global one.
    @return: an L{IStreamClientEndpoint} provider.
    @raise NotImplementedError: there is no OpenSSL.
    """
    _requireTLS()
    return _WrapperEndpoint(
        wrappedEndpoint, lambda wrapped: _factoryAround(wrapped, connectionCreator, True, clock)
    )


@implementer(IStreamServerEndpoint)
class _TLSServerEndpoint:
    """
    TLS around a server endpoint.
    """

    def __init__(self, endpoint: Any, connectionCreator: Any, clock: Any = None) -> None:
        self.endpoint = endpoint
        self.connectionCreator = connectionCreator
        self.clock = clock

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        """
        Listen.

        @return: fires with the port, or fails.
        """
        wrapped = _factoryAround(factory, self.connectionCreator, False, self.clock)
        listening: defer.Deferred[Any] = self.endpoint.listen(wrapped)
        return listening

    def _wrappedBeneath(self, wrap: Callable[[Any], Any]) -> Any:
        """Return a like endpoint, with *wrap* around what is beneath TLS."""
        return _TLSServerEndpoint(wrap(self.endpoint), self.connectionCreator, self.clock)


def wrapServerTLS(connectionCreator: Any, wrappedEndpoint: Any, clock: Any = None) -> Any:
    """
    Put TLS around a server endpoint.

    @param connectionCreator: how to speak it, such as
        L{twisted.internet.ssl.CertificateOptions}.
    @param wrappedEndpoint: the endpoint.
    @param clock: the reactor, by default the global one.
    @return: an L{IStreamServerEndpoint} provider.
    @raise NotImplementedError: there is no OpenSSL.
    """
    _requireTLS()
    return _TLSServerEndpoint(wrappedEndpoint, connectionCreator, clock)
