"""
Collect the warnings of a test, and find out which function is to blame.
"""

from __future__ import annotations

import inspect
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["_Warning", "_collectWarnings", "_setWarningRegistryToNone"]


class _Warning:
    """
    A warning that was given.

    @ivar message: its text.
    @ivar category: its class.
    @ivar filename: the file it points at.
    @ivar lineno: the line it points at.
    """

    def __init__(self, message: str, category: type[Warning], filename: str, lineno: int) -> None:
        self.message = message
        self.category = category
        self.filename = filename
        self.lineno = lineno


def _setWarningRegistryToNone(modules: Mapping[Any, Any]) -> None:
    """
    Let no module remember which warnings it has shown.

    @param modules: C{sys.modules}, or its like; things in it may be anything,
        and setting an attribute may even import further ones.
    """
    for module in list(modules.values()):
        try:
            module.__warningregistry__ = None
        except Exception:
            continue  # something that takes no attributes


def _collectWarnings(
    observeWarning: Callable[[_Warning], object], f: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """
    Call *f* and hand on each warning that is given, every time.

    @param observeWarning: called with each L{_Warning}; none is shown.
    @return: what *f* returned.
    """

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        observeWarning(_Warning(str(message), category, filename, lineno))

    # Modules imported meanwhile get a registry of their own and are not known
    # here; "always" does not ask it.
    _setWarningRegistryToNone(sys.modules)
    originally = warnings.filters[:], warnings.showwarning
    warnings.simplefilter("always")
    warnings.showwarning = show
    try:
        return f(*args, **kwargs)
    finally:
        warnings.filters[:], warnings.showwarning = originally  # type: ignore[index]


def _codesOf(function: Any) -> Iterator[tuple[types.CodeType, str | None]]:
    """
    Yield the code of *function*, and of what it wraps, with the module's file.
    """
    seen: set[int] = set()
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        function = getattr(function, "__func__", function)
        code = getattr(function, "__code__", None)
        if code is not None:
            module = sys.modules.get(getattr(function, "__module__", None) or "")
            yield code, getattr(module, "__file__", None)
        function = getattr(function, "__wrapped__", None)


def _linesOf(code: types.CodeType) -> range:
    """Return the lines from which *code* can warn."""
    lines = [line for _, _, line in code.co_lines() if line is not None]
    return range(min(lines), max(lines) + 1) if lines else range(0)


def _warnedBy(warning: _Warning, function: Any) -> bool:
    """
    Say whether *warning* points into *function*.

    @raise ValueError: it is neither a Python function nor a method of one.
    """
    if not (inspect.isfunction(function) or inspect.ismethod(function)):
        raise ValueError(f"{function!r} is not a function or method")
    where = _sameFile(warning.filename)
    # Code from a .pyc whose source was renamed since tells the old name; the
    # module knows the new one.
    return any(
        warning.lineno in _linesOf(code)
        and where in {_sameFile(name) for name in (code.co_filename, file) if name}
        for code, file in _codesOf(function)
    )


def _sameFile(name: str) -> str:
    """Return a form of the name in which equal files are equal."""
    if name.endswith((".pyc", ".pyo")):
        name = name[:-1]
    return os.path.normcase(os.path.abspath(name))


def _dictionaryOf(warning: _Warning) -> dict[str, Any]:
    """Return *warning* as C{flushWarnings} does."""
    return {
        "message": warning.message,
        "category": warning.category,
        "filename": warning.filename,
        "lineno": warning.lineno,
    }
