"""
Processes on POSIX systems.

The public path; pipes are in L{_process_pipes}, reaping in L{_reaping}.
"""

from __future__ import annotations

import os
import pty
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import abstract, error, fdesc
from twisted.internet._process_pipes import ProcessReader, ProcessWriter
from twisted.internet._reaping import (
    detectLinuxBrokenPipeBehavior,
    reapAllProcesses,
    reapProcessHandlers,
    registerReapProcessHandler,
    unregisterReapProcessHandler,
)
from twisted.internet._spawn import listOpenFDs as _listOpenFDs, spawn
from twisted.internet.interfaces import IProcessTransport
from twisted.python import log
from twisted.python.failure import Failure


def _encodable(value: Any, what: str) -> bytes:
    if isinstance(value, str):
        value = os.fsencode(value)
    if not isinstance(value, bytes):
        raise TypeError(f"{what} {value!r} is neither text nor bytes")
    if b"\0" in value:
        raise TypeError(f"{what} {value!r} contains a NUL")
    return value


def _checkProcessArgs(
    args: Sequence[Any], env: Mapping[Any, Any] | None
) -> tuple[list[bytes], dict[bytes, bytes] | None]:
    """
    Return the words and environment of a process as bytes.

    @raise TypeError: they are of no use.
    """
    words = [_encodable(word, "argument") for word in args]
    if env is None:
        return words, None
    return words, {
        _encodable(key, "environment key"): _encodable(value, "environment value")
        for key, value in env.items()
    }


class _BaseProcess:
    """
    What a process is, apart from how one talks to it.

    @ivar pid: its number; L{None} when it has been reaped.
    @ivar proto: the protocol.
    """

    pid: int | None = None
    status: int | None = None
    lostProcess = 0
    proto: Any = None

    def reapProcess(self) -> None:
        """See whether it has ended, without waiting."""
        if self.pid is None:
            return
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody else has reaped it: how it ended is lost.
            log.msg(f"process {self.pid} was reaped by others")
            pid, status = self.pid, 0
        if pid:
            unregisterReapProcessHandler(pid, self)
            self.processEnded(status)

    def processEnded(self, status: int) -> None:
        """It has ended, with *status* as C{waitpid} gave it."""
        self.status = status
        self.lostProcess += 1
        self.pid = None
        self._callProcessExited(self._getReason(status))
        self.maybeCallProcessEnded()

    def _getReason(self, status: int) -> error.ProcessDone | error.ProcessTerminated:
        """Return how it ended."""
        exitCode = sig = None
        if os.WIFEXITED(status):
            exitCode = os.WEXITSTATUS(status)
        else:
            sig = os.WTERMSIG(status)
        if exitCode != 0 or sig is not None:
            return error.ProcessTerminated(exitCode, sig, status)
        return error.ProcessDone(status)

    def _callProcessExited(self, reason: Any) -> None:
        exited = getattr(self.proto, "processExited", None)
        if exited is not None:
            try:
                exited(Failure(reason))
            except BaseException:
                log.err(None, "unexpected error in processExited")

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol, if all is over."""
        raise NotImplementedError

    def _tellEnded(self) -> None:
        proto, self.proto = self.proto, None
        if proto is not None:
            assert self.status is not None
            try:
                proto.processEnded(Failure(self._getReason(self.status)))
            except BaseException:
                log.err(None, "unexpected error in processEnded")

    def signalProcess(self, signalID: str | int) -> None:
        """
        Send it a signal.

        @param signalID: a number, or a name: C{"HUP"}, C{"STOP"}, C{"INT"},
            C{"KILL"}, C{"TERM"}.
        @raise error.ProcessExitedAlready: it has ended.
        """
        if signalID in ("HUP", "STOP", "INT", "KILL", "TERM"):
            signalID = getattr(signal, f"SIG{signalID}")
        if self.pid is None:
            raise error.ProcessExitedAlready()
        try:
            os.kill(self.pid, signalID)  # type: ignore[arg-type]
        except ProcessLookupError:
            raise error.ProcessExitedAlready()

    def _begin(self, processProtocol: Any) -> None:
        """It runs: watch for its end, and tell the protocol."""
        self.proto = processProtocol
        assert self.pid is not None
        registerReapProcessHandler(self.pid, self)
        try:
            processProtocol.makeConnection(self)
        except BaseException:
            log.err()

    def logPrefix(self) -> str:
        """Return the name of the protocol's class."""
        return type(self.proto).__name__

    def __repr__(self) -> str:
        """Tell the protocol, number and status."""
        kind = self.__class__
        return (
            f"<{kind.__module__}.{kind.__qualname__} object at {hex(id(self))}"
            f" pid={self.pid} status={self.status}>"
        )


