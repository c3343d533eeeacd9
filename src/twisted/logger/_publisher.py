"""
Passing events on to several observers.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from zope.interface import implementer

from twisted.logger import _interest
from twisted.logger._interfaces import ILogObserver, LogEvent

OBSERVER_DISABLED = "Temporarily disabling observer {observer} due to exception: {log_failure}"


@implementer(ILogObserver)
class LogPublisher:
    """
    An observer that passes events on to others.

    One that raises is not asked again for this event, and the others are told.
    """

    def __init__(self, *observers: Any) -> None:
        """
        @param observers: whom to pass events on to.
        """
        self._observers: list[Any] = list(observers)
        _interest.changed()

    def addObserver(self, observer: Any) -> None:
        """
        Pass events on to *observer*, too; once, however often it is added.

        @raise TypeError: it is not callable.
        """
        if not callable(observer):
            raise TypeError(f"Observer is not callable: {observer!r}")
        known = observer in self._observers
        if not known:
            self._observers.append(observer)
            _interest.changed()

    def removeObserver(self, observer: Any) -> None:
        """Pass events on to *observer* no longer; nothing if it was not added."""
        with suppress(ValueError):
            self._observers.remove(observer)
            _interest.changed()

    def _wants(self, level: Any, namespace: str) -> bool:
        return any(_interest.wants(each, level, namespace) for each in self._observers)

    def __call__(self, event: LogEvent) -> None:
        """
        Pass *event* on.
        """
        trace = event.get("log_trace")
        note = trace if trace is None or callable(trace) else trace.append
        broken = []
        # A copy, so that observers may come and go meanwhile.
        for observer in tuple(self._observers):
            if note is not None:
                note((self, observer))
            try:
                observer(event)
            except Exception as problem:
                broken.append((observer, problem))
        if broken:
            self._report(broken)

    def _report(self, broken: list[tuple[Any, Exception]]) -> None:
        """Tell the others, after the event itself, of those that raised."""
        # Late: loggers and failures stand on this module.
        from twisted.logger._logger import Logger
        from twisted.python.failure import Failure

        for observer, problem in broken:
            others = LogPublisher(*(each for each in self._observers if each is not observer))
            Logger(namespace="twisted.logger._observer", observer=others).failure(
                OBSERVER_DISABLED, Failure(problem), observer=observer
            )


@implementer(ILogObserver)
def bitbucketLogObserver(event: LogEvent) -> None:
    """Do nothing with *event*."""


bitbucketLogObserver._wants = lambda level, namespace: False  # type: ignore[attr-defined]
