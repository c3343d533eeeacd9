# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature.format=clinic
"""
The compiled twins of the framers; see twisted.protocols._framing_py, which
says what they do.

Bytes are cut where they arrive: in the bytes object that was received, or,
when some were left over, behind those, in one block that grows by doubling.
Offsets alone say what is consumed, so that a hook may do what it likes to the
buffer.  Hooks are plain attribute calls: an override check, as cpdef has it,
costs more than the call.

The interpreter calls one Python function from another at less cost than C
calls it: where much has arrived, a small Python loop takes the lines from an
iterator, which stops as soon as anything else than the next line is to be done.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from libc.string cimport memchr, memcmp, memcpy, memmove

from struct import unpack

from twisted.protocols._framing_py import _deliverLines, _deliverStrings

include "presets.pxi"

cdef enum:
    # What is kept allocated when it is all consumed.
    SPARE = 4096
    # What is much, and delivered from Python.
    MUCH = 256

cdef Py_ssize_t HUGE = (<Py_ssize_t>1 << (8 * sizeof(Py_ssize_t) - 2))


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


cdef class Framer:
    """
    Bytes that have arrived and are not consumed: from pos to end, in block if
    there is one, else in room.
    """

    cdef bytes block
    cdef char *room
    cdef Py_ssize_t capacity
    cdef Py_ssize_t pos
    cdef Py_ssize_t end
    # How far it is known that no line ends.
    cdef Py_ssize_t searched
    # See presets.pxi: what is this one's own, and the version of the type for
    # which the values below hold.
    cdef object own0
    cdef object own1
    cdef object own2
    cdef object own3
    cdef unsigned int version
    cdef bint volatile
    cdef bint ownTransport
    cdef bint busy
    # MAX_LENGTH: as a number, unless it is none (odd).
    cdef object oddLimit
    cdef Py_ssize_t limit
    # The attribute transport, unless the type has another; see TRANSPORT.
    cdef object transport_

    def __cinit__(self):
        self.own0 = self.own1 = self.own2 = self.own3 = UNSET

    def __dealloc__(self):
        PyMem_Free(self.room)

    @property
    def _busyReceiving(self):
        return self.busy

    cdef bytes unconsumed(self):
        if self.block is not None and self.pos == 0 and self.end == PyBytes_GET_SIZE(self.block):
            return self.block
        return PyBytes_FromStringAndSize(base_of(self) + self.pos, self.end - self.pos)

    cdef void forget(self) noexcept:
        """All is consumed."""
        self.block = None
        self.pos = self.end = self.searched = 0
        if self.capacity > SPARE:
            PyMem_Free(self.room)
            self.room = NULL
            self.capacity = 0

    cdef bytes take(self):
        """All that is unconsumed, which it is not any more."""
        cdef bytes rest = self.unconsumed()
        self.forget()
        return rest

    cdef int replace(self, data) except -1:
        cdef bytes given = data if type(data) is bytes else bytes(memoryview(data))
        self.forget()
        self.block = given
        self.end = PyBytes_GET_SIZE(given)
        return 0

    cdef int reserve(self, Py_ssize_t size) except -1:
        """See that *size* bytes fit behind the end, in room."""
        cdef Py_ssize_t kept = self.end - self.pos
        cdef char *larger
        cdef Py_ssize_t wanted
        if self.end + size <= self.capacity:
            return 0
        if kept + size <= self.capacity and self.pos >= kept:
            memmove(self.room, self.room + self.pos, kept)
        else:
            wanted = 2 * (kept + size)
            if wanted < 64:
                wanted = 64
            if self.pos == 0:
                larger = <char *>PyMem_Realloc(self.room, wanted)
                if larger == NULL:
                    raise MemoryError
            else:
                larger = <char *>PyMem_Malloc(wanted)
                if larger == NULL:
                    raise MemoryError
                memcpy(larger, self.room + self.pos, kept)
                PyMem_Free(self.room)
            self.room = larger
            self.capacity = wanted
        self.searched -= self.pos
        self.pos = 0
        self.end = kept
        return 0

    cdef int settle(self) except -1:
        """Keep what is left of the block, and not the block."""
        cdef bytes block = self.block
        cdef Py_ssize_t start = self.pos
        cdef Py_ssize_t kept = self.end - start
        self.block = None
        self.searched -= start
        self.pos = self.end = 0
        if kept:
            self.reserve(kept)
            memcpy(self.room, PyBytes_AS_STRING(block) + start, kept)
            self.end = kept
        return 0

    cdef int arrive(self, data) except -1:
        """*data* has arrived."""
        cdef bytes given = data if type(data) is bytes else bytes(memoryview(data))
        cdef Py_ssize_t size = PyBytes_GET_SIZE(given)
        if self.pos == self.end:
            self.block = given
            self.pos = 0
            self.end = size
            self.searched = 0
            return 0
        if self.block is not None:
            self.settle()
        if self.end + size > self.capacity:
            self.reserve(size)
        memcpy(self.room + self.end, PyBytes_AS_STRING(given), size)
        self.end += size
        return 0

    cdef int learn(self) except -1:
        """See what the attributes say."""
        self.volatile = False
        self.ownTransport = torsion_in_type(self, TRANSPORT_NAME) == TRANSPORT_DESCRIPTOR
        self.learn_more()
        self.version = 0 if self.volatile else torsion_version(self)
        return 0

    cdef int learn_more(self) except -1:
        return 0

    cdef int set_limit(self, object value) except -1:
        self.oddLimit = None
        if type(value) is not int:
            self.oddLimit = value
        elif value > HUGE:
            self.limit = HUGE
        elif value < -HUGE:
            self.limit = -HUGE
        else:
            self.limit = value
        return 0


cdef inline const char *base_of(Framer self) noexcept:
    """Where the bytes are that pos and end count from."""
    return self.room if self.block is None else PyBytes_AS_STRING(self.block)


cdef inline bint exceeds(Framer self, Py_ssize_t length) except -1:
    """Whether *length* is more than MAX_LENGTH."""
    if self.oddLimit is None:
        return length > self.limit
    return length > self.oddLimit


cdef object TRANSPORT_NAME = "transport"
cdef PyMemberDef TRANSPORT
# Where it is can only be told from its neighbour, and is looked at.
cdef Framer _example = Framer.__new__(Framer)
torsion_add_member(
    Framer,
    &TRANSPORT,
    "transport",
    <char *>&_example.limit + sizeof(Py_ssize_t) - <char *><PyObject *>_example,
)
_example.transport_ = UNSET
if getattr(_example, TRANSPORT_NAME) is not UNSET:
    raise ImportError("the attribute transport is not where it should be")
cdef PyObject *TRANSPORT_DESCRIPTOR = torsion_in_type(_example, TRANSPORT_NAME)


cdef inline bint stale(Framer self) noexcept:
    """Whether what is known of the attributes may hold no more."""
    return self.version == 0 or self.version != torsion_version(self)


cdef inline bint is_disconnecting(Framer self) except -1:
    """Whether the transport is, if there is one."""
    cdef PyObject *own = <PyObject *>self.transport_
    cdef object transport
    if own != NULL and self.ownTransport:
        transport = <object>own
    else:
        transport = self.transport
    if transport is None:
        return False
    return transport and transport.disconnecting


cdef inline bytes as_bytes(object value):
    return value if type(value) is bytes else bytes(memoryview(value))


cdef object DELIMITER = "delimiter"
cdef object MAX_LENGTH = "MAX_LENGTH"
cdef object PAUSED = "paused"
cdef object LINE_MODE = "line_mode"
cdef object STRUCT_FORMAT = "structFormat"
cdef object PREFIX_LENGTH = "prefixLength"
cdef object BROKEN_PEER = "brokenPeer"

cdef dict LINE_PRESETS = {"delimiter": 0, "MAX_LENGTH": 1, "paused": 2, "line_mode": 3}
cdef dict INT_PRESETS = {"structFormat": 0, "MAX_LENGTH": 1, "paused": 2, "prefixLength": 3}
cdef dict NETSTRING_PRESETS = {"MAX_LENGTH": 1, "brokenPeer": 2}


cdef class LineFramer(Framer):
    """Cuts lines, or passes on raw bytes, as line_mode says."""

    # For which delimiter it has been searched.
    cdef bytes searchedFor
    cdef bytes delimiter_
    cdef bint isPaused
    cdef bint cutsLines

    delimiter = Preset(0, "delimiter", b"\r\n")
    MAX_LENGTH = Preset(1, "MAX_LENGTH", 16384)
    paused = Preset(2, "paused", False)
    line_mode = Preset(3, "line_mode", 1)

    @property
    def _buffer(self):
        return self.unconsumed()

    @_buffer.setter
    def _buffer(self, data):
        self.replace(data)

    cdef int learn_more(self) except -1:
        self.delimiter_ = as_bytes(value_of(self, 0, DELIMITER))
        self.set_limit(value_of(self, 1, MAX_LENGTH))
        self.isPaused = bool(value_of(self, 2, PAUSED))
        self.cutsLines = bool(value_of(self, 3, LINE_MODE))
        return 0

    @cython.binding(False)
    def dataReceived(self, data):
        """Cut *data*, and what was left before, into lines."""
        self.arrive(data)
        if self.busy:
            return None
        self.busy = True
        try:
            return cut_lines(self)
        finally:
            self.busy = False

    @cython.binding(False)
    def sendLine(self, line):
        """Send *line*, and the delimiter."""
        cdef PyObject *own = <PyObject *>self.transport_
        if stale(self):
            self.learn()
        if own != NULL and self.ownTransport:
            return (<object>own).write(line + self.delimiter_)
        return self.transport.write(line + self.delimiter_)


@cython.final
@cython.freelist(4)
cdef class Lines:
    """Iterates over the lines of a framer."""

    cdef LineFramer framer
    cdef bint begun
    cdef bint ended

    def __iter__(self):
        return self

    def __next__(self):
        cdef bytes line
        if self.begun:
            if is_disconnecting(self.framer):
                raise StopIteration
        else:
            self.begun = True
        line = next_line(self.framer)
        if line is None:
            self.ended = True
            raise StopIteration
        return line


cdef inline Py_ssize_t next_end(LineFramer self) except -2:
    """Where the next line ends; -1 if that is not there."""
    cdef bytes delimiter = self.delimiter_
    cdef Py_ssize_t width = PyBytes_GET_SIZE(delimiter)
    cdef Py_ssize_t start = self.pos
    if width == 0:
        raise ValueError("empty separator")
    if self.searched > start and self.searchedFor == delimiter:
        start = max(start, self.searched - width + 1)
    start = find(base_of(self), start, self.end, PyBytes_AS_STRING(delimiter), width)
    if start < 0:
        self.searched = self.end
        self.searchedFor = delimiter
    return start


cdef bytes next_line(LineFramer self):
    """The next line; None if there is none, or something else is to be done."""
    cdef Py_ssize_t start, found
    if stale(self):
        self.learn()
    if self.isPaused or not self.cutsLines:
        return None
    found = next_end(self)
    start = self.pos
    if found < 0 or exceeds(self, found - start):
        return None
    self.pos = found + PyBytes_GET_SIZE(self.delimiter_)
    return PyBytes_FromStringAndSize(base_of(self) + start, found - start)


cdef object cut_lines(LineFramer self):
    cdef Lines lines
    cdef bytes line
    cdef object why
    while True:
        if self.end - self.pos >= MUCH:
            lines = Lines.__new__(Lines)
            lines.framer = self
            why = _deliverLines(self, lines)
            if not lines.ended:
                return why
        # Each hook may have changed any of the attributes.
        if stale(self):
            self.learn()
        if self.isPaused:
            return None
        if self.pos == self.end:
            self.forget()
            return None
        if not self.cutsLines:
            why = self.rawDataReceived(self.take())
            if why:
                return why
            continue
        line = next_line(self)
        if line is None:
            return no_line(self)
        why = self.lineReceived(line)
        if why or is_disconnecting(self):
            return why or None


cdef object no_line(LineFramer self):
    """There is no line, or one that is too long."""
    cdef Py_ssize_t width = PyBytes_GET_SIZE(self.delimiter_)
    cdef Py_ssize_t found = next_end(self)
    cdef Py_ssize_t length = self.end - self.pos - width + 1 if found < 0 else found - self.pos
    if length > 0 and exceeds(self, length):
        return self.lineLengthExceeded(self.take())
    if self.block is not None:
        self.settle()
    return None


def splitLines(bytes data not None, bytes delimiter not None):
    """The same as data.split(delimiter), which searches more slowly."""
    cdef Py_ssize_t width = PyBytes_GET_SIZE(delimiter)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    cdef Py_ssize_t start = 0
    cdef Py_ssize_t found
    cdef list lines = []
    if width == 0:
        raise ValueError("empty separator")
    while True:
        found = find(PyBytes_AS_STRING(data), start, size, PyBytes_AS_STRING(delimiter), width)
        if found < 0:
            break
        lines.append(PyBytes_FromStringAndSize(PyBytes_AS_STRING(data) + start, found - start))
        start = found + width
    lines.append(data[start:] if start else data)
    return lines


cdef class IntNFramer(Framer):
    """Cuts strings that are preceded by their length."""

    # How much there must be before it is worth while to look again.
    cdef Py_ssize_t needed
    cdef Py_ssize_t tooLong
    cdef bint isPaused
    # Of the length, if it is big-endian and of one to eight bytes.
    cdef bint plain
    cdef Py_ssize_t width
    cdef object layout

    MAX_LENGTH = Preset(1, "MAX_LENGTH", 99999)
    paused = Preset(2, "paused", False)

    @property
    def recvd(self):
        return self.unconsumed()

    @recvd.setter
    def recvd(self, data):
        self.replace(data)
        self.needed = 0

    cdef int learn_more(self) except -1:
        self.layout = value_of(self, 0, STRUCT_FORMAT)
        self.set_limit(value_of(self, 1, MAX_LENGTH))
        self.isPaused = bool(value_of(self, 2, PAUSED))
        self.width = value_of(self, 3, PREFIX_LENGTH)
        self.plain = (
            (self.layout == "!I" and self.width == 4)
            or (self.layout == "!H" and self.width == 2)
            or (self.layout == "!B" and self.width == 1)
        )
        return 0

    @cython.binding(False)
    def dataReceived(self, data):
        """Cut *data*, and what was left before, into strings."""
        self.arrive(data)
        if self.busy:
            return
        if self.end - self.pos < self.needed:
            if self.block is not None:
                self.settle()
            return
        self.busy = True
        try:
            cut_strings(self)
        finally:
            self.busy = False


cdef bytes next_string(IntNFramer self):
    """The next string; None if there is none, or something else is to be done."""
    cdef Py_ssize_t available, length, i
    cdef const unsigned char *at
    if stale(self):
        self.learn()
    if self.isPaused:
        return None
    available = self.end - self.pos
    self.needed = self.width
    if available < self.width:
        return None
    at = <const unsigned char *>base_of(self) + self.pos
    if self.plain:
        length = 0
        for i in range(self.width):
            length = (length << 8) | at[i]
    else:
        length = unpack(
            self.layout, PyBytes_FromStringAndSize(<const char *>at, self.width)
        )[0]
    if exceeds(self, length):
        self.needed = 0
        self.tooLong = length
        return None
    self.needed += length
    if available < self.needed:
        return None
    self.pos += self.needed
    self.needed = 0
    return PyBytes_FromStringAndSize(<const char *>at + self.width, length)


cdef int cut_strings(IntNFramer self) except -1:
    cdef Strings strings
    cdef bytes string
    if self.end - self.pos >= MUCH:
        strings = Strings.__new__(Strings)
        strings.framer = self
        _deliverStrings(self, strings)
    while True:
        string = next_string(self)
        if string is None:
            break
        self.stringReceived(string)
    if self.isPaused:
        return 0
    if self.needed == 0:
        self.lengthLimitExceeded(self.tooLong)
    elif self.pos == self.end:
        self.forget()
    elif self.block is not None:
        self.settle()
    return 0


cdef class NetstringFramer(Framer):
    """Cuts netstrings."""

    # The length of the string whose bytes are awaited, -1 while that is; and
    # of digits that a length may have.
    cdef Py_ssize_t expected
    cdef Py_ssize_t digits
    cdef bint isBroken

    MAX_LENGTH = Preset(1, "MAX_LENGTH", 99999)
    brokenPeer = Preset(2, "brokenPeer", 0)

    def __cinit__(self):
        self.expected = -1

    cdef int learn_more(self) except -1:
        cdef object limit = value_of(self, 1, MAX_LENGTH)
        self.set_limit(limit)
        # No more than fit a number here.
        self.digits = min(len(str(limit)), 18)
        self.isBroken = bool(value_of(self, 2, BROKEN_PEER))
        return 0

    def _beginAnew(self):
        self.forget()
        self.expected = -1
        self.brokenPeer = 0

    @cython.binding(False)
    def dataReceived(self, data):
        """Cut *data*, and what was left before, into strings."""
        if stale(self):
            self.learn()
        if self.isBroken:
            return
        self.arrive(data)
        if self.busy:
            return
        if self.expected >= 0 and self.end - self.pos <= self.expected:
            if self.block is not None:
                self.settle()
            return
        self.busy = True
        try:
            cut_netstrings(self)
        finally:
            self.busy = False

    def _handleParseError(self):
        """What came is no netstring: close."""
        self.transport.loseConnection()
        self.brokenPeer = 1
        self.forget()


cdef bytes next_netstring(NetstringFramer self):
    """The next string; None if there is none, or the peer is broken."""
    cdef const char *base
    cdef Py_ssize_t length
    if stale(self):
        self.learn()
    if self.isBroken:
        return None
    if self.expected < 0 and (self.pos == self.end or not cut_length(self)):
        return None
    length = self.expected
    if self.end - self.pos <= length:
        return None
    base = base_of(self) + self.pos
    if base[length] != b",":
        self._handleParseError()
        return None
    self.expected = -1
    self.pos += length + 1
    return PyBytes_FromStringAndSize(base, length)


cdef int cut_netstrings(NetstringFramer self) except -1:
    cdef Strings strings
    cdef bytes string
    if self.end - self.pos >= MUCH:
        strings = Strings.__new__(Strings)
        strings.framer = self
        _deliverStrings(self, strings)
    while True:
        string = next_netstring(self)
        if string is None:
            break
        self.stringReceived(string)
    if self.pos == self.end:
        self.forget()
    elif self.block is not None:
        self.settle()
    return 0


@cython.final
@cython.freelist(4)
cdef class Strings:
    """Iterates over the strings of a framer."""

    cdef Framer framer

    def __iter__(self):
        return self

    def __next__(self):
        cdef bytes string
        if isinstance(self.framer, IntNFramer):
            string = next_string(<IntNFramer>self.framer)
        else:
            string = next_netstring(<NetstringFramer?>self.framer)
        if string is None:
            raise StopIteration
        return string


cdef bint cut_length(NetstringFramer self) except -1:
    """Take the length that is next: whether it is all there, and is one."""
    cdef const char *text = base_of(self) + self.pos
    cdef Py_ssize_t size = self.end - self.pos
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t length = 0
    cdef char c = 0
    while at < size and at <= self.digits:
        c = text[at]
        if c < b"0" or c > b"9":
            break
        # A leading zero is a length of its own.
        if at > 0 and text[0] == b"0":
            self._handleParseError()
            return False
        length = length * 10 + (c - 48)
        at += 1
    if at > self.digits:
        self._handleParseError()
        return False
    if at == size:
        return False
    if c != b":" or at == 0 or exceeds(self, length):
        self._handleParseError()
        return False
    self.expected = length
    self.pos += at + 1
    return True


cdef int prepare_class(object kind, dict presets) except -1:
    """
    Make descriptors of what the body of a class says; but not in a class that
    sets attributes by a method of its own.  That may write to __dict__, which
    descriptors would hide: there, the attributes are plain ones.
    """
    if kind.__setattr__ is object.__setattr__:
        return make_presets(kind, presets)
    for name in presets:
        if name not in kind.__dict__ and hasattr(kind, name):
            setattr(kind, name, getattr(kind, name))
    if TRANSPORT_NAME not in kind.__dict__:
        setattr(kind, TRANSPORT_NAME, None)
    return 0


def _presetLines(cls, **kwargs):
    super(Framer, cls).__init_subclass__(**kwargs)
    prepare_class(cls, LINE_PRESETS)


def _presetInts(cls, **kwargs):
    super(Framer, cls).__init_subclass__(**kwargs)
    prepare_class(cls, INT_PRESETS)


def _presetNetstrings(cls, **kwargs):
    super(Framer, cls).__init_subclass__(**kwargs)
    prepare_class(cls, NETSTRING_PRESETS)


torsion_put(LineFramer, "__init_subclass__", classmethod(_presetLines))
torsion_put(IntNFramer, "__init_subclass__", classmethod(_presetInts))
torsion_put(NetstringFramer, "__init_subclass__", classmethod(_presetNetstrings))
