"""
A reactor for Windows that waits with C{MsgWaitForMultipleObjects}: for sockets,
for events of the program's own, and for messages to its windows.

Windows waits for 64 things at the most.  All sockets here signal one and the same
event; which of them it was, select(2) tells.  So their number is not limited, and
what select finds unfinished is found again.

    from twisted.internet import win32eventreactor
    win32eventreactor.install()
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import _dispatch
from twisted.internet._selectables import WaitsForSets
from twisted.internet.interfaces import IReactorFDSet, IReactorWin32Events
from twisted.internet.posixbase import PosixReactorBase
from twisted.python import log
from twisted.python.failure import Failure

__all__ = ["Win32Reactor", "install"]

#: What of a socket signals its event: reading, connections, the end; writing.
_FD_READ, _FD_WRITE, _FD_ACCEPT, _FD_CONNECT, _FD_CLOSE = 1, 2, 8, 16, 32
_READING = _FD_READ | _FD_ACCEPT | _FD_CONNECT | _FD_CLOSE
_WRITING = _FD_WRITE | _FD_CONNECT | _FD_CLOSE

#: So many events one wait is for; one is the sockets', one is for messages.
_MOST_EVENTS = 64 - 2

#: The longest wait, in milliseconds: Ctrl-C ends none where nobody handles it.
_LONGEST = 2000

#: So many sockets select(2) takes at once, in Python on Windows.
_SELECTED = 500


class _Windows:
    """
    What the reactor wants of the system.
    """

    def __init__(self) -> None:
        # Late: only Windows has them.
        import ctypes
        from ctypes import wintypes

        windll: Any = ctypes.windll  # type: ignore[attr-defined, unused-ignore]
        self._ctypes = ctypes
        self._message = wintypes.MSG()
        self._user = windll.user32
        self._kernel = windll.kernel32
        self._kernel.CreateEventW.restype = wintypes.HANDLE
        self._kernel.ResetEvent.argtypes = [wintypes.HANDLE]
        self._kernel.CloseHandle.argtypes = [wintypes.HANDLE]
        self._sockets = windll.ws2_32
        self._sockets.WSAEventSelect.argtypes = [ctypes.c_size_t, wintypes.HANDLE, ctypes.c_long]
        self._handle = wintypes.HANDLE

    def createEvent(self) -> Any:
        """Make an event that stays signalled until it is reset."""
        return self._kernel.CreateEventW(None, True, False, None)

    def resetEvent(self, event: Any) -> None:
        """Undo a signal."""
        self._kernel.ResetEvent(event)

    def closeEvent(self, event: Any) -> None:
        """Give an event back."""
        self._kernel.CloseHandle(event)

    def watch(self, fd: int, event: Any, what: int) -> None:
        """Have *event* signalled for what happens to a socket."""
        self._sockets.WSAEventSelect(fd, event if what else None, what)

    def wait(self, events: Sequence[Any], milliseconds: int) -> int | None:
        """
        Wait for one of *events*, or for a message.

        @return: which of them; L{None} for none.
        """
        handles = (self._handle * len(events))(*map(int, events))
        inputs = 0x04FF  # QS_ALLINPUT
        found = self._user.MsgWaitForMultipleObjects(
            len(events), handles, False, milliseconds, inputs
        )
        return int(found) if 0 <= found < len(events) else None

    def dispatchMessages(self) -> bool:
        """
        Hand messages to their windows.

        @return: whether the program is asked to end.
        """
        message = self._ctypes.byref(self._message)
        while self._user.PeekMessageW(message, None, 0, 0, 1):
            if self._message.message == 0x0012:  # WM_QUIT
                return True
            self._user.TranslateMessage(message)
            self._user.DispatchMessageW(message)
        return False


@implementer(IReactorFDSet, IReactorWin32Events)
class Win32Reactor(WaitsForSets, PosixReactorBase):
    """
    A reactor that waits for sockets, events and messages.

    @ivar _events: what is to be called for each of the program's events: its
        handle, the event, the object and the name of its method.
    """

    _flushesAfterEvents = True

    def __init__(self, _windows: Any = None) -> None:
        self._windows = _Windows() if _windows is None else _windows
        self._happened = self._windows.createEvent()
        self._watched: dict[Any, tuple[int, int]] = {}
        self._events: dict[int, tuple[Any, Any, str]] = {}
        WaitsForSets.__init__(self)
        PosixReactorBase.__init__(self)

    # -- sockets ------------------------------------------------------------------

    def _heldChanged(self, selectable: Any) -> None:
        """Tell the system what *selectable* is waited for now."""
        wanted = (_READING if selectable in self._readers else 0) | (
            _WRITING if selectable in self._writers else 0
        )
        fd = selectable.fileno()
        if self._watched.get(selectable) == (fd, wanted):
            return
        if wanted:
            self._watched[selectable] = fd, wanted
        else:
            self._watched.pop(selectable, None)
        if fd != -1:
            self._windows.watch(fd, self._happened, wanted)

    # -- events -----------------------------------------------------------------------

    def addEvent(self, event: Any, fd: Any, action: str) -> None:
        """
        Call the method *action* of *fd* when *event* is signalled.

        @param event: a handle, or what C{int} makes one of.
        @param fd: has C{logPrefix} and C{connectionLost} as well; the latter is
            called if *action* raises or returns a reason.
        @raise ValueError: there are too many already.
        """
        number = int(event)
        if number not in self._events and len(self._events) >= _MOST_EVENTS:
            raise ValueError(f"Windows does not wait for more than {_MOST_EVENTS} events")
        self._events[number] = event, fd, action

    def removeEvent(self, event: Any) -> None:
        """Undo C{addEvent}."""
        self._events.pop(int(event), None)

    def _signalled(self, number: int) -> None:
        """Do what is to be done for one of the program's events."""
        event, fd, action = self._events[number]

        def act() -> None:
            why: Any = None
            try:
                why = getattr(fd, action)()
            except BaseException as problem:
                log.err()
                why = problem
            if why:
                self.removeEvent(event)
                fd.connectionLost(Failure(why))

        # What *connectionLost* raises is logged there.
        log.callWithLogger(fd, act)
        if self._loop.dirty:
            self._loop.flush()

    # -- waiting ------------------------------------------------------------------------

    def _ready(self) -> tuple[list[Any], list[Any]]:
        """Return the readers and the writers that can go on."""
        readable: list[Any] = []
        writable: list[Any] = []
        everyone = list(self._watched)
        for start in range(0, len(everyone), _SELECTED):
            some = everyone[start : start + _SELECTED]
            readers = [each for each in some if each in self._readers and self._open(each)]
            writers = [each for each in some if each in self._writers and self._open(each)]
            if readers or writers:
                # An attempt to connect that fails is an exception to Windows.
                r, w, failed = select.select(readers, writers, writers, 0)
                readable += r
                writable += dict.fromkeys([*w, *failed])
        return readable, writable

    def _open(self, selectable: Any) -> bool:
        """Tell whether *selectable* still has a socket; if not, end it."""
        if selectable.fileno() != -1:
            return True
        if selectable in self._watched:
            del self._watched[selectable]
            self._readers.discard(selectable)
            self._writers.discard(selectable)
            _dispatch.disconnect(self, selectable, _dispatch.NO_FILEDESC, False)
        return False

    def doWaitForMultipleEvents(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds and handle what happens.
        """
        # First, so that what happens after select has looked ends the wait.
        self._windows.resetEvent(self._happened)
        readable, writable = self._ready()
        milliseconds = _LONGEST
        if readable or writable:
            milliseconds = 0
        elif timeout is not None:
            milliseconds = min(-int(-timeout * 1000 // 1), _LONGEST)
        numbers = list(self._events)
        found = self._windows.wait([self._happened, *numbers], milliseconds)
        if not readable and not writable and found == 0:
            readable, writable = self._ready()
        self._serve(readable, writable)
        if found and numbers[found - 1] in self._events:
            self._signalled(numbers[found - 1])
        elif found == 0 or milliseconds == 0:
            self._lookAtOthers(numbers)
        if self._windows.dispatchMessages() and not self._stopped:
            self.stop()

    def _lookAtOthers(self, numbers: list[int]) -> None:
        """The sockets came first; they are not to keep the events from their turn."""
        if not numbers:
            return
        found = self._windows.wait(numbers, 0)
        if found is not None and numbers[found] in self._events:
            self._signalled(numbers[found])

    doIteration = doWaitForMultipleEvents  # type: ignore[assignment]


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise ImportError: this is not Windows.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    try:
        reactor = Win32Reactor()
    except (AttributeError, ValueError) as problem:
        raise ImportError(f"this system is not Windows: {problem}")
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
