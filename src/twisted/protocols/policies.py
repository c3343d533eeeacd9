"""
Policies around protocols and factories: limits, timeouts, throttles, logs.

Most of them wrap: a L{WrappingFactory} stands between a port and a factory, and
for each connection a L{ProtocolWrapper} stands between the transport and the
protocol. To the transport it is the protocol, to the protocol the transport.
L{TimeoutMixin} is for protocols that watch over themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from twisted.protocols._policies_limits import (
    LimitConnectionsByPeer,
    LimitTotalConnectionsFactory,
    ThrottlingFactory,
    ThrottlingProtocol,
)
from twisted.protocols._policies_timing import TimeoutFactory, TimeoutMixin, TimeoutProtocol
from twisted.protocols._policies_wrapping import (
    WP as WP,
)
from twisted.protocols._policies_wrapping import (
    ProtocolWrapper,
    WrappingFactory,
    _watched,
)
from twisted.protocols._policies_wrapping import (
    _prefixOf as _prefixOf,
)
from twisted.python import log
from twisted.python._facade import publish

__all__ = [
    "LimitConnectionsByPeer",
    "LimitTotalConnectionsFactory",
    "ProtocolWrapper",
    "SpewingFactory",
    "SpewingProtocol",
    "ThrottlingFactory",
    "ThrottlingProtocol",
    "TimeoutFactory",
    "TimeoutMixin",
    "TimeoutProtocol",
    "TrafficLoggingFactory",
    "TrafficLoggingProtocol",
    "WrappingFactory",
]


class SpewingProtocol(ProtocolWrapper):
    """
    Says in the log what passes.
    """

    def _watch(self, how: str, passing: Any) -> Any:
        log.msg(f"{'Sending' if how == 'write' else 'Received'}: {passing!r}")
        return passing

    @_watched(_watch)
    def dataReceived(self, data: bytes) -> None:
        """Log *data* and pass it on."""

    @_watched(_watch)
    def write(self, data: bytes) -> None:
        """Log *data* and send it."""


class SpewingFactory(WrappingFactory[SpewingProtocol]):
    """
    Says in the log what passes on each connection.
    """

    protocol = SpewingProtocol


class TrafficLoggingProtocol(ProtocolWrapper):
    """
    Writes to a file what passes: C{C} is from the client, C{S} from the
    server, C{SV} what it sent in one sequence, C{*} that it began or ended.

    @ivar logfile: a text file.
    """

    def __init__(
        self,
        factory: Any,
        wrappedProtocol: Any,
        logfile: IO[str],
        lengthLimit: int | None = None,
        number: int = 0,
    ) -> None:
        """
        @param lengthLimit: how many bytes of a piece to write at the most.
        @param number: what to call the connection.
        """
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.logfile = logfile
        self.lengthLimit = lengthLimit
        self._number = number

    def _log(self, line: str) -> None:
        """Write a line, so that it can be read at once."""
        print(line, file=self.logfile, flush=True)

    def _shortened(self, data: bytes) -> bytes:
        """Return *data*, or the beginning of it if it is too long."""
        limit = self.lengthLimit
        if limit and len(data) > limit:
            return data[: max(0, limit - 12)] + b"<... elided>"
        return data

    def _watch(self, how: str, passing: Any) -> Any:
        who = {"dataReceived": "C", "write": "S", "writeSequence": "SV"}[how]
        shown: Any
        if how == "writeSequence":
            passing = list(passing)
            shown = [self._shortened(piece) for piece in passing]
        else:
            shown = self._shortened(passing)
        self._log(f"{who} {self._number}: {shown!r}")
        return passing

    @_watched(_watch)
    def dataReceived(self, data: bytes) -> None:
        """Write what came, and pass it on."""

    @_watched(_watch)
    def write(self, data: bytes) -> None:
        """Write what goes, and send it."""

    @_watched(_watch)
    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write what goes, and send it."""

    def connectionMade(self) -> None:
        """Write that it begins."""
        self._log("*")
        return ProtocolWrapper.connectionMade(self)

    def loseConnection(self) -> None:
        """Write that it ends, and end it."""
        self._log(f"S {self._number}: *")
        ProtocolWrapper.loseConnection(self)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Write why it ended, and pass it on."""
        self._log(f"C {self._number}: {reason!r}")
        ProtocolWrapper.connectionLost(self, reason)


class TrafficLoggingFactory(WrappingFactory[TrafficLoggingProtocol]):
    """
    Writes what passes on each connection to a file of its own.
    """

    protocol = TrafficLoggingProtocol
    _counter = 0

    def __init__(
        self, wrappedFactory: Any, logfilePrefix: str, lengthLimit: int | None = None
    ) -> None:
        """
        @param logfilePrefix: where the files are: with C{"log/web"} they are
            C{log/web-1}, C{log/web-2} and so on.
        @param lengthLimit: how many bytes of a piece to write at the most.
        """
        self.logfilePrefix = logfilePrefix
        self.lengthLimit = lengthLimit
        WrappingFactory.__init__(self, wrappedFactory)

    def open(self, name: str) -> IO[str]:
        """Open the file called *name*; to be overridden for other places."""
        return open(name, "w")

    def _wrap(self, inner: Any) -> Any:
        number = self._counter = self._counter + 1
        logfile = self.open(f"{self.logfilePrefix}-{number}")
        return self.protocol(self, inner, logfile, self.lengthLimit, number)

    def resetCounter(self) -> None:
        """Begin again with the first number; this may overwrite files."""
        self._counter = 0


publish(__name__, globals(), __all__)
