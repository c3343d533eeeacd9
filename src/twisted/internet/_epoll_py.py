"""
The pure twin of the epoll loop: the descriptor table over L{select.epoll}.

The compiled twin is C{PollerLoop} of C{twisted.internet._reactor_c}, where that
was built to wait by epoll.
"""

from __future__ import annotations

from select import EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, epoll
from typing import Any

from twisted.internet._masks import Loop, MaskTable

# Events taken from the kernel in one wait.
BATCH = 1024


class EPollLoop(Loop, MaskTable):
    """
    A loop that waits with epoll(7).

    @ivar poller: the L{select.epoll}.
    """

    facility = "epoll"

    IN = EPOLLIN
    OUT = EPOLLOUT
    GONE = EPOLLHUP | EPOLLERR

    def __init__(self, reactor: Any, customClock: bool) -> None:
        super().__init__(reactor, customClock)
        self._openTable(epoll(1024))

    def _ask(self, timeout: float | None) -> list[tuple[int, int]]:
        return self._waiter.poll(-1 if timeout is None else timeout, BATCH)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Give the kernel's table back."""
        self.poller.close()
