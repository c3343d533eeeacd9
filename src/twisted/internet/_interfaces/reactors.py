"""
What reactors offer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twisted.internet._interfaces.names import IHostnameResolver, IResolverSimple
    from twisted.internet._interfaces.transports import (
        IConnector,
        IListeningPort,
        IProcessTransport,
        IReadDescriptor,
        IWriteDescriptor,
    )
    from twisted.internet.defer import Deferred
    from twisted.python.threadpool import ThreadPool


# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.internet.interfaces"


class IReactorCore(Interface):
    """Runs, stops, and tells others when it does."""

    running = Attribute("Whether the startup event was fired and the shutdown event not.")

    def resolve(name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """
        Look *name* up.

        @return: fires with a dotted IPv4 address, or fails with
            L{error.DNSLookupError}.
        """

    def run() -> None:
        """Fire the startup event and handle events until C{stop}."""

    def stop() -> None:
        """Fire the shutdown event, and end C{run} after it."""

    def crash() -> None:
        """End C{run} at once, without the shutdown event."""

    def iterate(delay: float) -> None:
        """Do one turn, waiting *delay* seconds at the most."""

    def fireSystemEvent(eventType: str) -> None:
        """Call the triggers of *eventType*."""

    def addSystemEventTrigger(
        phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any:
        """
        Have *callable* called when *eventType* is fired.

        @param phase: C{"before"}, C{"during"} or C{"after"}; in the first one
            a Deferred may be returned, and is waited for.
        @return: what C{removeSystemEventTrigger} takes.
        """

    def removeSystemEventTrigger(triggerID: Any) -> None:
        """Undo C{addSystemEventTrigger}."""

    def callWhenRunning(
        callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any | None:
        """
        Call *callable* now if the reactor runs, else as soon as it does.

        @return: what C{removeSystemEventTrigger} takes, or L{None}.
        """


class IReactorTCP(Interface):
    """Listens and connects by TCP."""

    def listenTCP(port: int, factory: Any, backlog: int = 50, interface: str = "") -> IListeningPort:
        """
        Accept connections at *port*.

        @param backlog: how many may wait to be accepted.
        @param interface: the address to bind to; C{""} for all.
        @raise error.CannotListenError: it cannot be bound.
        """

    def connectTCP(
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30.0,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """
        Connect to *host*, a name or an address.

        @param factory: a client factory.
        @param timeout: seconds to wait at the most.
        @param bindAddress: the address to connect from.
        """


class IReactorTCP2(IReactorTCP):
    """Listens and connects by TCP, with options of the binding."""

    def listenTCP(port: Any, factory: Any, backlog: int = 50, interface: str = "") -> IListeningPort:
        """As of L{IReactorTCP}; *port* may be a binding."""

    def connectTCP(
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30.0,
        bindAddress: Any = None,
    ) -> IConnector:
        """As of L{IReactorTCP}; *bindAddress* may be a binding."""


class IReactorSSL(Interface):
    """Listens and connects by TLS."""

    def connectSSL(
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30.0,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """As C{connectTCP}, with TLS by *contextFactory*."""

    def listenSSL(
        port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """As C{listenTCP}, with TLS by *contextFactory*."""


class IReactorUNIX(Interface):
    """Listens and connects by UNIX sockets."""

    def connectUNIX(
        address: str, factory: Any, timeout: float = 30, checkPID: bool = False
    ) -> IConnector:
        """
        Connect to the socket at the path *address*.

        @param checkPID: try only if its lock says that a server lives.
        """

    def listenUNIX(
        address: str, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool = False
    ) -> IListeningPort:
        """
        Accept connections at the path *address*.

        @param mode: the permissions of its file.
        @param wantPID: keep a lock, and clear up after a dead server.
        """


class IReactorUNIXDatagram(Interface):
    """Exchanges datagrams by UNIX sockets."""

    def connectUNIXDatagram(
        address: str,
        protocol: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: str | None = None,
    ) -> IConnector:
        """Exchange datagrams with the socket at the path *address*."""

    def listenUNIXDatagram(
        address: str, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666
    ) -> IListeningPort:
        """Receive datagrams at the path *address*."""


class IReactorUDP(Interface):
    """Exchanges datagrams by UDP."""

    def listenUDP(
        port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192
    ) -> IListeningPort:
        """
        Receive datagrams at *port*.

        @param maxPacketSize: bytes of the longest accepted.
        """


class IReactorMulticast(Interface):
    """Exchanges datagrams by UDP, with groups as well."""

    def listenMulticast(
        port: int,
        protocol: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> IListeningPort:
        """
        Receive datagrams at *port*, with a transport that can join groups.

        @param listenMultiple: let others listen there as well.
        """


class IReactorSocket(Interface):
    """Takes over sockets that were made elsewhere."""

    def adoptStreamPort(fileDescriptor: int, addressFamily: int, factory: Any) -> IListeningPort:
        """
        Accept connections on a duplicate of a socket that listens.

        @raise error.UnsupportedAddressFamily: it is of an unknown family.
        """

    def adoptStreamConnection(fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """
        Go on with a duplicate of a socket that is connected.

        @raise error.UnsupportedAddressFamily: it is of an unknown family.
        """

    def adoptDatagramPort(
        fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> IListeningPort:
        """
        Receive datagrams on a duplicate of a socket that is bound.

        @raise error.UnsupportedAddressFamily: it is of an unknown family.
        """


class IReactorProcess(Interface):
    """Starts processes."""

    def spawnProcess(
        processProtocol: Any,
        executable: str | bytes,
        args: Sequence[str | bytes] = (),
        env: Mapping[Any, Any] | None = None,
        path: str | bytes | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool | tuple[Any, ...] = False,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> IProcessTransport:
        """
        Start a process.

        @param processProtocol: an L{IProcessProtocol}.
        @param args: its words, the program's own name first.
        @param env: its environment; L{None} to inherit ours.
        @param path: the directory to start it in.
        @param uid, gid: whom to run it as.
        @param usePTY: give it a terminal.
        @param childFDs: its descriptors: C{"r"}, C{"w"} for pipes, or a number
            of ours to pass on.
        """


class IReactorTime(Interface):
    """Has a clock, and makes calls later."""

    def seconds() -> float:
        """Return the time, in seconds."""

    def callLater(
        delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> IDelayedCall:
        """
        Have *callable* called in *delay* seconds.

        @return: a handle to change one's mind with.
        """

    def getDelayedCalls() -> Sequence[IDelayedCall]:
        """Return the calls that are still to be made."""


class IDelayedCall(Interface):
    """A call that is to be made later."""

    def getTime() -> float:
        """Return the time at which it is to be made."""

    def cancel() -> None:
        """
        Do not make it.

        @raise error.AlreadyCalled: it has been made.
        @raise error.AlreadyCancelled: it was cancelled.
        """

    def delay(secondsLater: float) -> None:
        """Make it *secondsLater* than was asked."""

    def reset(secondsFromNow: float) -> None:
        """Make it *secondsFromNow*."""

    def active() -> bool:
        """Tell whether it is still to be made."""


class IReactorFromThreads(Interface):
    """Takes calls from other threads."""

    def callFromThread(callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Have *callable* called in the reactor's thread, soon."""


