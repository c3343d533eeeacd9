"""
wxPython in a Twisted program: its events are handled by the reactor, every
few milliseconds.

L{twisted.internet.wxreactor} does better: it handles them when they come, and
goes on while a menu is open.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.task import LoopingCall

__all__ = ["install"]

#: Every how many seconds.
_INTERVAL = 0.02


class wxRunner:
    """
    Handles the events of a L{wx.App}.
    """

    def __init__(self, app: Any) -> None:
        # Late: so that this module can be looked at where there is no wxPython.
        import wx  # type: ignore[import-not-found, unused-ignore]

        self.app = app
        self.loop = wx.GUIEventLoop()
        # What windows plan for later, they plan on the active loop.
        self._active = wx.EventLoopActivator(self.loop)

    def run(self) -> None:
        """
        Handle what there is.
        """
        while self.loop.Pending():
            self.loop.Dispatch()
        self.app.ProcessPendingEvents()
        self.loop.ProcessIdle()


def install(app: Any) -> None:
    """
    Have the reactor handle the events of *app*, a L{wx.App}, whose own main
    loop is not to be run.
    """
    LoopingCall(wxRunner(app).run).start(_INTERVAL, now=False)
