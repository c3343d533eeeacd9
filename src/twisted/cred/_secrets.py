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
