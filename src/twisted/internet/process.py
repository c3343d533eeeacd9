"""
Processes on POSIX, as C{reactor.spawnProcess} starts them: with a pipe for
each of their descriptors (L{Process}) or with a terminal (L{PTYProcess}).

A child is started by C{posix_spawn} where that can do what is asked, which
saves copying the page tables of a large parent; else by C{fork}.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import pty
import signal
import sys
import termios
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zope.interface import implementer

from twisted.internet import abstract, error, fdesc
from twisted.internet._baseprocess import BaseProcess
from twisted.internet._process_ends import ReadingEnd, WritingEnd
from twisted.internet._process_pipes import PipedTransport
from twisted.internet._spawn import (
    _checkProcessArgs,
    _FDDetector,
    _getFileActions,
    _listOpenFDs,
    detector,
    ignoredSignals,
    inheritedEnvironment,
    signalNumber,
)
from twisted.internet.interfaces import IProcessTransport
from twisted.logger import Logger
from twisted.python._facade import publish
from twisted.python.failure import Failure
from twisted.python.util import switchUID

_log = Logger()

# The processes that were started and have not been reaped, by number.
reapProcessHandlers: dict[int, Any] = {}


def reapAllProcesses() -> None:
    """
    See which of the processes have ended, and tell them.

    Each is asked for by number, so that children that somebody else started
    are left to him.
    """
    for process in list(reapProcessHandlers.values()):
        process.reapProcess()


def _poll(pid: int | None) -> int | None:
    """
    Reap process *pid* if it has ended.

    @return: the status it ended with; L{None} if it runs, or if somebody else
        has reaped it.
    """
    reaped, status = 0, None
    try:
        reaped, status = os.waitpid(pid, os.WNOHANG)  # type: ignore[arg-type]
    except Exception as problem:
        # ECHILD: a SIGCHLD handler of the program's own was faster, or an
        # ignored SIGCHLD; what the child ended with is not to be had.
        if getattr(problem, "errno", None) != errno.ECHILD:
            _log.failure("Could not look after process {pid}.", pid=pid)
    return status if reaped else None


def registerReapProcessHandler(pid: int, process: Any) -> None:
    """
    Have C{process.processEnded} called with the status when *pid* has ended;
    at once, if it has.

    @param process: also has C{reapProcess}, which is called whenever a child
        of this process has ended.
    @raise RuntimeError: *pid* has been registered.
    """
    if pid in reapProcessHandlers:
        raise RuntimeError("Try to register an already registered process.")
    status = _poll(pid)
    if status is not None:
        process.processEnded(status)
    elif pid is not None:
        reapProcessHandlers[pid] = process


def unregisterReapProcessHandler(pid: int, process: Any) -> None:
    """
    Undo L{registerReapProcessHandler}.

    @raise RuntimeError: *process* is not what was registered for *pid*.
    """
    if reapProcessHandlers.get(pid) is not process:
        raise RuntimeError("Try to unregister a process not registered.")
    del reapProcessHandlers[pid]


class ProcessWriter(WritingEnd):
    """
    What goes to one descriptor of a child, through a pipe.

    @ivar enableReadHack: being readable means that the other end is closed.
    """

    def __init__(
        self, reactor: Any, proc: Any, name: Any, fileno: int, forceReadHack: bool = False
    ) -> None:
        """
        @param reactor: the reactor to be registered with.
        @param proc: whose it is; is told C{childConnectionLost}.
        @param name: by which *proc* knows it, as the number in the child.
        @param fileno: the descriptor of ours to write to; is made non-blocking.
        @param forceReadHack: it is known to be the writing end of a pipe.
        """
        fdesc.setNonBlocking(fileno)
        super().__init__(reactor, proc, name, fileno, forceReadHack)


class ProcessReader(ReadingEnd):
    """
    What comes from one descriptor of a child, through a pipe.
    """

    def __init__(self, reactor: Any, proc: Any, name: Any, fileno: int) -> None:
        """
        @param reactor: the reactor to be registered with.
        @param proc: whose it is; is told C{childDataReceived} and
            C{childConnectionLost}.
        @param name: by which *proc* knows it, as the number in the child.
        @param fileno: the descriptor of ours to read; is made non-blocking.
        """
        fdesc.setNonBlocking(fileno)
        super().__init__(reactor, proc, name, fileno)


class Program(NamedTuple):
    """
    What is to be run, where, and as whom.

    @ivar path: the directory to start it in, or L{None}.
    @ivar uid, gid: the user and the group to run it as, or L{None}.
    @ivar executable: its path, or a name to be looked for in C{PATH}.
    @ivar args: its arguments, its own name first.
    @ivar environment: what it finds in its environment.
    """

    path: Any
    uid: int | None
    gid: int | None
    executable: Any
    args: Any
    environment: Mapping[Any, Any]

    def isPlain(self) -> bool:
        """Tell whether it runs where and as whom we do."""
        return self.path is None and self.uid is None and self.gid is None

    def become(self) -> None:
        """Replace this process, which is the child, by the program."""
        if self.path:
            os.chdir(self.path)
        if not (self.uid is None and self.gid is None):
            user = os.geteuid() if self.uid is None else self.uid
            group = os.getegid() if self.gid is None else self.gid
            # The real ids may be unprivileged while the effective ones are
            # not; to switch them all takes all the rights there are.
            os.setuid(0)
            os.setgid(0)
            switchUID(user, group)
        os.execvpe(self.executable, self.args, self.environment)

    def report(self) -> None:
        """Say on standard error, in UTF-8, which exception is being handled."""
        text = f"Upon execvpe {self.executable!r} {self.args!r}:\n{traceback.format_exc()}"
        stream = os.fdopen(2, "wb")
        stream.write(text.encode("utf-8", "backslashreplace"))
        stream.flush()


def _forkWithoutCollector() -> int:
    """
    Fork, so that the child collects no garbage: finalizers there would act on
    what belongs to the parent.

    @return: the child's number, or 0 in the child.
    """
    collecting = gc.isenabled()
    gc.disable()
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid and collecting:
            gc.enable()
    return pid


class _BaseProcess(BaseProcess):
    """
    A child of this process: how it is started, signalled and reaped.
    """

    status: int | None = None
    pid: int | None = None

    def reapProcess(self) -> None:
        """Look whether the process has ended, and if so go on with that."""
        pid = self.pid
        status = _poll(pid)
        if status is not None and pid is not None:
            # First, so that it is not registered whatever the protocol does.
            unregisterReapProcessHandler(pid, self)
            self.processEnded(status)

    def _getReason(self, status: int) -> BaseException:
        if not os.WIFEXITED(status):
            return error.ProcessTerminated(signal=os.WTERMSIG(status), status=status)
        code = os.WEXITSTATUS(status)
        if code:
            return error.ProcessTerminated(code, status=status)
        return error.ProcessDone(status)

    def signalProcess(self, signalID: str | int) -> None:
        """
        Send a signal.

        @param signalID: its number, or its name, as C{"TERM"}.
        @raise error.ProcessExitedAlready: there is no such process any more.
        @raise TypeError: there is no signal of that name.
        @raise OSError: the system does not allow it, or knows no such number.
        """
        number = signalNumber(signalID)
        pid = self.pid
        try:
            if pid is None:
                raise ProcessLookupError
            os.kill(pid, number)
        except ProcessLookupError:
            raise error.ProcessExitedAlready() from None

    def _resetSignalDisposition(self) -> None:
        """Ignore no signals: what is ignored stays so in the new program."""
        for number in ignoredSignals():
            try:
                signal.signal(number, signal.SIG_DFL)
            except OSError:
                pass  # one that cannot be changed

    def _trySpawnInsteadOfFork(self, program: Program, plan: dict[str, Any]) -> bool:
        """
        Start *program* without a fork, if that can do all that is asked.

        @param plan: what C{_setupChild} would be called with.
        @return: whether it has been started.
        """
        return False

    def _start(self, program: Program, **plan: Any) -> None:
        """
        Start *program*, and set C{pid}.

        @param plan: passed to C{_setupChild}, in the child.
        @raise OSError: it cannot be started.  What goes wrong in the child
            after a fork is told on its standard error instead.
        """
        if not self._trySpawnInsteadOfFork(program, plan):
            self.pid = _forkWithoutCollector()
            if not self.pid:
                try:
                    # A debugger or a coverage tool has nothing to trace here.
                    sys.settrace(None)
                    self._setupChild(**plan)
                    program.become()
                except BaseException:
                    program.report()
                finally:
                    os._exit(1)
        self.status = -1

    def _setupChild(self, *args: Any, **kwargs: Any) -> None:
        """Prepare the descriptors; called in the child."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Connect the protocol, and wait for the end."""
        try:
            if self.proto is not None:
                self.proto.makeConnection(self)
        except BaseException:
            _log.failure("unexpected error in makeConnection")
        # Last: it may have ended already, and then the protocol is told now.
        assert self.pid is not None
        registerReapProcessHandler(self.pid, self)

    @staticmethod
    def _arrange(fdmap: Mapping[int, int]) -> None:
        """
        Give the child the descriptors that it shall have, and no others;
        called in the child.

        @param fdmap: for each of its descriptors, which one of ours it is.
        """
        sources = set(fdmap.values())
        for number in list(_listOpenFDs()):
            if number not in sources:
                try:
                    os.close(number)
                except OSError:
                    pass  # that of the listing
        for action in _getFileActions(_describe(sorted(sources)), fdmap, _CLOSE, _DUP2):
            if action[0] == _DUP2:
                os.dup2(action[1], action[2])
            else:
                os.close(action[1])

    def __repr__(self) -> str:
        """Show the number and the status."""
        return f"<{self.__class__.__name__} pid={self.pid} status={self.status}>"