@implementer(IProcessTransport)
class Process(_BaseProcess):
    """
    A process, and the pipes to it.

    @ivar pipes: by the child's descriptor, our ends.
    @cvar debug: unused; kept for those who set it.
    """

    debug = False
    debug_child = False
    status = -1  # type: ignore[assignment]
    processReaderFactory = ProcessReader
    processWriterFactory = ProcessWriter

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Sequence[Any],
        environment: Mapping[Any, Any] | None,
        path: Any,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> None:
        """
        Start it.

        @param executable: the path of the program.
        @param args: its words, its own name first.
        @param environment: its environment; L{None} to inherit ours.
        @param path: the directory to start it in.
        @param proto: the protocol.
        @param uid, gid: whom to run it as.
        @param childFDs: its descriptors: C{"r"} (we read), C{"w"} (we write),
            or one of ours to pass on.  By default 0, 1 and 2 are pipes.
        """
        if childFDs is None:
            childFDs = {0: "w", 1: "r", 2: "r"}
        self.pipes: dict[int, Any] = {}
        self._reactor = reactor
        fdmap: dict[int, int] = {}
        ours: dict[int, tuple[str, int]] = {}
        theirs: list[int] = []
        try:
            for childFD, target in childFDs.items():
                if target in ("r", "w"):
                    read, write = os.pipe()
                    mine, other = (read, write) if target == "r" else (write, read)
                    ours[childFD] = (str(target), mine)
                    theirs.append(other)
                    fdmap[childFD] = other
                else:
                    assert isinstance(target, int)
                    fdmap[childFD] = target
            self.pid = spawn(executable, args, environment, path, fdmap, uid, gid)
        except BaseException:
            for _, fd in ours.values():
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        self.proto = proto
        for childFD, (kind, fd) in ours.items():
            if kind == "r":
                reader = self.processReaderFactory(reactor, self, childFD, fd)
                self.pipes[childFD] = reader
            else:
                writer = self.processWriterFactory(
                    reactor, self, childFD, fd, forceReadHack=detectLinuxBrokenPipeBehavior()
                )
                self.pipes[childFD] = writer
        self._begin(proto)

    # -- pipes -----------------------------------------------------------------

    def closeStdin(self) -> None:
        """Close the pipe to its standard input, after what was written."""
        if 0 in self.pipes:
            self.pipes[0].loseConnection()

    def closeStdout(self) -> None:
        """Close the pipe from its standard output."""
        if 1 in self.pipes:
            self.pipes[1].loseConnection()

    def closeStderr(self) -> None:
        """Close the pipe from its standard error."""
        if 2 in self.pipes:
            self.pipes[2].loseConnection()

    def loseConnection(self) -> None:
        """Close the pipes to and from its first three descriptors."""
        self.closeStdin()
        self.closeStderr()
        self.closeStdout()

    def closeChildFD(self, childFD: int) -> None:
        """Close the pipe to or from its descriptor *childFD*."""
        if childFD in self.pipes:
            self.pipes[childFD].loseConnection()

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to the pipe to its descriptor *childFD*.

        @raise KeyError: there is none.
        """
        self.pipes[childFD].write(data)

    def write(self, data: bytes) -> None:
        """Write to its standard input; dropped if that was closed."""
        if 0 in self.pipes:
            self.pipes[0].write(data)

    def writeSequence(self, seq: Any) -> None:
        """Write several pieces to its standard input."""
        if 0 in self.pipes:
            self.pipes[0].writeSequence(seq)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* supply its standard input."""
        if 0 in self.pipes:
            self.pipes[0].registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        if 0 in self.pipes:
            self.pipes[0].unregisterProducer()

    def pauseProducing(self) -> None:
        """Read nothing from it until C{resumeProducing}."""
        for pipe in self.pipes.values():
            if isinstance(pipe, ProcessReader):
                pipe.stopReading()

    def resumeProducing(self) -> None:
        """Read again."""
        for pipe in self.pipes.values():
            if isinstance(pipe, ProcessReader):
                pipe.startReading()

    def stopProducing(self) -> None:
        """Close the pipes."""
        self.loseConnection()

    def childDataReceived(self, name: int, data: bytes) -> None:
        """It wrote *data* to its descriptor *name*."""
        self.proto.childDataReceived(name, data)

    def childConnectionLost(self, childFD: int, reason: Failure) -> None:
        """The pipe to or from its descriptor *childFD* was closed."""
        pipe = self.pipes.pop(childFD, None)
        if pipe is None:
            return
        try:
            self.proto.childConnectionLost(childFD)
        except BaseException:
            log.err()
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol when it has ended and the pipes are closed."""
        if not self.pipes and self.lostProcess:
            self._tellEnded()

    def getHost(self) -> Any:
        """
        @raise NotImplementedError: a process has no address.
        """
        raise NotImplementedError()

    def getPeer(self) -> Any:
        """
        @raise NotImplementedError: a process has no address.
        """
        raise NotImplementedError()


@implementer(IProcessTransport)
class PTYProcess(abstract.FileDescriptor, _BaseProcess):
    """
    A process with a terminal of its own, whose other side we are.
    """

    status = -1  # type: ignore[assignment]

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Sequence[Any],
        environment: Mapping[Any, Any] | None,
        path: Any,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = None,
    ) -> None:
        """
        Start it; see L{Process}.

        @param usePTY: true, or a tuple master, slave, name of the slave.
        """
        if isinstance(usePTY, (tuple, list)):
            master, slave, _ = usePTY
        else:
            master, slave = pty.openpty()
        try:
            self.pid = spawn(
                executable,
                args,
                environment,
                path,
                {0: slave, 1: slave, 2: slave},
                uid,
                gid,
                terminal=slave,
            )
        except BaseException:
            if not isinstance(usePTY, (tuple, list)):
                os.close(master)
                os.close(slave)
            raise
        if not isinstance(usePTY, (tuple, list)):
            os.close(slave)
        abstract.FileDescriptor.__init__(self, reactor)
        fdesc.setNonBlocking(master)
        self.fd = master
        self.connected = 1
        self.startReading()
        self._begin(proto)

    def closeStdin(self) -> None:
        """Do nothing: a terminal has one side only."""

    def closeStdout(self) -> None:
        """Do nothing: a terminal has one side only."""

    def closeStderr(self) -> None:
        """Do nothing: a terminal has one side only."""

    def closeChildFD(self, descriptor: int) -> None:
        """
        @raise NotImplementedError: a terminal has one side only.
        """
        raise NotImplementedError()

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        @raise NotImplementedError: a terminal has one side only.
        """
        raise NotImplementedError()

    def doRead(self) -> Any:
        """Read once, and give it to the protocol as standard output."""
        return fdesc.readFromFD(self.fd, lambda data: self.proto.childDataReceived(1, data))

    def fileno(self) -> int:
        """Return the descriptor of our side."""
        return self.fd

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol when it has ended and the terminal is closed."""
        if self.lostProcess == 2:
            self._tellEnded()

    def connectionLost(self, reason: Failure) -> None:
        """Close our side."""
        abstract.FileDescriptor.connectionLost(self, reason)
        os.close(self.fd)
        self.lostProcess += 1
        self.maybeCallProcessEnded()

    def writeSomeData(self, data: Any) -> Any:
        """Offer the kernel *data*."""
        return fdesc.writeToFD(self.fd, data)

    def closeDescriptor(self, descriptor: int) -> None:
        """
        @raise NotImplementedError: a terminal has one side only.
        """
        raise NotImplementedError()

    logPrefix = _BaseProcess.logPrefix
    __repr__ = _BaseProcess.__repr__


__all__ = [
    "PTYProcess",
    "Process",
    "ProcessReader",
    "ProcessWriter",
    "reapAllProcesses",
    "registerReapProcessHandler",
    "unregisterReapProcessHandler",
]
