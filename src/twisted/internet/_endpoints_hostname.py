"""
Connecting to a host by name, to whichever of its addresses answers first
(RFC 8305).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet._endpoints_basic import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
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
        self._nameResolver = self._getNameResolver(reactor)
        self._badHostname, self._hostBytes, self._hostText = self._hostAsBytesAndText(host)
        self._hostStr = self._hostText
        self._port = port
        self._timeout = timeout
        if bindAddress is not None and not isinstance(bindAddress, tuple):
            bindAddress = (bindAddress, 0)
        self._bindAddress = bindAddress
        self._attemptDelay = (
            self._DEFAULT_ATTEMPT_DELAY if attemptDelay is None else attemptDelay
        )

    def __repr__(self) -> str:
        """Tell the host and port."""
        host = self._hostText
        shown = f"[{host}]" if ":" in host else host
        return f"<HostnameEndpoint {shown}:{self._port}>"

    @staticmethod
    def _getNameResolver(reactor: Any) -> Any:
        if IReactorPluggableNameResolver.providedBy(reactor):
            return reactor.nameResolver
        # Late: only for reactors of an older kind.
        from twisted.internet._resolver import SimpleResolverComplexifier

        @implementer(IHostnameResolver)
        class _Simple:
            def getHostByName(self, name: str, timeouts: Any = ()) -> Any:
                return reactor.resolve(name, timeouts)

        return SimpleResolverComplexifier(_Simple())  # type: ignore[arg-type]

    @staticmethod
    def _hostAsBytesAndText(host: str | bytes) -> tuple[bool, bytes, str]:
        """
        Return whether the name is of no use, and it as bytes and text.
        """
        # Late: for names that are not ASCII.
        from twisted.internet._idna import _idnaBytes, _idnaText

        if isinstance(host, bytes):
            if isIPAddress(host) or isIPv6Address(host.decode("ascii", "replace")):
                return False, host, host.decode("ascii")
            try:
                return False, host, _idnaText(host)
            except UnicodeError:
                return False, host, host.decode("charmap", "replace")
        if isIPAddress(host) or isIPv6Address(host):
            return False, host.encode("ascii"), host
        try:
            return False, _idnaBytes(host), host
        except UnicodeError:
            pass
        asciibytes = host.encode("ascii", "backslashreplace")
        return True, asciibytes, asciibytes.decode("ascii")

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Look the host up, and connect.

        @return: fires with the protocol, connected; fails with
            L{error.DNSLookupError} if there are no addresses, with
            L{error.TimeoutError}, or with the last attempt's error.
            Cancelling it gives up.
        """
        if self._badHostname:
            return defer.fail(ValueError(f"invalid hostname: {self._hostStr}"))
        race: list[_Race] = []

        def cancel(d: defer.Deferred[Any]) -> None:
            d.errback(
                error.ConnectingCancelledError(HostnameAddress(self._hostBytes, self._port))
            )
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
                raise error.DNSLookupError(f"no results for hostname lookup: {self._hostStr}")
            race.append(
                _Race(
                    self._reactor, endpoints, protocolFactory, self._attemptDelay, self._timeout
                )
            )
            race[0].begin()
            return race[0].winner

        def finish(outcome: Any) -> None:
            if not result.called:
                result.callback(outcome)

        looked.addCallback(connectTo).addBoth(finish)
        return result

    def _endpointFor(self, address: Any) -> Any:
        args = (self._reactor, address.host, address.port, self._timeout, self._bindAddress)
        if isinstance(address, IPv6Address):
            return TCP6ClientEndpoint(*args)
        if isinstance(address, IPv4Address):
            return TCP4ClientEndpoint(*args)
        return None
