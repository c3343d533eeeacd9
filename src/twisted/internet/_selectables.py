"""
Readers and writers that a reactor holds in sets, and those that it serves by
itself because the kernel will not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from errno import EPERM
from select import select
from typing import Any

from zope.interface import implementer

from twisted.internet import _dispatch
from twisted.internet.interfaces import IReactorFDSet
from twisted.python import log


class HeldInSets:
    """
    The methods of L{IReactorFDSet} over two sets.

    @ivar _readers, _writers: the sets.
    """

    def __init__(self) -> None:
        self._readers: set[Any] = set()
        self._writers: set[Any] = set()

    def _heldChanged(self, selectable: Any) -> None:
        """*selectable* came or went; L{None}: everyone went."""

    def _hold(self, held: set[Any], selectable: Any) -> None:
        held.add(selectable)
        self._heldChanged(selectable)

    def _release(self, held: set[Any], selectable: Any) -> None:
        if selectable in held:
            held.remove(selectable)
            self._heldChanged(selectable)

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        self._hold(self._readers, reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        self._hold(self._writers, writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        self._release(self._readers, reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        self._release(self._writers, writer)

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return [*self._readers]

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return [*self._writers]

    def removeAll(self) -> list[Any]:
        """Forget everyone, and return them."""
        everyone = self._readers | self._writers
        self._readers.clear()
        self._writers.clear()
        self._heldChanged(None)
        return [*everyone]


class WaitsForSets(HeldInSets):
    """
    What reactors add that wait for two sets, and find out who of them is ready.
    """

    # The reactor's.
    _removeAll: Any

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        return self._removeAll(self._readers, self._writers)  # type: ignore[no-any-return]

    def _isReading(self, selectable: Any) -> bool:
        return selectable in self._readers

    def _serve(self, readable: Iterable[Any], writable: Iterable[Any]) -> None:
        """Let those read and write who can, unless another has put them out meanwhile."""
        for reader in readable:
            if reader in self._readers:
                _dispatch.handle(self, reader, True, False, False)
        for writer in writable:
            if writer in self._writers:
                _dispatch.handle(self, writer, False, True, False)

    def _endBad(self) -> None:
        """
        select(2) found a descriptor bad, and does not say which: try each, and
        end those that are.
        """
        for held in (self._readers, self._writers):
            for selectable in [*held]:
                problem = _problemWith(selectable)
                if problem is not None:
                    held.discard(selectable)
                    _dispatch.disconnect(self, selectable, problem, False)


def _problemWith(selectable: Any) -> Exception | None:
    """Return what select(2), or the making of its arguments, says against *selectable*."""
    try:
        select([selectable], (), (), 0)
    except Exception as problem:
        return problem
    return None


@implementer(IReactorFDSet)
class _ContinuousPolling(HeldInSets):
    """
    Serves the descriptors that the kernel will not wait for, regular files
    above all, by trying each of them again and again.

    @ivar _reactor: whose clock is used; it is also who serves the others.
    @cvar interval: seconds between the tries.
    """

    interval = 0.00001

    def __init__(self, reactor: Any) -> None:
        super().__init__()
        self._reactor = reactor
        self._loop: Any = None

    def _heldChanged(self, selectable: Any) -> None:
        """Try as long as there is anybody to try."""
        wanted = bool(self._readers or self._writers)
        if wanted and self._loop is None:
            # Late: task is not needed where no file is registered.
            from twisted.internet.task import LoopingCall

            self._loop = LoopingCall(self.iterate)
            self._loop.clock = self._reactor
            self._loop.start(self.interval, now=False)
        elif not wanted and self._loop is not None:
            loop, self._loop = self._loop, None
            loop.stop()

    def iterate(self) -> None:
        """Let everyone read and write."""
        for reader in self.getReaders():
            self._try(reader, reader.doRead, True)
        for writer in self.getWriters():
            self._try(writer, writer.doWrite, False)

    def _try(self, selectable: Any, attempt: Callable[[], Any], reading: bool) -> None:
        if selectable not in (self._readers if reading else self._writers):
            return
        try:
            why = attempt()
        except BaseException as problem:
            log.err()
            why, reading = problem, False
        if why:
            _dispatch.disconnect(self, selectable, why, reading)

    def isReading(self, fd: Any) -> bool:
        """Tell whether *fd* is a reader."""
        return fd in self._readers

    def isWriting(self, fd: Any) -> bool:
        """Tell whether *fd* is a writer."""
        return fd in self._writers


class ServesRefused:
    """
    For reactors whose kernel refuses some descriptors.

    @ivar _continuousPolling: serves them; L{None} before there are any.
    """

    _continuousPolling: Any = None

    def _forRefused(self) -> Any:
        """Return who serves them."""
        if self._continuousPolling is None:
            self._continuousPolling = _ContinuousPolling(self)
        return self._continuousPolling

    def _insteadOf(self, problem: OSError) -> Any:
        """
        Return who serves a descriptor that cannot be watched, as a regular file.

        @raise OSError: *problem* says something else.
        """
        if problem.errno != EPERM:
            raise problem
        return self._forRefused()

    def _removeRefused(self, method: str, selectable: Any) -> None:
        """Have *selectable* served no longer, if it was; C{"removeReader"} or so."""
        if self._continuousPolling is not None:
            getattr(self._continuousPolling, method)(selectable)

    def _refused(self, method: str) -> list[Any]:
        """Return who is served so: C{"getReaders"} or C{"getWriters"}."""
        other = self._continuousPolling
        return [] if other is None else getattr(other, method)()


class HeldByLoop(ServesRefused):
    """
    The methods of L{IReactorFDSet}, and the waiting, over what the reactor's
    loop holds; what it refuses is served all the same.

    @ivar _poller: what waits: an object with the C{poll} that the loop calls.
        Put another in its place to watch or time the waiting.
    """

    # The reactor's.
    _loop: Any
    _removeAll: Any

    @property
    def _poller(self) -> Any:
        return self.__dict__.get("_ownPoller") or self._loop.poller

    @_poller.setter
    def _poller(self, poller: Any) -> None:
        self.__dict__["_ownPoller"] = poller
        self._loop.useWaiter(None if poller is self._loop.poller else poller)

    def addReader(self, reader: Any) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        try:
            self._loop.addReader(reader)
        except OSError as problem:
            self._insteadOf(problem).addReader(reader)

    def addWriter(self, writer: Any) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        try:
            self._loop.addWriter(writer)
        except OSError as problem:
            self._insteadOf(problem).addWriter(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo C{addReader}."""
        other = self._continuousPolling
        if other is not None and other.isReading(reader):
            other.removeReader(reader)
        else:
            self._loop.removeReader(reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo C{addWriter}."""
        other = self._continuousPolling
        if other is not None and other.isWriting(writer):
            other.removeWriter(writer)
        else:
            self._loop.removeWriter(writer)

    def _isReading(self, selectable: Any) -> bool:
        return self._loop.isReading(selectable)  # type: ignore[no-any-return]

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers but the reactor's own; return them."""
        return self._removeAll(self.getReaders(), self.getWriters())  # type: ignore[no-any-return]

    def getReaders(self) -> list[Any]:
        """Return the readers."""
        return [*self._loop.readers(), *self._refused("getReaders")]

    def getWriters(self) -> list[Any]:
        """Return the writers."""
        return [*self._loop.writers(), *self._refused("getWriters")]

    def doPoll(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds (L{None}: for ever) and handle what
        happens.
        """
        self._loop.poll(timeout)

    doIteration = doPoll
