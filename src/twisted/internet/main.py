"""
The two plainest reasons for a connection's end, and how a reactor becomes the
global one.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import error

CONNECTION_DONE = error.ConnectionDone("Connection done")
CONNECTION_LOST = error.ConnectionLost("Connection lost")


def installReactor(reactor: Any) -> None:
    """
    Make *reactor* what C{from twisted.internet import reactor} gives.

    @raise error.ReactorAlreadyInstalledError: there is one already.
    """
    # Late: the package's attribute is set on the package itself.
    import twisted.internet

    if "twisted.internet.reactor" in sys.modules:
        raise error.ReactorAlreadyInstalledError("reactor already installed")
    twisted.internet.reactor = reactor  # type: ignore[attr-defined]
    sys.modules["twisted.internet.reactor"] = reactor


__all__ = ["CONNECTION_DONE", "CONNECTION_LOST", "installReactor"]
