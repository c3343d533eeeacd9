"""
Reactors for tests: nothing is connected, all is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import AF_INET, AF_INET6
from typing import Any, NamedTuple

from zope.interface import implementer
from zope.interface.verify import verifyClass

from twisted.internet._selectables import HeldInSets
from twisted.internet.abstract import isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import UnsupportedAddressFamily
from twisted.internet.interfaces import (
    IConnector,
    IHostnameResolver,
    IHostResolution,
    IListeningPort,
    IReactorCore,
    IReactorFDSet,
    IReactorPluggableNameResolver,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP,
    IReactorUNIX,
)
from twisted.internet.task import Clock


@implementer(IListeningPort)
class _FakePort:
    """
    A port at which nothing is ever accepted.
    """

    def __init__(self, hostAddress: Any) -> None:
        self._hostAddress = hostAddress

    def startListening(self) -> None:
        """Do nothing."""

    def stopListening(self) -> None:
        """Do nothing."""

    def getHost(self) -> Any:
        """Return the address it was made with."""
        return self._hostAddress


@implementer(IConnector)
class _FakeConnector:
    """
    A connector that only notes what it is asked.

    @ivar stoppedConnecting: whether it was asked to stop.
    """

    stoppedConnecting = False
    _disconnected = False

    def __init__(self, address: Any) -> None:
        self._address = address

    def stopConnecting(self) -> None:
        """Note it."""
        self.stoppedConnecting = True

    def disconnect(self) -> None:
        """Note it."""
        self._disconnected = True

    def connect(self) -> None:
        """Do nothing."""

    def getDestination(self) -> Any:
        """Return the address it was made with."""
        return self._address


@implementer(IHostResolution)
class _SynchronousResolution:
    """A name that has been looked up."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Do nothing: it is over."""


