"""
The endpoint C{systemd:}.
"""

from __future__ import annotations

from twisted.internet._endpoints_systemd import _SystemdParser

__all__ = ["systemdEndpointParser"]

systemdEndpointParser = _SystemdParser()
