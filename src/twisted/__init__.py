"""
Torsion: the Twisted API, written anew and compiled where it counts.

The import package is ``twisted`` because its programs are Twisted programs.
What is under it is an independent implementation; ``python -m twisted
--about`` says which parts of it run compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incremental import Version

    version: Version

__version__ = "26.10.0"

#: True for this implementation; genuine Twisted has no such name.
__torsion__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Late: incremental costs several milliseconds, and few programs ask.
    if name == "version":
        from twisted._version import __version__ as version

        globals()["version"] = version
        return version
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


from twisted import _accel as _accel  # noqa: E402  (warns of a mixed installation)
