"""
C{--auth=unix}: those who have an account on this machine.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from zope.interface import implementer

from twisted.cred._secrets import same
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.strcred import ICheckerFactory
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.threads import deferToThread
from twisted.plugin import IPlugin

_SHADOW = "/etc/shadow"

# What stands in passwd where the password is elsewhere, if anywhere.
_NOT_HERE = frozenset(["", "x", "*", "!", "!!", "********"])


def _optional(*names: str) -> Any:
    """Return the first of the modules *names* that is there, or L{None}."""
    for name in names:
        try:
            # Python 3.11 and 3.12 say that they are the last to have crypt.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                return import_module(name)
        except ImportError:
            continue
    return None


def _text(value: str | bytes) -> str:
    """Return *value* as text."""
    return value.decode("utf-8") if isinstance(value, bytes) else value


def verifyCryptedPassword(crypted: str | bytes, pw: str | bytes) -> bool:
    """
    Check a password against its hash as C{crypt(3)} makes it.

    @param crypted: the hash, as it stands in C{/etc/shadow}.
    @param pw: the password.
    @return: whether it is right; false, too, if there is no C{crypt} (from
        Python 3.13 on it is in the package C{crypt-r}) or if it does not know
        this kind of hash.
    """
    crypt = _optional("crypt", "crypt_r")
    if crypt is None or not crypted:
        return False
    try:
        made = crypt.crypt(_text(pw), _text(crypted))
    except (OSError, ValueError):
        return False
    # Failure tokens are "*0" and "*1".
    return made is not None and not made.startswith("*") and same(made, _text(crypted))


class _ShadowFile:
    """
    Stands for the module C{spwd}, which Python 3.13 has no more.
    """

    @staticmethod
    def getspnam(name: str) -> Any:
        """
        Return the line of a user.

        @raise KeyError: there is none.
        @raise OSError: we may not know.
        """
        with open(_SHADOW, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields = line.rstrip("\n").split(":")
                if fields[0] == name:
                    return fields
        raise KeyError(name)


@implementer(ICredentialsChecker)
class UNIXChecker:
    """
    Checks names and passwords against C{/etc/passwd}, C{/etc/shadow} if it may
    be read, and then PAM, if there is the package C{pamela}.

    @cvar pamService: the service that PAM is asked for.
    """

    credentialInterfaces = (IUsernamePassword,)
    pamService = "login"

    def checkPwd(self, pwd: Any, username: str, password: str) -> bool:
        """
        Check against the user database.

        @param pwd: the module C{pwd}, or one like it.
        @param username: the name.
        @param password: the password.
        @return: whether it is right; false if it is not there.
        """
        try:
            crypted = pwd.getpwnam(username)[1]
        except (KeyError, ValueError):
            return False
        return crypted not in _NOT_HERE and verifyCryptedPassword(crypted, password)

    def checkSpwd(self, spwd: Any, username: str, password: str) -> bool:
        """
        Check against the database of passwords.

        @param spwd: the module C{spwd}, or one like it.
        @param username: the name.
        @param password: the password.
        @return: whether it is right; false, too, if we may not read them.
        """
        try:
            crypted = spwd.getspnam(username)[1]
        except (KeyError, OSError, ValueError):
            return False
        return crypted not in _NOT_HERE and verifyCryptedPassword(crypted, password)

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        """
        Check a name and a password.

        @return: fires with the name as L{str}, or fails with
            L{UnauthorizedLogin}.
        """
        try:
            username, password = _text(credentials.username), _text(credentials.password)
        except UnicodeDecodeError:
            return fail(UnauthorizedLogin())
        pwd = _optional("pwd")
        if pwd is not None and self.checkPwd(pwd, username, password):
            return succeed(username)
        if self.checkSpwd(_optional("spwd") or _ShadowFile, username, password):
            return succeed(username)
        pamela = _optional("pamela")
        if pamela is None:
            return fail(UnauthorizedLogin())
        # PAM may wait for seconds after a wrong password.
        return deferToThread(self._askPAM, pamela, username, password)

    def _askPAM(self, pamela: Any, username: str, password: str) -> str:
        """
        Return the name if PAM finds the password right.

        @raise UnauthorizedLogin: it does not.
        """
        try:
            pamela.authenticate(username, password, service=self.pamService)
            pamela.check_account(username, service=self.pamService)
        except pamela.PAMError:
            raise UnauthorizedLogin() from None
        return username


unixCheckerFactoryHelp = """
Lets in who has an account on this machine, with the password of that.

A password is looked for in

  * /etc/passwd, and other databases of users that the system is set up for
  * /etc/shadow, which as a rule only root may read
  * PAM, as the service "login", if the Python package pamela is there

From Python 3.13 on, the first two need the package crypt-r. Both come with
"pip install torsion[unix]".
"""


@implementer(ICheckerFactory, IPlugin)
class UNIXCheckerFactory:
    """
    Makes L{UNIXChecker}.
    """

    authType = "unix"
    authHelp = unixCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces = UNIXChecker.credentialInterfaces

    def generateChecker(self, argstring: str) -> UNIXChecker:
        """
        Make one.

        @param argstring: is not looked at.
        """
        return UNIXChecker()


theUnixCheckerFactory = UNIXCheckerFactory()
