"""
Standard input and output as a transport; on Windows with other pipes.

They may be pipes, terminals, sockets or files; what the reactor cannot wait
for, as files, it polls.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet._process_pipes import closedPipe
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.runtime import platformType

if platformType == "posix":
    from twisted.internet.process import ProcessReader, ProcessWriter
else:
    from twisted.internet._win32pipes import (  # type: ignore[assignment]
        PipeReader as ProcessReader,
    )
    from twisted.internet._win32pipes import (  # type: ignore[assignment]
        PipeWriter as ProcessWriter,
    )

_log = Logger()


def _isBlocking(number: int) -> bool:
    """Tell whether descriptor *number* is to be put back to blocking at the end."""
    return platformType == "posix" and os.get_blocking(number)


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

    _reader: Any = closedPipe
    _writer: Any = closedPipe
    disconnected = False
    disconnecting = False

    def __init__(
        self,
        proto: Any,
        stdin: int = 0,
        stdout: int = 1,
        reactor: interfaces.IReactorFDSet | None = None,
    ) -> None:
        """
        Connect *proto*, an C{IProtocol}.

        @param stdin: the descriptor to read from.
        @param stdout: the descriptor to write to.
        @param reactor: by default the global one.
        """
        loop: Any = reactor
        if loop is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor as loop
        self.protocol = proto
        self._found = {number: _isBlocking(number) for number in (stdin, stdout)}
        self._reader = ProcessReader(loop, self, "read", stdin)
        self._writer = ProcessWriter(loop, self, "write", stdout)
        self.protocol.makeConnection(self)

    # -- what the two descriptors tell ------------------------------------------

    def childDataReceived(self, fd: str, data: bytes) -> None:
        """Pass what was read on to the protocol."""
        self.protocol.dataReceived(data)

    def childConnectionLost(self, fd: str, reason: Failure) -> None:
        """
        One of the two descriptors is done with.

        @param fd: C{"read"} or C{"write"}.
        """
        gone = self._forget(fd)
        self._release(gone.fileno())
        over = self._reader is self._writer  # both are closed
        if self.disconnected:
            return
        if self.disconnecting:
            if over:
                self.connectionLost(reason)
            return
        half: Any = interfaces.IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            self._tellHalf(half.readConnectionLost if fd == "read" else half.writeConnectionLost)
        elif fd == "read":
            # A filter answers to the last of its input, which may come
            # together with the end of it.
            self._writer.flushOnce()
            self.connectionLost(reason)

    def _forget(self, fd: str) -> Any:
        """Return the descriptor by that name, which is closed from now on."""
        if fd == "read":
            gone, self._reader = self._reader, closedPipe
        else:
            gone, self._writer = self._writer, closedPipe
        return gone

    def _release(self, number: int) -> None:
        """Leave descriptor *number* as it was found, if it is not used still."""
        used = [pipe.fileno() for pipe in (self._reader, self._writer) if pipe is not closedPipe]
        if self._found[number] and number not in used:
            try:
                os.set_blocking(number, True)
            except OSError:
                pass  # its owner has closed it

    def _tellHalf(self, method: Callable[[], None]) -> None:
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
        self._reader.connectionLost(reason)
        self._writer.connectionLost(reason)
        try:
            self.protocol.connectionLost(reason)
        except BaseException:
            _log.failure("unexpected error in connectionLost")

    # -- writing -------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write, unless the output is closed."""
        self._writer.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Write several pieces, unless the output is closed."""
        self._writer.writeSequence(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* supply the output; it is stopped if that is closed."""
        self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self._writer.unregisterProducer()

    # -- reading -------------------------------------------------------------------

    def pauseProducing(self) -> None:
        """Read nothing until C{resumeProducing}."""
        self._reader.pauseProducing()

    stopReading = pauseProducing

    def resumeProducing(self) -> None:
        """Read again."""
        self._reader.resumeProducing()

    startReading = resumeProducing

    # -- closing -------------------------------------------------------------------

    def loseWriteConnection(self) -> None:
        """Write no more, after what is queued."""
        self._writer.loseConnection()

    def loseConnection(self) -> None:
        """Read no more, and end it when what is queued has been written."""
        self.disconnecting = True
        for pipe in (self._reader, self._writer):
            pipe.loseConnection()

    stopProducing = loseConnection

    def readConnectionLost(self, reason: Failure) -> None:
        """
        @raise NotImplementedError: the reactor tells the two descriptors.
        """
        raise NotImplementedError("told to the descriptor that is read")

    def writeConnectionLost(self, reason: Failure) -> None:
        """
        @raise NotImplementedError: the reactor tells the two descriptors.
        """
        raise NotImplementedError("told to the descriptor that is written to")

    # -- who it is -----------------------------------------------------------------

    def getHost(self) -> PipeAddress:
        """Return an address that says nothing."""
        return PipeAddress()

    def getPeer(self) -> PipeAddress:
        """Return an address that says nothing."""
        return PipeAddress()


__all__ = ["PipeAddress", "StandardIO"]
