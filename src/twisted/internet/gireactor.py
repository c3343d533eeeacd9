"""
A reactor in GLib's main loop, by GObject Introspection: for programs with GTK,
and for all that use Gio.

    from twisted.internet import gireactor
    gireactor.install()

A L{Gio.Application} (or L{Gtk.Application}) is given to
C{reactor.registerGApplication} before C{reactor.run}, which runs it.
"""

from __future__ import annotations

from typing import Any

from gi.repository import GLib  # type: ignore[import-not-found, unused-ignore]

from twisted.internet import _glibbase
from twisted.internet.error import ReactorAlreadyRunning

__all__ = ["install"]


class GIReactor(_glibbase.GlibReactorBase):
    """
    A reactor in GLib's main loop, or in that of an application.
    """

    _gapplication: Any = None

    def __init__(self, useGtk: bool = False) -> None:
        """
        @param useGtk: run GTK's main function, and not GLib's, where GTK has
            one (up to GTK 3).
        """
        gtk = None
        if useGtk:
            # Late: it wants a display.
            from gi.repository import Gtk as gtk  # type: ignore[import-not-found, unused-ignore]
        super().__init__(GLib, gtk, useGtk=useGtk)

    def registerGApplication(self, app: Any) -> None:
        """
        Have C{run} run *app*.

        @param app: a L{Gio.Application}.
        @raise ReactorAlreadyRunning: it is too late.
        @raise RuntimeError: there is one already, or *app* is none that can be
            told to quit.
        """
        if self._gapplication is not None:
            raise RuntimeError("Can't register more than one application instance.")
        if self._started:
            raise ReactorAlreadyRunning("Can't register application after reactor was started.")
        if not hasattr(app, "quit"):
            raise RuntimeError(
                "Application registration is not supported in versions of PyGObject prior to 3.2."
            )
        self._gapplication = app

    def _runHost(self) -> None:
        if self._gapplication is None:
            super()._runHost()
        else:
            self._gapplication.run(None)

    def _quitHost(self) -> None:
        if self._gapplication is None:
            super()._quitHost()
        else:
            self._glib.idle_add(_glibbase._once, self._gapplication.quit)


class PortableGIReactor(_glibbase.GlibReactorBase):
    """
    A L{GIReactor} without applications, for systems whose GLib has none.
    """

    def __init__(self, useGtk: bool = False) -> None:
        """
        @param useGtk: as for L{GIReactor}.
        """
        gtk = None
        if useGtk:
            # Late: it wants a display.
            from gi.repository import Gtk as gtk
        super().__init__(GLib, gtk, useGtk=useGtk)

    def registerGApplication(self, app: Any) -> None:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError("GApplication is not currently supported on Windows.")


def install(useGtk: bool = False) -> GIReactor | PortableGIReactor:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @param useGtk: as for L{GIReactor}.
    @return: the reactor.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor
    from twisted.python.runtime import platform

    kind = GIReactor if platform.getType() == "posix" else PortableGIReactor
    reactor: Any = kind(useGtk=useGtk)
    installReactor(reactor)
    return reactor  # type: ignore[no-any-return]
