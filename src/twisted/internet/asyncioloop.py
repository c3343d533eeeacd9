"""
An asyncio event loop on a reactor: asyncio's libraries in a Twisted program.

The reactor waits, with its poller, for the descriptors of both.  In a running
reactor the loop runs as well, from the startup event to the shutdown event::

    from twisted.internet import asyncioloop, reactor

    loop = asyncioloop.install()
    loop.create_task(main())      # may use aiohttp, asyncpg, ...
    reactor.run()

A program that is asyncio's has the loop run the reactor::

    with asyncio.Runner(loop_factory=TorsionEventLoop) as runner:
        runner.run(main())        # may use Twisted's protocols and Deferreds

Either way a coroutine may await Deferreds and futures alike, whether it was
started by C{ensureDeferred} or as a task.

The other way round, a reactor in somebody else's loop, is
L{twisted.internet.asyncioreactor}.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from contextvars import Context
from typing import Any

from twisted.internet import _asynciobridge as _asynciobridge  # what coroutines may await
from twisted.internet._asyncioaccept import StreamingLoop
from twisted.internet._asynciostreams import StreamTransport
from twisted.internet._guestloop import GuestReactor
from twisted.internet._reactorselector import ReactorSelector
from twisted.internet._signals import ReactorSignals
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger
from twisted.python import _running

__all__ = ["TorsionEventLoop", "install"]

_log = Logger()

#: So often those have their turn who were woken by others, before the kernel is
#: asked again.
_SPINS = 4

#: Nobody waits longer than so many seconds.
_LONGEST = 86400.0

#: So many turns the tasks have to end in, when the reactor shuts down.
_LAST_TURNS = 100


class TorsionEventLoop(StreamingLoop):
    """
    An event loop that waits with a reactor.

    @ivar reactor: which.
    """

    #: So that one that could not be made is none to be closed.
    _closed = True

    def __init__(self, reactor: Any = None) -> None:
        """
        @param reactor: by default the installed one, or the default one, which
            is installed then.
        @raise TypeError: the reactor is itself in an asyncio loop.
        """
        if reactor is None:
            # Late: importing it installs the default one.
            from twisted.internet import reactor
        if getattr(reactor, "_asyncioEventloop", None) is not None:
            raise TypeError(f"{reactor!r} runs in an asyncio event loop already; use that one")
        self.reactor: Any = reactor
        self._thread_id: int | None
        self._attached = False
        self._shuttingDown = False
        self._inTurn = False
        self._timerCall: Any = None
        self._timerMoment = 0.0
        self._startedReactor = False
        self._hooksBefore: Any = None
        self._childSignals: Any = None
        self._signalsBefore: dict[int, Any] = {}
        # As a call from a thread, without the waking; for all turns the same.
        self._plannedTurn: tuple[Any, ...] = (self._turn, (), {}, Context())
        self._hosted = isinstance(reactor, GuestReactor)
        super().__init__(ReactorSelector(reactor, self._wait, self._planTurn))
        self._triggers = [
            None,
            reactor.addSystemEventTrigger("before", "shutdown", self._beginShutdown),
            reactor.addSystemEventTrigger("during", "shutdown", self._windUp),
            reactor.addSystemEventTrigger("after", "shutdown", self._detach),
        ]
        # Last: it may be now.
        self._triggers[0] = reactor.callWhenRunning(self._attach)

    # -- in a reactor that runs -------------------------------------------------

    def _attach(self) -> None:
        """The reactor runs: so do we, if no other loop does."""
        self._triggers[0] = None
        if self._closed or self.is_running() or asyncio._get_running_loop() is not None:
            return
        self._attached = True
        self._thread_id = threading.get_ident()
        self._hooksBefore = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(
            firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
        )
        self._set_coroutine_origin_tracking(self._debug)
        asyncio._set_running_loop(self)
        self._awake = False
        self._planTurn()

    def _beginShutdown(self) -> None:
        self._shuttingDown = True

    def _losesAll(self) -> bool:
        """
        Tell whether the reactor, which shuts down, lets go of all descriptors: our
        streams stay open until the tasks have ended.
        """
        return self._shuttingDown and not self.reactor._started

    def _windUp(self) -> None:
        """
        The reactor shuts down: cancel the tasks, as L{asyncio.run} does, and
        let them say their last words, as far as they need not wait for any.
        """
        if not self._attached:
            return
        for task in asyncio.all_tasks(self):
            task.cancel()
        self._awake = True
        for _ in range(_LAST_TURNS):
            if not self._ready:
                break
            self._callReady(len(self._ready))
            self.reactor._loop.flush()

    def _detach(self) -> None:
        """The reactor has stopped, and so do we."""
        self._triggers = []
        self._shuttingDown = False
        if not self._attached:
            return
        self._attached = False
        self._awake = True
        self._thread_id = None
        self._dropTimer()
        asyncio._set_running_loop(None)
        self._set_coroutine_origin_tracking(False)
        sys.set_asyncgen_hooks(*self._hooksBefore)

    def _planTurn(self) -> None:
        """Have a turn as soon as the reactor has time, if there is none now."""
        if self._awake:
            return
        self._awake = True
        if self._hosted:
            # Whoever waits has to be told.
            self.reactor.callLater(0, self._turn)
        else:
            self.reactor.threadCallQueue.append(self._plannedTurn)

    def _turn(self) -> None:
        """Call what is ready, and see to it that we are called again in time."""
        if not self._attached or self._inTurn:
            return
        self._awake = self._inTurn = True
        try:
            self._gather()
            for _ in range(_SPINS):
                waiting = len(self._ready)
                if not waiting:
                    break
                self._callReady(waiting)
        except BaseException:
            # SystemExit and KeyboardInterrupt: the reactor goes on, as it does
            # when they are raised in its own callbacks.
            _log.failure("Unexpected error in the asyncio event loop.")
        finally:
            self._inTurn = False
        if self._attached:
            self._awake = False
            if self._ready:
                self._planTurn()
            if self._scheduled:
                self._planTimer()

    def _planTimer(self) -> None:
        """Have a turn when the first timer is due."""
        moment = self._scheduled[0][0]
        call = self._timerCall
        if call is not None and self._timerMoment <= moment:
            return
        delay = max(0.0, moment - self.time())
        self._timerMoment = moment
        if call is None:
            self._timerCall = self.reactor.callLater(delay, self._timerDue)
        else:
            call.reset(delay)

    def _timerDue(self) -> None:
        self._timerCall = None
        self._turn()

    def _dropTimer(self) -> None:
        call, self._timerCall = self._timerCall, None
        if call is not None and call.active():
            call.cancel()

    def _escaped(self, problem: BaseException) -> None:
        """
        A stream's protocol wants the program to end; called inside the except
        block.
        """
        if self._attached:
            # As above: the reactor goes on.
            _log.failure("Unexpected error in the asyncio event loop.")
        else:
            self._escape = problem

    # -- waiting ------------------------------------------------------------------

    def _wait(self, timeout: float | None) -> None:
        """
        Let the reactor do a turn of up to *timeout* seconds, or until the next
        timer, if it does not run by itself.
        """
        if self._attached:
            return
        reactor = self.reactor
        reactor.runUntilCurrent()
        if self._startedReactor and not reactor._started:
            # Stopped by somebody in the program.
            self._startedReactor = False
            self._stopping = True
        # Asked again: the reactor's calls may have planned calls of ours.
        if self._ready or self._stopping or self._selector.events:
            reactor.doIteration(0)
            return
        limit = _LONGEST if timeout is None else timeout
        patience = reactor.timeout()
        if patience is not None and patience < limit:
            limit = patience
        if self._scheduled:
            limit = min(limit, max(0.0, self._scheduled[0][0] - self.time()))
        reactor.doIteration(limit)

    def run_forever(self) -> None:
        """
        Run, and have the reactor run, until C{stop}.

        Of the reactor's signal handlers only the one for ended children is
        installed: the program is asyncio's.

        @raise RuntimeError: it runs, or the reactor does.
        """
        reactor = self.reactor
        self._check_closed()
        self._check_running()
        if reactor.running and not self._startedReactor:
            raise RuntimeError("The reactor is running, and this event loop not in it")
        if not reactor._started and not reactor._startedBefore:
            self._dropTrigger(0)
            self._startedReactor = True
            reactor.startRunning(installSignalHandlers=False)
            if _nobodyHearsOfChildren():
                self._childSignals = ReactorSignals(reactor)
                self._childSignals.install(stopping=False)
        super().run_forever()

    def stop(self) -> None:
        """
        Stop running, after this turn.  In a reactor that runs this stops the
        reactor.
        """
        if self._attached:
            try:
                self.reactor.stop()
            except ReactorNotRunning:
                pass  # it is stopping
        else:
            super().stop()

    def _dropTrigger(self, index: int) -> None:
        trigger, self._triggers[index] = self._triggers[index], None
        if trigger is not None:
            try:
                self.reactor.removeSystemEventTrigger(trigger)
            except ValueError:
                pass  # the event is being fired

    def close(self) -> None:
        """
        Close the loop; the reactor stays, but what was started with it stops.

        @raise RuntimeError: it runs.
        """
        if self.is_closed():
            return
        super().close()
        for transport in list(self._transports.values()):
            if isinstance(transport, StreamTransport):
                # As the selector lets go of the others.
                transport._letGo()
        self._dropTimer()
        for index in range(len(self._triggers)):
            self._dropTrigger(index)
        if self._childSignals is not None:
            self._childSignals.uninstall()
        if self._startedReactor:
            self._startedReactor = False
            if self.reactor.threadpool is not None:
                self.reactor._stopThreadPool()
            self.reactor.crash()
        if not self.reactor._started:
            _running.unregister(self.reactor._loop.prefix)

    # -- waking -----------------------------------------------------------------------

    def _make_self_pipe(self) -> None:
        """There is none: the reactor's waker serves."""

    def _close_self_pipe(self) -> None:
        """There is none."""

    def _write_to_self(self) -> None:
        """Wake up, from another thread or a signal handler."""
        self.reactor.callFromThread(self._turn)

    # -- signals ------------------------------------------------------------------------

    def add_signal_handler(self, sig: int, callback: Callable[..., Any], *args: Any) -> None:
        """
        Have *callback* called in the loop for the signal *sig*.  What handled
        it before, the reactor for one, does so no longer; only of SIGCHLD, which
        says of no child which it was, both hear.

        @raise ValueError: there is no such signal.
        @raise RuntimeError: it cannot be handled, or this is not the main thread.
        """
        if asyncio.iscoroutine(callback) or asyncio.iscoroutinefunction(callback):
            raise TypeError("coroutines cannot be used with add_signal_handler()")
        self._check_signal(sig)
        self._check_closed()
        handle = asyncio.Handle(callback, args, self, None)
        try:
            before = signal.signal(sig, self._signalled)
            signal.siginterrupt(sig, False)
        except (ValueError, OSError) as problem:
            raise RuntimeError(f"sig {sig} cannot be caught: {problem}")
        self._signal_handlers[sig] = handle
        self._signalsBefore.setdefault(sig, before)

    def _signalled(self, sig: int, frame: Any) -> None:
        self._handle_signal(sig)
        before = self._signalsBefore.get(sig)
        if sig == getattr(signal, "SIGCHLD", None) and callable(before):
            # The children of the reactor's end, too.
            before(sig, frame)

    def remove_signal_handler(self, sig: int) -> bool:
        """
        Undo C{add_signal_handler}.

        @return: whether there was one.
        """
        self._check_signal(sig)
        if self._signal_handlers.pop(sig, None) is None:
            return False
        before = self._signalsBefore.pop(sig, None)
        signal.signal(sig, signal.SIG_DFL if before is None else before)
        return True


def _nobodyHearsOfChildren() -> bool:
    """Tell whether SIGCHLD has no handler."""
    number = getattr(signal, "SIGCHLD", None)
    return number is not None and signal.getsignal(number) == signal.SIG_DFL


def install(reactor: Any = None) -> TorsionEventLoop:
    """
    Make an event loop on *reactor*, and make it the current one of this thread.

    @param reactor: by default the installed one.
    @return: the loop; it runs whenever the reactor does.
    """
    loop = TorsionEventLoop(reactor)
    asyncio.set_event_loop(loop)
    return loop
