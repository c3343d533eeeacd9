"""
C{twist --workers}: a service in several processes that share its ports.

The first process is the supervisor.  It does not run the service; it starts
workers, each with the same command line and with its number in the environment,
and starts another one for each that ends.  The ports are shared by the kernel,
if the service listens with SO_REUSEPORT (C{tcp:8080:reusePort=1}).

Two pipes go to each worker.  By one it says that it serves; at the end of the
other, which comes with the supervisor's, it stops.

SIGHUP restarts the workers one after the other, each old one being stopped when
the new one serves.  What waits to be accepted by the old one at that moment, the
kernel resets: clients who must not see this try again.

All write to the same log, an event in one piece.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

from zope.interface import implementer

from twisted.application.runner._exit import ExitStatus
from twisted.application.service import Service
from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    TimeoutError,
    inlineCallbacks,
)
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import ILogObserver, LogEvent, Logger

__all__ = ["Supervisor", "arrange", "beWorker", "workerNumber"]

#: The variable that makes a process a worker.
VARIABLE = "TWIST_WORKER"

#: The worker's descriptors: where it says that it serves, and what ends with us.
READY, ALIVE = 3, 4

#: Seconds that a worker has to begin to serve, and to stop.
STARTS_WITHIN, STOPS_WITHIN = 60.0, 30.0

#: Seconds before a worker is replaced that did not live long; doubled each time.
FIRST_DELAY, LONGEST_DELAY, LONG_LIFE = 0.5, 30.0, 10.0

#: With these a service ends that cannot be started: its worker is not replaced.
_HOPELESS = frozenset((ExitStatus.EX_USAGE, ExitStatus.EX_UNAVAILABLE, ExitStatus.EX_CONFIG))

#: What systemd says to the first process, and to no other.
_SYSTEMD = frozenset(("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"))


class _Worker(ProcessProtocol):
    """
    A worker, as the supervisor sees it.

    @ivar number: from 0; its successor has the same.
    @ivar serves: fires when it serves; fails if it ends before.
    @ivar ended: fires with why, an exception, when it has ended.
    @ivar wanted: it is not to end.
    """

    def __init__(self, reactor: Any, number: int) -> None:
        self.reactor = reactor
        self.number = number
        self.begun: float = reactor.seconds()
        self.serves: Deferred[Any] = Deferred()
        self.ended: Deferred[BaseException] = Deferred()
        self.wanted = True
        self.alive = True

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        if childFD == READY and not self.serves.called:
            self.serves.callback(self)

    def processEnded(self, reason: Any = None) -> None:
        self.alive = False
        if not self.serves.called:
            self.serves.errback(reason)
        self.ended.callback(reason.value)

    def signal(self, name: str) -> None:
        """Send it a signal, if it lives."""
        if self.alive and self.transport is not None:
            self.transport.signalProcess(name)

    def stop(self) -> Deferred[Any]:
        """
        Have it stop; kill it if it does not.

        @return: fires when it has ended.
        """
        self.wanted = False
        self.signal("TERM")
        kill = self.reactor.callLater(STOPS_WITHIN, self.signal, "KILL")
        over: Deferred[None] = Deferred()

        def ended(reason: Any) -> Any:
            if kill.active():
                kill.cancel()
            over.callback(None)
            return reason

        self.ended.addBoth(ended)
        return over


class Supervisor(Service):
    """
    Keeps workers alive.

    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        command: Sequence[str],
        count: int,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """
        @param command: the words that start a worker.
        @param count: how many there are to be.
        """
        self.reactor = reactor
        self.exitStatus = ExitStatus.EX_OK
        self.command = list(command)
        self._environment = {
            name: value for name, value in environment.items() if name not in _SYSTEMD
        }
        self.workers: dict[int, Any] = dict.fromkeys(range(count))
        self._delays: dict[int, float] = {}
        self._waiting: dict[int, Any] = {}
        self._served = False
        self._reloading = False
        self._reloadAgain = False

    # -- one worker ---------------------------------------------------------------

    def _start(self, number: int) -> _Worker:
        worker = _Worker(self.reactor, number)
        self.reactor.spawnProcess(
            worker,
            self.command[0],
            self.command,
            self._environment | {VARIABLE: str(number)},
            childFDs={0: 0, 1: 1, 2: 2, READY: "r", ALIVE: "w"},
        )
        worker.serves.addCallbacks(self._serves, lambda _: None)
        worker.ended.addCallback(self._ended, worker)
        self._log.info(
            "Worker {number} started, process {pid}", number=number, pid=worker.transport.pid
        )
        return worker

    def _serves(self, worker: _Worker) -> _Worker:
        self._served = True
        self._log.info("Worker {number} serves", number=worker.number)
        return worker

    def _ended(self, problem: BaseException, worker: _Worker) -> None:
        number = worker.number
        if not worker.wanted:
            self._log.info("Worker {number} has stopped", number=number)
            return
        self._log.warn("Worker {number} has ended: {reason}", number=number, reason=problem)
        if self.workers.get(number) is not worker or not self.running or self.exitStatus:
            return
        status = getattr(problem, "exitCode", None)
        if not self._served and status in _HOPELESS:
            self._giveUp(ExitStatus(status))
            return
        lived = self.reactor.seconds() - worker.begun
        delay = FIRST_DELAY if lived > LONG_LIFE else self._delays.get(number, FIRST_DELAY)
        self._delays[number] = min(2 * delay, LONGEST_DELAY)
        self._waiting[number] = self.reactor.callLater(delay, self._replace, number)

    def _replace(self, number: int) -> None:
        self._waiting.pop(number, None)
        self.workers[number] = self._start(number)

    def _giveUp(self, status: ExitStatus) -> None:
        """Stop it all: the service cannot be started, and the worker has said why."""
        if self.exitStatus is ExitStatus.EX_OK:
            self.exitStatus = status
            self.reactor.callWhenRunning(self.reactor.stop)

    # -- all of them ------------------------------------------------------------------

    def startService(self) -> None:
        """Start the workers."""
        super().startService()
        for number in self.workers:
            self._replace(number)

    def stopService(self) -> Deferred[Any]:
        """
        Stop the workers.

        @return: fires when all have ended.
        """
        super().stopService()
        for call in self._waiting.values():
            call.cancel()
        self._waiting.clear()
        return DeferredList([worker.stop() for worker in self.workers.values() if worker.alive])

    @inlineCallbacks
    def reload(self) -> Any:
        """
        Replace the workers, one after the other.  If a new one does not come to
        serve, its predecessor stays, and so do those that were not replaced yet.

        @return: fires when it is done.
        """
        if self._reloading:
            # The workers that were replaced already may be out of date, too.
            self._reloadAgain = True
            return
        self._reloading = True
        try:
            for number in list(self.workers):
                if not self.running or not (yield self._rollOver(number)):
                    return
        finally:
            self._reloading = False
            again, self._reloadAgain = self._reloadAgain, False
        if again and self.running:
            yield self.reload()

    @inlineCallbacks
    def _rollOver(self, number: int) -> Any:
        """
        Replace one worker.

        @return: fires with whether that went well.
        """
        old = self.workers[number]
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.cancel()
        new = self._start(number)
        served: Deferred[Any] = Deferred()

        def tell(result: Any) -> Any:
            served.callback(new.alive)
            return result

        new.serves.addBoth(tell)
        served.addTimeout(STARTS_WITHIN, self.reactor)
        try:
            went = yield served
        except (TimeoutError, CancelledError):
            went = False
        if not went or not self.running:
            self._log.error("Worker {number} is not replaced: its successor failed", number=number)
            yield new.stop() if new.alive else None
            if not old.alive and self.running:
                self._replace(number)
            return False
        self.workers[number] = new
        if not new.alive:
            self._ended(RuntimeError("it ended as soon as it served"), new)
        if old.alive:
            yield old.stop()
        return True


