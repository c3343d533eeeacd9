"""
Files where a transport is expected.
"""

from __future__ import annotations

from collections.abc import Callable
from io import IOBase
from typing import IO, Any

from zope.interface import implementer

from twisted.internet.interfaces import ITransport


@implementer(ITransport)
class FileWrapper:
    """
    A file as a transport: what is written goes into it.
    """

    closed: Any = 0
    disconnecting: Any = 0
    producer: Any = None
    streamingProducer: Any = 0

    def __init__(self, file: IO[bytes] | IOBase) -> None:
        self.file: Any = file

    def write(self, data: bytes) -> None:
        """Write *data* to the file."""
        self._attempt(self.file.write, data)

    def _attempt(self, action: Callable[..., Any], *arguments: Any) -> None:
        try:
            action(*arguments)
        except BaseException:
            self.handleException()

    def _checkProducer(self) -> None:
        """Let the producer go on."""
        if self.producer:
            self.producer.resumeProducing()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* supply the data, as fast as it can."""
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self.producer = None

    def stopConsuming(self) -> None:
        """Forget the producer, and close."""
        self.unregisterProducer()
        self.loseConnection()

    def writeSequence(self, iovec: Any) -> None:
        """Write several pieces."""
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """Close the file."""
        self.closed = 1
        self._attempt(self.file.close)

    def getPeer(self) -> Any:
        """Return where it is: a file."""
        return "file", "file"

    def getHost(self) -> Any:
        """Return where it is: a file."""
        return "file"

    def handleException(self) -> None:
        """The file raised; to be overridden."""

    def resumeProducing(self) -> None:
        """Do nothing: nothing is read."""

    def pauseProducing(self) -> None:
        """Do nothing: nothing is read."""

    def stopProducing(self) -> None:
        """Close the file."""
        self.loseConnection()
