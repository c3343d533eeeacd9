"""Tests the passage of time without waiting for it."""

from pp import EchoProcessProtocol

from twisted.internet import task
from twisted.test import proto_helpers
from twisted.trial import unittest


class EchoProcessProtocolTestCase(unittest.TestCase):
    def test_terminate(self) -> None:
        """
        EchoProcessProtocol terminates itself after 10 seconds.
        """
        self.terminated = False

        def fakeTerminateProcess() -> None:
            self.terminated = True

        clock = task.Clock()
        pp = EchoProcessProtocol(clock)
        self.patch(pp, "terminateProcess", fakeTerminateProcess)
        pp.makeConnection(proto_helpers.StringTransport())

        self.assertFalse(self.terminated)
        clock.advance(10)
        self.assertTrue(self.terminated)
