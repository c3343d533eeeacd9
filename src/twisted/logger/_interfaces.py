"""
What log observers and filters are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Interface

if TYPE_CHECKING:
    from constantly import NamedConstant

#: What happened, as a dict; see the documentation of the logger for its keys.
LogEvent = dict[str, Any]
LogTrace = list[tuple[Any, Any]]


class ILogObserver(Interface):
    """
    An observer of log events: a callable.
    """

    def __call__(event: LogEvent) -> None:
        """
        Take note of *event*.  It is shared: leave it as it is.
        """


class ILogFilterPredicate(Interface):
    """
    Decides whether an event is to be observed.
    """

    def __call__(event: LogEvent) -> NamedConstant:
        """
        Return a constant of L{PredicateResult}.
        """
