"""
Scripts: one asynchronous function, and the reactor for as long as it takes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from twisted.internet import defer
from twisted.python import log
from twisted.python.failure import Failure


def react(
    main: Callable[..., Any], argv: Iterable[object] = (), _reactor: Any = None
) -> NoReturn:
    """
    Run the reactor until *main* is done, and exit.

    @param main: called with the reactor and *argv*; returns a Deferred or a
        coroutine.
    @param argv: more arguments for it.
    @raise SystemExit: always.  The code is 0, or 1 if *main* failed, or what
        it said with a C{SystemExit} of its own.
    """
    if _reactor is None:
        # Late: importing it installs the default reactor.
        from twisted.internet import reactor as _reactor  # type: ignore[no-redef]
    code: Any = 0
    stopping = False

    def onShutdown() -> None:
        nonlocal stopping
        stopping = True

    def finish(result: Any) -> None:
        nonlocal code
        if isinstance(result, Failure):
            if result.check(SystemExit) is not None:
                code = result.value.code
            elif not (stopping and result.check(defer.CancelledError)):
                log.err(result, "main function encountered error")
                code = 1
        if not stopping:
            _reactor.callWhenRunning(stop)

    def stop() -> None:
        # The main function may have stopped it, too.
        if not stopping:
            _reactor.stop()

    def cancel() -> Any:
        onShutdown()
        if not done.called:
            done.cancel()

    # The main function may need the reactor to be running.
    done: defer.Deferred[Any] = defer.maybeDeferred(main, _reactor, *argv)
    done.addBoth(finish)
    _reactor.addSystemEventTrigger("before", "shutdown", cancel)
    _reactor.run()
    sys.exit(code)
