"""
Protocols and factories: what applications are made of.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zope.interface import implementer

from twisted.internet import error, interfaces
from twisted.internet._filewrapper import FileWrapper
from twisted.logger import Logger
from twisted.python import components, failure

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

_P_co = TypeVar("_P_co", bound="interfaces.IProtocol | None", covariant=True)

_log = Logger()

connectionDone = failure.Failure(error.ConnectionDone())
connectionDone.cleanFailure()


@implementer(interfaces.IProtocolFactory, interfaces.ILoggingContext)
class Factory(Generic[_P_co]):
    """
    Makes protocols, and keeps what they share.

    @cvar protocol: what makes a protocol; called without arguments.
    @cvar noisy: say in the log when it starts and stops.
    @ivar numPorts: how many ports and connectors use it.
    """

    protocol: Any = None
    numPorts = 0
    noisy = True

    @classmethod
    def forProtocol(cls, protocol: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Make a factory of *protocol*.

        @param args: for the factory's constructor, as are *kwargs*.
        """
        factory = cls(*args, **kwargs)
        factory.protocol = protocol
        return factory

    def logPrefix(self) -> str:
        """Return the name of its class."""
        return self.__class__.__name__

    def doStart(self) -> None:
        """
        A port or connector begins to use it; the first one has it start.
        """
        if self.numPorts == 0:
            _announce(self, "Starting factory {factory!r}", factory=self)
            self.startFactory()
        self.numPorts += 1

    def doStop(self) -> None:
        """
        A port or connector uses it no longer; after the last one it stops.

        More stops than starts do nothing: nothing is there to be stopped.
        """
        users = self.numPorts
        self.numPorts = max(0, users - 1)
        if users == 1:
            _announce(self, "Stopping factory {factory!r}", factory=self)
            self.stopFactory()

    def startFactory(self) -> None:
        """Make ready; to be overridden."""

    def stopFactory(self) -> None:
        """Clear up; to be overridden."""

    def buildProtocol(self, addr: interfaces.IAddress) -> _P_co | None:
        """
        Make a protocol for a connection with *addr*.

        @return: L{None} to have it closed.
        """
        make = self.protocol
        assert make is not None
        made = make()
        made.factory = self
        return made  # type: ignore[no-any-return]


def _loggerFor(obj: object) -> Logger:
    """Return a logger whose events come from *obj*."""
    return _log.__get__(obj, obj.__class__)


def _announce(obj: Any, text: str, **fields: object) -> None:
    """Say in the log what *obj* does, if it is noisy."""
    if obj.noisy:
        _loggerFor(obj).info(text, **fields)


class ClientFactory(Factory[_P_co]):
    """
    Makes protocols for connections that we begin.
    """

    def startedConnecting(self, connector: interfaces.IConnector) -> None:
        """
        An attempt has begun; C{connector.stopConnecting()} ends it.
        """

    def clientConnectionFailed(
        self, connector: interfaces.IConnector, reason: failure.Failure
    ) -> None:
        """
        An attempt failed; C{connector.connect()} begins another.
        """

    def clientConnectionLost(
        self, connector: interfaces.IConnector, reason: failure.Failure
    ) -> None:
        """
        A connection is over; C{connector.connect()} begins another.
        """


class _InstanceFactory(ClientFactory[Any]):
    """
    Gives one protocol, that exists already, and reports how it went.
    """

    noisy = False
    pending: Any = None

    def __init__(self, reactor: Any, instance: Any, deferred: Deferred[Any]) -> None:
        self.reactor = reactor
        self.instance = instance
        self.deferred: Deferred[Any] | None = deferred

    def __repr__(self) -> str:
        return f"<ClientCreator factory: {self.instance!r}>"

    def buildProtocol(self, addr: interfaces.IAddress) -> Any:
        """Give the protocol; the Deferred fires once it is connected."""
        self._report("callback", self.instance)
        return self.instance

    def clientConnectionFailed(
        self, connector: interfaces.IConnector, reason: failure.Failure
    ) -> None:
        """The attempt failed: so does the Deferred."""
        # Not if the attempt was given up after the protocol had been built.
        if self.pending is None:
            self._report("errback", reason)

    def _report(self, how: str, outcome: Any) -> None:
        """Fire the Deferred when those who connect have finished."""
        waiting, self.deferred = self.deferred, None
        self.pending = self.reactor.callLater(0, self.fire, getattr(waiting, how), outcome)

    def fire(self, func: Callable[[Any], None], value: Any) -> None:
        """Fire the Deferred."""
        self.pending = None
        func(value)


