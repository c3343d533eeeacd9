"""
Endpoints described as C{haproxy:...}.
"""

from __future__ import annotations

from twisted.protocols.haproxy._parser import HAProxyServerParser

__all__: list[str] = []

haproxyServerEndpointParser = HAProxyServerParser()
