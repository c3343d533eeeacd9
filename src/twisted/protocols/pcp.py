"""
Proxies between a producer and a consumer.

To the producer a proxy is the consumer, to the consumer the producer. One that
changes what passes, or when, overrides a method or two.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces


def _joined(pieces: list[Any]) -> Any:
    """Return *pieces*, of L{bytes} or of L{str}, as one."""
    return pieces[0] if len(pieces) == 1 else pieces[0][:0].join(pieces)


@implementer(interfaces.IPushProducer, interfaces.IPullProducer, interfaces.IConsumer)
class BasicProducerConsumerProxy:
    """
    Passes everything on, both ways.

    What is written while the consumer wants nothing is kept until it does;
    for how much that is the producer is trusted, to whom the wish is passed.

    @ivar consumer: the consumer, or L{None}.
    @ivar producer: the producer, or L{None}.
    @ivar producerIsStreaming: the producer pushes; L{None} without one.
    @cvar iAmStreaming: to the consumer, we push.
    @ivar outstandingPull: the consumer asked for something and got nothing yet.
    @ivar paused: the consumer wants nothing.
    @ivar stopped: it never will.
    """

    consumer: Any = None
    producer: Any = None
    producerIsStreaming: Any = None
    iAmStreaming = True
    outstandingPull = False
    paused = False
    stopped = False

    def __init__(self, consumer: Any) -> None:
        self._buffer: list[Any] = []
        if consumer is not None:
            self.consumer = consumer
            consumer.registerProducer(self, self.iAmStreaming)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}@{id(self):x} around {self.consumer}>"

    def _mustWait(self) -> bool:
        """Tell whether the consumer wants nothing now."""
        return self.paused or not (self.iAmStreaming or self.outstandingPull)

    # To the consumer we are a producer.

    def pauseProducing(self) -> None:
        """Keep what is written, and have the producer pause."""
        self.paused = True
        if self.producer is not None:
            self.producer.pauseProducing()

    def resumeProducing(self) -> None:
        """Give what was kept, and have the producer go on."""
        self.paused = False
        if self._buffer:
            self._flush()
        else:
            self.outstandingPull = not self.iAmStreaming
        if self.producer is not None:
            self.producer.resumeProducing()

    def stopProducing(self) -> None:
        """Give nothing any more, and have the producer stop."""
        self.stopped = True
        self._buffer = []
        self.consumer = None
        if self.producer is not None:
            self.producer.stopProducing()

    # To the producer we are a consumer.

    def _flush(self) -> None:
        """Give the consumer all that was kept."""
        pieces, self._buffer = self._buffer, []
        if pieces and self.consumer is not None:
            self.outstandingPull = False
            self.consumer.write(_joined(pieces))

    def write(self, data: Any) -> None:
        """Give *data* to the consumer, or keep it until it is wanted."""
        if self.stopped:
            return
        self._buffer.append(data)
        if not self._mustWait():
            self._flush()

    def finish(self) -> None:
        """The producer has written all: give it, and tell the consumer."""
        self._flush()
        if self.consumer is not None:
            self.consumer.finish()
        self.unregisterProducer()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Take what *producer* writes."""
        self.producer = producer
        self.producerIsStreaming = streaming

    def unregisterProducer(self) -> None:
        """There is nothing more from the producer: give what was kept."""
        self.producer = self.producerIsStreaming = None
        self._flush()
        if self.consumer is not None:
            self.consumer.unregisterProducer()


class ProducerConsumerProxy(BasicProducerConsumerProxy):
    """
    Keeps what passes, and has the producer pause when that is too much.

    The consumer's pauses are not passed on: only how much is kept matters to
    the producer.

    @cvar bufferSize: how many bytes to keep before the producer must pause.
    @ivar producerPaused: we have had the producer pause.
    @ivar unregistered: the producer has gone.
    """

    bufferSize = 2**16
    producerPaused = False
    unregistered = False

    def _writeSomeData(self, data: Any) -> int:
        """
        Give the consumer some of *data*; to be overridden to give less.

        @return: how much of it was given.
        """
        if self.consumer is None:
            return 0
        self.consumer.write(data)
        return len(data)

    def _offer(self) -> int:
        """
        Offer the consumer what is kept, up to C{bufferSize} at once.

        @return: how much was given.
        """
        taken = size = 0
        while taken < len(self._buffer) and (not taken or size < self.bufferSize):
            size += len(self._buffer[taken])
            taken += 1
        data = _joined(self._buffer[:taken])
        given = self._writeSomeData(data)
        self._buffer[:taken] = [data[given:]] if given < size else []
        return given

    def _flush(self) -> None:
        """Offer what is kept, for as long as there is some and it is taken."""
        while self._buffer and not self._mustWait() and self.consumer is not None:
            if self._offer():
                self.outstandingPull = False
            else:
                break

    def _balance(self) -> None:
        """Have the producer pause or go on, as what is kept demands."""
        kept = sum(map(len, self._buffer))
        if self.producer is None:
            return
        if self.producerPaused:
            if kept < self.bufferSize:
                self.producerPaused = False
                self.producer.resumeProducing()
        elif self.producerIsStreaming and kept > self.bufferSize:
            self.producerPaused = True
            self.producer.pauseProducing()

    def _leave(self) -> None:
        """Tell the consumer that there is nothing more, when there is not."""
        if self.unregistered and not self._buffer and self.consumer is not None:
            self.consumer.unregisterProducer()

    def pauseProducing(self) -> None:
        """Keep what is written."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Give what was kept, and get more if there is room for it."""
        self.paused = False
        self.outstandingPull = not self.iAmStreaming
        held = bool(self._buffer)
        self._flush()
        if held:
            self._leave()
        wasPaused = self.producerPaused
        self._balance()
        hungry = self.outstandingPull and not self._buffer
        if hungry and not wasPaused and self.producer is not None:
            self.producer.resumeProducing()

    def write(self, data: Any) -> None:
        """Give *data* to the consumer, or keep it until it is wanted."""
        if self.stopped:
            return
        self._buffer.append(data)
        self._flush()
        self._balance()

    def finish(self) -> None:
        """The producer has written all; the consumer is told when it has that."""
        self.unregisterProducer()
        if self.consumer is not None:
            self.consumer.finish()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Take what *producer* writes; one that does not push is asked at once."""
        self.unregistered = False
        BasicProducerConsumerProxy.registerProducer(self, producer, streaming)
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """There is nothing more from the producer, but what is kept."""
        self.producer = self.producerIsStreaming = None
        self.producerPaused = False
        self.unregistered = True
        self._leave()