class ClientCreator:
    """
    Connects once, for those who need no factory.
    """

    def __init__(
        self, reactor: Any, protocolClass: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        """
        @param protocolClass: called with *args* and *kwargs* for a protocol.
        """
        self.reactor = reactor
        self.protocolClass = protocolClass
        self.args = args
        self.kwargs = kwargs

    def _connect(self, how: str, *where: Any, **options: Any) -> Deferred[Any]:
        # Late: defer is not needed by those who only have factories.
        from twisted.internet.defer import Deferred

        def giveUp(ignored: object) -> None:
            connector.disconnect()
            if factory.pending is not None:
                factory.pending.cancel()

        outcome: Deferred[Any] = Deferred(giveUp)
        made = self.protocolClass(*self.args, **self.kwargs)
        factory = _InstanceFactory(self.reactor, made, outcome)
        connector = getattr(self.reactor, how)(*where, factory=factory, **options)
        return outcome

    def connectTCP(
        self, host: str, port: int, timeout: float = 30, bindAddress: Any = None
    ) -> Deferred[Any]:
        """
        Connect by TCP.

        @return: fires with the protocol, connected, or fails.
        """
        return self._connect(
            "connectTCP", host, port, timeout=timeout, bindAddress=bindAddress
        )

    def connectUNIX(
        self, address: str, timeout: float = 30, checkPID: bool = False
    ) -> Deferred[Any]:
        """
        Connect to a UNIX socket.

        @return: fires with the protocol, connected, or fails.
        """
        return self._connect(
            "connectUNIX", address, timeout=timeout, checkPID=checkPID
        )

    def connectSSL(
        self,
        host: str,
        port: int,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Deferred[Any]:
        """
        Connect by TLS.

        @return: fires with the protocol, connected, or fails.
        """
        return self._connect(
            "connectSSL",
            host,
            port,
            contextFactory=contextFactory,
            timeout=timeout,
            bindAddress=bindAddress,
        )


class ReconnectingClientFactory(ClientFactory[_P_co]):
    """
    Connects again when an attempt fails or a connection ends, each time after
    a longer wait.

    Call C{resetDelay} when a connection is good, and C{stopTrying} to end it.

    @cvar maxDelay: the longest wait, in seconds.
    @cvar initialDelay: the first.
    @cvar factor: how much longer each is than the one before.
    @cvar jitter: how far waits are spread at random; 0 not to.
    @ivar maxRetries: how often at the most; L{None} for ever.
    @ivar clock: what waits, by default the reactor.
    """

    maxDelay: float = 3600
    initialDelay: float = 1.0
    # The factor from the theory of phase transitions that others use, too.
    factor = 2.7182818284590451
    jitter: float | None = 0.119626565582
    delay: float = initialDelay
    retries = 0
    maxRetries: int | None = None
    _callID: Any = None
    connector: Any = None
    clock: Any = None
    continueTrying: Any = 1

    def clientConnectionFailed(
        self, connector: interfaces.IConnector, reason: failure.Failure
    ) -> None:
        """Try again later."""
        self._again(connector)

    def clientConnectionLost(
        self, connector: interfaces.IConnector, unused_reason: failure.Failure
    ) -> None:
        """Try again later."""
        self._again(connector)

    def _again(self, connector: interfaces.IConnector) -> None:
        if self.continueTrying:
            self.connector = connector
            self.retry()

    def retry(self, connector: Any = None) -> None:
        """
        Wait, and have *connector* connect again.

        @raise ValueError: there is none to retry.
        """
        if not self.continueTrying:
            _announce(self, "Abandoning {connector} on explicit request", connector=connector)
            return
        target = self.connector if connector is None else connector
        if target is None:
            raise ValueError("no connector to retry")
        self.retries += 1
        most = self.maxRetries
        if most is not None and most < self.retries:
            _announce(
                self,
                "Abandoning {connector} after {retries} retries.",
                connector=target,
                retries=self.retries,
            )
            return
        wait = self._nextWait()
        _announce(
            self,
            "{connector} will retry in {delay} seconds",
            connector=target,
            delay=round(wait),
        )
        self._callID = self._scheduler().callLater(wait, self._reconnect, target)

    def _nextWait(self) -> float:
        """The wait that is due; the one after it will be longer."""
        wait = self.delay
        if self.jitter:
            wait = random.normalvariate(wait, wait * self.jitter)
        self.delay = min(self.maxDelay, wait * self.factor)
        return wait

    def _scheduler(self) -> Any:
        if self.clock is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor

            self.clock = reactor
        return self.clock

    def _reconnect(self, connector: Any) -> None:
        self._callID = None
        connector.connect()

    def stopTrying(self) -> None:
        """Wait no more, give the attempt up, and begin no other."""
        self.continueTrying = 0
        waiting, self._callID = self._callID, None
        if waiting:
            waiting.cancel()
        # Before the first attempt there is no connector.
        stop = getattr(self.connector, "stopConnecting", None)
        if stop is not None:
            try:
                stop()
            except error.NotConnectingError:
                pass  # there is no attempt

    def resetDelay(self) -> None:
        """A connection is good: begin with the first wait next time."""
        self.continueTrying = 1
        self.retries = 0
        self.delay = self.initialDelay
        self._callID = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this run: the waiting."""
        return {key: self.__dict__[key] for key in self.__dict__.keys() - _OF_THIS_RUN}


_OF_THIS_RUN = frozenset(("connector", "retries", "delay", "continueTrying", "_callID", "clock"))


class ServerFactory(Factory[_P_co]):
    """
    Makes protocols for connections that others begin.
    """


class BaseProtocol:
    """
    What all protocols have.

    @ivar transport: carries the bytes; L{None} until it is connected.
    """

    connected: Any = 0
    transport: Any = None

    def makeConnection(self, transport: Any) -> None:
        """Take *transport*, and begin with C{connectionMade}."""
        self.connected = 1
        self.transport = transport
        self.connectionMade()

    def connectionMade(self) -> None:
        """The connection is there; to be overridden."""


@implementer(interfaces.IProtocol, interfaces.ILoggingContext)
class Protocol(BaseProtocol):
    """
    A base for protocols over streams.

    @ivar factory: what made it.
    """

    factory: Any = None

    def logPrefix(self) -> str:
        """Return the name of its class."""
        return self.__class__.__name__

    def dataReceived(self, data: bytes) -> None:
        """
        Bytes have arrived; to be overridden.

        How they are cut says nothing: a message may come in pieces, and
        several at once.
        """

    def connectionLost(self, reason: failure.Failure = connectionDone) -> None:
        """
        The connection is over; to be overridden.

        @param reason: wraps L{error.ConnectionDone} or
            L{error.ConnectionLost}, or a subclass.
        """


@implementer(interfaces.IConsumer)
class ProtocolToConsumerAdapter(components.Adapter):
    """
    A protocol as a consumer: what is written to it, it receives.
    """

    def write(self, data: bytes) -> None:
        """Let the protocol receive *data*."""
        self.original.dataReceived(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Do nothing: a protocol throttles nobody."""

    def unregisterProducer(self) -> None:
        """Do nothing."""


components.registerAdapter(
    ProtocolToConsumerAdapter, interfaces.IProtocol, interfaces.IConsumer
)


@implementer(interfaces.IProtocol)
class ConsumerToProtocolAdapter(components.Adapter):
    """
    A consumer as a protocol: what it receives is written to it.
    """

    def dataReceived(self, data: bytes) -> None:
        """Write *data* to the consumer."""
        self.original.write(data)

    def connectionLost(self, reason: failure.Failure = connectionDone) -> None:
        """Do nothing."""

    def makeConnection(self, transport: Any) -> None:
        """Do nothing."""

    def connectionMade(self) -> None:
        """Do nothing."""


components.registerAdapter(
    ConsumerToProtocolAdapter, interfaces.IConsumer, interfaces.IProtocol
)


# Which method of a process's protocol is called for which descriptor.
_READING = {1: "outReceived", 2: "errReceived"}
_CLOSING = {0: "inConnectionLost", 1: "outConnectionLost", 2: "errConnectionLost"}


@implementer(interfaces.IProcessProtocol)
class ProcessProtocol(BaseProtocol):
    """
    A base for protocols with processes.
    """

    transport: Any = None

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """
        The child wrote *data* to its descriptor *childFD*; by default 1 and 2
        have methods of their own.
        """
        method = _READING.get(childFD)
        if method is not None:
            getattr(self, method)(data)

    def outReceived(self, data: bytes) -> None:
        """The child wrote *data* to its standard output."""

    def errReceived(self, data: bytes) -> None:
        """The child wrote *data* to its standard error."""

    def childConnectionLost(self, childFD: int) -> None:
        """
        The pipe to or from the child's *childFD* was closed; by default 0, 1
        and 2 have methods of their own.
        """
        method = _CLOSING.get(childFD)
        if method is not None:
            getattr(self, method)()

    def inConnectionLost(self) -> None:
        """The pipe to the child's standard input was closed."""

    def outConnectionLost(self) -> None:
        """The pipe from the child's standard output was closed."""

    def errConnectionLost(self) -> None:
        """The pipe from the child's standard error was closed."""

    def processExited(self, reason: failure.Failure) -> None:
        """
        The process ended; its pipes may still have data.

        @param reason: wraps L{error.ProcessDone} or L{error.ProcessTerminated}.
        """

    def processEnded(self, reason: failure.Failure) -> None:
        """
        The process ended and its pipes are closed.

        @param reason: as for C{processExited}.
        """


class AbstractDatagramProtocol:
    """
    What all protocols over datagrams have.

    @ivar transport: carries the datagrams; L{None} while it listens nowhere.
    @cvar noisy: say in the log when it starts and stops.
    """

    transport: Any = None
    numPorts = 0
    noisy = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "transport": None}

    def doStart(self) -> None:
        """A port begins to use it."""
        assert self.numPorts == 0
        self.numPorts = 1
        _announce(self, "Starting protocol {protocol}", protocol=self)
        self.startProtocol()

    def doStop(self) -> None:
        """The port uses it no longer."""
        assert self.numPorts == 1
        self.transport, self.numPorts = None, 0
        _announce(self, "Stopping protocol {protocol}", protocol=self)
        self.stopProtocol()

    def startProtocol(self) -> None:
        """The transport is there; to be overridden."""

    def stopProtocol(self) -> None:
        """The transport is gone; to be overridden."""

    def makeConnection(self, transport: Any) -> None:
        """Take *transport*."""
        assert self.transport is None
        self.transport = transport
        self.doStart()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """
        A datagram has arrived; to be overridden.

        @param addr: where from, as the transport takes it for an answer.
        """


@implementer(interfaces.ILoggingContext)
class DatagramProtocol(AbstractDatagramProtocol):
    """
    A base for protocols over datagrams.
    """

    def logPrefix(self) -> str:
        """Return the name of its class."""
        return self.__class__.__name__

    def connectionRefused(self) -> None:
        """
        Nobody listens where the transport was connected to.
        """


class ConnectedDatagramProtocol(DatagramProtocol):
    """
    A base for protocols over datagrams with one peer.
    """

    def datagramReceived(self, datagram: bytes) -> None:  # type: ignore[override]
        """A datagram has arrived; to be overridden."""

    def connectionFailed(self, failure: failure.Failure) -> None:
        """
        The peer cannot be reached; to be overridden.
        """


__all__ = [
    "AbstractDatagramProtocol",
    "BaseProtocol",
    "ClientCreator",
    "ClientFactory",
    "ConnectedDatagramProtocol",
    "ConsumerToProtocolAdapter",
    "DatagramProtocol",
    "Factory",
    "FileWrapper",
    "ProcessProtocol",
    "Protocol",
    "ProtocolToConsumerAdapter",
    "ReconnectingClientFactory",
    "ServerFactory",
    "connectionDone",
]
