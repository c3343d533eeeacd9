"""
TLS over any transport: a layer that is a protocol to what is below and a transport
to what is above.

L{TLSMemoryBIOFactory} wraps a factory, whose protocols speak TLS then without
knowing it.  What TLS is and when it ends is decided by
L{twisted.protocols._tls_engine}; here it is put between transport and protocol.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import directlyProvides, implementer

# Known by this path, too.
from twisted.internet._producer_helpers import _PullToPush as _PullToPush
from twisted.internet.abstract import requireBytes
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    ILoggingContext,
    INegotiated,
    ISSLTransport,
    ISystemHandle,
)
from twisted.internet.main import CONNECTION_LOST
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols._tls_engine import PORTION, Engine, Event, State, portions
from twisted.protocols._tls_legacy import SomeConnectionCreator, connectionMaker
from twisted.protocols._tls_patience import HANDSHAKE_LIMIT, limitHandshake
from twisted.protocols._tls_peer import PeerInformation
from twisted.protocols._tls_producers import (
    Consumer,
    _AggregateSmallWrites,
    _ProducerMembrane,
)
from twisted.protocols._tls_starting import Beneath, shadow, unshadow
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

__all__ = [
    "BufferingTLSTransport",
    "SomeConnectionCreator",
    "TLSMemoryBIOFactory",
    "TLSMemoryBIOProtocol",
]


@implementer(ISystemHandle, INegotiated)
class TLSMemoryBIOProtocol(PeerInformation, Consumer, ProtocolWrapper):
    """
    TLS between a transport and a protocol.

    To the protocol it is the transport: it has the transport's methods and
    interfaces, and a certificate and the protocol agreed on besides.  If the
    protocol provides L{IHandshakeListener}, it is told when the handshake is
    done.  If it provides L{IHalfCloseableProtocol}, and the version of TLS knows
    that (1.3), the peer may close its direction alone.

    @ivar disconnecting: true after C{loseConnection}.
    """

    _engine: Engine
    # What ends a handshake that takes too long.
    _handshakeLimit: Any = None
    _producer: _ProducerMembrane | None = None
    # Why the connection ends, if it is TLS that knows.
    _reason: Failure | None = None
    _aborted = False
    _lostTLSConnection = False
    _halfClosing = False
    _pumping = False
    # What collects small writes, if anything does.
    _small: _AggregateSmallWrites | None = None

    def __init__(self, factory: Any, wrappedProtocol: Any, _connectWrapped: bool = True) -> None:
        """
        @param factory: the L{TLSMemoryBIOFactory}.
        @param wrappedProtocol: the protocol.
        @param _connectWrapped: whether it is yet to be connected.
        """
        super().__init__(factory, wrappedProtocol)
        self._connectWrapped = _connectWrapped

    # -- what the transport tells ----------------------------------------------------

    def makeConnection(self, transport: Any) -> None:
        """Connect the protocol, and begin the handshake."""
        self._engine = Engine(self.factory._connectionFor(self))
        self._handshakeLimit = limitHandshake(
            transport, self.factory.handshakeTimeout, self._handshakeExpired
        )
        if self._connectWrapped:
            super().makeConnection(transport)
        else:
            Protocol.makeConnection(self, transport)
            self.factory.registerProtocol(self)
        self._pump()

    def _handshakeExpired(self, reason: Failure) -> None:
        self._handshakeLimit = None
        if self._reason is None:
            self._reason = reason
        self.abortConnection()

    def _endHandshakeLimit(self) -> None:
        limit, self._handshakeLimit = self._handshakeLimit, None
        if limit is not None and limit.active():
            limit.cancel()

    def dataReceived(self, data: bytes) -> None:
        """Decrypt, and give the protocol what it was."""
        self._engine.receive(data)
        # Who is called by us and has us called is served when we go on.
        if not self._pumping:
            self._pump()

    def _pump(self) -> None:
        """Tell the protocol what has happened, and send what comes of it."""
        nextEvent = self._engine.nextEvent
        small = self._small
        self._pumping = True
        if small is not None:
            # Flushed below.
            small.watched = True
        try:
            while (event := nextEvent()) is not None:
                if type(event) is bytes:
                    if not self._aborted:
                        self.wrappedProtocol.dataReceived(event)
                else:
                    self._happened(event)
        finally:
            self._pumping = False
            if small is not None:
                small.watched = False
            self._settle()

    def _happened(self, event: Any) -> None:
        if event is Event.SHAKEN:
            self._endHandshakeLimit()
            if IHandshakeListener.providedBy(self.wrappedProtocol):
                self.wrappedProtocol.handshakeCompleted()
        elif event is Event.CLOSED:
            self._peerClosed()
        elif not self._aborted:
            self._failed(self._engine)

    def _failed(self, engine: Engine) -> None:
        assert engine.problem is not None
        if engine.rejected:
            # It is not OpenSSL that says so, and its alert would not be right.
            engine.takeOutput()
            self._reason = Failure(engine.problem)
            self.abortConnection()
        else:
            self._tlsShutdownFinished(Failure(engine.problem))

    def _peerClosed(self) -> None:
        """The peer sends nothing more."""
        if (
            self._engine.state is State.TELLING
            and not self.disconnecting
            and IHalfCloseableProtocol.providedBy(self.wrappedProtocol)
            and self._engine.connection.get_protocol_version_name() == "TLSv1.3"
        ):
            self.wrappedProtocol.readConnectionLost()
            return
        self._settle()
        if not self._lostTLSConnection:
            self._shutdownTLS()
            self._tlsShutdownFinished(None)

    def _settle(self) -> None:
        """Encrypt and send what there is, after something has happened."""
        engine = self._engine
        if self._small is not None:
            self._small.flush()
        if engine.busy:
            self._proceed()
        if engine.expected:
            self._flush()
        if engine.state is State.CLOSED and not self._lostTLSConnection:
            self._tlsShutdownFinished(None)

    def _proceed(self) -> None:
        """Something waits for what may just have happened."""
        engine = self._engine
        engine.proceed()
        if self._producer is not None:
            if engine.blocked:
                self._producer.hold()
            else:
                self._producer.release()

    def _flush(self) -> None:
        output = self._engine.takeOutput()
        if output and not self._aborted:
            self.transport.write(output)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Tell the protocol why the connection ended: an error of TLS, if there was
        one; else the transport's reason.  But if the peer has not said by TLS that
        it is done, then it has not done well: what is missing may have been cut
        off by somebody.
        """
        engine = self._engine
        self._endHandshakeLimit()
        if self._reason is not None:
            reason, self._reason = self._reason, None
        elif not self._lostTLSConnection and reason.check(ConnectionDone):
            reason = Failure(CONNECTION_LOST)
        self._lostTLSConnection = self._aborted = True
        self.connected = 0
        # The connection would keep us.
        engine.connection.set_app_data(None)
        self._producer = None
        super().connectionLost(reason)
        if isinstance(self.transport, Beneath):
            unshadow(self.transport._original)

    # -- the end -------------------------------------------------------------------------

    def loseConnection(self) -> None:
        """
        Close when everything is sent and the producer is done: tell the peer, and
        when it has answered in kind, close the transport.
        """
        if self.disconnecting or self._lostTLSConnection:
            return
        self.disconnecting = True
        if self._producer is None:
            self._shutdownTLS()

    def loseWriteConnection(self) -> None:
        """
        Close our direction when everything is sent and the producer is done.
        """
        if self._halfClosing or self.disconnecting or self._lostTLSConnection:
            return
        self._halfClosing = True
        if self._producer is None:
            self._closeWriting()

    def _closeWriting(self) -> None:
        self._sayGoodbye()
        protocol = IHalfCloseableProtocol(self.wrappedProtocol, None)
        if protocol is not None:
            protocol.writeConnectionLost()

    def abortConnection(self) -> None:
        """
        Close the transport at once; the peer is not told, and nothing that is
        queued is sent.
        """
        if self._aborted or not self.connected:
            return
        self._aborted = True
        self.disconnecting = True
        self.transport.abortConnection()

    def failVerification(self, reason: Failure) -> None:
        """
        Say, in the course of the handshake, that the peer is not whom we want; the
        handshake fails then.

        @param reason: what C{connectionLost} is to be told.
        """
        assert reason.value is not None
        self._engine.reject(reason.value)

    def _shutdownTLS(self) -> None:
        """
        Say that we send nothing more; if nothing was said before, just go.
        """
        engine = self._engine
        if engine.state is State.SHAKING and not engine.blocked:
            self.transport.loseConnection()
        else:
            self._sayGoodbye()

    def _sayGoodbye(self) -> None:
        self._engine.closeWriting()
        if not self._pumping:
            self._afterWriting()

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        """
        TLS is over: close the transport.

        @param reason: why, if there was an error.
        """
        if reason is not None:
            # What its frames hold must not be held on to.
            reason.cleanFailure()
            self._reason = reason
        self._lostTLSConnection = True
        producer, self._producer = self._producer, None
        if producer is not None:
            # It would keep the transport open, for what nobody can send.
            self.transport.unregisterProducer()
            producer.stopProducing()
        self._flush()
        self.transport.loseConnection()

    # -- writing -----------------------------------------------------------------------------

    def _closedForWriting(self) -> bool:
        """Tell whether what is written now would come too late."""
        return (
            self._lostTLSConnection
            or self._aborted
            or (self._producer is None and bool(self.disconnecting or self._halfClosing))
        )

    def write(self, data: bytes) -> None:
        """
        Encrypt and send *data*, as soon as that is possible.

        @raise TypeError: *data* is not bytes.
        """
        requireBytes(data)
        if data and not self._closedForWriting():
            self._write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write several pieces as one."""
        self.write(b"".join(iovec))

    def _write(self, data: bytes) -> None:
        engine = self._engine
        if len(data) <= PORTION:
            engine.write(data)
            self._flush()
        else:
            for portion in portions(data):
                engine.write(portion)
                self._flush()
        if engine.blocked and self._producer is not None:
            self._producer.hold()
        if not self._pumping and engine.state is State.FAILED:
            self._pump()

    def _afterWriting(self) -> None:
        """What was written has to be sent, and what goes wrong to be told."""
        self._flush()
        if self._engine.state is State.FAILED:
            self._pump()
        elif self._engine.state is State.CLOSED and not self._lostTLSConnection:
            self._tlsShutdownFinished(None)

    # -- TLS within TLS ----------------------------------------------------------------------------

    def startTLS(self, contextFactory: Any, normal: bool = True) -> None:
        """
        Speak TLS within this one from here on, with somebody behind the peer.

        @param contextFactory: as of L{TLSMemoryBIOFactory}.
        @param normal: play the part that is played in this one.
        """
        _startTLSWithin(self, self, contextFactory, normal)


class BufferingTLSTransport(TLSMemoryBIOProtocol):
    """
    TLS that collects small writes: those made in answer to the same event are
    encrypted together.
    """

    _small: _AggregateSmallWrites

    def __init__(self, factory: Any, wrappedProtocol: Any, _connectWrapped: bool = True) -> None:
        """
        @param factory: as of L{TLSMemoryBIOProtocol}; it has the clock.
        """
        super().__init__(factory, wrappedProtocol, _connectWrapped)
        self._small = _AggregateSmallWrites(self._write, factory._clock)
        # Until the handshake has begun.
        self._small.watched = True

    def write(self, data: bytes) -> None:
        """
        Encrypt and send *data*, soon.

        @raise TypeError: *data* is not bytes.
        """
        requireBytes(data)
        if data and not self._closedForWriting():
            self._small.write(data)

    def writeSequence(self, sequence: Iterable[bytes]) -> None:
        """Write several pieces."""
        for piece in sequence:
            self.write(piece)

    def _shutdownTLS(self) -> None:
        self._small.flush()
        super()._shutdownTLS()

    def _sayGoodbye(self) -> None:
        self._small.flush()
        super()._sayGoodbye()

    def abortConnection(self) -> None:
        """Close at once, sending nothing more."""
        self._small.discard()
        super().abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Send nothing more, and tell the protocol."""
        self._small.discard()
        super().connectionLost(reason)


