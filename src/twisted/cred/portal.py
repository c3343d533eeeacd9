"""
Where credentials are handed in and avatars handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import Interface, providedBy

from twisted.cred import error
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.python import reflect

# What a realm gives: the interface, the avatar, and what is called at its end.
_requestResult = tuple[Any, Any, Callable[[], None]]


class IRealm(Interface):
    """
    Knows an application's users, and what can be done in their names.
    """

    def requestAvatar(avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        """
        Give the avatar of a user.

        @param avatarId: the user, as a checker names it; or
            L{twisted.cred.checkers.ANONYMOUS}.
        @param mind: what the protocol has passed to L{Portal.login}; mostly
            L{None}.
        @param interfaces: what the protocol can do with; the first one that
            there is an avatar for will do.
        @return: one of I{interfaces}, something that provides it, and a
            callable without arguments that is called when the user leaves; or
            a Deferred of these three.
        @raise NotImplementedError: there is no avatar for any of I{interfaces}.
        """


class Portal:
    """
    Leads from a protocol to a realm, past the checkers.

    @ivar realm: the realm.
    @ivar checkers: a checker for each interface of credentials.
    """

    def __init__(self, realm: Any, checkers: Iterable[Any] = ()) -> None:
        """
        @param realm: an L{IRealm}.
        @param checkers: some
            L{ICredentialsChecker<twisted.cred.checkers.ICredentialsChecker>}.
        """
        self.realm = realm
        self.checkers: dict[Any, Any] = {}
        for checker in checkers:
            self.registerChecker(checker)

    def listCredentialsInterfaces(self) -> list[Any]:
        """
        Return the interfaces of the credentials that can be checked.
        """
        return list(self.checkers)

    def registerChecker(self, checker: Any, *credentialInterfaces: Any) -> None:
        """
        Have a checker check, in place of those that did so before.

        @param checker: the checker.
        @param credentialInterfaces: the credentials that it checks; if there
            are none, those that it says it can.
        """
        for interface in credentialInterfaces or checker.credentialInterfaces:
            self.checkers[interface] = checker

    def login(self, credentials: Any, mind: Any, *interfaces: Any) -> Deferred[_requestResult]:
        """
        Check credentials, and get an avatar.

        @param credentials: what the user has given, an
            L{ICredentials<twisted.cred.credentials.ICredentials>}.
        @param mind: something by which the realm may talk to the user's side;
            mostly L{None}.
        @param interfaces: what the avatar shall provide, one of them.
        @return: fires with one of the interfaces, the avatar, and a callable
            that must be called when the user leaves; or fails with
            L{error.UnauthorizedLogin}, with L{error.UnhandledCredentials}, or
            with what the realm has raised.
        """
        for interface, checker in self.checkers.items():
            if interface.providedBy(credentials):
                checked = maybeDeferred(checker.requestAvatarId, credentials)
                return checked.addCallback(self.realm.requestAvatar, mind, *interfaces)
        kinds = ", ".join(reflect.qual(each) for each in providedBy(credentials))
        return fail(error.UnhandledCredentials(f"No checker for {kinds}"))
