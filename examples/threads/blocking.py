"""
A call that blocks runs in a thread; the loop goes on, here by quacking.

Usage: blocking.py [SECONDS UNTIL THE END]
"""

import sys
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


def finish() -> None:
    reactor.stop()


d = threads.deferToThread(blockingApiCall, "Goose")
d.addCallback(printResult)
LoopingCall(nonblockingCall, "Duck").start(0.25)
reactor.callLater(float(sys.argv[1]) if len(sys.argv) > 1 else 2, finish)
reactor.run()
