"""
What stands between an application that writes and the encryption: the valve of
its producer, and the collector of its small writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer


@implementer(IPushProducer)
class _ProducerMembrane:
    """
    A producer that two may pause: the transport below, when it has much to send,
    and the encryption, when it cannot go on without the peer.

    @ivar _producer: what is behind it, a push producer.
    @ivar _producerPaused: whether it has been told to pause.
    """

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self._producerPaused = False
        self._full = False

    def pauseProducing(self) -> None:
        """The transport is full."""
        self._full = True
        self._pause()

    def resumeProducing(self) -> None:
        """The transport is not full."""
        self._full = False
        self.release()

    def stopProducing(self) -> None:
        """Nobody wants anything any more."""
        self._producer.stopProducing()

    def hold(self) -> None:
        """The encryption cannot go on."""
        self._pause()

    def release(self) -> None:
        """The encryption can go on; which is no matter if the transport is full."""
        if self._producerPaused and not self._full:
            self._producerPaused = False
            self._producer.resumeProducing()

    def _pause(self) -> None:
        if not self._producerPaused:
            self._producerPaused = True
            self._producer.pauseProducing()


def _nowhere(data: bytes) -> None:
    """Take the place of whom there is nothing more to be written by."""


class _AggregateSmallWrites:
    """
    Puts small writes together, as each record costs time and some bytes.

    Nothing waits longer than until the reactor has done what it is doing.
    """

    MAX_BUFFER_SIZE = 64_000

    def __init__(self, write: Callable[[bytes], None], clock: Any) -> None:
        """
        @param write: takes what has been put together.
        @param clock: the reactor.
        """
        self._write = write
        self._clock = clock
        self._pieces: list[bytes] = []
        self._size = 0
        self._due: Any = None
        # Set while somebody is bound to flush us soon.
        self.watched = False

    def write(self, data: bytes) -> None:
        """Take *data*; it is written soon."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self.MAX_BUFFER_SIZE:
            self.flush()
        elif self._due is None and not self.watched:
            self._due = self._clock.callLater(0, self._isDue)

    def _isDue(self) -> None:
        self._due = None
        self.flush()

    def flush(self) -> None:
        """Write what is there."""
        pieces = self._pieces
        if pieces:
            self._pieces = []
            self._size = 0
            self._write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def discard(self) -> None:
        """Write nothing, neither now nor later, and forget by whom."""
        self._write = _nowhere
        self._pieces = []
        self._size = 0
        if self._due is not None:
            self._due.cancel()
            self._due = None
