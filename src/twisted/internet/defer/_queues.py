"""
Locks, semaphores and queues whose waiting is a Deferred.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sized
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
    """
    What locks and semaphores share: a line of those who wait for their turn,
    and turns that are handed from one to the next.

    @ivar waiting: the Deferreds of those, who has waited longest first.
    """

    def __init__(self) -> None:
        self.waiting: list[Deferred[Any]] = []

    @abstractmethod
    def _begin(self) -> bool:
        """Begin a turn, if one can be had without waiting; tell whether."""

    @abstractmethod
    def _expectTurn(self) -> None:
        """
        Somebody says that a turn is over.

        @raise AssertionError: none is on.
        """

    @abstractmethod
    def _end(self) -> None:
        """A turn is over, and nobody waits for it."""

    def acquire(self) -> Deferred[Any]:
        """
        Wait for our turn.

        @return: fires with this object; cancelling it gives the place up.
        """
        if self._begin():
            return succeed(self)  # type: ignore[no-any-return]
        turn: Deferred[Any] = Deferred(self._leave)
        self.waiting.append(turn)
        return turn

    def _leave(self, turn: Deferred[Any]) -> None:
        """Give the place up of *turn*, which is cancelled."""
        self.waiting.remove(turn)

    def release(self) -> None:
        """
        Our turn is over; the next one's begins.
        """
        self._expectTurn()
        if self.waiting:
            # From hand to hand: nobody can come in between.
            self.waiting.pop(0).callback(self)
        else:
            self._end()

    def run(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        """
        Call *f* when it is our turn, which lasts until it is done.

        @return: fires with what *f* returns, or its Deferred fires with.
        """
        turn = self.acquire()
        return turn.addCallback(self._inTurn, f, args, kwargs)  # type: ignore[no-any-return]

    def _inTurn(self, ignored: Any, f: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        return maybeDeferred(f, *args, **kwargs).addBoth(self._passOn)

    def _passOn(self, result: _T) -> _T:
        self.release()
        return result

    def __aenter__(self) -> Deferred[Any]:
        """Let C{async with} wait for our turn."""
        return self.acquire().addCallback(_nothing)  # type: ignore[no-any-return]

    def __aexit__(self, *problem: Any) -> Deferred[bool]:
        """Our turn is over."""
        return succeed(self._passOn(False))  # type: ignore[no-any-return]


def _nothing(ignored: Any) -> None:
    """What C{async with} gives."""


class DeferredLock(_ConcurrencyPrimitive):
    """
    Lets one at a time.

    @ivar locked: whether somebody's turn is on.
    """

    locked = False

    def _begin(self) -> bool:
        was, self.locked = self.locked, True
        return not was

    def _expectTurn(self) -> None:
        assert self.locked, "Tried to release an unlocked lock"

    def _end(self) -> None:
        self.locked = False


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
        if tokens <= 0:
            raise ValueError("DeferredSemaphore requires tokens >= 1")
        super().__init__()
        self.limit = self.tokens = tokens

    def _begin(self) -> bool:
        assert self.tokens >= 0, "Internal inconsistency??  tokens should never be negative"
        if self.tokens:
            self.tokens -= 1
            return True
        return False

    def _expectTurn(self) -> None:
        assert self.tokens < self.limit, "Someone released me too many times: too many tokens!"

    def _end(self) -> None:
        self.tokens += 1


class DeferredQueue(Generic[_T]):
    """
    A queue from which one can take what is not there yet.

    @ivar size: how many objects it holds at the most; L{None} for any number.
    @ivar backlog: how many may wait for objects; L{None} for any number.
    @ivar pending: the objects, the oldest first.
    @ivar waiting: the Deferreds of those who wait, who has waited longest first.
    """

    def __init__(self, size: int | None = None, backlog: int | None = None) -> None:
        self.size, self.backlog = size, backlog
        self.pending: list[_T] = []
        self.waiting: list[Deferred[_T]] = []

    def put(self, obj: _T) -> None:
        """
        Put *obj* in, or give it to who has waited longest.

        @raise QueueOverflow: it is full.
        """
        if not self.waiting:
            if _isFull(self.pending, self.size):
                raise QueueOverflow
            self.pending.append(obj)
            return
        self.waiting.pop(0).callback(obj)

    def get(self) -> Deferred[_T]:
        """
        Take the oldest object out.

        @return: fires with it; cancelling it gives the place up.
        @raise QueueUnderflow: too many wait already.
        """
        if self.pending:
            return succeed(self.pending.pop(0))  # type: ignore[no-any-return]
        if _isFull(self.waiting, self.backlog):
            raise QueueUnderflow
        wanted: Deferred[_T] = Deferred(self._leave)
        self.waiting.append(wanted)
        return wanted

    def _leave(self, wanted: Deferred[_T]) -> None:
        """Give the place up of *wanted*, which is cancelled."""
        self.waiting.remove(wanted)


def _isFull(line: Sized, limit: int | None) -> bool:
    return limit is not None and len(line) >= limit


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
