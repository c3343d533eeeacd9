"""
Beginning to speak TLS on a connection that is open already.

The protocol keeps its transport.  But this transport is a TLS one from then on: what
is called on it goes to the TLS layer, which is between it and the protocol.  So the
layer's methods are put in front of those of the transport's class; and the layer
reaches the latter by L{Beneath}.
"""

from __future__ import annotations

from types import MethodType
from typing import Any, Final

from zope.interface import directlyProvides, providedBy

# What a transport takes from its TLS layer.
_SHADOWED: Final = (
    "write",
    "writeSequence",
    "loseConnection",
    "loseWriteConnection",
    "abortConnection",
    "registerProducer",
    "unregisterProducer",
    "getPeerCertificate",
    "getHandle",
)


class Beneath:
    """
    A transport as it was before it took methods from a TLS layer.
    """

    def __init__(self, original: Any) -> None:
        """
        @param original: the transport.
        """
        self._original = original
        directlyProvides(self, providedBy(original))
        kind = type(original)
        for name in _SHADOWED:
            method = getattr(kind, name, None)
            if method is not None:
                setattr(self, name, MethodType(method, original))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def shadow(transport: Any, layer: Any) -> None:
    """Let *transport* be a TLS one, with the methods of *layer*."""
    for name in _SHADOWED:
        setattr(transport, name, getattr(layer, name))


def unshadow(transport: Any) -> None:
    """Let *transport* be what it was."""
    for name in _SHADOWED:
        transport.__dict__.pop(name, None)
