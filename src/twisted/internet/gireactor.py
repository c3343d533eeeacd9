"""
A reactor in GLib's main loop, by GObject Introspection: for programs with GTK,
and for all that use Gio.

    from twisted.internet import gireactor
    gireactor.install()

A L{Gio.Application} (or L{Gtk.Application}) is given to
C{reactor.registerGApplication} before C{reactor.run}, which runs it.
"""

from __future__ import annotations

import importlib
from typing import Any

from gi.repository import GLib  # type: ignore[import-not-found, unused-ignore]

from twisted.internet import _glibbase
from twisted.internet.error import ReactorAlreadyRunning

__all__ = ["install"]


def _refusal(reactor: Any, application: Any) -> Exception | None:
    """Tell why *application* cannot be what *reactor* runs; L{None}: it can."""
    if reactor._application is not None:
        return RuntimeError("Can't register more than one application instance.")
    if reactor._started:
        return ReactorAlreadyRunning("Can't register application after reactor was started.")
    if not callable(getattr(application, "quit", None)):
        return RuntimeError(
            "Application registration is not supported for what cannot be told to quit."
        )
    return None


class _IntrospectedReactor(_glibbase.GlibReactorBase):
    """
    A reactor in GLib's main loop, as GObject Introspection gives it to us.

    @ivar _application: what is run in place of the loop, if anything.
    """

    _application: Any = None

    def __init__(self, useGtk: bool = False) -> None:
        """
        @param useGtk: run GTK's main function, and not GLib's, where GTK has
            one (up to GTK 3).
        """
        gtk: Any = None
        if useGtk:
            # Late: it wants a display.
            gtk = importlib.import_module("gi.repository.Gtk")
        super().__init__(GLib, gtk, useGtk)


class GIReactor(_IntrospectedReactor):
    """
    A reactor in GLib's main loop, or in that of an application.
    """

    def registerGApplication(self, app: Any) -> None:
        """
        Have C{run} run *app*.

        @param app: a L{Gio.Application}.
        @raise ReactorAlreadyRunning: it is too late.
        @raise RuntimeError: there is one already, or *app* is none that can be
            told to quit.
        """
        problem = _refusal(self, app)
        if problem is not None:
            raise problem
        self._application = app

    def _runHost(self) -> None:
        if self._application is not None:
            self._application.run(None)
            return
        super()._runHost()

    def _quitHost(self) -> None:
        if self._application is not None:
            self._quitSoon(self._application.quit)
            return
        super()._quitHost()


class PortableGIReactor(_IntrospectedReactor):
    """
    A L{GIReactor} without applications, for systems whose GLib has none.
    """

    def registerGApplication(self, app: Any) -> None:
        """
        @raise NotImplementedError: always.
        """
        raise NotImplementedError(f"{app!r}: there are no GApplications on this system")


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
