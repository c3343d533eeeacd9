"""
Connecting to a host by name, to whichever of its addresses answers first
(RFC 8305).
"""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable, Iterable
from typing import Any
from unicodedata import normalize

from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet._endpoints_basic import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet._resolver import _ADDRESSES, HostResolution
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    Binding,
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.deprecate import _fullyQualifiedName as fullyQualifiedName
from twisted.python.failure import Failure


@implementer(IResolutionReceiver)
class _Collector:
    """Collects the addresses of a name."""

    def __init__(self, done: defer.Deferred[list[Any]]) -> None:
        self.done = done
        self.addresses: list[Any] = []

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        """Note nothing."""

    def addressResolved(self, address: Any) -> None:
        """Note the address."""
        self.addresses.append(address)

    def resolutionComplete(self) -> None:
        """Give what was found."""
        self.done.callback(self.addresses)


def interleave(addresses: Iterable[Any]) -> list[Any]:
    """
    Return *addresses* with the families taking turns, the first one's first
    (RFC 8305, section 4), each address once.
    """
    unique = list(dict.fromkeys(addresses))
    if not unique:
        return []
    first = type(unique[0])
    these = [each for each in unique if type(each) is first]
    those = [each for each in unique if type(each) is not first]
    mixed: list[Any] = []
    while these or those:
        if these:
            mixed.append(these.pop(0))
        if those:
            mixed.append(those.pop(0))
    return mixed


class _Race:
    """
    Attempts, begun one after the other, of which the first to succeed wins.

    The next one begins when the delay is over, or at once when one fails.
    """

    def __init__(
        self, clock: Any, endpoints: list[Any], factory: Any, delay: float, timeout: float | None
    ) -> None:
        self.clock = clock
        self.waiting = endpoints
        self.factory = factory
        self.delay = delay
        self.running: list[defer.Deferred[Any]] = []
        self.failures: list[Failure] = []
        self.next: Any = None
        self.deadline: Any = None
        self.winner: defer.Deferred[Any] = defer.Deferred(self._cancelled)
        self.over = False
        if timeout is not None:
            self.deadline = clock.callLater(timeout, self._expired)

    def begin(self) -> None:
        """Begin the next attempt."""
        if self.next is not None and self.next.active():
            self.next.cancel()
        self.next = None
        if self.over or not self.waiting:
            return
        endpoint = self.waiting.pop(0)
        attempt = endpoint.connect(self.factory)
        self.running.append(attempt)
        if self.waiting:
            self.next = self.clock.callLater(self.delay, self.begin)
        attempt.addBoth(self._ended, attempt)

    def _ended(self, result: Any, attempt: defer.Deferred[Any]) -> None:
        self.running.remove(attempt)
        if self.over:
            if not isinstance(result, Failure) and result.transport is not None:
                # It came too late.
                result.transport.loseConnection()
            return
        if not isinstance(result, Failure):
            self._finish()
            self.winner.callback(result)
            return
        self.failures.append(result)
        if self.waiting:
            self.begin()
        elif not self.running:
            self._finish()
            self.winner.errback(self.failures[-1])

    def _finish(self) -> None:
        self.over = True
        for call in (self.next, self.deadline):
            if call is not None and call.active():
                call.cancel()
        for attempt in list(self.running):
            attempt.cancel()

    def _expired(self) -> None:
        self._finish()
        self.winner.errback(error.TimeoutError())

    def _cancelled(self, winner: defer.Deferred[Any]) -> None:
        self._finish()


@implementer(IHostnameResolver)
class _SimpleHostnameResolver:
    """
    Looks names up by a function that is like C{getaddrinfo}.
    """

    _log = Logger()

    def __init__(self, nameResolution: Callable[[str, int], Any]) -> None:
        """
        @param nameResolution: takes a name and a port, and returns a Deferred
            of what C{getaddrinfo} returns.
        """
        self._nameResolution = nameResolution

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """
        Look *hostName* up.  Types and semantics are the function's affair.
        """
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def deliver(found: list[Any]) -> None:
            for family, _, _, _, where in found:
                kind = _ADDRESSES.get(family)
                if kind is not None:
                    resolutionReceiver.addressResolved(kind("TCP", *where))

        def complain(reason: Failure) -> None:
            self._log.failure(
                "while looking up {name} with {callable}",
                reason,
                name=hostName,
                callable=self._nameResolution,
            )

        d = self._nameResolution(hostName, portNumber)
        d.addCallbacks(deliver, complain)
        d.addBoth(lambda ignored: resolutionReceiver.resolutionComplete())
        return resolution


_ENDPOINTS: dict[type, Any] = {IPv4Address: TCP4ClientEndpoint, IPv6Address: TCP6ClientEndpoint}


def _completeBinding(where: Any) -> Any:
    """
    Return the address to connect from as the reactor takes it: a host and a
    port, a binding, or L{None}.
    """
    if where is None or isinstance(where, Binding):
        return where
    host, port = where if isinstance(where, tuple) else (where, 0)
    return (host.decode("ascii") if isinstance(host, bytes) else host, port)


