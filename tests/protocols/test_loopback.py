"""
Two protocols that are connected with each other carry and close as by a network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol
from twisted.protocols.loopback import loopbackAsync


class Side(Protocol):
    """Greets, and does to each end what it is told to when it is spoken to."""

    def __init__(self, answer: Callable[[], Any], greeting: bytes = b"") -> None:
        self.answer = answer
        self.greeting = greeting
        self.received = b""
        self.lost = 0

    def connectionMade(self) -> None:
        self.transport.write(self.greeting)

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self.answer()

    def connectionLost(self, reason: Any = None) -> None:
        self.lost += 1


@pytest.mark.parametrize("greeter", ["server", "client"])
@pytest.mark.parametrize("closer", ["server", "client"])
def test_closedInTheFirstAnswer(greeter: str, closer: str) -> None:
    """Whoever speaks first, and whichever end is closed when it is heard: both lose it."""
    sides: dict[str, Side] = {}

    def close() -> None:
        sides[closer].transport.loseConnection()

    for name in ("server", "client"):
        sides[name] = Side(close, b"hello" if name == greeter else b"")
    done: Deferred[None] = loopbackAsync(sides["server"], sides["client"])
    results: list[None] = []
    done.addCallback(results.append)
    assert results == [None]
    assert [side.lost for side in sides.values()] == [1, 1]
    assert sorted(side.received for side in sides.values()) == [b"", b"hello"]
