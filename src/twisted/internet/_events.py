"""
System events: startup, shutdown and any other name, each in three phases.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NewType

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

_log = Logger(namespace="twisted.internet.base")

_Trigger = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
_TriggerHandle = NewType(
    "_TriggerHandle", tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]
)


class _ThreePhaseEvent:
    """
    The triggers of one event, fired in three phases.

    C{before} triggers may return a L{Deferred}; C{during} waits until all of
    those have fired, C{after} comes last.  Each trigger is called once.

    @ivar state: C{"BASE"}, or C{"BEFORE"} while the first phase is on.
    @ivar finishedBefore: handles of the triggers that the first phase has
        called so far.
    """

    def __init__(self) -> None:
        self.before: list[_Trigger] = []
        self.during: list[_Trigger] = []
        self.after: list[_Trigger] = []
        self.finishedBefore: list[_TriggerHandle] = []
        self.state = "BASE"

    def addTrigger(
        self, phase: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> _TriggerHandle:
        """
        Have *callable* called in *phase*.

        @return: a handle for C{removeTrigger}.
        @raise KeyError: there is no such phase.
        """
        self._phase(phase).append((callable, args, kwargs))
        return _TriggerHandle((phase, callable, args, kwargs))

    def _phase(self, name: str) -> list[_Trigger]:
        if name not in ("before", "during", "after"):
            raise KeyError("invalid phase")
        triggers: list[_Trigger] = getattr(self, name)
        return triggers

    def removeTrigger(self, handle: Any) -> None:
        """
        Do not call the trigger that *handle* stands for.

        @raise ValueError: it is none, or was removed or called before.
        @raise KeyError: its phase is none.
        """
        if self.state == "BEFORE" and handle in self.finishedBefore:
            warnings.warn(
                "Removing already-fired system event triggers will raise an "
                "exception in a future version of Twisted.",
                category=DeprecationWarning,
                stacklevel=2,
            )
            return
        try:
            phase, callable, args, kwargs = handle
        except (TypeError, ValueError):
            raise ValueError("invalid trigger handle")
        self._phase(phase).remove((callable, args, kwargs))

    def fireEvent(self) -> None:
        """Call the triggers, phase by phase."""
        self.state = "BEFORE"
        self.finishedBefore = []
        waiting: list[Deferred[object]] = []
        while self.before:
            callable, args, kwargs = trigger = self.before.pop(0)
            self.finishedBefore.append(_TriggerHandle(("before", *trigger)))
            result = self._call(callable, args, kwargs)
            if isinstance(result, Deferred):
                waiting.append(result)
        DeferredList(waiting).addCallback(self._continueFiring)

    def _continueFiring(self, ignored: object) -> None:
        self.state = "BASE"
        self.finishedBefore = []
        for phase in (self.during, self.after):
            while phase:
                self._call(*phase.pop(0))

    @staticmethod
    def _call(
        callable: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a trigger; one that raises must not keep the others from it."""
        try:
            return callable(*args, **kwargs)
        except BaseException:
            _log.failure("While calling system event trigger handler")
            return None
