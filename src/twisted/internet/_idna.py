"""
Names that are not ASCII (RFC 5891), by C{idna} where it is installed.
"""

from __future__ import annotations

from typing import Any


def _codec() -> Any:
    # Late: most names are ASCII.
    try:
        import idna
    except ImportError:
        return None
    return idna


def _idnaBytes(text: str) -> bytes:
    """Return a name as it goes over the wire."""
    idna = _codec()
    if idna is None:
        return text.encode("idna")
    encoded: bytes = idna.encode(text)
    return encoded


def _idnaText(octets: bytes) -> str:
    """Return a name as people write it."""
    idna = _codec()
    if idna is None:
        return octets.decode("idna")
    decoded: str = idna.decode(octets)
    return decoded
