"""
Tk in a Twisted program: its window is kept alive by the reactor.

Give the root window to L{install}, and run the reactor; do not call Tk's
C{mainloop}.  The program ends when the reactor does, for instance by::

    root.protocol("WM_DELETE_WINDOW", reactor.stop)
"""

from __future__ import annotations

import tkinter as _tkinter
from tkinter import messagebox as _messagebox
from tkinter import simpledialog as _simpledialog
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["install", "uninstall"]

_log = Logger()

#: What looks after the window that is installed, or L{None}.
_task: LoopingCall | None = None


def install(widget: Any, ms: int = 10, reactor: Any = None) -> None:
    """
    Have the reactor look after Tk.

    @param widget: a L{tkinter.Tk}; one at a time.
    @param ms: every how many milliseconds.
    @param reactor: by default the installed one.
    """
    global _task
    uninstall()
    looking = LoopingCall(widget.update)
    if reactor is not None:
        looking.clock = reactor
    _task = looking
    looking.start(ms / 1000, now=False).addErrback(_ended, looking)


def _ended(failure: Failure, looking: LoopingCall) -> None:
    """Tk cannot be looked after any more; most often there is nothing left of it."""
    global _task
    if _task is looking:
        _task = None
    if failure.check(_tkinter.TclError) is None or "destroyed" not in str(failure.value):
        _log.failure("while looking after Tk", failure)


def uninstall() -> None:
    """
    Have the reactor leave Tk alone.  Call this before the window is destroyed.
    """
    global _task
    looking, _task = _task, None
    if looking is not None and looking.running:
        looking.stop()


def getPassword(prompt: str = "", confirm: int = 0) -> str | None:
    """
    Ask for a password in a window.

    @param prompt: what to say.
    @param confirm: ask twice, until the answers agree.
    @return: the password; L{None} if the window was closed.
    """
    while True:
        first = _simpledialog.askstring("Password", prompt, show="*")
        if first is None or not confirm:
            return first
        second = _simpledialog.askstring("Password", f"Confirm {prompt}", show="*")
        if second is None or second == first:
            return second
        _messagebox.showerror("Password", "The passwords differ.")


def installTkFunctions() -> None:
    """
    Have L{twisted.python.util.getPassword} ask in a window.
    """
    # Late, and by name: it is one of its functions that is replaced.
    from twisted.python import util

    setattr(util, "getPassword", getPassword)
