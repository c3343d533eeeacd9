"""
Deferreds that have fired, and Deferreds of many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from twisted.internet.defer._deferred import Deferred, TimeoutError
from twisted.python.deprecate import deprecated
from twisted.python.failure import Failure
from twisted.python.versions import Version

_T = TypeVar("_T")

SUCCESS = True
FAILURE = False


def succeed(result: _T) -> Deferred[_T]:
    """Return a Deferred that has fired with *result*."""
    d: Deferred[_T] = Deferred()
    d.called = True
    d.result = result
    return d


def fail(result: Any = None) -> Deferred[Any]:
    """
    Return a Deferred that has failed.

    @param result: a L{Failure} or an exception, by default the one being
        handled.
    """
    d: Deferred[Any] = Deferred()
    d.errback(result)
    return d


def execute(callable: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
    """
    Call *callable*.

    @return: a Deferred that has fired with what it returned, or failed with
        what it raised.
    """
    try:
        result = callable(*args, **kwargs)
    except BaseException:
        return fail()
    return succeed(result)


class FirstError(Exception):
    """
    The first of several Deferreds that failed.

    @ivar subFailure: its failure.
    @ivar index: its place among them.
    """

    def __init__(self, failure: Failure, index: int) -> None:
        Exception.__init__(self, failure, index)
        self.subFailure = failure
        self.index = index

    def __repr__(self) -> str:
        return "FirstError[#%d, %r]" % (self.index, self.subFailure.value)

    def __str__(self) -> str:
        return "FirstError[#%d, %s]" % (self.index, self.subFailure)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FirstError):
            return (self.subFailure, self.index) == (other.subFailure, other.index)
        return NotImplemented

    __hash__ = Exception.__hash__


class DeferredList(Deferred[Any]):
    """
    Fires when all of several Deferreds have, with a list of pairs: whether it
    succeeded, and its result.

    @ivar fireOnOneCallback: fire with the result and index of the first that
        succeeds.
    @ivar fireOnOneErrback: fail with a L{FirstError} for the first that fails.
    """

    fireOnOneCallback = False
    fireOnOneErrback = False

    def __init__(
        self,
        deferredList: Iterable[Deferred[Any]],
        fireOnOneCallback: bool = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None:
        """
        @param consumeErrors: failures count as handled.
        """
        self._deferredList = list(deferredList)
        self.resultList: list[Any] = [None] * len(self._deferredList)
        Deferred.__init__(self)
        if not self._deferredList and not fireOnOneCallback:
            self.callback(self.resultList)
        self.fireOnOneCallback = fireOnOneCallback
        self.fireOnOneErrback = fireOnOneErrback
        self.consumeErrors = consumeErrors
        self.finishedCount = 0
        for index, deferred in enumerate(self._deferredList):
            deferred.addCallbacks(
                self._cbDeferred,
                self._cbDeferred,
                callbackArgs=(index, SUCCESS),
                errbackArgs=(index, FAILURE),
            )

    def _cbDeferred(self, result: Any, index: int, succeeded: bool) -> Any:
        """One of them has fired."""
        self.resultList[index] = (succeeded, result)
        self.finishedCount += 1
        if not self.called:
            if succeeded == SUCCESS and self.fireOnOneCallback:
                self.callback((result, index))
            elif succeeded == FAILURE and self.fireOnOneErrback:
                self.errback(Failure(FirstError(result, index)))
            elif self.finishedCount == len(self.resultList):
                self.callback(self.resultList)
        if succeeded == FAILURE and self.consumeErrors:
            return None
        return result

    def cancel(self) -> None:
        """Cancel those that have not fired."""
        if not self.called:
            for deferred in self._deferredList:
                try:
                    deferred.cancel()
                except BaseException:
                    _logCancellerError()


def _logCancellerError() -> None:
    # Late: rare.
    from twisted.internet.defer._deferred import log

    log.failure("Exception raised from user supplied canceller")


def _values(results: Sequence[tuple[bool, Any]]) -> list[Any]:
    return [value for _, value in results]


def gatherResults(
    deferredList: Iterable[Deferred[Any]], consumeErrors: bool = False
) -> Deferred[list[Any]]:
    """
    Collect the results of several Deferreds.

    @param consumeErrors: failures after the first one count as handled.
    @return: fires with a list of the results, or fails with a L{FirstError}.
    """
    d = DeferredList(deferredList, fireOnOneErrback=True, consumeErrors=consumeErrors)
    gathered: Deferred[list[Any]] = d.addCallback(_values)
    return gathered


class FailureGroup(Exception):
    """
    Several Deferreds have failed.

    @ivar failures: their failures.
    """

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__()
        self.failures = failures


def race(ds: Sequence[Deferred[_T]]) -> Deferred[tuple[int, _T]]:
    """
    Take the first success of several Deferreds, and cancel the others.

    @return: fires with its index and result; or fails with a L{FailureGroup}
        when all have failed.
    """
    winner: int | None = None
    failures: list[Failure] = []

    def cancelAll(result: Deferred[Any]) -> None:
        for d in waiting:
            d.cancel()

    final: Deferred[tuple[int, _T]] = Deferred(canceller=cancelAll)
    waiting = list(ds)

    def succeeded(result: _T, index: int, d: Deferred[_T]) -> None:
        nonlocal winner
        if winner is not None:
            return
        winner = index
        for other in waiting:
            if other is not d:
                other.cancel()
        final.callback((index, result))

    def failed(failure: Failure) -> None:
        failures.append(failure)
        if len(failures) == len(waiting) and not final.called:
            final.errback(Failure(FailureGroup(failures)))

    for index, d in enumerate(waiting):
        d.addCallbacks(succeeded, failed, callbackArgs=(index, d))
    return final


def _timeout(deferred: Deferred[Any]) -> None:
    """Fail *deferred* with a L{TimeoutError}."""
    deferred.errback(Failure(TimeoutError("Callback timed out")))


# The warning is to name the public path.
_timeout.__module__ = "twisted.internet.defer"
_timeout.__qualname__ = "timeout"
timeout = deprecated(
    Version("Twisted", 17, 1, 0), replacement="twisted.internet.defer.Deferred.addTimeout"
)(_timeout)
