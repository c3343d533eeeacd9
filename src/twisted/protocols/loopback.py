"""
Connections of two protocols with each other, for tests.

L{loopbackAsync} needs no sockets, L{loopbackTCP} and L{loopbackUNIX} use real
ones. L{LoopbackRelay} is half of a connection, pumped by hand.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from typing import IO, Any

from zope.interface import implementer

from twisted.internet import defer, interfaces, main
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.protocols.policies import ProtocolWrapper
from twisted.python import failure, log


class _LoopbackQueue:
    """
    What one side has written and the other has not been given yet.

    @ivar disconnect: the side that writes has closed.
    """

    def __init__(self, onPut: Callable[[], None] | None = None) -> None:
        """
        @param onPut: called after something was put in.
        """
        self._items: deque[bytes | None] = deque()
        self._onPut = onPut
        self.disconnect = False

    def put(self, item: bytes | None) -> None:
        """Add bytes, or L{None} for the end of the stream."""
        self._items.append(item)
        if self._onPut is not None:
            self._onPut()

    def get(self) -> bytes | None:
        """Take what was put in first."""
        return self._items.popleft()

    def __bool__(self) -> bool:
        return bool(self._items)


@implementer(interfaces.IAddress)
class _LoopbackAddress:
    """The address of each side."""


class _Ends:
    """
    What both kinds of transport have in common: their two ends look alike.

    @cvar _address: gives the address of either end.
    """

    _address: Callable[[], Any]

    def getHost(self) -> Any:
        """Return an address."""
        return self._address()

    def getPeer(self) -> Any:
        """Return an address."""
        return self._address()

    def write(self, data: bytes) -> None:
        """Send *data*."""
        raise NotImplementedError

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send all of *iovec* as one piece."""
        self.write(b"".join(iovec))


