"""
C{python -m twisted --about}: what this installation is and which twins run.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from itertools import zip_longest
from typing import Any

from twisted import __torsion__, __version__, _accel


def _tlsLibrary() -> str:
    # Late: this is the only place here that needs OpenSSL, and it may be absent.
    try:
        from OpenSSL import SSL, version
    except ImportError:
        return "none (install torsion[tls])"
    return f"pyOpenSSL {version.__version__}, {SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode()}"


def _reactorName() -> str:
    # Late: deciding the default reactor imports the engine.
    try:
        from twisted.internet.default import install
    except ImportError as error:
        return f"none ({error})"
    return f"{install.__module__.rpartition('.')[2]}"


def _freeThreading() -> str:
    enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    return "" if enabled else ", GIL disabled"


def _distributed(name: str) -> str:
    """A file of our own metadata; empty if there is none."""
    try:
        return metadata.distribution("torsion").read_text(name) or ""
    except metadata.PackageNotFoundError:
        return ""


def _record() -> dict[str, Any]:
    """What the build wrote down of itself."""
    try:
        found: dict[str, Any] = json.loads(_distributed("BUILD.json") or "{}")
    except ValueError:
        return {}
    return found


def _built(record: dict[str, Any]) -> list[str]:
    """How the wheel was built, a line each."""
    lines = _distributed("WHEEL").splitlines()
    tags = [line.partition(": ")[2] for line in lines if line.startswith("Tag: ")]
    if not tags:
        return ["not installed (run from a source tree)"]
    told = [", ".join(tags)]
    if record.get("pure"):
        told.append(f"no part compiled: {record['pure']}")
    elif record.get("compiler"):
        told.append(f"compiled by {record['compiler']}")
    if record.get("cython"):
        told.append(f"Cython {record['cython']}")
    return told


def _why(choice: _accel.Choice, record: dict[str, Any]) -> str:
    """Why a part runs as it does; of one that was not built, what the build said."""
    told = record.get("failed", {}).get(_accel.PARTS[choice.part]) or record.get("pure")
    if choice.why != "not built" or not told:
        return choice.why + (_waiting() if choice.part == "reactor" and choice.compiled else "")
    return f"not built: {' '.join(told.split())}"


def _waiting() -> str:
    """How the compiled reactor waits."""
    # Late: only this line needs the engine.
    from twisted.internet._pollerreactor import _Compiled

    return "" if _Compiled is None else f" ({_Compiled.facility})"


def table() -> str:
    """Return the report as text, one line a fact."""
    rows = [("part", "runs", "why")]
    record = _record()
    rows += [
        (c.part, "compiled" if c.compiled else "pure", _why(c, record)) for c in _accel.report()
    ]
    built = _built(record)
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines = [f"torsion {__torsion__}, Twisted API level {__version__}", ""]
    lines += [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in rows]
    lines += [
        "",
        f"default reactor  {_reactorName()}",
        f"TLS library      {_tlsLibrary()}",
        f"Python           {platform.python_implementation()} {platform.python_version()}"
        f"{_freeThreading()}, {platform.system()} {platform.machine()}",
        *(f"{label:17}{line}" for label, line in zip_longest(["wheel"], built, fillvalue="")),
    ]
    if _accel.mixture:
        lines += ["", f"WARNING: {_accel.mixture}.", f"Repair: {_accel.REPAIR}"]
    return "\n".join(lines)
