"""
Passing events on to several observers.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.logger import _interest
from twisted.logger._interfaces import ILogObserver, LogEvent

OBSERVER_DISABLED = (
    "Temporarily disabling observer {observer} due to exception: {log_failure}"
)


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
        self._log: Any = None
        _interest.changed()

    def addObserver(self, observer: Any) -> None:
        """
        Pass events on to *observer*, too; once, however often it is added.

        @raise TypeError: it is not callable.
        """
        if not callable(observer):
            raise TypeError(f"Observer is not callable: {observer!r}")
        if observer not in self._observers:
            self._observers.append(observer)
            _interest.changed()

    def removeObserver(self, observer: Any) -> None:
        """Pass events on to *observer* no longer; nothing if it was not added."""
        try:
            self._observers.remove(observer)
        except ValueError:
            return
        _interest.changed()

    def _wants(self, level: Any, namespace: str) -> bool:
        return any(_interest.wants(each, level, namespace) for each in self._observers)

    def __call__(self, event: LogEvent) -> None:
        """
        Pass *event* on.
        """
        trace = event.get("log_trace")
        if trace is not None:
            self._callTraced(event, trace)
            return
        broken = []
        # A copy, so that observers may come and go meanwhile.
        for observer in self._observers[:]:
            try:
                observer(event)
            except Exception as problem:
                broken.append((observer, problem))
        if broken:
            self._report(broken)

    def _callTraced(self, event: LogEvent, trace: Any) -> None:
        broken = []
        for observer in self._observers[:]:
            trace((self, observer)) if callable(trace) else trace.append((self, observer))
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
