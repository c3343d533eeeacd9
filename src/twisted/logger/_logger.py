"""
Loggers: what events are emitted with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from twisted.logger._interest import generation, wants
from twisted.logger._levels import InvalidLogLevelError, LogLevel

if TYPE_CHECKING:
    from constantly import NamedConstant

    from twisted.python.failure import Failure

_debug = LogLevel.debug
_info = LogLevel.info
_warn = LogLevel.warn
_error = LogLevel.error
_critical = LogLevel.critical


class Operation(Protocol):
    """
    What L{Logger.failuresHandled} gives: how the block went.
    """

    @property
    def succeeded(self) -> bool:
        """Whether the block was left in the ordinary way."""

    @property
    def failure(self) -> Failure | None:
        """What it raised, if it did."""

    @property
    def failed(self) -> bool:
        """Whether it raised."""


class _Outcome:
    succeeded = False
    failure: Failure | None = None

    @property
    def failed(self) -> bool:
        return self.failure is not None


class _Handler:
    """
    A context that logs what is raised in it; made once, entered often.
    """

    def __init__(self, logger: Logger, message: str, level: NamedConstant) -> None:
        self._logger = logger
        self._message = message
        self._level = level

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if value is None:
            return False
        # Late: see Logger.failure.
        from twisted.python.failure import Failure

        self._logger.failure(self._message, Failure(value), level=self._level)
        return True


class Logger:
    """
    Emits events to an observer.

    As an attribute of a class it gives each object a logger of its own, whose
    events name that object as their source.

    @ivar namespace: what the events belong to, by default the module's name.
    @ivar source: the object they come from, or L{None}.
    @ivar observer: whom they are emitted to, by default the global publisher.
    """

    @staticmethod
    def _namespaceFromCallingContext() -> str:
        try:
            name: str = sys._getframe(2).f_globals["__name__"]
        except (ValueError, KeyError):
            return "<unknown>"
        return name

    def __init__(
        self, namespace: str | None = None, source: object = None, observer: Any = None
    ) -> None:
        """
        @param namespace: a dotted name, by default that of the calling module.
        @param source: the object that events come from.
        @param observer: by default the global publisher.
        """
        if namespace is None:
            namespace = self._namespaceFromCallingContext()
        if observer is None:
            # Late: the global publisher logs, too.
            from twisted.logger._global import globalLogPublisher

            observer = globalLogPublisher
        self.namespace = namespace
        self.source = source
        self.observer = observer
        # level -> whether anybody wants it; holds for one generation.
        self._wanted: dict[Any, bool] = {}
        self._asked = -1

    def __get__(self, instance: object, owner: Any = None) -> Logger:
        """
        As an attribute: return a logger whose events come from *instance*.
        """
        source = owner if instance is None else instance
        bound = self.__class__.__new__(self.__class__)
        bound.__dict__.update(self.__dict__)
        bound.source = source
        return bound

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.namespace = f"{owner.__module__}.{owner.__qualname__}"

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} {self.namespace!r}>"

    # Whether a subclass emits in a way of its own, which is to see all events.
    _emitsItself = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._emitsItself = cls.emit is not Logger.emit

    def _isWanted(self, level: Any) -> bool:
        """Tell whether an event of *level* would be observed by anybody."""
        if self._emitsItself:
            return True
        if self._asked != generation[0]:
            self._wanted = {}
            self._asked = generation[0]
        answer = self._wanted.get(level)
        if answer is None:
            answer = self._wanted[level] = wants(self.observer, level, self.namespace)
        return answer

    def emit(self, level: NamedConstant, format: str | None = None, **kwargs: object) -> None:
        """
        Emit an event.

        @param level: a constant of L{LogLevel}.
        @param format: the message, with fields in braces.
        @param kwargs: the fields.
        """
        if self._asked != generation[0] or not self._wanted.get(level):
            if level not in _LEVELS:
                self.failure(
                    "Got invalid log level {invalidLevel!r} in {logger}.emit().",
                    failure=_invalidLevel(level),
                    invalidLevel=level,
                    logger=self,
                )
                return
            if not self._isWanted(level):
                return
        self._publish(level, format, kwargs)

    def _publish(self, level: Any, format: str | None, event: dict[str, Any]) -> None:
        event["log_logger"] = self
        event["log_level"] = level
        event["log_namespace"] = self.namespace
        event["log_source"] = self.source
        event["log_format"] = format
        event["log_time"] = time()
        if "log_trace" in event:
            event["log_trace"].append((self, self.observer))
        self.observer(event)

    def debug(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an event of level C{debug}."""
        if self._asked == generation[0]:
            wanted = self._wanted.get(_debug)
            if wanted is False:
                return
        if self._isWanted(_debug):
            self.emit(_debug, format, **kwargs)

    def info(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an event of level C{info}."""
        if self._isWanted(_info):
            self.emit(_info, format, **kwargs)

    def warn(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an event of level C{warn}."""
        if self._isWanted(_warn):
            self.emit(_warn, format, **kwargs)

    def error(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an event of level C{error}."""
        if self._isWanted(_error):
            self.emit(_error, format, **kwargs)

    def critical(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an event of level C{critical}."""
        if self._isWanted(_critical):
            self.emit(_critical, format, **kwargs)

    def failure(
        self,
        format: str,
        failure: Failure | None = None,
        level: NamedConstant = LogLevel.critical,
        **kwargs: object,
    ) -> None:
        """
        Emit an event for something that failed, with its traceback.

        @param failure: what failed, by default the exception being handled.
        """
        if failure is None:
            # Late: failures can be logged before they are needed.
            from twisted.python.failure import Failure

            failure = Failure()
        self.emit(level, format, log_failure=failure, **kwargs)

    @contextmanager
    def failuresHandled(
        self, format: str, level: NamedConstant = LogLevel.critical, **kwargs: object
    ) -> Iterator[Operation]:
        """
        A context that logs what is raised in it, and goes on after it.

        @return: as the context's value, an L{Operation}.
        """
        outcome = _Outcome()
        try:
            yield outcome
        except BaseException:
            # Late: see failure.
            from twisted.python.failure import Failure

            outcome.failure = Failure()
            self.failure(format, outcome.failure, level=level, **kwargs)
        else:
            outcome.succeeded = True

    def failureHandler(
        self, staticMessage: str, level: NamedConstant = LogLevel.critical
    ) -> Any:
        """
        As L{failuresHandled}, for where it must cost little: make it once and
        enter it often.

        @param staticMessage: the message, without fields.
        """
        return _Handler(self, staticMessage, level)


_LEVELS = frozenset(LogLevel.iterconstants())


def _invalidLevel(level: Any) -> Failure:
    # Late: see Logger.failure.
    from twisted.python.failure import Failure

    return Failure(InvalidLogLevelError(level))
