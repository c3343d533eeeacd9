"""
Protocols that say how many bytes they want next, and what is to get them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from twisted.internet.protocol import Protocol

_State = Optional[tuple[Callable[[bytes], Any], int]]


class StatefulProtocol(Protocol):
    """
    Collects bytes for a handler until there are as many as it wants.

    A state is a pair of a handler and a number of bytes. A handler is called
    with exactly as many, and returns the next state, or L{None} to be called
    again with the same number.

    How much is kept is what handlers ask for: do not ask for a number that
    the peer named without looking at it.
    """

    _handler: Callable[[bytes], Any] | None = None
    _wanted = 0
    _unread: bytearray

    def makeConnection(self, transport: Any) -> None:
        """Connect, and begin with the initial state."""
        self._unread = bytearray()
        Protocol.makeConnection(self, transport)
        self._enter(self.getInitialState())

    def getInitialState(self) -> _State:
        """Return the state to begin with; to be overridden."""
        raise NotImplementedError

    def _enter(self, state: _State) -> None:
        """Let *state* be the current one."""
        if state is not None:
            self._handler, self._wanted = state

    def dataReceived(self, data: bytes) -> None:
        """Give handlers what they want, as far as it has come."""
        unread = self._unread
        unread += data
        at = 0
        try:
            while len(unread) - at >= self._wanted:
                end = at + self._wanted
                piece = bytes(memoryview(unread)[at:end])
                at = end
                state = self._handler(piece)  # type: ignore[misc]
                if state is None and not self._wanted:
                    # It wants nothing, again: that would never end.
                    break
                self._enter(state)
        finally:
            # Once for all that was given away, or many small pieces in one
            # large one would cost a move of the rest each.
            del unread[:at]
