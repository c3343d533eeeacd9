"""
A service that starts programs, logs what they write, and starts them again when
they end.

A program that lives for less than L{ProcessMonitor.threshold} seconds is started
again after a delay, which doubles each time until it lives for longer::

    monitor = ProcessMonitor()
    monitor.addProcess("worker", ["/usr/bin/worker", "--verbose"])
    monitor.setServiceParent(application)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attr
from incremental import Version

from twisted.application import service
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.deprecate import deprecated, deprecatedProperty

__all__ = ["DummyTransport", "LineLogger", "LoggingProtocol", "ProcessMonitor", "transport"]

_TUPLES = Version("Twisted", 18, 7, 0)


class DummyTransport:
    """
    The transport of what only receives.

    @cvar disconnecting: it never is.
    """

    disconnecting = 0


#: The one L{DummyTransport} that all can share.
transport = DummyTransport()


def _inPieces(line: bytes, size: int) -> Iterator[bytes]:
    """Cut a line that is too long."""
    for start in range(0, len(line), size):
        yield line[start : start + size]


class LineLogger(LineReceiver):
    """
    Logs the lines of a program's output.  What is longer than C{MAX_LENGTH} bytes
    is logged as several lines.

    @ivar tag: the name of the program.
    @ivar stream: C{"stdout"} or C{"stderr"}.
    @ivar service: the L{ProcessMonitor}, or what else has a C{log}.
    """

    tag: str | None = None
    stream: str | None = None
    delimiter = b"\n"
    service: Any = None

    def lineReceived(self, line: bytes) -> None:
        """
        Log a line; what is not UTF-8 is shown as bytes.
        """
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = repr(line)
        self.service.log.info("[{tag}] {line}", tag=self.tag, line=text, stream=self.stream)

    def lineLengthExceeded(self, line: bytes) -> None:
        """
        Log what has come of a long line, and all that came with it.
        """
        *whole, rest = line.split(self.delimiter)
        for each in whole:
            if not each:
                self.lineReceived(each)
            for piece in _inPieces(each, self.MAX_LENGTH):
                self.lineReceived(piece)
        *most, last = _inPieces(rest, self.MAX_LENGTH) if rest else (b"",)
        for piece in most:
            self.lineReceived(piece)
        if last:
            self.dataReceived(last)


class LoggingProtocol(ProcessProtocol):
    """
    Logs what a program writes, by lines, and tells the monitor when it ends.

    @ivar service: the L{ProcessMonitor}.
    @ivar name: the name of the program there.
    @ivar output: takes its standard output.
    @ivar empty: whether all that came on standard output was logged.
    """

    service: Any = None
    name: Any = None

    def connectionMade(self) -> None:
        """
        Prepare for both streams.
        """
        self._streams = {stream: self._logger(stream) for stream in ("stdout", "stderr")}

    def _logger(self, stream: str) -> LineLogger:
        made = LineLogger()
        made.tag, made.stream, made.service = self.name, stream, self.service
        made.makeConnection(transport)
        return made

    @property
    def output(self) -> LineLogger:
        """What logs the standard output."""
        return self._streams["stdout"]

    @property
    def empty(self) -> bool:
        """Whether no unfinished line of standard output is kept."""
        return not self.output._buffer

    def outReceived(self, data: bytes) -> None:
        """
        Log standard output.
        """
        self._streams["stdout"].dataReceived(data)

    def errReceived(self, data: bytes) -> None:
        """
        Log standard error.
        """
        self._streams["stderr"].dataReceived(data)

    def processEnded(self, reason: Any) -> None:
        """
        Log what is left of both, and tell the monitor.
        """
        for each in self._streams.values():
            rest = each.clearLineBuffer()
            if rest:
                each.lineReceived(rest)
        self.service._processEnded(self.name)


@attr.s(frozen=True, auto_attribs=True)
class _Process:
    """
    What a program is started with.
    """

    args: list[str]
    uid: int | None = None
    gid: int | None = None
    env: Any = attr.Factory(dict)
    cwd: str | None = None

    @deprecated(_TUPLES)
    def toTuple(self) -> tuple[list[str], int | None, int | None, Any]:
        """
        Return what was kept in the past; the directory is not in it.
        """
        return (self.args, self.uid, self.gid, self.env)

    def describe(self, name: str) -> str:
        """Return the part of the monitor's repr."""
        ids = [str(each) if each is not None else "" for each in (self.uid, self.gid)]
        whose = f"({':'.join(ids).removesuffix(':')})" if any(ids) else ""
        return f"{name!r}{whose}: {self.args!r}"


