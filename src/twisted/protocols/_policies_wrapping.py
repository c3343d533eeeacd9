"""
What stands between a transport and a protocol, and between a port and a factory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, wraps
from operator import attrgetter
from typing import Any, TypeVar, cast

from zope.interface import directlyProvides, providedBy

from twisted.internet import interfaces
from twisted.internet.protocol import ClientFactory, Protocol

WP = TypeVar("WP", bound="ProtocolWrapper")
_Method = TypeVar("_Method", bound=Callable[..., Any])


def _prefixOf(wrapper: object, wrapped: Any) -> str:
    """Return what the log calls *wrapped* when *wrapper* is around it."""
    try:
        inner = wrapped.logPrefix()
    except AttributeError:
        inner = wrapped.__class__.__name__
    return f"{inner} ({wrapper.__class__.__name__})"


def _become(wrapper: Protocol, transport: Any) -> None:
    """Have *wrapper* provide what *transport* does, and be its protocol."""
    interfacesOfTransport: Any = providedBy(transport)
    directlyProvides(wrapper, interfacesOfTransport)
    Protocol.makeConnection(wrapper, transport)


def _passedTo(attribute: str) -> Callable[[_Method], _Method]:
    """
    Make a decorator of methods that have nothing but their signature: they call
    the method of the same name of what *attribute* is.
    """

    def decorate(method: _Method) -> _Method:
        find = attrgetter(f"{attribute}.{method.__name__}")

        @wraps(method)
        def passOn(self: Any, *args: Any, **named: Any) -> Any:
            return find(self)(*args, **named)

        return cast(_Method, passOn)

    return decorate


class ProtocolWrapper(Protocol):
    """
    Stands between a transport and a protocol, and passes everything on.

    Methods and attributes of the transport which are not written out here are
    found all the same, and so are its interfaces.

    @ivar wrappedProtocol: the protocol; L{None} after the connection is lost.
    @ivar factory: the L{WrappingFactory}.
    @ivar disconnecting: true after C{loseConnection}.
    """

    disconnecting: Any = 0

    def __init__(self, factory: Any, wrappedProtocol: Any) -> None:
        self.wrappedProtocol = wrappedProtocol
        self.factory = factory

    def logPrefix(self) -> str:
        """Return the protocol's prefix, with our name in parentheses."""
        return _prefixOf(self, self.wrappedProtocol)

    # What the transport wants of a protocol.

    def makeConnection(self, transport: Any) -> None:
        """Connect, become like *transport*, and connect the protocol to us."""
        _become(self, transport)
        self.factory.registerProtocol(self)
        self.wrappedProtocol.makeConnection(self)

    # This and write are called most, and cost less when they are written out.

    def dataReceived(self, data: bytes) -> None:
        """Pass *data* to the protocol."""
        self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Tell the factory and the protocol, and let go of the latter."""
        self.factory.unregisterProtocol(self)
        wrapped, self.wrappedProtocol = self.wrappedProtocol, None
        wrapped.connectionLost(reason)

    # What the protocol wants of a transport.

    def loseConnection(self) -> None:
        """Close, once everything is sent."""
        self.disconnecting = 1
        self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Send *data*."""
        self.transport.write(data)

    @_passedTo("transport")
    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send all of *data*."""

    @_passedTo("transport")
    def getPeer(self) -> Any:
        """Return the other side's address."""

    @_passedTo("transport")
    def getHost(self) -> Any:
        """Return this side's address."""

    @_passedTo("transport")
    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* be told when to write."""

    @_passedTo("transport")
    def unregisterProducer(self) -> None:
        """There is nothing more from the producer."""

    @_passedTo("transport")
    def stopConsuming(self) -> None:
        """Stop taking what a producer writes."""

    def __getattr__(self, name: str) -> Any:
        # Whatever else it is.
        return getattr(self.transport, name)


class WrappingFactory(ClientFactory[WP]):
    """
    Wraps what another factory builds.

    @cvar protocol: makes the wrapper; called with this factory and the
        protocol to be wrapped.
    @ivar wrappedFactory: the other factory.
    @ivar protocols: the wrappers that are connected, as the keys of a
        dictionary.
    """

    protocol: Any = ProtocolWrapper

    def __init__(self, wrappedFactory: Any) -> None:
        self.wrappedFactory = wrappedFactory
        self.protocols: dict[Any, int] = {}

    def logPrefix(self) -> str:
        """Return the wrapped factory's prefix, with our name in parentheses."""
        return _prefixOf(self, self.wrappedFactory)

    # The wrappers.

    def buildProtocol(self, addr: Any) -> Any:
        """
        Have the wrapped factory build a protocol, and wrap it.

        @return: L{None} if the wrapped factory gave none.
        """
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self._wrap(inner)

    def _wrap(self, inner: Any) -> Any:
        """Make the wrapper of the protocol *inner*."""
        return self.protocol(self, inner)

    def registerProtocol(self, p: Any) -> None:
        """A wrapper is connected."""
        self.protocols[p] = 1

    def unregisterProtocol(self, p: Any) -> None:
        """A wrapper's connection is lost."""
        self.protocols.pop(p)

    # What happens to the factory.

    def doStart(self) -> None:
        """Start the wrapped factory, and this one."""
        self._both("doStart")

    def doStop(self) -> None:
        """Stop the wrapped factory, and this one."""
        self._both("doStop")

    def _both(self, action: str) -> None:
        """Call the method *action* of the wrapped factory, then ours."""
        for do in (
            getattr(self.wrappedFactory, action),
            partial(getattr(ClientFactory, action), self),
        ):
            do()

    @_passedTo("wrappedFactory")
    def startedConnecting(self, connector: interfaces.IConnector) -> None:
        """Tell the wrapped factory."""

    @_passedTo("wrappedFactory")
    def clientConnectionFailed(self, connector: interfaces.IConnector, reason: Any) -> None:
        """Tell the wrapped factory."""

    @_passedTo("wrappedFactory")
    def clientConnectionLost(self, connector: interfaces.IConnector, reason: Any) -> None:
        """Tell the wrapped factory."""


def _watched(watch: Callable[[Any, str, Any], Any]) -> Callable[[_Method], _Method]:
    """
    Make a decorator of methods of a L{ProtocolWrapper} that have nothing but their
    signature: what passes is shown before it is passed on.

    @param watch: called with the wrapper, the method's name and what passes;
        returns that, perhaps as a list.
    """

    def decorate(method: _Method) -> _Method:
        name = method.__name__
        passOn = getattr(ProtocolWrapper, name)

        @wraps(method)
        def show(self: Any, *args: Any, **named: Any) -> None:
            (passing,) = (*args, *named.values())
            passOn(self, watch(self, name, passing))

        return cast(_Method, show)

    return decorate
