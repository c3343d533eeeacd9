"""
The server's side of the finger protocol (RFC 1288).
"""

from __future__ import annotations

from typing import Any

from twisted.protocols import basic


class Finger(basic.LineReceiver):
    """
    Answers one query about the users of a system, and closes.

    Override C{getUser}, C{getDomain} and C{forwardQuery}: as they are, they
    tell nothing.
    """

    def lineReceived(self, line: bytes) -> Any:
        """Take the query apart and answer it."""
        words = line.split()
        verbose = 0
        if words and words[0].upper() == b"/W":
            verbose = 1
            del words[0]
        query = b" ".join(words)
        if not query:
            self.getDomain(verbose)
            return
        # The last host is asked first, and passes the rest on.
        user, at, host = query.rpartition(b"@")
        if at:
            self.forwardQuery(verbose, user, host)
        else:
            self.getUser(verbose, query)

    def _refuse(self, message: bytes) -> None:
        """Say *message*, and close."""
        self.transport.write(message + b"\n")
        self.transport.loseConnection()

    def forwardQuery(self, slash_w: int, user: bytes, host: bytes) -> Any:
        """
        Answer a query that another host is to be asked.

        @param slash_w: true if much should be told.
        @param user: what to ask *host*; it may name further hosts.
        """
        self._refuse(b"Finger forwarding service denied")

    def getDomain(self, slash_w: int) -> Any:
        """
        Answer a query for all users.

        @param slash_w: true if much should be told.
        """
        self._refuse(b"Finger online list denied")

    def getUser(self, slash_w: int, user: bytes) -> Any:
        """
        Answer a query for one user.

        @param slash_w: true if much should be told.
        """
        self.transport.write(b"Login: " + user + b"\n")
        self._refuse(b"No such user")
