"""
URLs that can be walked: children, siblings, parents, links.

New programs use L{hyperlink} itself.
"""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote, unquote_to_bytes, urlunsplit

from hyperlink import URL

_Self = TypeVar("_Self", bound="URLPath")

#: What is not quoted in a URL as a whole.
_ASCII = "".join(map(chr, range(128)))


class _Part:
    """
    An attribute: bytes, from which the URL is made anew when it is set.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = "_" + name

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else getattr(instance, self.slot)

    def __set__(self, instance: URLPath, value: str | bytes) -> None:
        asBytes = value if isinstance(value, bytes) else value.encode("charmap")
        setattr(instance, self.slot, asBytes)
        instance._build()


class URLPath:
    """
    A URL; C{str} of it is its text.

    @ivar scheme: the scheme, as bytes; so are the others.
    @ivar netloc: the host, and the port unless it is the scheme's own.
    @ivar path: the path.
    @ivar query: the query.
    @ivar fragment: the fragment.
    """

    scheme = _Part()
    netloc = _Part()
    path = _Part()
    query = _Part()
    fragment = _Part()

    _url: URL

    def __init__(
        self,
        scheme: bytes = b"",
        netloc: bytes = b"localhost",
        path: bytes = b"",
        query: bytes = b"",
        fragment: bytes = b"",
    ) -> None:
        """
        @param scheme: the scheme; http if there is none.
        @param path: the path; the root if there is none.
        """
        self._scheme = scheme or b"http"
        self._netloc = netloc
        self._path = path or b"/"
        self._query = query
        self._fragment = fragment
        self._build()

    def _build(self) -> None:
        """
        Make the URL of the parts.
        """
        parts = [self._scheme, self._netloc, self._path, self._query, self._fragment]
        self._url = URL.from_text(urlunsplit([quote(part, safe=_ASCII) for part in parts]))

    @classmethod
    def _of(cls: type[_Self], url: URL) -> _Self:
        """
        Return one for a URL of hyperlink's.
        """
        self = cls.__new__(cls)
        self._url = url.replace(path=url.path or [""])
        self._scheme = url.scheme.encode("ascii")
        self._netloc = url.authority().encode("ascii")
        # Nothing at all has no path either.
        self._path = b"/".join(self.pathList()) if url.host or url.path else b""
        bare = URL(query=url.query, fragment=url.fragment).to_uri()
        self._query = bare.replace(fragment="").to_text()[1:].encode("ascii")
        self._fragment = bare.fragment.encode("ascii")
        return self

    # -- from other things

    @classmethod
    def fromString(klass: type[_Self], url: str) -> _Self:
        """
        Return one for a text.

        @raise ValueError: *url* is not text, or no URL.
        """
        if not isinstance(url, str):
            raise ValueError("'url' must be a str")
        return klass._of(URL.from_text(quote(url, safe=_ASCII)))

    @classmethod
    def fromBytes(klass: type[_Self], url: bytes) -> _Self:
        """
        Return one for bytes.

        @raise ValueError: *url* is not bytes, or no URL.
        """
        if not isinstance(url, bytes):
            raise ValueError("'url' must be bytes")
        return klass._of(URL.from_text(quote(url, safe=_ASCII)))

    @classmethod
    def fromRequest(klass: type[_Self], request: Any) -> _Self:
        """
        Return one for the resource which a request of twisted.web has reached.
        """
        return klass.fromBytes(request.prePathURL())

    # -- to others

    def pathList(self, unquote: bool = False, copy: bool = True) -> list[bytes]:
        """
        Return the segments of the path; the first is empty, for the root.

        @param unquote: whether C{%} and two digits become the byte they mean.
        @param copy: without effect.
        """
        segments = [b"", *(segment.encode("ascii") for segment in self._url.path)]
        return [unquote_to_bytes(segment) for segment in segments] if unquote else segments

    def _moved(self: _Self, url: URL, keepQuery: bool) -> _Self:
        """
        Return one for *url*, with the query of this one or none.
        """
        query = self._url.query if keepQuery else ()
        return self._of(url.replace(query=query, fragment=""))

    def sibling(self: _Self, path: bytes, keepQuery: bool = False) -> _Self:
        """
        Return what has *path* in place of the last segment.

        @param path: a segment.
        @param keepQuery: whether the query stays.
        """
        return self._moved(self._url.sibling(path.decode("ascii")), keepQuery)

    def child(self: _Self, path: bytes, keepQuery: bool = False) -> _Self:
        """
        Return what has *path* behind the last segment.

        @param path: a segment.
        @param keepQuery: whether the query stays.
        """
        return self._moved(self._url.child(path.decode("ascii")), keepQuery)

    def parent(self: _Self, keepQuery: bool = False) -> _Self:
        """
        Return the directory above that of this; above the root is the root.

        @param keepQuery: whether the query stays.
        """
        return self._moved(self._url.click(".."), keepQuery)

    def here(self: _Self, keepQuery: bool = False) -> _Self:
        """
        Return the directory of this.

        @param keepQuery: whether the query stays.
        """
        return self._moved(self._url.click("."), keepQuery)

    def click(self: _Self, st: bytes) -> _Self:
        """
        Return where a link leads.

        @param st: the link's URL, perhaps a relative one.
        """
        return self._of(self._url.click(st.decode("ascii")))

    def __str__(self) -> str:
        """
        Return the URL in ASCII, without a password.
        """
        url = self._url
        if ":" not in url.host:
            return url.to_uri().to_text()
        # An IPv6 address is no name to encode.
        return url.replace(host="").to_uri().replace(host=url.host).to_text()

    def __repr__(self) -> str:
        """
        Return the parts.
        """
        names = ("scheme", "netloc", "path", "query", "fragment")
        return f"URLPath({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


__all__ = ["URLPath"]
