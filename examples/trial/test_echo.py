"""
Tests a protocol without a network.

See which lines were run: trial --coverage test_echo.py, and then
_trial_temp/coverage/echo.cover.
"""

from echo import EchoFactory

from twisted.test import proto_helpers
from twisted.trial import unittest


class EchoServerTestCase(unittest.TestCase):
    def test_echo(self) -> None:
        proto = EchoFactory().buildProtocol(None)
        transport = proto_helpers.StringTransport()
        proto.makeConnection(transport)
        proto.dataReceived(b"test\r\n")
        self.assertEqual(transport.value(), b"test\r\n")
