"""
A reactor for programs whose main loop is somebody else's and cannot wait for
descriptors: it waits in a thread, with select(2).

Whatever happens is handled in the main thread, to which calls are handed by a
function of that other loop, as C{wx.CallAfter}::

    from twisted.internet import _threadedselect
    _threadedselect.install()
    from twisted.internet import reactor

    reactor.interleave(callInMainThread)
    reactor.addSystemEventTrigger("after", "shutdown", endOfTheOtherLoop)

End such a program by C{reactor.stop()}, not by the other loop's means: there is
a shutdown to go through before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

from zope.interface import implementer

from twisted.internet import _dispatch
from twisted.internet._delayed import DelayedCall
from twisted.internet._guestloop import watchedCalls
from twisted.internet._selectables import WaitsForSets
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.selectreactor import _select
from twisted.python import _running

__all__ = ["install"]

Handover = Callable[[Callable[[], None]], Any]


class _Waiter:
    """
    The thread that waits.  It is asked for one wait at a time.

    @ivar busy: it has been asked, and what it found is not handled yet.
    """

    def __init__(self, handover: Handover) -> None:
        self.busy = False
        self._handover = handover
        self._asked: SimpleQueue[tuple[Any, ...] | None] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._work, name="twisted.internet._threadedselect", daemon=True
        )
        self._thread.start()

    def ask(
        self,
        readers: dict[int, Any],
        writers: dict[int, Any],
        timeout: float | None,
        answer: Callable[..., None],
    ) -> None:
        """
        Wait, and have *answer* called in the main thread with the readers and
        writers to which something has happened, and with what went wrong.
        """
        self.busy = True
        self._asked.put((readers, writers, timeout, answer))

    def end(self) -> None:
        """There is nothing more to wait for."""
        self._asked.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            readers, writers, timeout, answer = asked
            self._handover(partial(answer, *_wait(readers, writers, timeout)))


def _wait(
    readers: dict[int, Any], writers: dict[int, Any], timeout: float | None
) -> tuple[list[Any], list[Any], BaseException | None]:
    """
    Wait with select(2).

    @return: the readers and the writers that can go on; what select says that
        is wrong with one of them.
    """
    try:
        readable, writable, _ = _select(list(readers), list(writers), [], timeout)
    except (OSError, ValueError) as problem:
        return [], [], problem
    return [readers[fd] for fd in readable], [writers[fd] for fd in writable], None


@implementer(IReactorFDSet)
class ThreadedSelectReactor(WaitsForSets, PosixReactorBase):
    """
    A reactor that waits in a thread.

    @ivar _waiter: that thread, while the reactor runs.
    """

    _flushesAfterEvents = True
    _waiter: _Waiter | None = None

    def __init__(self, waker: Handover | None = None) -> None:
        """
        @param waker: for C{interleave}, if none is given there.
        """
        self._handover = waker
        self._interleaved = False
        WaitsForSets.__init__(self)
        PosixReactorBase.__init__(self)
        self._loop.timers.factory = watchedCalls(self._changed)

    # -- descriptors ------------------------------------------------------------

    def _changed(self) -> None:
        """What is waited for now is out of date: wait anew."""
        if self._waiter is not None and self._waiter.busy:
            self.wakeUp()

    def _heldChanged(self, selectable: Any) -> None:
        self._changed()

    # -- time ---------------------------------------------------------------------

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kw: object
    ) -> DelayedCall:
        """Have *callable* called in *delay* seconds; it may end the wait that is on."""
        call = super().callLater(delay, callable, *args, **kw)
        self._changed()
        return call

    # -- turns ----------------------------------------------------------------------

    def _numbered(self, held: set[Any]) -> dict[int, Any]:
        """
        Return *held* by numbers; those who have none any more are ended.
        """
        numbered: dict[int, Any] = {}
        for selectable in list(held):
            fd = selectable.fileno()
            if fd >= 0:
                numbered[fd] = selectable
            elif selectable in held:
                held.discard(selectable)
                _dispatch.disconnect(self, selectable, _dispatch.NO_FILEDESC, False)
        return numbered

    def _turn(self) -> None:
        """Do what is due, and have the thread wait for more."""
        waiter = self._waiter
        if waiter is None:
            return
        self.runUntilCurrent()
        if not self._started:
            self._finish()
            return
        readers, writers = self._numbered(self._readers), self._numbered(self._writers)
        timeout = self.timeout() if self.running else 0
        waiter.ask(readers, writers, timeout, self._found)

    def _found(self, readers: list[Any], writers: list[Any], problem: BaseException | None) -> None:
        """The wait is over; in the main thread."""
        if self._waiter is None:
            return
        self._waiter.busy = False
        self._handle(readers, writers, problem)
        self._turn()

    def _handle(
        self, readers: list[Any], writers: list[Any], problem: BaseException | None
    ) -> None:
        if problem is not None:
            for held in (self._readers, self._writers):
                self._numbered(held)
            self._endBad()
        self._serve(readers, writers)

    def doIteration(self, delay: float | None) -> None:
        """
        Wait up to *delay* seconds in this thread, and handle what happens.
        """
        self._handle(*_wait(self._numbered(self._readers), self._numbered(self._writers), delay))

    # -- running ------------------------------------------------------------------------

    def interleave(self, waker: Handover | None = None, installSignalHandlers: bool = True) -> None:
        """
        Run in another loop, from now on until C{stop}.

        @param waker: called in another thread with a function, it has that
            function called in this one, soon.
        @param installSignalHandlers: stop on SIGINT and SIGTERM, and reap
            children on SIGCHLD.
        @raise ValueError: there is no *waker*.
        """
        waker = waker or self._handover
        if waker is None:
            raise ValueError("there must be a function that calls in the main thread")
        self.startRunning(installSignalHandlers=installSignalHandlers)
        self._interleaved = True
        self._begin(waker)

    def _begin(self, handover: Handover) -> None:
        self._waiter = _Waiter(handover)
        # Not at once: the caller has something to do before its loop begins.
        handover(self._turn)

    def _finish(self) -> None:
        """The reactor has stopped."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.end()
        if self._interleaved:
            self._interleaved = False
            self._uninstallHandler()
            _running.unregister(self._loop.prefix)

    def mainLoop(self) -> None:
        """Run without another loop, until C{stop} or C{crash}."""
        calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._begin(calls.put)
        while self._waiter is not None:
            calls.get()()

    def stop(self) -> None:
        """
        Fire the shutdown event in the next turn, and end after it.

        @raise twisted.internet.error.ReactorNotRunning: it does not run.
        """
        super().stop()
        self.wakeUp()

    def crash(self) -> None:
        """
        End after this turn, without the shutdown event.  The reactor can be
        run again.
        """
        super().crash()
        self.wakeUp()


def install() -> ThreadedSelectReactor:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @return: the reactor.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = ThreadedSelectReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
    return reactor
