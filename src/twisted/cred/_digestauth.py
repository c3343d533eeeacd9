"""
Digest authentication as a server sees it: a challenge, a response, a check.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import time
from typing import Any

from zope.interface import implementer

from twisted.cred import error
from twisted.cred._digest import algorithms, calcHA1, calcHA2, calcResponse
from twisted.cred._interfaces import IUsernameDigestHash, IUsernameHashedPassword
from twisted.cred._secrets import same
from twisted.python.compat import nativeString, networkString

# name=token or name="quoted", and what may stand between two of these.
_FIELD = re.compile(rb'([^\s=,"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))', re.DOTALL)
_BETWEEN = re.compile(rb"[\s,]*")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def parseFields(response: bytes) -> dict[str, bytes]:
    """
    Take apart the value of an C{Authorization} header, after the scheme.

    In time linear in its length.  What is no field is passed over up to the
    next comma or space.

    @param response: the value.
    @return: the fields, by their names.
    """
    fields: dict[str, bytes] = {}
    position = 0
    while position < len(response):
        position = _BETWEEN.match(response, position).end()  # type: ignore[union-attr]
        found = _FIELD.match(response, position)
        if found is None:
            rest = re.compile(rb"[\s,]|\Z").search(response, position + 1)
            position = rest.start() if rest is not None else len(response)
            continue
        position = found.end()
        name, quoted, token = found.groups()
        value = _ESCAPE.sub(rb"\1", quoted) if quoted is not None else token
        try:
            fields.setdefault(nativeString(name), value)
        except UnicodeError:
            continue  # no field that anybody asks for
    return fields


@implementer(IUsernameHashedPassword, IUsernameDigestHash)
class DigestedCredentials:
    """
    A response to a digest challenge.

    @ivar username: the user's name.
    @ivar method: the request's method.
    @ivar realm: the realm.
    @ivar fields: all fields of the response.
    """

    def __init__(
        self, username: bytes, method: bytes, realm: bytes, fields: dict[str, bytes]
    ) -> None:
        self.username = username
        self.method = method
        self.realm = realm
        self.fields = fields

    def _check(self, *secret: bytes | None) -> bool:
        """
        Tell whether the response is what *secret*, the arguments of
        L{calcHA1} about the user, leads to.
        """
        field = self.fields.get
        algorithm = (field("algorithm") or b"md5").lower()
        quality = field("qop", b"auth")
        nonce = field("nonce", b"")
        cnonce = field("cnonce")
        # The body is not known here, so auth-int cannot be checked.
        if algorithm not in algorithms or quality == b"auth-int":
            return False
        if algorithm.endswith(b"-sess") and not cnonce:
            return False
        name, realm, password, preHA1 = secret
        one = calcHA1(algorithm, name, realm, password, nonce, cnonce or b"", preHA1)
        two = calcHA2(algorithm, self.method, field("uri", b""), quality, None)
        expected = calcResponse(one, two, algorithm, nonce, field("nc"), cnonce, quality)
        return same(field("response", b""), expected)

    def checkPassword(self, password: bytes) -> bool:
        """
        Tell whether the response was made with a password.

        @param password: the password.
        """
        return self._check(self.username, self.realm, password, None)

    def checkHash(self, digestHash: bytes) -> bool:
        """
        Tell whether the response was made with a password that has a digest.

        @param digestHash: the digest of C{name:realm:password}, in hexadecimal
            digits.
        """
        return self._check(None, None, None, digestHash)


class DigestCredentialFactory:
    """
    Makes challenges, and credentials of the responses to them.

    Nothing is kept in between: a challenge carries, signed, what is needed to
    tell whether it was ours.

    @cvar CHALLENGE_LIFETIME_SECS: for how long, in seconds, a challenge is good.
    @cvar scheme: what HTTP calls this.
    @ivar algorithm: the algorithm's name, C{b"md5"} for example.
    @ivar authenticationRealm: the realm.
    @ivar privateKey: what the challenges are signed with.
    """

    CHALLENGE_LIFETIME_SECS = 15 * 60
    scheme = b"digest"

    def __init__(self, algorithm: bytes, authenticationRealm: bytes) -> None:
        self.algorithm = algorithm
        self.authenticationRealm = authenticationRealm
        self.privateKey = secrets.token_bytes(32)

    def getChallenge(self, address: str | bytes | None) -> dict[str, bytes]:
        """
        Make a challenge.

        @param address: the client's, which the response must come from; or
            L{None}.
        @return: what goes into the C{WWW-Authenticate} header, by name.
        """
        nonce = self._generateNonce()
        return {
            "nonce": nonce,
            "opaque": self._generateOpaque(nonce, address),
            "qop": b"auth",
            "algorithm": self.algorithm,
            "realm": self.authenticationRealm,
        }

    def decode(
        self, response: bytes, method: bytes, host: str | bytes | None
    ) -> DigestedCredentials:
        """
        Make credentials of a response.

        @param response: the value of the C{Authorization} header, after the
            scheme.
        @param method: the request's method.
        @param host: the client's address, as in L{getChallenge}.
        @return: credentials, whose password is yet to be checked.
        @raise error.LoginFailed: a field is missing, or the challenge was not
            ours, or not made for this client, or too long ago.
        """
        fields = parseFields(response)
        for name in ("username", "opaque", "nonce"):
            # An empty one is answered further on, and more exactly.
            if name not in fields or (name == "username" and not fields[name]):
                raise error.LoginFailed(f"Invalid response, no {name} given.")
        self._verifyOpaque(fields["opaque"], fields["nonce"], host)
        return DigestedCredentials(fields["username"], method, self.authenticationRealm, fields)

    # Tests have these tell something known.

    def _generateNonce(self) -> bytes:
        """Return something that nobody can guess and that never was before."""
        return secrets.token_hex(12).encode("ascii")

    def _getTime(self) -> float:
        """Return the time."""
        return time.time()

    def _sign(self, key: bytes) -> bytes:
        """Return the signature of *key*."""
        return hmac.new(self.privateKey, key, "sha256").hexdigest().encode("ascii")

    def _generateOpaque(self, nonce: bytes, clientip: str | bytes | None) -> bytes:
        """Return the nonce, the client's address and the time, signed."""
        key = b",".join([nonce, _address(clientip), b"%d" % int(self._getTime())])
        return self._sign(key) + b"-" + base64.b64encode(key)

    def _verifyOpaque(self, opaque: bytes, nonce: bytes, clientip: str | bytes | None) -> bool:
        """
        Return true if *opaque* was made here, for this nonce and client, and
        not long ago.

        @raise error.LoginFailed: it was not.
        """
        signature, _, encoded = opaque.partition(b"-")
        key, parts = _opaqueParts(encoded)
        if parts[0] != nonce:
            problem = "incompatible opaque/nonce values"
        elif parts[1] != _address(clientip):
            problem = "incompatible opaque/client values"
        elif not re.fullmatch(rb"-?[0-9]{1,15}", parts[2]):
            problem = "invalid opaque/time values"
        elif int(self._getTime()) - int(parts[2]) > self.CHALLENGE_LIFETIME_SECS:
            problem = "incompatible opaque/nonce too old"
        elif not same(signature, self._sign(key)):
            problem = "invalid opaque value"
        else:
            return True
        raise error.LoginFailed("Invalid response, " + problem)


def _address(host: Any) -> bytes:
    """Return a client's address, if it is known, as it is signed."""
    if not host:
        return b""
    return networkString(host) if isinstance(host, str) else bytes(host)


def _opaqueParts(encoded: bytes) -> tuple[bytes, list[bytes]]:
    """
    Return what was signed, as a whole and in its parts.

    @raise error.LoginFailed: there are not three.
    """
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    parts = key.split(b",")
    if len(parts) != 3:
        raise error.LoginFailed("Invalid response, invalid opaque value")
    return key, parts
