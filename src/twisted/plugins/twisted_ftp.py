"""
C{twistd ftp}.
"""

from __future__ import annotations

from twisted.application.service import ServiceMaker

__all__: list[str] = []

TwistedFTP = ServiceMaker("Twisted FTP", "twisted.tap.ftp", "An FTP server.", "ftp")
