"""
Who wants which events: so that an event nobody wants is not made.

Each observer that passes events on, or drops them by level, can tell with
C{_wants(level, namespace)} whether it would do anything with such an event;
of one that cannot tell it is assumed.  A L{Logger} remembers the answer until
the *generation* changes, which every change of observers or levels brings
about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Changes whenever an answer may have changed.  A list, so that loggers can
#: hold on to it and look at its only item.
generation = [0]


def changed() -> None:
    """Observers or levels have changed: forget all answers."""
    generation[0] += 1


def wants(observer: Callable[[Any], Any], level: Any, namespace: str) -> bool:
    """
    Tell whether *observer* might do something with an event.
    """
    ask = getattr(observer, "_wants", None)
    return True if ask is None else bool(ask(level, namespace))
