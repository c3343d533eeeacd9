"""
Services that use the reactor: clients, servers and what is done periodically.

L{StreamServerEndpointService} and L{ClientService} take endpoints.  The others
(L{TCPServer}, L{UNIXClient} and so on) pass what they are made with to the
method of the reactor that their name says, when they are started::

    TCPServer(8080, Site(root))      # reactor.listenTCP(8080, Site(root))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twisted.application import service
from twisted.application._reconnecting import ClientService, backoffPolicy
from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python._facade import publish
from twisted.python.failure import Failure

__all__ = [
    "TimerService",
    "CooperatorService",
    "MulticastServer",
    "StreamServerEndpointService",
    "UDPServer",
    "ClientService",
    "TCPServer",
    "TCPListener",
    "TCPClient",
    "UNIXServer",
    "UNIXClient",
    "SSLServer",
    "SSLClient",
    "UNIXDatagramServer",
    "UNIXDatagramClient",
    "backoffPolicy",
]

publish(__name__, globals(), ["ClientService", "backoffPolicy"])

_log = Logger()


def _maybeGlobalReactor(maybeReactor: Any) -> Any:
    """
    Return *maybeReactor*, or the global reactor if it is L{None}.
    """
    if maybeReactor is not None:
        return maybeReactor
    # Late: the reactor may be chosen after this module was imported.
    from twisted.internet import reactor

    return reactor


class _VolatileDataService(service.Service):
    """
    A service with attributes that are not saved with it.
    """

    volatile: list[str] = []

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {key: value for key, value in state.items() if key not in self.volatile}


class _Transported(_VolatileDataService):
    """
    A service that calls a method of the reactor with what it was made with, and
    keeps what that returns while it runs.

    @cvar method: the method's name without the verb.
    @cvar _verb: the verb.
    @cvar _kept: the name of the attribute that what is returned is kept in.
    @ivar reactor: whose method, by default the global reactor's.
    """

    method = ""
    reactor: Any = None
    _verb = ""
    _kept = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """
        @param args: passed on to the reactor, and so is C{kwargs}.
        @param kwargs: C{reactor} is not passed on: it says which.
        """
        if "reactor" in kwargs:
            self.reactor = kwargs.pop("reactor")
        self.args = args
        self.kwargs = kwargs

    def _obtain(self) -> Any:
        """Call the reactor's method."""
        reactor = _maybeGlobalReactor(self.reactor)
        return getattr(reactor, f"{self._verb}{self.method}")(*self.args, **self.kwargs)

    def _keep(self, obtained: Any) -> Any:
        """Keep *obtained*, and return what was kept before."""
        before = getattr(self, self._kept)
        setattr(self, self._kept, obtained)
        return before


class _AbstractServer(_Transported):
    """
    Listens while it runs.  It begins to before privileges are given up.
    """

    _verb = "listen"
    _kept = "_port"
    _port: Any = None
    volatile = [_kept]
    _getPort = _Transported._obtain

    def privilegedStartService(self) -> None:
        """
        Listen.
        """
        self._keep(self._getPort())

    def startService(self) -> None:
        """
        Listen, if that was not done before.
        """
        service.Service.startService(self)
        if self._port is None:
            self._keep(self._getPort())

    def stopService(self) -> Deferred[Any] | None:
        """
        Stop listening.

        @return: a Deferred that fires when the port is closed, or L{None} if there
            was none.
        """
        service.Service.stopService(self)
        port = self._keep(None)
        return None if port is None else maybeDeferred(port.stopListening)


class _AbstractClient(_Transported):
    """
    Connects when it starts, and disconnects when it stops; what happens between
    is up to the factory.
    """

    _verb = "connect"
    _kept = "_connection"
    _connection: Any = None
    volatile = [_kept]
    _getConnection = _Transported._obtain

    def startService(self) -> None:
        """
        Connect.
        """
        service.Service.startService(self)
        self._keep(self._getConnection())

    def stopService(self) -> None:
        """
        Disconnect, or stop connecting.
        """
        service.Service.stopService(self)
        connection = self._keep(None)
        if connection is not None:
            connection.disconnect()


class TCPServer(_AbstractServer):
    """Serves TCP: C{reactor.listenTCP} with the arguments it was made with."""

    method = "TCP"


#: The Essentials book calls it that.
TCPListener = TCPServer


class UNIXServer(_AbstractServer):
    """Serves a UNIX socket: C{reactor.listenUNIX} with its arguments."""

    method = "UNIX"


class SSLServer(_AbstractServer):
    """Serves TLS: C{reactor.listenSSL} with the arguments it was made with."""

    method = "SSL"


class UDPServer(_AbstractServer):
    """Receives datagrams: C{reactor.listenUDP} with its arguments."""

    method = "UDP"


class UNIXDatagramServer(_AbstractServer):
    """Receives local datagrams: C{reactor.listenUNIXDatagram} with its arguments."""

    method = "UNIXDatagram"


class MulticastServer(_AbstractServer):
    """Receives datagrams of groups: C{reactor.listenMulticast} with its arguments."""

    method = "Multicast"


