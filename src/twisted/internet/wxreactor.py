"""
A reactor in the main loop of wxPython, which cannot wait for descriptors: that
is done in a thread.

    from twisted.internet import wxreactor
    wxreactor.install()
    from twisted.internet import reactor

    app = wx.App(False)
    reactor.registerWxApp(app)
    reactor.run()
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import wx  # type: ignore[import-not-found, unused-ignore]

from twisted.internet._threadedselect import ThreadedSelectReactor
from twisted.logger import Logger

__all__ = ["install"]

_log = Logger()


class WxReactor(ThreadedSelectReactor):
    """
    A reactor in the main loop of a L{wx.App}.

    @ivar wxapp: whose.
    """

    wxapp: Any = None

    def __init__(self) -> None:
        #: What is to be called when the loop of wx has ended before us.
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._inWx = False
        super().__init__()

    def registerWxApp(self, wxapp: Any) -> None:
        """
        Run in the main loop of *wxapp*, a L{wx.App}.
        """
        self.wxapp = wxapp

    def _callInMain(self, function: Callable[[], None]) -> None:
        """Have *function* called in the main thread; called in whichever."""
        self._calls.put(function)
        if self._inWx:
            wx.CallAfter(self._callNext)

    def _callNext(self) -> None:
        try:
            function = self._calls.get_nowait()
        except Empty:
            return  # the call was made when the loop ended
        function()

    def mainLoop(self) -> None:
        """Run wx until C{stop} or C{crash}."""
        if self.wxapp is None:
            _log.warn("No wx.App was registered with the reactor; making one.")
            self.registerWxApp(wx.App(False))
        self._inWx = True
        self._begin(self._callInMain)
        self.wxapp.MainLoop()
        self._inWx = False
        # The last window may have ended wx: there is a shutdown to go through.
        if self._started and not self._stopped:
            self.stop()
        while self._waiter is not None:
            self._calls.get()()

    def _finish(self) -> None:
        super()._finish()
        if self._inWx:
            wx.CallAfter(self.wxapp.ExitMainLoop)


def install() -> WxReactor:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @return: the reactor.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = WxReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
    return reactor
