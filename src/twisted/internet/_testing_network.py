"""
A network in memory, for tests: hosts, the ways between them, and a clock.

Every host is a reactor, as far as protocols know one: TCP, UDP, time and names.
What goes from one to another takes its time, and may be lost, doubled, come late
or be cut off, as L{Conditions} and L{MemoryNetwork.partition} say.  Chance comes
from a seed: the same test runs the same way each time::

    network = MemoryNetwork(seed=1, conditions=Conditions(latency=0.05, loss=0.1))
    server, client = network.host("server"), network.host("client")
    server.listenTCP(80, site)
    d = HTTPAgent(client).request(...)
    response = network.runUntil(d)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import attrs
from zope.interface import implementer

from twisted.internet import _dispatch, error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IReactorFromThreads,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorTime,
    IReactorUDP,
)
from twisted.internet.task import Clock
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._testing_network_tcp import MemoryConnection

_log = Logger()

#: Seconds before a segment that was lost is sent again; doubled each time.
FIRST_RETRY, LONGEST_RETRY = 0.2, 30.0

#: Seconds that a connection lives on without an answer.
GIVES_UP = 120.0

#: The numbers of ports that nobody has chosen.
_EPHEMERAL = range(49152, 65536)


@attrs.frozen
class Conditions:
    """
    What happens between two hosts, in one direction.

    @ivar latency: seconds on the way.
    @ivar jitter: seconds more, at the most.
    @ivar loss: how probable it is that a packet is lost, from 0 to below 1.
        TCP sends again, which takes time.
    @ivar duplication: how probable it is that a datagram arrives twice.
    @ivar reordering: how probable it is that a datagram takes ten times the
        time, so that others overtake it.
    @ivar segment: bytes of the longest piece in which a stream arrives; where
        it is cut is chance.  0: in the pieces in which it was sent.
    """

    latency: float = attrs.field(default=0.001, validator=attrs.validators.ge(0))
    jitter: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))
    loss: float = attrs.field(
        default=0.0, validator=[attrs.validators.ge(0), attrs.validators.lt(1)]
    )
    duplication: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))
    reordering: float = attrs.field(default=0.0, validator=attrs.validators.ge(0))
    segment: int = attrs.field(default=1460, validator=attrs.validators.ge(0))


class MemoryNetwork:
    """
    Hosts, and the ways between them.

    @ivar clock: the time of all hosts.
    @ivar random: where all chance comes from.
    @ivar trace: what has happened, as tuples of the time, a word, who sent it,
        who was to get it, and how many bytes.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        seed: int = 0,
        conditions: Conditions | None = None,
    ) -> None:
        """
        @param conditions: those between hosts for which no others were set.
        """
        self.clock = Clock() if clock is None else clock
        self.random = Random(seed)
        self.conditions = Conditions() if conditions is None else conditions
        self.trace: list[tuple[float, str, str, str, int]] = []
        self._hosts: dict[str, MemoryHost] = {}
        self._ways: dict[tuple[str, str], Conditions] = {}
        self._groups: list[frozenset[str]] = []
        self._numbers = count(1)

    # -- what there is ----------------------------------------------------------

    def host(self, name: str, address: str | None = None) -> MemoryHost:
        """
        Return the host *name*; make it if there is none.

        @param address: its address, IPv4 or IPv6; by default one of 10.0.0.0/8.
        @raise ValueError: *address* is another host's, or none at all.
        """
        known = self._hosts.get(name)
        if known is not None:
            return known
        if address is None:
            number = next(self._numbers)
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        address = str(ip_address(address))
        if self.find(address) is not None:
            raise ValueError(f"{address} is another host's")
        made = self._hosts[name] = MemoryHost(self, name, address)
        return made

    def find(self, where: str) -> MemoryHost | None:
        """Return the host with this name or address, or L{None}."""
        named = self._hosts.get(where)
        if named is not None:
            return named
        for host in self._hosts.values():
            if host.address == where:
                return host
        return None

    def setConditions(
        self, conditions: Conditions, source: MemoryHost, target: MemoryHost, both: bool = True
    ) -> None:
        """
        Set what happens on the way from *source* to *target*.

        @param both: and on the way back.
        """
        self._ways[source.name, target.name] = conditions
        if both:
            self._ways[target.name, source.name] = conditions

    def between(self, source: MemoryHost, target: MemoryHost) -> Conditions:
        """Return what happens on the way from *source* to *target*."""
        return self._ways.get((source.name, target.name), self.conditions)

    def partition(self, *groups: Iterable[MemoryHost]) -> None:
        """
        Let only the hosts of the same group reach each other.  Those of no
        group are one more.
        """
        self._groups = [frozenset(host.name for host in group) for group in groups]

    def heal(self) -> None:
        """Let all reach all."""
        self._groups = []

    def reaches(self, source: MemoryHost, target: MemoryHost) -> bool:
        """Tell whether what *source* sends can come to *target*."""
        return all((source.name in group) == (target.name in group) for group in self._groups)

    # -- chance -------------------------------------------------------------------

    def note(self, what: str, source: MemoryHost, target: MemoryHost, size: int = 0) -> None:
        """Add to the trace."""
        self.trace.append((self.clock.seconds(), what, source.name, target.name, size))

    def happens(self, probability: float) -> bool:
        """Tell whether something of this probability happens now."""
        # Not asked where there is no chance: what is added elsewhere changes
        # nothing there.
        return probability > 0 and self.random.random() < probability

    def journey(self, source: MemoryHost, target: MemoryHost) -> float:
        """Return how many seconds one packet takes."""
        way = self.between(source, target)
        return way.latency + (self.random.random() * way.jitter if way.jitter else 0.0)

    # -- time ---------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """
        Let *seconds* pass; what is planned happens at its moment.
        """
        end = self.clock.seconds() + seconds
        while (moment := self._next()) is not None and moment <= end:
            self.clock.advance(max(0.0, moment - self.clock.seconds()))
        self.clock.advance(max(0.0, end - self.clock.seconds()))

    def _next(self) -> float | None:
        calls = self.clock.getDelayedCalls()
        return min((call.getTime() for call in calls), default=None)

    def runUntil(self, condition: Deferred[Any] | Callable[[], Any], seconds: float = 300) -> Any:
        """
        Let time pass until something has happened.

        @param condition: a Deferred that is to fire, or a function that is to
            return something true.
        @param seconds: how long at the most.
        @return: what the Deferred fired with (what it failed with is raised),
            or what the function returned.
        @raise error.TimeoutError: it did not happen, or nothing more is planned.
        """
        found: list[Any] = []
        if isinstance(condition, Deferred):
            condition.addBoth(found.append)
        else:
            ask = condition

        def over() -> bool:
            if not isinstance(condition, Deferred) and (answer := ask()):
                found.append(answer)
            return bool(found)

        end = self.clock.seconds() + seconds
        while not over():
            moment = self._next()
            if moment is None or moment > end:
                raise error.TimeoutError(f"it did not happen within {seconds} s")
            self.clock.advance(max(0.0, moment - self.clock.seconds()))
        if isinstance(found[0], Failure):
            found[0].raiseException()
        return found[0]


@implementer(IHostResolution)
class _Resolution:
    """A name that is being looked up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.call: Any = None

    def cancel(self) -> None:
        """Do not look it up any more."""
        if self.call is not None and self.call.active():
            self.call.cancel()