@implementer(IHostnameResolver)
class SynchronousResolver:
    """
    Resolves every name at once, to the loopback address.
    """

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[Any] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Tell *resolutionReceiver* the address."""
        over = _SynchronousResolution(hostName)
        resolutionReceiver.resolutionBegan(over)
        for kind, loopback in _LOOPBACKS:
            if addressTypes is None or kind in addressTypes:
                found = kind(transportSemantics, loopback, portNumber)
                resolutionReceiver.addressResolved(found)
                break
        resolutionReceiver.resolutionComplete()
        return over


# In order of preference; one is enough.
_LOOPBACKS: tuple[tuple[Any, str], ...] = ((IPv4Address, "127.0.0.1"), (IPv6Address, "::1"))


def _addressOf(host: str, port: int) -> Any:
    """The address of TCP that *host*, a literal or a name, stands for."""
    kind = IPv6Address if isIPv6Address(host) else IPv4Address
    return kind("TCP", host, port)


def _everywhere(protocol: str, addressFamily: int) -> Any:
    """
    The address of what listens at all addresses of a family.

    @raise UnsupportedAddressFamily: it is not IPv4 or IPv6.
    """
    kinds: dict[int, tuple[Any, str]] = {
        AF_INET: (IPv4Address, "0.0.0.0"),
        AF_INET6: (IPv6Address, "::"),
    }
    try:
        kind, host = kinds[addressFamily]
    except KeyError:
        raise UnsupportedAddressFamily()
    return kind(protocol, host, 1234)


class _Call(NamedTuple):
    """Something that is to be called, later."""

    callable: Callable[..., Any]
    args: tuple[Any, ...]
    kw: dict[str, Any]

    def make(self) -> None:
        """Call it."""
        self.callable(*self.args, **self.kw)


# What a L{MemoryReactor} notes, each in a list.
_NOTES = (
    *("tcpClients", "tcpServers", "sslClients", "sslServers", "unixClients", "unixServers"),
    *("adoptedPorts", "adoptedStreamConnections", "connectors", "whenRunningHooks"),
)


@implementer(
    IReactorCore,
    IReactorTCP,
    IReactorSSL,
    IReactorUNIX,
    IReactorSocket,
    IReactorFDSet,
    IReactorPluggableNameResolver,
)
class MemoryReactor(HeldInSets):
    """
    Notes what it is asked, and connects nothing.

    @ivar tcpClients, tcpServers, sslClients, sslServers, unixClients,
        unixServers: the arguments of each call.
    @ivar adoptedPorts, adoptedStreamConnections: likewise.
    @ivar connectors: what the calls to connect returned.
    @ivar triggers: of system events, by phase and event.
    @ivar readers, writers: the descriptors registered, two sets.
    """

    hasInstalled = hasRun = hasStopped = hasCrashed = running = False
    tcpClients: list[Any]
    tcpServers: list[Any]
    sslClients: list[Any]
    sslServers: list[Any]
    unixClients: list[Any]
    unixServers: list[Any]
    adoptedPorts: list[Any]
    adoptedStreamConnections: list[Any]
    connectors: list[Any]
    whenRunningHooks: list[tuple[Any, Any, Any]]

    def __init__(self) -> None:
        for name in _NOTES:
            setattr(self, name, [])
        self.triggers: dict[str, dict[str, list[tuple[Any, Any, Any]]]] = {}
        HeldInSets.__init__(self)
        self.readers, self.writers = self._readers, self._writers
        self.nameResolver: Any = SynchronousResolver()

    def install(self) -> None:
        """Note it."""
        self.hasInstalled = True

    def installNameResolver(self, resolver: Any) -> Any:
        """Use *resolver*; return the one before."""
        before, self.nameResolver = self.nameResolver, resolver
        return before

    def resolve(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError()

    def run(self) -> None:
        """Call what was to be called when running, and stop."""
        self.running = self.hasRun = True
        hooks, self.whenRunningHooks = self.whenRunningHooks, []
        for hook in hooks:
            _Call(*hook).make()
        self.stop()

    def stop(self) -> None:
        """Note it."""
        self._over("hasStopped")

    def crash(self) -> None:
        """Note it."""
        self._over("hasCrashed")

    def _over(self, how: str) -> None:
        self.running = False
        setattr(self, how, True)

    def iterate(self, delay: float = 0) -> None:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError()

    def fireSystemEvent(self, eventType: str) -> None:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError()

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: Any, **kw: Any
    ) -> Any:
        """Note the trigger."""
        events = self.triggers.setdefault(phase, {})
        events.setdefault(eventType, []).append(_Call(callable, args, kw))

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError()

    def callWhenRunning(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Call *callable*, at once if it runs or has run."""
        call = _Call(callable, args, kw)
        if self.hasRun or self.running:
            call.make()
        else:
            self.whenRunningHooks.append(call)

    # -- sockets -------------------------------------------------------------

    def _listening(self, notes: list[Any], where: Any, *asked: Any) -> Any:
        """Note what was *asked*; return a port at the address *where*."""
        notes.append(asked)
        return _FakePort(where)

    def _connecting(self, notes: list[Any], where: Any, factory: Any, *asked: Any) -> Any:
        """Note what was *asked*; return a connector to *where*, after telling *factory*."""
        notes.append(asked)
        made = _FakeConnector(where)
        self.connectors.append(made)
        factory.startedConnecting(made)
        return made

    def adoptStreamPort(self, fileno: int, addressFamily: int, factory: Any) -> Any:
        """
        Note it; return a port that accepts nothing.

        @raise UnsupportedAddressFamily: it is not IPv4 or IPv6.
        """
        where = _everywhere("TCP", addressFamily)
        return self._listening(self.adoptedPorts, where, fileno, addressFamily, factory)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> None:
        """Note it."""
        self.adoptedStreamConnections.append((fileDescriptor, addressFamily, factory))

    def adoptDatagramPort(
        self, fileno: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> Any:
        """
        Note it; return a port that receives nothing.

        @raise UnsupportedAddressFamily: it is not IPv4 or IPv6.
        """
        where = _everywhere("UDP", addressFamily)
        asked = (fileno, addressFamily, protocol, maxPacketSize)
        return self._listening(self.adoptedPorts, where, *asked)

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Note it; return a port that accepts nothing."""
        where = _addressOf(interface or "0.0.0.0", port)
        return self._listening(self.tcpServers, where, port, factory, backlog, interface)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Note it; return a connector that connects nothing."""
        where = _addressOf(host, port)
        asked = (host, port, factory, timeout, bindAddress)
        return self._connecting(self.tcpClients, where, factory, *asked)

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """Note it; return a port that accepts nothing."""
        where = IPv4Address("TCP", "0.0.0.0", port)
        asked = (port, factory, contextFactory, backlog, interface)
        return self._listening(self.sslServers, where, *asked)

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """Note it; return a connector that connects nothing."""
        where = IPv4Address("TCP", host, port)
        asked = (host, port, factory, contextFactory, timeout, bindAddress)
        return self._connecting(self.sslClients, where, factory, *asked)

    def listenUNIX(
        self,
        address: str,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> Any:
        """Note it; return a port that accepts nothing."""
        asked = (address, factory, backlog, mode, wantPID)
        return self._listening(self.unixServers, UNIXAddress(address), *asked)

    def connectUNIX(
        self, address: str, factory: Any, timeout: float = 30, checkPID: bool = False
    ) -> Any:
        """Note it; return a connector that connects nothing."""
        asked = (address, factory, timeout, checkPID)
        return self._connecting(self.unixClients, UNIXAddress(address), factory, *asked)


for _interface in (IReactorTCP, IReactorSSL, IReactorUNIX, IReactorFDSet):
    verifyClass(_interface, MemoryReactor)
del _interface


class MemoryReactorClock(MemoryReactor, Clock):
    """
    A L{MemoryReactor} with a clock that the test advances.
    """

    def __init__(self) -> None:
        MemoryReactor.__init__(self)
        Clock.__init__(self)


@implementer(IReactorTCP, IReactorSSL, IReactorUNIX, IReactorSocket, IReactorPluggableNameResolver)
class RaisingMemoryReactor:
    """
    Raises, whatever it is asked.
    """

    def __init__(self, listenException: Any = None, connectException: Any = None) -> None:
        """
        @param listenException: what the calls to listen raise.
        @param connectException: what the calls to connect raise.
        """
        self._listenException = listenException
        self._connectException = connectException
        self.nameResolver: Any = SynchronousResolver()

    def _refuse(self, listening: bool) -> Any:
        raise self._listenException if listening else self._connectException

    def installNameResolver(self, nameResolver: Any) -> Any:
        """Use *nameResolver*; return the one before."""
        before, self.nameResolver = self.nameResolver, nameResolver
        return before

    def adoptStreamPort(self, fileno: int, addressFamily: int, factory: Any) -> Any:
        """Raise."""
        return self._refuse(listening=True)

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Raise."""
        return self._refuse(listening=True)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Raise."""
        return self._refuse(listening=False)

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """Raise."""
        return self._refuse(listening=True)

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """Raise."""
        return self._refuse(listening=False)

    def listenUNIX(
        self,
        address: str,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> Any:
        """Raise."""
        return self._refuse(listening=True)

    def connectUNIX(
        self, address: str, factory: Any, timeout: float = 30, checkPID: bool = False
    ) -> Any:
        """Raise."""
        return self._refuse(listening=False)

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int
    ) -> Any:
        """Raise."""
        return self._refuse(listening=True)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """Raise."""
        return self._refuse(listening=False)
