"""
Tk, looked after by the reactor.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("tkinter", reason="this Python was built without Tk")

from twisted.internet import tksupport
from twisted.internet.task import Clock


class Widget:
    """Counts its updates, and may fail."""

    def __init__(self) -> None:
        self.updates = 0
        self.problem: Exception | None = None

    def update(self) -> None:
        self.updates += 1
        if self.problem is not None:
            raise self.problem


def test_updatedAgainAndAgain() -> None:
    clock, widget = Clock(), Widget()
    tksupport.install(widget, ms=20, reactor=clock)
    clock.pump([0.02] * 5)
    assert widget.updates == 5
    tksupport.uninstall()
    clock.pump([0.02] * 5)
    assert widget.updates == 5
    assert clock.getDelayedCalls() == []
    tksupport.uninstall()  # once more is no error


def test_oneAtATime() -> None:
    clock, first, second = Clock(), Widget(), Widget()
    tksupport.install(first, reactor=clock)
    tksupport.install(second, reactor=clock)
    clock.pump([0.01] * 3)
    tksupport.uninstall()
    assert (first.updates, second.updates) == (0, 3)


def test_aWindowThatIsGone(events: list[Any]) -> None:
    """That is no error; anything else is logged.  Both end the updates."""
    clock, widget = Clock(), Widget()
    for problem, logged in (
        (tksupport._tkinter.TclError("application has been destroyed"), 0),
        (tksupport._tkinter.TclError("something else"), 1),
        (ValueError("in a callback"), 1),
    ):
        widget.problem = problem
        del events[:]
        tksupport.install(widget, reactor=clock)
        clock.advance(0.01)
        assert len([e for e in events if "log_failure" in e]) == logged
        assert clock.getDelayedCalls() == []
        assert tksupport._task is None


def test_passwords(monkeypatch: Any) -> None:
    answers = iter(["one", "two", "one", "one", "only", None, "last", None])
    asked: list[str] = []
    shown: list[str] = []

    def ask(title: str, prompt: str, show: str) -> Any:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr(tksupport._simpledialog, "askstring", ask)
    monkeypatch.setattr(tksupport._messagebox, "showerror", lambda title, text: shown.append(text))
    assert tksupport.getPassword("pw", confirm=1) == "one"
    assert asked == ["pw", "Confirm pw"] * 2
    assert len(shown) == 1
    assert tksupport.getPassword("pw") == "only"
    assert tksupport.getPassword("pw") is None
    assert tksupport.getPassword("pw", 1) is None


def test_onADisplay() -> None:
    """A real window, whose button is pressed, while the reactor's timers run."""
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb is not installed")
    program = """
import tkinter
from twisted.internet import reactor, tksupport
root = tkinter.Tk()
tksupport.install(root)
pressed = []
button = tkinter.Button(root, text="press", command=lambda: pressed.append(1))
button.pack()
root.after(50, button.invoke)
reactor.callLater(0.01, print, "timer")
def look():
    if pressed and root.winfo_ismapped():
        print("pressed")
        root.protocol("WM_DELETE_WINDOW", reactor.stop)
        root.tk.call(*root.tk.splitlist(root.protocol("WM_DELETE_WINDOW")))
    else:
        reactor.callLater(0.01, look)
look()
reactor.callLater(20, reactor.stop)
reactor.run()
tksupport.uninstall()
root.destroy()
"""
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "timer\npressed\n"), done.stderr
