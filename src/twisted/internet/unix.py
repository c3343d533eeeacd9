"""
UNIX sockets: streams, with descriptors passed along, and datagrams.
"""

from __future__ import annotations

import os
import socket
import stat
from errno import EAGAIN, ECONNREFUSED, EINTR, EMSGSIZE, ENOBUFS, EWOULDBLOCK
from typing import Any

from zope.interface import implementedBy, implementer, implementer_only

from twisted.internet import address, base, error, interfaces, main, tcp, udp
from twisted.internet._stream_py import RETRY, RIGHTS
from twisted.internet._tcp_port import spareDescriptor
from twisted.python import lockfile, log, reflect
from twisted.python.compat import lazyByteSlice
from twisted.python.util import untilConcludes


def _textPath(path: Any) -> str:
    """Return *path*, text or bytes, as text."""
    return os.fsdecode(path)


def _ancillary(descriptors: list[int]) -> list[tuple[int, int, bytes]]:
    # Late: array is needed by those alone who pass descriptors.
    from array import array

    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors).tobytes())]


@implementer(interfaces.IUNIXTransport)
class _SendmsgMixin:
    """
    Passes descriptors along with the bytes of a stream.

    Each descriptor goes with one byte, so that the receiving side, which gets
    them along with data, loses none.

    @ivar _rights: descriptors that wait for their byte.
    """

    _fileDescriptorBufferSize = RIGHTS
    _receivesRights = True
    _rights: Any
    socket: Any
    protocol: Any
    bufferSize: Any
    reactor: Any
    connected: Any

    def sendFileDescriptor(self, descriptor: int) -> None:
        """
        Send a duplicate of *descriptor* along with the next byte.
        """
        if self._rights is None:
            self._rights = []
        self._rights.append(descriptor)
        if self._isSendBufferFull():
            self._maybePauseProducer()  # type: ignore[attr-defined]
        self.startWriting()  # type: ignore[attr-defined]

    def _isSendBufferFull(self) -> bool:
        """
        Tell whether more waits than should: bytes or descriptors.
        """
        return bool(
            len(self._rights or ()) > self._fileDescriptorBufferSize
            or super()._isSendBufferFull()  # type: ignore[misc]
        )

    def _rightsStranded(self) -> BaseException:
        """
        Descriptors that are left when the bytes have all been sent can go
        nowhere: that ends the connection.
        """
        return error.FileDescriptorOverrun()

    def _sendWithRights(self, data: Any) -> Any:
        """Offer the kernel one byte, and the first descriptor along with it."""
        try:
            sent = self.socket.sendmsg(
                [lazyByteSlice(data, 0, 1)], _ancillary([self._rights[0]])
            )
        except OSError as problem:
            return 0 if problem.errno in RETRY else main.CONNECTION_LOST
        if sent:
            self._rights.pop(0)
        return sent

    def _ancillaryReceived(self, found: list[tuple[int, int, bytes]]) -> None:
        """Give descriptors that came along to the protocol."""
        for level, kind, payload in found:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self._receivedRights(payload)
            else:
                log.msg(
                    format=(
                        "%(protocolName)s (on %(hostAddress)r) "
                        "received unsupported ancillary data "
                        "(level=%(cmsgLevel)r, type=%(cmsgType)r) "
                        "from %(peerAddress)r."
                    ),
                    hostAddress=self.getHost(),  # type: ignore[attr-defined]
                    peerAddress=self.getPeer(),  # type: ignore[attr-defined]
                    protocolName=self._getLogPrefix(self.protocol),  # type: ignore[attr-defined]
                    cmsgLevel=level,
                    cmsgType=kind,
                )

    def _receivedRights(self, payload: bytes) -> None:
        # Late: see _ancillary.
        from array import array

        found = array("i")
        found.frombytes(payload[: len(payload) - len(payload) % found.itemsize])
        descriptors = list(found)
        if interfaces.IFileDescriptorReceiver.providedBy(self.protocol):
            for descriptor in descriptors:
                self.protocol.fileDescriptorReceived(descriptor)
            return
        log.msg(
            format=(
                "%(protocolName)s (on %(hostAddress)r) does not "
                "provide IFileDescriptorReceiver; closing file "
                "descriptor received (from %(peerAddress)r)."
            ),
            hostAddress=self.getHost(),  # type: ignore[attr-defined]
            peerAddress=self.getPeer(),  # type: ignore[attr-defined]
            protocolName=self._getLogPrefix(self.protocol),  # type: ignore[attr-defined]
        )
        for descriptor in descriptors:
            os.close(descriptor)


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
        tcp.Server.__init__(self, sock, protocol, (client, None), server, sessionno, reactor)

    @classmethod
    def _fromConnectedSocket(  # type: ignore[override]
        cls, fileDescriptor: int, factory: Any, reactor: Any
    ) -> Server | None:
        """Go on with a duplicate of *fileDescriptor*."""
        skt = socket.fromfd(fileDescriptor, socket.AF_UNIX, socket.SOCK_STREAM)
        skt.setblocking(False)
        protocol = factory.buildProtocol(address.UNIXAddress(skt.getsockname()))
        if protocol is None:
            skt.close()
            return None
        self = cls(skt, protocol, skt.getpeername(), None, 0, reactor)
        self._realPortNumber = skt.getsockname()
        protocol.makeConnection(self)
        return self

    def _makeLogstr(self) -> str:
        path = self._realPortNumber or self.hostname
        return f"{self._getLogPrefix(self.protocol)},{self.sessionno},{path}"

    def getHost(self) -> Any:
        """Return our address."""
        return address.UNIXAddress(self.socket.getsockname())

    def getPeer(self) -> Any:
        """Return the peer's address, which has no name as a rule."""
        return address.UNIXAddress(self.client[0] or None)


