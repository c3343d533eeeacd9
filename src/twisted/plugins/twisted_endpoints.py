"""
The kinds of endpoints that are built in and that programs may look for among the
plugins.
"""

from __future__ import annotations

from twisted.internet.endpoints import (
    _StandardIOParser,
    _TCP6ServerParser,
    _TLSClientEndpointParser,
    _TLSServerEndpointParser,
)

__all__ = [
    "stdioEndpointParser",
    "tcp6ServerEndpointParser",
    "tlsClientEndpointParser",
    "tlsServerEndpointParser",
]

stdioEndpointParser = _StandardIOParser()
tcp6ServerEndpointParser = _TCP6ServerParser()
tlsServerEndpointParser = _TLSServerEndpointParser()
tlsClientEndpointParser = _TLSClientEndpointParser()
