"""
C{twistd portforward}.
"""

from __future__ import annotations

from twisted.application.service import ServiceMaker

__all__: list[str] = []

TwistedPortForward = ServiceMaker(
    "Twisted Port-Forwarding",
    "twisted.tap.portforward",
    "A simple port-forwarder.",
    "portforward",
)
