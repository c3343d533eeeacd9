"""
Immutable URLs, by L{hyperlink}; what twisted.python.url is to code that is not
to be warned.
"""

from __future__ import annotations

from hyperlink import URL

__all__ = ["URL"]
