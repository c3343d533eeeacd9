"""
Whose event is being handled: the log prefix, worked out only when asked.

Pushing a log context for every event a reactor dispatches costs more than
most of the events' handlers.  A reactor therefore only remembers, in one
pointer, which descriptor's event it is handling, and registers a *source*
here: a function that says, when called in the reactor's thread while an event
is handled, what the log prefix is (C{"Echo,0,127.0.0.1"}), else L{None}.
L{twisted.python.log} and L{twisted.logger} ask when a message is logged that
has no system of its own.
"""

from __future__ import annotations

from collections.abc import Callable

Source = Callable[[], str | None]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Ask *source* too, before those that were registered earlier."""
    if source not in _sources:
        _sources.insert(0, source)


def unregister(source: Source) -> None:
    """Ask *source* no longer; it need not have been registered."""
    if source in _sources:
        _sources.remove(source)


def prefix() -> str | None:
    """
    Return the log prefix of whatever this thread's reactor is handling.

    A C{logPrefix} method of a user's that raises costs the prefix, not the
    message.
    """
    for source in _sources:
        try:
            found = source()
        except Exception:
            continue
        if found is not None:
            return found
    return None
