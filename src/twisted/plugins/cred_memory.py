"""
C{--auth=memory:name:password:...}: those that the command line mentions.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import IUsernameHashedPassword, IUsernamePassword
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.plugin import IPlugin

inMemoryCheckerFactoryHelp = """
Lets in whom the command line itself mentions, by name and password.

This is for trying something out. On a real server the passwords would be
there for all to read who can list its processes.
"""


@implementer(ICheckerFactory, IPlugin)
class InMemoryCheckerFactory:
    """
    Makes L{InMemoryUsernamePasswordDatabaseDontUse}.
    """

    authType = "memory"
    authHelp = inMemoryCheckerFactoryHelp
    argStringFormat = "A colon-separated list (name:password:...)"
    credentialInterfaces = (IUsernamePassword, IUsernameHashedPassword)

    def generateChecker(self, argstring: str | None) -> InMemoryUsernamePasswordDatabaseDontUse:
        """
        Make one.

        @param argstring: names and passwords in turn, with colons between.
        @raise InvalidAuthArgumentString: the last name has no password.
        """
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        words: list[Any] = argstring.split(":") if argstring else []
        if len(words) % 2:
            raise InvalidAuthArgumentString("argstring must be in format U:P:...")
        for username, password in zip(words[::2], words[1::2], strict=True):
            checker.addUser(username, password)
        return checker


theInMemoryCheckerFactory = InMemoryCheckerFactory()