def _inFilesystemNamespace(path: str | bytes) -> bool:
    """Tell whether *path* is a file's, and not of Linux's abstract sockets."""
    return path[:1] not in (b"\0", "\0")


class _UNIXPort:
    """What ports of both kinds share: addresses are paths."""

    socket: Any

    def getHost(self) -> Any:
        """Return the address that is listened at."""
        return address.UNIXAddress(self.socket.getsockname())


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
        tcp.Port.__init__(self, _textPath(fileName), factory, backlog, reactor=reactor)
        self.mode = mode
        self.wantPID = wantPID

    @classmethod
    def _fromListeningDescriptor(cls, reactor: Any, fd: int, factory: Any) -> Port:  # type: ignore[override]
        """Go on with a duplicate of *fd*, which listens."""
        port = socket.fromfd(fd, cls.addressFamily, cls.socketType)
        self = cls(port.getsockname(), factory, reactor=reactor)
        self._preexistingSocket = port
        self.startListening()
        return self

    def __repr__(self) -> str:
        """Tell the factory, and the path if it listens."""
        name = reflect.qual(self.factory.__class__)
        if hasattr(self, "socket") and self.socket is not None:
            return f"<{name} on {os.fsdecode(self.port)!r}>"
        return f"<{name} (not listening)>"

    def _buildAddr(self, where: Any) -> Any:
        return address.UNIXAddress(where or None)

    def startListening(self) -> None:
        """
        Bind, listen, and accept from now on.

        @raise error.CannotListenError: the path cannot be bound.
        """
        log.msg(f"{self._getLogPrefix(self.factory)} starting on {os.fsdecode(self.port)!r}")
        if self.wantPID:
            self.lockFile = lockfile.FilesystemLock(os.fsdecode(self.port) + ".lock")
            if not self.lockFile.lock():
                raise error.CannotListenError(None, self.port, "Cannot acquire lock")
            if not self.lockFile.clean:
                # Who had it is dead, and its socket with it.
                try:
                    if stat.S_ISSOCK(os.stat(self.port).st_mode):
                        os.remove(self.port)
                except OSError:
                    pass
        self.factory.doStart()
        if self._preexistingSocket is not None:
            skt, self._preexistingSocket = self._preexistingSocket, None
        else:
            skt = self._bound()
        if _inFilesystemNamespace(self.port):
            os.chmod(self.port, self.mode)
        skt.listen(self.backlog)
        skt.setblocking(False)
        self.connected = True
        self.socket = skt
        self._realPortNumber = None
        spareDescriptor()
        self.startReading()

    def _bound(self) -> socket.socket:
        """
        Return a socket at the path; failing that, leave neither it nor the lock.

        @raise error.CannotListenError: the path cannot be bound.
        """
        skt = None
        try:
            skt = self.createInternetSocket()
            skt.bind(self.port)
        except OSError as problem:
            if skt is not None:
                skt.close()
            if self.lockFile is not None:
                self.lockFile.unlock()
            raise error.CannotListenError(None, self.port, problem)
        return skt

    def _logConnectionLostMsg(self) -> None:
        log.msg(f"(UNIX Port {os.fsdecode(self.port)} Closed)")

    def connectionLost(self, reason: Any) -> None:
        """Close the socket, and remove its file and lock."""
        if _inFilesystemNamespace(self.port):
            try:
                os.unlink(self.port)
            except OSError:
                pass
        if self.lockFile is not None:
            self.lockFile.unlock()
        tcp.Port.connectionLost(self, reason)


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
        filename = _textPath(filename)
        self.connector = connector
        self.addr = self.realAddress = filename
        if checkPID and not lockfile.isLocked(filename + ".lock"):
            self._begin(None, error.BadFileError(filename), reactor)
            return
        skt, failed = None, None
        try:
            skt = self.createInternetSocket()
        except OSError as problem:
            failed = error.ConnectBindError(problem.args[0], str(problem.strerror))
        self._begin(skt, failed, reactor)

    def getPeer(self) -> Any:
        """Return the address that is connected to."""
        return address.UNIXAddress(self.addr)

    def getHost(self) -> Any:
        """Return our address: it has no name."""
        return address.UNIXAddress(None)


