"""
Standard input and output as a transport, on POSIX.

They may be pipes, terminals, sockets or files; what the reactor cannot wait
for, as files, it polls.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet.process import ProcessReader, ProcessWriter
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()


@implementer(interfaces.IAddress)
class PipeAddress:
    """The address of either side of a pipe, which is to say: there is none."""


@implementer(
    interfaces.ITransport,
    interfaces.IPushProducer,
    interfaces.IConsumer,
    interfaces.IHalfCloseableDescriptor,
)
class StandardIO:
    """
    A transport over two descriptors: one to read from, one to write to.

    The two can end one after the other.  A protocol that provides
    C{IHalfCloseableProtocol} is told of each.  For any other one the end of
    the input is the end of the connection, and that of the output shows only
    in that nothing more is written.

    The descriptors are made non-blocking, put back to what they were when they
    are no more used, and left open: they are the caller's.

    @ivar protocol: who is connected.
    @ivar disconnected: C{connectionLost} has been called.
    @ivar disconnecting: the end waits for what is still to be written.
    """

    _reader: Any = None
    _writer: Any = None
    disconnected = False
    disconnecting = False

    def __init__(
        self,
        proto: interfaces.IProtocol,
        stdin: int = 0,
        stdout: int = 1,
        reactor: interfaces.IReactorFDSet | None = None,
    ) -> None:
        """
        Connect *proto*.

        @param stdin: the descriptor to read from.
        @param stdout: the descriptor to write to.
        @param reactor: by default the global one.
        """
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor  # type: ignore[no-redef]
        self.protocol: Any = proto
        self._blocking = {fd: os.get_blocking(fd) for fd in (stdin, stdout)}
        self._writer = ProcessWriter(reactor, self, "write", stdout)
        self._reader = ProcessReader(reactor, self, "read", stdin)
        self.protocol.makeConnection(self)

    # -- ITransport ------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write, unless the output is closed."""
        if self._writer is not None:
            self._writer.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Write several pieces, unless the output is closed."""
        if self._writer is not None:
            self._writer.writeSequence(data)

    def loseWriteConnection(self) -> None:
        """Write no more, after what is queued."""
        if self._writer is not None:
            self._writer.loseConnection()

    def loseConnection(self) -> None:
        """Read no more, and end it when what is queued has been written."""
        self.disconnecting = True
        if self._reader is not None:
            self._reader.loseConnection()
        if self._writer is not None:
            self._writer.loseConnection()

    def getPeer(self) -> PipeAddress:
        """Return an address that says nothing."""
        return PipeAddress()

    def getHost(self) -> PipeAddress:
        """Return an address that says nothing."""
        return PipeAddress()

    # -- what the two descriptors tell ------------------------------------------

    def childDataReceived(self, fd: str, data: bytes) -> None:
        """Pass what was read on to the protocol."""
        self.protocol.dataReceived(data)

    def childConnectionLost(self, fd: str, reason: Failure) -> None:
        """
        One of the two descriptors is done with.

        @param fd: C{"read"} or C{"write"}.
        """
        if fd == "read":
            pipe, self._reader = self._reader, None
        else:
            pipe, self._writer = self._writer, None
        self._release(pipe)
        if self.disconnected:
            return
        if self.disconnecting:
            if self._reader is None and self._writer is None:
                self.connectionLost(reason)
        elif fd == "read":
            self._readConnectionLost(reason)
        else:
            self._writeConnectionLost(reason)

    def _release(self, pipe: Any) -> None:
        """Leave the descriptor as it was found."""
        fd = pipe.fileno()
        other = self._writer if self._reader is None else self._reader
        if self._blocking[fd] and (other is None or other.fileno() != fd):
            try:
                os.set_blocking(fd, True)
            except OSError:
                pass  # its owner has closed it

    def _readConnectionLost(self, reason: Failure) -> None:
        half = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if half is None:
            self.connectionLost(reason)
        else:
            self._tellHalf(half.readConnectionLost)

    def _writeConnectionLost(self, reason: Failure) -> None:
        half = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            self._tellHalf(half.writeConnectionLost)

    def _tellHalf(self, method: Any) -> None:
        """Tell the protocol of a half close; that is the end if it fails."""
        try:
            method()
        except BaseException:
            problem = Failure()
            _log.failure("unexpected error in a half close", failure=problem)
            self.connectionLost(problem)

    def connectionLost(self, reason: Failure) -> None:
        """End it all, and tell the protocol."""
        self.disconnected = True
        for pipe in (self._reader, self._writer):
            if pipe is not None:
                pipe.connectionLost(reason)
        try:
            self.protocol.connectionLost(reason)
        except BaseException:
            _log.failure("unexpected error in connectionLost")

    # -- IConsumer ----------------------------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* supply the output; it is stopped if that is closed."""
        if self._writer is None:
            producer.stopProducing()
        else:
            self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        if self._writer is not None:
            self._writer.unregisterProducer()

    # -- IPushProducer --------------------------------------------------------------

    def stopProducing(self) -> None:
        """Nobody wants the data any more: close."""
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
        """Read nothing until C{startReading}."""
        self.pauseProducing()

    def startReading(self) -> None:
        """Read again."""
        self.resumeProducing()

    # -- IHalfCloseableDescriptor ------------------------------------------------------

    def readConnectionLost(self, reason: Failure) -> None:
        """
        @raise NotImplementedError: the reactor tells the two descriptors.
        """
        raise NotImplementedError()

    def writeConnectionLost(self, reason: Failure) -> None:
        """
        @raise NotImplementedError: the reactor tells the two descriptors.
        """
        raise NotImplementedError()


__all__ = ["PipeAddress", "StandardIO"]
