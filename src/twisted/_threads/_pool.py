"""
A pool of workers: one queue, and as many threads as the work needs, up to a
limit that is asked for each time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

Work = Callable[[], None]


class Pool:
    """
    Does pieces of work in threads, the oldest first.

    @ivar size: how many threads there are, or are about to be.
    @ivar busy: how many of them are at work.
    """

    def __init__(
        self,
        startThread: Callable[[Work], Any],
        limit: Callable[[], int],
        failed: Callable[[], None],
    ) -> None:
        """
        @param startThread: starts a thread that calls its argument.
        @param limit: tells how many threads there may be now.
        @param failed: called, inside the except block, when work raised.
        """
        self._startThread = startThread
        self._limit = limit
        self._failed = failed
        self._ready = threading.Condition()
        self._work: deque[Work] = deque()
        self._leaving = 0
        self.size = 0
        self.busy = 0

    @property
    def idle(self) -> int:
        """How many threads wait for work."""
        return self.size - self.busy

    def qsize(self) -> int:
        """Return how many pieces of work wait for a thread."""
        return len(self._work)

    def do(self, work: Work) -> None:
        """Have *work* done, by a new thread if all are busy."""
        start = False
        with self._ready:
            self._work.append(work)
            if len(self._work) > self.size - self.busy and self.size < self._limit():
                self.size += 1
                start = True
            else:
                self._ready.notify()
        if start:
            self._begin()

    def _begin(self) -> None:
        try:
            self._startThread(self._run)
        except BaseException:
            with self._ready:
                self.size -= 1
            raise

    def grow(self, count: int) -> None:
        """Add up to *count* threads, as the limit allows."""
        for _ in range(count):
            with self._ready:
                if self.size >= self._limit():
                    return
                self.size += 1
            self._begin()

    def shrink(self, count: int) -> None:
        """Let *count* threads end when they have nothing to do."""
        with self._ready:
            self._leaving += min(count, self.size)
            self.size -= min(count, self.size)
            self._ready.notify_all()

    def close(self) -> None:
        """Let all threads end when nothing is left to be done."""
        with self._ready:
            self._leaving += self.size
            self.size = 0
            self._ready.notify_all()

    def _run(self) -> None:
        """What each thread does."""
        ready = self._ready
        while True:
            with ready:
                while not self._work:
                    if self._leaving:
                        self._leaving -= 1
                        return
                    ready.wait()
                work = self._work.popleft()
                self.busy += 1
            try:
                work()
            except BaseException:
                self._failed()
            finally:
                # Nothing of it lives on while the thread waits.
                del work
                with ready:
                    self.busy -= 1
