"""
A process as a transport: what is written to it, and what is read from it,
goes through pipes that are known by the number they have in the child.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

STDIN, STDOUT, STDERR = range(3)


class ClosedPipe:
    """
    Stands for a pipe that is closed: it takes everything and does nothing, so
    that nobody needs to ask first.
    """

    def write(self, data: bytes) -> None:
        """Drop *data*."""

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Drop the pieces."""

    def flushOnce(self) -> None:
        """Nothing is queued."""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Tell *producer* that nobody wants its data."""
        producer.stopProducing()

    def unregisterProducer(self) -> None:
        """None is registered."""

    def pauseProducing(self) -> None:
        """Nothing is read."""

    def resumeProducing(self) -> None:
        """There is nothing to read."""

    def loseConnection(self) -> None:
        """It is closed."""

    def connectionLost(self, reason: object) -> None:
        """It is closed."""


closedPipe = ClosedPipe()


class PipedTransport:
    """
    The face of a process that has pipes.

    @ivar pipes: for each descriptor of the child, our end of the pipe; gone
        from here when it is closed.
    """

    pipes: dict[int, Any]

    def _end(self, childFD: int) -> Any:
        """Return our end of a pipe, which may be L{closedPipe}."""
        return self.pipes.get(childFD, closedPipe)

    # -- to the child --------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write to the child's standard input; nowhere if that is closed."""
        self._end(STDIN).write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Write several pieces to the child's standard input."""
        self._end(STDIN).writeSequence(seq)

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to one of the pipes.

        @param childFD: the number of the descriptor in the child.
        @raise KeyError: there is no such pipe (any more).
        """
        pipe = self.pipes[childFD]
        pipe.write(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let *producer* supply the child's standard input; it is stopped at
        once if that is closed.
        """
        self._end(STDIN).registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self._end(STDIN).unregisterProducer()

    # -- from the child ------------------------------------------------------

    def _readers(self) -> list[Any]:
        return [pipe for pipe in self.pipes.values() if pipe.isReader]

    def pauseProducing(self) -> None:
        """Read nothing, from any of the pipes."""
        for reader in self._readers():
            reader.pauseProducing()

    def resumeProducing(self) -> None:
        """Read again."""
        for reader in self._readers():
            reader.resumeProducing()

    # -- closing -------------------------------------------------------------

    def closeChildFD(self, childFD: int) -> None:
        """
        Close our end of a pipe, when what is queued for it has been written.

        @param childFD: the number of the descriptor in the child; nothing
            happens if there is no such pipe.
        """
        self._end(childFD).loseConnection()

    def closeStdin(self) -> None:
        """Close the child's standard input, when what is queued is written."""
        self._end(STDIN).loseConnection()

    def closeStdout(self) -> None:
        """Read no more of the child's standard output."""
        self._end(STDOUT).loseConnection()

    def closeStderr(self) -> None:
        """Read no more of the child's standard error."""
        self._end(STDERR).loseConnection()

    def loseConnection(self) -> None:
        """Close the three standard descriptors."""
        for childFD in (STDIN, STDOUT, STDERR):
            self.closeChildFD(childFD)

    # -- who it is -----------------------------------------------------------

    def getHost(self) -> Any:
        """
        @raise NotImplementedError: a pipe has no address.
        """
        raise NotImplementedError("a process has no address")

    def getPeer(self) -> Any:
        """
        @raise NotImplementedError: a pipe has no address.
        """
        raise NotImplementedError("a process has no address")


__all__ = ["ClosedPipe", "PipedTransport", "closedPipe"]
