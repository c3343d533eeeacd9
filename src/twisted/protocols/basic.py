"""
Basic protocols: lines, netstrings, strings with their length before them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, NoReturn

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet import defer, interfaces, protocol
from twisted.protocols._framing_py import (
    IntNFramer as _PureIntN,
)
from twisted.protocols._framing_py import (
    LineFramer as _PureLine,
)
from twisted.protocols._framing_py import (
    LineOnlyFramer as _LineOnlyFramer,
)
from twisted.protocols._framing_py import (
    NetstringFramer as _PureNetstring,
)
from twisted.protocols._framing_py import (
    formatNetstring as _formatNetstring,  # noqa: F401  (known by this name)
)
from twisted.python import log


def _split(data: bytes, delimiter: bytes) -> list[bytes]:
    return data.split(delimiter)


if TYPE_CHECKING:
    _LineFramer = _PureLine
    _splitLines = _split
    _IntNFramer = _PureIntN
    _NetstringFramer = _PureNetstring
else:
    _COMPILED = "twisted.protocols._framing_c"
    _LineFramer = pick("framing", _PureLine, _COMPILED)
    _splitLines = pick("framing", _split, _COMPILED, "splitLines")
    _IntNFramer = pick("framing", _PureIntN, _COMPILED)
    _NetstringFramer = pick("framing", _PureNetstring, _COMPILED)

DEBUG = 0


class NetstringParseError(ValueError):
    """What came is no netstring."""


class IncompleteNetstring(Exception):
    """A netstring is not all there."""


class StringTooLongError(AssertionError):
    """A string is longer than its prefix can tell."""


class NetstringReceiver(_NetstringFramer, protocol.Protocol):
    """
    Sends and receives netstrings: length, colon, bytes, comma.

    @cvar MAX_LENGTH: bytes of the longest string that is received; the peer
        who sends a longer one is disconnected.
    @ivar brokenPeer: whether the peer has sent what is no netstring.
    """

    def makeConnection(self, transport: Any) -> None:
        """Begin anew, with *transport*."""
        protocol.Protocol.makeConnection(self, transport)
        self._beginAnew()

    def stringReceived(self, string: bytes) -> None:
        """
        A string has arrived; to be overridden.

        @raise NotImplementedError: it was not.
        """
        raise NotImplementedError()


class LineOnlyReceiver(_LineOnlyFramer, protocol.Protocol):
    """
    Sends and receives lines, and nothing else.

    @cvar delimiter: what ends a line.
    @cvar MAX_LENGTH: bytes of the longest line.
    """

    _split = staticmethod(_splitLines)

    def lineReceived(self, line: bytes) -> None:
        """
        A line has arrived, without its delimiter; to be overridden.

        @raise NotImplementedError: it was not.
        """
        raise NotImplementedError

    def lineLengthExceeded(self, line: bytes) -> Any:
        """
        A line is too long: close.  To be overridden.
        """
        return self.transport.loseConnection()


def _obey(receiver: _PauseableMixin, word: str) -> None:
    """Note *word*, a method of L{interfaces.IPushProducer}, and pass it on."""
    receiver.paused = word != "resumeProducing"
    getattr(receiver.transport, word)()


class _PauseableMixin:
    """
    Stops consuming what has arrived already, as well as reading more.

    @ivar paused: whether it has.
    """

    paused: Any = False
    transport: Any

    def pauseProducing(self) -> None:
        """Read and consume nothing until C{resumeProducing}."""
        _obey(self, "pauseProducing")

    def resumeProducing(self) -> None:
        """Go on, with what has arrived already."""
        _obey(self, "resumeProducing")
        self.dataReceived(b"")  # type: ignore[attr-defined]

    def stopProducing(self) -> None:
        """Stop for good."""
        _obey(self, "stopProducing")


class LineReceiver(_LineFramer, protocol.Protocol, _PauseableMixin):
    """
    Sends and receives lines, and raw bytes in between.

    @ivar line_mode: whether lines are being cut.
    @cvar delimiter: what ends a line.
    @cvar MAX_LENGTH: bytes of the longest line; the peer who sends a longer
        one is disconnected.
    """

    def clearLineBuffer(self) -> bytes:
        """
        Forget what has arrived and is not consumed.

        @return: that.
        """
        rest: bytes = self._buffer
        self._buffer = b""
        return rest

    def setLineMode(self, extra: bytes = b"") -> Any:
        """
        Cut lines from now on.

        @param extra: bytes that were received raw and belong to a line.
        """
        self.line_mode = 1
        if extra:
            return self.dataReceived(extra)
        return None

    def setRawMode(self) -> None:
        """Pass on raw bytes from now on, with what has arrived already."""
        self.line_mode = 0

    def rawDataReceived(self, data: bytes) -> Any:
        """
        Raw bytes have arrived; to be overridden.

        @raise NotImplementedError: it was not.
        """
        raise NotImplementedError

    def lineReceived(self, line: bytes) -> Any:
        """
        A line has arrived, without its delimiter; to be overridden.

        @raise NotImplementedError: it was not.
        """
        raise NotImplementedError

    def lineLengthExceeded(self, line: bytes) -> Any:
        """
        A line is too long: close.  To be overridden.

        @param line: all that has arrived and is not consumed.
        """
        return self.transport.loseConnection()


class IntNStringReceiver(_IntNFramer, protocol.Protocol, _PauseableMixin):
    """
    Sends and receives strings with their length before them.

    @cvar MAX_LENGTH: bytes of the longest string that is received; the peer
        who sends a longer one is disconnected.
    @cvar structFormat: of the length, as L{struct} has it.
    @cvar prefixLength: bytes of the length.
    """

    def stringReceived(self, string: bytes) -> None:
        """
        A string has arrived; to be overridden.

        @raise NotImplementedError: it was not.
        """
        raise NotImplementedError

    def lengthLimitExceeded(self, length: int) -> None:
        """
        A string is too long: close.  To be overridden.

        @param length: its length, of which nothing has been consumed.
        """
        self.transport.loseConnection()

    def _refuseString(self, size: int, bound: int) -> NoReturn:
        raise StringTooLongError(f"Try to send {size} bytes whereas maximum is {bound}")


class Int32StringReceiver(IntNStringReceiver):
    """Sends and receives strings with a length of 32 bits before them."""

    structFormat = "!I"
    prefixLength = 4


class Int16StringReceiver(IntNStringReceiver):
    """Sends and receives strings with a length of 16 bits before them."""

    structFormat = "!H"
    prefixLength = 2


class Int8StringReceiver(IntNStringReceiver):
    """Sends and receives strings with a length of 8 bits before them."""

    structFormat = "!B"
    prefixLength = 1


def _noSuchState(string: bytes) -> Any:
    """Take a string in a state that has no method: nothing follows on it."""
    return _noSuchState


class StatefulStringProtocol:
    """
    Gives each string to the method C{proto_} and the state; what that returns
    is the next state.

    @cvar state: the first one.
    """

    state = "init"

    def stringReceived(self, string: bytes) -> None:
        """Give *string* to the method of the state."""
        name = "proto_" + self.state
        following = getattr(self, name, _noSuchState)(string)
        if following is _noSuchState:
            log.msg(f"call method {name} not found")
            return
        self.state = following
        if following == "done":
            self.transport.loseConnection()  # type: ignore[attr-defined]


@implementer(interfaces.IProducer)
class FileSender:
    """
    Produces what is in a file.

    @cvar CHUNK_SIZE: bytes that are read at once.
    @ivar lastSent: the last byte sent.
    """

    CHUNK_SIZE = 2**14
    lastSent: Any = ""
    deferred: Any = None
    file: Any
    consumer: Any
    transform: Any

    def beginFileTransfer(
        self,
        file: IO[bytes],
        consumer: Any,
        transform: Callable[[bytes], bytes] | None = None,
    ) -> defer.Deferred[bytes]:
        """
        Send what is in *file*.

        @param consumer: an L{interfaces.IConsumer}.
        @param transform: changes each piece before it is sent.
        @return: fires with the last byte sent, or fails if the consumer
            stops it.
        """
        self.file, self.consumer, self.transform = file, consumer, transform
        done: defer.Deferred[bytes] = defer.Deferred()
        self.deferred = done
        consumer.registerProducer(self, False)
        return done

    def _fireOnce(self, tell: Callable[[defer.Deferred[bytes]], None]) -> None:
        """Have *tell* fire the Deferred, unless it has fired."""
        done, self.deferred = self.deferred, None
        if done:
            tell(done)

    def resumeProducing(self) -> None:
        """Send the next piece."""
        read = self.file.read(self.CHUNK_SIZE) if self.file else b""
        if read:
            piece = (self.transform or defer.passthru)(read)
            self.consumer.write(piece)
            self.lastSent = piece[-1:]
        else:
            self.file = None
            self.consumer.unregisterProducer()
            self._fireOnce(lambda done: done.callback(self.lastSent))

    def pauseProducing(self) -> None:
        """Do nothing: it sends when it is asked."""

    def stopProducing(self) -> None:
        """The consumer is gone: fail."""
        gone = Exception("Consumer asked us to stop producing")
        self._fireOnce(lambda done: done.errback(gone))


__all__ = [
    "FileSender",
    "IncompleteNetstring",
    "Int8StringReceiver",
    "Int16StringReceiver",
    "Int32StringReceiver",
    "IntNStringReceiver",
    "LineOnlyReceiver",
    "LineReceiver",
    "NetstringParseError",
    "NetstringReceiver",
    "StatefulStringProtocol",
    "StringTooLongError",
]
