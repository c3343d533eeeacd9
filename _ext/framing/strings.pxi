# Strings with their length before them.

# What a byte can be, as an object: a power of it may be no number of C's.
cdef object BYTE = 256


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

    cdef dict presets(self):
        return INT_PRESETS

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

    @cython.binding(False)
    def sendString(self, string):
        """Send *string*, with its length before it."""
        cdef char prefix[8]
        cdef Py_ssize_t size = len(string)
        cdef Py_ssize_t left = size
        cdef Py_ssize_t at
        cdef object bound
        if stale(self):
            self.learn()
        if not self.plain or type(string) is not bytes:
            bound = BYTE**self.prefixLength
            if size >= bound:
                return self._refuseString(size, bound)
            return send(self, pack(self.layout, size) + string)
        at = self.width
        while at:
            at -= 1
            prefix[at] = <char>(left & 255)
            left >>= 8
        if left:
            return self._refuseString(size, BYTE**self.width)
        return send_framed(self, prefix, self.width, string, b"", 0)


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
