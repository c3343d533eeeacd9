"""
A pool of threads, that grows with the work and up to a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread, current_thread
from typing import Any

from twisted._threads._pool import Pool
from twisted.python import context, log
from twisted.python.deprecate import deprecated
from twisted.python.failure import Failure
from twisted.python.versions import Version

WorkerStop = object()


class ThreadPool:
    """
    Calls functions in threads.

    @ivar min, max: how many threads there are at the least and at the most.
    @ivar name: begins the names of the threads.
    @ivar started: whether it has been started.
    @ivar joined: whether it has been stopped.
    @cvar threadFactory: makes the threads.
    """

    min = 5
    max = 20
    joined = False
    started = False
    name: str | None = None
    threadFactory = Thread

    @staticmethod
    @deprecated(
        Version("Twisted", 22, 1, 0), replacement="threading.current_thread"
    )
    def currentThread() -> Thread:
        """Return the calling thread."""
        return current_thread()

    def __init__(self, minthreads: int = 5, maxthreads: int = 20, name: str | None = None) -> None:
        """
        @param minthreads: threads that are there from the start.
        @param maxthreads: threads that there are at the most.
        """
        assert minthreads >= 0, "minimum is negative"
        assert minthreads <= maxthreads, "minimum is greater than maximum"
        self.min = minthreads
        self.max = maxthreads
        self.name = name
        self.threads: list[Thread] = []
        self._pool = Pool(self._startThread, self._limit, _logFailure)

    def _limit(self) -> int:
        return self.max if self.started else 0

    def _startThread(self, target: Callable[[], None]) -> Thread:
        thread = self.threadFactory(name=self._generateName(), target=target, daemon=False)
        self.threads.append(thread)
        thread.start()
        return thread

    def _generateName(self) -> str:
        return f"PoolThread-{self.name or id(self)}-{len(self.threads)}"

    # -- how many ----------------------------------------------------------

    @property
    def workers(self) -> int:
        """How many threads there are."""
        return self._pool.size

    @property
    def working(self) -> list[Any]:
        """The threads that are at work."""
        return [None] * self._pool.busy

    @property
    def waiters(self) -> list[Any]:
        """The threads that wait for work."""
        return [None] * self._pool.idle

    @property
    def _queue(self) -> Any:
        """What looks like the queue: has C{qsize}."""
        return self._pool

    q = _queue

    # -- life ----------------------------------------------------------------

    def start(self) -> None:
        """Begin, with what was asked for before."""
        self.joined = False
        self.started = True
        self.adjustPoolsize()
        for _ in range(min(self.max - self.workers, self._pool.qsize())):
            self.startAWorker()

    def startAWorker(self) -> None:
        """Add a thread, if the limit allows."""
        self._pool.grow(1)

    def stopAWorker(self) -> None:
        """Let a thread end when it has nothing to do."""
        self._pool.shrink(1)

    def stop(self) -> None:
        """
        Do what was asked for, end the threads, and wait for them.
        """
        self.joined = True
        self.started = False
        self._pool.close()
        for thread in self.threads:
            if thread is not current_thread() and thread.is_alive():
                thread.join()

    def adjustPoolsize(self, minthreads: int | None = None, maxthreads: int | None = None) -> None:
        """
        Change how many threads there are at the least and at the most.
        """
        minimum = self.min if minthreads is None else minthreads
        maximum = self.max if maxthreads is None else maxthreads
        assert minimum >= 0, "minimum is negative"
        assert minimum <= maximum, "minimum is greater than maximum"
        self.min = minimum
        self.max = maximum
        if not self.started:
            return
        if self.workers > maximum:
            self._pool.shrink(self.workers - maximum)
        if self.workers < minimum:
            self._pool.grow(minimum - self.workers)

    def __setstate__(self, state: dict[str, Any]) -> None:
        ThreadPool.__init__(self, state["min"], state["max"])
        self.__dict__.update(state)

    def __getstate__(self) -> dict[str, Any]:
        return {"min": self.min, "max": self.max}

    # -- work -------------------------------------------------------------------

    def callInThread(self, func: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """
        Call *func* in a thread; what it raises is logged.
        """
        self.callInThreadWithCallback(None, func, *args, **kw)

    def callInThreadWithCallback(
        self,
        onResult: Callable[[bool, Any], Any] | None,
        func: Callable[..., Any],
        *args: Any,
        **kw: Any,
    ) -> None:
        """
        Call *func* in a thread, with the context variables of the caller.

        @param onResult: called, in that thread, with whether it returned, and
            what it returned or the L{Failure} for what it raised.
        """
        if self.joined:
            return
        ctx = context.theContextTracker.currentContext().contexts[-1]
        variables = copy_context()

        def work() -> None:
            nonlocal func, args, kw
            try:
                # A copy: what it sets is its own, as asyncio.to_thread has it.
                result = variables.copy().run(context.call, ctx, func, *args, **kw)
                succeeded = True
            except BaseException:
                succeeded = False
                result = Failure()
                if onResult is None:
                    variables.run(context.call, ctx, log.err, result)
            # Nothing of the call lives on while its result is dealt with.
            func, args, kw = _nothing, (), {}
            if onResult is not None:
                variables.run(context.call, ctx, onResult, succeeded, result)

        self._pool.do(work)

    def dumpStats(self) -> None:
        """Log how many threads and what work there is."""
        log.msg(f"queue: {self._pool.qsize()}")
        log.msg(f"waiters: {self.waiters}")
        log.msg(f"workers: {self.working}")
        log.msg(f"total: {self.threads}")


def _nothing() -> None:
    """Stands where a function has been called."""


def _logFailure() -> None:
    log.err()


__all__ = ["ThreadPool", "WorkerStop"]
