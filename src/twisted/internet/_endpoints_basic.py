"""
Endpoints of TCP, UNIX sockets, and sockets from elsewhere.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from zope.interface import implementer

from twisted.internet import defer, error, fdesc
from twisted.internet._endpoints_wrapping import OneTimeFactory, _WrappingFactory
from twisted.internet.abstract import isIPv6Address
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.threads import deferToThread


@implementer(IStreamServerEndpoint)
class _TCPServerEndpoint:
    """Listens by TCP at an address of either family."""

    def __init__(
        self, reactor: Any, port: int, backlog: int, interface: str, reusePort: bool = False
    ) -> None:
        """
        @param port: the number; 0 for any that is free.
        @param backlog: how many may wait to be accepted.
        @param interface: the address to bind to.
        @param reusePort: listen although others do so there.
        """
        self._reactor = reactor
        self._port = port
        self._backlog = backlog
        self._interface = interface
        self._reusePort = reusePort

    def listen(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Listen.

        @return: fires with the port, or fails with
            L{error.CannotListenError}.
        """
        port: Any = self._port
        if self._reusePort:
            # Late: few endpoints share their port.
            from twisted.internet.interfaces import Binding

            port = Binding(self._interface, self._port, True, True)
        return defer.execute(
            self._reactor.listenTCP,
            port,
            protocolFactory,
            backlog=self._backlog,
            interface=self._interface,
        )


class TCP4ServerEndpoint(_TCPServerEndpoint):
    """Listens by TCP over IPv4."""

    def __init__(
        self,
        reactor: Any,
        port: int,
        backlog: int = 50,
        interface: str = "",
        *,
        reusePort: bool = False,
    ) -> None:
        super().__init__(reactor, port, backlog, interface, reusePort)


class TCP6ServerEndpoint(_TCPServerEndpoint):
    """Listens by TCP over IPv6."""

    def __init__(
        self,
        reactor: Any,
        port: int,
        backlog: int = 50,
        interface: str = "::",
        *,
        reusePort: bool = False,
    ) -> None:
        super().__init__(reactor, port, backlog, interface, reusePort)


def connectBy(protocolFactory: Any, connect: Any, *args: Any, **kwargs: Any) -> Any:
    """
    Connect with one of a reactor's methods.

    @return: a Deferred that fires with the protocol, connected, or fails.
    """
    try:
        wrapped = _WrappingFactory(protocolFactory)
        position = kwargs.pop("position")
        connect(*args[:position], wrapped, *args[position:], **kwargs)
        return wrapped._onConnection
    except BaseException:
        return defer.fail()


@implementer(IStreamClientEndpoint)
class TCP4ClientEndpoint:
    """Connects by TCP over IPv4."""

    def __init__(
        self, reactor: Any, host: str, port: int, timeout: float = 30, bindAddress: Any = None
    ) -> None:
        """
        @param host: a name or an address.
        @param timeout: seconds to wait at the most.
        @param bindAddress: host and port to connect from.
        """
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._bindAddress = bindAddress

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect.

        @return: fires with the protocol, connected, or fails with
            L{error.ConnectError}.  Cancelling it gives up.
        """
        result: defer.Deferred[Any] = connectBy(
            protocolFactory,
            self._reactor.connectTCP,
            self._host,
            self._port,
            position=2,
            timeout=self._timeout,
            bindAddress=self._bindAddress,
        )
        return result


@implementer(IStreamClientEndpoint)
class TCP6ClientEndpoint:
    """
    Connects by TCP over IPv6.

    @cvar _getaddrinfo, _deferToThread: look names up; for tests to replace.
    """

    _GAI_ADDRESS = 4
    _GAI_ADDRESS_HOST = 0

    def __init__(
        self, reactor: Any, host: str, port: int, timeout: float = 30, bindAddress: Any = None
    ) -> None:
        """
        @param host: a name or an address.
        @param timeout: seconds to wait at the most.
        @param bindAddress: host and port to connect from.
        """
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._bindAddress = bindAddress

    _getaddrinfo = staticmethod(socket.getaddrinfo)
    _deferToThread: Any = staticmethod(deferToThread)  # type: ignore[arg-type]

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Look the host up if it is a name, and connect.

        @return: fires with the protocol, connected, or fails with
            L{error.ConnectError}.  Cancelling it gives up.
        """
        if isIPv6Address(self._host):
            return self._resolvedHostConnect(self._host, protocolFactory)
        d = self._nameResolution(self._host)
        d.addCallback(lambda found: found[0][self._GAI_ADDRESS][self._GAI_ADDRESS_HOST])
        return d.addCallback(self._resolvedHostConnect, protocolFactory)  # type: ignore[no-any-return]

    def _nameResolution(self, host: str) -> defer.Deferred[Any]:
        return self._deferToThread(self._getaddrinfo, host, 0, socket.AF_INET6)

    def _resolvedHostConnect(self, host: str, protocolFactory: Any) -> defer.Deferred[Any]:
        result: defer.Deferred[Any] = connectBy(
            protocolFactory,
            self._reactor.connectTCP,
            host,
            self._port,
            position=2,
            timeout=self._timeout,
            bindAddress=self._bindAddress,
        )
        return result