def _get_default_clock() -> Any:
    """Return the global reactor."""
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    return reactor


class TLSMemoryBIOFactory(WrappingFactory[Any]):
    """
    Wraps a factory; its protocols speak TLS.

    @ivar handshakeTimeout: how many seconds a handshake may take, on either side,
        before the connection is aborted, and the protocol told of a
        L{twisted.internet.error.TimeoutError}; L{None}: for ever.  Set it on a
        factory, or on this class for all of them, those of C{listenSSL} and
        C{startTLS} too.  It is the clock of the transport's reactor that counts.
    @ivar _clock: what small writes are timed by.
    """

    protocol: Any = BufferingTLSTransport
    handshakeTimeout: float | None = HANDSHAKE_LIMIT

    # The wrapped factory says enough.
    noisy = False

    def __init__(
        self,
        contextFactory: Any,
        isClient: bool,
        wrappedFactory: Any,
        clock: Any = None,
    ) -> None:
        """
        @param contextFactory: how to speak TLS: an
            L{IOpenSSLClientConnectionCreator} such as C{optionsForClientTLS}
            returns; an L{IOpenSSLServerConnectionCreator} such as
            L{twisted.internet.ssl.CertificateOptions}; or an
            L{IOpenSSLContextFactory}.
        @param isClient: whether we are to be the client.
        @param wrappedFactory: the factory.
        @param clock: the reactor, by default the global one.
        """
        super().__init__(wrappedFactory)
        self._isClient = isClient
        self._creatorCallable = connectionMaker(contextFactory, isClient)
        self._clock = _get_default_clock() if clock is None else clock

    def logPrefix(self) -> str:
        """Return the wrapped factory's prefix, with C{(TLS)} behind it."""
        wrapped = self.wrappedFactory
        if ILoggingContext.providedBy(wrapped):
            return f"{wrapped.logPrefix()} (TLS)"
        return f"{type(wrapped).__name__} (TLS)"

    def _connectionFor(self, protocol: Any) -> Any:
        """Make the C{OpenSSL.SSL.Connection} of *protocol*."""
        connection = self._creatorCallable(protocol)
        # Callbacks of a context learn from it whose handshake this is.
        connection.set_app_data(protocol)
        if self._isClient:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection


