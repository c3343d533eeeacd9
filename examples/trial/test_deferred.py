"""
What becomes of a test that does not return its Deferred, and of one that does.

The first fails, on purpose: trial test_deferred.DeferredTestCase
"""

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial import unittest


class Slow:
    def slowFunction(self) -> Deferred[str]:
        d: Deferred[str] = Deferred()
        reactor.callLater(1, d.callback, "foo")
        return d


class DeferredTestCase(unittest.TestCase, Slow):
    def test_slowFunction(self) -> None:
        def cb(result: str) -> None:
            self.assertEqual(result, "foo")

        d = self.slowFunction()
        d.addCallback(cb)


class ReturnedDeferredTestCase(unittest.TestCase, Slow):
    def test_slowFunction(self) -> Deferred[None]:
        def cb(result: str) -> None:
            self.assertEqual(result, "foo")

        return self.slowFunction().addCallback(cb)
