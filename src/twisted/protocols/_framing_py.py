"""
The pure twins of the framers: what cuts a stream of bytes into lines and
strings.

Each is the busy half of a public class of L{twisted.protocols.basic}: it owns
the bytes that have arrived and are not consumed, and calls the hooks that
users override.  All are linear in the bytes fed, however those are cut: bytes
are searched once, and copied a fixed number of times at the most.

The compiled twins are in C{twisted.protocols._framing_c}.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack, unpack
from typing import Any

# A rest that is no longer than this is put before what comes next, and searched
# again; a longer one is searched once.
_SHORT = 512


class _Copied:
    """
    Copies and pickles have what is unconsumed as bytes of their own, under one
    name, so that either twin takes what the other has written.

    @cvar _inner: what says it otherwise, and how far it has been looked at.
    """

    _inner: frozenset[str]

    def _unconsumed(self) -> bytes:
        raise NotImplementedError

    def _setUnconsumed(self, data: bytes) -> None:
        raise NotImplementedError

    def __reduce_ex__(self, protocol: Any) -> Any:
        # What older protocols write, the compiled twin could not read.
        return object.__reduce_ex__(self, max(protocol, 2))

    def __getstate__(self) -> Any:
        state = object.__getstate__(self)
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        kept = {k: v for k, v in (attributes or {}).items() if k not in self._inner}
        rest = self._unconsumed()
        if rest:
            kept["_unread"] = rest
        return kept if slots is None else (kept, slots)

    def __setstate__(self, state: Any) -> None:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        others = dict(attributes)
        rest = others.pop("_unread", b"")
        self.__dict__.update(others)
        if rest:
            self._setUnconsumed(rest)
        for name, value in (slots or {}).items():
            setattr(self, name, value)


class _Kept(_Copied):
    """
    Bytes that have arrived and are not consumed: a block that is being
    consumed from C{_pos} on, and behind it what has come since.
    """

    _block = b""
    _pos = 0
    _kept: bytearray | None = None
    # How much of _kept is known to hold no delimiter, and which.
    _searched = 0
    _searchedFor: Any = b""
    # A copy is not busy, whoever makes it.
    _inner = frozenset(
        ("_block", "_busyReceiving", "_kept", "_needed", "_pos", "_searched", "_searchedFor")
    )

    def _keep(self, data: bytes) -> None:
        if self._kept is None:
            self._kept = bytearray(data)
        else:
            self._kept += data

    def _unconsumed(self) -> bytes:
        rest = self._block[self._pos :] if self._pos else self._block
        return rest + bytes(self._kept) if self._kept else rest

    def _setUnconsumed(self, data: bytes) -> None:
        self._block = bytes(data)
        self._pos = 0
        self._kept = None
        self._searched = 0

    def _arrive(self, data: bytes) -> None:
        """*data* has arrived, and nothing is being cut."""
        if self._kept:
            self._kept += data
            return
        rest = self._block[self._pos :]
        if not rest:
            self._block = data
        elif len(rest) <= _SHORT:
            self._block = rest + data
        else:
            self._kept = bytearray(data)
            return
        self._pos = 0

    def _nextBlock(self) -> None:
        """The block is consumed: go on with what has come since."""
        kept = self._kept
        self._block = bytes(kept) if kept else b""
        self._pos = 0
        self._kept = None
        self._searched = 0


def _deliverLines(receiver: Any, lines: Iterable[bytes]) -> Any:
    """
    Give *lines* to *receiver*, for the compiled twin, until that says why the
    connection is to be closed.
    """
    for line in lines:
        why = receiver.lineReceived(line)
        if why:
            return why
    return None


def _deliverStrings(receiver: Any, strings: Iterable[bytes]) -> None:
    """Give *strings* to *receiver*, for the compiled twins."""
    for string in strings:
        receiver.stringReceived(string)


class LineFramer(_Kept):
    """
    Cuts lines, or passes on raw bytes, as C{line_mode} says.
    """

    line_mode: Any = 1
    MAX_LENGTH: Any = 16384
    delimiter: Any = b"\r\n"
    paused: Any = False
    transport: Any
    _busyReceiving = False

    @property
    def _buffer(self) -> bytes:
        """What has arrived and is not consumed."""
        return self._unconsumed()

    @_buffer.setter
    def _buffer(self, data: bytes) -> None:
        self._setUnconsumed(data)

    def dataReceived(self, data: bytes) -> Any:
        """
        Cut *data*, and what was left before, into lines.

        @return: L{None}, or the reason for which a hook wants the connection
            closed.
        """
        if self._busyReceiving:
            # From inside a hook: whoever is cutting will come to it.
            self._keep(data)
            return None
        self._busyReceiving = True
        try:
            if self._block or self._kept:
                self._arrive(data)
            else:
                self._block = data
            return self._cut()
        finally:
            self._busyReceiving = False

    def _cut(self) -> Any:
        # All of these may be changed by each hook, so that each is looked up
        # for each line.
        while not self.paused:
            if self._pos >= len(self._block):
                if not self._kept:
                    self._block = b""
                    self._pos = 0
                    return None
                if self.line_mode and not self._hasLine():
                    return self._checkLength()
                self._nextBlock()
            block = self._block
            pos = self._pos
            if not self.line_mode:
                rest = self._unconsumed()
                self._setUnconsumed(b"")
                why = self.rawDataReceived(rest)  # type: ignore[attr-defined]
                if why:
                    return why
                continue
            delimiter = self.delimiter
            if pos == 0 and len(block) <= _SHORT:
                # Copying so little costs less than looking for the place.
                line, ended, rest = block.partition(delimiter)
                if not ended:
                    if self._kept and self._setRestAside(block, 0):
                        continue
                    return self._checkLength()
                if len(line) > self.MAX_LENGTH:
                    return self._tooLong()
                self._block = rest
            else:
                if not delimiter:
                    raise ValueError("empty separator")
                end = block.find(delimiter, pos)
                if end < 0:
                    if self._setRestAside(block, pos):
                        continue
                    return self._checkLength()
                if end - pos > self.MAX_LENGTH:
                    return self._tooLong()
                self._pos = end + len(delimiter)
                line = block[pos:end]
            why = self.lineReceived(line)  # type: ignore[attr-defined]
            transport = self.transport
            if why or (transport and transport.disconnecting):
                return why or None
            if not self._block and not self._kept:
                # Its own now, which is found faster than what the class has.
                self._pos, self._kept = 0, None
                return None
        return None

    def _tooLong(self) -> Any:
        """A line is too long: give all that is there to who is to know of that."""
        exceeded = self._unconsumed()
        self._setUnconsumed(b"")
        return self.lineLengthExceeded(exceeded)  # type: ignore[attr-defined]

    def _hasLine(self) -> bool:
        """Tell whether there is a delimiter in what has come since."""
        kept = self._kept
        assert kept is not None
        delimiter = self.delimiter
        if not delimiter:
            raise ValueError("empty separator")
        if self._searchedFor != delimiter:
            self._searched = 0
            self._searchedFor = delimiter
        found = kept.find(delimiter, max(0, self._searched - len(delimiter) + 1))
        self._searched = len(kept)
        return found >= 0

    def _setRestAside(self, block: bytes, pos: int) -> bool:
        """
        The block has no more delimiters: what is left of it goes before what
        has come since.

        @return: whether something has come since, and is to be searched.
        """
        later = self._kept
        if not later and len(block) - pos <= _SHORT:
            self._block = block[pos:]
            self._pos = 0
            return False
        self._kept = bytearray(memoryview(block)[pos:])
        self._block = b""
        self._pos = 0
        self._searched = len(self._kept)
        self._searchedFor = self.delimiter
        if later:
            self._kept += later
            return True
        return False

    def _checkLength(self) -> Any:
        """There is no delimiter: see whether the line is too long already."""
        length = len(self._kept or self._block)
        if length >= self.MAX_LENGTH + len(self.delimiter):
            return self._tooLong()
        return None

    def sendLine(self, line: bytes) -> Any:
        """Send *line*, and the delimiter."""
        return self.transport.write(line + self.delimiter)


class LineOnlyFramer(_Copied):
    """
    Cuts lines, and nothing else.
    """

    MAX_LENGTH: Any = 16384
    delimiter: Any = b"\r\n"
    transport: Any
    # A compiled function takes its place.
    _split: Any = bytes.split
    _partial: bytearray | None = None
    _inner = frozenset(("_partial",))

    def _unconsumed(self) -> bytes:
        return bytes(self._partial) if self._partial else b""

    def _setUnconsumed(self, data: bytes) -> None:
        self._partial = bytearray(data) if data else None

    @property
    def _buffer(self) -> bytes:
        """What has arrived and is no whole line yet."""
        return self._unconsumed()

    @_buffer.setter
    def _buffer(self, data: bytes) -> None:
        self._setUnconsumed(data)

    def dataReceived(self, data: bytes) -> Any:
        """
        Cut *data*, and what was left before, into lines.

        @return: what C{lineLengthExceeded} returned, if it was called.
        """
        delimiter = self.delimiter
        partial = self._partial
        if partial:
            start = max(0, len(partial) - len(delimiter) + 1)
            partial += data
            if partial.find(delimiter, start) < 0:
                if len(partial) > self.MAX_LENGTH:
                    return self.lineLengthExceeded(bytes(partial))  # type: ignore[attr-defined]
                return None
            data = bytes(partial)
        lines = self._split(data, delimiter)
        rest = lines.pop()
        self._partial = bytearray(rest) if rest else None
        for line in lines:
            if self.transport.disconnecting:
                # What follows was sent before the peer knew.
                return None
            if len(line) > self.MAX_LENGTH:
                return self.lineLengthExceeded(line)  # type: ignore[attr-defined]
            self.lineReceived(line)  # type: ignore[attr-defined]
        if len(rest) > self.MAX_LENGTH:
            return self.lineLengthExceeded(rest)  # type: ignore[attr-defined]
        return None

    def sendLine(self, line: bytes) -> Any:
        """Send *line*, and the delimiter."""
        return self.transport.writeSequence((line, self.delimiter))


class IntNFramer(_Kept):
    """
    Cuts strings that are preceded by their length, a number of fixed size.
    """

    MAX_LENGTH: Any = 99999
    structFormat: Any
    prefixLength: Any
    paused: Any = False
    transport: Any
    _busyReceiving = False
    # How much there must be before it is worth while to look again.
    _needed = 0

    @property
    def recvd(self) -> bytes:
        """What has arrived and is not consumed."""
        return self._unconsumed()

    @recvd.setter
    def recvd(self, data: bytes) -> None:
        self._setUnconsumed(data)
        self._needed = 0

    def dataReceived(self, data: bytes) -> None:
        """
        Cut *data*, and what was left before, into strings.
        """
        if self._busyReceiving:
            self._keep(data)
            return
        kept = self._kept
        if kept and not self._block and len(kept) + len(data) < self._needed:
            # Looked at again when there is enough, not for each piece.
            kept += data
            return
        self._busyReceiving = True
        try:
            self._arrive(data)
            self._cut()
        finally:
            self._busyReceiving = False

    def sendString(self, string: bytes) -> None:
        """
        Send *string*, with its length before it.

        @raise StringTooLongError: its length does not fit its prefix.
        """
        size = len(string)
        bound = 256**self.prefixLength
        if size < bound:
            self.transport.write(pack(self.structFormat, size) + string)
        else:
            self._refuseString(size, bound)  # type: ignore[attr-defined]

    def _cut(self) -> None:
        while not self.paused:
            size = self.prefixLength
            available = len(self._block) - self._pos
            if available < size and not self._join(size):
                return
            block, pos = self._block, self._pos
            (length,) = unpack(self.structFormat, block[pos : pos + size])
            if length > self.MAX_LENGTH:
                self.lengthLimitExceeded(length)  # type: ignore[attr-defined]
                return
            end = pos + size + length
            if end > len(block):
                if not self._join(size + length):
                    return
                block, pos = self._block, self._pos
                end = pos + size + length
            self._pos = end
            if end == len(block):
                self._nextBlock()
            self.stringReceived(block[pos + size : end])  # type: ignore[attr-defined]
            if not self._block and not self._kept:
                return

    def _join(self, wanted: int) -> bool:
        """
        Make one block of what is left and what has come since, if that is as
        much as *wanted*.
        """
        kept = self._kept
        self._needed = wanted
        rest = len(self._block) - self._pos
        if rest + (len(kept) if kept else 0) < wanted:
            if rest and not kept:
                # From now on pieces are added, and joined once.
                self._kept = bytearray(memoryview(self._block)[self._pos :])
                self._block = b""
                self._pos = 0
            elif rest and kept:
                kept[:0] = self._block[self._pos :]
                self._block = b""
                self._pos = 0
            return False
        if rest:
            assert kept is not None
            kept[:0] = self._block[self._pos :]
        self._nextBlock()
        return True


def formatNetstring(data: bytes) -> bytes:
    """Return *data* as a netstring."""
    return b"".join((str(len(data)).encode("ascii"), b":", data, b","))


class NetstringFramer(_Kept):
    """
    Cuts netstrings: length in decimal, colon, bytes, comma.
    """

    MAX_LENGTH: Any = 99999
    brokenPeer: Any = 0
    transport: Any
    _busyReceiving = False
    # The length of the string whose bytes are awaited, -1 while that is.
    _expected = -1

    def sendString(self, string: bytes) -> None:
        """Send *string* as a netstring."""
        self.transport.write(formatNetstring(string))

    def _beginAnew(self) -> None:
        """Forget all that has been received."""
        self._setUnconsumed(b"")
        self._expected = -1
        self.brokenPeer = 0

    def dataReceived(self, data: bytes) -> None:
        """
        Cut *data*, and what was left before, into strings.  What is no
        netstring closes the connection; nothing more is looked at then.
        """
        if self.brokenPeer:
            return
        if self._busyReceiving:
            self._keep(data)
            return
        self._arrive(data)
        rest = len(self._block) - self._pos
        if self._kept:
            rest += len(self._kept)
            if self._expected >= 0 and rest <= self._expected:
                # Looked at again when there is enough, not for each piece.
                return
        self._busyReceiving = True
        try:
            self._cut()
        finally:
            self._busyReceiving = False

    def _cut(self) -> None:
        while True:
            if self._kept:
                # All in one: what is left of the block was too little.
                self._setUnconsumed(self._unconsumed())
            block, pos = self._block, self._pos
            if self._expected < 0:
                if pos == len(block):
                    self._setUnconsumed(b"")
                    return
                pos = self._pos = self._cutLength(block, pos)
                if self._expected < 0:
                    return
            end = pos + self._expected
            if end >= len(block):
                if end - pos > _SHORT:
                    # It comes in pieces, which are joined once.
                    self._kept = bytearray(memoryview(block)[pos:])
                    self._block = b""
                    self._pos = 0
                return
            if block[end] != 0x2C:
                self._handleParseError()
                return
            self._expected = -1
            self._pos = end + 1
            self.stringReceived(block[pos:end])  # type: ignore[attr-defined]
            if self.brokenPeer:
                return

    def _cutLength(self, block: bytes, pos: int) -> int:
        """
        Take the length at *pos*.

        @return: where the bytes begin; *pos* if the length is not all there,
            or none.
        """
        limit = self.MAX_LENGTH
        # More digits than this are too many, whatever they say.
        digits = len(str(limit))
        colon = block.find(b":", pos, pos + digits + 1)
        text = block[pos:colon] if colon >= 0 else block[pos : pos + digits + 1]
        if text and not (text.isdigit() and (text[0] != 0x30 or len(text) == 1)):
            self._handleParseError()
        elif colon < 0:
            if len(text) > digits:
                self._handleParseError()
            else:
                return pos
        elif not text or int(text) > limit:
            self._handleParseError()
        else:
            self._expected = int(text)
            return colon + 1
        # Nothing is left.
        return 0

    def _handleParseError(self) -> None:
        """What came is no netstring: close."""
        self.transport.loseConnection()
        self.brokenPeer = 1
        self._setUnconsumed(b"")
