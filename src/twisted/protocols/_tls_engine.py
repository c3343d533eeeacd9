"""
TLS without I/O: ciphertext goes in, plaintext and events come out, and the other
way round.

Everything about the life of a TLS connection is here; nothing about transports,
protocols and reactors.  OpenSSL does the cryptography, between two buffers in
memory.  Each direction is closed by itself (RFC 8446, section 6.1).

What OpenSSL is not asked costs nothing: asking it for plaintext or ciphertext when
there is none is dearer than most things it is asked for, since the answer is an
exception.  So complete records are counted as they arrive, by their headers, and
OpenSSL is asked once for each.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Any, Final

from OpenSSL import SSL

from twisted.protocols._tls_calls import READ, Calls, callsOf

# A record has no more plaintext than this (RFC 8446, section 5.1).
RECORD: Final = 2**14
_HEADER: Final = 5

# What the ciphertext of a record is longer than its plaintext at the most.
_OVERHEAD: Final = 256

# Plaintext that is encrypted before its ciphertext is taken away.
PORTION: Final = 16 * RECORD


class Event(Enum):
    """
    What happened on the connection, besides plaintext.

    @cvar SHAKEN: the handshake is done.
    @cvar CLOSED: the peer has said that it sends nothing more.
    @cvar FAILED: the connection is of no use any more; C{Engine.problem} tells why.
    """

    SHAKEN = "shaken"
    CLOSED = "closed"
    FAILED = "failed"


class State(Enum):
    """
    @cvar SHAKING: the handshake is under way.
    @cvar OPEN: both directions are open.
    @cvar HEARING: we have closed our direction.
    @cvar TELLING: the peer has closed its.
    @cvar CLOSED: both are closed.
    @cvar FAILED: there was an error.
    """

    SHAKING = "shaking"
    OPEN = "open"
    HEARING = "hearing"
    TELLING = "telling"
    CLOSED = "closed"
    FAILED = "failed"


class _Step(Enum):
    SHAKEN = 1
    WE_CLOSE = 2
    THEY_CLOSE = 3
    FAIL = 4


_NEXT: Final = {
    (State.SHAKING, _Step.SHAKEN): State.OPEN,
    # A peer may refuse by closing instead of an error.
    (State.SHAKING, _Step.THEY_CLOSE): State.CLOSED,
    (State.OPEN, _Step.WE_CLOSE): State.HEARING,
    (State.OPEN, _Step.THEY_CLOSE): State.TELLING,
    (State.HEARING, _Step.THEY_CLOSE): State.CLOSED,
    (State.TELLING, _Step.WE_CLOSE): State.CLOSED,
} | {(state, _Step.FAIL): State.FAILED for state in State}

_MAYREAD: Final = (State.OPEN, State.HEARING)
_MAY_WRITE: Final = (State.OPEN, State.TELLING)


class RecordCounter:
    """
    Counts the records that are complete, however the stream is cut.

    @ivar complete: how many are, that nobody has taken off.
    """

    __slots__ = ("_head", "_missing", "complete")

    def __init__(self) -> None:
        self.complete = 0
        self._missing = 0
        self._head = b""

    def feed(self, data: bytes) -> None:
        """Look at more of the stream."""
        size = len(data)
        position = self._missing
        if not self._head and position == 0 and size >= _HEADER:
            # One whole record, which is what most peers send at a time.
            if size == _HEADER + (data[3] << 8 | data[4]):
                self.complete += 1
                return
        if position > size:
            self._missing -= size
            return
        if position:
            self.complete += 1
        elif self._head:
            data = self._head + data
            self._head = b""
            size = len(data)
        self._missing = 0
        while size - position >= _HEADER:
            position += _HEADER + (data[position + 3] << 8 | data[position + 4])
            if position > size:
                self._missing = position - size
                return
            self.complete += 1
        self._head = data[position:]


class Engine:
    """
    One end of a TLS connection.

    @ivar calls: by what the connection is called.
    @ivar state: one of L{State}.
    @ivar expected: how much ciphertext there may be to take away, in general.
    @ivar problem: why the connection failed, an exception; L{None} before.
    """

    __slots__ = (
        "_closing",
        "_rejected",
        "_told",
        "_waiting",
        "calls",
        "expected",
        "problem",
        "records",
        "state",
    )

    def __init__(self, connection: Any) -> None:
        """
        @param connection: it knows already whether it is a client's.
        """
        self.calls: Calls = callsOf(connection)
        self.state = State.SHAKING
        self.problem: BaseException | None = None
        self.records = RecordCounter()
        self._waiting: deque[Any] = deque()
        self._closing = False
        self._rejected: BaseException | None = None
        self._told = False
        self.expected = 0

    @property
    def connection(self) -> Any:
        """The C{OpenSSL.SSL.Connection}, which has no socket."""
        return self.calls.connection

    @connection.setter
    def connection(self, connection: Any) -> None:
        self.calls = callsOf(connection)

    def _step(self, step: _Step) -> bool:
        """Go to the next state, if there is a way."""
        after = _NEXT.get((self.state, step))
        if after is None:
            return False
        self.state = after
        return True

    # -- what arrives ---------------------------------------------------------

    def receive(self, ciphertext: bytes) -> None:
        """
        Take what has come from the peer; L{nextEvent} tells what it was.

        After the end, it is thrown away.
        """
        if ciphertext and self.state not in (State.FAILED, State.CLOSED):
            self.records.feed(ciphertext)
            self.calls.feed(ciphertext)

    def nextEvent(self) -> bytes | Event | None:
        """
        Return what happened next: plaintext, an L{Event}, or L{None} until
        more has been received.
        """
        state = self.state
        if state is State.OPEN or state is State.HEARING:
            return self._read() if self.records.complete else None
        if state is State.SHAKING:
            return self._shake()
        return self._tellFailure() if state is State.FAILED and not self._told else None

    def _read(self) -> bytes | Event | None:
        records = self.records
        records.complete -= 1
        try:
            plaintext: bytes = self.calls.read()
        except SSL.WantReadError:
            # Tickets, updates of keys, alerts that are mere warnings.  OpenSSL has
            # read them all, and may have an answer.
            records.complete = 0
            self.expected += READ
            return None
        except SSL.ZeroReturnError:
            self._step(_Step.THEY_CLOSE)
            return Event.CLOSED
        except Exception as problem:
            self._fail(problem)
            return self._tellFailure()
        return plaintext

    def _shake(self) -> Event | None:
        self.expected += READ
        try:
            self.connection.do_handshake()
            done = True
        except SSL.WantReadError:
            done = False
        except SSL.ZeroReturnError:
            self._step(_Step.THEY_CLOSE)
            return Event.CLOSED
        except Exception as problem:
            self._fail(problem)
            return self._tellFailure()
        if self._rejected is not None:
            self._fail(self._rejected)
            return self._tellFailure()
        if not done:
            return None
        self._step(_Step.SHAKEN)
        return Event.SHAKEN

    def _fail(self, problem: BaseException) -> None:
        self.expected += READ
        self.problem = problem if self._rejected is None else self._rejected
        # Its frames hold us, and we hold it.
        self.problem.__traceback__ = None
        self._step(_Step.FAIL)
        self._waiting.clear()

    def _tellFailure(self) -> Event:
        self._told = True
        return Event.FAILED

    @property
    def rejected(self) -> bool:
        """Whether somebody did not like the peer, of those whom OpenSSL asks."""
        return self._rejected is not None

    def reject(self, problem: BaseException) -> None:
        """
        Somebody whom OpenSSL asks does not like the peer.  To be called in the
        course of the handshake, which fails then because of *problem*.
        """
        self._rejected = problem

    # -- what is sent ----------------------------------------------------------

    @property
    def blocked(self) -> bool:
        """Whether plaintext waits for something of the peer's."""
        return bool(self._waiting)

    def write(self, plaintext: bytes) -> None:
        """
        Encrypt *plaintext*; if that is not possible yet, do so when it is.

        Nothing happens when our direction is closed, or is going to be.
        """
        if self._closing:
            return
        if self._waiting or self.state is State.SHAKING:
            self._waiting.append(plaintext)
        elif self.state in _MAY_WRITE:
            self._encrypt(plaintext)

    def _encrypt(self, plaintext: Any) -> None:
        """Encrypt; what OpenSSL does not take yet begins the queue."""
        size = len(plaintext)
        self.expected += size + (size // RECORD + 1) * _OVERHEAD
        try:
            sent = self.calls.write(plaintext)
            if sent < size:
                # It takes a record at a time, as long as it can.
                plaintext = memoryview(plaintext)
                while sent < size:
                    plaintext = plaintext[sent:]
                    size -= sent
                    sent = self.calls.write(plaintext)
        except SSL.WantReadError:
            self._waiting.appendleft(plaintext)
        except Exception as problem:
            self._fail(problem)

    def proceed(self) -> None:
        """Encrypt what had to wait, and close then, if that is possible by now."""
        waiting = self._waiting
        while waiting and self.state in _MAY_WRITE:
            piece = waiting.popleft()
            before = len(waiting)
            self._encrypt(piece)
            if len(waiting) > before:
                return
        if self._closing and not waiting:
            self._sayGoodbye()

    @property
    def busy(self) -> bool:
        """Whether there is something for L{proceed} to do, when it can."""
        return bool(self._waiting) or self._closing

    def closeWriting(self) -> None:
        """
        Tell the peer that we send nothing more: after what waits, and after the
        handshake.
        """
        self._closing = True
        self.proceed()

    def _sayGoodbye(self) -> None:
        if not self._step(_Step.WE_CLOSE):
            return
        self.expected += READ
        try:
            self.connection.shutdown()
        except SSL.Error as problem:
            self._fail(problem)

    def takeOutput(self) -> bytes:
        """Return the ciphertext that is to be sent, and forget it."""
        expected = self.expected
        if not expected:
            return b""
        self.expected = 0
        return self.calls.drain(expected)


def portions(data: bytes) -> Any:
    """
    Cut *data*, if it is long, so that it needs not be there twice.
    """
    if len(data) <= PORTION:
        yield data
        return
    view = memoryview(data)
    for start in range(0, len(data), PORTION):
        yield view[start : start + PORTION]