@implementer(IStreamServerEndpoint)
class UNIXServerEndpoint:
    """Listens at a UNIX socket."""

    def __init__(
        self,
        reactor: Any,
        address: str,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> None:
        """
        @param address: its path.
        @param backlog: how many may wait to be accepted.
        @param mode: the permissions of its file.
        @param wantPID: keep a lock beside it.
        """
        self._reactor = reactor
        self._address = address
        self._backlog = backlog
        self._mode = mode
        self._wantPID = wantPID

    def listen(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Listen.

        @return: fires with the port, or fails with
            L{error.CannotListenError}.
        """
        return defer.execute(
            self._reactor.listenUNIX,
            self._address,
            protocolFactory,
            backlog=self._backlog,
            mode=self._mode,
            wantPID=self._wantPID,
        )


@implementer(IStreamClientEndpoint)
class UNIXClientEndpoint:
    """Connects to a UNIX socket."""

    def __init__(
        self, reactor: Any, path: str, timeout: float = 30, checkPID: bool = False
    ) -> None:
        """
        @param timeout: seconds to wait at the most.
        @param checkPID: try only if the lock says that a server lives.
        """
        self._reactor = reactor
        self._path = path
        self._timeout = timeout
        self._checkPID = checkPID

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect.

        @return: fires with the protocol, connected, or fails.  Cancelling it
            gives up.
        """
        result: defer.Deferred[Any] = connectBy(
            protocolFactory,
            self._reactor.connectUNIX,
            self._path,
            position=1,
            timeout=self._timeout,
            checkPID=self._checkPID,
        )
        return result


@implementer(IStreamServerEndpoint)
class AdoptedStreamServerEndpoint:
    """
    Listens on a socket that was made elsewhere.  To be used once.
    """

    _close = staticmethod(os.close)
    _setNonBlocking = staticmethod(fdesc.setNonBlocking)

    def __init__(self, reactor: Any, fileno: int, addressFamily: int) -> None:
        """
        @param fileno: the socket, which listens; closed when it was adopted.
        @param addressFamily: its family, as in L{socket}.
        """
        self.reactor = reactor
        self.fileno = fileno
        self.addressFamily = addressFamily
        self._used = False

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        """
        Accept connections.

        @return: fires with the port; fails with L{error.AlreadyListened} the
            second time.
        """
        if self._used:
            return defer.fail(error.AlreadyListened())
        self._used = True
        try:
            self._setNonBlocking(self.fileno)
            port = self.reactor.adoptStreamPort(self.fileno, self.addressFamily, factory)
            self._close(self.fileno)
        except BaseException:
            return defer.fail()
        return defer.succeed(port)


def connectProtocol(endpoint: Any, protocol: Any) -> defer.Deferred[Any]:
    """
    Connect a protocol that exists already.

    @return: fires with it, connected, or fails.  Cancelling it gives up.
    """
    result: defer.Deferred[Any] = endpoint.connect(OneTimeFactory(protocol))
    return result
