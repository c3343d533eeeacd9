"""
A client that stays connected: L{ClientService}.

The rules of its states are in C{_TRANSITIONS}; the methods named there do what
is to be done on the way from one state to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from random import random
from typing import Any

from zope.interface import directlyProvides, implementer, providedBy

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

#: A longer row of failures makes no difference to any delay, but to the power.
_MANY_ATTEMPTS = 1000


def backoffPolicy(
    initialDelay: float = 1.0,
    maxDelay: float = 60.0,
    factor: float = 1.5,
    jitter: Callable[[], float] = random,
) -> Callable[[int], float]:
    """
    Make a retry policy for L{ClientService}: longer and longer delays.

    @param initialDelay: seconds, to which C{factor} is applied once for each
        failed attempt.
    @param maxDelay: the most it grows to, in seconds.
    @param factor: by how much it grows.
    @param jitter: returns seconds to be added, so that clients do not all come
        back at the same moment.
    @return: a function from the number of failed attempts to the seconds to wait.
    """

    def policy(attempt: int) -> float:
        try:
            delay = initialDelay * factor ** min(attempt, _MANY_ATTEMPTS)
        except OverflowError:
            delay = maxDelay
        return min(delay, maxDelay) + jitter()

    return policy


class _Observed:
    """
    A protocol whose end is told to the service as well.

    Everything but C{connectionLost} is the protocol's own.
    """

    def __init__(self, protocol: Any, lost: Callable[[Failure], None]) -> None:
        vars(self).update(_protocol=protocol, _lost=lost)
        # Transports look for interfaces before they call further methods.
        directlyProvides(self, *providedBy(protocol))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def __setattr__(self, name: str, value: object) -> None:
        # zope.interface keeps here what we provide.
        target = self if name.startswith("__") else self._protocol
        object.__setattr__(target, name, value)

    def connectionLost(self, reason: Failure) -> None:
        """Tell the protocol, then the service."""
        try:
            self._protocol.connectionLost(reason)
        finally:
            self._lost(reason)

    def __repr__(self) -> str:
        return f"<connection of a ClientService with {self._protocol!r}>"


@implementer(IProtocolFactory)
class _ObservingFactory:
    """
    Builds the application's protocols, for one attempt to connect.
    """

    def __init__(self, factory: Any, lost: Callable[[Failure], None]) -> None:
        self._factory = factory
        self._lost = lost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def buildProtocol(self, addr: Any) -> Any:
        """Build a protocol, unless the application's factory does not want to."""
        protocol = self._factory.buildProtocol(addr)
        return None if protocol is None else _Observed(protocol, self._lost)

    def __repr__(self) -> str:
        return f"<connections of a ClientService by {self._factory!r}>"


class _Attempt:
    """
    One attempt to connect, and the connection that comes of it.

    Calls C{succeeded(protocol)}, C{failed(reason)} and C{lost(reason)} of its
    owner, with itself first; C{failed} ends it, so does C{lost}.
    """

    def __init__(self, owner: ClientService, prepare: Callable[[Any], object] | None) -> None:
        self._owner = owner
        self._prepare = prepare
        self._protocol: Any = None
        self._over = False
        self._deferred: Deferred[Any] | None = None

    def begin(self, endpoint: Any, factory: Any) -> None:
        """Connect."""
        observing = _ObservingFactory(factory, self._disconnected)
        deferred = self._deferred = maybeDeferred(endpoint.connect, observing)
        deferred.addCallback(self._connected)
        deferred.addCallbacks(self._ready, self._failed)

    def _connected(self, observed: Any) -> Any:
        self._protocol = observed
        protocol = observed._protocol
        if self._prepare is None:
            return protocol
        preparing = maybeDeferred(self._prepare, observed)
        return preparing.addCallback(lambda ignored: protocol)

    def _ready(self, protocol: Any) -> None:
        self._deferred = None
        if not self._over:
            self._owner._step("made", self, protocol)

    def _failed(self, reason: Failure) -> None:
        self._deferred = None
        if self._over:
            return
        self._over = True
        if self._protocol is not None:
            # Made, but rejected: nobody is going to use it.
            self._protocol.transport.loseConnection()
        self._owner._step("failed", self, reason)

    def _disconnected(self, reason: Failure) -> None:
        if self._over:
            return
        if self._deferred is None:
            self._over = True
            self._owner._step("lost", self, reason)
            return
        # Still being made or prepared: that failed.
        deferred = self._deferred
        self._failed(reason)
        deferred.cancel()

    def abandon(self) -> None:
        """Close what there is; it may be over at once or later."""
        if self._deferred is not None:
            self._deferred.cancel()
        if not self._over and self._protocol is not None:
            self._protocol.transport.loseConnection()


