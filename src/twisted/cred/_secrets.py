"""
Comparing secrets without telling, by the time it takes, how much was right.
"""

from __future__ import annotations

import hmac
from typing import Any


def same(given: Any, expected: Any) -> bool:
    """
    Tell whether two secrets are equal.

    The time it takes depends on their lengths only.

    @param given: the one, L{bytes} or L{str}.
    @param expected: the other.
    @return: whether they are of one type and equal.  Anything that is neither
        L{bytes} nor L{str} equals nothing.
    """
    if isinstance(given, str) and isinstance(expected, str):
        return hmac.compare_digest(
            given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
        )
    if isinstance(given, (bytes, bytearray)) and isinstance(expected, (bytes, bytearray)):
        return hmac.compare_digest(given, expected)
    return False


def asBytes(text: Any) -> Any:
    """
    Return a name or a password as files have it; protocols of text give L{str}.
    """
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def inTypeOf(stored: Any, credentials: Any) -> Any:
    """
    Return what a checker has of a user in the type in which the user has given it, so
    that C{"secret"} on a command line is C{b"secret"} in a protocol.

    @param stored: the password, or what was made of it.
    @param credentials: what was given.
    """
    given = getattr(credentials, "password", getattr(credentials, "hashed", b""))
    if isinstance(given, str) and isinstance(stored, bytes):
        return stored.decode("utf-8", "surrogateescape")
    return asBytes(stored) if isinstance(given, bytes) else stored
