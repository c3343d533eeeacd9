"""
Writes F{COMPAT.md}: the public modules, names and signatures of Twisted 26.10
against ours, with each deviation and its reason.

    python -m tests.conformance.make_compat
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.conformance.known_differences import API, NEEDS, NOT_BUILT
from tests.conformance.surface import Deviation, Entry, deviations, exists, listed, written

WHERE = Path(__file__).parents[2] / "COMPAT.md"

MORE = "takes all that theirs takes"

INTRODUCTION = """\
# Compatibility with Twisted 26.10

Made by `make compat` from the list of Twisted's public names in
`tests/conformance/api.json` and the reasons in
`tests/conformance/known_differences.py`; a test holds the tree to both.
A public name has no leading underscore and is defined by its module or stands
in its `__all__`. Under each module, what is as in Twisted comes first: the
name, the kind, the parameters of functions and of each public method, the
public base classes, and the value of constants. What differs follows with the
reason, and signatures that take more than those of Twisted.
"""


def isIn(module: str, package: str) -> bool:
    """Tell whether *module* is *package* or in it."""
    return module == package or module.startswith(f"{package}.")


def waits(module: str) -> bool:
    """Tell whether a module is known to be missing as yet."""
    return any(isIn(module, package) for package in NOT_BUILT)


def text() -> str:
    """Return the whole document."""
    modules = listed()
    built = [name for name in modules if exists(name) and not waits(name)]
    compared = [name for name in built if name not in NEEDS]
    sections = list(map("\n".join, (_section(name, modules[name]) for name in compared)))
    return "\n".join([INTRODUCTION, *_summary(modules, built), "", *sections])


def _summary(modules: dict[str, dict[str, Entry]], built: list[str]) -> Iterator[str]:
    rooms: dict[str, list[str]] = {}
    for name in modules:
        rooms.setdefault(".".join(name.split(".")[:2]), []).append(name)
    yield "| room | modules | names | in modules of ours | of them known to differ |"
    yield "|---|---:|---:|---:|---:|"
    total = [0, 0, 0, 0]
    for room, members in sorted(rooms.items()):
        names = sum(len(modules[name]) for name in members)
        ours = sum(len(modules[name]) for name in members if name in built)
        differ = sum(isIn(name, room) and _home(name, modules) in members for name in API)
        counts = [len(members), names, ours, differ]
        total = [before + count for before, count in zip(total, counts, strict=True)]
        yield f"| `{room}` | " + " | ".join(map(str, counts)) + " |"
    yield "| **all** | " + " | ".join(map(str, total)) + " |"
    yield ""
    yield "Not written yet:"
    yield ""
    for name, reason in sorted(NOT_BUILT.items()):
        yield f"- `{name}`: {reason}"
    yield ""
    yield "Compared only where what they import is installed:"
    yield ""
    for name, what in sorted(NEEDS.items()):
        yield f"- `{name}`: {what}"


def _home(name: str, modules: dict[str, dict[str, Entry]]) -> str:
    """Return the module that a dotted name is in."""
    while name not in modules:
        name = name.rpartition(".")[0]
    return name


def _section(module: str, names: dict[str, Entry]) -> Iterator[str]:
    found: dict[str, list[Deviation]] = {}
    for each in deviations(module, names):
        found.setdefault(each.name.removeprefix(f"{module}.").split(".")[0], []).append(each)
    yield f"## `{module}`"
    yield ""
    differ = {name for name, each in found.items() if any(one.what != "more" for one in each)}
    same = [_shown(name, entry) for name, entry in sorted(names.items()) if name not in differ]
    yield ", ".join(same) if same else "No public names." if not names else ""
    yield ""
    if found:
        for each in sorted(each for several in found.values() for each in several):
            reason = MORE if each.what == "more" else API.get(each.name, "no reason")
            yield f"- `{each.name.removeprefix(f'{module}.')}`: {_told(each)}; {reason}"
        yield ""


def _shown(name: str, entry: Entry) -> str:
    if entry["kind"] == "function":
        return f"`{name}{written(entry['signature'])}`"
    constructor = entry.get("members", {}).get("__init__")
    if entry["kind"] == "class" and isinstance(constructor, list):
        return f"`{name}{written(constructor[1:])}`"
    return f"`{name}`"


def _told(found: Deviation) -> str:
    """Say what differs."""
    told = {
        "missing": f"missing ({found.theirs})",
        "kind": f"{found.theirs} there, {found.ours} here",
        "signature": f"`{found.theirs}` there, `{found.ours}` here",
        "more": f"`{found.theirs}` there, `{found.ours}` here",
        "base": f"does not derive from `{found.theirs}`",
        "value": "another value",
    }
    return told[found.what]


if __name__ == "__main__":
    WHERE.write_text(text())