class IReactorInThreads(Interface):
    """Makes calls in other threads."""

    def callInThread(callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call *callable* in a thread of the pool."""


class IReactorThreads(IReactorFromThreads, IReactorInThreads):
    """Works together with threads."""

    def getThreadPool() -> ThreadPool:
        """Return the pool."""

    def suggestThreadPoolSize(size: int) -> None:
        """Let the pool have at most *size* threads."""


class IReactorPluggableResolver(Interface):
    """Looks names up with what is installed."""

    def installResolver(resolver: IResolverSimple) -> IResolverSimple:
        """
        Use *resolver* from now on.

        @return: the one before.
        """


class IReactorPluggableNameResolver(Interface):
    """Looks names up, of any family, with what is installed."""

    nameResolver = Attribute("The resolver in use, an IHostnameResolver.")

    def installNameResolver(resolver: IHostnameResolver) -> IHostnameResolver:
        """
        Use *resolver* from now on.

        @return: the one before.
        """


class IReactorDaemonize(Interface):
    """Wants to know when the process detaches from its terminal."""

    def beforeDaemonize() -> None:
        """It is about to."""

    def afterDaemonize() -> None:
        """It has."""


class IReactorFDSet(Interface):
    """Waits for descriptors of any kind."""

    def addReader(reader: IReadDescriptor) -> None:
        """Call C{reader.doRead} whenever there is something to read."""

    def addWriter(writer: IWriteDescriptor) -> None:
        """Call C{writer.doWrite} whenever something can be written."""

    def removeReader(reader: IReadDescriptor) -> None:
        """Undo C{addReader}."""

    def removeWriter(writer: IWriteDescriptor) -> None:
        """Undo C{addWriter}."""

    def removeAll() -> list[IReadDescriptor | IWriteDescriptor]:
        """Forget all, and return them."""

    def getReaders() -> list[IReadDescriptor]:
        """Return the readers."""

    def getWriters() -> list[IWriteDescriptor]:
        """Return the writers."""


class IReactorWin32Events(Interface):
    """Waits for events of Windows."""

    def addEvent(event: Any, fd: Any, action: str) -> None:
        """Call the method *action* of *fd* when *event* is signalled."""

    def removeEvent(event: Any) -> None:
        """Undo C{addEvent}."""


class _ISupportsExitSignalCapturing(Interface):
    """Remembers which signal stopped it."""

    _exitSignal = Attribute("The signal's number, or None.")
