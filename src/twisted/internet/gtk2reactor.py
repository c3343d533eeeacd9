"""
A reactor in the main loop of GTK 2.

PyGTK, by which Python 2 called GTK 2, was never made for Python 3; what there
is of GTK 2 is reached by GObject Introspection.
"""

from __future__ import annotations

import gi  # type: ignore[import-not-found, unused-ignore]

from twisted.internet._glibbase import ensureNotImported
from twisted.internet.gireactor import GIReactor, PortableGIReactor

__all__ = ["install"]

try:
    gi.require_version("Gtk", "2.0")
except ValueError as _problem:
    raise ImportError(f"GTK 2 is not available: {_problem}") from None
ensureNotImported(["gtk", "gobject"], "PyGTK and GObject Introspection do not go together")


class Gtk2Reactor(GIReactor):
    """
    A reactor in the main loop of GTK 2, or in GLib's.
    """

    def __init__(self, useGtk: bool = True) -> None:
        super().__init__(useGtk=useGtk)


class PortableGtkReactor(PortableGIReactor):
    """
    As L{Gtk2Reactor}, for systems that have no applications.
    """

    def __init__(self, useGtk: bool = True) -> None:
        super().__init__(useGtk=useGtk)


def install(useGtk: bool = True) -> Gtk2Reactor:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @param useGtk: run GTK's main function, and not GLib's.
    @return: the reactor.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = Gtk2Reactor(useGtk)
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
    return reactor
