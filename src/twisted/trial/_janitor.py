"""
Take out of the reactor what tests leave there, and tell on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet import interfaces
from twisted.python.failure import Failure

__all__ = ["DirtyReactorAggregateError", "_Janitor"]


class DirtyReactorAggregateError(Exception):
    """
    A test left something in the reactor.

    @ivar delayedCalls: the calls that were still to come, as text.
    @ivar selectables: the sockets and their like that were open, as text.
    """

    # Reports show it under the path that people know, even if that module was
    # never imported.
    __module__ = "twisted.trial.util"

    def __init__(
        self, delayedCalls: Sequence[object], selectables: Sequence[object] | None = None
    ) -> None:
        self.delayedCalls = delayedCalls
        self.selectables = selectables

    def __str__(self) -> str:
        lines: list[object] = ["Reactor was unclean."]
        if self.delayedCalls:
            lines.append(
                "DelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)"
            )
            lines.extend(self.delayedCalls)
        if self.selectables:
            lines.append("Selectables:")
            lines.extend(self.selectables)
        return "\n".join(map(str, lines))


class _Janitor:
    """
    Cleans the reactor after a test, or after the tests of a class.

    @ivar test: the test that is told of.
    @ivar result: the L{twisted.trial.itrial.IReporter} to tell.
    @ivar reactor: the reactor; C{None} for the one that is installed.
    """

    def __init__(self, test: Any, result: Any, reactor: Any = None) -> None:
        self.test = test
        self.result = result
        self.reactor = reactor

    def postCaseCleanup(self) -> bool:
        """
        Take out delayed calls.

        @return: whether there were none.
        """
        return self._told(self._cleanPending(), [])

    def postClassCleanup(self) -> None:
        """
        Take out all, and end the threads of the pool.
        """
        selectables = self._cleanReactor()
        self._told(self._cleanPending(), selectables)
        self._cleanThreads()

    def _told(self, calls: list[str], selectables: list[str]) -> bool:
        """
        Tell the result of what was found.

        @return: whether it was nothing.
        """
        if not calls and not selectables:
            return True
        error = DirtyReactorAggregateError(calls, selectables)
        self.result.addError(self.test, Failure(error))
        return False

    def _getReactor(self) -> Any:
        """Return the reactor to clean."""
        if self.reactor is None:
            # Importing it chooses it, which is for those to do who test.
            from twisted.internet import reactor

            self.reactor = reactor
        return self.reactor

    def _cleanPending(self) -> list[str]:
        """
        Cancel all delayed calls.

        @return: what they were.
        """
        reactor = self._getReactor()
        # What is just ending may end: connections lost, threads' results.
        reactor.iterate(0)
        reactor.iterate(0)
        found = []
        for call in reactor.getDelayedCalls():
            if call.active():
                found.append(str(call))  # before; cancelling takes away what it says
                call.cancel()
        return found

    def _cleanThreads(self) -> None:
        """
        End the threads of the reactor's pool.
        """
        reactor = self._getReactor()
        if interfaces.IReactorThreads.providedBy(reactor) and reactor.threadpool is not None:
            # There is no public way to stop it for a while: it starts anew
            # when the next one wants a thread.
            reactor._stopThreadPool()

    def _cleanReactor(self) -> list[str]:
        """
        Take out sockets and their like; kill processes.

        @return: what they were.
        """
        found = []
        for selectable in self._getReactor().removeAll():
            if interfaces.IProcessTransport.providedBy(selectable):
                selectable.signalProcess("KILL")
            found.append(repr(selectable))
        return found
