"""
Policies on quantities: how many connections there are, and how much they carry.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from twisted.internet.protocol import ServerFactory
from twisted.protocols._policies_timing import _Clocked, _drop
from twisted.protocols._policies_wrapping import ProtocolWrapper, WrappingFactory, _watched
from twisted.python import log


class _Valve:
    """
    Passes the transport's wish for more on to a pull producer, while open.

    A pull producer cannot be paused; it can only not be asked.
    """

    def __init__(self, producer: Any) -> None:
        self.producer = producer
        self.shut = False
        self.asked = False

    def resumeProducing(self) -> None:
        if self.shut:
            self.asked = True
        else:
            self.producer.resumeProducing()

    def stopProducing(self) -> None:
        self.producer.stopProducing()

    def pauseProducing(self) -> None:
        self.shut = True

    def open(self) -> None:
        """Let wishes through again, beginning with one that was held."""
        self.shut = False
        if self.asked:
            self.asked = False
            self.producer.resumeProducing()


class ThrottlingProtocol(ProtocolWrapper):
    """
    Counts what passes, and can be throttled in each direction.

    @ivar producer: what writes to us, if it is registered.
    """

    producer: Any = None

    def _watch(self, how: str, passing: Any) -> Any:
        if how == "dataReceived":
            self.factory.registerRead(len(passing))
        elif how == "write":
            self.factory.registerWritten(len(passing))
        else:
            passing = list(passing)
            self.factory.registerWritten(sum(map(len, passing)))
        return passing

    @_watched(_watch)
    def write(self, data: bytes) -> None:
        """Count and send *data*."""

    @_watched(_watch)
    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Count and send all of *seq*."""

    @_watched(_watch)
    def dataReceived(self, data: bytes) -> None:
        """Count *data* and pass it on."""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* be told when to write, by the transport and by us."""
        self.producer = producer if streaming else _Valve(producer)
        ProtocolWrapper.registerProducer(self, self.producer, streaming)

    def unregisterProducer(self) -> None:
        """There is nothing more from the producer."""
        self.producer = None
        ProtocolWrapper.unregisterProducer(self)

    def throttleReads(self) -> None:
        """Stop reading."""
        self.transport.pauseProducing()

    def unthrottleReads(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def throttleWrites(self) -> None:
        """Have the producer stop, if there is one."""
        if self.producer is not None:
            self.producer.pauseProducing()

    def unthrottleWrites(self) -> None:
        """Have the producer go on, if there is one."""
        producer = self.producer
        if isinstance(producer, _Valve):
            producer.open()
        elif producer is not None:
            producer.resumeProducing()


class _Meter:
    """
    What passes in one direction, and the calls that keep it within its limit.
    """

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.passed = 0
        self.checking: Any = None
        self.opening: Any = None

    def tooMuch(self) -> float:
        """Return for how many seconds to be silent, and begin a new second."""
        passed, self.passed = self.passed, 0
        assert self.limit is not None
        # A limit of nothing still has to be divided by.
        return max(0.0, passed / (self.limit or 1) - 1.0)

    def stop(self) -> None:
        """Forget everything."""
        _drop(self.checking)
        _drop(self.opening)
        self.checking = self.opening = None
        self.passed = 0


def _metered(meter: str, field: str) -> Any:
    """Make a property that is *field* of the meter in the attribute *meter*."""

    def read(self: Any) -> Any:
        return getattr(getattr(self, meter), field)

    def write(self: Any, value: Any) -> None:
        setattr(getattr(self, meter), field, value)

    return property(read, write)


class ThrottlingFactory(_Clocked, WrappingFactory[Any]):
    """
    Limits how many connections there are, and how much they carry in all.

    Once in a second it is looked at how much has passed. If that was more than
    the limit, all connections rest for as long as it takes to make up for it.

    @ivar connectionCount: how many connections there are.
    @ivar maxConnectionCount: how many there may be.
    @ivar readLimit: how many bytes may come in a second; L{None} for any.
    @ivar writeLimit: how many may go.
    @ivar readThisSecond: how many came since it was looked at last.
    @ivar writtenThisSecond: how many went.
    """

    protocol = ThrottlingProtocol

    readLimit = _metered("_reads", "limit")
    writeLimit = _metered("_writes", "limit")
    readThisSecond = _metered("_reads", "passed")
    writtenThisSecond = _metered("_writes", "passed")

    def __init__(
        self,
        wrappedFactory: Any,
        maxConnectionCount: int = sys.maxsize,
        readLimit: float | None = None,
        writeLimit: float | None = None,
    ) -> None:
        WrappingFactory.__init__(self, wrappedFactory)
        self.connectionCount = 0
        self.maxConnectionCount = maxConnectionCount
        self._reads = _Meter(readLimit)
        self._writes = _Meter(writeLimit)

    def registerWritten(self, length: int) -> None:
        """*length* bytes are sent."""
        self._writes.passed += length

    def registerRead(self, length: int) -> None:
        """*length* bytes have come."""
        self._reads.passed += length

    def checkReadBandwidth(self) -> None:
        """Look at how much came in this second."""
        self._reads.checking = None
        rest = self._reads.tooMuch()
        if rest:
            self.throttleReads()
            _drop(self._reads.opening)
            self._reads.opening = self.callLater(rest, self.unthrottleReads)
        self._reads.checking = self.callLater(1, self.checkReadBandwidth)

    def checkWriteBandwidth(self) -> None:
        """Look at how much went in this second."""
        self._writes.checking = None
        rest = self._writes.tooMuch()
        if rest:
            self.throttleWrites()
            _drop(self._writes.opening)
            self._writes.opening = self.callLater(rest, self.unthrottleWrites)
        self._writes.checking = self.callLater(1, self.checkWriteBandwidth)

    def throttleReads(self) -> None:
        """Have all connections stop reading."""
        log.msg(f"Throttling reads on {self}")
        for p in list(self.protocols):
            p.throttleReads()

    def unthrottleReads(self) -> None:
        """Have all connections read again."""
        self._reads.opening = None
        log.msg(f"Stopped throttling reads on {self}")
        for p in list(self.protocols):
            p.unthrottleReads()

    def throttleWrites(self) -> None:
        """Have the producers of all connections stop."""
        log.msg(f"Throttling writes on {self}")
        for p in list(self.protocols):
            p.throttleWrites()

    def unthrottleWrites(self) -> None:
        """Have the producers of all connections go on."""
        self._writes.opening = None
        log.msg(f"Stopped throttling writes on {self}")
        for p in list(self.protocols):
            p.unthrottleWrites()

    def buildProtocol(self, addr: Any) -> Any:
        """
        Build a protocol, if one more connection may be.

        @return: L{None} if not, which closes the connection.
        """
        if self.connectionCount >= self.maxConnectionCount:
            log.msg("Max connection count reached!")
            return None
        wrapper = WrappingFactory.buildProtocol(self, addr)
        if wrapper is not None:
            self.connectionCount += 1
            if self._reads.limit is not None and self._reads.checking is None:
                self._reads.checking = self.callLater(1, self.checkReadBandwidth)
            if self._writes.limit is not None and self._writes.checking is None:
                self._writes.checking = self.callLater(1, self.checkWriteBandwidth)
        return wrapper

    def unregisterProtocol(self, p: Any) -> None:
        """A connection is lost; after the last one nothing is measured."""
        WrappingFactory.unregisterProtocol(self, p)
        self.connectionCount -= 1
        if self.connectionCount == 0:
            self._reads.stop()
            self._writes.stop()


def _hostOf(addr: Any) -> Any:
    """Return what tells one peer from another: its host, if it has one."""
    host = getattr(addr, "host", None)
    if host is not None:
        return host
    # Addresses as tuples are from before there were address objects.
    return addr[0] if isinstance(addr, tuple) else addr


class LimitConnectionsByPeer(WrappingFactory[Any]):
    """
    Limits how many connections a single host may have.

    @cvar maxConnectionsPerPeer: how many.
    @ivar peerConnections: how many each host has.
    """

    maxConnectionsPerPeer = 5

    def __init__(self, wrappedFactory: Any) -> None:
        WrappingFactory.__init__(self, wrappedFactory)
        self.peerConnections: dict[Any, int] = {}
        self._hosts: dict[Any, Any] = {}

    def startFactory(self) -> None:
        """Begin to count."""
        self.peerConnections = {}
        self._hosts = {}

    def buildProtocol(self, addr: Any) -> Any:
        """
        Build a protocol, if that host may have one more.

        @return: L{None} if not, which closes the connection.
        """
        host = _hostOf(addr)
        count = self.peerConnections.get(host, 0)
        if count >= self.maxConnectionsPerPeer:
            return None
        wrapper = WrappingFactory.buildProtocol(self, addr)
        if wrapper is not None:
            self.peerConnections[host] = count + 1
            self._hosts[wrapper] = host
        return wrapper

    def unregisterProtocol(self, p: Any) -> None:
        """A connection is lost: its host may have another."""
        WrappingFactory.unregisterProtocol(self, p)
        host = self._hosts.pop(p, None)
        left = self.peerConnections.get(host, 0) - 1
        if left > 0:
            self.peerConnections[host] = left
        else:
            self.peerConnections.pop(host, None)


class LimitTotalConnectionsFactory(ServerFactory[Any]):
    """
    Limits how many connections there are.

    @ivar connectionCount: how many there are.
    @cvar connectionLimit: how many there may be; L{None} for any.
    @cvar overflowProtocol: makes protocols for those beyond the limit, to say
        so politely. They count as well. L{None} to close them at once.
    """

    connectionCount = 0
    connectionLimit: int | None = None
    overflowProtocol: Any = None

    def buildProtocol(self, addr: Any) -> Any:
        """
        Build a protocol, or one for those beyond the limit.

        @return: L{None} to close the connection.
        """
        limit = self.connectionLimit
        full = limit is not None and self.connectionCount >= limit
        kind = self.overflowProtocol if full else self.protocol
        if kind is None:
            return None
        inner = kind()
        inner.factory = self
        self.connectionCount += 1
        return ProtocolWrapper(self, inner)

    def registerProtocol(self, p: Any) -> None:
        """A connection is there; it was counted when it was built."""

    def unregisterProtocol(self, p: Any) -> None:
        """A connection is lost."""
        self.connectionCount -= 1
