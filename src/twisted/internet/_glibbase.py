"""
A reactor in GLib's main loop, whatever Python calls GLib by.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet._guestloop import GuestReactor
from twisted.internet.interfaces import IReactorFDSet

__all__ = ["GlibReactorBase", "ensureNotImported"]


def ensureNotImported(
    moduleNames: Iterable[str], errorMessage: str, preventImports: Iterable[str] = ()
) -> None:
    """
    Make sure that modules which do not go together with ours are not used.

    @param moduleNames: those that must not have been imported.
    @param preventImports: those that cannot be imported from now on.
    @raise ImportError: one of *moduleNames* was; *errorMessage* says so.
    """
    if any(sys.modules.get(name) is not None for name in moduleNames):
        raise ImportError(errorMessage)
    for name in preventImports:
        sys.modules[name] = None  # type: ignore[assignment]


class _Source:
    """
    What GLib was told of one descriptor.

    @ivar selectable: whose it is.
    @ivar condition: what GLib waits for.
    @ivar tag: by which it is removed.
    """

    __slots__ = ("condition", "selectable", "tag")

    def __init__(self, selectable: Any, condition: int, tag: int) -> None:
        self.selectable = selectable
        self.condition = condition
        self.tag = tag


@implementer(IReactorFDSet)
class GlibReactorBase(GuestReactor):
    """
    A reactor in GLib's default main context.

    @ivar _sources: what GLib was told, by selectable.
    """

    def __init__(self, glib_module: Any, gtk_module: Any = None, useGtk: bool = False) -> None:
        """
        @param glib_module: GLib.
        @param gtk_module: GTK, whose main functions are used if *useGtk*.
        """
        self._glib = glib_module
        self._gtk = gtk_module if useGtk else None
        self._readers: set[Any] = set()
        self._writers: set[Any] = set()
        self._sources: dict[Any, _Source] = {}
        self._wakeTag: int | None = None
        self._gone = glib_module.IO_HUP | glib_module.IO_ERR | glib_module.IO_NVAL
        self._readFlags = glib_module.IO_IN | self._gone
        self._writeFlags = glib_module.IO_OUT | self._gone
        self._mainLoop: Any = None
        super().__init__()

    # -- descriptors ------------------------------------------------------------

    def _watch(self, selectable: Any) -> None:
        """Tell GLib what *selectable* is waited for now."""
        wanted = (self._readFlags if selectable in self._readers else 0) | (
            self._writeFlags if selectable in self._writers else 0
        )
        source = self._sources.get(selectable)
        if source is not None:
            if source.condition == wanted:
                return
            self._glib.source_remove(source.tag)
            del self._sources[selectable]
        if wanted:
            tag = self.input_add(selectable, wanted, self._ioEventCallback)
            self._sources[selectable] = _Source(selectable, wanted, tag)

    def input_add(self, source: Any, condition: int, callback: Callable[..., Any]) -> int:
        """
        Have *callback* called when *condition* holds of *source*.

        @param source: a descriptor's number, or what has one.
        @param callback: called with *source* and what holds; returns whether
            to go on.
        @return: for C{source_remove}.
        """
        number = source if isinstance(source, int) else source.fileno()

        def happened(fd: int, what: Any) -> Any:
            return callback(source, what)

        glib = self._glib
        if hasattr(glib, "unix_fd_add_full"):
            return glib.unix_fd_add_full(  # type: ignore[no-any-return]
                glib.PRIORITY_DEFAULT, number, glib.IOCondition(condition), happened
            )
        # On Windows a descriptor is none, but a socket is a channel.
        channel = glib.IOChannel.win32_new_socket(number)
        return glib.io_add_watch(  # type: ignore[no-any-return]
            channel, glib.PRIORITY_DEFAULT, glib.IOCondition(condition), happened
        )

    def _ioEventCallback(self, selectable: Any, condition: Any) -> bool:
        """
        @return: whether GLib is to go on; if not, it has been told anew.
        """
        held = self._sources.get(selectable)
        readable = bool(condition & self._glib.IO_IN) and selectable in self._readers
        writable = bool(condition & self._glib.IO_OUT) and selectable in self._writers
        self._happened(selectable, readable, writable, bool(condition & self._gone))
        return self._sources.get(selectable) is held

    def _isReading(self, selectable: Any) -> bool:
        return selectable in self._readers

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        self._readers.add(reader)
        self._watch(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        self._writers.add(writer)
        self._watch(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        if reader in self._readers:
            self._readers.remove(reader)
            self._watch(reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        if writer in self._writers:
            self._writers.remove(writer)
            self._watch(writer)

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return list(self._readers)

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return list(self._writers)

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        return self._removeAll(self.getReaders(), self.getWriters())

    # -- the host -----------------------------------------------------------------

    def simulate(self) -> bool:
        """
        Do what is due.

        @return: false: GLib is not to call this again.
        """
        self._wakeTag = None
        self._turn()
        return False

    def _wakeIn(self, delay: float) -> None:
        # Rounded up: GLib counts milliseconds, and too early is twice.
        self._wakeTag = self._glib.timeout_add(-int(-delay * 1000 // 1), self.simulate)

    def _forgetWake(self) -> None:
        tag, self._wakeTag = self._wakeTag, None
        if tag is not None:
            self._glib.source_remove(tag)

    def _runHost(self) -> None:
        # GTK 4 has no main loop of its own.
        if self._gtk is not None and hasattr(self._gtk, "main"):
            self._gtk.main()
            return
        self._mainLoop = self._glib.MainLoop()
        try:
            self._mainLoop.run()
        finally:
            self._mainLoop = None

    def _quitHost(self) -> None:
        if self._mainLoop is not None:
            self._quitSoon(self._mainLoop.quit)
        elif self._gtk is not None and hasattr(self._gtk, "main_quit"):
            self._quitSoon(self._gtk.main_quit)

    def _quitSoon(self, quit: Callable[[], Any]) -> None:
        """Call *quit* from the loop: it need not have begun yet."""

        def now() -> bool:
            quit()
            return False

        self._glib.idle_add(now)

    def iterate(self, delay: float | None = 0) -> None:
        """
        Do one turn.

        @param delay: seconds to wait at the most.
        """
        self.runUntilCurrent()
        self.doIteration(delay)

    def doIteration(self, delay: float | None) -> None:
        """
        Handle what there is; if there is nothing, wait up to *delay* seconds.
        """
        context = self._glib.main_context_default()
        if context.iteration(False) or delay == 0:
            return
        limit = None
        if delay is not None:
            limit = self._glib.timeout_add(-int(-delay * 1000 // 1), lambda: True)
        context.iteration(True)
        if limit is not None:
            self._glib.source_remove(limit)