class ProcessMonitor(service.Service):
    """
    Keeps programs running while it runs itself.

    @cvar threshold: seconds that a program must live, or it is started again with
        a delay.
    @cvar killTime: seconds that a program has to end after C{SIGTERM} before it is
        killed.
    @cvar minRestartDelay: seconds to wait for the first time.
    @cvar maxRestartDelay: seconds that are never exceeded.
    @ivar delay: by name, the seconds that will be waited the next time.
    @ivar protocols: by name, the L{LoggingProtocol} of each program that runs.
    @ivar timeStarted: by name, when it was started.
    @ivar murder: by name, the delayed call that will kill it.
    @ivar restart: by name, the delayed call that starts it again.
    @cvar log: where the output goes.
    """

    log = Logger()
    threshold: float = 1
    killTime: float = 5
    minRestartDelay: float = 1
    maxRestartDelay: float = 3600

    def __init__(self, reactor: Any = None) -> None:
        """
        @param reactor: starts processes and knows the time; by default the global
            reactor.
        """
        self._setReactor(reactor)
        self._processes: dict[str, _Process] = {}
        self._begin()

    def _setReactor(self, reactor: Any = None) -> None:
        if reactor is None:
            # Late: importing it installs the default reactor.
            from twisted.internet import reactor
        self._reactor = reactor

    def _begin(self) -> None:
        """Know of no process that runs."""
        self.protocols: dict[str, LoggingProtocol] = {}
        self.delay: dict[str, float] = dict.fromkeys(self._processes, self.minRestartDelay)
        self.timeStarted: dict[str, float] = {}
        self.murder: dict[str, Any] = {}
        self.restart: dict[str, Any] = {}
        self._allEnded: list[Deferred[None]] = []

    @deprecatedProperty(_TUPLES)
    def processes(self) -> dict[str, tuple[list[str], int | None, int | None, Any]]:
        """
        The programs, as tuples by their names.
        """
        return {name: process.toTuple() for name, process in self._processes.items()}

    @deprecated(_TUPLES)
    def __getstate__(self) -> dict[str, Any]:
        """
        Save the settings and the programs, not the processes.
        """
        state = super().__getstate__()
        for key in ("_reactor", "_processes", "_allEnded", "protocols", "murder", "restart"):
            state.pop(key, None)
        state["processes"] = {
            name: (process.args, process.uid, process.gid, process.env)
            for name, process in self._processes.items()
        }
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be as saved: with the programs, none of which runs."""
        saved = dict(state)
        programs = saved.pop("processes")
        vars(self).update(saved)
        self._processes = {name: _Process(*values) for name, values in programs.items()}
        self._setReactor()
        self._begin()

    def addProcess(
        self,
        name: str,
        args: list[str],
        uid: int | None = None,
        gid: int | None = None,
        env: Any = {},  # noqa: B006 -- it is passed on, never changed
        cwd: str | None = None,
    ) -> None:
        """
        Add a program, and start it if the monitor runs.

        @param name: to know it by.
        @param args: its words, the program's name first; no shell sees them.
        @param uid: the number of the user to run it as, L{None} for ours.
        @param gid: the number of the group, likewise.
        @param env: its environment, as C{spawnProcess} takes it.
        @param cwd: the directory to run it in, L{None} for ours.
        @raise KeyError: there is one of that name.
        """
        if name in self._processes:
            raise KeyError(f"remove {name} first")
        self._processes[name] = _Process(args, uid, gid, env, cwd)
        self.delay[name] = self.minRestartDelay
        if self.running:
            self.startProcess(name)

    def removeProcess(self, name: str) -> None:
        """
        Stop a program and forget it.

        @raise KeyError: there is none of that name.
        """
        self.stopProcess(name)
        self._cancelRestart(name)
        for each in (self._processes, self.delay, self.restart):
            each.pop(name, None)

    def startProcess(self, name: str) -> None:
        """
        Start a program, unless it runs.  When the system cannot start it, that is
        logged and taken for an early end.

        @raise KeyError: there is none of that name.
        """
        if name in self.protocols:
            return
        process = self._processes[name]
        protocol = self.protocols[name] = LoggingProtocol()
        protocol.service, protocol.name = self, name
        self.timeStarted[name] = self._reactor.seconds()
        try:
            self._reactor.spawnProcess(
                protocol,
                process.args[0],
                process.args,
                uid=process.uid,
                gid=process.gid,
                env=process.env,
                path=process.cwd,
            )
        except OSError:
            self.log.failure("Unable to start {tag}", tag=name)
            self._processEnded(name)
        except BaseException:
            del self.protocols[name]
            raise

    def stopProcess(self, name: str) -> None:
        """
        End a program by C{SIGTERM}; if that takes longer than C{killTime}, kill it.
        It is started again, as always, if the monitor runs.

        @raise KeyError: there is none of that name.
        """
        if name not in self._processes:
            raise KeyError(f"Unrecognized process name: {name}")
        protocol = self.protocols.get(name)
        if protocol is None or name in self.murder:
            return
        try:
            protocol.transport.signalProcess("TERM")
        except ProcessExitedAlready:
            return
        self.murder[name] = self._reactor.callLater(self.killTime, self._kill, protocol)

    def _kill(self, protocol: LoggingProtocol) -> None:
        try:
            protocol.transport.signalProcess("KILL")
        except ProcessExitedAlready:
            pass  # it is about to be reaped

    def _processEnded(self, name: str) -> None:
        """
        A program has ended, or could not be started.
        """
        killer = self.murder.pop(name, None)
        if killer is not None and killer.active():
            killer.cancel()
        del self.protocols[name]
        if self.running and name in self._processes:
            self.restart[name] = self._reactor.callLater(
                self._nextDelay(name), self.startProcess, name
            )
        elif name in self._processes:
            self._nextDelay(name)
        if not self.protocols:
            waiting, self._allEnded = self._allEnded, []
            for each in waiting:
                each.callback(None)

    def _nextDelay(self, name: str) -> float:
        """Return how long to wait now, and note how long the next time."""
        if self._reactor.seconds() - self.timeStarted[name] >= self.threshold:
            self.delay[name] = self.minRestartDelay
            return 0
        now = self.delay[name]
        self.delay[name] = min(now * 2, self.maxRestartDelay)
        return now

    @deprecated(Version("Twisted", 25, 5, 0))
    def connectionLost(self, name: str) -> None:
        """
        A program has ended: start it again if the monitor runs.
        """
        self._processEnded(name)

    def _cancelRestart(self, name: str) -> None:
        planned = self.restart.get(name)
        if planned is not None and planned.active():
            planned.cancel()

    def startService(self) -> None:
        """
        Start all programs.
        """
        super().startService()
        for name in list(self._processes):
            self.startProcess(name)

    def stopService(self) -> Deferred[None] | None:
        """
        End all programs, and start none again.

        @return: a Deferred that fires when all have ended, or L{None} if none runs.
        """
        super().stopService()
        for name in list(self._processes):
            self._cancelRestart(name)
            self.stopProcess(name)
        if not self.protocols:
            return None
        ended: Deferred[None] = Deferred()
        self._allEnded.append(ended)
        return ended

    def restartAll(self) -> None:
        """
        End all programs, so that they are started again: when what they are made
        of has changed, for instance.
        """
        for name in list(self._processes):
            self.stopProcess(name)

    def __repr__(self) -> str:
        programs = [process.describe(name) for name, process in self._processes.items()]
        return f"<{type(self).__name__} {' '.join(programs)}>"
