# Netstrings.

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

    cdef dict presets(self):
        return NETSTRING_PRESETS

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

    @cython.binding(False)
    def sendString(self, string):
        """Send *string* as a netstring."""
        cdef char digits[20]
        cdef Py_ssize_t left = len(string)
        cdef int at = sizeof(digits) - 1
        if stale(self):
            self.learn()
        if type(string) is not bytes:
            string = bytes(memoryview(string))
        digits[at] = b":"
        while True:
            at -= 1
            digits[at] = <char>(48 + left % 10)
            left //= 10
            if not left:
                break
        return send_framed(self, digits + at, sizeof(digits) - at, string, b",", 1)

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
