"""
C{--auth=sshkey}: those whose SSH key is in their home directory.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from zope.interface import implementer

from twisted.cred.credentials import ISSHPrivateKey
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

sshKeyCheckerFactoryHelp = """
Lets in who has the private half of a key that is listed in the file
.ssh/authorized_keys, or .ssh/authorized_keys2, of an account on this machine.
"""


@implementer(ICheckerFactory, IPlugin)
class SSHKeyCheckerFactory:
    """
    Makes checkers of SSH keys.
    """

    authType = "sshkey"
    authHelp = sshKeyCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces = (ISSHPrivateKey,)

    def generateChecker(self, argstring: str = "") -> Any:
        """
        Make one.

        @param argstring: is not looked at.
        """
        # SSH brings all of cryptography with it; listing plugins should not.
        from twisted.conch.checkers import SSHPublicKeyChecker, UNIXAuthorizedKeysFiles

        return SSHPublicKeyChecker(UNIXAuthorizedKeysFiles())


def _canBeMade() -> bool:
    """Tell whether there is SSH, without importing it."""
    return all(map(find_spec, ("twisted.conch", "cryptography"))) and bool(
        find_spec("twisted.conch.checkers")
    )


if _canBeMade():
    theSSHKeyCheckerFactory = SSHKeyCheckerFactory()
