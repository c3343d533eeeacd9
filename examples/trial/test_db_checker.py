"""
Tests that wait for Deferreds: trial goes on when the one that a test returns
has fired.
"""

from collections.abc import Callable

from db_checker import DBCredentialsChecker, Rows
from zope.interface import implementer

from twisted.cred import error
from twisted.cred.credentials import IUsernameHashedPassword, UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial import unittest


@implementer(IUsernameHashedPassword)
class Credentials(UsernamePassword):
    """A name and a password, for a database that has it as it is."""


def database(*rows: tuple[bytes, bytes]) -> Callable[[str, tuple[bytes]], Deferred[Rows]]:
    """Return what stands in for a connection pool's runQuery."""

    def runQuery(query: str, args: tuple[bytes]) -> Deferred[Rows]:
        d: Deferred[Rows] = Deferred()
        reactor.callLater(0, d.callback, rows)
        return d

    return runQuery


class DBCredentialsCheckerTestCase(unittest.TestCase):
    def ask(self, *rows: tuple[bytes, bytes]) -> Deferred[bytes]:
        checker = DBCredentialsChecker(database(*rows), "fake query")
        return checker.requestAvatarId(Credentials(b"user", b"pass"))

    def test_requestAvatarIdGoodCredentials(self) -> Deferred[bytes]:
        """
        Calling requestAvatarId with correct credentials returns the username.
        """
        d = self.ask((b"user", b"pass"))

        def checkRequestAvatarCb(result: bytes) -> None:
            self.assertEqual(result, b"user")

        return d.addCallback(checkRequestAvatarCb)

    def test_requestAvatarIdBadCredentials(self) -> Deferred[None]:
        """
        Calling requestAvatarId with invalid credentials raises an
        UnauthorizedLogin error.
        """

        def checkError(result: error.UnauthorizedLogin) -> None:
            self.assertEqual(str(result), "Password mismatch")

        d = self.ask((b"user", b"badpass"))
        return self.assertFailure(d, UnauthorizedLogin).addCallback(checkError)

    def test_requestAvatarIdNoUser(self) -> Deferred[None]:
        """
        Calling requestAvatarId with credentials for an unknown user raises an
        UnauthorizedLogin error.
        """

        def checkError(result: error.UnauthorizedLogin) -> None:
            self.assertEqual(str(result), "User not in database")

        return self.assertFailure(self.ask(), UnauthorizedLogin).addCallback(checkError)
