"""
Let what is implemented in a private module speak under its public name, and
load what few programs need when they ask for it.

Tracebacks, pickles and documentation show C{__module__}.  Users import
C{twisted.internet.defer.Deferred} and pickle it under that path; where the
class is really written is our business and may change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
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


def late(
    namespace: dict[str, Any], homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """
    Return C{__getattr__} and C{__dir__} for a module some of whose names are
    loaded when they are first asked for (PEP 562).

    @param namespace: the module's C{globals()}.
    @param homes: these names, each with the module that has it; with the empty
        string for a module of that name in this package.
    """
    module = namespace["__name__"]

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home = homes[name]
        if home:
            found: Any = getattr(import_module(home), name)
        else:
            try:
                found = import_module(f"{module}.{name}")
            except ImportError as problem:
                # What it stands on is not installed: who tries gets no module
                # here, either, and learns why by importing it.
                raise AttributeError(
                    f"module {module!r} has no attribute {name!r}: {problem}"
                ) from problem
        namespace[name] = found
        return found

    def names() -> list[str]:
        return sorted({*namespace, *homes})

    return find, names
