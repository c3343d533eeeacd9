"""
C{python -m twisted --about}: what this installation is and which twins run.
"""

from __future__ import annotations

import platform
import sys
from importlib import metadata

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


def _built() -> str:
    """How the wheel was built, from the compiled module's own record."""
    try:
        text = metadata.distribution("torsion").read_text("WHEEL") or ""
    except metadata.PackageNotFoundError:
        return "not installed (run from a source tree)"
    tags = [line.partition(": ")[2] for line in text.splitlines() if line.startswith("Tag: ")]
    return ", ".join(tags) or "unknown"


def table() -> str:
    """Return the report as text, one line a fact."""
    rows = [("part", "runs", "why")]
    rows += [(c.part, "compiled" if c.compiled else "pure", c.why) for c in _accel.report()]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines = [f"torsion {__torsion__}, Twisted API level {__version__}", ""]
    lines += [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in rows]
    lines += [
        "",
        f"default reactor  {_reactorName()}",
        f"TLS library      {_tlsLibrary()}",
        f"Python           {platform.python_implementation()} {platform.python_version()}"
        f"{_freeThreading()}, {platform.system()} {platform.machine()}",
        f"wheel            {_built()}",
    ]
    if _accel.mixture:
        lines += ["", f"WARNING: {_accel.mixture}.", f"Repair: {_accel.REPAIR}"]
    return "\n".join(lines)
