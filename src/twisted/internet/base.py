"""
What reactors are made of.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.internet._connector import BaseConnector, BasePort
from twisted.internet._delayed import DelayedCall
from twisted.internet._events import _ThreePhaseEvent
from twisted.internet._reactorbase import ReactorBase, _SystemEventID
from twisted.internet._resolving import (
    BlockingResolver,
    PluggableResolverMixin,
    ThreadedResolver,
)
from twisted.python._facade import publish

__all__: list[str] = []

publish(
    __name__,
    globals(),
    (
        "BaseConnector",
        "BasePort",
        "BlockingResolver",
        "DelayedCall",
        "PluggableResolverMixin",
        "ReactorBase",
        "ThreadedResolver",
        "_ThreePhaseEvent",
    ),
)
