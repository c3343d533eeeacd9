"""
kqueue on Linux: the shim of C{tests/ext}, with the face of L{select}.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SHIM = Path(__file__).parent / "ext" / "kqueue_shim"

COMPILER = shutil.which("cc") or shutil.which("gcc")

#: Whether there is a kqueue to test with.
AVAILABLE = sys.platform == "linux" and COMPILER is not None


class _KEvent(ctypes.Structure):
    _fields_ = [
        ("ident", ctypes.c_size_t),
        ("filter", ctypes.c_short),
        ("flags", ctypes.c_ushort),
        ("fflags", ctypes.c_uint),
        ("data", ctypes.c_int64),
        ("udata", ctypes.c_void_p),
    ]


class _TimeSpec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


@functools.cache
def _library() -> Any:
    assert COMPILER is not None
    folder = tempfile.mkdtemp()
    where = Path(folder) / "kqueue.so"
    try:
        subprocess.run(
            [COMPILER, "-O1", "-shared", "-fPIC", f"-I{SHIM}", "-o", where]
            + [SHIM / "kqueue_shim.c"],
            check=True,
            capture_output=True,
            timeout=60,
        )
        return ctypes.CDLL(str(where), use_errno=True)
    finally:
        shutil.rmtree(folder)


def _problem() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


class Select:
    """What the reactor uses of L{select}."""

    @staticmethod
    def kevent(ident: int, filter: int, flags: int) -> _KEvent:
        if ident < 0:
            raise ValueError("file descriptor cannot be a negative integer")
        return _KEvent(ident, filter, flags, 0, 0, None)

    class kqueue:
        """A queue of the shim's."""

        def __init__(self) -> None:
            self._fd = _library().kqueue()
            if self._fd < 0:
                raise _problem()

        def fileno(self) -> int:
            return int(self._fd)

        def close(self) -> None:
            if self._fd >= 0:
                _library().kqueue_shim_close(self._fd)
                self._fd = -1

        def control(self, changes: Any, most: int, timeout: float | None = None) -> list[Any]:
            given = (_KEvent * len(changes))(*changes)
            found = (_KEvent * most)()
            wait = None
            if timeout is not None:
                wait = ctypes.byref(_TimeSpec(int(timeout), int(timeout % 1 * 1e9)))
            count = _library().kevent(self._fd, given, len(changes), found, most, wait)
            if count < 0:
                raise _problem()
            return [found[index] for index in range(count)]


if AVAILABLE:
    # Not for Windows, whose select has too little.
    from twisted.internet.kqreactor import KQueueReactor

    class ShimKQueueReactor(KQueueReactor):
        """The reactor of the pure loop, on the shim."""

        def __init__(self) -> None:
            super().__init__(Select)
