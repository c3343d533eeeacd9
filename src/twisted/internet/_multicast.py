"""
The transport of datagrams to groups, IPv4 (RFC 1112) and IPv6 (RFC 3493).
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from twisted.internet import defer, error
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.python import failure


class MulticastMixin:
    """
    Groups, for a UDP port with C{socket}, C{addressFamily} and C{reactor}.
    """

    socket: Any
    addressFamily: Any
    reactor: Any

    def _is6(self) -> bool:
        return bool(self.addressFamily == socket.AF_INET6)

    def _get(self, name4: int, name6: int, size: int | None = None) -> Any:
        level, name = (
            (socket.IPPROTO_IPV6, name6) if self._is6() else (socket.IPPROTO_IP, name4)
        )
        if size is None or self._is6():
            return self.socket.getsockopt(level, name)
        return self.socket.getsockopt(level, name, size)

    def _set(self, name4: int, name6: int, value: Any) -> None:
        if self._is6():
            self.socket.setsockopt(socket.IPPROTO_IPV6, name6, value)
        else:
            self.socket.setsockopt(socket.IPPROTO_IP, name4, value)

    # -- sending -----------------------------------------------------------

    def getOutgoingInterface(self) -> str | int:
        """Return the interface by which groups are sent to."""
        found = self._get(socket.IP_MULTICAST_IF, socket.IPV6_MULTICAST_IF, 4)
        return found if self._is6() else socket.inet_ntoa(found)

    def setOutgoingInterface(self, addr: str | int) -> defer.Deferred[Any]:
        """
        Send to groups by the interface *addr*.

        @param addr: an address or name; for IPv6 also a number.
        @return: fires with 1 when it is set, or fails with L{OSError}.
        """
        if self._is6():
            return defer.execute(self._setInterface6, addr)
        return self.reactor.resolve(addr).addCallback(self._setInterface4)  # type: ignore[no-any-return]

    def _setInterface4(self, addr: str) -> int:
        self._set(socket.IP_MULTICAST_IF, socket.IPV6_MULTICAST_IF, socket.inet_aton(addr))
        return 1

    def _setInterface6(self, addr: str | int) -> int:
        number = addr if isinstance(addr, int) else interfaceNumber(addr)
        self._set(socket.IP_MULTICAST_IF, socket.IPV6_MULTICAST_IF, number)
        return 1

    def getLoopbackMode(self) -> Any:
        """Tell whether what is sent to a group comes back."""
        return self._get(socket.IP_MULTICAST_LOOP, socket.IPV6_MULTICAST_LOOP)

    def setLoopbackMode(self, mode: int) -> None:
        """Let what is sent to a group come back, or not."""
        value: Any = bool(mode) if self._is6() else struct.pack("b", bool(mode))
        self._set(socket.IP_MULTICAST_LOOP, socket.IPV6_MULTICAST_LOOP, value)

    def getTTL(self) -> Any:
        """Return how many hops datagrams to groups go."""
        return self._get(socket.IP_MULTICAST_TTL, socket.IPV6_MULTICAST_HOPS)

    def setTTL(self, ttl: int) -> None:
        """Let datagrams to groups go *ttl* hops."""
        value: Any = ttl if self._is6() else struct.pack("B", ttl)
        self._set(socket.IP_MULTICAST_TTL, socket.IPV6_MULTICAST_HOPS, value)

    # -- joining -------------------------------------------------------------

    def joinGroup(self, addr: str, interface: str = "") -> defer.Deferred[Any]:
        """
        Receive what is sent to the group *addr*.

        @param interface: by which; the system chooses by default.
        @return: fires when it is joined, or fails with
            L{error.MulticastJoinError}.
        """
        return self._change(addr, interface, True)

    def leaveGroup(self, addr: str, interface: str = "") -> defer.Deferred[Any]:
        """
        Receive what is sent to the group *addr* no longer.

        @return: fires when it is left, or fails with
            L{error.MulticastJoinError}.
        """
        return self._change(addr, interface, False)

    def _change(self, addr: str, interface: str, join: bool) -> defer.Deferred[Any]:
        resolved: Any
        if isIPAddress(addr) or isIPv6Address(addr):
            resolved = defer.succeed(addr)
        else:
            resolved = self.reactor.resolve(addr)
        return resolved.addCallback(self._changeResolved, interface, join)  # type: ignore[no-any-return]

    def _changeResolved(self, addr: str, interface: str, join: bool) -> Any:
        try:
            if isIPv6Address(addr) and not isIPAddress(addr):
                name = socket.IPV6_JOIN_GROUP if join else socket.IPV6_LEAVE_GROUP
                number = interfaceNumber(interface) if interface else 0
                request = struct.pack("16sI", socket.inet_pton(socket.AF_INET6, addr), number)
                self.socket.setsockopt(socket.IPPROTO_IPV6, name, request)
            else:
                name = socket.IP_ADD_MEMBERSHIP if join else socket.IP_DROP_MEMBERSHIP
                request = socket.inet_aton(addr) + socket.inet_aton(interface or "0.0.0.0")
                self.socket.setsockopt(socket.IPPROTO_IP, name, request)
        except OSError as problem:
            return failure.Failure(error.MulticastJoinError(addr, interface, *problem.args))
        return None


def interfaceNumber(interface: str) -> int:
    """
    Return the number of the interface that has the IPv6 address *interface*,
    or that name.

    @raise OSError: there is none.
    """
    if "%" in interface:
        interface = interface.partition("%")[2]
    if interface.isdigit():
        return int(interface)
    if isIPv6Address(interface):
        found: int = socket.getaddrinfo(interface, 0, socket.AF_INET6)[0][4][3]  # type: ignore[misc]
        return found
    return socket.if_nametoindex(interface)
