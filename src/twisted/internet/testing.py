"""
Stand-ins for transports and reactors, for tests of protocols and programs.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.internet._testing_network import Conditions, MemoryHost, MemoryNetwork
from twisted.internet._testing_reactors import (
    MemoryReactor,
    MemoryReactorClock,
    RaisingMemoryReactor,
    SynchronousResolver,
    _FakeConnector,
    _FakePort,
)
from twisted.internet._testing_transports import (
    AccumulatingProtocol,
    EventLoggingObserver,
    FakeDatagramTransport,
    LineSendingProtocol,
    NonStreamingProducer,
    StringIOWithoutClosing,
    StringTransport,
    StringTransportWithDisconnection,
    waitUntilAllDisconnected,
)
from twisted.python._facade import publish

__all__ = [
    "AccumulatingProtocol",
    "Conditions",
    "EventLoggingObserver",
    "FakeDatagramTransport",
    "LineSendingProtocol",
    "MemoryHost",
    "MemoryNetwork",
    "MemoryReactor",
    "MemoryReactorClock",
    "NonStreamingProducer",
    "RaisingMemoryReactor",
    "StringIOWithoutClosing",
    "StringTransport",
    "StringTransportWithDisconnection",
    "waitUntilAllDisconnected",
]

publish(__name__, globals(), (*__all__, "SynchronousResolver", "_FakeConnector", "_FakePort"))
