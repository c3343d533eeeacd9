"""
Addresses and bindings.
"""

from __future__ import annotations

from typing import Any

from zope.interface import Interface

# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.internet.interfaces"


class IAddress(Interface):
    """
    An address: of a host, a socket, a process, as C{getHost} and C{getPeer}
    return it.  Addresses that are the same are equal and hash alike.
    """


class _Binding:
    """
    Where to bind a socket, and how.

    @ivar interface: the address; C{""} for any.
    @ivar port: the number; 0 for any that is free.
    @ivar reuseAddress: bind although old connections linger (SO_REUSEADDR).
    @ivar reusePort: bind although others are bound (SO_REUSEPORT).
    """

    __slots__ = ("_address", "_port", "_reuseAddress", "_reusePort")

    def __init__(
        self,
        interface: str = "",
        port: int = 0,
        reuseAddress: bool = False,
        reusePort: bool = False,
    ) -> None:
        self._address = interface
        self._port = port
        self._reuseAddress = reuseAddress
        self._reusePort = reusePort

    def _parts(self) -> tuple[Any, ...]:
        return (self._address, self._port, self._reuseAddress, self._reusePort)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Binding) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        return (
            f"_Binding(_address={self._address!r}, _port={self._port!r},"
            f" _reuseAddress={self._reuseAddress!r}, _reusePort={self._reusePort!r})"
        )


Binding = _Binding
