"""
The reactor of POSIX systems, but for how it waits: sockets, processes, waker.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from zope.interface import classImplements, implementer

from twisted.internet import _dispatch, error, tcp
from twisted.internet._reactorbase import ReactorBase
from twisted.internet._selectables import _ContinuousPolling as _ContinuousPolling
from twisted.internet._wakers import Waker as _Waker
from twisted.internet.interfaces import (
    IConnector,
    IListeningPort,
    IReactorFDSet,
    IReactorMulticast,
    IReactorProcess,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP,
    IReactorUDP,
    IReactorUNIX,
    IReactorUNIXDatagram,
    IReadDescriptor,
    IWriteDescriptor,
)
from twisted.python import log
from twisted.python.runtime import platformType

unixEnabled = hasattr(socket, "AF_UNIX") and platformType == "posix"
processEnabled = platformType == "posix"

_NO_FILENO = _dispatch._NO_FILENO
_NO_FILEDESC = _dispatch.NO_FILEDESC

__all__ = ["PosixReactorBase"]


class _DisconnectSelectableMixin:
    """Ends a descriptor in the ways L{_dispatch.disconnect} knows."""

    def _disconnectSelectable(
        self, selectable: Any, why: Any, isRead: bool, faildict: Any = None
    ) -> None:
        _dispatch.disconnect(self, selectable, why, isRead)


@implementer(IReactorTCP, IReactorUDP, IReactorMulticast, IReactorSSL, IReactorSocket)
class PosixReactorBase(_DisconnectSelectableMixin, ReactorBase):
    """
    A reactor whose descriptors are numbers: everything but the waiting.

    @cvar _tcp: the module that has its TCP transports.
    @ivar _udp: the one for UDP.
    @cvar _flushesAfterEvents: events go through L{_dispatch.handle}, which
        sends what they wrote.  A reactor that handles events in its own way
        leaves this false, and streams then wait for writability instead.
    """

    _tcp: Any = tcp
    _flushesAfterEvents = False

    @property
    def _udp(self) -> Any:
        # Late: few programs send datagrams.
        from twisted.internet import udp

        return udp

    # -- waker ------------------------------------------------------------

    def installWaker(self) -> None:
        """Make the waker and wait for it, if there is none."""
        if not self.waker:
            self.waker = _Waker(self)
            self._internalReaders.add(self.waker)
            self.addReader(self.waker)

    def _isReading(self, selectable: Any) -> bool:
        """Tell whether *selectable* is a reader."""
        return selectable in self.getReaders()

    def _removeAll(
        self, readers: Iterable[Any], writers: Iterable[Any]
    ) -> list[IReadDescriptor | IWriteDescriptor]:
        """Remove all but the reactor's own, and return them, each once."""
        internal = self._internalReaders
        mine = [reader for reader in readers if reader not in internal]
        theirs = list(writers)
        for reader in mine:
            self.removeReader(reader)
        for writer in theirs:
            self.removeWriter(writer)
        return list(dict.fromkeys([*mine, *theirs]))

    # -- processes ----------------------------------------------------------

    def spawnProcess(
        self,
        processProtocol: Any,
        executable: str | bytes,
        args: Sequence[str | bytes] = (),
        env: Mapping[Any, Any] | None = {},
        path: str | bytes | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = False,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> Any:
        """
        Start a process.

        @param processProtocol: an L{twisted.internet.interfaces.IProcessProtocol}.
        @param executable: the path of the program.
        @param args: its words, the program's own name first.
        @param env: its environment; empty by default, L{None} to inherit ours.
        @param path: the directory to start it in.
        @param uid, gid: whom to run it as (needs privileges).
        @param usePTY: give it a terminal; or a tuple master, slave, name.
        @param childFDs: its descriptors: a number of ours to pass on,
            C{"r"} or C{"w"} for a pipe.
        @return: an L{twisted.internet.interfaces.IProcessTransport}.
        """
        if platformType != "posix":
            # Late: needs pywin32.
            from twisted.internet._dumbwin32proc import Process as WinProcess

            return WinProcess(self, processProtocol, executable, args, env, path)
        # Late: few servers start processes.
        from twisted.internet import process

        words, environment = process._checkProcessArgs(args, env)
        if usePTY:
            if childFDs is not None:
                raise ValueError("Using childFDs is not supported with usePTY=True.")
            return process.PTYProcess(
                self, executable, words, environment, path, processProtocol, uid, gid, usePTY
            )
        return process.Process(
            self, executable, words, environment, path, processProtocol, uid, gid, childFDs
        )

    # -- UDP ------------------------------------------------------------------

    def listenUDP(
        self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192
    ) -> Any:
        """
        Give *protocol* the datagrams that arrive at *port*.

        @param interface: the address to bind to; all by default.
        @param maxPacketSize: bytes of the longest datagram accepted.
        @return: an L{IListeningPort}.
        @raise error.CannotListenError: the address cannot be bound.
        """
        p = self._udp.Port(port, protocol, interface, maxPacketSize, self)
        p.startListening()
        return p

    def listenMulticast(
        self,
        port: int,
        protocol: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> Any:
        """
        As C{listenUDP}, with a transport that can join multicast groups.

        @param listenMultiple: let others of this kind listen here as well.
        """
        p = self._udp.MulticastPort(port, protocol, interface, maxPacketSize, self, listenMultiple)
        p.startListening()
        return p

    # -- UNIX -----------------------------------------------------------------

    def connectUNIX(
        self, address: str, factory: Any, timeout: float = 30, checkPID: bool = False
    ) -> IConnector:
        """
        Connect to the UNIX socket *address*.

        @param timeout: seconds to wait at the most.
        @param checkPID: try only if the lock file says that a server lives.
        """
        unix = _unix()
        connector: IConnector = unix.Connector(address, factory, timeout, self, checkPID)
        connector.connect()
        return connector

    def listenUNIX(
        self,
        address: str,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> IListeningPort:
        """
        Accept connections at the UNIX socket *address*.

        @param mode: the permissions of its file.
        @param wantPID: keep a lock file, and clear up after a dead server.
        @raise error.CannotListenError: the address cannot be bound.
        """
        unix = _unix()
        port: IListeningPort = unix.Port(address, factory, backlog, mode, self, wantPID)
        port.startListening()
        return port

    def listenUNIXDatagram(
        self, address: str, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666
    ) -> Any:
        """Give *protocol* the datagrams sent to the UNIX socket *address*."""
        unix = _unix()
        port = unix.DatagramPort(address, protocol, maxPacketSize, mode, self)
        port.startListening()
        return port

    def connectUNIXDatagram(
        self,
        address: str,
        protocol: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: str | None = None,
    ) -> Any:
        """Let *protocol* send datagrams to the UNIX socket *address*."""
        unix = _unix()
        port = unix.ConnectedDatagramPort(address, protocol, maxPacketSize, mode, bindAddress, self)
        port.startListening()
        return port

    # -- sockets from elsewhere -------------------------------------------------

    def adoptStreamPort(
        self, fileDescriptor: int, addressFamily: int, factory: Any
    ) -> IListeningPort:
        """
        Accept connections on a socket that listens already; it is duplicated,
        and *fileDescriptor* stays the caller's.

        @raise error.UnsupportedAddressFamily: it is not IPv4, IPv6 or UNIX.
        """
        if addressFamily in (socket.AF_INET, socket.AF_INET6):
            return self._tcp.Port._fromListeningDescriptor(
                self, fileDescriptor, addressFamily, factory
            )  # type: ignore[return-value]
        if unixEnabled and addressFamily == socket.AF_UNIX:
            port: IListeningPort = _unix().Port._fromListeningDescriptor(
                self, fileDescriptor, factory
            )
            return port
        raise error.UnsupportedAddressFamily(addressFamily)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """
        Take over a connected socket; it is duplicated, and *fileDescriptor*
        stays the caller's.

        @raise error.UnsupportedAddressFamily: it is not IPv4, IPv6 or UNIX.
        """
        if addressFamily in (socket.AF_INET, socket.AF_INET6):
            return self._tcp.Server._fromConnectedSocket(
                fileDescriptor, addressFamily, factory, self
            )
        if unixEnabled and addressFamily == socket.AF_UNIX:
            return _unix().Server._fromConnectedSocket(fileDescriptor, factory, self)
        raise error.UnsupportedAddressFamily(addressFamily)

    def adoptDatagramPort(
        self,
        fileDescriptor: int,
        addressFamily: int,
        protocol: Any,
        maxPacketSize: int = 8192,
    ) -> Any:
        """
        Receive datagrams on a bound socket; it is duplicated, and
        *fileDescriptor* stays the caller's.

        @raise error.UnsupportedAddressFamily: it is not IPv4 or IPv6.
        """
        if addressFamily not in (socket.AF_INET, socket.AF_INET6):
            raise error.UnsupportedAddressFamily(addressFamily)
        return self._udp.Port._fromListeningDescriptor(
            self, fileDescriptor, addressFamily, protocol, maxPacketSize=maxPacketSize
        )

    # -- TCP ----------------------------------------------------------------------

    def listenTCP(
        self, port: int, factory: Any, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """
        Accept TCP connections.

        @param port: 1 to 65535, or 0 for any that is free.
        @param factory: makes a protocol for each connection.
        @param backlog: how many may wait to be accepted.
        @param interface: the address to bind to, IPv4 or IPv6; C{""} for all.
        @raise error.CannotListenError: the address cannot be bound.
        """
        p = self._tcp.Port(port, factory, backlog, interface, self)
        p.startListening()
        return p  # type: ignore[return-value]

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """
        Connect by TCP.

        @param host: a name or an address, IPv4 or IPv6.
        @param port: a number, or the name of a service.
        @param factory: a client factory, told how it goes.
        @param timeout: seconds to wait at the most.
        @param bindAddress: the address to connect from.
        @raise error.ServiceNameUnknownError: *port* is no known service.
        """
        c = self._tcp.Connector(host, port, factory, timeout, bindAddress, self)
        c.connect()
        return c  # type: ignore[return-value]

    # -- TLS ------------------------------------------------------------------------

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """
        As C{connectTCP}, with TLS from the first byte.

        @param contextFactory: a pyOpenSSL context factory, or a creator of
            client connections.
        """
        tls = _tls()
        wrapped = tls.TLSMemoryBIOFactory(contextFactory, True, factory, self)
        return self.connectTCP(host, port, wrapped, timeout, bindAddress)

    def listenSSL(
        self,
        port: int,
        factory: Any,
        contextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """
        As C{listenTCP}, with TLS from the first byte.

        @param contextFactory: a pyOpenSSL context factory, or a creator of
            server connections.
        """
        tls = _tls()
        wrapped = tls.TLSMemoryBIOFactory(contextFactory, False, factory, self)
        p = self.listenTCP(port, wrapped, backlog, interface)
        p._type = "TLS"  # type: ignore[attr-defined]
        return p


def _unix() -> Any:
    if not unixEnabled:
        raise AssertionError("UNIX support is not present")
    # Late: few programs use UNIX sockets.
    from twisted.internet import unix

    return unix


def _tls() -> Any:
    # Late: OpenSSL must not be loaded for plain TCP, and may be absent.
    try:
        from twisted.protocols import tls
    except ImportError as problem:
        raise AssertionError(f"SSL support is not present: {problem}")
    return tls


if unixEnabled:
    classImplements(PosixReactorBase, IReactorUNIX, IReactorUNIXDatagram)
if processEnabled:
    classImplements(PosixReactorBase, IReactorProcess)
