"""
Addresses, as transports and endpoints give them.
"""

from __future__ import annotations

import os
from typing import Any
from warnings import warn

from zope.interface import implementer

from twisted.internet.interfaces import IAddress


class _Address:
    """
    Equal, and hashed, by class and attributes.

    @cvar _shown: the attributes that count, in order.
    """

    _shown: tuple[str, ...] = ()

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._shown)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._key() == other._key()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), *self._key()))

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
        return f"{type(self).__name__}({parts})"


def _wrongType(kind: object) -> ValueError:
    return ValueError(f"'type' must be in ('TCP', 'UDP') (got {kind!r})")


@implementer(IAddress)
class IPv4Address(_Address):
    """
    An address and port of IPv4.

    @ivar type: C{"TCP"} or C{"UDP"}.
    @ivar host: dotted decimal.
    @ivar port: the number.
    """

    _shown = ("type", "host", "port")

    def __init__(self, type: str, host: str, port: int) -> None:
        """
        @raise ValueError: *type* is neither C{"TCP"} nor C{"UDP"}.
        """
        if type not in ("TCP", "UDP"):
            raise _wrongType(type)
        self.type = type
        self.host = host
        self.port = port


@implementer(IAddress)
class IPv6Address(_Address):
    """
    An address and port of IPv6.

    @ivar type: C{"TCP"} or C{"UDP"}.
    @ivar host: hexadecimal, with or without a zone.
    @ivar port: the number.
    @ivar flowInfo: the flow label.
    @ivar scopeID: the zone, a number or name.
    """

    _shown = ("type", "host", "port", "flowInfo", "scopeID")

    def __init__(
        self, type: str, host: str, port: int, flowInfo: int = 0, scopeID: int | str = 0
    ) -> None:
        """
        @raise ValueError: *type* is neither C{"TCP"} nor C{"UDP"}.
        """
        if type not in ("TCP", "UDP"):
            raise _wrongType(type)
        self.type = type
        self.host = host
        self.port = port
        self.flowInfo = flowInfo
        self.scopeID = scopeID


@implementer(IAddress)
class _ProcessAddress:
    """The address of a process: there is nothing to tell."""


@implementer(IAddress)
class HostnameAddress(_Address):
    """
    A name of a host, and a port.

    @ivar hostname: bytes.
    @ivar port: the number.
    """

    _shown = ("hostname", "port")

    def __init__(self, hostname: bytes, port: int) -> None:
        self.hostname = hostname
        self.port = port


@implementer(IAddress)
class UNIXAddress:
    """
    The path of a UNIX socket.

    @ivar name: bytes, or L{None} for a socket without a name.
    """

    name: bytes | None

    def __init__(self, name: str | bytes | None) -> None:
        self.name = None if name is None else os.fsencode(name)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self.name == other.name:  # type: ignore[attr-defined]
            return True
        try:
            # Two names of one file.
            return os.path.samefile(self.name, other.name)  # type: ignore[arg-type, attr-defined]
        except (OSError, TypeError, ValueError):
            return False

    def __hash__(self) -> int:
        if self.name is None:
            return hash((self.__class__, None))
        try:
            status = os.stat(self.name)
            return hash((status.st_ino, status.st_dev))
        except (OSError, ValueError):
            return hash(self.name)

    def __repr__(self) -> str:
        if not self.name:
            shown = "None" if self.name is None else repr(os.fsdecode(self.name))
        else:
            shown = repr(os.fsdecode(self.name))
        return f"{type(self).__name__}({shown})"


class _ServerFactoryIPv4Address(IPv4Address):
    """
    An IPv4 address that can still be compared with a tuple, as addresses
    once were.
    """

    def __eq__(self, other: object) -> bool:
        if isinstance(other, tuple):
            warn(
                "IPv4Address.__getitem__ is deprecated.  Use attributes instead.",
                category=DeprecationWarning,
                stacklevel=2,
            )
            return (self.host, self.port) == other
        if isinstance(other, IPv4Address):
            return self._key() == other._key()
        return NotImplemented

    __hash__ = IPv4Address.__hash__


__all__ = ["HostnameAddress", "IPv4Address", "IPv6Address", "UNIXAddress"]
