"""
The way of a message (RFC 3261, 20.42; RFC 3581).
"""

from __future__ import annotations

import re
import warnings
from typing import Any

from twisted.protocols.sip._tables import PORT
from twisted.protocols.sip._url import number, splitPlace

_COMMENT = re.compile(r"\([^()]*\)\s*\Z")
_HEAD = re.compile(
    r"\s*(?P<name>[^/\s]+)/(?P<version>[^/\s]+)/(?P<transport>\S+)\s+(?P<place>\S+)\s*\Z"
)

#: That nothing was said, which is not the same as to ask for a value.
_ABSENT: Any = object()


class Via:
    """
    A station on the way of a message.

    @ivar rportRequested: the sender wants to know from which port it comes.
    @ivar rportValue: that port.
    @ivar received: the address from which it came, if that is not the host.
    @ivar otherParams: parameters that are not attributes; L{None} if they have no
        value.
    """

    def __init__(
        self,
        host: str,
        port: int = PORT,
        transport: str = "UDP",
        ttl: int | None = None,
        hidden: Any = False,
        received: str | None = None,
        rport: Any = _ABSENT,
        branch: str | None = None,
        maddr: str | None = None,
        **kw: Any,
    ) -> None:
        """
        @param rport: a number; or L{None} to ask for it.
        """
        self.host, self.port, self.transport = host, port, transport
        self.ttl, self.hidden, self.received = ttl, hidden, received
        self.branch, self.maddr = branch, maddr
        self.otherParams = kw
        self.rportValue: int | None = None
        self.rportRequested = rport is None or rport is True
        if rport is True:
            warnings.warn(
                "rport=True is deprecated since Twisted 9.0.", DeprecationWarning, stacklevel=2
            )
        elif rport is not _ABSENT:
            self.rportValue = rport

    @property
    def rport(self) -> Any:
        """
        The port, or L{True} if it is asked for.
        """
        return True if self.rportRequested else self.rportValue

    @rport.setter
    def rport(self, newRPort: Any) -> None:
        self.rportRequested = newRPort is True
        self.rportValue = None if newRPort is True else newRPort

    def toString(self) -> str:
        """
        Write it.
        """
        fields = [f"SIP/2.0/{self.transport} {self.host}:{self.port}"]
        if self.hidden:
            fields.append("hidden")
        for key in ("ttl", "branch", "maddr", "received"):
            value = getattr(self, key)
            if value is not None:
                fields.append(f"{key}={value}")
        if self.rportRequested:
            fields.append("rport")
        elif self.rportValue is not None:
            fields.append(f"rport={self.rportValue}")
        for key, value in self.otherParams.items():
            fields.append(key if value is None else f"{key}={value}")
        return ";".join(fields)


def parseViaHeader(value: str) -> Via:
    """
    Read a header.

    @raise ValueError: it is none.
    """
    head, *params = _COMMENT.sub("", value).split(";")
    found = _HEAD.match(head)
    if found is None or (found["name"], found["version"]) != ("SIP", "2.0"):
        raise ValueError(f"wrong protocol or version: {value[:100]!r}")
    host, port = splitPlace(found["place"])
    told: dict[str, Any] = {}
    for param in params:
        key, equals, text = (part.strip() for part in param.partition("="))
        told[key] = _read(key, text if equals else None)
    # What is an attribute otherwise cannot be one parameter more.
    for mine in ("self", "host", "port", "transport"):
        told.pop(mine, None)
    return Via(host, PORT if port is None else port, found["transport"], **told)


def _read(key: str, text: str | None) -> Any:
    if key == "hidden":
        return True
    if key == "ttl":
        return number(text or "", 0xFF)
    return number(text) if key == "rport" and text is not None else text