# -- in the worker --------------------------------------------------------------------


def workerNumber(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the number of this worker; L{None} in any other process."""
    number = environment.get(VARIABLE, "")
    return int(number) if number.isdecimal() else None


@implementer(IReadDescriptor)
class _Lifeline(FileDescriptor):
    """Stops the reactor when the supervisor is gone."""

    def fileno(self) -> int:
        return ALIVE

    def doRead(self) -> Any:
        return None if os.read(ALIVE, 1) else CONNECTION_DONE

    def connectionLost(self, reason: Any) -> None:
        super().connectionLost(reason)
        if self.reactor.running:
            self.reactor.stop()


class _WholeEvents:
    """
    A file in which what is written in one call stays together, though others
    write to the same.
    """

    def __init__(self, file: IO[Any]) -> None:
        self._file = file
        self.encoding = "utf-8"

    def write(self, text: str) -> None:
        """Write *text*."""
        data = text.encode()
        while data:
            data = data[os.write(self._file.fileno(), data) :]

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self._file.isatty()


@implementer(ILogObserver)
class _Numbered:
    """Adds the worker's number to events."""

    def __init__(self, number: int, observer: Any) -> None:
        self._number = number
        self._observer = observer

    def __call__(self, event: LogEvent) -> None:
        event = {**event, "worker": self._number}
        if event.get("log_system") is None:
            level = getattr(event.get("log_level"), "name", "-")
            event["log_system"] = f"{event.get('log_namespace', '-')}#{level}"
        event["log_system"] += f" worker {self._number}"
        self._observer(event)


def beWorker(options: Any, number: int) -> None:
    """
    Be a worker: log as one, tell the supervisor when the reactor runs, and stop
    when it is gone.

    @param options: the parsed L{TwistOptions}, whose log is changed.
    """
    reactor = options["reactor"]
    makeObserver = options["fileLogObserverFactory"]
    options["fileLogObserverFactory"] = lambda file: _Numbered(
        number, makeObserver(_WholeEvents(file))
    )
    # Of no concern to a worker's own children.
    os.environ.pop(VARIABLE, None)
    for descriptor in (READY, ALIVE):
        os.set_inheritable(descriptor, False)
    os.set_blocking(ALIVE, False)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    reactor.addReader(_Lifeline(reactor))

    def serve() -> None:
        os.write(READY, b"serving\n")
        os.close(READY)

    # In a turn of its own, after whatever starts when the reactor does.
    reactor.callWhenRunning(reactor.callLater, 0, serve)


def supervise(reactor: Any, count: int, words: Sequence[str]) -> Supervisor:
    """
    Make a supervisor of this program, and have SIGHUP restart its workers.

    @param count: how many workers.
    @param words: the arguments of the command line.
    """
    program = "from twisted.application.twist._twist import Twist; Twist.main()"
    supervisor = Supervisor(reactor, [sys.executable, "-c", program, *words], count)
    signal.signal(signal.SIGHUP, lambda number, frame: reactor.callFromThread(supervisor.reload))
    return supervisor


def arrange(options: Any) -> Supervisor | None:
    """
    Be what the command line and the environment say: a worker, or who has them.

    @param options: the parsed L{TwistOptions}.
    @return: the service to run; L{None} in a worker, which runs its own.
    """
    number = workerNumber()
    if number is not None:
        beWorker(options, number)
        return None
    return supervise(options["reactor"], options["workers"], options.words)
