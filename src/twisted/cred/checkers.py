"""
Those who say whose credentials are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from zope.interface import Attribute, Interface, implementer

from twisted.cred import error
from twisted.cred._interfaces import IAnonymous, IUsernameHashedPassword, IUsernamePassword
from twisted.cred._secrets import asBytes, inTypeOf, same
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.logger import Logger


class ICredentialsChecker(Interface):
    """
    Checks credentials of some kinds.
    """

    credentialInterfaces = Attribute("The interfaces of the credentials that it checks.")

    def requestAvatarId(credentials: Any) -> Any:
        """
        Say whose credentials these are.

        @param credentials: something that provides one of
            C{credentialInterfaces}.
        @return: a Deferred that fires with the user's name as a realm knows it,
            mostly L{bytes}, or with L{ANONYMOUS}; and that fails with
            L{error.UnauthorizedLogin} if they are wrong.
        """


ANONYMOUS = ()
"""
The name of nobody.  It is no true value, so that C{if avatarId:} asks whether
there is a user, and it is no string, so that no user can have it.
"""


@implementer(ICredentialsChecker)
class AllowAnonymousAccess:
    """
    Lets those in who say that they are nobody.
    """

    credentialInterfaces = (IAnonymous,)

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        """
        Return a Deferred that has fired with L{ANONYMOUS}.
        """
        return succeed(ANONYMOUS)


def _answer(matched: Any, username: Any) -> Any:
    """
    Return the user's name if the password was right.

    @raise error.UnauthorizedLogin: it wasn't.
    """
    if not matched:
        raise error.UnauthorizedLogin()
    return username


def _sameHash(made: Any, stored: bytes) -> bool:
    """
    Tell whether a hash is the one in the file; C{hexdigest()} makes a L{str}.
    """
    return same(made.encode("utf-8") if isinstance(made, str) else made, stored)


@implementer(ICredentialsChecker)
class InMemoryUsernamePasswordDatabaseDontUse:
    """
    Knows names and passwords that were told to it.

    For examples and tests: the passwords are kept as they are, and most often
    stand in the program's source.

    @ivar users: the passwords, by their users' names.
    """

    credentialInterfaces = (IUsernamePassword, IUsernameHashedPassword)

    def __init__(self, **users: bytes) -> None:
        """
        @param users: passwords by names; the names are taken as L{bytes}.
        """
        self.users: dict[Any, Any] = {
            name.encode("ascii"): password for name, password in users.items()
        }

    def addUser(self, username: bytes, password: bytes) -> None:
        """
        Know another user, or another password.

        @param username: the name.
        @param password: the password.
        """
        self.users[username] = password

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        """
        Check a name and a password.

        @return: fires with the name, or fails with L{error.UnauthorizedLogin}.
        """
        stored = self._passwordOf(credentials.username)
        if stored is None:
            return fail(error.UnauthorizedLogin())
        checked = maybeDeferred(credentials.checkPassword, inTypeOf(stored, credentials))
        return checked.addCallback(_answer, credentials.username)

    def _passwordOf(self, username: Any) -> Any:
        """Return the password of a user, or L{None}; the name may be of the other type."""
        if username in self.users:
            return self.users[username]
        for name, password in self.users.items():
            if asBytes(name) == asBytes(username):
                return password
        return None


@implementer(ICredentialsChecker)
class FilePasswordDB:
    """
    Knows names and passwords from a file, which has a user in each line.

    The file is read anew for each login, or, if so wished, only when it was
    changed.  Where a user is mentioned twice, the first line counts.

    @ivar filename: the file.
    @ivar cache: keep what is in it.
    """

    cache = False
    _credCache: dict[bytes, tuple[bytes, bytes]] | None = None
    _cacheStamp: tuple[int, int, int] | None = None
    _log = Logger()

    def __init__(
        self,
        filename: str,
        delim: bytes = b":",
        usernameField: int = 0,
        passwordField: int = 1,
        caseSensitive: bool = True,
        hash: Callable[[bytes, bytes, bytes], Any] | None = None,
        cache: bool = False,
    ) -> None:
        """
        @param filename: the file.
        @param delim: what stands between the fields of a line.
        @param usernameField: which field is the name, from 0.
        @param passwordField: which field is the password.
        @param caseSensitive: whether C{Alice} is another than C{alice}.
        @param hash: if the file has hashes: is called with the name, the
            password that was given, and the hash from the file, and returns
            (a Deferred of) the hash of the password.  The name and the hash
            from the file may be of use as, or for, the salt.
        @param cache: keep what is in the file until that is changed.
        """
        self.filename = filename
        self.delim = delim
        self.ufield = usernameField
        self.pfield = passwordField
        self.caseSensitive = caseSensitive
        self.hash = hash
        self.cache = cache
        # Of a password that was hashed elsewhere we cannot make our own hash.
        self.credentialInterfaces = (
            (IUsernamePassword, IUsernameHashedPassword) if hash is None else (IUsernamePassword,)
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled, which passwords are no part of."""
        state = self.__dict__.copy()
        state.pop("_credCache", None)
        state.pop("_cacheStamp", None)
        return state

    def _loadCredentials(self) -> Iterator[tuple[bytes, bytes]]:
        """
        Give the users of the file, with their passwords.

        @raise error.UnauthorizedLogin: it cannot be read.
        """
        least = max(self.ufield, self.pfield)
        try:
            with open(self.filename, "rb") as file:
                for line in file:
                    fields = line.rstrip().split(self.delim)
                    if len(fields) > least:
                        yield self._folded(fields[self.ufield]), fields[self.pfield]
        except OSError as why:
            self._unreadable(why)

    def _unreadable(self, why: OSError) -> None:
        """
        Tell those who run the server, and not those who want to be let in.

        @raise error.UnauthorizedLogin: always.
        """
        self._log.error("Nobody can log in: cannot read passwords: {why}", why=why)
        raise error.UnauthorizedLogin() from None

    def _folded(self, username: bytes) -> bytes:
        """Return a name as it is compared."""
        return username if self.caseSensitive else username.lower()

    def getUser(self, username: bytes) -> tuple[bytes, bytes]:
        """
        Look up a user.

        @param username: the name.
        @return: the name, in lower case if case does not matter, and the
            password or its hash.
        @raise KeyError: there is no such user.
        @raise error.UnauthorizedLogin: the file cannot be read.
        """
        wanted = self._folded(username)
        if self.cache:
            return self._cached()[wanted]
        for name, password in self._loadCredentials():
            if name == wanted:
                return name, password
        raise KeyError(username)

    def _cached(self) -> dict[bytes, tuple[bytes, bytes]]:
        """Return all that is in the file, as of its last change."""
        try:
            status = os.stat(self.filename)
        except OSError as why:
            self._unreadable(why)
        # A file that was put in the place of another may be older than that.
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._credCache is None or stamp != self._cacheStamp:
            users: dict[bytes, tuple[bytes, bytes]] = {}
            for name, password in self._loadCredentials():
                users.setdefault(name, (name, password))
            self._credCache, self._cacheStamp = users, stamp
        return self._credCache

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        """
        Check a name and a password.

        @return: fires with the name, or fails with L{error.UnauthorizedLogin},
            or with L{error.UnhandledCredentials} if the password must be
            hashed and is not there.
        """
        try:
            username, stored = self.getUser(asBytes(credentials.username))
        except (KeyError, error.UnauthorizedLogin):
            return fail(error.UnauthorizedLogin())
        if self.hash is None:
            checked = maybeDeferred(credentials.checkPassword, inTypeOf(stored, credentials))
        elif IUsernamePassword.providedBy(credentials):
            given = asBytes(credentials.username), asBytes(credentials.password)
            checked = maybeDeferred(self.hash, *given, stored)
            checked.addCallback(_sameHash, stored)
        else:
            return fail(error.UnhandledCredentials())
        return checked.addCallback(_answer, username)


# The name of early days.
OnDiskUsernamePasswordDatabase = FilePasswordDB
