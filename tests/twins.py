"""
Both twins of what is compiled, in one process.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from twisted import _accel

_made: dict[str, ModuleType] = {}


def pure(name: str) -> ModuleType:
    """
    Import a second copy of the package *name*, made of pure twins alone.

    The first stays what everybody else imports.
    """
    if name in _made:
        return _made[name]
    if _accel.POLICY.mode == "off":
        return importlib.import_module(name)

    def belongs(module: str) -> bool:
        return module == name or module.startswith(name + ".")

    parent, _, last = name.rpartition(".")
    package = importlib.import_module(parent)
    # One that was never imported in this process would stay the only one.
    importlib.import_module(name)
    policy, choices = _accel.POLICY, dict(_accel._choices)
    kept = {each: module for each, module in sys.modules.items() if belongs(each)}
    try:
        for each in kept:
            del sys.modules[each]
        _accel.POLICY = policy._replace(mode="off", why="for a test")
        _made[name] = importlib.import_module(name)
    finally:
        _accel.POLICY = policy
        _accel._choices.clear()
        _accel._choices.update(choices)
        for each in [each for each in sys.modules if belongs(each)]:
            del sys.modules[each]
        sys.modules.update(kept)
        setattr(package, last, kept[name])
    return _made[name]


def isCompiled(part: str) -> bool:
    """Tell whether the compiled twin of *part* is what everybody imports."""
    return any(each.part == part and each.compiled for each in _accel.report())
