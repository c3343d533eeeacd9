"""
The descriptor table of a loop whose kernel takes and gives a mask of events for
each number: poll(2), and epoll(7) and kqueue(2) where these are not compiled.
"""

from __future__ import annotations

from errno import EINTR
from typing import TYPE_CHECKING, Any

from twisted._accel import pick
from twisted.internet import _dispatch, _loop_py

if TYPE_CHECKING:
    from twisted.internet._loop_py import Loop
else:
    # What the table is mixed into: streams know the loop of their own twin,
    # which may be compiled although the table of this kernel facility is not.
    Loop = pick("reactor", _loop_py.Loop, "twisted.internet._reactor_c")

__all__ = ["Loop", "MaskTable"]


class MaskTable:
    """
    What is waited for, and the waiting; to be mixed into a L{_loop_py.Loop} or
    its compiled twin.

    @cvar facility: C{"epoll"} or C{"kqueue"}, if it may be compiled instead.
    @cvar IN, OUT, GONE: the bits of a mask: there is something to read, there
        is room to write, and all that says that it is over.
    @ivar poller: the kernel's table, an object with C{register}, C{modify} and
        C{unregister}.
    """

    IN: int
    OUT: int
    GONE: int
    facility: str
    poller: Any

    # The loop's.
    reactor: Any
    dirty: Any
    flush: Any

    def _openTable(self, poller: Any) -> None:
        """Begin with an empty table."""
        self.poller = self._waiter = poller
        self._readers: dict[int, Any] = {}
        self._writers: dict[int, Any] = {}
        self._masks: dict[int, int] = {}
        # Where they are found fastest.
        self._bits = self.IN, self.OUT, self.GONE

    def _ask(self, timeout: float | None) -> list[tuple[int, int]]:
        """
        Wait up to *timeout* seconds.

        @return: pairs of number and mask.
        """
        raise NotImplementedError

    def _tell(self, fd: int) -> None:
        """Let the kernel know what *fd* is waited for."""
        mask = (self.IN if fd in self._readers else 0) | (self.OUT if fd in self._writers else 0)
        before = self._masks.get(fd, 0)
        if mask == before:
            return
        if not before:
            self.poller.register(fd, mask)
        elif mask:
            self.poller.modify(fd, mask)
        else:
            try:
                self.poller.unregister(fd)
            except (OSError, ValueError):
                pass  # closed: the kernel has forgotten it already
        if mask:
            self._masks[fd] = mask
        else:
            del self._masks[fd]

    def _add(self, held: dict[int, Any], selectable: Any) -> None:
        fd = selectable.fileno()
        known = held.get(fd)
        if known is selectable:
            return
        if known is not None or self._isStale(fd, selectable):
            self._forget(fd)
        held[fd] = selectable
        try:
            self._tell(fd)
        except BaseException:
            held.pop(fd, None)
            raise

    def _isStale(self, fd: int, selectable: Any) -> bool:
        """
        Tell whether somebody else holds *fd* who has closed it: the kernel
        drops a closed descriptor by itself, and its number is given again.
        """
        other = self._readers.get(fd) or self._writers.get(fd)
        return other is not None and other is not selectable and other.fileno() != fd

    def _forget(self, fd: int) -> None:
        self._readers.pop(fd, None)
        self._writers.pop(fd, None)
        try:
            self._tell(fd)
        except OSError:
            self._masks.pop(fd, None)

    def _remove(self, held: dict[int, Any], selectable: Any) -> None:
        fd = selectable.fileno()
        if held.get(fd) is not selectable:
            for fd, known in held.items():  # noqa: B007  (used below)
                if known is selectable:
                    break
            else:
                return
        del held[fd]
        self._tell(fd)

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        self._add(self._readers, reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        self._add(self._writers, writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        if self._readers:
            self._remove(self._readers, reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        if self._writers:
            self._remove(self._writers, writer)

    def isReading(self, selectable: Any) -> bool:
        """Tell whether *selectable* is a reader."""
        return any(known is selectable for known in self._readers.values())

    def readers(self) -> list[Any]:
        """Return the readers."""
        return list(self._readers.values())

    def writers(self) -> list[Any]:
        """Return the writers."""
        return list(self._writers.values())

    def poll(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds (L{None}: for ever) and handle what
        happens.
        """
        if self.dirty:
            self.flush()
            if self.dirty:
                timeout = 0
        try:
            events = self._ask(timeout)
        except OSError as problem:
            if problem.errno == EINTR:
                return
            raise
        if not events:
            return
        readers, writers = self._readers, self._writers
        if len(events) == 1:
            ((fd, mask),) = events
            self._serve(fd, mask, readers.get(fd), writers.get(fd))
            return
        # Whose each event is, before any of them is handled: a handler may
        # close a descriptor whose number is then given to somebody else.
        known = [(fd, mask, readers.get(fd), writers.get(fd)) for fd, mask in events]
        for fd, mask, reader, writer in known:
            self._serve(
                fd,
                mask,
                reader if readers.get(fd) is reader else None,
                writer if writers.get(fd) is writer else None,
            )

    def _serve(self, fd: int, mask: int, reader: Any, writer: Any) -> None:
        """
        Handle what has happened to *fd*.

        @param mask: what has.
        @param reader, writer: whom it concerns, L{None} if nobody.
        """
        IN, OUT, GONE = self._bits
        gone = mask & GONE != 0
        if reader is writer:
            if reader is not None:
                _dispatch.handle(self.reactor, reader, mask & IN != 0, mask & OUT != 0, gone)
            return
        if reader is not None and mask & (IN | GONE):
            _dispatch.handle(self.reactor, reader, mask & IN != 0, False, gone)
        # Not if the reader has removed it.
        if writer is not None and mask & (OUT | GONE) and self._writers.get(fd) is writer:
            _dispatch.handle(self.reactor, writer, False, mask & OUT != 0, gone)

    def useWaiter(self, waiter: Any) -> None:
        """Wait with *waiter*'s C{poll} instead of our own, L{None}'s."""
        self._waiter = self.poller if waiter is None else waiter