class _State(Enum):
    """Where a L{ClientService} stands."""

    IDLE = auto()
    CONNECTING = auto()
    WAITING = auto()
    CONNECTED = auto()
    DISCONNECTING = auto()
    RESTARTING = auto()


# By state and input: the next state, and the method that is called in it.
_TRANSITIONS: dict[tuple[_State, str], tuple[_State, str]] = {
    (_State.IDLE, "start"): (_State.CONNECTING, "_connect"),
    (_State.IDLE, "stop"): (_State.IDLE, "_finish"),
    (_State.CONNECTING, "made"): (_State.CONNECTED, "_connectionReady"),
    (_State.CONNECTING, "failed"): (_State.WAITING, "_attemptFailed"),
    (_State.CONNECTING, "stop"): (_State.DISCONNECTING, "_disconnect"),
    (_State.WAITING, "retry"): (_State.CONNECTING, "_connect"),
    (_State.WAITING, "stop"): (_State.IDLE, "_stopWaiting"),
    (_State.CONNECTED, "lost"): (_State.WAITING, "_wait"),
    (_State.CONNECTED, "stop"): (_State.DISCONNECTING, "_disconnect"),
    (_State.DISCONNECTING, "made"): (_State.DISCONNECTING, "_disconnect"),
    (_State.DISCONNECTING, "failed"): (_State.IDLE, "_finish"),
    (_State.DISCONNECTING, "lost"): (_State.IDLE, "_finish"),
    (_State.DISCONNECTING, "stop"): (_State.DISCONNECTING, "_nothing"),
    (_State.DISCONNECTING, "start"): (_State.RESTARTING, "_nothing"),
    (_State.RESTARTING, "made"): (_State.RESTARTING, "_disconnect"),
    (_State.RESTARTING, "failed"): (_State.CONNECTING, "_connectAgain"),
    (_State.RESTARTING, "lost"): (_State.CONNECTING, "_connectAgain"),
    (_State.RESTARTING, "stop"): (_State.DISCONNECTING, "_nothing"),
}