@implementer(interfaces.ITransport, interfaces.IConsumer)
class _LoopbackTransport(_Ends):
    """
    The transport of one side.
    """

    disconnecting = False
    producer: Any = None
    streamingProducer: Any = None
    _address = _LoopbackAddress

    def __init__(self, queue: _LoopbackQueue) -> None:
        self.q = queue

    def write(self, data: bytes) -> None:
        """Put *data* into the queue."""
        if not isinstance(data, bytes):
            raise TypeError(f"Can only write bytes, not {type(data).__name__}")
        if data:
            self.q.put(data)

    def loseConnection(self) -> None:
        """Close, after what was written is delivered."""
        if not self.disconnecting:
            self.disconnecting = True
            self.q.disconnect = True
            self.q.put(None)

    def abortConnection(self) -> None:
        """Close; here nothing is faster than C{loseConnection}."""
        self.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Pull from *producer* as the queue empties; one that pushes just does."""
        assert self.producer is None
        self.producer = producer
        self.streamingProducer = streaming
        self._pull()

    def unregisterProducer(self) -> None:
        """There is nothing more from the producer."""
        assert self.producer is not None
        self.producer = None

    def _pull(self) -> None:
        """Ask a pull producer for more."""
        if self.producer is not None and not self.streamingProducer:
            self.producer.resumeProducing()


def identityPumpPolicy(queue: Any, target: Any) -> None:
    """
    Deliver each piece as it was written.
    """
    while queue:
        data = queue.get()
        if data is None:
            break
        target.dataReceived(data)


def collapsingPumpPolicy(queue: Any, target: Any) -> None:
    """
    Deliver everything that was written as one piece.
    """
    pieces = []
    while queue:
        data = queue.get()
        if data is None:
            break
        pieces.append(data)
    if pieces:
        target.dataReceived(b"".join(pieces))


class _Pump:
    """
    Carries what two protocols write, in turns of the reactor.

    In each turn the client is served before the server.
    """

    def __init__(self, server: Any, client: Any, policy: Callable[[Any, Any], None]) -> None:
        self.server = server
        self.client = client
        self.policy = policy
        self.finished: defer.Deferred[None] = defer.Deferred()
        self.waiting = False
        self.starting = False
        self.over = False
        fromServer, fromClient = (_LoopbackTransport(_LoopbackQueue(self.wake)) for _ in range(2))
        self.ways = [(fromServer, client), (fromClient, server)]

    def start(self) -> None:
        """
        Connect both, and carry what they say to each other on that occasion: those
        who only answer each other have said everything when this returns.
        """
        (fromServer, _), (fromClient, _) = self.ways
        self.starting = True
        try:
            self.server.makeConnection(fromServer)
            self.client.makeConnection(fromClient)
            # One may close the way that is being carried: the queue is empty then.
            while not self.over and any(q or q.disconnect for q in (fromServer.q, fromClient.q)):
                self.turn()
        finally:
            self.starting = False

    def wake(self) -> None:
        """Something was written: carry it, but not while its writer is running."""
        if not (self.waiting or self.starting or self.over):
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor

            self.waiting = True
            reactor.callLater(0, self.turn)  # type: ignore[attr-defined]

    def turn(self) -> None:
        """Deliver what there is, and end if one side has closed."""
        self.waiting = False
        if self.over:
            # A delivery of the last turn wrote something.
            return
        ending = False
        try:
            for transport, target in self.ways:
                queue = transport.q
                # What is closed by a delivery of this very turn has its own
                # last words to be delivered in the next.
                ending = ending or queue.disconnect
                if queue:
                    self.policy(queue, target)
                    transport._pull()
        except BaseException:
            self.over = True
            self.finished.errback()
            return
        if ending:
            self.end()

    def end(self) -> None:
        """Tell both that the connection is over."""
        self.over = True
        both = (self.server, self.client)
        # The queues know us: without them nobody is kept for longer than needed.
        self.ways, self.server, self.client = [], None, None
        try:
            for protocol in both:
                protocol.connectionLost(failure.Failure(main.CONNECTION_DONE))
        except BaseException:
            self.finished.errback()
        else:
            self.finished.callback(None)


def loopbackAsync(
    server: Any, client: Any, pumpPolicy: Callable[[Any, Any], None] = identityPumpPolicy
) -> defer.Deferred[None]:
    """
    Connect two protocols, without sockets.

    Nothing is delivered to a protocol while it, or the other one, is writing.

    @param pumpPolicy: called with what is to be delivered, a queue which has
        C{get} and is true while there is something in it, and the protocol to
        get it. L{None} in the queue is the end of the stream.
    @return: fires with L{None} after the connection is over; fails if one of
        the protocols raised an exception.
    """
    pump = _Pump(server, client, pumpPolicy)
    pump.start()
    return pump.finished


@implementer(interfaces.ITransport, interfaces.IConsumer)
class LoopbackRelay(_Ends):
    """
    Half of a connection: keeps what is written until C{clearBuffer}.

    @ivar buffer: what is kept.
    @ivar shouldLose: C{loseConnection} was called.
    """

    buffer = b""
    shouldLose = 0
    disconnecting = 0
    producer: Any = None

    @staticmethod
    def _address() -> str:
        return "loopback"

    def __init__(self, target: Any, logFile: IO[str] | None = None) -> None:
        """
        @param target: the protocol that is given what is written.
        @param logFile: a text file that tells what was delivered.
        """
        self.target = target
        self.logFile = logFile

    def _tell(self, action: str, data: bytes) -> None:
        """Write what is done with *data* to the log file, if there is one."""
        if self.logFile is not None:
            print("loopback", action, repr(data), file=self.logFile)

    def write(self, data: bytes) -> None:
        """Keep *data*."""
        self.buffer += data
        self._tell("writing", data)

    def clearBuffer(self) -> None:
        """Deliver what is kept, and close if that was asked for."""
        if self.shouldLose == -1:
            return
        if self.producer:
            self.producer.resumeProducing()
        kept, self.buffer = self.buffer, b""
        if kept:
            self._tell("receiving", kept)
            self.target.dataReceived(kept)
        if self.shouldLose == 1:
            self.shouldLose = -1
            self.target.connectionLost(failure.Failure(main.CONNECTION_DONE))

    def loseConnection(self) -> None:
        """Close at the next C{clearBuffer}."""
        if self.shouldLose != -1:
            self.shouldLose = 1

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* asked at each C{clearBuffer}."""
        self.producer = producer

    def unregisterProducer(self) -> None:
        """There is nothing more from the producer."""
        self.producer = None

    def logPrefix(self) -> str:
        """Return the name of the target's class, and ours."""
        return f"Loopback({self.target.__class__.__name__!r})"


