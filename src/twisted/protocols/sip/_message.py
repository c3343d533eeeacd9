"""
Messages of SIP: to write them, and to read them from a stream or from datagrams.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.protocols.basic import LineReceiver
from twisted.protocols.sip._tables import dashCapitalize, longHeaders, specialCases, statusCodes
from twisted.protocols.sip._url import URL, number, parseURL

VERSION = "SIP/2.0"
_ENCODING = "utf-8"
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")

#: All headers of a message, and its body, in bytes.
MAX_HEADERS = 1 << 16
MAX_BODY = 1 << 20


class Message:
    """
    A request or a response.

    @ivar headers: lists of values, by names in small letters.
    @ivar body: a text.
    @ivar length: of the body in bytes, if that was said.
    @ivar finished: whether all of it is there.
    """

    length: int | None = None

    def __init__(self) -> None:
        self.headers: dict[str, list[Any]] = {}
        self.body = ""
        self.finished = 0

    def addHeader(self, name: str, value: Any) -> None:
        """
        Add a header.

        @param name: may be in compact form.
        @raise ValueError: it is more than one line, or a length that is none.
        """
        text = str(value)
        if "\n" in text or "\r" in text:
            raise ValueError(f"a header is one line, not {text[:100]!r}")
        key = longHeaders.get(name.lower(), name.lower())
        if key == "content-length":
            self.length = number(text, MAX_BODY)
        self.headers.setdefault(key, []).append(value)

    def bodyDataReceived(self, data: str) -> None:
        """
        Add to the body.
        """
        self.body += data

    def creationFinished(self) -> None:
        """
        That was all.

        @raise ValueError: it is not as long as was said.
        """
        size = len(self.body.encode(_ENCODING, "surrogateescape"))
        if self.length is not None and self.length != size:
            raise ValueError(f"wrong body length: {size} bytes, not {self.length}")
        self.finished = 1

    def toString(self) -> str:
        """
        Write it.
        """
        lines = [self._getHeaderLine()]
        for name, values in self.headers.items():
            shown = specialCases.get(name) or dashCapitalize(name)
            lines += [f"{shown}: {value}" for value in values]
        return "\r\n".join([*lines, "", self.body])

    def toBytes(self) -> bytes:
        """
        Write it for the network.
        """
        return self.toString().encode(_ENCODING, "surrogateescape")

    def _getHeaderLine(self) -> str:
        raise NotImplementedError


class Request(Message):
    """
    Somebody wants something.

    @ivar method: what.
    @ivar uri: of whom, a L{URL}.
    """

    def __init__(self, method: str, uri: Any, version: str = VERSION) -> None:
        """
        @param uri: a L{URL}, or the text of one.
        """
        Message.__init__(self)
        self.method = method
        self.uri: URL = parseURL(uri) if isinstance(uri, str) else uri

    def __repr__(self) -> str:
        return f"<SIP Request {id(self)}:{self.method} {self.uri.toString()}>"

    def _getHeaderLine(self) -> str:
        return f"{self.method} {self.uri.toString()} {VERSION}"


class Response(Message):
    """
    What came of it.

    @ivar code: the number, see L{statusCodes}.
    @ivar phrase: what it means.
    """

    def __init__(self, code: int, phrase: str | None = None, version: str = VERSION) -> None:
        Message.__init__(self)
        self.code = code
        self.phrase = statusCodes[code] if phrase is None else phrase

    def __repr__(self) -> str:
        return f"<SIP Response {id(self)}:{self.code}>"

    def _getHeaderLine(self) -> str:
        return f"{VERSION} {self.code} {self.phrase}"


class MessagesParser(LineReceiver):
    """
    Reads messages, and calls somebody with each.

    Of what is no message, all is left out until L{dataDone}.

    @cvar acceptRequests: whether there may be requests.
    @cvar acceptResponses: whether there may be responses.
    @ivar state: C{"firstline"}, C{"headers"}, C{"body"} or C{"invalid"}.
    """

    version = VERSION
    acceptResponses = 1
    acceptRequests = 1
    state = "firstline"
    debug = 0
    delimiter = b"\r\n"

    def __init__(self, messageReceivedCallback: Callable[[Any], Any]) -> None:
        """
        @param messageReceivedCallback: called with each L{Message}.
        """
        self.messageReceived = messageReceivedCallback
        self.message: Any = None
        self._clear()

    def _clear(self) -> None:
        self.state = "firstline"
        self.message = None
        self._header: list[str] = []
        self._headerBytes = 0
        self._body: list[bytes] = []
        self._bodyBytes = 0

    def reset(self, remainingData: Any = "") -> None:
        """
        Begin with a new message.

        @param remainingData: what has come of it already.
        """
        self._clear()
        self.setLineMode(_asBytes(remainingData))

    def invalidMessage(self) -> None:
        """
        This is no message.
        """
        self._clear()
        self.state = "invalid"
        self.setRawMode()

    def dataReceived(self, data: Any) -> Any:
        """
        Read on.

        @param data: bytes, or a text.
        """
        return LineReceiver.dataReceived(self, _asBytes(data))

    def dataDone(self) -> None:
        """
        There is no more of this datagram: what is not complete is left out, and a
        body without a length ends here.
        """
        if self.state == "body" and self.message.length is None:
            self.messageDone()
        self.clearLineBuffer()
        self.reset()

    def lineLengthExceeded(self, line: bytes) -> None:  # type: ignore[override]
        """
        No message has lines as long as that.
        """
        self.invalidMessage()

    def lineReceived(self, line: bytes) -> None:
        """
        Read a line.
        """
        text = line.decode(_ENCODING, "surrogateescape")
        try:
            if self.state == "firstline":
                self._begin(text.strip("\r\n"))
            else:
                self._headerLine(text)
        except (ValueError, KeyError):
            self.invalidMessage()

    def _begin(self, line: str) -> None:
        # Between messages there may be empty lines.
        if line:
            self.handleFirstLine(line)
            self.state = "headers"

    def handleFirstLine(self, line: str) -> None:
        """
        Read the first line of a message.

        @raise ValueError: it is none.
        """
        first, second, third = line.split(None, 2)
        if first == self.version and self.acceptResponses:
            self.message = Response(number(second, 999), third)
        elif third == self.version and self.acceptRequests and _TOKEN.match(first):
            self.message = Request(first, second)
        else:
            raise ValueError(f"no first line: {line[:100]!r}")

    def _headerLine(self, line: str) -> None:
        self._headerBytes += len(line)
        if self._headerBytes > MAX_HEADERS:
            raise ValueError("too many headers")
        if line[:1] in (" ", "\t"):
            if not self._header:
                raise ValueError("there is no header to go on with")
            self._header.append(line.strip())
            return
        self._finishHeader()
        if line:
            self._header = [line.strip()]
            return
        self.state = "body"
        if self.message.length == 0:
            self.messageDone()
        else:
            self.setRawMode()

    def _finishHeader(self) -> None:
        header, self._header = self._header, []
        if not header:
            return
        name, colon, value = "".join(header).partition(":")
        if not colon or not _TOKEN.match(name.strip()):
            raise ValueError(f"no header: {name[:100]!r}")
        before = self.message.length
        self.message.addHeader(name.strip(), value.strip())
        if before is not None and self.message.length != before:
            raise ValueError("two lengths")

    def rawDataReceived(self, data: bytes) -> None:
        """
        Read the body.
        """
        if self.state == "invalid":
            return
        wanted = self.message.length
        if wanted is None:
            self._addToBody(data)
            if self._bodyBytes > MAX_BODY:
                self.invalidMessage()
            return
        missing = wanted - self._bodyBytes
        self._addToBody(data[:missing])
        if self._bodyBytes == wanted:
            self.messageDone(data[missing:])

    def _addToBody(self, data: bytes) -> None:
        self._body.append(data)
        self._bodyBytes += len(data)

    def messageDone(self, remainingData: Any = "") -> None:
        """
        A message is complete.

        @param remainingData: what has come after it.
        """
        done = self.message
        done.bodyDataReceived(b"".join(self._body).decode(_ENCODING, "surrogateescape"))
        done.creationFinished()
        self._clear()
        self.messageReceived(done)
        self.setLineMode(_asBytes(remainingData))


def _asBytes(data: Any) -> bytes:
    return data.encode(_ENCODING, "surrogateescape") if isinstance(data, str) else data
