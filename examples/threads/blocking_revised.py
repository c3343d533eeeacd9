"""The end is part of the chain, so it waits for the thread's result."""

import time

from twisted.internet import reactor, threads
from twisted.internet.task import LoopingCall


def blockingApiCall(arg: str) -> str:
    time.sleep(1)
    return arg


def nonblockingCall(arg: str) -> None:
    print(arg, flush=True)


def printResult(result: str) -> None:
    print(result, flush=True)


def finish(result: None) -> None:
    reactor.stop()


d = threads.deferToThread(blockingApiCall, "Goose")
d.addCallback(printResult)
d.addCallback(finish)
LoopingCall(nonblockingCall, "Duck").start(0.25)
reactor.run()
