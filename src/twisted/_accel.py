"""
Which twin runs: the one place where it is decided, and where it can be asked.

Some modules exist twice, compiled and pure, with one behaviour.  A public
module takes its half through :func:`pick`.  The environment steers it:

``PURE_PYTHON=1``
    every part pure (the convention of zope.interface and gevent).
``TWISTED_ACCEL=auto`` (the default)
    compiled where it was built, pure elsewhere.
``TWISTED_ACCEL=require``
    compiled; an import that fails raises.  A broken wheel must not look like
    a slow one.
``TWISTED_ACCEL=off`` or ``off:deferred,framing,reactor,proactor``
    every part, or the named ones, pure.

This module imports nothing else of the package, so that it can speak when the
rest is broken.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import namedtuple
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

#: Systems with epoll(7) or kqueue(2).
_POLLED = ("linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly")

#: The parts that have a compiled twin, the module that holds it, and on which
#: systems it exists: how C{sys.platform}, which may end with a version, begins.
_TWINS = (
    ("deferred", "twisted.internet._chain_c", ("",)),
    ("framing", "twisted.protocols._framing_c", ("",)),
    ("reactor", "twisted.internet._reactor_c", _POLLED),
    ("proactor", "twisted.internet._proactor_c", ("win32",)),
)

#: Those of them that exist on this system.
PARTS = {part: where for part, where, systems in _TWINS if sys.platform.startswith(systems)}

_ELSEWHERE = {part for part, _, _ in _TWINS} - PARTS.keys()


class OtherVersion(ImportError):
    """A compiled module was built from another version than the package is."""


# Not typing.NamedTuple, which compiles each annotation: here every program waits
# for it.
class Choice(namedtuple("Choice", ("part", "compiled", "why"))):
    """What was decided for one part."""

    __slots__ = ()
    part: str
    compiled: bool
    why: str


class Policy(namedtuple("Policy", ("mode", "off", "why"))):
    """What the environment asked for."""

    __slots__ = ()
    mode: str
    off: frozenset[str]
    why: str

    def allows(self, part: str) -> bool:
        """Tell whether *part* may run compiled."""
        return self.mode != "off" and part not in self.off


def parsePolicy(environ: Mapping[str, str]) -> Policy:
    """
    Read ``PURE_PYTHON`` and ``TWISTED_ACCEL`` from *environ*.

    @raise ValueError: C{TWISTED_ACCEL} has a word that means nothing.
    """
    pure = environ.get("PURE_PYTHON", "")
    if pure not in ("", "0"):
        return Policy("off", frozenset(), f"PURE_PYTHON={pure}")
    word = environ.get("TWISTED_ACCEL", "") or "auto"
    mode, _, names = word.partition(":")
    if mode not in ("auto", "require", "off") or (names and mode != "off"):
        raise ValueError(
            f"TWISTED_ACCEL={word!r}: expected auto, require, off or off:part,part"
            f" (parts: {', '.join(PARTS)})"
        )
    if not names:
        return Policy(mode, frozenset(), f"TWISTED_ACCEL={word}" if mode != "auto" else "")
    off = frozenset(name.strip() for name in names.split(","))
    unknown = off - PARTS.keys() - _ELSEWHERE
    if unknown:
        raise ValueError(
            f"TWISTED_ACCEL={word!r}: no such part: {', '.join(sorted(unknown))}"
            f" (parts: {', '.join(PARTS)})"
        )
    return Policy("auto", off, f"TWISTED_ACCEL={word}")


POLICY = parsePolicy(os.environ)
_choices: dict[str, Choice] = {}


def pick(part: str, pure: T, where: str, name: str | None = None) -> T:
    """
    Return the twin of *pure* that is to run.

    @param part: which of L{PARTS} it belongs to.
    @param pure: the pure twin, a class or function.
    @param where: the compiled module, as C{"twisted.internet._chain_c"}.
    @param name: the twin's name there, if it is not the pure one's.
    @raise ImportError: it is required compiled and cannot be imported.
    """
    if part in _ELSEWHERE:
        # Not even where all parts are required.
        return pure
    if not POLICY.allows(part):
        _choices[part] = Choice(part, False, POLICY.why)
        return pure
    try:
        found: T = getattr(_compiled(where), name or pure.__name__)  # type: ignore[attr-defined]
    except (ImportError, AttributeError) as error:
        if POLICY.mode == "require":
            raise ImportError(
                f"TWISTED_ACCEL=require, but {part} is not compiled: {error}"
            ) from error
        _choices[part] = Choice(part, False, _reason(error))
        if isinstance(error, OtherVersion):
            warnings.warn(f"{error} (until then it runs pure)", RuntimeWarning, stacklevel=3)
        return pure
    _choices[part] = Choice(part, True, POLICY.why or "built")
    return found


def _compiled(where: str) -> ModuleType:
    """
    Import a compiled module.

    @raise ImportError: it cannot be.
    @raise OtherVersion: it stayed behind when the package changed.
    """
    module = import_module(where)
    ours = getattr(sys.modules.get("twisted"), "__torsion__", None)
    # A module from before versions were compiled in does not say its own.
    theirs = getattr(module, "__torsion__", ours)
    if theirs != ours:
        raise OtherVersion(
            f"{where} was built for torsion {theirs}, and this is torsion {ours}:"
            f" build it again, or remove {getattr(module, '__file__', where)}",
            name=where,
        )
    return module


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return "not built"
    if isinstance(error, OtherVersion):
        return str(error)
    return f"{type(error).__name__}: {error}"


def report() -> list[Choice]:
    """
    Tell, for each part, which twin runs and why.

    A part that nothing has asked for yet is decided here as L{pick} would.
    """
    rows = []
    for part, where in PARTS.items():
        if part not in _choices:
            if not POLICY.allows(part):
                _choices[part] = Choice(part, False, POLICY.why)
            else:
                try:
                    _compiled(where)
                except ImportError as error:
                    _choices[part] = Choice(part, False, _reason(error))
                else:
                    _choices[part] = Choice(part, True, POLICY.why or "built")
        rows.append(_choices[part])
    return rows


def findMixture() -> str | None:
    """
    Tell whether genuine Twisted lies in the same place as we do.

    Two distributions that write the same files leave a package which is
    neither.  Laid *under* us, genuine Twisted leaves its own dist-info beside
    the package; laid *over* us it also replaces C{twisted/__init__.py}, and
    modules of ours that it does not know (this one) live on to say so.

    @return: a sentence that says what is wrong, or L{None}.
    """
    package = sys.modules.get("twisted")
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if package is not None and not hasattr(package, "__torsion__"):
        return f"genuine Twisted was installed over torsion in {here}"
    try:
        names = os.listdir(here)
    except OSError:
        return None
    for name in names:
        low = name.lower()
        if low.startswith("twisted-") and low.endswith((".dist-info", ".egg-info")):
            if "+torsion" not in low:
                return f"genuine Twisted ({name}) is installed over or under torsion in {here}"
    return None


#: One at a time, for pip stops at the first that it cannot remove: of two that
#: are called Twisted it may take the one that is only our name.
REPAIR = (
    "pip uninstall -y Twisted; pip uninstall -y torsion; pip uninstall -y Twisted;"
    " pip install torsion"
)

mixture = findMixture()
if mixture is not None:
    warnings.warn(
        f"{mixture}: the package 'twisted' is a mixture of two distributions and"
        f" will misbehave. Repair: {REPAIR}",
        RuntimeWarning,
        stacklevel=2,
    )
