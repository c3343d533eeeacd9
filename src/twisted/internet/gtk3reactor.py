"""
Other names of what is in L{twisted.internet.gireactor}, which serves GTK 3 and
GTK 4 alike.
"""

from __future__ import annotations

import warnings

from twisted.internet import gireactor

Gtk3Reactor = gireactor.GIReactor
PortableGtk3Reactor = gireactor.PortableGIReactor
install = gireactor.install

__all__ = ["install"]

warnings.warn(
    "twisted.internet.gtk3reactor was deprecated in Twisted 23.8.0;"
    " please use twisted.internet.gireactor instead",
    DeprecationWarning,
    stacklevel=2,
)
