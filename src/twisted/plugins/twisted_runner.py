"""
The command C{procmon}.
"""

from __future__ import annotations

from twisted.application.service import ServiceMaker

__all__ = ["TwistedProcmon"]

TwistedProcmon = ServiceMaker(
    "Twisted Process Monitor",
    "twisted.runner.procmontap",
    "A process watchdog / supervisor",
    "procmon",
)