# What stands for closing and for duplicating in the child's own plan.
_CLOSE = 1
_DUP2 = 2


def _describe(numbers: Iterable[int]) -> list[tuple[int, bool]]:
    """Tell of each descriptor that is open whether it is close-on-exec."""
    state = []
    for number in numbers:
        try:
            flags = fcntl.fcntl(number, fcntl.F_GETFD, 0)
        except OSError:
            continue  # that of the listing
        state.append((number, bool(flags & fcntl.FD_CLOEXEC)))
    return state


class _Opened:
    """Descriptors that were opened on the way, to be closed if it fails."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is not None:
            for number in self.numbers:
                os.close(number)


@implementer(IProcessTransport)
class Process(PipedTransport, _BaseProcess):
    """
    A process whose descriptors are pipes, or descriptors of ours.

    The protocol is told of what comes (C{childDataReceived}), of each pipe
    that is closed (C{childConnectionLost}), of the exit (C{processExited}),
    and when both the process and all its pipes are gone (C{processEnded}).

    @ivar pipes: for each descriptor of the child, our end of the pipe.
    """

    debug = False
    debug_child = False

    status: int | None = -1
    pid: int | None = None

    processWriterFactory: Any = ProcessWriter
    processReaderFactory: Any = ProcessReader

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Any,
        environment: Any,
        path: Any,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> None:
        """
        Start the program.

        @param executable: its path, or a name to be looked for in C{PATH}.
        @param args: its arguments, its own name first.
        @param environment: L{None} for ours.
        @param path: the directory to start it in, or L{None}.
        @param proto: the C{IProcessProtocol}.
        @param uid, gid: whom to run it as, or L{None}.
        @param childFDs: for each descriptor it shall have: C{"w"}, a pipe that
            we write to; C{"r"}, one that we read from; or the number of a
            descriptor of ours.  By default C{{0: "w", 1: "r", 2: "r"}}.
        @raise OSError: there is no such program, or no more descriptors, or
            no more processes.
        """
        super().__init__(proto)
        program = Program(
            path,
            uid,
            gid,
            executable,
            args,
            inheritedEnvironment() if environment is None else environment,
        )
        self.reactor = reactor
        self.pipes: dict[int, Any] = {}
        if childFDs is None:
            childFDs = {0: "w", 1: "r", 2: "r"}
        fdmap: dict[int, int] = {}
        ours: list[tuple[int, Any, int]] = []
        theirs: list[int] = []
        with _Opened() as opened:
            for childFD, target in childFDs.items():
                if target == "r" or target == "w":
                    readEnd, writeEnd = os.pipe()
                    opened.numbers += [readEnd, writeEnd]
                    if target == "r":
                        fdmap[childFD] = writeEnd
                        ours.append((childFD, target, readEnd))
                    else:
                        fdmap[childFD] = readEnd
                        ours.append((childFD, target, writeEnd))
                    theirs.append(fdmap[childFD])
                else:
                    assert isinstance(target, int), f"{target!r} should be an int"
                    fdmap[childFD] = target
            self._start(program, fdmap=fdmap)
        for number in theirs:
            os.close(number)
        for childFD, target, number in ours:
            if target == "r":
                self.pipes[childFD] = self.processReaderFactory(reactor, self, childFD, number)
            else:
                self.pipes[childFD] = self.processWriterFactory(
                    reactor, self, childFD, number, forceReadHack=True
                )
        self._begin()

    def _trySpawnInsteadOfFork(self, program: Program, plan: dict[str, Any]) -> bool:
        # A reactor can be told not to, should a system's be broken.
        forbidden = getattr(self.reactor, "_neverUseSpawn", False)
        if forbidden or not program.isPlain() or not hasattr(os, "posix_spawnp"):
            return False
        self.pid = os.posix_spawnp(
            program.executable,
            program.args,
            program.environment,
            file_actions=_getFileActions(
                _describe(_listOpenFDs()),
                plan["fdmap"],
                os.POSIX_SPAWN_CLOSE,
                os.POSIX_SPAWN_DUP2,
            ),
            setsigdef=ignoredSignals(),
        )
        return True

    def _setupChild(self, fdmap: Mapping[int, int]) -> None:
        """
        Bring the descriptors to where the program expects them; in the child.

        @param fdmap: for each of its descriptors, which one of ours it is.
        """
        self._arrange(fdmap)
        self._resetSignalDisposition()

    def childDataReceived(self, name: int, data: bytes) -> None:
        """Something came from the child's descriptor *name*."""
        if self.proto is not None:
            self.proto.childDataReceived(name, data)

    def childConnectionLost(self, childFD: int, reason: Failure) -> None:
        """A pipe was closed, by either side."""
        os.close(self.pipes.pop(childFD).fileno())
        if self.proto is not None:
            try:
                self.proto.childConnectionLost(childFD)
            except BaseException:
                _log.failure("unexpected error in childConnectionLost")
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol that all is over, if the pipes are closed too."""
        if self.pipes:
            return
        if self.lostProcess:
            super().maybeCallProcessEnded()
        else:
            # Without a handler for SIGCHLD this is when to look.
            self.reapProcess()


@implementer(IProcessTransport)
class PTYProcess(abstract.FileDescriptor, _BaseProcess):
    """
    A process with a terminal of its own: it leads a session, and its three
    standard descriptors are the terminal.

    What it writes comes as C{childDataReceived} of descriptor 1, whichever of
    them it wrote to.  C{loseConnection} hangs up.
    """

    status: int | None = -1
    pid: int | None = None

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Any,
        environment: Any,
        path: Any,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = None,
    ) -> None:
        """
        Start the program.

        @param usePTY: the terminal to use, as a tuple C{(master, slave,
            name)} of two descriptors and the slave's path; else one is made.
        @param executable, args, environment, path, proto, uid, gid: as for
            L{Process}.
        @raise OSError: there are no more terminals, or no more processes.
        """
        abstract.FileDescriptor.__init__(self, reactor)
        _BaseProcess.__init__(self, proto)
        program = Program(
            path,
            uid,
            gid,
            executable,
            args,
            inheritedEnvironment() if environment is None else environment,
        )
        with _Opened() as opened:
            if isinstance(usePTY, (tuple, list)):
                masterfd, slavefd, _ = usePTY
            else:
                masterfd, slavefd = pty.openpty()
                opened.numbers += [masterfd, slavefd]
            self._start(program, masterfd=masterfd, slavefd=slavefd)
        if opened.numbers:
            os.close(slavefd)
        fdesc.setNonBlocking(masterfd)
        self.fd = masterfd
        self.connected = 1
        self.startReading()
        self._begin()

    def _setupChild(self, masterfd: int, slavefd: int) -> None:
        """Make the terminal the child's own and its only descriptors."""
        os.setsid()
        # A session leader without a terminal may take one.
        fcntl.ioctl(slavefd, termios.TIOCSCTTY, 0)
        self._arrange({0: slavefd, 1: slavefd, 2: slavefd})
        self._resetSignalDisposition()

    # -- what a terminal has not ----------------------------------------------

    def closeStdin(self) -> None:
        """Do nothing: a terminal cannot be closed by half."""

    def closeStdout(self) -> None:
        """Do nothing: a terminal cannot be closed by half."""

    def closeStderr(self) -> None:
        """Do nothing: a terminal cannot be closed by half."""

    def closeChildFD(self, descriptor: int) -> None:
        """
        @raise NotImplementedError: a terminal cannot be closed by half.
        """
        raise NotImplementedError()

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        @raise NotImplementedError: there is just one way in, C{write}.
        """
        raise NotImplementedError()

    # -- the terminal ----------------------------------------------------------

    def fileno(self) -> int:
        """Return the number of the terminal's master side."""
        return self.fd

    def doRead(self) -> Any:
        """
        Read once.

        @return: L{None}, or an exception: the terminal was hung up.
        """
        return fdesc.readFromFD(self.fd, self._outReceived)

    def _outReceived(self, data: bytes) -> None:
        if self.proto is not None:
            self.proto.childDataReceived(1, data)

    def writeSomeData(self, data: bytes) -> Any:
        """
        Write what the terminal takes.

        @return: the number of bytes, or C{CONNECTION_LOST}.
        """
        return fdesc.writeToFD(self.fd, data)

    def connectionLost(self, reason: Failure) -> None:
        """The terminal was hung up."""
        abstract.FileDescriptor.connectionLost(self, reason)
        fd, self.fd = self.fd, -1
        os.close(fd)
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol that all is over, if the terminal is closed too."""
        if self.disconnected and self.lostProcess:
            _BaseProcess.maybeCallProcessEnded(self)


__all__ = [
    "PTYProcess",
    "Process",
    "ProcessReader",
    "ProcessWriter",
    "detector",
    "reapAllProcesses",
    "reapProcessHandlers",
    "registerReapProcessHandler",
    "unregisterReapProcessHandler",
]

# Not offered, but tests and who lists descriptors find them here.
_found = (
    _FDDetector,
    _checkProcessArgs,
    _getFileActions,
    _listOpenFDs,
)
publish(__name__, {found.__name__: found for found in _found}, [f.__name__ for f in _found])
