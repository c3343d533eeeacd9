"""
A reactor in GLib's main loop, without GTK: other names of what is in
L{twisted.internet.gireactor}.
"""

from __future__ import annotations

from twisted.internet.gireactor import GIReactor

__all__ = ["install"]


class Glib2Reactor(GIReactor):
    """
    A reactor in GLib's main loop; no display is needed.
    """

    def __init__(self) -> None:
        super().__init__(useGtk=False)


def install() -> Glib2Reactor:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @return: the reactor.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = Glib2Reactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
    return reactor
