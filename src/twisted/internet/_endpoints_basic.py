"""
Endpoints of TCP, UNIX sockets, and sockets from elsewhere.

They are what they were made with, and know by which method of the reactor they listen
or connect.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import attrs
from zope.interface import implementer

from twisted.internet import defer, error, fdesc
from twisted.internet._endpoints_wrapping import OneTimeFactory, _WrappingFactory
from twisted.internet.abstract import isIPv6Address
from twisted.internet.interfaces import Binding, IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.threads import deferToThread


def connectBy(protocolFactory: Any, connect: Any, *args: Any, **kwargs: Any) -> Any:
    """
    Connect with one of a reactor's methods.

    @param kwargs: of the method; and C{position}, that of the factory among I{args}.
    @return: a Deferred that fires with the protocol, connected, or fails.
    """
    position = kwargs.pop("position")
    try:
        wrapped = _WrappingFactory(protocolFactory)
        connect(*args[:position], wrapped, *args[position:], **kwargs)
    except BaseException:
        return defer.fail()
    return wrapped._onConnection


# -- servers --------------------------------------------------------------------------


class _Listener:
    """
    Listens by a method of its reactor.
    """

    def _how(self) -> tuple[Callable[..., Any], Any, dict[str, Any]]:
        """Return the method, where to listen, and its other arguments."""
        raise NotImplementedError

    def listen(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Listen.

        @return: fires with the port, or fails with
            L{error.CannotListenError}.
        """
        method, where, more = self._how()
        return defer.execute(method, where, protocolFactory, **more)


@attrs.define(eq=False, repr=False, slots=False)
class _TCPServerEndpoint(_Listener):
    """
    Listens by TCP at an address of either family.

    @ivar _port: the number; 0 for any that is free.
    @ivar _backlog: how many may wait to be accepted.
    @ivar _interface: the address to bind to.
    @ivar _reusePort: listen although others do so there.
    """

    _reactor: Any
    _port: int
    _backlog: int = 50
    _interface: str = ""
    _reusePort: bool = attrs.field(default=False, kw_only=True)

    def _how(self) -> tuple[Callable[..., Any], Any, dict[str, Any]]:
        where: Any = self._port
        if self._reusePort:
            where = Binding(self._interface, self._port, True, True)
        more = {"backlog": self._backlog, "interface": self._interface}
        return self._reactor.listenTCP, where, more


@implementer(IStreamServerEndpoint)
class TCP4ServerEndpoint(_TCPServerEndpoint):
    """Listens by TCP over IPv4."""


@implementer(IStreamServerEndpoint)
@attrs.define(eq=False, repr=False, slots=False)
class TCP6ServerEndpoint(_TCPServerEndpoint):
    """Listens by TCP over IPv6."""

    _interface: str = "::"


@implementer(IStreamServerEndpoint)
@attrs.define(eq=False, repr=False, slots=False)
class UNIXServerEndpoint(_Listener):
    """
    Listens at a UNIX socket.

    @ivar _address: its path.
    @ivar _backlog: how many may wait to be accepted.
    @ivar _mode: the permissions of its file.
    @ivar _wantPID: keep a lock beside it.
    """

    _reactor: Any
    _address: str
    _backlog: int = 50
    _mode: int = 0o666
    _wantPID: Any = 0

    def _how(self) -> tuple[Callable[..., Any], Any, dict[str, Any]]:
        more = {"backlog": self._backlog, "mode": self._mode, "wantPID": self._wantPID}
        return self._reactor.listenUNIX, self._address, more


