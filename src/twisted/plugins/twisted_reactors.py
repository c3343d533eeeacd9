"""
The reactors, those of other platforms included: C{twistd --help-reactors} says
which of them this one has.
"""

from __future__ import annotations

from twisted.application.reactors import Reactor

__all__: list[str] = []

default = Reactor(
    "default",
    "twisted.internet.default",
    "The best reactor of this platform: epoll(7) on Linux.",
)
select = Reactor("select", "twisted.internet.selectreactor", "select(2) based reactor.")
poll = Reactor("poll", "twisted.internet.pollreactor", "poll(2) based reactor.")
epoll = Reactor("epoll", "twisted.internet.epollreactor", "epoll(7) based reactor.")
kqueue = Reactor("kqueue", "twisted.internet.kqreactor", "kqueue(2) based reactor.")
cf = Reactor("cf", "twisted.internet.cfreactor", "CoreFoundation based reactor.")
asyncio = Reactor("asyncio", "twisted.internet.asyncioreactor", "asyncio based reactor")
wx = Reactor("wx", "twisted.internet.wxreactor", "wxPython based reactor.")
gi = Reactor("gi", "twisted.internet.gireactor", "GObject Introspection based reactor.")
gtk3 = Reactor("gtk3", "twisted.internet.gtk3reactor", "GTK 3 based reactor.")
gtk2 = Reactor("gtk2", "twisted.internet.gtk2reactor", "GTK 2 based reactor.")
glib2 = Reactor("glib2", "twisted.internet.glib2reactor", "GLib 2 based reactor.")
win32er = Reactor(
    "win32",
    "twisted.internet.win32eventreactor",
    "Win32 WaitForMultipleObjects based reactor.",
)
iocp = Reactor("iocp", "twisted.internet.iocpreactor", "Win32 IO Completion Ports based reactor.")
