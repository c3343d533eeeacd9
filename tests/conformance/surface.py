"""
What modules, names and signatures Twisted 26.10 has, and where ours differ.

F{api.json} lists the public names: those without a leading underscore that a
module defines or has in C{__all__}.  A signature in it is a list of parameters:
C{name}, C{name=} with a default, C{*name}, C{**name}, and with C{kw:} in front
what can be given by name alone.
"""

from __future__ import annotations

import enum
import functools
import importlib
import importlib.util
import inspect
import json
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from zope.interface.interface import InterfaceClass

LIST = Path(__file__).with_name("api.json")

#: Description of one name in the list.
Entry = dict[str, Any]

_MARKS: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
    inspect.Parameter.KEYWORD_ONLY: "kw:",
}

# These count while a program runs: their values say nothing.
COUNTERS = frozenset(("twisted.python.failure.count",))


class Deviation(NamedTuple):
    """
    A place where ours is not theirs.

    @ivar name: the dotted name of what differs.
    @ivar what: C{"missing"}, C{"kind"}, C{"signature"}, C{"base"} or C{"value"};
        C{"more"} for a signature that takes all that theirs takes.
    @ivar theirs: what Twisted has there.
    @ivar ours: what we have there; empty when that is nothing.
    """

    name: str
    what: str
    theirs: str
    ours: str = ""


def listed() -> dict[str, dict[str, Entry]]:
    """Return the public names of Twisted 26.10, by module."""
    modules: dict[str, dict[str, Entry]] = json.loads(LIST.read_text())["modules"]
    return modules


def exists(module: str) -> bool:
    """Tell whether we have a module, without running it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def deviations(module: str, names: dict[str, Entry]) -> Iterator[Deviation]:
    """
    Compare one module of ours with its list.

    @param names: the entry of the list for that module.
    @raise ImportError: it cannot be imported.
    """
    with warnings.catch_warnings():
        # Some names are deprecated, and tell so as soon as they are touched.
        warnings.simplefilter("ignore")
        ours = importlib.import_module(module)
        for name, entry in sorted(names.items()):
            dotted = f"{module}.{name}"
            if hasattr(ours, name):
                yield from _compare(dotted, getattr(ours, name), entry)
            else:
                yield Deviation(dotted, "missing", entry["kind"])


def written(signature: Iterable[str] | None) -> str:
    """Write a signature of the list as it would stand in a program."""
    if signature is None:
        return "(…)"
    words = []
    named = False
    for parameter in signature:
        if parameter.startswith("kw:") and not named:
            words.append("*")
        named = named or parameter.startswith(("kw:", "*"))
        name = parameter.removeprefix("kw:")
        words.append(f"{name}…" if name.endswith("=") else name)
    return f"({', '.join(words)})"


def _compare(dotted: str, ours: Any, entry: Entry) -> Iterator[Deviation]:
    kind = _kind(ours)
    if kind != entry["kind"] and not {kind, entry["kind"]} <= {"object", "constant"}:
        yield Deviation(dotted, "kind", entry["kind"], kind)
    elif kind == "constant" and dotted not in COUNTERS and repr(ours)[:120] != entry.get("value"):
        yield Deviation(dotted, "value", entry.get("value") or entry["type"], repr(ours)[:120])
    elif kind == "function":
        yield from _compareSignature(dotted, ours, entry["signature"])
    elif kind == "interface":
        yield from _compareInterface(dotted, ours, entry)
    elif "members" in entry:
        yield from _compareClass(dotted, ours, entry)


def _kind(found: Any) -> str:
    if isinstance(found, InterfaceClass):
        return "interface"
    if inspect.isclass(found):
        if issubclass(found, enum.Enum):
            return "enum"
        return "exception" if issubclass(found, BaseException) else "class"
    if callable(found):
        return "function"
    plain = (int, str, bytes, float, type(None))
    return "constant" if isinstance(found, plain) else "object"


def _signature(function: Any) -> list[str] | None:
    """Return the signature of *function* in the form of the list, if it tells."""
    if isinstance(function, types.WrapperDescriptorType):
        # A slot of a compiled class: it has one signature for all.
        return None
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        f"{_MARKS.get(each.kind, '')}{each.name}{'' if each.default is each.empty else '='}"
        for each in parameters
    ]


def _compareSignature(dotted: str, ours: Any, theirs: list[str] | None) -> Iterator[Deviation]:
    found = None if theirs is None else _signature(ours)
    if found is not None and theirs is not None and found != theirs:
        what = "more" if _takes(found, theirs) else "signature"
        yield Deviation(dotted, what, written(theirs), written(found))


def _takes(ours: list[str], theirs: list[str]) -> bool:
    """Tell whether who calls with *theirs* may as well call with *ours*."""
    byPlace = [each for each in ours if not each.startswith("kw:")]
    wanted = [each for each in theirs if not each.startswith("kw:")]
    byName = set(theirs) - set(wanted)
    return (
        len(byPlace) >= len(wanted)
        and all(our in (their, f"{their}=") for our, their in zip(byPlace, wanted, strict=False))
        and all(each.endswith("=") or each[0] == "*" for each in byPlace[len(wanted) :])
        and all(each in ours or f"{each}=" in ours for each in byName)
        and all(each.endswith("=") for each in set(ours) - set(byPlace) - byName)
    )


def _compareBases(dotted: str, derives: Callable[[Any], bool], entry: Entry) -> Iterator[Deviation]:
    """Ask *derives* whether ours derives from the public bases of the list."""
    for base in entry["bases"]:
        module, _, name = base.rpartition(".")
        if any(part.startswith("_") for part in base.split(".")) or not exists(module):
            continue
        wanted = getattr(importlib.import_module(module), name, None)
        if wanted is not None and not derives(wanted):
            yield Deviation(dotted, "base", base)


def _compareInterface(dotted: str, ours: Any, entry: Entry) -> Iterator[Deviation]:
    yield from _compareBases(dotted, ours.isOrExtends, entry)
    for name, theirs in sorted(entry["members"].items()):
        found = ours.get(name)
        if found is None:
            yield Deviation(f"{dotted}.{name}", "missing", "member")
        elif isinstance(theirs, list) and list(getattr(found, "positional", ())) != theirs:
            given = written(getattr(found, "positional", ()))
            yield Deviation(f"{dotted}.{name}", "signature", written(theirs), given)


def _compareClass(dotted: str, ours: Any, entry: Entry) -> Iterator[Deviation]:
    yield from _compareBases(dotted, functools.partial(issubclass, ours), entry)
    for name, theirs in sorted(entry["members"].items()):
        member = f"{dotted}.{name}"
        if not hasattr(ours, name):
            yield Deviation(member, "missing", "member")
        elif isinstance(theirs, list):
            # The list has them as they stand in the class: with self or cls.
            found = inspect.getattr_static(ours, name)
            found = getattr(found, "__func__", found)
            if not callable(found):
                found = getattr(ours, name)
            yield from _compareSignature(member, found, theirs)