@implementer(IStreamServerEndpoint)
class AdoptedStreamServerEndpoint:
    """
    Listens on a socket that was made elsewhere.  To be used once.
    """

    _close = staticmethod(os.close)
    _setNonBlocking = staticmethod(fdesc.setNonBlocking)
    _used = False

    def __init__(self, reactor: Any, fileno: int, addressFamily: int) -> None:
        """
        @param fileno: the socket, which listens; closed when it was adopted.
        @param addressFamily: its family, as in L{socket}.
        """
        self.reactor = reactor
        self.fileno, self.addressFamily = fileno, addressFamily

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        """
        Accept connections.

        @return: fires with the port; fails with L{error.AlreadyListened} the
            second time.
        """
        if self._used:
            return defer.fail(error.AlreadyListened())
        self._used = True
        return defer.execute(self._adopt, factory)

    def _adopt(self, factory: Any) -> Any:
        number = self.fileno
        self._setNonBlocking(number)
        adopted = self.reactor.adoptStreamPort(number, self.addressFamily, factory)
        # The port has one of its own.
        self._close(number)
        return adopted


# -- clients --------------------------------------------------------------------------


@implementer(IStreamClientEndpoint)
@attrs.define(eq=False, repr=False, slots=False)
class TCP4ClientEndpoint:
    """
    Connects by TCP over IPv4.

    @ivar _host: a name or an address.
    @ivar _timeout: seconds to wait at the most.
    @ivar _bindAddress: host and port to connect from.
    """

    _reactor: Any
    _host: str
    _port: int
    _timeout: float = 30
    _bindAddress: Any = None

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect.

        @return: fires with the protocol, connected, or fails with
            L{error.ConnectError}.  Cancelling it gives up.
        """
        return self._connectTo(self._host, protocolFactory)

    def _connectTo(self, host: str, protocolFactory: Any) -> defer.Deferred[Any]:
        how = {"timeout": self._timeout, "bindAddress": self._bindAddress}
        connected: defer.Deferred[Any] = connectBy(
            protocolFactory, self._reactor.connectTCP, host, self._port, position=2, **how
        )
        return connected


class TCP6ClientEndpoint(TCP4ClientEndpoint):
    """
    Connects by TCP over IPv6.

    @cvar _getaddrinfo, _deferToThread: look names up; for tests to replace.
    """

    # Of an answer of getaddrinfo: the socket address, and the host in it.
    _GAI_ADDRESS = 4
    _GAI_ADDRESS_HOST = 0

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

        def found(answers: Any) -> defer.Deferred[Any]:
            where = answers[0][self._GAI_ADDRESS]
            return self._resolvedHostConnect(where[self._GAI_ADDRESS_HOST], protocolFactory)

        looked: defer.Deferred[Any] = self._nameResolution(self._host).addCallback(found)
        return looked

    def _nameResolution(self, host: str) -> Any:
        family = socket.AF_INET6
        return self._deferToThread(self._getaddrinfo, host, 0, family)

    def _resolvedHostConnect(self, host: str, protocolFactory: Any) -> defer.Deferred[Any]:
        return self._connectTo(host, protocolFactory)


@implementer(IStreamClientEndpoint)
@attrs.define(eq=False, repr=False, slots=False)
class UNIXClientEndpoint:
    """
    Connects to a UNIX socket.

    @ivar _path: its path.
    @ivar _timeout: seconds to wait at the most.
    @ivar _checkPID: try only if the lock says that a server lives.
    """

    _reactor: Any
    _path: str
    _timeout: float = 30
    _checkPID: Any = 0

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect.

        @return: fires with the protocol, connected, or fails.  Cancelling it
            gives up.
        """
        how = {"timeout": self._timeout, "checkPID": self._checkPID}
        connected: defer.Deferred[Any] = connectBy(
            protocolFactory, self._reactor.connectUNIX, self._path, position=1, **how
        )
        return connected


def connectProtocol(endpoint: Any, protocol: Any) -> defer.Deferred[Any]:
    """
    Connect a protocol that exists already.

    @return: fires with it, connected, or fails.  Cancelling it gives up.
    """
    once = OneTimeFactory(protocol)
    connected: defer.Deferred[Any] = endpoint.connect(once)
    return connected