class Connector(base.BaseConnector):
    """
    Connects to a UNIX socket, again and again if its factory wants.
    """

    def __init__(
        self, address: Any, factory: Any, timeout: float | None, reactor: Any, checkPID: bool
    ) -> None:
        base.BaseConnector.__init__(self, factory, timeout, reactor)
        self.address = address
        self.checkPID = checkPID

    def _makeTransport(self) -> Client:
        return Client(self.address, self, self.reactor, self.checkPID)

    def getDestination(self) -> Any:
        """Return the address that is connected to."""
        return address.UNIXAddress(self.address)


@implementer(interfaces.IUNIXDatagramTransport)
class DatagramPort(_UNIXPort, udp.Port):
    """A UNIX socket at which datagrams are received."""

    addressFamily: Any = socket.AF_UNIX
    # The receiver is slow, or the kernel short of memory.
    _dropped = frozenset((EAGAIN, EWOULDBLOCK, ENOBUFS))

    def __init__(
        self,
        addr: Any,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        reactor: Any = None,
    ) -> None:
        udp.Port.__init__(self, addr, proto, maxPacketSize=maxPacketSize, reactor=reactor)
        self.mode = mode

    def _setAddressFamily(self) -> None:
        pass

    def __repr__(self) -> str:
        """Tell the protocol, and the path if it listens."""
        name = reflect.qual(self.protocol.__class__)
        if self.socket is not None:
            return f"<{name} on {self.port!r}>"
        return f"<{name} (not listening)>"

    def _bindSocket(self) -> None:
        log.msg(f"{self.protocol.__class__} starting on {self.port!r}")
        try:
            skt = self.createInternetSocket()
            if self.port:
                skt.bind(self.port)
        except OSError as problem:
            raise error.CannotListenError(None, self.port, problem)
        if self.port and _inFilesystemNamespace(self.port):
            os.chmod(self.port, self.mode)  # type: ignore[arg-type]
        self.connected = 1
        self.socket = skt

    def write(self, datagram: bytes, address: Any) -> Any:  # type: ignore[override]
        """
        Send a datagram to the socket at the path *address*.

        @raise error.MessageLengthError: it is too long.
        """
        return self._send(self.socket.sendto, datagram, address)

    def _datagramCame(self, data: bytes, source: Any) -> None:
        self.protocol.datagramReceived(data, source)

    def _refused(self, problem: OSError) -> None:
        raise problem

    def connectionLost(self, reason: Any = None) -> None:
        """Close the socket and tell the protocol."""
        log.msg(f"(Port {self.port!r} Closed)")
        base.BasePort.connectionLost(self, reason)
        if self.protocol is not None:
            self.protocol.doStop()
        skt, self.socket = self.socket, None
        if skt is not None:
            skt.close()
        d = self.__dict__.pop("d", None)
        if d is not None:
            d.callback(None)

    def setLogStr(self) -> None:
        """Work the log prefix out."""
        self.logstr = reflect.qual(self.protocol.__class__) + " (UDP)"


@implementer_only(interfaces.IUNIXDatagramConnectedTransport, *implementedBy(base.BasePort))
class ConnectedDatagramPort(DatagramPort):
    """A UNIX socket that exchanges datagrams with one other."""

    def __init__(
        self,
        addr: Any,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: Any = None,
        reactor: Any = None,
    ) -> None:
        assert isinstance(proto, _connectedProtocol())
        DatagramPort.__init__(self, bindAddress, proto, maxPacketSize, mode, reactor)
        self.remoteaddr = addr

    def startListening(self) -> None:
        """Bind, and connect to the other socket."""
        try:
            self._bindSocket()
            self.socket.connect(self.remoteaddr)
            self._connectToProtocol()
        except BaseException:
            # Late: only when it goes wrong.
            from twisted.python.failure import Failure

            self.connectionFailed(Failure())

    def connectionFailed(self, reason: Any) -> None:
        """The other socket cannot be reached: close, and tell the protocol."""
        self.stopListening()
        self.protocol.connectionFailed(reason)
        self.protocol = None

    def _datagramCame(self, data: bytes, source: Any) -> None:
        self.protocol.datagramReceived(data)

    def _refused(self, problem: OSError) -> None:
        self.protocol.connectionRefused()

    def write(self, data: bytes) -> Any:  # type: ignore[override]
        """
        Send a datagram.

        @raise error.MessageLengthError: it is too long.
        """
        return self._send(self.socket.send, data)

    def getPeer(self) -> Any:
        """Return the address of the other socket."""
        return address.UNIXAddress(self.remoteaddr)


def _connectedProtocol() -> Any:
    # Late: it is only asserted.
    from twisted.internet.protocol import ConnectedDatagramProtocol

    return ConnectedDatagramProtocol


__all__ = [
    "Client",
    "ConnectedDatagramPort",
    "Connector",
    "DatagramPort",
    "Port",
    "Server",
]
