"""
Processes for their output, and functions without their warnings.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from io import BytesIO
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


class _BackRelay(protocol.ProcessProtocol):
    """
    Collects what a process writes.

    @ivar onProcessEnded: fires when it has ended, if its standard error was
        not wanted and there was some.
    """

    def __init__(self, deferred: defer.Deferred[Any] | None, errortoo: Any = 0) -> None:
        self.deferred = deferred
        self.s = BytesIO()
        self.onProcessEnded: defer.Deferred[Any] | None = None
        received: Any = self.errReceivedIsGood if errortoo else self.errReceivedIsBad
        self.errReceived = received  # type: ignore[method-assign]

    def errReceivedIsBad(self, text: bytes) -> None:
        """Fail: nothing should have been written there."""
        if self.deferred is not None:
            self.onProcessEnded = defer.Deferred()
            problem = _UnexpectedErrorOutput(text, self.onProcessEnded)
            self.deferred.errback(failure.Failure(problem))
            self.deferred = None
            self.transport.loseConnection()

    def errReceivedIsGood(self, text: bytes) -> None:
        """Collect it, as the rest."""
        self.s.write(text)

    def outReceived(self, text: bytes) -> None:
        """Collect it."""
        self.s.write(text)

    def processEnded(self, reason: failure.Failure) -> None:
        """Give what was collected."""
        if self.deferred is not None:
            self.deferred.callback(self.s.getvalue())
        elif self.onProcessEnded is not None:
            self.onProcessEnded.errback(reason)


class _EverythingGetter(protocol.ProcessProtocol):
    """Collects what a process writes, each output apart, and how it ends."""

    def __init__(self, deferred: defer.Deferred[Any], stdinBytes: bytes | None = None) -> None:
        self.deferred = deferred
        self.outBuf = BytesIO()
        self.errBuf = BytesIO()
        self.outReceived = self.outBuf.write  # type: ignore[assignment, method-assign]
        self.errReceived = self.errBuf.write  # type: ignore[assignment, method-assign]
        self.stdinBytes = stdinBytes

    def connectionMade(self) -> None:
        """Give it its input."""
        if self.stdinBytes is not None:
            self.transport.writeToChild(0, self.stdinBytes)
            # Or it would wait for more.
            self.transport.closeStdin()

    def processEnded(self, reason: failure.Failure) -> None:
        """Give what was collected."""
        out, err = self.outBuf.getvalue(), self.errBuf.getvalue()
        problem: Any = reason.value
        if problem.signal:
            self.deferred.errback((out, err, problem.signal))
        else:
            self.deferred.callback((out, err, problem.exitCode))


class _ValueGetter(protocol.ProcessProtocol):
    """Collects how a process ends."""

    def __init__(self, deferred: defer.Deferred[int]) -> None:
        self.deferred = deferred

    def processEnded(self, reason: failure.Failure) -> None:
        """Give its exit code."""
        problem: Any = reason.value
        self.deferred.callback(problem.exitCode)


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
        lambda d: _BackRelay(d, errortoo=errortoo), executable, args, env, path, reactor
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
    return _spawn(_ValueGetter, executable, args, env, path, reactor)


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
        lambda d: _EverythingGetter(d, stdinBytes), executable, args, env, path, reactor
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
