"""
The reactor that runs everywhere, on select(2).

It is limited to descriptors below C{FD_SETSIZE} (1024 as a rule) and its cost
grows with their number.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from errno import EBADF, EINTR
from time import sleep
from typing import Any

from zope.interface import implementer

from twisted.internet._selectables import WaitsForSets
from twisted.internet.interfaces import IReactorFDSet
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.runtime import platformType

__all__ = ["install"]


def win32select(
    r: list[Any], w: list[Any], e: list[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """
    C{select} for Windows, which refuses three empty lists and cannot be
    interrupted: it waits half a second at the most, for Ctrl-C to get through.
    """
    if not (r or w):
        sleep(0.01 if timeout is None else min(timeout, 0.001))
        return [], [], []
    limit = 0.5 if timeout is None or timeout > 0.5 else timeout
    readable, writable, failed = select.select(r, w, w, limit)
    # A connection that could not be made is among the last alone.
    return readable, list({*writable, *failed}), []


_select: Callable[..., Any] = win32select if platformType == "win32" else select.select


@implementer(IReactorFDSet)
class SelectReactor(WaitsForSets, PosixReactorBase):
    """
    A reactor on select(2).

    @ivar _readers, _writers: the readers and writers.
    """

    _flushesAfterEvents = True

    def __init__(self) -> None:
        WaitsForSets.__init__(self)
        PosixReactorBase.__init__(self)

    def doSelect(self, timeout: float | None) -> None:
        """
        Wait up to *timeout* seconds and handle what happens.
        """
        try:
            readable, writable, _ = _select(self._readers, self._writers, [], timeout)
        except (ValueError, TypeError):
            # A closed object has the descriptor -1, or none at all.
            self._endBad()
            return
        except OSError as problem:
            if problem.errno == EBADF:
                self._endBad()
                return
            if problem.errno == EINTR or (problem.errno in (0, 2) and not self._readers):
                return
            raise
        self._serve(readable, writable)

    doIteration = doSelect  # type: ignore[assignment]


def install() -> None:
    """
    Make this the reactor that C{from twisted.internet import reactor} gives.

    @raise twisted.internet.error.ReactorAlreadyInstalledError: there is one.
    """
    reactor = SelectReactor()
    # Late: so that this module can be imported without choosing anything.
    from twisted.internet.main import installReactor

    installReactor(reactor)
