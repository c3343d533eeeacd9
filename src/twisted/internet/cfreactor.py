"""
A reactor in the run loop of Core Foundation, for programs with a Cocoa
interface on macOS.  It needs pyobjc.

    from twisted.internet import cfreactor
    cfreactor.install(runner=AppHelper.runEventLoop)
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet._guestloop import GuestReactor
from twisted.internet._selectables import WaitsForSets
from twisted.internet.interfaces import IReactorFDSet

__all__ = ["CFReactor", "install"]


class _Watch:
    """
    What Core Foundation was told of one descriptor.

    @ivar number: the descriptor's, as it was then.
    @ivar reference: its C{CFFileDescriptor}.
    @ivar source: by which that is in the run loop.
    """

    __slots__ = ("number", "reference", "source")

    def __init__(self, number: int, reference: Any, source: Any) -> None:
        self.number = number
        self.reference = reference
        self.source = source


@implementer(IReactorFDSet)
class CFReactor(WaitsForSets, GuestReactor):
    """
    A reactor in a run loop of Core Foundation.

    @ivar _watches: what Core Foundation was told, by selectable.
    @ivar _currentSimulator: the timer that wakes us, or L{None}.
    """

    def __init__(
        self,
        runLoop: Any = None,
        runner: Callable[[], Any] | None = None,
        _coreFoundation: Any = None,
    ) -> None:
        """
        @param runLoop: the C{CFRunLoop} to live in; by default the current one
            of this thread.
        @param runner: runs it; by default C{CFRunLoopRun}, which does for
            programs without an interface.
        """
        if _coreFoundation is None:
            # Late: it is there on macOS alone.
            _coreFoundation = importlib.import_module("CoreFoundation")
        self._cf = _coreFoundation
        self._runLoop = _coreFoundation.CFRunLoopGetCurrent() if runLoop is None else runLoop
        self._runner = _coreFoundation.CFRunLoopRun if runner is None else runner
        self._watches: dict[Any, _Watch] = {}
        self._currentSimulator: Any = None
        WaitsForSets.__init__(self)
        GuestReactor.__init__(self)

    # -- descriptors ------------------------------------------------------------

    def _wanted(self, selectable: Any) -> int:
        cf = self._cf
        return (cf.kCFFileDescriptorReadCallBack if selectable in self._readers else 0) | (
            cf.kCFFileDescriptorWriteCallBack if selectable in self._writers else 0
        )

    def _heldChanged(self, selectable: Any) -> None:
        """
        Tell Core Foundation what *selectable* is waited for now.  It forgets
        what has happened, and so is told again after each event.
        """
        cf = self._cf
        wanted = self._wanted(selectable)
        watch = self._watches.get(selectable)
        if watch is not None and (not wanted or watch.number != selectable.fileno()):
            del self._watches[selectable]
            cf.CFRunLoopRemoveSource(self._runLoop, watch.source, cf.kCFRunLoopCommonModes)
            cf.CFFileDescriptorInvalidate(watch.reference)
            watch = None
        if not wanted:
            return
        if watch is None:
            watch = self._begin(selectable)
        unwanted = (cf.kCFFileDescriptorReadCallBack | cf.kCFFileDescriptorWriteCallBack) & ~wanted
        if unwanted:
            cf.CFFileDescriptorDisableCallBacks(watch.reference, unwanted)
        cf.CFFileDescriptorEnableCallBacks(watch.reference, wanted)

    def _begin(self, selectable: Any) -> _Watch:
        cf = self._cf
        number = selectable.fileno()
        reference = cf.CFFileDescriptorCreate(
            cf.kCFAllocatorDefault, number, False, self._fired, selectable
        )
        source = cf.CFFileDescriptorCreateRunLoopSource(cf.kCFAllocatorDefault, reference, 0)
        cf.CFRunLoopAddSource(self._runLoop, source, cf.kCFRunLoopCommonModes)
        watch = self._watches[selectable] = _Watch(number, reference, source)
        return watch

    def _fired(self, reference: Any, happened: int, selectable: Any) -> None:
        """Core Foundation says what has happened."""
        watch = self._watches.get(selectable)
        if watch is None or watch.reference is not reference:
            return
        cf = self._cf
        self._happened(
            selectable,
            bool(happened & cf.kCFFileDescriptorReadCallBack) and selectable in self._readers,
            bool(happened & cf.kCFFileDescriptorWriteCallBack) and selectable in self._writers,
        )
        if self._watches.get(selectable) is watch:
            self._heldChanged(selectable)

    # -- the host -----------------------------------------------------------------

    def _wakeIn(self, delay: float) -> None:
        cf = self._cf
        self._currentSimulator = timer = cf.CFRunLoopTimerCreate(
            cf.kCFAllocatorDefault,
            cf.CFAbsoluteTimeGetCurrent() + delay,
            0,
            0,
            0,
            self._simulate,
            None,
        )
        cf.CFRunLoopAddTimer(self._runLoop, timer, cf.kCFRunLoopCommonModes)

    def _simulate(self, timer: Any, info: Any) -> None:
        self._currentSimulator = None
        self._turn()

    def _forgetWake(self) -> None:
        timer, self._currentSimulator = self._currentSimulator, None
        if timer is not None:
            self._cf.CFRunLoopTimerInvalidate(timer)

    def _runHost(self) -> None:
        self._runner()

    def _quitHost(self) -> None:
        self._cf.CFRunLoopStop(self._runLoop)

    def doIteration(self, delay: float | None) -> None:
        """
        Handle what there is; if there is nothing, wait up to *delay* seconds.
        """
        cf = self._cf
        seconds = 1e9 if delay is None else delay
        cf.CFRunLoopRunInMode(cf.kCFRunLoopDefaultMode, seconds, True)

    def iterate(self, delay: float | None = 0.0) -> None:
        """
        Do one turn.

        @param delay: seconds to wait at the most.
        """
        super().iterate(delay)
        # Whoever turns us by hand does so again.
        self._dropWake()


def install(runLoop: Any = None, runner: Callable[[], Any] | None = None) -> CFReactor:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @param runLoop, runner: see L{CFReactor}.
    @return: the reactor.
    @raise ImportError: there is no Core Foundation.
    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = CFReactor(runLoop, runner)
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
    return reactor
