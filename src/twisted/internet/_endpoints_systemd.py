"""
The endpoint C{systemd:}, of a socket that systemd has made and that is waiting for
us.
"""

from __future__ import annotations

import socket
from typing import Any

from zope.interface import implementer

from twisted.internet._endpoints_basic import AdoptedStreamServerEndpoint
from twisted.internet.interfaces import IStreamServerEndpointStringParser
from twisted.plugin import IPlugin
from twisted.python.systemd import ListenFDs


def _familyOf(fileno: int) -> int:
    """
    Ask a socket for its family.

    @raise ValueError: it is none.
    """
    try:
        # A copy, since what is made of a number is closed with it.
        with socket.fromfd(fileno, socket.AF_INET, socket.SOCK_STREAM) as copied:
            return socket.socket(fileno=copied.detach()).family
    except OSError as error:
        raise ValueError(f"descriptor {fileno} of systemd is no socket: {error.strerror}")


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _SystemdParser:
    """
    Makes endpoints of C{systemd:name=NAME} and C{systemd:index=NUMBER}.

    @ivar _sddaemon: the sockets; they are taken from the environment when this is
        made, as long as our number is the one that systemd knows.
    """

    prefix = "systemd"

    def __init__(self) -> None:
        self._sddaemon = ListenFDs.fromEnvironment()

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        """
        Make the endpoint.

        @param args: by position, C{domain}, C{index} and C{name}.
        @param kwargs: C{domain}, such as C{"INET6"}, else the socket is asked; and
            either C{index}, beginning with 0, or C{name}, as in the unit's
            C{FileDescriptorName=}.
        @raise ValueError: there is no such socket.
        """
        return self._parseServer(reactor, *args, **kwargs)

    def _parseServer(
        self,
        reactor: Any,
        domain: str | None = None,
        index: str | int | None = None,
        name: str | None = None,
    ) -> AdoptedStreamServerEndpoint:
        if (index is None) == (name is None):
            raise ValueError("Specify exactly one of descriptor index or name")
        fileno = self._named(name) if name is not None else self._numbered(index)
        if domain is None:
            return AdoptedStreamServerEndpoint(reactor, fileno, _familyOf(fileno))
        family = getattr(socket, f"AF_{domain}", None)
        if family is None:
            raise ValueError(f"domain is no address family: {domain!r}")
        return AdoptedStreamServerEndpoint(reactor, fileno, family)

    def _named(self, name: str) -> int:
        found = self._sddaemon.inheritedNamedDescriptors()
        if name not in found:
            raise ValueError(
                f"systemd has passed no socket named {name!r}"
                f" (but: {', '.join(map(repr, found)) or 'none'})"
            )
        return found[name]

    def _numbered(self, index: Any) -> int:
        found = self._sddaemon.inheritedDescriptors()
        try:
            # Written so that -1 is not the last one.
            return dict(enumerate(found))[int(index)]
        except (KeyError, ValueError):
            raise ValueError(f"systemd has passed no socket {index!r} (but {len(found)})")
