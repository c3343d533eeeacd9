"""
The command C{inetd}.
"""

from __future__ import annotations

from twisted.application.service import ServiceMaker

__all__ = ["TwistedINETD"]

TwistedINETD = ServiceMaker(
    "Twisted INETD Server",
    "twisted.runner.inetdtap",
    "An inetd(8) replacement.",
    "inetd",
)
