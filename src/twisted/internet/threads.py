"""
Between the reactor's thread and others.
"""

from __future__ import annotations

import queue as Queue
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from twisted.internet import defer
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

_P = ParamSpec("_P")
_R = TypeVar("_R")


def deferToThreadPool(
    reactor: IReactorFromThreads,
    threadpool: ThreadPool,
    f: Callable[_P, _R],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> defer.Deferred[_R]:
    """
    Call *f* in a thread of *threadpool*, with the caller's context variables;
    the callbacks have them as well, without what *f* has changed.

    @param reactor: whose thread the Deferred fires in.
    @return: fires with what *f* returns, or fails with what it raises.
    """

    done: defer.Deferred[_R] = defer.Deferred()

    def over(succeeded: bool, outcome: Any) -> None:
        tell: Any = done.callback if succeeded else done.errback
        reactor.callFromThread(tell, outcome)

    threadpool.callInThreadWithCallback(over, f, *args, **kwargs)
    return done


def deferToThread(
    f: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
) -> defer.Deferred[_R]:
    """
    Call *f* in a thread of the reactor's pool.

    @return: fires with what *f* returns, or fails with what it raises.
    """
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    pool: ThreadPool = reactor.getThreadPool()  # type: ignore[attr-defined]
    return deferToThreadPool(reactor, pool, f, *args, **kwargs)  # type: ignore[arg-type]


def _runMultiple(
    tupleList: Iterable[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]],
) -> None:
    """Make several calls, one after the other."""
    for function, words, named in tupleList:
        function(*words, **named)


def callMultipleInThread(
    tupleList: Iterable[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]],
) -> None:
    """
    Make several calls in one thread of the reactor's pool.

    @param tupleList: functions with their arguments and keyword arguments.
    """
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    reactor.callInThread(_runMultiple, tupleList)  # type: ignore[attr-defined]


def blockingCallFromThread(
    reactor: IReactorFromThreads, f: Callable[..., Any], *a: Any, **kw: Any
) -> Any:
    """
    Have *f* called in the reactor's thread, and wait for what comes of it.
    Not to be called in that thread.

    @return: what *f* returned, or its Deferred fired with.
    @raise Exception: what it raised, or failed with.
    """
    answers: Queue.SimpleQueue[Any] = Queue.SimpleQueue()
    reactor.callFromThread(lambda: defer.maybeDeferred(f, *a, **kw).addBoth(answers.put))
    answer = answers.get()
    if isinstance(answer, Failure):
        answer.raiseException()
    return answer


__all__ = [
    "blockingCallFromThread",
    "callMultipleInThread",
    "deferToThread",
    "deferToThreadPool",
]
