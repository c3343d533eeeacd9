# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""
The compiled twins of the framers; see twisted.protocols._framing_py, which
says what they do.

What users may change for each line or string (delimiter, MAX_LENGTH, paused,
line_mode, transport) is looked up for each; everything else is C.  Hooks are
plain attribute calls: an override check, as cpdef has it, costs more than the
call.
"""

include "version.pxi"

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp

from struct import unpack


cdef inline Py_ssize_t find(
    const char *hay, Py_ssize_t start, Py_ssize_t end, const char *needle, Py_ssize_t size
) noexcept nogil:
    """Where *needle* is in hay[start:end], -1 if nowhere."""
    cdef const char *at
    cdef Py_ssize_t last = end - size
    while start <= last:
        at = <const char *>memchr(hay + start, needle[0], last - start + 1)
        if at == NULL:
            return -1
        if size == 1 or memcmp(at, needle, size) == 0:
            return at - hay
        start = at - hay + 1
    return -1


cdef class _Kept:
    """
    Bytes that have arrived and are not consumed: a block that is being
    consumed from _pos on, and behind it what has come since.
    """

    cdef bytes _block
    cdef Py_ssize_t _pos
    cdef bytearray _since
    cdef Py_ssize_t _searched
    cdef bint _busy

    def __cinit__(self, *args, **kwargs):
        self._block = b""

    @property
    def _busyReceiving(self):
        return self._busy

    cdef int keep(self, data) except -1:
        if self._since is None:
            self._since = bytearray(data)
        else:
            self._since.extend(data)
        return 0

    cdef bytes unconsumed(self):
        cdef bytes rest = self._block[self._pos:] if self._pos else self._block
        if self._since:
            return rest + bytes(self._since)
        return rest

    cdef int set_unconsumed(self, data) except -1:
        self._block = bytes(data)
        self._pos = 0
        self._since = None
        self._searched = 0
        return 0

    cdef int next_block(self) except -1:
        self._block = bytes(self._since) if self._since else b""
        self._pos = 0
        self._since = None
        self._searched = 0
        return 0

    cdef int arrive(self, data) except -1:
        """*data* has arrived: consume it, or put it behind what waits."""
        if self._pos < PyBytes_GET_SIZE(self._block) or self._since:
            self.keep(data)
        else:
            self._block = data if type(data) is bytes else bytes(data)
            self._pos = 0
        return 0


cdef class LineFramer(_Kept):
    """Cuts lines, or passes on raw bytes, as line_mode says."""

    line_mode = 1
    MAX_LENGTH = 16384
    delimiter = b"\r\n"
    paused = False

    @property
    def _buffer(self):
        return self.unconsumed()

    @_buffer.setter
    def _buffer(self, data):
        self.set_unconsumed(data)

    def dataReceived(self, data):
        """Cut *data*, and what was left before, into lines."""
        if self._busy:
            self.keep(data)
            return None
        self._busy = True
        try:
            self.arrive(data)
            return self.cut()
        finally:
            self._busy = False

    cdef object cut(self):
        cdef bytes block, delimiter, line
        cdef Py_ssize_t pos, end, size, width
        cdef object why, transport
        while not self.paused:
            size = PyBytes_GET_SIZE(self._block)
            if self._pos >= size:
                if not self._since:
                    self._block = b""
                    self._pos = 0
                    return None
                if self.line_mode and not self.has_line():
                    return self.check_length()
                self.next_block()
                size = PyBytes_GET_SIZE(self._block)
            block = self._block
            pos = self._pos
            if not self.line_mode:
                rest = self.unconsumed()
                self.set_unconsumed(b"")
                why = self.rawDataReceived(rest)
                if why:
                    return why
                continue
            delimiter = self.delimiter
            width = PyBytes_GET_SIZE(delimiter)
            if width == 0:
                raise ValueError("empty separator")
            end = find(
                PyBytes_AS_STRING(block), pos, size, PyBytes_AS_STRING(delimiter), width
            )
            if end < 0:
                if not self.set_rest_aside(block, pos):
                    return self.check_length()
                continue
            if end - pos > self.MAX_LENGTH:
                exceeded = self.unconsumed()
                self.set_unconsumed(b"")
                return self.lineLengthExceeded(exceeded)
            self._pos = end + width
            line = PyBytes_FromStringAndSize(PyBytes_AS_STRING(block) + pos, end - pos)
            why = self.lineReceived(line)
            if why:
                return why
            transport = self.transport
            if transport and transport.disconnecting:
                return why
        return None

    cdef bint has_line(self) except -1:
        cdef bytes delimiter = self.delimiter
        cdef Py_ssize_t width = PyBytes_GET_SIZE(delimiter)
        cdef Py_ssize_t start
        if width == 0:
            raise ValueError("empty separator")
        start = self._searched - width + 1
        if start < 0:
            start = 0
        cdef const char *hay = self._since
        cdef Py_ssize_t size = len(self._since)
        self._searched = size
        return find(hay, start, size, PyBytes_AS_STRING(delimiter), width) >= 0

    cdef bint set_rest_aside(self, bytes block, Py_ssize_t pos) except -1:
        cdef bytearray later = self._since
        self._since = bytearray(memoryview(block)[pos:])
        self._block = b""
        self._pos = 0
        self._searched = len(self._since)
        if later:
            self._since.extend(later)
            return True
        return False

    cdef object check_length(self):
        cdef bytearray since = self._since
        if since is not None and len(since) >= self.MAX_LENGTH + len(self.delimiter):
            self.set_unconsumed(b"")
            return self.lineLengthExceeded(bytes(since))
        return None


cdef class LineOnlyFramer:
    """Cuts lines, and nothing else."""

    cdef bytearray _partial

    MAX_LENGTH = 16384
    delimiter = b"\r\n"

    @property
    def _buffer(self):
        return bytes(self._partial) if self._partial else b""

    @_buffer.setter
    def _buffer(self, data):
        self._partial = bytearray(data) if data else None

    def dataReceived(self, data):
        """Cut *data*, and what was left before, into lines."""
        cdef bytes delimiter = self.delimiter
        cdef bytearray partial = self._partial
        cdef Py_ssize_t width = PyBytes_GET_SIZE(delimiter)
        cdef Py_ssize_t start, pos, end, size
        cdef bytes block, rest
        cdef const char *hay
        cdef list lines
        if width == 0:
            raise ValueError("empty separator")
        if partial:
            start = len(partial) - width + 1
            if start < 0:
                start = 0
            partial.extend(data)
            hay = partial
            if find(hay, start, len(partial), PyBytes_AS_STRING(delimiter), width) < 0:
                if len(partial) > self.MAX_LENGTH:
                    return self.lineLengthExceeded(bytes(partial))
                return None
            block = bytes(partial)
        else:
            block = data if type(data) is bytes else bytes(data)
        hay = PyBytes_AS_STRING(block)
        size = PyBytes_GET_SIZE(block)
        lines = []
        pos = 0
        while True:
            end = find(hay, pos, size, PyBytes_AS_STRING(delimiter), width)
            if end < 0:
                break
            lines.append(PyBytes_FromStringAndSize(hay + pos, end - pos))
            pos = end + width
        rest = block[pos:]
        self._partial = bytearray(rest) if rest else None
        for line in lines:
            if self.transport.disconnecting:
                return None
            if PyBytes_GET_SIZE(line) > self.MAX_LENGTH:
                return self.lineLengthExceeded(line)
            self.lineReceived(line)
        if PyBytes_GET_SIZE(rest) > self.MAX_LENGTH:
            return self.lineLengthExceeded(rest)
        return None


cdef class IntNFramer(_Kept):
    """Cuts strings that are preceded by their length."""

    cdef Py_ssize_t _needed

    MAX_LENGTH = 99999
    paused = False

    @property
    def recvd(self):
        return self.unconsumed()

    @recvd.setter
    def recvd(self, data):
        self.set_unconsumed(data)

    def dataReceived(self, data):
        """Cut *data*, and what was left before, into strings."""
        if self._busy:
            self.keep(data)
            return
        if (
            self._since
            and PyBytes_GET_SIZE(self._block) == 0
            and len(self._since) + len(data) < self._needed
        ):
            self._since.extend(data)
            return
        self._busy = True
        try:
            self.arrive(data)
            self.cut()
        finally:
            self._busy = False

    cdef int cut(self) except -1:
        cdef Py_ssize_t width, available, end, length, i
        cdef bytes block
        cdef Py_ssize_t pos
        cdef const unsigned char *at
        cdef object layout
        while not self.paused:
            width = self.prefixLength
            available = PyBytes_GET_SIZE(self._block) - self._pos
            if available < width and not self.join(width):
                return 0
            block = self._block
            pos = self._pos
            layout = self.structFormat
            if layout == "!I" or layout == "!H" or layout == "!B":
                at = <const unsigned char *>PyBytes_AS_STRING(block) + pos
                length = 0
                for i in range(width):
                    length = (length << 8) | at[i]
            else:
                length = unpack(layout, block[pos:pos + width])[0]
            if length > self.MAX_LENGTH:
                self.lengthLimitExceeded(length)
                return 0
            end = pos + width + length
            if end > PyBytes_GET_SIZE(block):
                if not self.join(width + length):
                    return 0
                block = self._block
                pos = self._pos
                end = pos + width + length
            self._pos = end
            if end == PyBytes_GET_SIZE(block):
                self.next_block()
            self.stringReceived(
                PyBytes_FromStringAndSize(PyBytes_AS_STRING(block) + pos + width, length)
            )
        return 0

    cdef bint join(self, Py_ssize_t wanted) except -1:
        """
        Make one block of what is left and what has come since, if that is as
        much as *wanted*.
        """
        cdef bytearray since = self._since
        cdef Py_ssize_t rest = PyBytes_GET_SIZE(self._block) - self._pos
        self._needed = wanted
        if rest + (len(since) if since else 0) < wanted:
            if rest:
                if since:
                    since[:0] = self._block[self._pos:]
                else:
                    self._since = bytearray(memoryview(self._block)[self._pos:])
                self._block = b""
                self._pos = 0
            return False
        if rest:
            since[:0] = self._block[self._pos:]
        self.next_block()
        return True


cdef class NetstringFramer:
    """Cuts netstrings."""

    cdef public object _pending
    cdef public Py_ssize_t _expected

    MAX_LENGTH = 99999
    brokenPeer = 0

    def __cinit__(self, *args, **kwargs):
        self._expected = -1

    def dataReceived(self, data):
        """Cut *data*, and what was left before, into strings."""
        cdef bytes block
        cdef Py_ssize_t pos = 0
        cdef Py_ssize_t end
        cdef bytearray pending
        if self.brokenPeer:
            return
        if self._pending:
            pending = self._pending
            pending.extend(data)
            if self._expected >= 0 and len(pending) <= self._expected:
                return
            block = bytes(pending)
            self._pending = None
        else:
            block = data if type(data) is bytes else bytes(data)
        while True:
            if self._expected < 0:
                pos = self.cut_length(block, pos)
                if pos < 0:
                    return
            end = pos + self._expected
            if end >= PyBytes_GET_SIZE(block):
                self.keep_from(block, pos)
                return
            if PyBytes_AS_STRING(block)[end] != b",":
                self._handleParseError()
                return
            self._expected = -1
            self.stringReceived(
                PyBytes_FromStringAndSize(PyBytes_AS_STRING(block) + pos, end - pos)
            )
            if self.brokenPeer:
                return
            pos = end + 1

    cdef int keep_from(self, bytes block, Py_ssize_t pos) except -1:
        if pos < PyBytes_GET_SIZE(block):
            self._pending = bytearray(memoryview(block)[pos:])
        else:
            self._pending = None
        return 0

    cdef Py_ssize_t cut_length(self, bytes block, Py_ssize_t pos) except -2:
        """
        Take the length at *pos*: where the bytes begin; -1 if the length is
        not all there, or none.
        """
        cdef Py_ssize_t limit = self.MAX_LENGTH
        cdef Py_ssize_t digits = 1
        cdef Py_ssize_t bound = limit
        while bound >= 10:
            bound //= 10
            digits += 1
        cdef const char *text = PyBytes_AS_STRING(block)
        cdef Py_ssize_t size = PyBytes_GET_SIZE(block)
        cdef Py_ssize_t at = pos
        cdef Py_ssize_t length = 0
        cdef char c = 0
        while at < size and at - pos <= digits:
            c = text[at]
            if c < b"0" or c > b"9":
                break
            # A leading zero is a length of its own.
            if at > pos and text[pos] == b"0":
                self._handleParseError()
                return -1
            length = length * 10 + (c - 48)
            at += 1
        if at - pos > digits:
            self._handleParseError()
            return -1
        if at == size:
            self.keep_from(block, pos)
            return -1
        if c != b":" or at == pos or length > limit:
            self._handleParseError()
            return -1
        self._expected = length
        return at + 1

    def _handleParseError(self):
        """What came is no netstring: close."""
        self.transport.loseConnection()
        self.brokenPeer = 1
        self._pending = None
