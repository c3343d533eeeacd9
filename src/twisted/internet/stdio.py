"""
Standard input and output as a transport.
"""

from __future__ import annotations

import os
from typing import Any

from zope.interface import implementer

from twisted.internet import address, interfaces
from twisted.internet._process_pipes import ProcessReader, ProcessWriter
from twisted.python import failure, log
from twisted.python.runtime import platform

if platform.isWindows():  # pragma: no cover
    raise ImportError("standard input and output as a transport need POSIX")

PipeAddress = address._ProcessAddress


@implementer(
    interfaces.ITransport,
    interfaces.IProducer,
    interfaces.IConsumer,
    interfaces.IHalfCloseableDescriptor,
)
class StandardIO:
    """
    Connects a protocol to two descriptors, standard input and output.

    @ivar protocol: the protocol.
    """

    disconnecting = False
    _reader: Any = None
    _writer: Any = None

    def __init__(
        self, proto: Any, stdin: int = 0, stdout: int = 1, reactor: Any = None
    ) -> None:
        """
        @param proto: the protocol.
        @param stdin: the descriptor that is read from.
        @param stdout: the descriptor that is written to.
        @param reactor: whom to register with; the global one by default.
        """
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor  # type: ignore[no-redef]
        self.protocol: Any = proto
        # Duplicates, so that closing them leaves the process its own.
        self._writer = ProcessWriter(reactor, self, "write", os.dup(stdout))
        self._reader = ProcessReader(reactor, self, "read", os.dup(stdin))
        self._reader.startReading()
        self.protocol.makeConnection(self)

    # -- ITransport --------------------------------------------------------

    def loseWriteConnection(self) -> None:
        """Close standard output when what was written has been sent."""
        if self._writer is not None:
            self._writer.loseConnection()

    def write(self, data: bytes) -> None:
        """Write to standard output."""
        if self._writer is not None:
            self._writer.write(data)

    def writeSequence(self, data: Any) -> None:
        """Write several pieces to standard output."""
        if self._writer is not None:
            self._writer.writeSequence(data)

    def loseConnection(self) -> None:
        """Close both when what was written has been sent."""
        self.disconnecting = True
        if self._writer is not None:
            self._writer.loseConnection()
        if self._reader is not None:
            # Nobody waits for it: what there is to be read is not wanted.
            self._reader.loseConnection()

    def getPeer(self) -> Any:
        """Return the address of a process."""
        return PipeAddress()

    def getHost(self) -> Any:
        """Return the address of a process."""
        return PipeAddress()

    # -- what the pipes tell -------------------------------------------------

    def childDataReceived(self, fd: str, data: bytes) -> None:
        """Something was read."""
        self.protocol.dataReceived(data)

    def childConnectionLost(self, fd: str, reason: failure.Failure) -> None:
        """One of the two is closed."""
        if self.disconnecting:
            self.connectionLost(reason)
        elif fd == "read":
            self._readConnectionLost(reason)
        else:
            self._writeConnectionLost(reason)

    def connectionLost(self, reason: failure.Failure) -> None:
        """Close what is open, and tell the protocol."""
        reader, self._reader = self._reader, None
        writer, self._writer = self._writer, None
        protocol, self.protocol = self.protocol, None
        self.disconnecting = True
        for pipe in (reader, writer):
            if pipe is not None and not pipe.disconnected:
                pipe.connectionLost(reason)
        if protocol is not None:
            try:
                protocol.connectionLost(reason)
            except BaseException:
                log.err()

    def _writeConnectionLost(self, reason: failure.Failure) -> None:
        self._writer = None
        halfCloseable = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if halfCloseable is None or self._reader is None:
            self.connectionLost(reason)
            return
        try:
            halfCloseable.writeConnectionLost()
        except BaseException:
            log.err()
            self.connectionLost(failure.Failure())

    def _readConnectionLost(self, reason: failure.Failure) -> None:
        self._reader = None
        halfCloseable = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if halfCloseable is None:
            self.connectionLost(reason)
            return
        try:
            halfCloseable.readConnectionLost()
        except BaseException:
            log.err()
            self.connectionLost(failure.Failure())

    writeConnectionLost = _writeConnectionLost
    readConnectionLost = _readConnectionLost

    # -- IConsumer, IProducer --------------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* supply standard output."""
        if self._writer is None:
            producer.stopProducing()
        else:
            self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        if self._writer is not None:
            self._writer.unregisterProducer()

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()

    def pauseProducing(self) -> None:
        """Read nothing until C{resumeProducing}."""
        if self._reader is not None:
            self._reader.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        if self._reader is not None:
            self._reader.resumeProducing()

    def stopReading(self) -> None:
        """Read nothing; kept for those who call it."""
        if self._reader is not None:
            self._reader.pauseProducing()

    def startReading(self) -> None:
        """Read again; kept for those who call it."""
        if self._reader is not None:
            self._reader.resumeProducing()


__all__ = ["PipeAddress", "StandardIO"]