class _Ending(ProtocolWrapper):
    """Fires a Deferred when the connection is lost."""

    def __init__(self, factory: _OneServer, wrappedProtocol: Any) -> None:
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.ended = factory.ended

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        ProtocolWrapper.connectionLost(self, reason)
        self.ended.callback(None)


class _OneServer(ServerFactory[Any]):
    """
    Serves one connection with a protocol that is there already.

    @ivar ended: fires when that connection is lost.
    """

    def __init__(self, protocol: Any, noisy: bool) -> None:
        self.inner = protocol
        self.noisy = noisy
        self.ended: defer.Deferred[None] = defer.Deferred()

    def buildProtocol(self, addr: Any) -> Any:
        if self.inner is None:
            return None
        inner, self.inner = self.inner, None
        return _Ending(self, inner)

    def registerProtocol(self, p: Any) -> None:
        pass

    def unregisterProtocol(self, p: Any) -> None:
        pass


class LoopbackClientFactory(ClientFactory[Any]):
    """
    Makes one connection with a protocol that is there already.

    @ivar deferred: fires with L{None} when the connection is lost, and fails
        when there was none.
    """

    def __init__(self, protocol: Any) -> None:
        self.disconnected = 0
        self.deferred: defer.Deferred[None] = defer.Deferred()
        self.protocol = protocol

    def buildProtocol(self, addr: Any) -> Any:
        """Give the protocol."""
        return self.protocol

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        """Fire the Deferred."""
        self.disconnected = 1
        self.deferred.callback(None)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """Let the Deferred fail."""
        self.disconnected = 1
        self.deferred.errback(reason)


def _throughPort(
    port: Any, served: _OneServer, client: LoopbackClientFactory
) -> defer.Deferred[None]:
    """Wait for the end of both sides, and close the port."""

    def close(result: Any) -> Any:
        closed = defer.maybeDeferred(port.stopListening)
        return closed.addCallback(lambda ignored: result)

    def connected(ignored: None) -> defer.Deferred[None]:
        return served.ended

    return client.deferred.addCallback(connected).addBoth(close)


def loopbackTCP(
    server: Any, client: Any, port: int = 0, noisy: bool = True
) -> defer.Deferred[None]:
    """
    Connect two protocols by TCP, through the global reactor.

    @param port: where to listen; 0 for any that is free.
    @param noisy: let the factories say in the log when they start and stop.
    @return: fires with L{None} when both have lost the connection.
    """
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    served = _OneServer(server, noisy)
    clientFactory = LoopbackClientFactory(client)
    clientFactory.noisy = noisy
    listening = reactor.listenTCP(port, served, interface="127.0.0.1")  # type: ignore[attr-defined]
    reactor.connectTCP(  # type: ignore[attr-defined]
        listening.getHost().host, listening.getHost().port, clientFactory
    )
    return _throughPort(listening, served, clientFactory)


def loopbackUNIX(server: Any, client: Any, noisy: bool = True) -> defer.Deferred[None]:
    """
    Connect two protocols by a UNIX socket, through the global reactor.

    @param noisy: let the factories say in the log when they start and stop.
    @return: fires with L{None} when both have lost the connection.
    """
    # Late: the first is heavy, and importing the second installs the default
    # reactor.
    import tempfile

    from twisted.internet import reactor

    folder = tempfile.mkdtemp()
    served = _OneServer(server, noisy)
    clientFactory = LoopbackClientFactory(client)
    clientFactory.noisy = noisy
    path = os.path.join(folder, "loopback")
    listening = reactor.listenUNIX(path, served)  # type: ignore[attr-defined]
    reactor.connectUNIX(path, clientFactory)  # type: ignore[attr-defined]

    def clear(result: Any) -> Any:
        try:
            os.rmdir(folder)
        except OSError:
            # It is not worth hiding the result for.
            log.err(None, f"could not remove {folder}")
        return result

    return _throughPort(listening, served, clientFactory).addBoth(clear)
