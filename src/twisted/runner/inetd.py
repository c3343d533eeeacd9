"""
Programs that are started for each who connects, or for a socket on which something
waits: what inetd(8) does.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from contextlib import ExitStack
from typing import Any

from twisted.application.service import Service
from twisted.internet.abstract import FileDescriptor
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.logger import Logger
from twisted.protocols import wire
from twisted.runner.procmon import LoggingProtocol

__all__ = ["InetdFactory", "InetdProtocol", "internalProtocols"]

_log = Logger()

#: The services that need no program, by name.
internalProtocols: dict[str, type[Protocol]] = {
    "echo": wire.Echo,
    "chargen": wire.Chargen,
    "discard": wire.Discard,
    "daytime": wire.Daytime,
    "time": wire.Time,
}

#: How often a program is started in a minute, if its line does not say.
STARTS = 256
_MINUTE = 60
_BACKLOG = 50


def _globalReactor() -> Any:
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    return reactor


class StartLimit:
    """
    Keeps count of how often something was started in the last minute.
    """

    def __init__(self, maximum: int) -> None:
        """
        @param maximum: how often it may be started in a minute.
        """
        self.maximum = maximum
        self._times: deque[float] = deque()

    def take(self, now: float) -> float:
        """
        Count a start, if there may be one.

        @param now: the time in seconds.
        @return: 0, or the seconds that have to pass first.
        """
        while self._times and now - self._times[0] >= _MINUTE:
            self._times.popleft()
        if len(self._times) < self.maximum:
            self._times.append(now)
            return 0
        return _MINUTE - (now - self._times[0])


class _Program(LoggingProtocol):
    """
    A program that was started; what it writes to standard error, or would write to
    the standard output of others, is logged.
    """

    log = _log

    def __init__(self, name: str, whenEnded: Any = None) -> None:
        self.service = self
        self.name = name
        self._whenEnded = whenEnded

    def _processEnded(self, name: str) -> None:
        if self._whenEnded is not None:
            self._whenEnded()


def _run(reactor: Any, service: Any, handle: int, stderrFile: Any, whenEnded: Any = None) -> None:
    """
    Start the program of a service, with a socket as its standard input and output.

    @param handle: the number of the socket's descriptor.
    @param stderrFile: the file its standard error is added to; L{None} is our log.
    @raise OSError: it cannot be started.
    """
    childFDs: dict[int, Any] = {0: handle, 1: handle, 2: "r"}
    with ExitStack() as stack:
        if stderrFile is not None:
            childFDs[2] = stack.enter_context(open(stderrFile, "ab")).fileno()
        reactor.spawnProcess(
            _Program(service.name, whenEnded),
            service.program,
            service.programArgs or [service.program],
            env=os.environ,
            uid=_unlessOurs(service.user, os.getuid()),
            gid=_unlessOurs(service.group, os.getgid()),
            childFDs=childFDs,
        )


def _unlessOurs(wanted: Any, ours: int) -> Any:
    # Who is not root may not even become himself.
    return None if wanted == ours else wanted


class InetdProtocol(Protocol):
    """
    Starts the program of the factory's service with the connection as its standard
    input and output, and leaves that to it.

    @ivar reactor: what starts it; by default the global reactor.
    """

    reactor: Any = None

    def connectionMade(self) -> None:
        """
        Start the program and let go of the connection.
        """
        factory: Any = self.factory
        transport: Any = self.transport
        reactor = self.reactor or _globalReactor()
        transport.stopReading()
        if factory.limit.take(reactor.seconds()):
            _log.warn(
                "{service} is not started more than {limit} times a minute",
                service=factory.service.name,
                limit=factory.limit.maximum,
            )
            transport.abortConnection()
            return
        connection = transport.getHandle()
        # Programs expect to be made to wait; the setting is of the socket that
        # they share with us.
        connection.setblocking(True)
        try:
            _run(reactor, factory.service, connection.fileno(), factory.stderrFile)
        except OSError:
            _log.failure("Unable to start {program}", program=factory.service.program)
        else:
            # To close it here is not to end it.
            transport._shouldShutdown = False
        transport.loseConnection()


class InetdFactory(ServerFactory):
    """
    Starts a program for each connection.

    @ivar service: the L{twisted.runner.inetdconf.InetdService}, with a number as its
        C{user} and C{group}.
    @ivar stderrFile: the name of the file that programs' standard error is added
        to; if L{None}, it is logged.
    @ivar limit: how often the program may be started.
    """

    protocol: Any = InetdProtocol
    stderrFile: str | None = None

    def __init__(self, service: Any) -> None:
        self.service = service
        self.limit = StartLimit(STARTS)


class _Socket(FileDescriptor):
    """
    A socket that is watched, and never read from.
    """

    def __init__(self, reactor: Any, handle: socket.socket, whenReadable: Any) -> None:
        super().__init__(reactor)
        self._socket = handle
        self._whenReadable = whenReadable

    def fileno(self) -> int:
        """Return the descriptor's number."""
        return self._socket.fileno()

    def doRead(self) -> None:
        """Something has come."""
        self._whenReadable()

    def connectionLost(self, reason: Any) -> None:
        """The reactor ends."""
        super().connectionLost(reason)
        self._socket.close()


class WaitingServer(Service):
    """
    Starts a program when something comes on a socket, gives it the socket, and
    waits for the program's end before it watches the socket again.

    @ivar service: the L{twisted.runner.inetdconf.InetdService}.
    @ivar port: the port it is bound to, while it runs.
    """

    _watched: Any = None

    def __init__(self, service: Any, family: int, kind: int, reactor: Any = None) -> None:
        """
        @param family: of the socket, as L{socket.AF_INET}.
        @param kind: L{socket.SOCK_DGRAM} or L{socket.SOCK_STREAM}.
        """
        self.service = service
        self.stderrFile: str | None = None
        self.limit = StartLimit(STARTS)
        self._kind = (family, kind)
        self._reactor = reactor
        self._later: Any = None

    def privilegedStartService(self) -> None:
        """
        Bind the socket.

        @raise OSError: the port is in use.
        """
        super().privilegedStartService()
        reactor = self._reactor = self._reactor or _globalReactor()
        made = socket.socket(*self._kind)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if self._kind[0] == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind(("", self.service.port))
            if self._kind[1] == socket.SOCK_STREAM:
                made.listen(_BACKLOG)
        except OSError:
            made.close()
            raise
        self.port = made.getsockname()[1]
        self._watched = _Socket(reactor, made, self._readable)

    def startService(self) -> None:
        """
        Watch the socket.
        """
        super().startService()
        if self._watched is None:
            self.privilegedStartService()
        self._watched.startReading()

    def stopService(self) -> None:
        """
        Close the socket.  A program that has it may go on.
        """
        super().stopService()
        watched, self._watched = self._watched, None
        if self._later is not None and self._later.active():
            self._later.cancel()
        if watched is not None:
            watched.stopReading()
            watched._socket.close()

    def _readable(self) -> None:
        self._watched.stopReading()
        delay = self.limit.take(self._reactor.seconds())
        if delay:
            _log.warn(
                "{service} is looping, and not started for {delay:.0f} seconds",
                service=self.service.name,
                delay=delay,
            )
            self._later = self._reactor.callLater(delay, self._watchAgain)
            return
        try:
            _run(
                self._reactor,
                self.service,
                self._watched.fileno(),
                self.stderrFile,
                self._watchAgain,
            )
        except OSError:
            _log.failure("Unable to start {program}", program=self.service.program)
            self._watchAgain()

    def _watchAgain(self) -> None:
        if self._watched is not None:
            self._watched.startReading()
