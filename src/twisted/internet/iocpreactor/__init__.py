"""
The reactor of Windows: I/O completion ports.

C{from twisted.internet import iocpreactor; iocpreactor.install()}
"""

from __future__ import annotations

from twisted.internet.iocpreactor.reactor import install

__all__ = ["install"]
