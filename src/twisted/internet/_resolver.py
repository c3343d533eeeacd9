"""
Looking names up: by the system's resolver in threads, and adapters between the
two kinds of resolvers that a reactor knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from socket import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    SOCK_DGRAM,
    SOCK_STREAM,
    gaierror,
    getaddrinfo,
)
from typing import Any

from zope.interface import implementer

from twisted.internet.abstract import isIPAddress
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorThreads,
    IResolutionReceiver,
    IResolverSimple,
)
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.compat import nativeString

_SOCKET_TYPES = {"TCP": SOCK_STREAM, "UDP": SOCK_DGRAM}
_ADDRESSES: dict[int, Any] = {AF_INET: IPv4Address, AF_INET6: IPv6Address}
_EITHER = frozenset((IPv4Address, IPv6Address))


@implementer(IHostResolution)
class HostResolution:
    """
    A name being looked up.

    @ivar name: the name.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """
        @raise NotImplementedError: a thread cannot be stopped.
        """
        raise NotImplementedError()


def _familyFor(addressTypes: Iterable[Any] | None) -> int:
    """Return the family to ask for: one, or whichever."""
    wanted = _EITHER if addressTypes is None else frozenset(addressTypes)
    if wanted == {IPv4Address}:
        return AF_INET
    if wanted == {IPv6Address}:
        return AF_INET6
    return AF_UNSPEC


@implementer(IHostnameResolver)
class GAIResolver:
    """
    Looks names up by C{getaddrinfo}, in threads of the reactor's pool.
    """

    def __init__(
        self,
        reactor: IReactorThreads,
        getThreadPool: Callable[[], Any] | None = None,
        getaddrinfo: Callable[..., Any] = getaddrinfo,
    ) -> None:
        """
        @param reactor: whose thread the answers come in.
        @param getThreadPool: returns the pool, by default the reactor's.
        @param getaddrinfo: what looks up.
        """
        self._reactor = reactor
        self._getThreadPool = (
            reactor.getThreadPool if getThreadPool is None else getThreadPool
        )
        self._getaddrinfo = getaddrinfo

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """
        Look *hostName* up; a name that is not found has no addresses.
        """
        pool = self._getThreadPool()
        family = _familyFor(addressTypes)
        kind = _SOCKET_TYPES[transportSemantics]

        def lookUp() -> list[Any]:
            try:
                found: list[Any] = self._getaddrinfo(hostName, portNumber, family, kind)
            except (gaierror, UnicodeError):
                return []
            return found

        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)  # type: ignore[arg-type]

        def deliver(found: list[Any]) -> None:
            for family, kind, _, _, where in found:
                addressType = _ADDRESSES.get(family)
                if addressType is not None:
                    name = "TCP" if kind == SOCK_STREAM else "UDP"
                    resolutionReceiver.addressResolved(addressType(name, *where))
            resolutionReceiver.resolutionComplete()

        d = deferToThreadPool(self._reactor, pool, lookUp)
        d.addCallback(deliver)
        d.addErrback(
            lambda reason: Logger(namespace="twisted.internet._resolver").failure(
                "looking {name!r} up", reason, name=hostName
            )
        )
        return resolution  # type: ignore[return-value]


@implementer(IHostnameResolver)
class SimpleResolverComplexifier:
    """
    Makes a resolver of one IPv4 address into one of any.
    """

    _log = Logger()

    def __init__(self, simpleResolver: IResolverSimple) -> None:
        self._simpleResolver = simpleResolver

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """
        Look *hostName* up; text that is not ASCII is put into IDNA first.

        @raise TypeError: it is no text.
        """
        # Late: only where such a resolver was installed.
        from twisted.internet._idna import _idnaBytes

        try:
            hostName.encode("ascii")
            hostBytes = nativeString(hostName)
        except UnicodeEncodeError:
            hostBytes = nativeString(_idnaBytes(hostName))
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)  # type: ignore[arg-type]

        def found(address: str) -> None:
            resolutionReceiver.addressResolved(
                IPv4Address("TCP", address, portNumber)  # type: ignore[arg-type]
            )

        def failed(reason: Any) -> None:
            if not reason.check(DNSLookupError):
                self._log.failure("while looking up {name} with {resolver}", reason,
                                  name=hostName, resolver=self._simpleResolver)

        self._simpleResolver.getHostByName(hostBytes).addCallbacks(found, failed).addCallback(
            lambda ignored: resolutionReceiver.resolutionComplete()
        )
        return resolution  # type: ignore[return-value]


@implementer(IResolutionReceiver)
class FirstOneWins:
    """
    Fires a Deferred with the first address that is found.
    """

    def __init__(self, deferred: Deferred[Any]) -> None:
        """
        @param deferred: fires with the address, or fails with
            L{DNSLookupError} when there is none.
        """
        self._deferred = deferred
        self._resolved = False
        self._resolution: Any = None

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        """Note what is looked up."""
        self._resolution = resolution

    def addressResolved(self, address: IAddress) -> None:
        """Take the first."""
        if self._resolved:
            return
        self._resolved = True
        # As the simple kind of resolver has it: the address alone.
        self._deferred.callback(self._pick(address))

    def _pick(self, address: Any) -> Any:
        return address.host

    def resolutionComplete(self) -> None:
        """Fail, if there was none."""
        if not self._resolved:
            self._deferred.errback(DNSLookupError(self._resolution.name))


class FirstAddressWins(FirstOneWins):
    """
    Fires a Deferred with the first address, as an object.
    """

    def _pick(self, address: Any) -> Any:
        return address


@implementer(IResolverSimple)
class ComplexResolverSimplifier:
    """
    Makes a resolver of any addresses into one of one IPv4 address.
    """

    def __init__(self, nameResolver: IHostnameResolver) -> None:
        self._nameResolver = nameResolver

    def getHostByName(self, name: str, timeouts: Sequence[int] = ()) -> Deferred[str]:
        """
        Look *name* up.

        @return: fires with a dotted address, or fails with
            L{DNSLookupError}.
        """
        result: Deferred[str] = Deferred()
        if isIPAddress(name):
            result.callback(name)
            return result
        self._nameResolver.resolveHostName(FirstOneWins(result), name, 0, [IPv4Address])  # type: ignore[arg-type, list-item]
        return result
