"""
The interfaces of credentials.
"""

from __future__ import annotations

from typing import Any

from zope.interface import Attribute, Interface

# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.cred.credentials"


class ICredentials(Interface):
    """
    Something that says who somebody is, and may prove it.

    An interface derived from this says what is in it and how to check it; a
    checker names those interfaces that it can check.
    """


class IUsernameDigestHash(ICredentials):
    """
    Can be checked with the digest of a name, a realm and a password.

    For a database that has these digests and no passwords.
    """

    def checkHash(digestHash: bytes) -> Any:
        """
        Check it.

        @param digestHash: the digest of C{name:realm:password}, in hexadecimal
            digits.
        @return: a L{bool}, or a Deferred of one.
        """


class IUsernameHashedPassword(ICredentials):
    """
    Has a name, and what was made of a password in some way.

    For challenges and responses, where the password itself never comes.
    """

    username = Attribute("The user's name, L{bytes}.")

    def checkPassword(password: bytes) -> Any:
        """
        Check it.

        @param password: the right password, L{bytes}.
        @return: a L{bool}, or a Deferred of one.
        """


class IUsernamePassword(ICredentials):
    """
    Has a name and a password.

    @ivar username: the user's name, L{bytes}.
    @ivar password: the password, L{bytes}.
    """

    def checkPassword(password: bytes) -> Any:
        """
        Check it.

        @param password: the right password, L{bytes}.
        @return: a L{bool}, or a Deferred of one.
        """


class IAnonymous(ICredentials):
    """
    Says explicitly that it is nobody.
    """


class ISSHPrivateKey(ICredentials):
    """
    Has a signature that proves the possession of a private key.

    @ivar username: the user's name, L{bytes}.
    @ivar algName: the algorithm, L{bytes}; that of the signature.
    @ivar blob: the public key as SSH sends it, L{bytes}.
    @ivar sigData: what is signed, L{bytes}; or L{None}.
    @ivar signature: the signature, L{bytes}; or L{None}, if the client asks
        whether the key would do.
    """
