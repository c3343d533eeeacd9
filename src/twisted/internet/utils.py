"""
Processes for their output, and functions without their warnings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from twisted.internet import defer, protocol
from twisted.python import failure


class _UnexpectedErrorOutput(IOError):
    """
    A process wrote to its standard error, which was not wanted.

    @ivar processEnded: fires when it has ended.
    """

    def __init__(self, text: bytes, processEnded: defer.Deferred[Any]) -> None:
        OSError.__init__(self, f"got stderr: {text!r}")
        self.processEnded = processEnded


class _Collector(protocol.ProcessProtocol):
    """
    Collects what a process writes, and tells of it when it has ended.

    @ivar pieces: what came, with the descriptor that it came from, in order.
    @ivar outcome: what is waited for; L{None} when it has been told.
    @ivar ended: fires at the end with the reason, if that was told before.
    """

    def __init__(
        self,
        outcome: defer.Deferred[Any],
        tell: Callable[[_Collector, Any], None],
        stdin: bytes | None = None,
        refused: frozenset[int] = frozenset(),
        kept: frozenset[int] = frozenset((1, 2)),
    ) -> None:
        """
        @param tell: called with this and the exception that says how it ended.
        @param stdin: what it gets as standard input.
        @param refused: descriptors on which nothing should come.
        @param kept: descriptors of which is kept what comes.
        """
        self.pieces: list[tuple[int, bytes]] = []
        self.outcome: defer.Deferred[Any] | None = outcome
        self.ended: defer.Deferred[Any] | None = None
        self._tell, self._stdin, self._refused, self._kept = tell, stdin, refused, kept

    def written(self, *descriptors: int) -> bytes:
        """Return what came from these, joined."""
        return b"".join(data for fd, data in self.pieces if fd in descriptors)

    def connectionMade(self) -> None:
        """Give it its input."""
        if self._stdin is not None:
            self.transport.writeToChild(0, self._stdin)
            # Or it would wait for more.
            self.transport.closeStdin()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Collect it, or give the process up."""
        if childFD not in self._refused:
            if childFD in self._kept:
                self.pieces.append((childFD, data))
            return
        waiting, self.outcome = self.outcome, None
        if waiting is not None:
            self.ended = defer.Deferred()
            waiting.errback(failure.Failure(_UnexpectedErrorOutput(data, self.ended)))
            self.transport.loseConnection()

    def processEnded(self, reason: failure.Failure) -> None:
        """Tell of it."""
        if self.outcome is not None:
            self._tell(self, reason.value)
        elif self.ended is not None:
            self.ended.errback(reason)


def _tellOutput(process: _Collector, end: Any) -> None:
    process.outcome.callback(process.written(1, 2))  # type: ignore[union-attr]


def _tellValue(process: _Collector, end: Any) -> None:
    process.outcome.callback(end.exitCode)  # type: ignore[union-attr]


def _tellAll(process: _Collector, end: Any) -> None:
    told = (process.written(1), process.written(2), end.signal or end.exitCode)
    tell = process.outcome.errback if end.signal else process.outcome.callback  # type: ignore[union-attr]
    tell(told)


_NONE: frozenset[int] = frozenset()
_STDERR = frozenset((2,))


def _spawn(
    makeProtocol: Callable[[defer.Deferred[Any]], Any],
    executable: str | bytes,
    args: Sequence[str | bytes],
    env: Mapping[Any, Any] | None,
    path: str | bytes | None,
    reactor: Any,
) -> defer.Deferred[Any]:
    if reactor is None:
        # Late: importing it installs the default reactor.
        from twisted.internet import reactor
    d: defer.Deferred[Any] = defer.Deferred()
    words = (executable, *args)
    reactor.spawnProcess(makeProtocol(d), executable, words, env, path)
    return d


def getProcessOutput(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},
    path: str | bytes | None = None,
    reactor: Any = None,
    errortoo: Any = 0,
) -> defer.Deferred[bytes]:
    """
    Run a program for its output.

    @param executable: its path.
    @param args: its arguments, without its own name.
    @param env: its environment; empty by default, L{None} to inherit ours.
    @param path: the directory to run it in.
    @param errortoo: collect its standard error, too.
    @return: fires with its standard output; fails with L{IOError} as soon as
        it writes to its standard error, if that is not collected.
    """
    return _spawn(
        lambda d: _Collector(d, _tellOutput, refused=_NONE if errortoo else _STDERR),
        executable,
        args,
        env,
        path,
        reactor,
    )


def getProcessValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},
    path: str | bytes | None = None,
    reactor: Any = None,
) -> defer.Deferred[int]:
    """
    Run a program for its exit code; see L{getProcessOutput}.

    @return: fires with the exit code.
    """
    return _spawn(lambda d: _Collector(d, _tellValue, kept=_NONE), executable, args, env, path, reactor)


def getProcessOutputAndValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},
    path: str | bytes | None = None,
    reactor: Any = None,
    stdinBytes: bytes | None = None,
) -> defer.Deferred[tuple[bytes, bytes, int]]:
    """
    Run a program for its outputs and exit code; see L{getProcessOutput}.

    @param stdinBytes: what it gets as standard input.
    @return: fires with standard output, standard error and exit code; fails
        with standard output, standard error and the number of the signal if
        one ended it.
    """
    return _spawn(
        lambda d: _Collector(d, _tellAll, stdinBytes), executable, args, env, path, reactor
    )


def runWithWarningsSuppressed(
    suppressedWarnings: Any, f: Callable[..., Any], *a: Any, **kw: Any
) -> Any:
    """
    Call *f* with warning filters in force while it runs; if it returns a
    Deferred, until that has fired.

    @param suppressedWarnings: arguments and keyword arguments of
        L{warnings.filterwarnings}.
    """
    before = warnings.filters[:]
    for args, kwargs in suppressedWarnings:
        warnings.filterwarnings(*args, **kwargs)
    added = [entry for entry in warnings.filters if entry not in before]

    def restore(result: Any) -> Any:
        for entry in added:
            if entry in warnings.filters:
                warnings.filters.remove(entry)  # type: ignore[attr-defined]
        return result

    try:
        result = f(*a, **kw)
    except BaseException:
        restore(None)
        raise
    if isinstance(result, defer.Deferred):
        return result.addBoth(restore)
    restore(None)
    return result


def suppressWarnings(f: Callable[..., Any], *suppressedWarnings: Any) -> Callable[..., Any]:
    """
    Wrap *f* so that it runs with warning filters in force.
    """

    @wraps(f)
    def warningSuppressingWrapper(*a: Any, **kw: Any) -> Any:
        return runWithWarningsSuppressed(suppressedWarnings, f, *a, **kw)

    return warningSuppressingWrapper


__all__ = [
    "getProcessOutput",
    "getProcessOutputAndValue",
    "getProcessValue",
    "runWithWarningsSuppressed",
    "suppressWarnings",
]
