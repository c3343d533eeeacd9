"""
Observers that pass on only some events.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from constantly import NamedConstant, Names
from zope.interface import implementer

from twisted.logger import _interest
from twisted.logger._interfaces import ILogFilterPredicate, ILogObserver, LogEvent
from twisted.logger._levels import InvalidLogLevelError, LogLevel
from twisted.logger._publisher import bitbucketLogObserver


class PredicateResult(Names):
    """
    What a predicate says of an event.

    @cvar yes: observe it, whatever later predicates say.
    @cvar no: do not, whatever later predicates say.
    @cvar maybe: ask the next one.
    """

    yes = NamedConstant()
    no = NamedConstant()
    maybe = NamedConstant()


# What ends the questioning.
_FINAL = (PredicateResult.yes, PredicateResult.no)


def shouldLogEvent(predicates: Iterable[Any], event: LogEvent) -> bool:
    """
    Ask *predicates* one after the other; an event that none refuses is
    observed.

    @raise TypeError: a predicate returned something else.
    """
    for predicate in predicates:
        answer = predicate(event)
        if answer in _FINAL:
            return answer is PredicateResult.yes
        if answer != PredicateResult.maybe:
            raise TypeError(f"Invalid predicate result: {answer!r}")
    return True


@implementer(ILogObserver)
class FilteringLogObserver:
    """
    Passes an event on to one observer or another, as predicates say.
    """

    def __init__(
        self,
        observer: Any,
        predicates: Iterable[Any],
        negativeObserver: Any = bitbucketLogObserver,
    ) -> None:
        """
        @param observer: gets the events that the predicates let through.
        @param negativeObserver: gets the others.
        """
        self._predicates = list(predicates)
        # By whether the event is let through.
        self._ways = (negativeObserver, observer)

    def _wants(self, level: Any, namespace: str) -> bool:
        refused, passed = self._ways
        if _interest.wants(refused, level, namespace):
            return True
        for predicate in self._predicates:
            ask = getattr(predicate, "_refuses", None)
            if ask is None:
                # What it decides, it decides by the event; those before it
                # did not refuse.
                break
            if ask(level, namespace):
                return False
        return _interest.wants(passed, level, namespace)

    def __call__(self, event: LogEvent) -> None:
        """Pass *event* on."""
        chosen = self._ways[shouldLogEvent(self._predicates, event)]
        trace = event.get("log_trace")
        if trace is not None:
            trace.append((self, chosen))
        chosen(event)


@implementer(ILogFilterPredicate)
class LogLevelFilterPredicate:
    """
    Refuses events below the level that is set for their namespace.

    @ivar defaultLogLevel: for namespaces for which none is set.
    """

    def __init__(self, defaultLogLevel: NamedConstant = LogLevel.info) -> None:
        """
        @param defaultLogLevel: a constant of L{LogLevel}.
        """
        self._logLevelsByNamespace: dict[str, NamedConstant] = {}
        self.defaultLogLevel = defaultLogLevel
        self.clearLogLevels()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        _interest.changed()

    def logLevelForNamespace(self, namespace: str | None) -> NamedConstant:
        """
        Return the level for *namespace*: its own, or that of the nearest
        namespace it is in.
        """
        levels = self._logLevelsByNamespace
        if not namespace:
            return levels.get("", self.defaultLogLevel)
        while namespace:
            found = levels.get(namespace)
            if found is not None:
                return found
            namespace = namespace.rpartition(".")[0]
        return levels.get("", self.defaultLogLevel)

    def setLogLevelForNamespace(self, namespace: str | None, level: NamedConstant) -> None:
        """
        Let events in *namespace* pass from *level* up.

        @param namespace: a dotted name; empty for all.
        @raise InvalidLogLevelError: there is no such level.
        """
        if level not in LogLevel.iterconstants():
            raise InvalidLogLevelError(level)
        self._logLevelsByNamespace[namespace or ""] = level
        _interest.changed()

    def clearLogLevels(self) -> None:
        """Forget the levels of all namespaces; the default stays."""
        self._logLevelsByNamespace.clear()
        self._logLevelsByNamespace[""] = self.defaultLogLevel
        _interest.changed()

    def _refuses(self, level: Any, namespace: str) -> bool:
        priority = LogLevel._priorityForLevel
        return bool(priority(level) < priority(self.logLevelForNamespace(namespace)))

    def __call__(self, event: LogEvent) -> NamedConstant:
        """Refuse *event* if it is below the level of its namespace."""
        level = event.get("log_level")
        namespace = event.get("log_namespace")
        if level is None or not namespace or self._refuses(level, namespace):
            return PredicateResult.no
        return PredicateResult.maybe
