"""
Policies on time: connections end when nothing has happened on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet import error
from twisted.protocols._policies_wrapping import ProtocolWrapper, WrappingFactory, _watched


def _later(seconds: float, func: Callable[..., Any]) -> Any:
    """Have the reactor call *func*."""
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    return reactor.callLater(seconds, func)  # type: ignore[attr-defined]


def _drop(call: Any) -> None:
    """Cancel a delayed call, if there is one and it waits still."""
    if call is not None:
        try:
            call.cancel()
        except (error.AlreadyCalled, error.AlreadyCancelled):
            pass


class _Clocked:
    """
    For those who wait.
    """

    def callLater(self, period: float, func: Callable[[], Any]) -> Any:
        """Have *func* called; to be overridden with another clock."""
        return _later(period, func)


class TimeoutProtocol(ProtocolWrapper):
    """
    Closes when nothing has come or gone for some time.

    @ivar timeoutPeriod: for how many seconds; L{None} to wait for ever.
    @ivar timeoutCall: what waits; L{None} if nothing does.
    """

    def __init__(self, factory: Any, wrappedProtocol: Any, timeoutPeriod: float | None) -> None:
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.timeoutCall: Any = None
        self.timeoutPeriod: float | None = None
        self.setTimeout(timeoutPeriod)

    def _watch(self, how: str, passing: Any) -> Any:
        self.resetTimeout()
        return passing

    @_watched(_watch)
    def dataReceived(self, data: bytes) -> None:
        """Wait anew, and pass *data* on."""

    @_watched(_watch)
    def write(self, data: bytes) -> None:
        """Send *data*, and wait anew."""

    @_watched(_watch)
    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Send all of *seq*, and wait anew."""

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Wait no longer, and pass it on."""
        self.cancelTimeout()
        ProtocolWrapper.connectionLost(self, reason)

    def setTimeout(self, timeoutPeriod: float | None = None) -> None:
        """
        Begin to wait anew.

        @param timeoutPeriod: for how many seconds, from now on; L{None} for as
            long as before.
        """
        self.cancelTimeout()
        period = self.timeoutPeriod if timeoutPeriod is None else timeoutPeriod
        self.timeoutPeriod = period
        if period is not None:
            self.timeoutCall = self.factory.callLater(period, self.timeoutFunc)

    def resetTimeout(self) -> None:
        """Something has passed: begin to wait anew, if it waits at all."""
        waiting = self.timeoutCall
        if waiting is not None:
            waiting.reset(self.timeoutPeriod)

    def cancelTimeout(self) -> None:
        """Wait no longer, until C{setTimeout} is called."""
        waiting, self.timeoutCall = self.timeoutCall, None
        _drop(waiting)

    def timeoutFunc(self) -> None:
        """It was too long: close; to be overridden."""
        # What has fired cannot be reset by what is still sent.
        self.timeoutCall = None
        self.loseConnection()


class TimeoutFactory(_Clocked, WrappingFactory[TimeoutProtocol]):
    """
    Closes connections on which nothing has come or gone for some time.

    @ivar timeoutPeriod: for how many seconds; L{None} to wait for ever.
    """

    protocol = TimeoutProtocol

    def __init__(self, wrappedFactory: Any, timeoutPeriod: float | None = 30 * 60) -> None:
        self.timeoutPeriod = timeoutPeriod
        WrappingFactory.__init__(self, wrappedFactory)

    def _wrap(self, inner: Any) -> Any:
        return self.protocol(self, inner, timeoutPeriod=self.timeoutPeriod)


class TimeoutMixin(_Clocked):
    """
    For protocols that want to know when nothing has happened for some time.

    Call C{setTimeout} when to begin (perhaps in C{connectionMade}),
    C{resetTimeout} whenever something happens, and C{setTimeout(None)} in
    C{connectionLost}.

    @cvar timeOut: for how many seconds it waits; L{None} if it does not.
    """

    timeOut: float | None = None

    __timeoutCall: Any = None

    def resetTimeout(self) -> None:
        """Something has happened: begin to wait anew, if it waits at all."""
        waiting, period = self.__timeoutCall, self.timeOut
        if not (waiting is None or period is None):
            waiting.reset(period)

    def setTimeout(self, period: float | None) -> float | None:
        """
        Wait for *period* seconds from now on.

        @param period: L{None} not to wait.
        @return: what it was before.
        """
        before, self.timeOut = self.timeOut, period
        call = self.__timeoutCall
        if period is None:
            self.__timeoutCall = None
            _drop(call)
        elif call is None or not call.active():
            self.__timeoutCall = self.callLater(period, self.__expire)
        else:
            call.reset(period)
        return before

    def __expire(self) -> None:
        """It was too long."""
        self.__timeoutCall = None
        self.timeoutConnection()

    def timeoutConnection(self) -> None:
        """Close the connection; to be overridden."""
        self.transport.loseConnection()  # type: ignore[attr-defined]
