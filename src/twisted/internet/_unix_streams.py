"""
UNIX sockets that carry streams: ports, connectors and both ends.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from zope.interface import implementer

from twisted.internet import base, error, interfaces, tcp
from twisted.internet._binding import bound
from twisted.internet._tcp_port import spareDescriptor
from twisted.internet._unix_paths import _UNIXPort, acquire, lockOf, permit, vacate
from twisted.internet._unix_rights import _SendmsgMixin
from twisted.internet.address import UNIXAddress
from twisted.python import lockfile, log


class _UNIXOptions:
    """A UNIX socket has no options of TCP: asking is fine, nothing happens."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Do nothing."""

    def getTcpNoDelay(self) -> bool:
        """Return false."""
        return False


@implementer(interfaces.IUNIXTransport)
class Server(_UNIXOptions, _SendmsgMixin, tcp.Server):
    """The end of a connection that a L{Port} has accepted."""

    def __init__(
        self, sock: Any, protocol: Any, client: Any, server: Any, sessionno: int, reactor: Any
    ) -> None:
        # In a tuple, as the host of TCP stands in one.
        super().__init__(sock, protocol, (client, None), server, sessionno, reactor)

    @classmethod
    def _fromConnectedSocket(  # type: ignore[override]
        cls, fileDescriptor: int, factory: Any, reactor: Any
    ) -> Server | None:
        """Go on with a duplicate of *fileDescriptor*."""
        skt = socket.fromfd(fileDescriptor, socket.AF_UNIX, socket.SOCK_STREAM)
        skt.setblocking(False)
        here = skt.getsockname()
        protocol = factory.buildProtocol(UNIXAddress(here))
        if protocol is not None:
            adopted = cls(skt, protocol, skt.getpeername(), None, 0, reactor)
            adopted._realPortNumber = here
            protocol.makeConnection(adopted)
            return adopted
        skt.close()
        return None

    def _makeLogstr(self) -> str:
        path = self._realPortNumber or self.hostname
        return f"{self._protocolPrefix()},{self.sessionno},{path}"

    def getHost(self) -> Any:
        """Return our address."""
        return UNIXAddress(self.socket.getsockname())

    def getPeer(self) -> Any:
        """Return the peer's address, which has no name as a rule."""
        return UNIXAddress(self.client[0] or None)


class Port(_UNIXPort, tcp.Port):
    """
    A UNIX socket at which connections are accepted.

    @ivar mode: the permissions of its file.
    @ivar wantPID: whether there is a lock beside it.
    """

    addressFamily: Any = socket.AF_UNIX
    socketType: Any = socket.SOCK_STREAM
    transport: Any = Server
    _bareTransport: Any = Server
    lockFile: Any = None
    _reuseAddress = False

    def __init__(
        self,
        fileName: Any,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        reactor: Any = None,
        wantPID: bool = False,
    ) -> None:
        super().__init__(os.fsdecode(fileName), factory, backlog, reactor=reactor)
        self.mode, self.wantPID = mode, wantPID

    @classmethod
    def _fromListeningDescriptor(cls, reactor: Any, fd: int, factory: Any) -> Port:  # type: ignore[override]
        """Go on with a duplicate of *fd*, which listens."""
        skt = socket.fromfd(fd, cls.addressFamily, cls.socketType)
        adopted = cls(skt.getsockname(), factory, reactor=reactor)
        adopted._preexistingSocket = skt
        adopted.startListening()
        return adopted

    def _buildAddr(self, where: Any) -> Any:
        return UNIXAddress(where or None)

    def startListening(self) -> None:
        """
        Bind, listen, and accept from now on.

        @raise error.CannotListenError: the path cannot be bound.
        """
        log.msg(f"{self._getLogPrefix(self.factory)} starting on {self.port!r}")
        if self.wantPID:
            self.lockFile = acquire(self.port)
        self.factory.doStart()
        inherited, self._preexistingSocket = self._preexistingSocket, None
        skt = self._bind() if inherited is None else inherited
        permit(self.port, self.mode)
        skt.listen(self.backlog)
        skt.setblocking(False)
        self.socket, self.connected = skt, True
        self._realPortNumber = None
        spareDescriptor()
        self.startReading()

    def _bind(self) -> Any:
        """Return a socket at the path; failing that, leave neither it nor the lock."""
        try:
            return bound(self.createInternetSocket, None, self.port, self.port)
        except error.CannotListenError:
            self._unlock()
            raise

    def _unlock(self) -> None:
        if self.lockFile is not None:
            self.lockFile.unlock()

    def _logConnectionLostMsg(self) -> None:
        log.msg(f"(UNIX Port {self.port} Closed)")

    def connectionLost(self, reason: Any) -> None:
        """Close the socket, and remove its file and lock."""
        vacate(self.port)
        self._unlock()
        super().connectionLost(reason)


@implementer(interfaces.IUNIXTransport)
class Client(_UNIXOptions, _SendmsgMixin, tcp.BaseClient):
    """A client of a UNIX socket."""

    addressFamily: Any = socket.AF_UNIX
    socketType: Any = socket.SOCK_STREAM

    def __init__(
        self, filename: Any, connector: Any, reactor: Any = None, checkPID: bool = False
    ) -> None:
        """
        @param filename: the path of the socket.
        @param connector: whom the outcome is told.
        @param checkPID: try only if the lock says that a server lives.
        """
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor  # type: ignore[no-redef]
        self.connector = connector
        self.addr = self.realAddress = path = os.fsdecode(filename)
        skt: Any = None
        failed: BaseException | None = None
        if checkPID and not lockfile.isLocked(lockOf(path)):
            failed = error.BadFileError(path)
        else:
            try:
                skt = self.createInternetSocket()
            except OSError as problem:
                failed = error.ConnectBindError(problem.args[0], str(problem.strerror))
        self._begin(skt, failed, reactor)

    def getHost(self) -> Any:
        """Return our address: it has no name."""
        return UNIXAddress(None)

    def getPeer(self) -> Any:
        """Return the address that is connected to."""
        return UNIXAddress(self.addr)


class Connector(base.BaseConnector):
    """
    Connects to a UNIX socket, again and again if its factory wants.
    """

    def __init__(
        self, address: Any, factory: Any, timeout: float | None, reactor: Any, checkPID: bool
    ) -> None:
        self.address, self.checkPID = address, checkPID
        super().__init__(factory, timeout, reactor)

    def getDestination(self) -> Any:
        """Return the address that is connected to."""
        return UNIXAddress(self.address)

    def _makeTransport(self) -> Client:
        return Client(self.address, self, self.reactor, self.checkPID)
