"""A checker of credentials that asks a database, to be tested without one."""

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.cred import error
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernameHashedPassword
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

Rows = tuple[tuple[bytes, bytes], ...]


@implementer(ICredentialsChecker)
class DBCredentialsChecker:
    credentialInterfaces = (IUsernameHashedPassword,)

    def __init__(self, runQuery: Callable[[str, tuple[bytes]], Deferred[Rows]], query: str) -> None:
        self.runQuery = runQuery
        self.query = query

    def requestAvatarId(self, credentials: Any) -> Deferred[bytes]:
        for interface in self.credentialInterfaces:
            if interface.providedBy(credentials):
                break
        else:
            raise error.UnhandledCredentials()

        dbDeferred = self.runQuery(self.query, (credentials.username,))
        deferred: Deferred[bytes] = Deferred()
        dbDeferred.addCallbacks(
            self._cbAuthenticate,
            self._ebAuthenticate,
            callbackArgs=(credentials, deferred),
            errbackArgs=(deferred,),
        )
        return deferred

    def _cbAuthenticate(self, result: Rows, credentials: Any, deferred: Deferred[bytes]) -> None:
        if not result:
            deferred.errback(error.UnauthorizedLogin("User not in database"))
            return
        _, password = result[0]
        if credentials.checkPassword(password):
            deferred.callback(credentials.username)
        else:
            deferred.errback(error.UnauthorizedLogin("Password mismatch"))

    def _ebAuthenticate(self, failure: Failure, deferred: Deferred[bytes]) -> None:
        deferred.errback(error.LoginFailed(failure))