@implementer(IHostnameResolver)
class _Resolver:
    """Knows the hosts of the network."""

    def __init__(self, host: MemoryHost) -> None:
        self._host = host

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Tell *resolutionReceiver* the address, in a later turn."""
        resolution = _Resolution(hostName)

        def tell() -> None:
            found = self._host.network.find(hostName)
            if found is not None:
                address = found.at(portNumber, transportSemantics)
                if addressTypes is None or type(address) in addressTypes:
                    resolutionReceiver.addressResolved(address)
            resolutionReceiver.resolutionComplete()

        resolutionReceiver.resolutionBegan(resolution)
        resolution.call = self._host.callLater(0, tell)
        return resolution


@implementer(
    IReactorTCP, IReactorUDP, IReactorTime, IReactorFromThreads, IReactorPluggableNameResolver
)
class MemoryHost:
    """
    One host, a reactor to what runs on it.

    @ivar network: whose it is.
    @ivar name, address: what it is called.
    """

    running = True

    def __init__(self, network: MemoryNetwork, name: str, address: str) -> None:
        self.network = network
        self.name = name
        self.address = address
        self.nameResolver: Any = _Resolver(self)
        self.listeners: dict[tuple[str, int], Any] = {}
        self._readers: set[Any] = set()
        self._writers: set[Any] = set()
        self._planned: set[Any] = set()
        self._ephemeral = iter(_EPHEMERAL)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.address}>"

    def at(self, port: int, kind: str = "TCP") -> Any:
        """Return the address of a port of this host."""
        make = IPv6Address if ":" in self.address else IPv4Address
        return make(kind, self.address, port)

    def choosePort(self, kind: str, port: int) -> int:
        """
        Return *port*, or one that is free for 0.

        @raise error.CannotListenError: it is in use.
        """
        if port == 0:
            port = next(n for n in self._ephemeral if (kind, n) not in self.listeners)
        elif (kind, port) in self.listeners:
            raise error.CannotListenError(self.address, port, OSError("Address already in use"))
        return port

    # -- time, threads, events ----------------------------------------------------

    def seconds(self) -> float:
        """Return the time, in seconds."""
        return self.network.clock.seconds()

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any:
        """Have *callable* called in *delay* seconds of the clock."""
        return self.network.clock.callLater(delay, callable, *args, **kwargs)

    def getDelayedCalls(self) -> Any:
        """Return the calls that are planned, on all hosts."""
        return self.network.clock.getDelayedCalls()

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Have *callable* called in a later turn."""
        self.callLater(0, callable, *args, **kwargs)

    def callWhenRunning(self, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Call *callable*: it runs."""
        callable(*args, **kwargs)

    def installNameResolver(self, resolver: Any) -> Any:
        """Use *resolver*; return the one before."""
        before, self.nameResolver = self.nameResolver, resolver
        return before

    # -- descriptors, as the transports use them ------------------------------------

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} when something has arrived."""
        self._readers.add(reader)
        self.poke(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} when something can be sent."""
        self._writers.add(writer)
        self.poke(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        self._readers.discard(reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        self._writers.discard(writer)

    def _ready(self, connection: MemoryConnection) -> tuple[bool, bool]:
        return (
            connection in self._readers and connection.readable(),
            connection in self._writers and connection.writable(),
        )

    def poke(self, connection: MemoryConnection) -> None:
        """Something may have changed for *connection*."""
        if connection not in self._planned and any(self._ready(connection)):
            self._planned.add(connection)
            self.callLater(0, self._serve, connection)

    def _serve(self, connection: MemoryConnection) -> None:
        """Let *connection* read and write, and end it if it says so."""
        self._planned.discard(connection)
        readable, writable = self._ready(connection)
        why: Any = None
        reading = False
        try:
            if readable:
                why, reading = connection.doRead(), True
            if not why and writable:
                why, reading = connection.doWrite(), False
        except BaseException as problem:
            _log.failure("while serving {connection!r}", connection=connection)
            why, reading = problem, False
        if why:
            _dispatch.disconnect(self, connection, why, reading)
        self.poke(connection)

    # -- TCP --------------------------------------------------------------------------

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """
        Accept connections.

        @raise error.CannotListenError: the port is in use.
        """
        made = _tcp().MemoryPort(self, port, factory)
        made.startListening()
        return made

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Any:
        """
        Connect to a host, by its name or address.
        """
        connector = _tcp().MemoryConnector(self, host, port, factory, timeout, bindAddress)
        connector.connect()
        return connector

    # -- UDP --------------------------------------------------------------------------

    def listenUDP(
        self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192
    ) -> Any:
        """
        Give *protocol* the datagrams that arrive at *port*.

        @raise error.CannotListenError: the port is in use.
        """
        made = _udp().MemoryDatagramPort(self, port, protocol, maxPacketSize)
        made.startListening()
        return made


def _tcp() -> Any:
    # Late: it stands on this module.
    from twisted.internet import _testing_network_tcp

    return _testing_network_tcp


def _udp() -> Any:
    # Late: it stands on this module.
    from twisted.internet import _testing_network_udp

    return _testing_network_udp


__all__ = ["Conditions", "MemoryHost", "MemoryNetwork"]
