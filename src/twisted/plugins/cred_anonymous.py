"""
C{--auth=anonymous}: those who say that they are nobody.
"""

from __future__ import annotations

from zope.interface import implementer

from twisted.cred.checkers import AllowAnonymousAccess
from twisted.cred.credentials import IAnonymous
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

anonymousCheckerFactoryHelp = """
Lets everybody in who does not say who they are, where a server can do
something for such people.
"""


@implementer(ICheckerFactory, IPlugin)
class AnonymousCheckerFactory:
    """
    Makes L{AllowAnonymousAccess}.
    """

    authType = "anonymous"
    authHelp = anonymousCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces = (IAnonymous,)

    def generateChecker(self, argstring: str = "") -> AllowAnonymousAccess:
        """
        Make one.

        @param argstring: is not looked at.
        """
        return AllowAnonymousAccess()


theAnonymousCheckerFactory = AnonymousCheckerFactory()
