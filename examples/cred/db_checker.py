"""Checks a name and the hash of a password against a database."""

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.cred import error
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernameHashedPassword
from twisted.internet.defer import Deferred


@implementer(ICredentialsChecker)
class DBCredentialsChecker:
    credentialInterfaces = (IUsernameHashedPassword,)

    def __init__(self, runQuery: Callable[..., Any], query: str) -> None:
        self.runQuery = runQuery
        self.query = query

    def requestAvatarId(self, credentials: Any) -> "Deferred[Any]":
        for interface in self.credentialInterfaces:
            if interface.providedBy(credentials):
                break
        else:
            raise error.UnhandledCredentials()

        dbDeferred = self.runQuery(self.query, (credentials.username.decode(),))
        deferred: Deferred[Any] = Deferred()
        dbDeferred.addCallbacks(
            self._cbAuthenticate,
            self._ebAuthenticate,
            callbackArgs=(credentials, deferred),
            errbackArgs=(credentials, deferred),
        )
        return deferred

    def _cbAuthenticate(
        self, result: list[tuple[str, str]], credentials: Any, deferred: "Deferred[Any]"
    ) -> None:
        if not result:
            deferred.errback(error.UnauthorizedLogin("User not in database"))
            return
        _username, password = result[0]
        if credentials.checkPassword(password.encode()):
            deferred.callback(credentials.username)
        else:
            deferred.errback(error.UnauthorizedLogin("Password mismatch"))

    def _ebAuthenticate(
        self, failure: object, credentials: object, deferred: "Deferred[Any]"
    ) -> None:
        deferred.errback(error.LoginFailed(failure))
