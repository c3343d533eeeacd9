"""
Coroutines that wait for Deferreds and for asyncio's futures alike.

Two drivers there are, ours and L{asyncio.Task}, and each knows the one kind.
Importing this module has both take what is the other's: a Deferred that is
awaited is handed to the driver as an L{Awaited}, in which our driver finds the
Deferred and a Task finds what it wants of a future; and our driver turns a
future into a Deferred.  Whoever does not use asyncio pays nothing for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from types import CoroutineType
from typing import Any

from twisted.internet.defer._deferred import Deferred, bridge
from twisted.python.failure import Failure


class Awaited:
    """
    A Deferred as a coroutine waits for it: what L{asyncio.Task} asks of futures.

    @ivar deferred: what is waited for.
    """

    __slots__ = (
        "_asyncio_future_blocking",
        "_callbacks",
        "_cancelledWith",
        "_done",
        "_loop",
        "_result",
        "deferred",
    )

    def __init__(self, deferred: Deferred[Any]) -> None:
        self.deferred = deferred
        self._asyncio_future_blocking = True
        self._loop: Any = None
        self._done = False
        self._result: Any = None
        self._cancelledWith: tuple[Any, ...] | None = None
        self._callbacks: list[tuple[Callable[..., Any], Context | None]] = []

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop that runs: a Task refuses what belongs to another."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop  # type: ignore[no-any-return]

    def add_done_callback(
        self, callback: Callable[..., Any], *, context: Context | None = None
    ) -> None:
        """Have *callback* called in a turn of the loop after the Deferred has fired."""
        if self._done:
            self.get_loop().call_soon(callback, self, context=context)
            return
        self._callbacks.append((callback, context))
        if len(self._callbacks) == 1:
            self.get_loop()
            self.deferred.addBoth(self._arrived)

    def _arrived(self, result: Any) -> None:
        self._result = result
        self._done = True
        callbacks, self._callbacks = self._callbacks, []
        for callback, context in callbacks:
            self._loop.call_soon(callback, self, context=context)

    def remove_done_callback(self, callback: Callable[..., Any]) -> int:
        """
        Undo C{add_done_callback}.

        @return: how often it had been added.
        """
        before = len(self._callbacks)
        self._callbacks = [each for each in self._callbacks if each[0] != callback]
        return before - len(self._callbacks)

    def cancel(self, msg: Any = None) -> bool:
        """
        Cancel the Deferred.

        @return: whether there was still something to cancel.
        """
        if self._done:
            return False
        self._cancelledWith = () if msg is None else (msg,)
        self.deferred.cancel()
        return True

    def cancelled(self) -> bool:
        """Tell whether it was cancelled."""
        return self._cancelledWith is not None

    def done(self) -> bool:
        """Tell whether the Deferred has fired."""
        return self._done

    def result(self) -> Any:
        """
        Return the result.

        @raise asyncio.CancelledError: it was cancelled, whatever the Deferred
            made of that: the task is to end.
        @raise Exception: the Deferred has failed with it.
        @raise asyncio.InvalidStateError: there is no result yet.
        """
        if not self._done:
            raise asyncio.InvalidStateError("Result is not ready.")
        if self._cancelledWith is not None:
            raise asyncio.CancelledError(*self._cancelledWith)
        if isinstance(self._result, Failure):
            self._result.raiseException()
        return self._result

    def exception(self) -> BaseException | None:
        """Return what the Deferred has failed with, or L{None}."""
        try:
            self.result()
        except (asyncio.CancelledError, asyncio.InvalidStateError):
            raise
        except BaseException as problem:
            return problem
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.deferred!r}>"

    def wait(self) -> Generator[Any, Any, Any]:
        """
        Wait, under whichever driver.

        @return: the result of the Deferred.
        """
        sent = yield self
        if self._asyncio_future_blocking:
            # Nobody has treated it as a future: our driver sends the result.
            return sent
        return self.result()


def deferredOf(yielded: Any, generator: Any) -> Deferred[Any] | None:
    """
    Make a Deferred of what a coroutine has yielded to our driver.

    @param yielded: an L{Awaited}, a future of asyncio, or what is none.
    @param generator: what has yielded it.
    @return: what to wait for; L{None} to go on.
    """
    if type(yielded) is Awaited:
        return yielded.deferred
    if getattr(yielded, "_asyncio_future_blocking", None):
        yielded._asyncio_future_blocking = False
        return Deferred.fromFuture(yielded)
    if yielded is None and type(generator) is CoroutineType:
        # As asyncio.sleep(0) does: others have their turn.
        loop = asyncio._get_running_loop()
        if loop is not None:
            turn: Deferred[Any] = Deferred()
            loop.call_soon(_fire, turn)
            return turn
    return None


def _fire(turn: Deferred[Any]) -> None:
    if not turn.called:
        turn.callback(None)


def _wait(deferred: Deferred[Any]) -> Generator[Any, Any, Any]:
    return Awaited(deferred).wait()


bridge(_wait, deferredOf)

__all__ = ["Awaited", "deferredOf"]
