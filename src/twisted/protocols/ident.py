"""
The identification protocol (RFC 1413): who on your side made this connection?
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet import defer
from twisted.protocols import basic
from twisted.python import failure, log

try:
    from pwd import getpwuid as _getpwuid
except ImportError:  # not a UNIX system
    _getpwuid = None  # type: ignore[assignment]

__all__ = [
    "IdentError",
    "NoUser",
    "InvalidPort",
    "HiddenUser",
    "IdentServer",
    "IdentClient",
    "ProcServerMixin",
]


class IdentError(Exception):
    """
    The user cannot be told, for a reason that is not told either.

    @cvar identDescription: the word for it in the protocol.
    """

    identDescription = "UNKNOWN-ERROR"

    def __str__(self) -> str:
        return self.identDescription


class NoUser(IdentError):
    """There is no such connection, or nobody owns it."""

    identDescription = "NO-USER"


class InvalidPort(IdentError):
    """A port is not a number between 1 and 65535."""

    identDescription = "INVALID-PORT"


class HiddenUser(IdentError):
    """The user is known, and does not want to be."""

    identDescription = "HIDDEN-USER"


class IdentServer(basic.LineOnlyReceiver):
    """
    Tells who made a connection.

    Override C{lookup}.
    """

    # Lines from the wire are bytes; who calls lineReceived with text gets text.
    _text = False

    def _answer(self, portOnServer: int, portOnClient: int, rest: str) -> None:
        """Send an answer about a pair of ports."""
        line = f"{portOnServer}, {portOnClient} : {rest}"
        self.sendLine(line if self._text else line.encode("utf-8"))  # type: ignore[arg-type]

    def lineReceived(self, line: Any) -> None:
        """Take a query apart: two ports with a comma in between."""
        self._text = isinstance(line, str)
        words = line.split("," if self._text else b",")
        if len(words) != 2:
            self.invalidQuery()
            return
        try:
            portOnServer, portOnClient = (int(word) for word in words)
        except ValueError:
            self.invalidQuery()
            return
        if 0 < portOnServer <= 0xFFFF and 0 < portOnClient <= 0xFFFF:
            self.validQuery(portOnServer, portOnClient)
        else:
            self._refused(failure.Failure(InvalidPort()), portOnServer, portOnClient)

    def invalidQuery(self) -> None:
        """Close, since the line was no query."""
        self.transport.loseConnection()

    def validQuery(self, portOnServer: int, portOnClient: int) -> None:
        """Look the connection up, and answer."""
        server = self.transport.getHost().host, portOnServer
        client = self.transport.getPeer().host, portOnClient
        found = defer.maybeDeferred(self.lookup, server, client)
        found.addCallback(self._found, portOnServer, portOnClient)
        found.addErrback(self._refused, portOnServer, portOnClient)

    def _found(self, who: tuple[str, str], portOnServer: int, portOnClient: int) -> None:
        system, user = who
        self._answer(portOnServer, portOnClient, f"USERID : {system} : {user}")

    def _refused(self, reason: failure.Failure, portOnServer: int, portOnClient: int) -> None:
        if reason.check(IdentError):
            word = reason.value.identDescription  # type: ignore[attr-defined]
        else:
            log.err(reason)
            word = IdentError.identDescription
        self._answer(portOnServer, portOnClient, f"ERROR : {word}")

    def lookup(self, serverAddress: tuple[str, int], clientAddress: tuple[str, int]) -> Any:
        """
        Find out who made a connection; to be overridden.

        @param serverAddress: the host and port on this side.
        @param clientAddress: the host and port on the side that asks.
        @return: the kind of the system (C{"UNIX"} usually, or a name from the
            assigned numbers) and the user's name, or a Deferred of them.
        @raise IdentError: the user is not told, as the class says.
        """
        raise IdentError()


class ProcServerMixin:
    """
    A C{lookup} that knows the TCP connections of a Linux system.

    @cvar SYSTEM_NAME: the kind of the system.
    """

    SYSTEM_NAME = "LINUX"

    def getUsername(self, uid: int, getpwuid: Callable[[int], Any] | None = _getpwuid) -> str:
        """
        Return the name of a user.

        @raise IdentError: users have no numbers here.
        @raise NoUser: nobody has this one.
        """
        if getpwuid is None:
            raise IdentError()
        try:
            return getpwuid(uid)[0]  # type: ignore[no-any-return]
        except KeyError:
            raise NoUser() from None

    def entries(self) -> Iterator[str]:
        """Read the table of connections, line by line, without its head."""
        with open("/proc/net/tcp") as table:
            next(table, None)
            for line in table:
                yield line.strip()

    def dottedQuadFromHexString(self, hexstr: str) -> str:
        """Return the address that the table writes as *hexstr*."""
        # The table has the number as this machine sees the bytes of the net.
        return socket.inet_ntoa(struct.pack("=I", int(hexstr, 16)))

    def unpackAddress(self, packed: str) -> tuple[str, int]:
        """Return the host and port that the table writes as *packed*."""
        host, port = packed.split(":")
        return self.dottedQuadFromHexString(host), int(port, 16)

    def parseLine(self, line: str) -> tuple[tuple[str, int], tuple[str, int], int]:
        """Return a connection's local and remote address and its user's number."""
        columns = line.split()
        return self.unpackAddress(columns[1]), self.unpackAddress(columns[2]), int(columns[7])

    def lookup(self, serverAddress: tuple[str, int], clientAddress: tuple[str, int]) -> Any:
        """
        Find out who made a connection.

        @return: the kind of the system and the user's name.
        @raise NoUser: there is no such connection.
        """
        wanted = tuple(serverAddress), tuple(clientAddress)
        for line in self.entries():
            local, remote, uid = self.parseLine(line)
            if (local, remote) == wanted:
                return self.SYSTEM_NAME, self.getUsername(uid)
        raise NoUser()


class IdentClient(basic.LineOnlyReceiver):
    """
    Asks who made a connection.

    Queries are sent one after the other, each when the one before is answered.

    @cvar errorTypes: the errors a server can name.
    @ivar queries: what waits for an answer: a Deferred and two ports each. The
        first one was sent.
    """

    errorTypes = (IdentError, NoUser, InvalidPort, HiddenUser)

    def __init__(self) -> None:
        self.queries: list[tuple[defer.Deferred[Any], int, int]] = []

    def connectionMade(self) -> None:
        """Send what was asked before there was a connection."""
        if self.queries:
            self._ask()

    def _ask(self) -> None:
        """Send the first query."""
        self.sendLine(b"%d, %d" % self.queries[0][1:])

    def lookup(self, portOnServer: int, portOnClient: int) -> defer.Deferred[Any]:
        """
        Ask who made a connection.

        @param portOnServer: its port on the side that is asked.
        @param portOnClient: its port on our side.
        @return: fires with C{"USERID"} and what the server says about the
            user, or fails with an L{IdentError}.
        """
        result: defer.Deferred[Any] = defer.Deferred()
        self.queries.append((result, portOnServer, portOnClient))
        if len(self.queries) == 1 and self.connected:
            self._ask()
        return result

    def lineReceived(self, line: Any) -> None:
        """Answer the first query, and send the next."""
        if not self.queries:
            log.msg(f"Unexpected server response: {line!r}")
            return
        result = self.queries.pop(0)[0]
        self.parseResponse(result, line)
        if self.queries:
            self._ask()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Let all queries fail."""
        queries, self.queries = self.queries, []
        for result, _, _ in queries:
            result.errback(IdentError(reason))

    def parseResponse(self, deferred: defer.Deferred[Any], line: Any) -> None:
        """Take an answer apart, and fire *deferred* with it."""
        text = line if isinstance(line, str) else line.decode("utf-8", "replace")
        words = [word.strip() for word in text.split(":", 2)]
        if len(words) != 3:
            deferred.errback(IdentError(line))
        elif words[1] == "ERROR":
            kinds = {kind.identDescription: kind for kind in self.errorTypes}
            deferred.errback(kinds.get(words[2], IdentError)(line))
        else:
            deferred.callback((words[1], words[2]))