def startTLSOn(transport: Any, contextFactory: Any, normal: bool = True) -> None:
    """
    Speak TLS on a stream of a reactor from here on.  What has been written to it
    before is sent as it was.

    @param transport: the stream; it has a protocol.
    @param contextFactory: as of L{TLSMemoryBIOFactory}.
    @param normal: be the client where we have connected, the server where we have
        accepted; otherwise the other way round.
    """
    if transport.TLS:
        _startTLSWithin(transport, transport.protocol, contextFactory, normal)
        return
    isClient = transport._tlsClientDefault is bool(normal)
    factory = TLSMemoryBIOFactory(contextFactory, isClient, None, transport.reactor)
    layer = factory.protocol(factory, transport.protocol, False)
    producer, streaming = transport.producer, transport.streamingProducer
    if producer is not None:
        transport.unregisterProducer()
    beneath = Beneath(transport)
    # The log goes on to speak of the protocol: the name is worked out before.
    transport.logPrefix()
    transport.protocol = layer
    transport.TLS = True
    shadow(transport, layer)
    directlyProvides(transport, ISSLTransport)
    layer.makeConnection(beneath)
    if producer is not None:
        layer.registerProducer(producer, streaming)


def _startTLSWithin(transport: Any, layer: Any, contextFactory: Any, normal: bool) -> None:
    """
    Put one more layer between the innermost one and the protocol.

    @param transport: what the protocol has for its transport.
    @param layer: the outermost layer.
    """
    while isinstance(layer.wrappedProtocol, TLSMemoryBIOProtocol):
        layer = layer.wrappedProtocol
    isClient = layer.factory._isClient is bool(normal)
    factory = TLSMemoryBIOFactory(contextFactory, isClient, None, layer.factory._clock)
    inner = factory.protocol(factory, layer.wrappedProtocol, False)
    layer.wrappedProtocol = inner
    # The methods of the protocol's transport are to be the innermost layer's.
    beneath = Beneath(layer) if layer is transport else layer
    shadow(transport, inner)
    inner.makeConnection(beneath)