@implementer(IStreamClientEndpoint)
class HostnameEndpoint:
    """
    Connects by TCP to a host, over IPv6 or IPv4, whichever works sooner.

    @cvar _DEFAULT_ATTEMPT_DELAY: seconds before the next address is tried.
    """

    _DEFAULT_ATTEMPT_DELAY = 0.3

    def __init__(
        self,
        reactor: Any,
        host: str | bytes,
        port: int,
        timeout: float = 30,
        bindAddress: Any = None,
        attemptDelay: float | None = None,
    ) -> None:
        """
        @param host: a name, text or bytes, or an address.
        @param timeout: seconds to wait at the most.
        @param bindAddress: address to connect from.
        @param attemptDelay: seconds before the next address is tried.
        """
        self._reactor = reactor
        self._fallback = self._fallbackFor(reactor)
        self._badHostname, self._hostBytes, self._hostText = self._hostAsBytesAndText(host)
        self._port = port
        self._timeout = timeout
        self._bindAddress = _completeBinding(bindAddress)
        self._attemptDelay = self._DEFAULT_ATTEMPT_DELAY if attemptDelay is None else attemptDelay

    def __repr__(self) -> str:
        """Tell the host and port."""
        host = self._hostBytes.decode("ascii")
        shown = f"[{host}]" if ":" in host else host
        return f"<HostnameEndpoint {shown}:{self._port}>"

    @property
    def _nameResolver(self) -> Any:
        # Asked for at each connect: it may be replaced meanwhile.
        return self._reactor.nameResolver if self._fallback is None else self._fallback

    def _fallbackFor(self, reactor: Any) -> Any:
        if IReactorPluggableNameResolver.providedBy(reactor):
            return None
        warnings.warn(
            "Passing HostnameEndpoint a reactor that does not provide"
            f" IReactorPluggableNameResolver ({fullyQualifiedName(type(reactor))}) was"
            " deprecated in Twisted 17.5.0; please use a reactor that provides"
            " IReactorPluggableNameResolver instead",
            DeprecationWarning,
            # That of the constructor.
            stacklevel=3,
        )
        return _SimpleHostnameResolver(self._fallbackNameResolution)

    def _fallbackNameResolution(self, host: str, port: int) -> defer.Deferred[Any]:
        """Look *host* up in a thread of the global reactor."""
        return deferToThread(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)

    @staticmethod
    def _hostAsBytesAndText(host: str | bytes) -> tuple[bool, bytes, str]:
        """
        Return whether the name is of no use, and it as bytes and text.
        """
        # Late: for names that are not ASCII.
        from twisted.internet._idna import _idnaBytes, _idnaText

        try:
            if isinstance(host, bytes):
                if isIPAddress(host) or isIPAddress(host, socket.AF_INET6):
                    return False, host, host.decode("ascii")
                return False, host, _idnaText(host)
            # The same name may be written in several ways.
            text = normalize("NFC", host)
            if isIPAddress(text) or isIPv6Address(text):
                return False, text.encode("ascii"), text
            return False, _idnaBytes(text), text
        except UnicodeError:
            pass
        shown = (
            host.decode("ascii", "backslashreplace")
            if isinstance(host, bytes)
            else host.encode("ascii", "backslashreplace").decode("ascii")
        )
        return True, shown.encode("ascii"), shown

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Look the host up, and connect.

        @return: fires with the protocol, connected; fails with
            L{error.DNSLookupError} if there are no addresses, with
            L{error.TimeoutError}, or with the last attempt's error.
            Cancelling it gives up.
        """
        if self._badHostname:
            return defer.fail(ValueError(f"invalid hostname: {self._hostText}"))
        race: list[_Race] = []

        def cancel(d: defer.Deferred[Any]) -> None:
            d.errback(error.ConnectingCancelledError(HostnameAddress(self._hostBytes, self._port)))
            looked.cancel()
            for each in race:
                each.winner.cancel()

        result: defer.Deferred[Any] = defer.Deferred(cancel)
        looked: defer.Deferred[list[Any]] = defer.Deferred()
        self._nameResolver.resolveHostName(
            _Collector(looked), self._hostText, portNumber=self._port
        )

        def connectTo(addresses: list[Any]) -> Any:
            endpoints = [each for each in map(self._endpointFor, interleave(addresses)) if each]
            if not endpoints:
                raise error.DNSLookupError(f"no results for hostname lookup: {self._hostText}")
            race.append(
                _Race(self._reactor, endpoints, protocolFactory, self._attemptDelay, self._timeout)
            )
            race[0].begin()
            return race[0].winner

        def finish(outcome: Any) -> None:
            if not result.called:
                result.callback(outcome)

        looked.addCallback(connectTo).addBoth(finish)
        return result

    def _endpointFor(self, address: Any) -> Any:
        kind = _ENDPOINTS.get(type(address))
        if kind is None:
            return None
        return kind(self._reactor, address.host, address.port, self._timeout, self._bindAddress)
