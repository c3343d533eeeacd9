"""
Reactors for tests: nothing is connected, all is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import AF_INET, AF_INET6
from typing import Any

from zope.interface import implementer
from zope.interface.verify import verifyClass

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
        resolution = _SynchronousResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        if addressTypes is None or IPv4Address in addressTypes:
            resolutionReceiver.addressResolved(
                IPv4Address(transportSemantics, "127.0.0.1", portNumber)
            )
        elif IPv6Address in addressTypes:
            resolutionReceiver.addressResolved(
                IPv6Address(transportSemantics, "::1", portNumber)
            )
        resolutionReceiver.resolutionComplete()
        return resolution


@implementer(
    IReactorCore,
    IReactorTCP,
    IReactorSSL,
    IReactorUNIX,
    IReactorSocket,
    IReactorFDSet,
    IReactorPluggableNameResolver,
)
class MemoryReactor:
    """
    Notes what it is asked, and connects nothing.

    @ivar tcpClients, tcpServers, sslClients, sslServers, unixClients,
        unixServers: the arguments of each call.
    @ivar adoptedPorts, adoptedStreamConnections: likewise.
    @ivar connectors: what the calls to connect returned.
    @ivar triggers: of system events, by phase and event.
    """

    def __init__(self) -> None:
        self.hasInstalled = False
        self.running = False
        self.hasRun = False
        self.hasStopped = False
        self.hasCrashed = False
        self.whenRunningHooks: list[tuple[Any, Any, Any]] = []
        self.triggers: dict[str, dict[str, list[tuple[Any, Any, Any]]]] = {}
        self.tcpClients: list[Any] = []
        self.tcpServers: list[Any] = []
        self.sslClients: list[Any] = []
        self.sslServers: list[Any] = []
        self.unixClients: list[Any] = []
        self.unixServers: list[Any] = []
        self.adoptedPorts: list[Any] = []
        self.adoptedStreamConnections: list[Any] = []
        self.connectors: list[Any] = []
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
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
        self.running = True
        self.hasRun = True
        for f, args, kwargs in self.whenRunningHooks:
            f(*args, **kwargs)
        self.whenRunningHooks = []
        self.stop()

    def stop(self) -> None:
        """Note it."""
        self.running = False
        self.hasStopped = True

    def crash(self) -> None:
        """Note it."""
        self.running = False
        self.hasCrashed = True

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
        events.setdefault(eventType, []).append((callable, args, kw))

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError()

    def callWhenRunning(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Call *callable*, at once if it runs or has run."""
        if self.running or self.hasRun:
            callable(*args, **kw)
        else:
            self.whenRunningHooks.append((callable, args, kw))

    # -- sockets -------------------------------------------------------------

    def adoptStreamPort(self, fileno: int, addressFamily: int, factory: Any) -> Any:
        """Note it; return a port that accepts nothing."""
        if addressFamily == AF_INET:
            where: Any = IPv4Address("TCP", "0.0.0.0", 1234)
        elif addressFamily == AF_INET6:
            where = IPv6Address("TCP", "::", 1234)
        else:
            raise UnsupportedAddressFamily()
        self.adoptedPorts.append((fileno, addressFamily, factory))
        return _FakePort(where)

    def adoptStreamConnection(
        self, fileDescriptor: int, addressFamily: int, factory: Any
    ) -> None:
        """Note it."""
        self.adoptedStreamConnections.append((fileDescriptor, addressFamily, factory))

    def adoptDatagramPort(
        self, fileno: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> Any:
        """
        Note it; return a port that receives nothing.

        @raise UnsupportedAddressFamily: it is not IPv4 or IPv6.
        """
        if addressFamily not in (AF_INET, AF_INET6):
            raise UnsupportedAddressFamily()
        self.adoptedPorts.append((fileno, addressFamily, protocol, maxPacketSize))
        return _FakePort(
            IPv4Address("UDP", "0.0.0.0", 1234)
            if addressFamily == AF_INET
            else IPv6Address("UDP", "::", 1234)
        )

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Note it; return a port that accepts nothing."""
        self.tcpServers.append((port, factory, backlog, interface))
        if isIPv6Address(interface):
            where: Any = IPv6Address("TCP", interface, port)
        else:
            where = IPv4Address("TCP", interface or "0.0.0.0", port)
        return _FakePort(where)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Note it; return a connector that connects nothing."""
        self.tcpClients.append((host, port, factory, timeout, bindAddress))
        if isIPv6Address(host):
            where: Any = IPv6Address("TCP", host, port)
        else:
            where = IPv4Address("TCP", host, port)
        return self._connector(where, factory)

    def _connector(self, where: Any, factory: Any) -> Any:
        connector = _FakeConnector(where)
        factory.startedConnecting(connector)
        self.connectors.append(connector)
        return connector

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """Note it; return a port that accepts nothing."""
        self.sslServers.append((port, factory, contextFactory, backlog, interface))
        return _FakePort(IPv4Address("TCP", "0.0.0.0", port))

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
        self.sslClients.append((host, port, factory, contextFactory, timeout, bindAddress))
        return self._connector(IPv4Address("TCP", host, port), factory)

    def listenUNIX(
        self,
        address: str,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> Any:
        """Note it; return a port that accepts nothing."""
        self.unixServers.append((address, factory, backlog, mode, wantPID))
        return _FakePort(UNIXAddress(address))

    def connectUNIX(
        self, address: str, factory: Any, timeout: float = 30, checkPID: bool = False
    ) -> Any:
        """Note it; return a connector that connects nothing."""
        self.unixClients.append((address, factory, timeout, checkPID))
        return self._connector(UNIXAddress(address), factory)

    # -- descriptors -----------------------------------------------------------

    def addReader(self, reader: Any) -> None:
        """Note it."""
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:
        """Forget it."""
        self.readers.discard(reader)

    def addWriter(self, writer: Any) -> None:
        """Note it."""
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:
        """Forget it."""
        self.writers.discard(writer)

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return list(self.readers)

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return list(self.writers)

    def removeAll(self) -> list[Any]:
        """Forget all, and return them."""
        everyone = list(self.readers | self.writers)
        self.readers.clear()
        self.writers.clear()
        return everyone


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


@implementer(
    IReactorTCP, IReactorSSL, IReactorUNIX, IReactorSocket, IReactorPluggableNameResolver
)
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

    def installNameResolver(self, nameResolver: Any) -> Any:
        """Use *nameResolver*; return the one before."""
        before, self.nameResolver = self.nameResolver, nameResolver
        return before

    def adoptStreamPort(self, fileno: int, addressFamily: int, factory: Any) -> Any:
        """Raise."""
        raise self._listenException

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Raise."""
        raise self._listenException

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Raise."""
        raise self._connectException

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """Raise."""
        raise self._listenException

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
        raise self._connectException

    def listenUNIX(
        self,
        address: str,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> Any:
        """Raise."""
        raise self._listenException

    def connectUNIX(
        self, address: str, factory: Any, timeout: float = 30, checkPID: bool = False
    ) -> Any:
        """Raise."""
        raise self._connectException

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int
    ) -> Any:
        """Raise."""
        raise self._listenException

    def adoptStreamConnection(
        self, fileDescriptor: int, addressFamily: int, factory: Any
    ) -> Any:
        """Raise."""
        raise self._connectException


