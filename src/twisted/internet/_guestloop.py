"""
Reactors that are guests: the loop they run in is somebody else's.

A GUI toolkit or asyncio waits; it tells us of descriptors and wakes us when we
asked to be.  Such a reactor keeps its timers and thread calls as every other,
and has the host wake it in time for the next of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import _dispatch
from twisted.internet._delayed import DelayedCall
from twisted.internet.posixbase import PosixReactorBase


def watchedCalls(changed: Callable[[], None]) -> type[DelayedCall]:
    """
    Make a class of delayed calls that tell when they are brought forward.

    @param changed: called then.
    """

    class _WatchedCall(DelayedCall):
        def reset(self, secondsFromNow: float) -> None:
            super().reset(secondsFromNow)
            changed()

        def delay(self, secondsLater: float) -> None:
            super().delay(secondsLater)
            if secondsLater < 0:
                changed()

    _WatchedCall.__name__ = DelayedCall.__name__
    _WatchedCall.__qualname__ = DelayedCall.__qualname__
    _WatchedCall.__module__ = DelayedCall.__module__
    return _WatchedCall


class GuestReactor(PosixReactorBase):
    """
    A reactor in a host's loop.

    A subclass adds C{_wakeIn}, C{_forgetWake}, C{_runHost} and C{_quitHost},
    and what all reactors add.

    @ivar _wakeMoment: when the host will call C{_turn}, in our seconds, or
        L{None}.
    @ivar _inTurn: C{_turn} runs; it arranges the next itself.
    @cvar _servesUnstarted: calls are made before C{run}, too, and without it:
        the host's loop is one that the program may run by itself.
    """

    _flushesAfterEvents = True
    _wakeMoment: float | None = None
    _inTurn = False
    _servesUnstarted = False

    def __init__(self) -> None:
        super().__init__()
        self._loop.timers.factory = watchedCalls(self._reschedule)
        # The base's short cut goes past our method.
        self.__dict__.pop("callLater", None)

    # -- what the host must do ------------------------------------------------

    def _wakeIn(self, delay: float) -> None:
        """Have C{_turn} called in *delay* seconds."""
        raise NotImplementedError

    def _forgetWake(self) -> None:
        """Undo C{_wakeIn}."""
        raise NotImplementedError

    def _runHost(self) -> None:
        """Run the host's loop until C{_quitHost}."""
        raise NotImplementedError

    def _quitHost(self) -> None:
        """End the host's loop soon, if we run it."""
        raise NotImplementedError

    # -- time -------------------------------------------------------------------

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> DelayedCall:
        """
        Have *callable* called with *args* and *kwargs* in *delay* seconds.

        @return: a handle by which it can be cancelled or put off.
        @raise AssertionError: *callable* is not callable, or *delay* negative.
        """
        call = self._loop.callLater(delay, callable, *args, **kwargs)
        self._reschedule()
        return call  # type: ignore[no-any-return]

    def _reschedule(self) -> None:
        """
        Be woken in time for what is planned.  A wake that is too early does no
        harm; it is kept.
        """
        if self._inTurn or not (self._started or self._servesUnstarted):
            return
        moment: float | None
        now = self.seconds()
        if self._justStopped:
            moment = now
        else:
            delay = self.timeout()
            moment = None if delay is None else now + delay
        held = self._wakeMoment
        if moment is None or (held is not None and held <= moment):
            return
        if held is not None:
            self._forgetWake()
        self._wakeMoment = moment
        self._wakeIn(max(0.0, moment - now))

    def _dropWake(self) -> None:
        """The host need not wake us."""
        if self._wakeMoment is not None:
            self._wakeMoment = None
            self._forgetWake()

    def _turn(self) -> None:
        """Do what is due; the host calls it."""
        self._wakeMoment = None
        if self._inTurn or not (self._started or self._servesUnstarted):
            return
        self._inTurn = True
        try:
            self.runUntilCurrent()
        finally:
            self._inTurn = False
        self._reschedule()

    # -- events -------------------------------------------------------------------

    def _happened(
        self, selectable: Any, readable: bool, writable: bool, hungUp: bool = False
    ) -> None:
        """Handle what the host says of a descriptor."""
        _dispatch.handle(self, selectable, readable, writable, hungUp)
        self._reschedule()

    # -- running ------------------------------------------------------------------

    def stop(self) -> None:
        """
        Fire the shutdown event in the next turn, and end C{run} after it.

        @raise twisted.internet.error.ReactorNotRunning: it does not run.
        """
        super().stop()
        self._reschedule()
        # If the host sleeps and we were called from elsewhere.
        self.wakeUp()

    def crash(self) -> None:
        """
        End the main loop after this turn, without the shutdown event.  The
        reactor can be run again.
        """
        running = self._started
        super().crash()
        self._dropWake()
        if running:
            self._quitHost()

    def mainLoop(self) -> None:
        """Run the host's loop until C{stop} or C{crash}."""
        self._reschedule()
        if self._started:
            self._runHost()


__all__ = ["GuestReactor", "watchedCalls"]