class ClientService(Service):
    """
    Keeps one connection to an endpoint: connects when it starts, connects again
    when that fails or the connection is lost, and closes it when it stops.
    """

    _log = Logger()

    def __init__(
        self,
        endpoint: Any,
        factory: Any,
        retryPolicy: Callable[[int], float] | None = None,
        clock: Any = None,
        prepareConnection: Callable[[Any], object] | None = None,
    ) -> None:
        """
        @param endpoint: an L{IStreamClientEndpoint
            <twisted.internet.interfaces.IStreamClientEndpoint>}.
        @param factory: the factory of the protocols.
        @param retryPolicy: a function from the number of failures in a row (a lost
            connection is the first) to the seconds until the next attempt; by
            default what L{backoffPolicy} makes.
        @param clock: an C{IReactorTime} to wait with, by default the reactor.
        @param prepareConnection: called with each new protocol; if it raises, or
            returns a Deferred that fails, the connection is closed and the
            attempt counts as failed.  Nobody gets the protocol before that
            Deferred has fired.
        """
        self._endpoint = endpoint
        self._factory = factory
        self._retryPolicy = retryPolicy if retryPolicy is not None else backoffPolicy()
        self._clock = clock
        self._prepareConnection = prepareConnection
        self._state = _State.IDLE
        self._failures = 0
        self._attempt: _Attempt | None = None
        self._protocol: Any = None
        self._retryCall: Any = None
        self._stopping: list[Deferred[None]] = []
        self._awaiting: list[tuple[Deferred[Any], int | None]] = []

    def __getstate__(self) -> dict[str, Any]:
        """Save what it was made of, to start afresh where it is loaded."""
        fresh = ClientService(
            self._endpoint, self._factory, self._retryPolicy, None, self._prepareConnection
        )
        return {**super().__getstate__(), **vars(fresh)}

    def startService(self) -> None:
        """
        Begin to connect, or to connect again when an old connection is closed.
        """
        if self.running:
            self._log.warn("Duplicate ClientService.startService {log_source}")
            return
        super().startService()
        self._step("start")

    def stopService(self) -> Deferred[None]:
        """
        Close the connection, or give up connecting.

        @return: a Deferred that fires with L{None} when that is done.
        """
        super().stopService()
        if self._state is _State.IDLE:
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._stopping.append(stopped)
        self._step("stop")
        return stopped

    def whenConnected(self, failAfterFailures: int | None = None) -> Deferred[Any]:
        """
        Ask for the protocol that is connected, or the next one to be.

        @param failAfterFailures: how many more failed attempts to put up with;
            1 does with none, L{None} with all.
        @return: a Deferred that fires with the factory's protocol.  It fails with
            the reason of the last failure, or with L{CancelledError
            <twisted.internet.defer.CancelledError>} when the service stops.
        """
        if self._state is _State.CONNECTED:
            return succeed(self._protocol)
        if self._state is _State.IDLE:
            return fail(CancelledError())
        waiting: Deferred[Any] = Deferred(self._forget)
        self._awaiting.append((waiting, failAfterFailures))
        return waiting

    def _forget(self, waiting: Deferred[Any]) -> None:
        self._awaiting = [entry for entry in self._awaiting if entry[0] is not waiting]

    def _step(self, event: str, attempt: _Attempt | None = None, *details: Any) -> None:
        """Go on to the next state."""
        if attempt is not None and attempt is not self._attempt:
            return
        self._state, action = _TRANSITIONS[self._state, event]
        getattr(self, action)(*details)

    # What is done on the way.

    def _connect(self, reason: Failure | None = None) -> None:
        self._retryCall = None
        self._attempt = _Attempt(self, self._prepareConnection)
        self._attempt.begin(self._endpoint, self._factory)

    def _connectionReady(self, protocol: Any) -> None:
        self._failures = 0
        self._protocol = protocol
        waiting, self._awaiting = self._awaiting, []
        for deferred, _ in waiting:
            deferred.callback(protocol)

    def _attemptFailed(self, reason: Failure) -> None:
        # The timer first: those who are told may stop the service.
        self._wait(reason)
        waiting, self._awaiting = self._awaiting, []
        impatient = []
        for deferred, remaining in waiting:
            if remaining is not None and remaining <= 1:
                impatient.append(deferred)
            else:
                self._awaiting.append((deferred, None if remaining is None else remaining - 1))
        for deferred in impatient:
            deferred.errback(reason)

    def _wait(self, reason: Failure) -> None:
        self._attempt = self._protocol = None
        self._failures += 1
        delay = self._retryPolicy(self._failures)
        self._log.info(
            "Scheduling retry {attempt} to connect {endpoint} in {delay} seconds.",
            attempt=self._failures,
            endpoint=self._endpoint,
            delay=delay,
            reason=reason,
        )
        self._retryCall = self._time().callLater(delay, self._step, "retry")

    def _time(self) -> Any:
        if self._clock is None:
            # Late: the reactor may be chosen after the service was made.
            from twisted.internet import reactor

            return reactor
        return self._clock

    def _stopWaiting(self) -> None:
        self._retryCall.cancel()
        self._finish()

    def _disconnect(self, protocol: Any = None) -> None:
        self._protocol = None
        if self._attempt is not None:
            self._attempt.abandon()

    def _connectAgain(self, reason: Failure) -> None:
        self._stopped()
        # Those who were told may have stopped it again.
        if self._state is _State.CONNECTING:
            self._connect()

    def _finish(self, reason: Failure | None = None) -> None:
        self._attempt = self._protocol = self._retryCall = None
        self._failures = 0
        waiting, self._awaiting = self._awaiting, []
        for deferred, _ in waiting:
            deferred.errback(CancelledError())
        self._stopped()

    def _stopped(self) -> None:
        stopping, self._stopping = self._stopping, []
        for deferred in stopping:
            deferred.callback(None)

    def _nothing(self) -> None:
        """The state says it all."""
