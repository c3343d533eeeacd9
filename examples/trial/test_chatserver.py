"""
Tests a protocol that has a state, with a mocked transport for each user.

What is not tested shows in _trial_temp/coverage/chatserver.cover, after
trial --coverage test_chatserver.py
"""

from chatserver import ChatFactory, ChatProtocol

from twisted.test import proto_helpers
from twisted.trial import unittest


class ChatServerTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.factory = ChatFactory()
        self.proto, self.transport = self.connect()

    def connect(self) -> tuple[ChatProtocol, proto_helpers.StringTransport]:
        proto = self.factory.buildProtocol(None)
        transport = proto_helpers.StringTransport()
        proto.makeConnection(transport)
        return proto, transport

    def test_connect(self) -> None:
        self.assertEqual(self.transport.value(), b"What's your name?\r\n")

    def test_register(self) -> None:
        self.assertEqual(self.proto.state, "REGISTER")
        self.proto.lineReceived(b"jesstess")
        self.assertIn(b"jesstess", self.proto.factory.users)
        self.assertEqual(self.proto.state, "CHAT")

    def test_chat(self) -> None:
        self.proto.lineReceived(b"jesstess")
        proto2, _ = self.connect()
        self.transport.clear()
        proto2.lineReceived(b"adamf")
        self.assertEqual(self.transport.value(), b"adamf has joined the channel.\r\n")
