"""The other ways over the border between the loop's thread and others."""

import threading

from twisted.internet import defer, reactor, threads

home = threading.current_thread()


def where() -> str:
    return "loop" if threading.current_thread() is home else "thread"


def say(text: str) -> None:
    print(f"{text}: in the {where()}", flush=True)


def slowly(number: int) -> "defer.Deferred[int]":
    d: defer.Deferred[int] = defer.Deferred()
    reactor.callLater(0.05, d.callback, number * 2)
    return d


def failing() -> None:
    raise ValueError("not today")


def work() -> None:
    say("callInThread")
    reactor.callFromThread(say, "callFromThread")
    print("blockingCallFromThread:", threads.blockingCallFromThread(reactor, slowly, 21), flush=True)
    try:
        threads.blockingCallFromThread(reactor, failing)
    except ValueError as error:
        print("and what it raised:", error, flush=True)
    threads.callMultipleInThread(
        [(say, ["first of several"], {}), (say, ["second of several"], {}),
         (reactor.callFromThread, [reactor.stop], {})]
    )  # fmt: skip


reactor.callWhenRunning(reactor.callInThread, work)
reactor.run()
