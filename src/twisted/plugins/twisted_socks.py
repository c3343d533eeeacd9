"""
C{twistd socks}.
"""

from __future__ import annotations

from twisted.application.service import ServiceMaker

__all__: list[str] = []

TwistedSOCKS = ServiceMaker(
    "Twisted SOCKS", "twisted.tap.socks", "A SOCKSv4 proxy service.", "socks"
)
