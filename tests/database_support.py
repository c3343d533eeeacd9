"""
Runs programs that ask databases, each over a reactor of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support import runReactor
from twisted.enterprise.adbapi import ConnectionPool
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.epollreactor import EPollReactor


def asking(
    program: Callable[[ConnectionPool], Any], module: str, *args: Any, **options: Any
) -> Any:
    """
    Call *program* with a pool, in a reactor, until its Deferred fires.

    @return: what that fires with.
    """
    reactor: Any = EPollReactor()
    results: list[Any] = []

    def begin() -> None:
        def run() -> Any:
            return program(ConnectionPool(module, *args, cp_reactor=reactor, **options))

        doing: Deferred[Any] = maybeDeferred(run)
        doing.addBoth(results.append).addBoth(lambda ignored: reactor.stop())

    reactor.callWhenRunning(begin)
    try:
        runReactor(reactor, 60)
    finally:
        for reader in list(reactor._internalReaders):
            reactor.removeReader(reader)
            reader.connectionLost(None)
        reactor._internalReaders.clear()
        reactor._loop.close()
    (result,) = results
    if hasattr(result, "raiseException"):
        result.raiseException()
    return result
