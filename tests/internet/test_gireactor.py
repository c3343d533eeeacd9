"""
The reactor in GLib's main loop.  Where GObject Introspection is there, it is
held to the contract of reactors by the other tests of this folder as well.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import clearedUp
from tests.support import runReactor
from twisted.internet import _glibbase
from twisted.internet.error import ReactorAlreadyRunning

gi = pytest.importorskip("gi", reason="GObject Introspection (gi) is not installed")

from gi.repository import Gio, GLib  # noqa: E402

from twisted.internet import gireactor  # noqa: E402


@pytest.fixture
def reactor() -> Iterator[Any]:
    """A reactor in GLib's loop."""
    yield from clearedUp(gireactor.GIReactor())


def test_gLibAndWeHaveOurTurns(reactor: Any) -> None:
    got: list[str] = []
    GLib.timeout_add(20, lambda: got.append("GLib"))
    reactor.callLater(0.01, got.append, "first")
    reactor.callLater(0.05, got.append, "last")
    reactor.callLater(0.06, reactor.stop)
    runReactor(reactor)
    assert got == ["first", "GLib", "last"]


def test_whatGLibCallsMayPlanSomething(reactor: Any) -> None:
    """The reactor is woken for it, though nothing else was planned."""
    GLib.idle_add(lambda: reactor.callLater(0.01, reactor.stop) and False)
    runReactor(reactor)


def test_nothingIsCalledBeforeItRuns(reactor: Any) -> None:
    """Another reactor may run in the same main context."""
    called: list[int] = []
    reactor.callLater(0, called.append, 1)
    for other in clearedUp(gireactor.GIReactor()):
        other.callLater(0.02, other.stop)
        runReactor(other)
    assert called == []


def test_anApplicationIsRun(reactor: Any) -> None:
    got: list[str] = []
    application = Gio.Application(
        application_id="com.example.torsion", flags=Gio.ApplicationFlags.NON_UNIQUE
    )
    application.connect("activate", lambda _: got.append("activated"))
    application.hold()
    reactor.registerGApplication(application)
    reactor.callLater(0.05, reactor.stop)
    runReactor(reactor)
    assert got == ["activated"]


def test_whichApplicationsAreRefused(reactor: Any) -> None:
    application = Gio.Application(application_id="com.example.torsion")
    with pytest.raises(RuntimeError, match="not supported"):
        reactor.registerGApplication(object())
    with pytest.raises(NotImplementedError):
        gireactor.PortableGIReactor.registerGApplication(reactor, application)

    def late() -> None:
        with pytest.raises(ReactorAlreadyRunning, match="after reactor was started"):
            reactor.registerGApplication(application)
        reactor.registered = True
        reactor.stop()

    reactor.callLater(0, late)
    runReactor(reactor)
    assert reactor.registered
    reactor.registerGApplication(application)
    with pytest.raises(RuntimeError, match="more than one"):
        reactor.registerGApplication(application)


def test_simulateWithNothingPlanned(reactor: Any) -> None:
    assert reactor.timeout() is None
    assert reactor.simulate() is False


def test_otherNames() -> None:
    sys.modules.pop("twisted.internet.gtk3reactor", None)
    with pytest.warns(DeprecationWarning, match="gireactor instead"):
        old = importlib.import_module("twisted.internet.gtk3reactor")
    assert old.Gtk3Reactor is gireactor.GIReactor
    assert old.install is gireactor.install
    from twisted.internet.glib2reactor import Glib2Reactor

    for made in clearedUp(Glib2Reactor()):
        made.callLater(0.01, made.stop)
        runReactor(made)


def test_modulesThatDoNotGoTogether(monkeypatch: Any) -> None:
    modules: dict[str, Any] = {"there": object()}
    monkeypatch.setattr(_glibbase, "sys", type("sys", (), {"modules": modules}))
    with pytest.raises(ImportError, match="not both"):
        _glibbase.ensureNotImported(["there"], "not both", ["other"])
    _glibbase.ensureNotImported(["absent"], "not both", ["other"])
    assert modules["other"] is None


def test_gtkOnADisplay() -> None:
    """A window is shown and destroyed, in GTK's own main function."""
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb is not installed")
    try:
        gi.require_version("Gtk", "3.0")
    except ValueError as problem:
        pytest.skip(str(problem))
    program = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
from twisted.internet import gireactor
gireactor.install(useGtk=True)
from twisted.internet import reactor
window = Gtk.Window(title="test")
window.connect("map-event", lambda *_: reactor.callLater(0.01, window.destroy))
window.connect("destroy", lambda *_: (print("destroyed"), reactor.stop()))
window.show_all()
reactor.callLater(20, reactor.stop)
reactor.run()
print(Gtk.main_level())
"""
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "destroyed\n0\n"), done.stderr
