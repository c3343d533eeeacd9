"""
A client for Shoutcast streams: music by HTTP, with what is playing in between.
"""

from __future__ import annotations

import re
from typing import Any

import twisted
from twisted.python import log
from twisted.python.versions import getVersionString
from twisted.web import http

# Between two texts about what is playing are so many bytes at the most. Usual
# are 8,192 and 16,000; a server that names more wants our memory.
_MAX_INTERVAL = 2**20

_FIELD = re.compile(r"([^=;]*)='(.*?)'(?:;|\Z)", re.DOTALL)


class ShoutcastClient(http.HTTPClient):
    """
    Receives a stream.

    Override C{gotMP3Data} and C{gotMetaData}.

    @ivar path: what to ask for.
    @ivar metaint: how many bytes of music are between two texts, if any.
    @ivar metamode: what comes next: C{"mp3"}, C{"length"} (one byte, how many
        times 16 bytes of text follow) or C{"meta"}.
    @ivar databuffer: what has come and is not complete.
    """

    userAgent = getVersionString(twisted.version)

    def __init__(self, path: str = "/") -> None:
        self.path = path
        self.got_metadata = False
        self.metaint: int | None = None
        self.metamode = "mp3"
        self.databuffer = bytearray()
        self.remaining = 0
        self._begun = False
        self._interleaved = False

    def connectionMade(self) -> None:
        """Ask for the stream, and for texts in between."""
        path = self.path if isinstance(self.path, bytes) else self.path.encode("utf-8")
        self.sendCommand(b"GET", path)
        self.sendHeader(b"User-Agent", self.userAgent.encode("ascii"))
        self.sendHeader(b"Icy-MetaData", b"1")
        self.endHeaders()

    def lineReceived(self, line: bytes) -> Any:
        """Read the head; its first line begins with C{ICY} usually."""
        if not self._begun:
            self._begun = True
            if line.startswith(b"ICY "):
                line = b"HTTP/1.0 " + line[4:]
        return http.HTTPClient.lineReceived(self, line)

    def handleHeader(self, key: bytes, value: bytes) -> None:
        """Look for how far apart the texts are."""
        if key.lower() != b"icy-metaint":
            return
        if not value.strip().isdigit() or not 0 < int(value) <= _MAX_INTERVAL:
            log.msg(f"Shoutcast server with an unusable interval of texts: {value!r}")
            self.transport.loseConnection()
            return
        self.metaint = self.remaining = int(value)
        self.got_metadata = True

    def handleEndHeaders(self) -> None:
        """The stream begins."""
        self._interleaved = self.got_metadata

    def handleResponsePart(self, data: bytes) -> None:
        """Take a piece of the stream."""
        if self._interleaved:
            self.handleResponsePart_with_metadata(data)
        else:
            self.gotMP3Data(data)

    def handleResponsePart_with_metadata(self, data: bytes) -> None:
        """Take a piece of a stream with texts in it."""
        self.databuffer += data
        while getattr(self, "handle_" + self.metamode)():
            pass

    def handle_length(self) -> bool:
        """Read how long the text is; returns whether that was there."""
        if not self.databuffer:
            return False
        self.remaining = self.databuffer[0] * 16
        del self.databuffer[:1]
        self.metamode = "meta"
        return True

    def handle_mp3(self) -> bool:
        """Give music away; returns whether all of it up to a text was there."""
        if len(self.databuffer) < self.remaining:
            return False
        assert self.metaint is not None
        music = bytes(memoryview(self.databuffer)[: self.remaining])
        del self.databuffer[: self.remaining]
        self.metamode = "length"
        self.gotMP3Data(music)
        return True

    def handle_meta(self) -> bool:
        """Give a text away; returns whether all of it was there."""
        if len(self.databuffer) < self.remaining:
            return False
        text = bytes(memoryview(self.databuffer)[: self.remaining])
        del self.databuffer[: self.remaining]
        assert self.metaint is not None
        self.metamode, self.remaining = "mp3", self.metaint
        if text:
            self.gotMetaData(self.parseMetadata(text))
        return True

    def parseMetadata(self, data: bytes | str) -> list[tuple[str, str]]:
        """
        Take a text apart.

        @param data: like C{StreamTitle='one';StreamUrl='two';}, with zeros at
            the end.
        @return: pairs of names and values, in their order.
        """
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        # A quote within a value is not marked; one before a semicolon ends it.
        text = text.rstrip("\0").replace("';", "'\0;")
        pairs = (part.strip(";").partition("=") for part in text.split("\0"))
        return [(name, value.strip("'")) for name, is_, value in pairs if is_]

    def gotMetaData(self, metadata: list[tuple[str, str]]) -> None:
        """
        It is told what is playing; to be overridden.

        @param metadata: pairs of names (usually C{StreamTitle}) and values.
        """
        raise NotImplementedError("implement in subclass")

    def gotMP3Data(self, data: bytes) -> None:
        """Music has come; to be overridden."""
        raise NotImplementedError("implement in subclass")
