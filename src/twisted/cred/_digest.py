"""
The sums of HTTP's digest authentication (RFC 2617, 3.2.2; RFC 7616, 3.4).

SIP uses them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5, sha1, sha256
from typing import Any

algorithms: dict[bytes, Callable[..., Any]] = {
    b"md5": md5,
    # The same, but the password is mixed with the nonces once for a session.
    b"md5-sess": md5,
    b"sha": sha1,
    b"sha-256": sha256,
    b"sha-256-sess": sha256,
}


def _digest(algorithm: bytes, *parts: bytes) -> bytes:
    """Return the hexadecimal digest of *parts*, with colons between them."""
    return algorithms[algorithm](b":".join(parts)).hexdigest().encode("ascii")


def calcHA1(
    pszAlg: bytes,
    pszUserName: bytes | None,
    pszRealm: bytes | None,
    pszPassword: bytes | None,
    pszNonce: bytes,
    pszCNonce: bytes,
    preHA1: bytes | None = None,
) -> bytes:
    """
    Compute H(A1), of what the server knows about the user.

    @param pszAlg: the algorithm's name, a key of L{algorithms}.
    @param pszUserName: the user's name.
    @param pszRealm: the realm.
    @param pszPassword: the user's password.
    @param pszNonce: the server's nonce; for a C{-sess} algorithm.
    @param pszCNonce: the client's nonce; as well.
    @param preHA1: the hexadecimal digest of name, realm and password, instead
        of these.
    @return: the digest in hexadecimal digits.
    @raise TypeError: there are both I{preHA1} and what it is made of.
    """
    if preHA1 is None:
        assert pszUserName is not None and pszRealm is not None and pszPassword is not None
        inner = _digest(pszAlg, pszUserName, pszRealm, pszPassword)
    elif pszUserName or pszRealm or pszPassword:
        raise TypeError("preHA1 stands for name, realm and password: pass it or them")
    else:
        inner = preHA1
    return _digest(pszAlg, inner, pszNonce, pszCNonce) if pszAlg.endswith(b"-sess") else inner


def calcHA2(
    algo: bytes, pszMethod: bytes, pszDigestUri: bytes, pszQop: bytes, pszHEntity: bytes | None
) -> bytes:
    """
    Compute H(A2), of what is asked for.

    @param algo: the algorithm's name.
    @param pszMethod: the request's method.
    @param pszDigestUri: its URI.
    @param pszQop: the quality of protection.
    @param pszHEntity: the digest of the request's body, for C{auth-int}.
    @return: the digest in hexadecimal digits.
    """
    if pszQop == b"auth-int":
        assert pszHEntity is not None
        return _digest(algo, pszMethod, pszDigestUri, pszHEntity)
    return _digest(algo, pszMethod, pszDigestUri)


def calcResponse(
    HA1: bytes,
    HA2: bytes,
    algo: bytes,
    pszNonce: bytes,
    pszNonceCount: bytes | None,
    pszCNonce: bytes | None,
    pszQop: bytes | None,
) -> bytes:
    """
    Compute what the client responds.

    @param HA1: what L{calcHA1} returns.
    @param HA2: what L{calcHA2} returns.
    @param algo: the algorithm's name.
    @param pszNonce: the server's nonce.
    @param pszNonceCount: how often the client used it, in eight hexadecimal
        digits; or L{None}, as before RFC 2617.
    @param pszCNonce: the client's nonce; or L{None}.
    @param pszQop: the quality of protection; or L{None}.
    @return: the digest in hexadecimal digits.
    """
    if pszNonceCount and pszCNonce:
        return _digest(algo, HA1, pszNonce, pszNonceCount, pszCNonce, pszQop or b"", HA2)
    return _digest(algo, HA1, pszNonce, HA2)
