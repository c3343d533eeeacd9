"""
Where somebody is, as SIP says it (RFC 3261, 19.1 and 20.10).
"""

from __future__ import annotations

import re
from typing import Any

_SCHEME = "sip:"
_PARTS = re.compile(
    r"(?:(?P<user>[^@]*)@)?(?P<place>[^;?]*)(?P<params>[^?]*)(?:\?(?P<headers>.*))?\Z"
)
_PLACE = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>\d{1,5}))?\Z")
_NAMED = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^<"]*))\s*<(?P<url>[^>]*)>(?P<params>.*)\Z'
)

#: The parameters that are attributes, in the order in which they are written.
_KNOWN = {
    "user": "usertype",
    "transport": "transport",
    "ttl": "ttl",
    "maddr": "maddr",
    "method": "method",
    "tag": "tag",
}


def number(text: str, most: int = 0xFFFF) -> int:
    """
    Read a number.

    @raise ValueError: it is none, or above C{most}.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 10) or int(text) > most:
        raise ValueError(f"no number up to {most}: {text[:20]!r}")
    return int(text)


def splitPlace(place: str) -> tuple[str, int | None]:
    """
    Read a host, which may be in brackets, and perhaps a port.

    @raise ValueError: it is none.
    """
    found = _PLACE.match(place)
    if found is None:
        raise ValueError(f"no host and port: {place[:100]!r}")
    return found["host"], None if found["port"] is None else number(found["port"])


class URL:
    """
    A SIP URL.

    @ivar other: parameters that are not attributes, as they are written.
    @ivar headers: what is to be in the request, by names.
    """

    def __init__(
        self,
        host: str,
        username: str | None = None,
        password: str | None = None,
        port: int | None = None,
        transport: str | None = None,
        usertype: str | None = None,
        method: str | None = None,
        ttl: int | None = None,
        maddr: str | None = None,
        tag: str | None = None,
        other: Any = None,
        headers: Any = None,
    ) -> None:
        self.host, self.port = host, port
        self.username, self.password = username, password
        self.usertype, self.transport, self.method = usertype, transport, method
        self.ttl, self.maddr, self.tag = ttl, maddr, tag
        self.other: list[str] = [] if other is None else other
        self.headers: dict[str, str] = {} if headers is None else headers

    def _login(self) -> str:
        if self.username is None:
            return ""
        secret = "" if self.password is None else f":{self.password}"
        return f"{self.username}{secret}@"

    def toString(self) -> str:
        """
        Write it.
        """
        place = self.host if self.port is None else f"{self.host}:{self.port}"
        values = ((key, getattr(self, name)) for key, name in _KNOWN.items())
        params = [f"{key}={value}" for key, value in values if value is not None]
        headers = "&".join(f"{name}={value}" for name, value in self.headers.items())
        written = ";".join([f"{_SCHEME}{self._login()}{place}", *params, *self.other])
        return f"{written}?{headers}" if headers else written

    def __str__(self) -> str:
        return self.toString()

    def __repr__(self) -> str:
        return f"<URL {self.username}:{self.password}@{self.host!r}:{self.port!r}/{self.transport}>"


def parseURL(url: str, host: str | None = None, port: int | None = None) -> URL:
    """
    Read a URL.

    @param host: goes before the one that is written.
    @param port: likewise.
    @raise ValueError: it is none.
    """
    if not url.startswith(_SCHEME):
        raise ValueError("unsupported scheme: " + url[:4])
    found = _PARTS.match(url, len(_SCHEME))
    if found is None:
        raise ValueError(f"no URL: {url[:100]!r}")
    itsHost, itsPort = splitPlace(found["place"])
    made = URL(itsHost if host is None else host, port=itsPort if port is None else port)
    if found["user"] is not None:
        made.username, colon, password = found["user"].partition(":")
        made.password = password if colon else None
    for param in found["params"].split(";")[1:]:
        _setParameter(made, param)
    for header in (found["headers"] or "").split("&"):
        name, equals, value = header.partition("=")
        if equals:
            made.headers[name] = value
    return made


def _setParameter(url: URL, param: str) -> None:
    key, equals, value = param.partition("=")
    name = _KNOWN.get(key) if equals else None
    if name is None:
        url.other.append(param)
    else:
        setattr(url, name, number(value, 0xFF) if name == "ttl" else value)


def cleanRequestURL(url: URL) -> None:
    """
    Take away what has no place in the URL of a request.
    """
    url.transport = url.maddr = url.ttl = None
    url.headers = {}


def parseAddress(
    address: str, host: str | None = None, port: int | None = None, clean: Any = 0
) -> tuple[str, URL, dict[str, str]]:
    """
    Read an address: a name, a URL in angle brackets, and parameters; or a URL alone.

    @param clean: take away what has no place in the URL of a request.
    @param host: see L{parseURL}.
    @return: the name, the URL, and the parameters.
    @raise ValueError: it is none.
    """
    text = address.strip()
    name, params = "", {}
    if text.startswith(_SCHEME):
        url = parseURL(text, host=host, port=port)
    else:
        found = _NAMED.match(text)
        if found is None:
            raise ValueError(f"no address: {address[:100]!r}")
        name = (found["plain"] or "").strip()
        if found["quoted"] is not None:
            name = re.sub(r"\\(.)", r"\1", found["quoted"])
        url = parseURL(found["url"], host=host, port=port)
        for param in found["params"].split(";")[1:]:
            key, _, value = param.strip().partition("=")
            params[key] = value
    if clean:
        cleanRequestURL(url)
    return name, url, params
