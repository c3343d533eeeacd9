"""
The pollers in C, called from Python by cffi: C{poller.h} is the declaration, and
there is no reactor in between.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from cffi import FFI

HERE = Path(__file__).parent
POLLER = HERE.parent.parent / "_ext" / "poller"
SHIM = HERE / "kqueue_shim"
HEADER = POLLER / "poller.h"

READ, WRITE, GONE = 1, 2, 4

#: What each poller is compiled of, and where its headers are.
SOURCES = {
    "epoll": ([POLLER / "epoll.c"], [POLLER]),
    "kqueue": ([POLLER / "kqueue.c", SHIM / "kqueue_shim.c"], [SHIM, POLLER]),
}


def declarations() -> str:
    """Return what C{poller.h} declares, without what is for the preprocessor."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def build(kind: str, folder: Path) -> Any:
    """
    Compile a poller and what binds it, in *folder*.

    @param kind: C{"epoll"} or C{"kqueue"}, which is on the shim.
    @return: the module, with C{ffi} and C{lib}.
    """
    sources, include = SOURCES[kind]
    name = f"_bound_{kind}"
    ffi = FFI()
    ffi.cdef(declarations())
    ffi.set_source(
        name,
        '#include "poller.h"',
        sources=[os.fspath(source) for source in sources],
        include_dirs=[os.fspath(path) for path in include],
        libraries=["m"],
        extra_compile_args=["-O1", "-pthread"],
    )
    made = ffi.compile(tmpdir=os.fspath(folder))
    spec = importlib.util.spec_from_file_location(name, made)
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Poller:
    """
    A poller, whose functions raise where those in C return -1.
    """

    def __init__(self, binding: Any) -> None:
        self._ffi, self._lib = binding.ffi, binding.lib
        self._poller = self._lib.poller_open()
        assert self._poller != self._ffi.NULL
        self.facility = self._ffi.string(self._lib.poller_facility()).decode()

    def close(self) -> None:
        """Give it back."""
        self._lib.poller_close(self._poller)

    def _checked(self, answer: int) -> int:
        if answer < 0:
            number = self._ffi.errno
            raise OSError(number, errno.errorcode[number])
        return answer

    def watch(self, fd: int, before: int, interest: int, token: int) -> None:
        """Watch *fd* for *interest*, where it was watched for *before*."""
        self._checked(self._lib.poller_watch(self._poller, fd, before, interest, token))

    def forget(self, fd: int) -> None:
        """Watch *fd* no longer."""
        self._checked(self._lib.poller_forget(self._poller, fd))

    def wake(self) -> None:
        """End the wait that is on, or else the next one."""
        self._checked(self._lib.poller_wake(self._poller))

    def wait(self, timeout: float, capacity: int = 64) -> dict[int, int]:
        """
        Wait.

        @param timeout: in seconds; negative: for ever.
        @return: for each token its events.
        """
        events = self._ffi.new("poller_event[]", capacity)
        found = self._checked(self._lib.poller_wait(self._poller, timeout, events, capacity))
        assert found <= capacity
        told = {events[at].token: events[at].events for at in range(found)}
        assert len(told) == found, "a descriptor was told twice"
        return told
