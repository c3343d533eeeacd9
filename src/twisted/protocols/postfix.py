"""
Tables for Postfix, by TCP: see its manual, C{tcp_table(5)}.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from twisted.internet import defer
from twisted.internet.protocol import ServerFactory
from twisted.protocols import basic, policies
from twisted.python import log

# What is printed as it is: all that is visible in ASCII but the percent sign.
_PLAIN = "".join(chr(c) for c in range(0x21, 0x7F) if c != 0x25)


def quote(s: bytes) -> bytes:
    """Write *s* so that it is one word of printable ASCII."""
    return quote_from_bytes(s, safe=_PLAIN).encode("ascii")


def unquote(s: bytes) -> bytes:
    """Read what L{quote} has written."""
    return unquote_to_bytes(s)


class PostfixTCPMapServer(basic.LineReceiver, policies.TimeoutMixin):
    """
    Answers Postfix what stands in a table.

    The factory's C{get} is called with a key, and returns a value, L{None} if
    there is none, or a Deferred of them. While it is waited for, nothing more
    is read.

    @cvar timeout: after how many seconds of silence it closes.
    """

    timeout = 600
    delimiter = b"\n"

    def connectionMade(self) -> None:
        """Begin to wait."""
        self.setTimeout(self.timeout)

    def connectionLost(self, reason: Any = None) -> None:
        """Wait no longer."""
        self.setTimeout(None)

    def sendCode(self, code: int, message: bytes = b"") -> None:
        """Send an answer."""
        self.sendLine(b"%d %s" % (code, message))

    def lineReceived(self, line: bytes) -> Any:
        """Take a request apart and answer it."""
        self.resetTimeout()
        command, _, rest = line.partition(b" ")
        if command == b"get":
            self._get(rest)
        elif command == b"put":
            self._put(rest)
        else:
            self.sendCode(400, b"unknown command")

    def _get(self, rest: bytes) -> None:
        if rest:
            self.do_get(rest)
        else:
            self.sendCode(400, b"Command 'get' takes 1 parameters.")

    def _put(self, rest: bytes) -> None:
        if len(rest.split(None, 1)) == 2:
            self.do_put(rest)
        else:
            self.sendCode(400, b"Command 'put' takes 2 parameters.")

    def do_get(self, key: bytes) -> Any:
        """
        Answer a request for the value of *key*.

        @return: fires with L{None} when it is answered.
        """
        found = defer.maybeDeferred(self.factory.get, unquote(key))
        found.addCallbacks(self._found, self._failed)
        found.addErrback(log.err)
        if not found.called or found.paused:
            self.pauseProducing()
            found.addCallback(lambda ignored: self.resumeProducing())
        return found

    def _found(self, value: bytes | None) -> None:
        if value is None:
            self.sendCode(500)
        else:
            self.sendCode(200, quote(value))

    def _failed(self, reason: Any) -> None:
        # Of more lines than one Postfix would take the others for answers to
        # what it asks next.
        message = " ".join(reason.getErrorMessage().split())
        self.sendCode(400, message.encode("utf-8", "replace"))

    def do_put(self, keyAndValue: bytes) -> Any:
        """Answer a request to change the table; it cannot be."""
        self.sendCode(500, b"put is not implemented yet.")


class PostfixTCPMapDictServerFactory(UserDict[Any, Any], ServerFactory[Any]):
    """
    A table that is a dictionary of L{bytes}.
    """

    protocol = PostfixTCPMapServer


class PostfixTCPMapDeferringDictServerFactory(ServerFactory[Any]):
    """
    A table that answers with Deferreds; an example of one.

    @ivar data: a dictionary of L{bytes}.
    """

    protocol = PostfixTCPMapServer

    def __init__(self, data: Mapping[bytes, bytes] | None = None) -> None:
        self.data: dict[bytes, bytes] = {} if data is None else dict(data)

    def get(self, key: bytes) -> defer.Deferred[bytes | None]:
        """Return a Deferred of the value of *key*, or of L{None}."""
        return defer.succeed(self.data.get(key))
