"""
Let what is implemented in a private module speak under its public name.

Tracebacks, pickles and documentation show C{__module__}.  Users import
C{twisted.internet.defer.Deferred} and pickle it under that path; where the
class is really written is our business and may change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def publish(module: str, namespace: dict[str, Any], names: Iterable[str]) -> None:
    """
    Say of each of *names* that it belongs to the public *module*.

    @param module: the public module's name, its C{__name__}.
    @param namespace: its C{globals()}.
    @param names: the names that it offers; those that are no classes or
        functions of this package are left as they are.
    """
    for name in names:
        thing = namespace[name]
        home = getattr(thing, "__module__", None)
        if not isinstance(home, str) or not home.startswith("twisted."):
            continue
        try:
            thing.__module__ = module
        except (AttributeError, TypeError):
            continue  # an extension type or an instance: it keeps its own
