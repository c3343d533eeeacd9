"""
Versions of packages, by L{incremental}.
"""

from __future__ import annotations

from incremental import IncomparableVersions, Version, getVersionString

__all__ = ["IncomparableVersions", "Version", "getVersionString"]
