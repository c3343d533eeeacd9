"""
What people hand in to be let in, and how it is checked.
"""

from __future__ import annotations

import hmac
import secrets
import time

from zope.interface import implementer

from twisted.cred._digest import calcHA1, calcHA2, calcResponse
from twisted.cred._digestauth import DigestCredentialFactory, DigestedCredentials
from twisted.cred._interfaces import (
    IAnonymous,
    ICredentials,
    ISSHPrivateKey,
    IUsernameDigestHash,
    IUsernameHashedPassword,
    IUsernamePassword,
)
from twisted.cred._secrets import same
from twisted.python._facade import publish
from twisted.python.deprecate import deprecatedModuleAttribute
from twisted.python.versions import Version

__all__ = [
    "Anonymous",
    "CramMD5Credentials",
    "DigestCredentialFactory",
    "DigestedCredentials",
    "IAnonymous",
    "ICredentials",
    "ISSHPrivateKey",
    "IUsernameDigestHash",
    "IUsernameHashedPassword",
    "IUsernamePassword",
    "SSHPrivateKey",
    "UsernameHashedPassword",
    "UsernamePassword",
    "calcHA1",
    "calcHA2",
    "calcResponse",
]


@implementer(IUsernameHashedPassword)
class CramMD5Credentials:
    """
    A response to a CRAM-MD5 challenge (RFC 2195).

    @ivar host: what stands after the C{@} of the challenge.
    @ivar challenge: the challenge, once it was asked for.
    @ivar response: the response's digest, in hexadecimal digits.
    @ivar username: the user's name; empty until there is a response.
    """

    username: bytes = b""
    challenge: bytes = b""
    response: bytes = b""

    def __init__(self, host: str | bytes | None = None) -> None:
        """
        @param host: the server's name.
        """
        self.host = host

    def getChallenge(self) -> bytes:
        """
        Return the challenge, the same one every time.
        """
        if not self.challenge:
            host = self.host if isinstance(self.host, bytes) else str(self.host).encode("ascii")
            self.challenge = b"<%d.%d@%s>" % (secrets.randbits(64), int(time.time()), host)
        return self.challenge

    def setResponse(self, response: bytes) -> None:
        """
        Take the response.

        @param response: the user's name, a space, and the digest.
        @raise ValueError: there is no space.
        """
        name, space, digest = response.rpartition(b" ")
        if not space:
            raise ValueError("a CRAM-MD5 response is a name, a space and a digest")
        self.username, self.response = name, digest

    def moreChallenges(self) -> bool:
        """
        Tell whether there is another challenge, which there never is.
        """
        return False

    def checkPassword(self, password: bytes) -> bool:
        """
        Tell whether the response was made with a password.

        @param password: the password.
        """
        expected = hmac.new(password, self.challenge, "md5").hexdigest().encode("ascii")
        return same(self.response, expected)


@implementer(IUsernameHashedPassword)
class UsernameHashedPassword:
    """
    A name, and what was made of a password.

    @ivar username: the user's name.
    @ivar hashed: what was made of the password; the checker must have the same.
    """

    def __init__(self, username: bytes, hashed: bytes) -> None:
        self.username = username
        self.hashed = hashed

    def checkPassword(self, password: bytes) -> bool:
        """
        Tell whether it is the same as what the checker has.

        @param password: what the checker has.
        """
        return same(self.hashed, password)


deprecatedModuleAttribute(
    Version("Twisted", 21, 2, 0),
    "Use twisted.cred.credentials.UsernamePassword instead.",
    __name__,
    "UsernameHashedPassword",
)


@implementer(IUsernamePassword)
class UsernamePassword:
    """
    A name and a password.

    @ivar username: the user's name.
    @ivar password: the password.
    """

    def __init__(self, username: bytes, password: bytes) -> None:
        self.username = username
        self.password = password

    def checkPassword(self, password: bytes) -> bool:
        """
        Tell whether it is the right password.

        @param password: the right one.
        """
        return same(self.password, password)


@implementer(IAnonymous)
class Anonymous:
    """
    Nobody in particular.
    """


@implementer(ISSHPrivateKey)
class SSHPrivateKey:
    """
    A signature with a private key.

    @ivar username: the user's name.
    @ivar algName: the signature's algorithm.
    @ivar blob: the public key as SSH sends it.
    @ivar sigData: what is signed, or L{None}.
    @ivar signature: the signature, or L{None}.
    """

    def __init__(
        self,
        username: bytes,
        algName: bytes,
        blob: bytes,
        sigData: bytes | None,
        signature: bytes | None,
    ) -> None:
        self.username = username
        self.algName = algName
        self.blob = blob
        self.sigData = sigData
        self.signature = signature


publish(__name__, globals(), ["DigestCredentialFactory", "DigestedCredentials"])
