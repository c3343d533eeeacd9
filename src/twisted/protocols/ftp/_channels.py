"""
How the server comes to a data connection: PORT and PASV of RFC 959, EPRT and EPSV of
RFC 2428.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.protocols.ftp import _addresses as addresses
from twisted.protocols.ftp import _errors as errors
from twisted.protocols.ftp import _replies as replies
from twisted.protocols.ftp._control import Control
from twisted.protocols.ftp._data import DTPFactory, closeListener, closeQuietly, globalReactor

_log = Logger()

#: Below are ports of services, which are not to be talked to for somebody else.
_FIRST_FREE_PORT = 1024
_IPV6 = "2"

#: How many seconds a client that is to come for data has to do so by itself.
_PATIENCE = 1


class Channels(Control):
    """
    Makes data connections.

    @cvar dtpTimeout: how many seconds one may take to come.
    @cvar passivePortRange: the ports that clients may be told to come to.
    @cvar peerCheck: whether only the client itself may come there.
    @cvar foreignAddresses: whether a client may send the data to somebody else, or to
        a port below 1024. It could attack others so, see RFC 2577.
    @ivar dtpInstance: the L{DTP} of the connection, if there is one.
    @ivar dtpFactory: what waits for one.
    @ivar dtpPort: where it waits.
    """

    dtpTimeout = 10
    dtpFactory: Any = None
    dtpPort: Any = None
    dtpInstance: Any = None
    passivePortRange: Iterable[int] = range(1)
    peerCheck = True
    foreignAddresses = False
    _epsvAll = False
    _supportedNetworkProtocols = (1, 2)
    _opened: Deferred[bool] | None = None
    _dataUsed = False

    @staticmethod
    def listenFactory(port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """
        Listen, as C{listenTCP} of the reactor does.
        """
        return globalReactor().listenTCP(port, factory, backlog, interface)

    def getDTPPort(self, factory: Any, interface: str = "") -> Any:
        """
        Listen on a port that clients may be told to come to.

        @param factory: makes the protocol.
        @param interface: the address to listen at.
        @return: an L{IListeningPort<twisted.internet.interfaces.IListeningPort>}.
        @raise CannotListenError: all are in use.
        """
        number, problem = 0, "no ports are allowed"
        for number in self.passivePortRange:
            try:
                return self.listenFactory(number, factory, interface=interface)
            except CannotListenError as error:
                problem = f"the last error: {error.socketError}"
        raise CannotListenError("", number, f"No port available in the passive range, {problem}")

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Leave no data connection behind."""
        self._abortTransfer()
        self.cleanupDTP()
        super().connectionLost(reason)

    def _done(self, ignored: Any) -> None:
        # Not before the reply: who sees the connection break asks why.
        if self._dataUsed:
            self.cleanupDTP()
        super()._done(ignored)

    def cleanupDTP(self) -> None:
        """
        Close the data connection, and do not wait for one any more.
        """
        port, self.dtpPort = self.dtpPort, None
        factory, self.dtpFactory = self.dtpFactory, None
        dtp, self.dtpInstance = self.dtpInstance, None
        self._opened = None
        self._dataUsed = False
        if port is not None:
            maybeDeferred(closeListener, port).addErrback(self._notClosed)
        if factory is not None:
            factory.stopFactory()
        closeQuietly(dtp)

    def _notClosed(self, reason: Any) -> None:
        _log.failure("A port for FTP's data could not be closed", failure=reason)

    def _abortTransfer(self) -> None:
        abort = getattr(self.dtpInstance, "abort", None)
        if abort is not None:
            abort()
        elif self.dtpFactory is not None:
            self.dtpFactory.timeoutFactory()

    def _await(self) -> DTPFactory:
        """Begin to wait for a connection."""
        self.cleanupDTP()
        factory = DTPFactory(self, getattr(self.transport.getPeer(), "host", None))
        factory.peerCheck = self.peerCheck
        factory.setTimeout(self.dtpTimeout)
        self.dtpFactory = factory
        return factory

    def _noteOpening(self, factory: DTPFactory, port: Any) -> None:
        """Remember what comes of it."""
        self.dtpPort = port

        def end(came: bool) -> bool:
            # One is enough.
            maybeDeferred(closeListener, port).addErrback(self._notClosed)
            return came

        self._opened = factory.deferred.addCallbacks(
            lambda ignored: True, lambda reason: False
        ).addCallback(end)

    def _needChannel(self, command: str) -> None:
        """
        See that the client has said how the data is to come.

        @raise errors.BadCmdSequenceError: it has not.
        """
        if self.dtpInstance is None and self.dtpFactory is None:
            raise errors.BadCmdSequenceError(f"PORT, PASV, EPRT, or EPSV required before {command}")

    def _channel(self) -> Deferred[Any]:
        """
        Say that the transfer begins, and wait for the data connection.

        @return: fires with the L{DTP}; fails with L{errors.PortConnectionError} if it
            does not come.
        """
        if self.dtpInstance is not None:
            self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
            return succeed(self.dtpInstance)
        waiting: Deferred[Any] = Deferred()
        # Most often the client is on its way; if it waits to be told so, it is told.
        patience = globalReactor().callLater(
            _PATIENCE, self.reply, replies.FILE_STATUS_OK_OPEN_DATA_CNX
        )

        def tell(came: bool) -> bool:
            early = patience.active()
            if early:
                patience.cancel()
            if came and self.dtpInstance is not None:
                if early:
                    self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
                waiting.callback(self.dtpInstance)
            else:
                waiting.errback(errors.PortConnectionError("the client did not come"))
            return came

        if self._opened is None:
            tell(False)
        else:
            self._opened.addCallback(tell)
        return waiting

    def _notAfterAll(self, command: str) -> None:
        if self._epsvAll:
            raise errors.BadCmdSequenceError(f"may not send {command} after EPSV ALL")

    def ftp_PASV(self) -> Any:
        """
        Tell where to come for data.
        """
        self._notAfterAll("PASV")
        host = addresses.inDots(self.transport.getHost().host)
        if host is None:
            raise errors.PASVIPv6NotImplementedError()
        port = self._listen("")
        self.reply(replies.ENTERING_PASV_MODE, addresses.encodeHostPort(host, port))

    def _listen(self, *interfaces: str) -> int:
        """
        Wait for the client at the first interface that can be had.

        @return: the port.
        """
        factory = self._await()
        problem: Exception | None = None
        for interface in interfaces:
            try:
                port = self.getDTPPort(factory, interface)
            except CannotListenError as error:
                problem = error
                continue
            self._noteOpening(factory, port)
            number: int = port.getHost().port
            return number
        self.cleanupDTP()
        raise errors.PortConnectionError(problem)

    def _validateNetworkProtocol(self, protocol: str) -> None:
        """
        @raise errors.FTPCmdError: it is no number of RFC 2428.
        """
        if not (protocol.isascii() and protocol.isdecimal()):
            raise errors.CmdArgSyntaxError(protocol)
        if int(protocol) not in self._supportedNetworkProtocols:
            raise errors.UnsupportedNetworkProtocolError(
                ",".join(map(str, self._supportedNetworkProtocols))
            )

    def ftp_EPSV(self, protocol: str = "") -> Any:
        """
        Tell at which port to come for data.

        @param protocol: C{"1"} for IPv4, C{"2"} for IPv6; C{"ALL"} promises that no
            other command for this will come.
        """
        if protocol.upper() == "ALL":
            self._epsvAll = True
            return replies.EPSV_ALL_OK
        if protocol:
            self._validateNetworkProtocol(protocol)
        # Where there is IPv6 at all, it takes IPv4 as well.
        interfaces = {"": ("::", ""), _IPV6: ("::",)}.get(protocol, ("",))
        self.reply(replies.ENTERING_EPSV_MODE, self._listen(*interfaces))
        return None

    def ftp_PORT(self, address: str) -> Any:
        """
        Go to the client with the data.

        @param address: where it waits, as L{decodeHostPort} reads it.
        """
        self._notAfterAll("PORT")
        try:
            host, port = addresses.decodeHostPort(address)
        except ValueError:
            raise errors.CmdArgSyntaxError(address)
        return self._connect(host, port, address)

    def ftp_EPRT(self, extendedAddress: str) -> Any:
        """
        Go to the client with the data, by IPv6 too.

        @param extendedAddress: where it waits, as L{decodeExtendedAddress} reads it.
        """
        self._notAfterAll("EPRT")
        try:
            protocol, host, port = addresses.decodeExtendedAddress(extendedAddress)
        except ValueError:
            raise errors.CmdArgSyntaxError(extendedAddress)
        self._validateNetworkProtocol(protocol)
        if not addresses.fitsNetwork(protocol, host):
            raise errors.CmdArgSyntaxError(extendedAddress)
        return self._connect(host, port, extendedAddress)

    def _connect(self, host: str, port: int, said: str) -> Deferred[Any]:
        """
        @param said: what the client said.
        """
        if not self.foreignAddresses:
            peer = getattr(self.transport.getPeer(), "host", None)
            foreign = addresses.plainAddress(host) != addresses.plainAddress(peer)
            if foreign or port < _FIRST_FREE_PORT:
                raise errors.CmdNotImplementedForArgError(said)
        factory = self._await()
        self._noteOpening(factory, globalReactor().connectTCP(host, port, factory))
        done: Deferred[Any] = Deferred()

        def tell(came: bool) -> bool:
            if came:
                done.callback(replies.ENTERING_PORT_MODE)
            else:
                self.cleanupDTP()
                done.errback(errors.PortConnectionError("the client does not wait there"))
            return came

        assert self._opened is not None
        self._opened.addCallback(tell)
        return done
