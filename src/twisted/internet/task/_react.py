"""
Later, as a Deferred; and a program that is one Deferred.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NoReturn, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IReactorCore
from twisted.python import log
from twisted.python.failure import Failure

_Result = TypeVar("_Result")


def deferLater(
    clock: Any,
    delay: float,
    callable: Callable[..., _Result] | None = None,
    *args: object,
    **kw: object,
) -> Deferred[_Result]:
    """
    Call *callable* with *args* and *kw* after a while.

    @param clock: an C{IReactorTime}, usually the reactor.
    @param delay: seconds.
    @param callable: L{None} to wait only.
    @return: fires with what *callable* returns, L{None} without one, or fails
        with what it raises.  Cancelled in time, it makes no call.
    """

    def arrive(ignored: object) -> Any:
        return None if callable is None else callable(*args, **kw)

    later: Deferred[Any] = Deferred(lambda ignored: delayed.cancel())
    later.addCallback(arrive)
    delayed = clock.callLater(delay, later.callback, None)
    return later


class _Program:
    """The course of one L{react}: when to stop the reactor, and the exit code."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.stopping = False
        self.code: Any = 0
        reactor.addSystemEventTrigger("before", "shutdown", self._reactorStops)

    def _reactorStops(self) -> None:
        self.stopping = True

    def failed(self, reason: Failure) -> None:
        if reason.check(SystemExit) is not None:
            self.code = reason.value.code  # type: ignore[attr-defined]
        else:
            log.err(reason, "main function encountered error")
            self.code = 1

    def finished(self, ignored: object) -> None:
        # Perhaps the reactor does not run yet; it must, to be stopped.
        if not self.stopping:
            self.reactor.callWhenRunning(self._stop)

    def _stop(self) -> None:
        try:
            self.reactor.stop()
        except ReactorNotRunning:
            pass  # somebody else was faster


def react(
    main: Callable[..., Deferred[_Result] | Coroutine[Deferred[_Result], Any, _Result]],
    argv: Iterable[object] = (),
    _reactor: IReactorCore | None = None,
) -> NoReturn:
    """
    Run the reactor for as long as *main* takes, then leave the program.

    The exit code is 0, or that of the L{SystemExit} that *main* failed with,
    or 1 when it failed with anything else; that is logged.

    @param main: called with the reactor and *argv*; returns a Deferred, or is
        a coroutine function.
    @param argv: further arguments.
    @param _reactor: another than the default one; for tests.
    @raise SystemExit: always, when the reactor has stopped.
    """
    reactor: Any = _reactor
    if reactor is None:
        # Late: it installs the default reactor.
        from twisted.internet import reactor  # type: ignore[no-redef]
    outcome = ensureDeferred(main(reactor, *argv))
    program = _Program(reactor)
    outcome.addErrback(program.failed)
    outcome.addCallback(program.finished)
    reactor.run()
    sys.exit(program.code)
