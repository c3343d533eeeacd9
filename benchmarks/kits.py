"""
The API that a benchmark uses, as one object; of a twin, or of whoever is there.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MODULES = {
    "defer": "twisted.internet.defer",
    "task": "twisted.internet.task",
    "protocol": "twisted.internet.protocol",
    "testing": "twisted.internet.testing",
    "epollreactor": "twisted.internet.epollreactor",
    "basic": "twisted.protocols.basic",
    "failure": "twisted.python.failure",
    "logger": "twisted.logger",
}
SWITCHES = ("PURE_PYTHON", "TWISTED_ACCEL")


class Kit:
    """
    Modules of one copy of the package.

    @ivar name: which one it is.
    """

    defer: Any
    task: Any
    protocol: Any
    testing: Any
    epollreactor: Any
    basic: Any
    failure: Any
    logger: Any

    def __init__(self, name: str, modules: dict[str, Any] | None = None) -> None:
        self.name = name
        self._modules = modules
        for attribute, module in MODULES.items():
            setattr(self, attribute, importlib.import_module(module))

    @contextmanager
    def active(self) -> Iterator[None]:
        """Make this copy the one that late imports find."""
        if self._modules is None:
            yield
            return
        outside = _take()
        sys.modules.update(self._modules)
        try:
            yield
        finally:
            self._modules = _take()
            sys.modules.update(outside)


def _take() -> dict[str, Any]:
    """Take the package out of the interpreter's table of modules."""
    names = [name for name in sys.modules if name == "twisted" or name.startswith("twisted.")]
    return {name: sys.modules.pop(name) for name in names}


def present() -> Kit:
    """The package as this process has it."""
    return Kit("present")


def pure() -> Kit:
    """
    A second copy of the package, on its pure twins.

    A compiled module is one to a process, so the first copy keeps those.
    """
    outside = _take()
    saved = {name: os.environ.pop(name, None) for name in SWITCHES}
    os.environ["PURE_PYTHON"] = "1"
    try:
        kit = Kit("pure")
        kit._modules = _take()
    finally:
        del os.environ["PURE_PYTHON"]
        os.environ.update({name: value for name, value in saved.items() if value is not None})
        _take()
        sys.modules.update(outside)
    return kit
