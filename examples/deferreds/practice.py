"""
Eight chains to work out before they run.  Usage: practice.py NUMBER

An error that no errback took care of is reported when its Deferred goes.
"""

import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred


def callback1(result: Any) -> Any:
    print("Callback 1 said:", result)
    return result


def callback2(result: Any) -> None:
    print("Callback 2 said:", result)


def callback3(result: Any) -> None:
    raise Exception("Callback 3")


def errback1(failure: Any) -> Any:
    print("Errback 1 had an error on", failure)
    return failure


def errback2(failure: Any) -> None:
    raise Exception("Errback 2")


def errback3(failure: Any) -> str:
    print("Errback 3 took care of", failure)
    return "Everything is fine now."


def exercise1(d: "Deferred[str]") -> None:
    d.addCallback(callback1)
    d.addCallback(callback2)
    d.callback("Test")


def exercise2(d: "Deferred[str]") -> None:
    d.addCallback(callback1)
    d.addCallback(callback2)
    d.addCallback(callback3)
    d.callback("Test")


def exercise3(d: "Deferred[str]") -> None:
    d.addCallback(callback1)
    d.addCallback(callback2)
    d.addCallback(callback3)
    d.addErrback(errback3)
    d.callback("Test")


def exercise4(d: "Deferred[str]") -> None:
    d.addErrback(errback1)
    d.errback("Test")


def exercise5(d: "Deferred[str]") -> None:
    d.addErrback(errback1)
    d.addErrback(errback3)
    d.errback("Test")


def exercise6(d: "Deferred[str]") -> None:
    d.addErrback(errback2)
    d.errback("Test")


def exercise7(d: "Deferred[str]") -> None:
    d.addCallback(callback1)
    d.addCallback(callback2)
    d.addCallbacks(callback3, errback3)
    d.callback("Test")


def exercise8(d: "Deferred[str]") -> None:
    d.addCallback(callback3)
    d.addCallbacks(callback2, errback3)
    d.addCallbacks(callback1, errback2)
    d.callback("Test")


EXERCISES: list[Callable[[Any], None]] = [
    exercise1, exercise2, exercise3, exercise4, exercise5, exercise6, exercise7, exercise8,
]  # fmt: skip
EXERCISES[int(sys.argv[1]) - 1](Deferred())
