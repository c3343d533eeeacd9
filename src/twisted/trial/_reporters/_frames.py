"""
Leave out of a traceback what only shows how trial works.
"""

from __future__ import annotations

import os
from typing import Any

# A frame as Failure keeps it begins with the function's and the file's names.
Frame = Any

# What stands before the code of a test: the machinery that calls it, or loads
# it...
_MACHINERY = (
    "twisted/trial/_asynctest.py",
    "twisted/trial/_synctest.py",
    "twisted/trial/_warned.py",
    "twisted/internet/utils.py",
    "twisted/internet/_chain_py.py",
    "twisted/internet/defer/",
    "twisted/python/util.py",
    "twisted/python/failure.py",
    "twisted/trial/_loading.py",
    "twisted/python/modules.py",
    "twisted/python/reflect.py",
    "importlib/__init__.py",
    "<frozen importlib",
)
# ...and what stands after it: assertions on their way to raise.
_ASSERTIONS = ("twisted/trial/_assertions.py", "unittest/case.py")


def _isOf(frame: Frame, places: tuple[str, ...]) -> bool:
    """Say whether *frame* is of a file in one of these places."""
    name = os.path.splitext(os.path.normpath(frame[1]))[0].replace(os.sep, "/") + ".py"
    return any(f"/{place}" in name for place in places)


def trimFrames(frames: list[Frame]) -> list[Frame]:
    """
    Return the frames between the machinery that called a test and the
    assertion that failed in it.

    If there is none between, the last one is left; unless all are of the
    machinery, which happens to failures of Deferreds that a test returned.

    @param frames: the C{frames} of a
        L{Failure<twisted.python.failure.Failure>}.
    """
    if len(frames) < 2:
        return frames
    first, last = 0, len(frames)
    while first < last and _isOf(frames[first], _MACHINERY):
        first += 1
    if first == last:
        return []
    while last > first and _isOf(frames[last - 1], _ASSERTIONS):
        last -= 1
    return frames[first:last] or frames[-1:]
