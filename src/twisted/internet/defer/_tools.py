"""
Deferreds that have fired, and Deferreds of many.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from twisted._accel import pick
from twisted.internet import _driver_py
from twisted.internet.defer._deferred import _COMPILED, Deferred, TimeoutError
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._driver_py import Collector, succeed, valuesOf
else:
    Collector = pick("deferred", _driver_py.Collector, _COMPILED)
    succeed = pick("deferred", _driver_py.succeed, _COMPILED)
    valuesOf = pick("deferred", _driver_py.valuesOf, _COMPILED)

_T = TypeVar("_T")

SUCCESS = True
FAILURE = False


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
        return succeed(callable(*args, **kwargs))
    except BaseException:
        return fail()


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
    _isCancelling = False

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
        if fireOnOneCallback:
            self.fireOnOneCallback = fireOnOneCallback
        if fireOnOneErrback:
            self.fireOnOneErrback = fireOnOneErrback
        self.consumeErrors = consumeErrors
        Collector(self, self.resultList).attach(self._deferredList)

    @property
    def finishedCount(self) -> int:
        """How many have fired."""
        return sum(each is not None for each in self.resultList)

    def cancel(self) -> None:
        """Cancel those that have not fired."""
        if self.called or self._isCancelling:
            # The latter where one of them waits for this list.
            return
        self._isCancelling = True
        for deferred in self._deferredList:
            try:
                deferred.cancel()
            except BaseException:
                _logCancellerError()
        self._isCancelling = False


def _logCancellerError() -> None:
    # Late: rare.
    from twisted.internet.defer._deferred import log

    log.failure("Exception raised from user supplied canceller")


def gatherResults(
    deferredList: Iterable[Deferred[Any]], consumeErrors: bool = False
) -> Deferred[list[Any]]:
    """
    Collect the results of several Deferreds.

    @param consumeErrors: failures after the first one count as handled.
    @return: fires with a list of the results, or fails with a L{FirstError}.
    """
    d = DeferredList(deferredList, fireOnOneErrback=True, consumeErrors=consumeErrors)
    gathered: Deferred[list[Any]] = d.addCallback(valuesOf)
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


# By hand: the decorator would have every program load what it stands on.
def timeout(deferred: Deferred[Any]) -> None:
    """
    Fail *deferred* with a L{TimeoutError}.

    Deprecated in Twisted 17.1.0; please use
    twisted.internet.defer.Deferred.addTimeout instead.
    """
    warnings.warn(
        "twisted.internet.defer.timeout was deprecated in Twisted 17.1.0; please use"
        " twisted.internet.defer.Deferred.addTimeout instead",
        DeprecationWarning,
        stacklevel=2,
    )
    deferred.errback(Failure(TimeoutError("Callback timed out")))
