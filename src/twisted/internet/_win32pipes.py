"""
Pipes, files and consoles on Windows, where no reactor can wait for them: a
thread for each reads or writes, and the reactor hears of it.

A reader's thread reads one piece ahead and no more, so that one who pauses
slows the other end down.  No thread can be called back from a read that waits:
what is closed meanwhile is closed by its thread when that ends.
"""

from __future__ import annotations

import os
import queue
import threading
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.python.failure import Failure

# Bytes that one read asks for.
PIECE = 65536

# Seconds that the last output of a program is waited for.
PATIENCE = 2.0


class _Pipe(FileDescriptor):
    """
    One end of a pipe; whoever made it is told of its end.

    @ivar proc: is told C{childConnectionLost}.
    @ivar name: by which *proc* knows it.
    @ivar fd: our descriptor.
    @cvar isReader: which of the two ends it is.
    """

    connected: Any = 1
    isReader = False

    def __init__(
        self, reactor: Any, proc: Any, name: Any, fileno: int, owned: bool = False
    ) -> None:
        """
        @param reactor: hears of what happens.
        @param proc: whose it is.
        @param name: by which *proc* knows it, as the number in the child.
        @param fileno: the descriptor of ours.
        @param owned: close it at the end.
        """
        super().__init__(reactor)
        self.proc = proc
        self.name = name
        self.fd = fileno
        self._owned = owned
        threading.Thread(target=self._work, daemon=True, name=f"pipe {name}").start()

    def fileno(self) -> int:
        """Return the number of our end."""
        return self.fd

    def _work(self) -> None:
        """What the thread does."""
        raise NotImplementedError

    def _release(self) -> None:
        """The thread is done with the descriptor."""
        if self._owned:
            try:
                os.close(self.fd)
            except OSError:
                pass

    def connectionLost(self, reason: Failure) -> None:
        """Be done with, once, and tell the process."""
        if not self.disconnected:
            super().connectionLost(reason)
            self._end()
            self.proc.childConnectionLost(self.name, reason)

    def _end(self) -> None:
        """Let the thread end."""
        raise NotImplementedError


class PipeReader(_Pipe):
    """What comes through a pipe."""

    isReader = True
    _reading = False
    _asked = False
    _held: bytes | None = None

    def __init__(
        self, reactor: Any, proc: Any, name: Any, fileno: int, owned: bool = False
    ) -> None:
        self._wanted = threading.Semaphore(0)
        super().__init__(reactor, proc, name, fileno, owned)
        self.startReading()

    def _work(self) -> None:
        while True:
            self._wanted.acquire()
            data = b""
            if not self.disconnected:
                try:
                    data = os.read(self.fd, PIECE)
                except OSError:
                    pass  # on Windows, the other end of a pipe was closed
                self.reactor.callFromThread(self._arrived, data)
            if not data:
                break
        self._release()

    def startReading(self) -> None:
        """Give on what comes."""
        self._reading = True
        if self._held is not None:
            self.reactor.callLater(0, self._giveHeld)
        elif not self._asked and not self.disconnected:
            self._asked = True
            self._wanted.release()

    def stopReading(self) -> None:
        """Give nothing on; one piece may have been read already."""
        self._reading = False

    def _giveHeld(self) -> None:
        if self._held is not None and self._reading:
            held, self._held = self._held, None
            self._arrived(held)

    def _arrived(self, data: bytes) -> None:
        self._asked = False
        if self.disconnected:
            return
        if not self._reading and not self.disconnecting:
            self._held = data
        elif not data:
            self.connectionLost(Failure(CONNECTION_DONE))
        else:
            self.proc.childDataReceived(self.name, data)
            if self._reading:
                self.startReading()

    def loseConnection(self) -> None:
        """Read no more, and be done with in the next turn."""
        if self.connected and not self.disconnecting:
            self.disconnecting = 1
            self.stopReading()
            self.reactor.callLater(0, self.connectionLost, Failure(CONNECTION_DONE))

    def _end(self) -> None:
        self._wanted.release()


class PipeWriter(_Pipe):
    """What goes into a pipe."""

    _busy = False

    def __init__(
        self, reactor: Any, proc: Any, name: Any, fileno: int, owned: bool = False
    ) -> None:
        self._jobs: queue.SimpleQueue[bytes | threading.Event | None] = queue.SimpleQueue()
        super().__init__(reactor, proc, name, fileno, owned)

    def _work(self) -> None:
        broken = False
        while (job := self._jobs.get()) is not None:
            if isinstance(job, threading.Event):
                job.set()
                continue
            rest = memoryview(job)
            try:
                while rest and not broken:
                    rest = rest[os.write(self.fd, rest) :]
            except OSError:
                broken = True
            self.reactor.callFromThread(self._written, broken)
        self._release()

    def startWriting(self) -> None:
        """Write what is queued, soon."""
        if not self._busy:
            self._busy = True
            self.reactor.callLater(0, self._written, False)

    def stopWriting(self) -> None:
        """Nothing is to be waited for."""

    def _written(self, broken: bool) -> None:
        """The thread has nothing to do: give it more."""
        self._busy = False
        if self.disconnected:
            return
        why = CONNECTION_LOST if broken else self.doWrite()
        if why:
            self.connectionLost(Failure(why))

    def writeSomeData(self, data: Any) -> Any:
        """Have the thread write *data*; all of it counts as taken."""
        if data:
            self._busy = True
            self._jobs.put(bytes(data))
        return len(data)

    def _drained(self) -> Any:
        # It is only when the thread has written it.
        return None if self._busy else super()._drained()

    def flushOnce(self) -> None:
        """Have what is queued written now, and wait for that, but not for ever."""
        rest = bytes(self.dataBuffer[self.offset :]) + b"".join(self._tempDataBuffer)
        if rest:
            self._jobs.put(rest)
        done = threading.Event()
        self._jobs.put(done)
        done.wait(PATIENCE)

    def _end(self) -> None:
        self._jobs.put(None)


__all__ = ["PipeReader", "PipeWriter"]
