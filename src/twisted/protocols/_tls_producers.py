"""
What stands between an application that writes and the encryption: the valve of
its producer, who has it registered, and the collector of its small writes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.interfaces import IPushProducer
from twisted.protocols._tls_engine import Engine


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


class Consumer:
    """
    The part of a TLS layer that has a producer.

    @ivar _producer: its valve, if there is one.
    """

    _producer: _ProducerMembrane | None = None
    _engine: Engine
    _lostTLSConnection: bool
    _halfClosing: bool
    disconnecting: Any
    transport: Any
    factory: Any

    def _shutdownTLS(self) -> None:
        raise NotImplementedError

    def _closeWriting(self) -> None:
        raise NotImplementedError

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let *producer* supply the data from now on.  One that has to be asked is
        asked until the transport is full, as a piece of plaintext is not what the
        transport sends at once.

        @raise RuntimeError: another one is registered.
        """
        if self._lostTLSConnection:
            producer.stopProducing()
            return
        if self._producer is not None:
            raise RuntimeError(
                f"cannot register {producer!r}: {self._producer._producer!r} is registered"
            )
        if not streaming:
            producer = _PullToPush(producer, self, self.factory._clock)
        membrane = self._producer = _ProducerMembrane(producer)
        self.transport.registerProducer(membrane, True)
        if not streaming:
            producer.startStreaming()
        if self._engine.blocked:
            membrane.hold()

    def unregisterProducer(self) -> None:
        """Forget the producer.  A close that waited for it goes on."""
        membrane, self._producer = self._producer, None
        if membrane is None:
            return
        if isinstance(membrane._producer, _PullToPush):
            membrane._producer.stopStreaming()
        self.transport.unregisterProducer()
        if self.disconnecting:
            if not self._lostTLSConnection:
                self._shutdownTLS()
        elif self._halfClosing:
            self._closeWriting()


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
