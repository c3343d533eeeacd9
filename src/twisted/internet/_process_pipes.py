"""
A process as a transport: what is written to it, and what is read from it,
goes through pipes that are known by the number they have in the child.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class PipedTransport:
    """
    The face of a process that has pipes.

    @ivar pipes: for each descriptor of the child, our end of the pipe; gone
        from here when it is closed.
    """

    pipes: dict[int, Any]

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to one of the pipes.

        @param childFD: the number of the descriptor in the child.
        @raise KeyError: there is no such pipe (any more).
        """
        self.pipes[childFD].write(data)

    def write(self, data: bytes) -> None:
        """Write to the child's standard input; nowhere if that is closed."""
        if 0 in self.pipes:
            self.pipes[0].write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Write several pieces to the child's standard input."""
        if 0 in self.pipes:
            self.pipes[0].writeSequence(seq)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let *producer* supply the child's standard input; it is stopped at
        once if that is closed.
        """
        if 0 in self.pipes:
            self.pipes[0].registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        if 0 in self.pipes:
            self.pipes[0].unregisterProducer()

    def closeChildFD(self, childFD: int) -> None:
        """
        Close our end of a pipe, when what is queued for it has been written.

        @param childFD: the number of the descriptor in the child; nothing
            happens if there is no such pipe.
        """
        if childFD in self.pipes:
            self.pipes[childFD].loseConnection()

    def closeStdin(self) -> None:
        """Close the child's standard input, when what is queued is written."""
        self.closeChildFD(0)

    def closeStdout(self) -> None:
        """Read no more of the child's standard output."""
        self.closeChildFD(1)

    def closeStderr(self) -> None:
        """Read no more of the child's standard error."""
        self.closeChildFD(2)

    def loseConnection(self) -> None:
        """Close the three standard descriptors."""
        self.closeStdin()
        self.closeStderr()
        self.closeStdout()

    def pauseProducing(self) -> None:
        """Read nothing, from any of the pipes."""
        for pipe in self.pipes.values():
            if pipe.isReader:
                pipe.stopReading()

    def resumeProducing(self) -> None:
        """Read again."""
        for pipe in self.pipes.values():
            if pipe.isReader:
                pipe.resumeProducing()

    def getHost(self) -> Any:
        """
        @raise NotImplementedError: a pipe has no address.
        """
        raise NotImplementedError()

    def getPeer(self) -> Any:
        """
        @raise NotImplementedError: a pipe has no address.
        """
        raise NotImplementedError()
