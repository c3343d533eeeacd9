"""
Descriptors, transports, producers and consumers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet._interfaces.addresses import IAddress
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure


# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.internet.interfaces"


class ILoggingContext(Interface):
    """Has a name under which what it does is logged."""

    def logPrefix() -> str:
        """Return that name, short."""


class IFileDescriptor(ILoggingContext):
    """Has a descriptor number that a reactor can wait for."""

    def fileno() -> int:
        """Return the number, or -1 when it has none any more."""

    def connectionLost(reason: Failure) -> None:
        """
        The descriptor is of no use any more; called once.

        @param reason: why, of L{error.ConnectionClosed} as a rule.
        """


class IReadDescriptor(IFileDescriptor):
    """Can be read from."""

    def doRead() -> Failure | None:
        """
        There is something to read, or its end.

        @return: L{None}, or why the connection is over.
        """


class IWriteDescriptor(IFileDescriptor):
    """Can be written to."""

    def doWrite() -> Failure | None:
        """
        Something can be written.

        @return: L{None}, or why the connection is over.
        """


class IReadWriteDescriptor(IReadDescriptor, IWriteDescriptor):
    """Can be read from and written to."""


class IHalfCloseableDescriptor(Interface):
    """Can lose one direction and keep the other."""

    def writeConnectionLost(reason: Failure) -> None:
        """Nothing can be sent any more."""

    def readConnectionLost(reason: Failure) -> None:
        """Nothing more will be received."""


class ISystemHandle(Interface):
    """Has an object of the system's under it."""

    def getHandle() -> object:
        """Return it: a socket, a handle, a number."""


class IConsumer(Interface):
    """Takes data from a producer."""

    def registerProducer(producer: IProducer, streaming: bool) -> None:
        """
        Let *producer* supply the data, and throttle it.

        @param streaming: whether it is an L{IPushProducer}, else an
            L{IPullProducer}.
        @raise RuntimeError: another one is registered.
        """

    def unregisterProducer() -> None:
        """Forget the producer; it has finished, or is not wanted."""

    def write(data: bytes) -> None:
        """Take *data*; called by the producer."""


class IProducer(Interface):
    """Supplies data to a consumer."""

    def stopProducing() -> None:
        """Stop for good: the consumer is gone."""


class IPushProducer(IProducer):
    """Supplies data as it has it, until it is paused."""

    def pauseProducing() -> None:
        """Stop until C{resumeProducing}."""

    def resumeProducing() -> None:
        """Go on."""


class IPullProducer(IProducer):
    """Supplies a piece of data each time it is asked."""

    def resumeProducing() -> None:
        """Write one piece to the consumer."""


class ITransport(Interface):
    """
    Carries a protocol's bytes.  Writing never blocks; what is written is
    queued, in order.
    """

    def write(data: bytes) -> None:
        """
        Send *data*, after what was written before.

        @raise TypeError: it is not bytes.
        """

    def writeSequence(data: Iterable[bytes]) -> None:
        """Send several pieces, as C{write} would one after the other."""

    def loseConnection() -> None:
        """
        Close when what was written has been sent and no producer is
        registered.  C{connectionLost} follows.
        """

    def getPeer() -> IAddress:
        """Return the address of the other end."""

    def getHost() -> IAddress:
        """Return the address of this end."""


class ITCPTransport(ITransport):
    """Carries bytes over TCP."""

    def loseWriteConnection() -> None:
        """
        Close the sending direction when what was written has been sent; data
        still arrives.
        """

    def abortConnection() -> None:
        """Reset the connection; what was written and not sent is lost."""

    def getTcpNoDelay() -> bool:
        """Tell whether small pieces are sent at once."""

    def setTcpNoDelay(enabled: bool) -> None:
        """Send small pieces at once (Nagle's algorithm off), or not."""

    def getTcpKeepAlive() -> bool:
        """Tell whether the system probes an idle connection."""

    def setTcpKeepAlive(enabled: bool) -> None:
        """Have the system probe an idle connection, or not."""

    def getHost() -> IAddress:
        """Return the address of this end."""

    def getPeer() -> IAddress:
        """Return the address of the other end."""


class IUNIXTransport(ITransport):
    """Carries bytes, and descriptors, over a UNIX socket."""

    def sendFileDescriptor(descriptor: int) -> None:
        """
        Send a duplicate of *descriptor* to the peer, along with the next byte
        that is written: each descriptor needs a byte of its own.
        """


class ITLSTransport(ITCPTransport):
    """Can begin to speak TLS."""

    def startTLS(contextFactory: Any) -> None:
        """
        Speak TLS from here on.

        @param contextFactory: an L{IOpenSSLClientConnectionCreator},
            L{IOpenSSLServerConnectionCreator} or L{IOpenSSLContextFactory}.
        """


