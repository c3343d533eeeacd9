"""
Policies around protocols and factories: limits, timeouts, throttles, logs.

Most of them wrap: a L{WrappingFactory} stands between a port and a factory, and
for each connection a L{ProtocolWrapper} stands between the transport and the
protocol. To the transport it is the protocol, to the protocol the transport.
L{TimeoutMixin} is for protocols that watch over themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import IO, Any, TypeVar

from zope.interface import directlyProvides, providedBy

from twisted.internet import error, interfaces
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory
from twisted.python import log

WP = TypeVar("WP", bound="ProtocolWrapper")


def _prefixOf(wrapper: object, wrapped: Any) -> str:
    """Return what the log calls *wrapped* when *wrapper* is around it."""
    try:
        inner = wrapped.logPrefix()
    except AttributeError:
        inner = wrapped.__class__.__name__
    return f"{inner} ({wrapper.__class__.__name__})"


def _later(seconds: float, func: Callable[..., Any]) -> Any:
    """Have the reactor call *func*."""
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    return reactor.callLater(seconds, func)  # type: ignore[attr-defined]


def _drop(call: Any) -> None:
    """Cancel a delayed call, if there is one and it waits still."""
    if call is not None:
        try:
            call.cancel()
        except (error.AlreadyCalled, error.AlreadyCancelled):
            pass


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

    def makeConnection(self, transport: Any) -> None:
        """Connect, become like *transport*, and connect the protocol to us."""
        directlyProvides(self, providedBy(transport))
        Protocol.makeConnection(self, transport)
        self.factory.registerProtocol(self)
        self.wrappedProtocol.makeConnection(self)

    # What the protocol wants of a transport.

    def write(self, data: bytes) -> None:
        """Send *data*."""
        self.transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send all of *data*."""
        self.transport.writeSequence(data)

    def loseConnection(self) -> None:
        """Close, once everything is sent."""
        self.disconnecting = 1
        self.transport.loseConnection()

    def getPeer(self) -> Any:
        """Return the other side's address."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Return this side's address."""
        return self.transport.getHost()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* be told when to write."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """There is nothing more from the producer."""
        self.transport.unregisterProducer()

    def stopConsuming(self) -> None:
        """Stop taking what a producer writes."""
        self.transport.stopConsuming()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    # What the transport wants of a protocol.

    def dataReceived(self, data: bytes) -> None:
        """Pass *data* to the protocol."""
        self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Tell the factory and the protocol, and let go of the latter."""
        self.factory.unregisterProtocol(self)
        wrapped, self.wrappedProtocol = self.wrappedProtocol, None
        wrapped.connectionLost(reason)


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

    def doStart(self) -> None:
        """Start the wrapped factory, and this one."""
        self.wrappedFactory.doStart()
        ClientFactory.doStart(self)

    def doStop(self) -> None:
        """Stop the wrapped factory, and this one."""
        self.wrappedFactory.doStop()
        ClientFactory.doStop(self)

    def startedConnecting(self, connector: interfaces.IConnector) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.startedConnecting(connector)

    def clientConnectionFailed(self, connector: interfaces.IConnector, reason: Any) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.clientConnectionFailed(connector, reason)

    def clientConnectionLost(self, connector: interfaces.IConnector, reason: Any) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.clientConnectionLost(connector, reason)

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
        del self.protocols[p]


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

    def write(self, data: bytes) -> None:
        """Count and send *data*."""
        self.factory.registerWritten(len(data))
        ProtocolWrapper.write(self, data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Count and send all of *seq*."""
        pieces = list(seq)
        self.factory.registerWritten(sum(map(len, pieces)))
        ProtocolWrapper.writeSequence(self, pieces)

    def dataReceived(self, data: bytes) -> None:
        """Count *data* and pass it on."""
        self.factory.registerRead(len(data))
        ProtocolWrapper.dataReceived(self, data)

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


class ThrottlingFactory(WrappingFactory[Any]):
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

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Have *func* called; to be overridden with another clock."""
        return _later(period, func)

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


class SpewingProtocol(ProtocolWrapper):
    """
    Says in the log what passes.
    """

    def dataReceived(self, data: bytes) -> None:
        """Log *data* and pass it on."""
        log.msg(f"Received: {data!r}")
        ProtocolWrapper.dataReceived(self, data)

    def write(self, data: bytes) -> None:
        """Log *data* and send it."""
        log.msg(f"Sending: {data!r}")
        ProtocolWrapper.write(self, data)


class SpewingFactory(WrappingFactory[SpewingProtocol]):
    """
    Says in the log what passes on each connection.
    """

    protocol = SpewingProtocol


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


class TimeoutProtocol(ProtocolWrapper):
    """
    Closes when nothing has come or gone for some time.

    @ivar timeoutPeriod: for how many seconds; L{None} to wait for ever.
    @ivar timeoutCall: what waits; L{None} if nothing does.
    """

    def __init__(self, factory: Any, wrappedProtocol: Any, timeoutPeriod: float | None) -> None:
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.timeoutCall: Any = None
        self.timeoutPeriod: float | None = None
        self.setTimeout(timeoutPeriod)

    def setTimeout(self, timeoutPeriod: float | None = None) -> None:
        """
        Begin to wait anew.

        @param timeoutPeriod: for how many seconds, from now on; L{None} for as
            long as before.
        """
        self.cancelTimeout()
        if timeoutPeriod is not None:
            self.timeoutPeriod = timeoutPeriod
        if self.timeoutPeriod is not None:
            self.timeoutCall = self.factory.callLater(self.timeoutPeriod, self.timeoutFunc)

    def cancelTimeout(self) -> None:
        """Wait no longer, until C{setTimeout} is called."""
        call, self.timeoutCall = self.timeoutCall, None
        _drop(call)

    def resetTimeout(self) -> None:
        """Something has passed: begin to wait anew, if it waits at all."""
        if self.timeoutCall is not None:
            self.timeoutCall.reset(self.timeoutPeriod)

    def write(self, data: bytes) -> None:
        """Send *data*, and wait anew."""
        self.resetTimeout()
        ProtocolWrapper.write(self, data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Send all of *seq*, and wait anew."""
        self.resetTimeout()
        ProtocolWrapper.writeSequence(self, seq)

    def dataReceived(self, data: bytes) -> None:
        """Wait anew, and pass *data* on."""
        self.resetTimeout()
        ProtocolWrapper.dataReceived(self, data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Wait no longer, and pass it on."""
        self.cancelTimeout()
        ProtocolWrapper.connectionLost(self, reason)

    def timeoutFunc(self) -> None:
        """It was too long: close; to be overridden."""
        # What has fired cannot be reset by what is still sent.
        self.timeoutCall = None
        self.loseConnection()


class TimeoutFactory(WrappingFactory[TimeoutProtocol]):
    """
    Closes connections on which nothing has come or gone for some time.

    @ivar timeoutPeriod: for how many seconds; L{None} to wait for ever.
    """

    protocol = TimeoutProtocol

    def __init__(self, wrappedFactory: Any, timeoutPeriod: float | None = 30 * 60) -> None:
        self.timeoutPeriod = timeoutPeriod
        WrappingFactory.__init__(self, wrappedFactory)

    def _wrap(self, inner: Any) -> Any:
        return self.protocol(self, inner, timeoutPeriod=self.timeoutPeriod)

    def buildProtocol(self, addr: Any) -> Any:
        """Build a protocol, and begin to wait."""
        return WrappingFactory.buildProtocol(self, addr)

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Have *func* called; to be overridden with another clock."""
        return _later(period, func)


class TrafficLoggingProtocol(ProtocolWrapper):
    """
    Writes to a file what passes: C{C} is from the client, C{S} from the
    server, C{SV} what it sent in one sequence, C{*} that it began or ended.

    @ivar logfile: a text file.
    """

    def __init__(
        self,
        factory: Any,
        wrappedProtocol: Any,
        logfile: IO[str],
        lengthLimit: int | None = None,
        number: int = 0,
    ) -> None:
        """
        @param lengthLimit: how many bytes of a piece to write at the most.
        @param number: what to call the connection.
        """
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.logfile = logfile
        self.lengthLimit = lengthLimit
        self._number = number

    def _log(self, line: str) -> None:
        """Write a line, so that it can be read at once."""
        self.logfile.write(line + "\n")
        self.logfile.flush()

    def _shortened(self, data: bytes) -> bytes:
        """Return *data*, or the beginning of it if it is too long."""
        limit = self.lengthLimit
        if limit and len(data) > limit:
            return data[: max(0, limit - 12)] + b"<... elided>"
        return data

    def connectionMade(self) -> None:
        """Write that it begins."""
        self._log("*")
        return ProtocolWrapper.connectionMade(self)

    def dataReceived(self, data: bytes) -> None:
        """Write what came, and pass it on."""
        self._log(f"C {self._number}: {self._shortened(data)!r}")
        ProtocolWrapper.dataReceived(self, data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Write why it ended, and pass it on."""
        self._log(f"C {self._number}: {reason!r}")
        ProtocolWrapper.connectionLost(self, reason)

    def write(self, data: bytes) -> None:
        """Write what goes, and send it."""
        self._log(f"S {self._number}: {self._shortened(data)!r}")
        ProtocolWrapper.write(self, data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write what goes, and send it."""
        pieces = list(iovec)
        self._log(f"SV {self._number}: {[self._shortened(d) for d in pieces]!r}")
        ProtocolWrapper.writeSequence(self, pieces)

    def loseConnection(self) -> None:
        """Write that it ends, and end it."""
        self._log(f"S {self._number}: *")
        ProtocolWrapper.loseConnection(self)


class TrafficLoggingFactory(WrappingFactory[TrafficLoggingProtocol]):
    """
    Writes what passes on each connection to a file of its own.
    """

    protocol = TrafficLoggingProtocol
    _counter = 0

    def __init__(
        self, wrappedFactory: Any, logfilePrefix: str, lengthLimit: int | None = None
    ) -> None:
        """
        @param logfilePrefix: where the files are: with C{"log/web"} they are
            C{log/web-1}, C{log/web-2} and so on.
        @param lengthLimit: how many bytes of a piece to write at the most.
        """
        self.logfilePrefix = logfilePrefix
        self.lengthLimit = lengthLimit
        WrappingFactory.__init__(self, wrappedFactory)

    def open(self, name: str) -> IO[str]:
        """Open the file called *name*; to be overridden for other places."""
        return open(name, "w")

    def _wrap(self, inner: Any) -> Any:
        number = self._counter = self._counter + 1
        logfile = self.open(f"{self.logfilePrefix}-{number}")
        return self.protocol(self, inner, logfile, self.lengthLimit, number)

    def buildProtocol(self, addr: Any) -> Any:
        """Build a protocol, and open its file."""
        return WrappingFactory.buildProtocol(self, addr)

    def resetCounter(self) -> None:
        """Begin again with the first number; this may overwrite files."""
        self._counter = 0


class TimeoutMixin:
    """
    For protocols that want to know when nothing has happened for some time.

    Call C{setTimeout} when to begin (perhaps in C{connectionMade}),
    C{resetTimeout} whenever something happens, and C{setTimeout(None)} in
    C{connectionLost}.

    @cvar timeOut: for how many seconds it waits; L{None} if it does not.
    """

    timeOut: float | None = None

    __timeoutCall: Any = None

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Have *func* called; to be overridden with another clock."""
        return _later(period, func)

    def resetTimeout(self) -> None:
        """Something has happened: begin to wait anew, if it waits at all."""
        if self.__timeoutCall is not None and self.timeOut is not None:
            self.__timeoutCall.reset(self.timeOut)

    def setTimeout(self, period: float | None) -> float | None:
        """
        Wait for *period* seconds from now on.

        @param period: L{None} not to wait.
        @return: what it was before.
        """
        before, self.timeOut = self.timeOut, period
        call = self.__timeoutCall
        if period is None:
            self.__timeoutCall = None
            _drop(call)
        elif call is None or not call.active():
            self.__timeoutCall = self.callLater(period, self.__expire)
        else:
            call.reset(period)
        return before

    def __expire(self) -> None:
        """It was too long."""
        self.__timeoutCall = None
        self.timeoutConnection()

    def timeoutConnection(self) -> None:
        """Close the connection; to be overridden."""
        self.transport.loseConnection()  # type: ignore[attr-defined]
