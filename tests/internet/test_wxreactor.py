"""
wxPython's main loop, on a display.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("wx") is None, reason="wxPython is not installed"),
    pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="xvfb is not installed"),
]

_START = """
import threading
import wx
from twisted.internet import wxreactor
wxreactor.install()
from twisted.internet import reactor
app = wx.App(False)
reactor.registerWxApp(app)
frame = wx.Frame(None, title="test")
frame.Show()
reactor.callLater(20, reactor.stop)
reactor.addSystemEventTrigger("during", "shutdown", print, "shut down")
"""

_SERVER = """
from twisted.internet.protocol import ClientFactory, Factory, Protocol
class Server(Protocol):
    def connectionMade(self):
        self.transport.write(b"from the server")
class Client(Protocol):
    def dataReceived(self, data):
        print(data.decode(), threading.current_thread() is threading.main_thread())
        wx.CallAfter(frame.SetTitle, "seen")
        reactor.callLater(0.1, look)
def look():
    print(frame.GetTitle())
    finish()
port = reactor.listenTCP(0, Factory.forProtocol(Server), interface="127.0.0.1")
reactor.connectTCP("127.0.0.1", port.getHost().port, ClientFactory.forProtocol(Client))
"""


def _program(text: str) -> str:
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", text],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bothLoopsRun() -> None:
    text = _START + _SERVER + "finish = reactor.stop\nreactor.run()\nprint(reactor.running)\n"
    assert _program(text) == "from the server True\nseen\nshut down\nFalse\n"


def test_theLastWindowEndsTheProgram() -> None:
    """wx leaves its loop by itself; the reactor goes through its shutdown."""
    text = _START + _SERVER + "finish = frame.Close\nreactor.run()\nprint(reactor.running)\n"
    assert _program(text) == "from the server True\nseen\nshut down\nFalse\n"


def test_aProgramWithoutAnApplication() -> None:
    text = """
import wx
from twisted.internet import wxreactor
reactor = wxreactor.install()
reactor.callLater(0.05, print, "called")
reactor.callLater(0.1, reactor.stop)
reactor.run()
print(type(reactor.wxapp).__name__)
"""
    assert _program(text) == "called\nApp\n"


def test_wxsupport() -> None:
    text = """
import wx
from twisted.internet import reactor, wxsupport
app = wx.App(False)
frame = wx.Frame(None, title="test")
frame.Show()
wxsupport.install(app)
timer = wx.Timer(frame)
frame.Bind(wx.EVT_TIMER, lambda event: (print("wx"), reactor.callLater(0, finish)), timer)
timer.StartOnce(50)
reactor.callLater(0.01, print, "reactor")
def finish():
    frame.Destroy()
    reactor.callLater(0.1, reactor.stop)
reactor.callLater(20, reactor.stop)
reactor.run()
"""
    assert _program(text) == "reactor\nwx\n"
