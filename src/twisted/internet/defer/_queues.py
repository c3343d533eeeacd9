"""
Locks, semaphores and queues whose waiting is a Deferred.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from twisted.internet.defer._coroutines import maybeDeferred
from twisted.internet.defer._deferred import Deferred, TimeoutError
from twisted.internet.defer._tools import fail, succeed
from twisted.python import lockfile
from twisted.python.failure import Failure

_T = TypeVar("_T")


class QueueOverflow(Exception):
    """The queue is full."""


class QueueUnderflow(Exception):
    """Too many wait at the queue already."""


class AlreadyTryingToLockError(Exception):
    """The lock is being waited for already, by this object."""


class _ConcurrencyPrimitive(ABC):
    """What locks and semaphores share: waiting, and running under them."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[Any]] = []

    @abstractmethod
    def acquire(self) -> Deferred[Any]:
        """Wait for our turn; fires with the lock itself."""

    @abstractmethod
    def release(self) -> None:
        """Our turn is over."""

    def _releaseAndReturn(self, result: _T) -> _T:
        self.release()
        return result

    def run(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        """
        Call *f* when it is our turn, which lasts until it is done.

        @return: fires with what *f* returns, or its Deferred fires with.
        """

        def execute(ignored: object) -> Deferred[Any]:
            d = maybeDeferred(f, *args, **kwargs)
            return d.addBoth(self._releaseAndReturn)  # type: ignore[no-any-return]

        return self.acquire().addCallback(execute)  # type: ignore[no-any-return]

    def __aenter__(self) -> Deferred[Any]:
        """Let C{async with} wait for our turn."""
        return self.acquire().addCallback(lambda ignored: None)  # type: ignore[no-any-return]

    def __aexit__(self, kind: Any, value: Any, traceback: Any) -> Deferred[bool]:
        """Our turn is over."""
        self.release()
        return succeed(False)

    def _cancelAcquire(self, d: Deferred[Any]) -> None:
        self.waiting.remove(d)


class DeferredLock(_ConcurrencyPrimitive):
    """
    Lets one at a time.

    @ivar locked: whether somebody's turn is on.
    """

    locked = False

    def acquire(self) -> Deferred[Any]:
        """
        Wait for our turn.

        @return: fires with the lock; cancelling it gives the place up.
        """
        d: Deferred[Any] = Deferred(canceller=self._cancelAcquire)
        if self.locked:
            self.waiting.append(d)
        else:
            self.locked = True
            d.callback(self)
        return d

    def release(self) -> None:
        """
        Our turn is over; the next one's begins.
        """
        assert self.locked, "Tried to release an unlocked lock"
        self.locked = False
        if self.waiting:
            # It stays locked, for somebody else.
            self.locked = True
            self.waiting.pop(0).callback(self)


class DeferredSemaphore(_ConcurrencyPrimitive):
    """
    Lets some at a time.

    @ivar tokens: how many more may.
    @ivar limit: how many may at all.
    """

    def __init__(self, tokens: int) -> None:
        """
        @param tokens: how many may at a time.
        @raise ValueError: none.
        """
        _ConcurrencyPrimitive.__init__(self)
        if tokens < 1:
            raise ValueError("DeferredSemaphore requires tokens >= 1")
        self.tokens = tokens
        self.limit = tokens

    def acquire(self) -> Deferred[Any]:
        """
        Wait for our turn.

        @return: fires with the semaphore; cancelling it gives the place up.
        """
        assert self.tokens >= 0, "Internal inconsistency??  tokens should never be negative"
        d: Deferred[Any] = Deferred(canceller=self._cancelAcquire)
        if not self.tokens:
            self.waiting.append(d)
        else:
            self.tokens = self.tokens - 1
            d.callback(self)
        return d

    def release(self) -> None:
        """
        Our turn is over; the next one's begins.
        """
        assert self.tokens < self.limit, "Someone released me too many times: too many tokens!"
        self.tokens = self.tokens + 1
        if self.waiting:
            self.tokens = self.tokens - 1
            self.waiting.pop(0).callback(self)


class DeferredQueue(Generic[_T]):
    """
    A queue from which one can take what is not there yet.

    @ivar size: how many objects it holds at the most; L{None} for any number.
    @ivar backlog: how many may wait for objects; L{None} for any number.
    """

    def __init__(self, size: int | None = None, backlog: int | None = None) -> None:
        self.waiting: list[Deferred[_T]] = []
        self.pending: list[_T] = []
        self.size = size
        self.backlog = backlog

    def _cancelGet(self, d: Deferred[_T]) -> None:
        self.waiting.remove(d)

    def put(self, obj: _T) -> None:
        """
        Put *obj* in, or give it to who has waited longest.

        @raise QueueOverflow: it is full.
        """
        if self.waiting:
            self.waiting.pop(0).callback(obj)
        elif self.size is None or len(self.pending) < self.size:
            self.pending.append(obj)
        else:
            raise QueueOverflow()

    def get(self) -> Deferred[_T]:
        """
        Take the oldest object out.

        @return: fires with it; cancelling it gives the place up.
        @raise QueueUnderflow: too many wait already.
        """
        if self.pending:
            return succeed(self.pending.pop(0))
        if self.backlog is None or len(self.waiting) < self.backlog:
            d: Deferred[_T] = Deferred(canceller=self._cancelGet)
            self.waiting.append(d)
            return d
        raise QueueUnderflow()


class DeferredFilesystemLock(lockfile.FilesystemLock):
    """
    A lock in the file system, that can be waited for.
    """

    _interval = 1
    _tryLockCall: Any = None
    _timeoutCall: Any = None

    def __init__(self, name: str, scheduler: Any = None) -> None:
        """
        @param name: the path of the lock.
        @param scheduler: an C{IReactorTime}, by default the reactor.
        """
        lockfile.FilesystemLock.__init__(self, name)
        if scheduler is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor

            scheduler = reactor
        self._scheduler = scheduler

    def deferUntilLocked(self, timeout: float | None = None) -> Deferred[None]:
        """
        Wait for the lock, trying once a second.

        @param timeout: seconds to wait at the most.
        @return: fires when we have it, or fails with L{TimeoutError}; with
            L{AlreadyTryingToLockError} if it is waited for already.
            Cancelling it gives up.
        """
        if self._tryLockCall is not None:
            return fail(
                AlreadyTryingToLockError(
                    "deferUntilLocked isn't reentrant - wait for the first one"
                )
            )

        def stop() -> None:
            for call in (self._tryLockCall, self._timeoutCall):
                if call is not None and call.active():
                    call.cancel()
            self._tryLockCall = self._timeoutCall = None

        def attempt() -> None:
            self._tryLockCall = None
            if self.lock():
                stop()
                d.callback(None)
            else:
                self._tryLockCall = self._scheduler.callLater(self._interval, attempt)

        def expire() -> None:
            self._timeoutCall = None
            stop()
            d.errback(
                Failure(TimeoutError(f"Timed out acquiring lock: {self.name} after {timeout:f}s"))
            )

        d: Deferred[None] = Deferred(lambda ignored: stop())
        if timeout is not None:
            self._timeoutCall = self._scheduler.callLater(timeout, expire)
        attempt()
        return d