class TCPClient(_AbstractClient):
    """Connects by TCP: C{reactor.connectTCP} with the arguments it was made with."""

    method = "TCP"


class UNIXClient(_AbstractClient):
    """Connects to a UNIX socket: C{reactor.connectUNIX} with its arguments."""

    method = "UNIX"


class SSLClient(_AbstractClient):
    """Connects by TLS: C{reactor.connectSSL} with the arguments it was made with."""

    method = "SSL"


class UNIXDatagramClient(_AbstractClient):
    """Sends local datagrams: C{reactor.connectUNIXDatagram} with its arguments."""

    method = "UNIXDatagram"


class TimerService(_VolatileDataService):
    """
    Calls a function periodically while it runs, for the first time at once.

    When it raises, or its Deferred fails, that is logged, and there are no further
    calls.

    @ivar clock: an C{IReactorTime}, L{None} for the reactor; to be set before the
        service starts.
    @ivar call: function, arguments and keyword arguments.
    """

    volatile = ["_loop", "_loopFinished"]

    def __init__(
        self, step: float, callable: Callable[..., object], *args: Any, **kwargs: Any
    ) -> None:
        """
        @param step: seconds from one call to the next.
        @param callable: called with C{args} and C{kwargs}; the next call waits for
            a Deferred that it returns.
        """
        self.step = step
        self.call = (callable, args, kwargs)
        self.clock: Any = None

    def startService(self) -> None:
        """
        Call the function, and begin to wait.
        """
        service.Service.startService(self)
        function, args, kwargs = self.call
        loop = self._loop = task.LoopingCall(function, *args, **kwargs)
        loop.clock = _maybeGlobalReactor(self.clock)
        self._loopFinished: Deferred[Any] = loop.start(self.step, now=True)
        self._loopFinished.addErrback(self._failed)

    def _failed(self, why: Failure) -> None:
        self._loop.running = False
        _log.failure("A TimerService stops calling its function, which failed", failure=why)

    def stopService(self) -> Deferred[Any]:
        """
        Stop.

        @return: a Deferred that fires with L{None} when a call under way has come
            to its end.
        """
        loop, finished = self._loop, self._loopFinished

        def stopped(ignored: Any) -> None:
            service.Service.stopService(self)

        if loop.running:
            loop.stop()
        return finished.addCallback(stopped)


class CooperatorService(service.Service):
    """
    Runs a L{task.Cooperator} while it runs.

    @ivar coop: the cooperator.
    """

    def __init__(self) -> None:
        self.coop = task.Cooperator(started=False)

    def _both(self, action: str) -> None:
        """Start or stop, as *action* says, as a service, and the cooperator."""
        getattr(service.Service, f"{action}Service")(self)
        getattr(self.coop, action)()

    def startService(self) -> None:
        """
        Begin, or go on.
        """
        self._both("start")

    def stopService(self) -> None:
        """
        Stop; what is not done by then fails.
        """
        self._both("stop")

    def coiterate(self, iterator: Iterator[Any]) -> Deferred[Any]:
        """
        Have the cooperator iterate, as L{task.Cooperator.coiterate}.
        """
        return self.coop.coiterate(iterator)


class StreamServerEndpointService(service.Service):
    """
    Serves on an endpoint while it runs.

    @ivar endpoint: an L{IStreamServerEndpoint
        <twisted.internet.interfaces.IStreamServerEndpoint>}.
    @ivar factory: the factory of the protocols.
    @ivar _raiseSynchronously: raise, out of the method that starts it, what keeps
        it from listening at once; L{twisted.application.strports.service} sets it.
    """

    _raiseSynchronously = False

    def __init__(self, endpoint: Any, factory: Any) -> None:
        self.endpoint = endpoint
        self.factory = factory
        self._waitingForPort: Deferred[Any] | None = None

    def privilegedStartService(self) -> None:
        """
        Listen.  If that fails it is logged, or raised.
        """
        service.Service.privilegedStartService(self)
        self._waitingForPort = waiting = self.endpoint.listen(self.factory)
        starting = True
        problems: list[Failure] = []

        def failed(reason: Failure) -> None:
            if starting and self._raiseSynchronously:
                problems.append(reason)
            elif not reason.check(CancelledError):
                _log.failure("Cannot listen on {endpoint}", reason, endpoint=self.endpoint)

        waiting.addErrback(failed)
        starting = False
        if problems:
            self._waitingForPort = None
            problems[0].raiseException()

    def startService(self) -> None:
        """
        Listen, if that was not done before.
        """
        service.Service.startService(self)
        if self._waitingForPort is None:
            self.privilegedStartService()

    def stopService(self) -> Deferred[Any]:
        """
        Stop listening, or give up the attempt.

        @return: a Deferred that fires with L{None} when the port is closed.
        """
        waiting, self._waitingForPort = self._waitingForPort, None
        if waiting is None:
            waiting = succeed(None)
        waiting.cancel()

        def close(port: Any) -> Any:
            return None if port is None else port.stopListening()

        def closed(result: Any) -> Any:
            service.Service.stopService(self)
            return result

        return waiting.addCallback(close).addBoth(closed)
