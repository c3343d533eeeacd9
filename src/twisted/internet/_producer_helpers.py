"""
Making push producers of pull producers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer, IReactorCore
from twisted.internet.task import Cooperator, cooperate
from twisted.logger import Logger

_log = Logger()


@implementer(IPushProducer)
class _PullToPush:
    """
    Asks a pull producer for more, again and again, until it is paused: what
    looks like a push producer from outside.

    The consumer that it has been registered with must call L{stopStreaming}
    when it unregisters it.

    @ivar _finished: whether it is over.
    """

    _finished = False
    _coopTask: Any = None

    def __init__(self, pullProducer: Any, consumer: Any, reactor: Any = None) -> None:
        """
        @param pullProducer: the producer.
        @param consumer: whom it is registered with.
        @param reactor: by what the asking is scheduled, if it is a reactor; by
            default by the global one.
        """
        self._producer = pullProducer
        self._consumer = consumer
        self._reactor = reactor

    def startStreaming(self) -> None:
        """Begin to ask."""
        if IReactorCore.providedBy(self._reactor):
            later = partial(self._reactor.callLater, 0)
            self._coopTask = Cooperator(scheduler=later).cooperate(self._asking())
        else:
            self._coopTask = cooperate(self._asking())

    def _asking(self) -> Iterator[None]:
        while self._worked("resumeProducing", self._producer):
            yield None
        if not self._worked("unregisterProducer", self._consumer):
            # It did not get to tell us.
            self._finished = True

    @staticmethod
    def _worked(order: str, whom: Any) -> bool:
        """
        Give *whom* an *order*, which may go wrong.

        @return: false if it did, which has been logged.
        """
        try:
            getattr(whom, order)()
        except BaseException:
            _log.failure(f"while calling {order} on {{whom}}", whom=whom)
            return False
        return True

    # -- what the consumer asks ------------------------------------------------

    def stopProducing(self) -> None:
        """Ask no more, and stop the producer."""
        self.stopStreaming()
        self._producer.stopProducing()

    def stopStreaming(self) -> None:
        """Ask no more."""
        already, self._finished = self._finished, True
        if not already and self._coopTask is not None:
            self._coopTask.stop()

    def resumeProducing(self) -> None:
        """Ask again."""
        self._coopTask.resume()

    def pauseProducing(self) -> None:
        """Ask no more until L{resumeProducing}."""
        self._coopTask.pause()
