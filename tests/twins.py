"""
Both twins of what is compiled, in one process.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from twisted import _accel

_made: dict[str, ModuleType] = {}
# Of each of them, the module and all below it.
_parts: dict[str, dict[str, ModuleType]] = {}


def pure(name: str) -> ModuleType:
    """
    Import a second copy of the package *name*, made of pure twins alone.

    The first stays what everybody else imports.
    """
    if name in _made:
        return _made[name]
    if _accel.POLICY.mode == "off":
        return importlib.import_module(name)

    parent, _, last = name.rpartition(".")
    package = importlib.import_module(parent)
    # One that was never imported in this process would stay the only one.
    importlib.import_module(name)
    policy, choices = _accel.POLICY, dict(_accel._choices)
    kept = _take(name)
    try:
        _accel.POLICY = policy._replace(mode="off", why="for a test")
        _made[name] = importlib.import_module(name)
    finally:
        _accel.POLICY = policy
        _accel._choices.clear()
        _accel._choices.update(choices)
        _parts[name] = _take(name)
        sys.modules.update(kept)
        setattr(package, last, kept[name])
    return _made[name]


def _take(name: str) -> dict[str, ModuleType]:
    """Take the module *name*, and all below it, out of what is imported."""
    found = [each for each in sys.modules if each == name or each.startswith(name + ".")]
    return {each: sys.modules.pop(each) for each in found}


@contextmanager
def pureInPlace(name: str) -> Iterator[ModuleType]:
    """
    Let what L{pure} has made of *name* be what is found by that name, as by
    C{pickle}.
    """
    made = pure(name)
    if name not in _parts:
        yield made
        return
    kept = _take(name)
    sys.modules.update(_parts[name])
    try:
        yield made
    finally:
        # With what has been imported meanwhile.
        _parts[name] = _take(name)
        sys.modules.update(kept)


def isCompiled(part: str) -> bool:
    """Tell whether the compiled twin of *part* is what everybody imports."""
    return any(each.part == part and each.compiled for each in _accel.report())