class ISSLTransport(ITCPTransport):
    """Speaks TLS."""

    def getPeerCertificate() -> object:
        """Return the peer's certificate, of pyOpenSSL; L{None} if it has none."""


class INegotiated(ISSLTransport):
    """Speaks TLS, and has agreed on a protocol with the peer (ALPN)."""

    negotiatedProtocol = Attribute(
        "Its name, as bytes; None if there was none to agree on, or not yet."
    )


class IListeningPort(Interface):
    """Accepts connections, or receives datagrams."""

    def startListening() -> None:
        """
        Begin.

        @raise error.CannotListenError: the address cannot be bound.
        """

    def stopListening() -> Deferred[None] | None:
        """
        End.

        @return: a Deferred that fires when it has ended, or L{None}.
        """

    def getHost() -> IAddress:
        """Return the address that is listened at."""


class IConnector(Interface):
    """Connects, and can do so again."""

    def stopConnecting() -> None:
        """Give the attempt up."""

    def disconnect() -> None:
        """Give the attempt up, or close the connection."""

    def connect() -> None:
        """Begin an attempt."""

    def getDestination() -> IAddress:
        """Return the address that is connected to."""


class IUDPTransport(Interface):
    """Carries datagrams over UDP."""

    def write(packet: bytes, addr: tuple[str, int] | None = None) -> None:
        """
        Send a datagram.

        @param addr: host and port; L{None} when C{connect} was called.
        """

    def connect(host: str, port: int) -> None:
        """Exchange datagrams with this address alone."""

    def getHost() -> IAddress:
        """Return our address."""

    def stopListening() -> Deferred[None] | None:
        """Receive no more; as of L{IListeningPort}."""

    def setBroadcastAllowed(enabled: bool) -> None:
        """Let datagrams be sent to broadcast addresses, or not."""

    def getBroadcastAllowed() -> bool:
        """Tell whether datagrams may be sent to broadcast addresses."""


class IUNIXDatagramTransport(Interface):
    """Carries datagrams over UNIX sockets."""

    def write(packet: bytes, addr: str) -> None:
        """Send a datagram to the socket at the path *addr*."""

    def getHost() -> IAddress:
        """Return our address."""


class IUNIXDatagramConnectedTransport(Interface):
    """Carries datagrams to and from one UNIX socket."""

    def write(packet: bytes) -> None:
        """Send a datagram."""

    def getHost() -> IAddress:
        """Return our address."""

    def getPeer() -> IAddress:
        """Return the address of the other socket."""


class IMulticastTransport(IUDPTransport):
    """Carries datagrams over UDP, to groups as well."""

    def getOutgoingInterface() -> str | int:
        """Return the interface that groups are sent to by."""

    def setOutgoingInterface(addr: str | int) -> Deferred[int | str]:
        """
        Send to groups by the interface *addr*: an address, or for IPv6 a
        number.
        """

    def getLoopbackMode() -> bool:
        """Tell whether what is sent to a group comes back to this host."""

    def setLoopbackMode(mode: int) -> None:
        """Let what is sent to a group come back to this host, or not."""

    def getTTL() -> int:
        """Return how many hops datagrams to groups go."""

    def setTTL(ttl: int) -> None:
        """Let datagrams to groups go *ttl* hops, up to 255."""

    def joinGroup(addr: str, interface: str = "") -> Deferred[None]:
        """
        Join the group *addr*.

        @return: fires when it is joined, or fails with
            L{error.MulticastJoinError}.
        """

    def leaveGroup(addr: str, interface: str = "") -> Deferred[None]:
        """
        Leave the group *addr*.

        @return: fires when it is left, or fails with
            L{error.MulticastJoinError}.
        """


class IProcessTransport(ITransport):
    """A process that was started, and the pipes to it."""

    pid = Attribute("Its number; None before it was started and after it ended.")

    def closeStdin() -> None:
        """Close the pipe to its standard input, after what was written."""

    def closeStdout() -> None:
        """Close the pipe from its standard output."""

    def closeStderr() -> None:
        """Close the pipe from its standard error."""

    def closeChildFD(descriptor: int) -> None:
        """Close the pipe to or from the child's *descriptor*."""

    def writeToChild(childFD: int, data: bytes) -> None:
        """Write to the pipe to the child's descriptor *childFD*."""

    def loseConnection() -> None:
        """Close the pipes."""

    def signalProcess(signalID: str | int) -> None:
        """
        Send the process a signal.

        @param signalID: a number, or a name: C{"HUP"}, C{"KILL"}.
        @raise error.ProcessExitedAlready: it has ended.
        """
