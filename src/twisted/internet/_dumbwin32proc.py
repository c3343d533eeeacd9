"""
Processes on Windows: three pipes, each with a thread, and one that waits.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet._baseprocess import BaseProcess
from twisted.internet._process_pipes import STDERR, STDIN, STDOUT, PipedTransport
from twisted.internet._win32pipes import PipeReader, PipeWriter
from twisted.internet.interfaces import IConsumer, IProcessTransport, IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["Process"]

_log = Logger()


def _text(word: str | bytes) -> str:
    return os.fsdecode(word)


def _environment(given: Mapping[Any, Any] | None) -> dict[str, str]:
    """
    Return what the child's environment is: ours, with what is *given* added.

    An empty one would leave a program without its SYSTEMROOT, without which
    hardly one starts.
    """
    return {**os.environ, **{_text(key): _text(value) for key, value in (given or {}).items()}}


@implementer(IProcessTransport, IConsumer, IPushProducer)
class Process(PipedTransport, BaseProcess):
    """
    A process of Windows with pipes for its standard input, output and error.
    """

    def __init__(
        self,
        reactor: Any,
        protocol: Any,
        command: str | bytes,
        args: Sequence[str | bytes],
        environment: Mapping[Any, Any] | None,
        path: str | bytes | None,
    ) -> None:
        """
        Start the program.

        @param protocol: the C{IProcessProtocol}.
        @param command: its path.
        @param args: its words, its own name first.
        @param environment: what to add to ours for it.
        @param path: the directory to start it in, or L{None}.
        @raise OSError: there is no such program.
        """
        super().__init__(protocol)
        self.reactor = reactor
        self.pipes: dict[int, Any] = {}
        self._child = subprocess.Popen(
            [_text(word) for word in args],
            executable=_text(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(environment),
            cwd=None if path is None else _text(path),
            bufsize=0,
        )
        self.pid = self._child.pid
        for number, kind, end in (
            (STDIN, PipeWriter, self._child.stdin),
            (STDOUT, PipeReader, self._child.stdout),
            (STDERR, PipeReader, self._child.stderr),
        ):
            assert end is not None
            # Our own, to be closed by the thread that uses it.
            self.pipes[number] = kind(reactor, self, number, os.dup(end.fileno()), True)
            end.close()
        threading.Thread(target=self._wait, daemon=True, name=f"process {self.pid}").start()
        if protocol is not None:
            protocol.makeConnection(self)

    def _wait(self) -> None:
        status = self._child.wait()
        self.reactor.callFromThread(self.processEnded, status)

    def childDataReceived(self, name: int, data: bytes) -> None:
        """Something came from the child's descriptor *name*."""
        if self.proto is not None:
            self.proto.childDataReceived(name, data)

    def childConnectionLost(self, name: int, reason: Failure) -> None:
        """A pipe was closed, by either side."""
        del self.pipes[name]
        if self.proto is not None:
            try:
                self.proto.childConnectionLost(name)
            except BaseException:
                _log.failure("unexpected error in childConnectionLost")
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol that all is over, if the pipes are closed too."""
        if self.lostProcess and set(self.pipes) == {STDIN}:
            # Nobody reads what would be written.
            self.pipes[STDIN].connectionLost(Failure(error.ConnectionLost()))
        elif not self.pipes:
            super().maybeCallProcessEnded()

    def signalProcess(self, signalID: str | int) -> None:
        """
        End the process.

        @param signalID: C{"INT"}, C{"TERM"} or C{"KILL"}: all end it at once.
            Others do nothing; Windows has no signals.
        @raise error.ProcessExitedAlready: it has ended.
        """
        if self.pid is None or self._child.poll() is not None:
            raise error.ProcessExitedAlready()
        if signalID in ("INT", "TERM", "KILL"):
            self._child.terminate()

    def _getReason(self, status: int) -> BaseException:
        if status == 0:
            return error.ProcessDone(status)
        return error.ProcessTerminated(exitCode=status)

    def __repr__(self) -> str:
        """Tell the program's number."""
        return f"<{type(self).__module__}.{type(self).__name__} pid={self.pid}>"
