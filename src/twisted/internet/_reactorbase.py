"""
What every reactor does, whatever it waits with.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from contextvars import copy_context
from time import time as runtimeSeconds
from types import FrameType
from typing import TYPE_CHECKING, Any, NewType

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet import defer, error, main
from twisted.internet._delayed import DelayedCall
from twisted.internet._events import _ThreePhaseEvent
from twisted.internet._loop_py import Loop as _PureLoop
from twisted.internet._resolving import TIMEOUTS, PluggableResolverMixin
from twisted.internet.abstract import isIPAddress
from twisted.internet.interfaces import (
    IDelayedCall,
    IHostnameResolver,
    IReactorCore,
    IReactorFromThreads,
    IReactorThreads,
    IReactorTime,
    IReadDescriptor,
    IWriteDescriptor,
    _ISupportsExitSignalCapturing,
)
from twisted.logger import Logger
from twisted.python import _running, threadable
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.python.threadpool import ThreadPool

_log = Logger(namespace="twisted.internet.base")

_SystemEventID = NewType("_SystemEventID", tuple[str, Any])

# How many threads the pool keeps at the least and has at the most.
_POOL_SIZE = (0, 10)

_Loop: Any = pick("reactor", _PureLoop, "twisted.internet._reactor_c")


@implementer(
    IReactorCore,
    IReactorTime,
    IReactorThreads,
    IReactorFromThreads,
    _ISupportsExitSignalCapturing,
)
class ReactorBase(PluggableResolverMixin):
    """
    Timers, thread hand-over, system events, threads and the main loop.

    A reactor adds how it waits: C{doIteration}, and the four methods that
    tell it what for (C{addReader} …).  The queues are in a L{_loop_py.Loop}
    or its compiled twin; they are *held*, so that every reactor class has the
    layout of an ordinary object and can be subclassed and patched as one.

    @ivar running: the startup event has been fired, the shutdown event not.
    @ivar usingThreads: there is a thread pool to look names up in.
    @ivar waker: what ends a wait from another thread.
    """

    _registerAsIOThread = True
    _stopped = True
    installed = False
    usingThreads = False
    threadpool: Any = None
    threadpoolShutdownID: Any = None
    _threadpoolStartupID: Any = None
    _exitSignal: int | None = None
    _installSignalHandlers = False
    _signals: Any = None
    waker: Any = None
    _loop: Any
    _loopFactory: Any = staticmethod(_Loop)

    def __init__(self) -> None:
        self._eventTriggers: dict[str, _ThreePhaseEvent] = {}
        self._internalReaders: set[Any] = set()
        self._started = False
        self._startedBefore = False
        self._justStopped = False
        self.running = False
        ownClock = type(self).seconds is not ReactorBase.seconds
        self._loop = self._loopFactory(self, ownClock)
        self.threadCallQueue = self._loop.calls
        if type(self).callLater is ReactorBase.callLater:
            # A method of the loop's own, which is several times cheaper to
            # call than one of ours that passes everything on.
            self.callLater = self._loop.callLater  # type: ignore[method-assign]
        self._initThreads()
        self._during("shutdown", self.crash)
        self._during("shutdown", self.disconnectAll)
        self._during("startup", self._reallyStartRunning)
        self.installWaker()

    # -- what a reactor must add -------------------------------------------

    def installWaker(self) -> None:
        """Make C{waker} and wait for it from now on."""
        raise NotImplementedError(f"{_name(self)} did not implement installWaker")

    def doIteration(self, delay: float | None) -> None:
        """
        Wait up to *delay* seconds (L{None}: for ever) and handle what happens.
        """
        raise NotImplementedError(f"{_name(self)} did not implement doIteration")

    def addReader(self, reader: IReadDescriptor) -> None:
        """Call C{reader.doRead} whenever there is something to read."""
        raise NotImplementedError(f"{_name(self)} did not implement addReader")

    def addWriter(self, writer: IWriteDescriptor) -> None:
        """Call C{writer.doWrite} whenever something can be written."""
        raise NotImplementedError(f"{_name(self)} did not implement addWriter")

    def removeReader(self, reader: IReadDescriptor) -> None:
        """Undo C{addReader}; nothing happens if it was not called."""
        raise NotImplementedError(f"{_name(self)} did not implement removeReader")

    def removeWriter(self, writer: IWriteDescriptor) -> None:
        """Undo C{addWriter}; nothing happens if it was not called."""
        raise NotImplementedError(f"{_name(self)} did not implement removeWriter")

    def removeAll(self) -> list[IReadDescriptor | IWriteDescriptor]:
        """
        Forget all readers and writers but the reactor's own, and return them.
        """
        raise NotImplementedError(f"{_name(self)} did not implement removeAll")

    def getReaders(self) -> list[IReadDescriptor]:
        """Return what C{addReader} was called with."""
        raise NotImplementedError(f"{_name(self)} did not implement getReaders")

    def getWriters(self) -> list[IWriteDescriptor]:
        """Return what C{addWriter} was called with."""
        raise NotImplementedError(f"{_name(self)} did not implement getWriters")

    def _addInternalReader(self, reader: IReadDescriptor) -> None:
        """Add a reader that C{removeAll} leaves where it is."""
        self._internalReaders.add(reader)
        self.addReader(reader)

    def _removeInternalReader(self, reader: IReadDescriptor) -> None:
        """Undo C{_addInternalReader}."""
        self._internalReaders.discard(reader)
        self.removeReader(reader)

    # -- time ---------------------------------------------------------------

    seconds = staticmethod(runtimeSeconds)

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kw: object
    ) -> DelayedCall:
        """
        Have *callable* called with *args* and *kw* in *delay* seconds.

        @return: a handle by which it can be cancelled or put off.
        @raise AssertionError: *callable* is not callable, or *delay* negative.
        """
        call: DelayedCall = self._loop.callLater(delay, callable, *args, **kw)
        return call

    def getDelayedCalls(self) -> Sequence[IDelayedCall]:
        """Return the delayed calls that are still to be made."""
        return self._loop.timers.pending()  # type: ignore[no-any-return]

    def timeout(self) -> float | None:
        """
        Return how many seconds the next wait may last; L{None}: for ever.
        """
        return self._loop.timeout(self.seconds())  # type: ignore[no-any-return]

    # -- threads --------------------------------------------------------------

    def wakeUp(self) -> None:
        """End the wait that is on, from whatever thread."""
        if self.waker is not None:
            self.waker.wakeUp()

    def callFromThread(self, f: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """
        Have *f* called by the reactor's thread, soon; safe from any thread.

        @raise AssertionError: *f* is not callable.
        """
        if not builtins.callable(f):
            raise AssertionError(f"{f} is not callable")
        self.threadCallQueue.append((f, args, kwargs, copy_context()))
        self.wakeUp()

    def _initThreads(self) -> None:
        self.usingThreads = True

    def _defaultNameResolver(self) -> IHostnameResolver:
        if not self.usingThreads:
            return super()._defaultNameResolver()
        # Late: most servers look nothing up.
        from twisted.internet._resolver import GAIResolver

        return GAIResolver(self, self.getThreadPool)  # type: ignore[return-value, arg-type]

    def _initThreadPool(self) -> None:
        # Late: not every program has threads.
        from twisted.python.threadpool import ThreadPool

        pool = self.threadpool = ThreadPool(*_POOL_SIZE, name="twisted.internet.reactor")
        self.threadpoolShutdownID = self._during("shutdown", self._stopThreadPool)
        self._threadpoolStartupID = self.callWhenRunning(pool.start)

    def _stopThreadPool(self) -> None:
        """Stop the pool, whether or not it was ever started."""
        startup = self._threadpoolStartupID
        self._threadpoolStartupID = None
        self.threadpoolShutdownID = None
        pool, self.threadpool = self.threadpool, None
        if startup is not None:
            try:
                self.removeSystemEventTrigger(startup)
            except ValueError:
                pass  # it has been started
        if pool is not None:
            pool.stop()

    def getThreadPool(self) -> ThreadPool:
        """Return the reactor's thread pool, made when it is first wanted."""
        pool: ThreadPool | None = self.threadpool
        if pool is None:
            self._initThreadPool()
            pool = self.threadpool
        return pool  # type: ignore[return-value]

    def suggestThreadPoolSize(self, size: int) -> None:
        """Let the pool have at most *size* threads."""
        self.getThreadPool().adjustPoolsize(maxthreads=size)

    def callInThread(self, _callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call *_callable* in a thread of the pool; what it returns is lost."""
        pool = self.getThreadPool()
        pool.callInThread(_callable, *args, **kwargs)

    # -- names ----------------------------------------------------------------

    def resolve(self, name: str, timeout: Sequence[int] = TIMEOUTS) -> defer.Deferred[str]:
        """
        Look *name* up.

        @return: fires with a dotted IPv4 address (C{"0.0.0.0"} for the empty
            name), or fails with L{error.DNSLookupError}.
        """
        wanted = name or "0.0.0.0"
        if not isIPAddress(wanted):
            return self.resolver.getHostByName(wanted, timeout)
        return defer.succeed(wanted)

    # -- system events ----------------------------------------------------------

    def addSystemEventTrigger(
        self,
        phase: str,
        eventType: str,
        callable: Callable[..., Any],
        *args: object,
        **kwargs: object,
    ) -> _SystemEventID:
        """
        Have *callable* called when *eventType* is fired.

        @param phase: C{"before"} (may return a Deferred that is waited for),
            C{"during"} or C{"after"}.
        @param eventType: C{"startup"}, C{"shutdown"}, C{"persist"}, or any name.
        @return: a handle for C{removeSystemEventTrigger}.
        @raise KeyError: there is no such phase.
        """
        if not builtins.callable(callable):
            raise AssertionError(f"{callable} is not callable")
        event = self._eventTriggers.get(eventType)
        if event is None:
            event = self._eventTriggers[eventType] = _ThreePhaseEvent()
        return _SystemEventID((eventType, event.addTrigger(phase, callable, *args, **kwargs)))

    def _during(self, eventType: str, does: Callable[[], object]) -> _SystemEventID:
        """Have *does* called, without arguments, while *eventType* is fired."""
        return self.addSystemEventTrigger("during", eventType, does)

    def removeSystemEventTrigger(self, triggerID: _SystemEventID) -> None:
        """
        Undo C{addSystemEventTrigger}.

        @raise ValueError: it was removed or fired before.
        """
        eventType, handle = triggerID
        self._eventTriggers[eventType].removeTrigger(handle)

    def fireSystemEvent(self, eventType: str) -> None:
        """Call the triggers of *eventType*; nothing if it has none."""
        event = self._eventTriggers.get(eventType)
        if event is not None:
            event.fireEvent()

    def callWhenRunning(
        self, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> _SystemEventID | None:
        """
        Call *callable* at once if the reactor runs, else when it has started.

        @return: a handle for C{removeSystemEventTrigger}, or L{None} when it
            has been called.
        """
        if self.running:
            callable(*args, **kwargs)
            return None
        return self.addSystemEventTrigger("after", "startup", callable, *args, **kwargs)

    # -- running ------------------------------------------------------------------

    def run(self, installSignalHandlers: bool = True) -> None:
        """
        Handle events until C{stop}.

        @param installSignalHandlers: stop on SIGINT and SIGTERM, and reap
            children on SIGCHLD.
        @raise error.ReactorAlreadyRunning: it runs.
        @raise error.ReactorNotRestartable: it has been stopped.
        """
        self.startRunning(installSignalHandlers=installSignalHandlers)
        try:
            self.mainLoop()
        finally:
            self._uninstallHandler()
            _running.unregister(self._loop.prefix)

    def startRunning(self, installSignalHandlers: bool = True) -> None:
        """
        Do what comes before the main loop; for those who drive the loop
        themselves.
        """
        if self._started:
            raise error.ReactorAlreadyRunning()
        if self._startedBefore:
            raise error.ReactorNotRestartable()
        self._installSignalHandlers = installSignalHandlers
        self._started = True
        self._stopped = False
        if self._registerAsIOThread:
            threadable.registerAsIOThread()
        _running.register(self._loop.prefix)
        self.fireSystemEvent("startup")

    def _signalsFactory(self) -> Any:
        """Make what handles the signals while the reactor runs."""
        # Late: a reactor that never runs (as under a test runner) needs none.
        from twisted.internet._signals import ReactorSignals

        return ReactorSignals(self)

    def _reallyStartRunning(self) -> None:
        self.running = True
        if self._installSignalHandlers:
            self._signals = self._signalsFactory()
            self._signals.install()

    def _uninstallHandler(self) -> None:
        """Give the signals back to whom they belonged."""
        signals, self._signals = self._signals, None
        if signals is not None:
            signals.uninstall()

    def mainLoop(self) -> None:
        """Turn until C{stop} or C{crash}."""
        while self._started:
            try:
                self._turns()
            except BaseException:
                _log.failure("Unexpected error in main loop.")
        _log.info("Main loop terminated.")

    def _turns(self) -> None:
        while self._started:
            self.runUntilCurrent()
            delay = self.timeout()
            self.doIteration(delay if self.running else 0)

    def iterate(self, delay: float | None = 0.0) -> None:
        """
        Do one turn.

        @param delay: seconds to wait at the most.
        """
        self.runUntilCurrent()
        self.doIteration(delay)

    def runUntilCurrent(self) -> None:
        """
        Make the calls that threads have handed over and those that are due,
        and begin the shutdown if C{stop} was called.
        """
        loop = self._loop
        if loop.dirty:
            loop.flush()
        if loop.calls and loop.runCalls(self._threadCallFailed):
            self.wakeUp()
        loop.runTimers(self.seconds(), self._timedCallFailed)
        if self._justStopped:
            self._justStopped = False
            self.fireSystemEvent("shutdown")

    def _threadCallFailed(self) -> None:
        _log.failure("while calling from thread")

    def _timedCallFailed(self, call: DelayedCall) -> None:
        _log.failure("while handling timed call {previous}", previous=call)

    def stop(self) -> None:
        """
        Fire the shutdown event in the next turn, and end C{run} after it.

        @raise error.ReactorNotRunning: it does not run.
        """
        if self._stopped:
            raise error.ReactorNotRunning("Can't stop reactor that isn't running.")
        self._stopped = self._justStopped = self._startedBefore = True

    def crash(self) -> None:
        """
        End the main loop after this turn, without the shutdown event.  The
        reactor can be run again.
        """
        self._started = self.running = False
        self._during("startup", self._reallyStartRunning)

    def disconnectAll(self) -> None:
        """Close everything that is registered; for the shutdown."""
        for selectable in self.removeAll():
            before = self._loop.enter(selectable)
            try:
                selectable.connectionLost(Failure(main.CONNECTION_LOST))
            except BaseException:
                _log.failure("Unexpected error while disconnecting.")
            finally:
                self._loop.current = before

    # -- signals --------------------------------------------------------------------

    def _stopOnSignal(self, number: int, name: str) -> None:
        _log.info(f"Received {name}, shutting down.")
        self.callFromThread(self.stop)
        self._exitSignal = number

    def sigInt(self, number: int, frame: FrameType | None = None) -> None:
        """Stop, for SIGINT."""
        self._stopOnSignal(number, "SIGINT")

    def sigBreak(self, number: int, frame: FrameType | None = None) -> None:
        """Stop, for SIGBREAK (Windows)."""
        self._stopOnSignal(number, "SIGBREAK")

    def sigTerm(self, number: int, frame: FrameType | None = None) -> None:
        """Stop, for SIGTERM."""
        self._stopOnSignal(number, "SIGTERM")


def _name(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"
