# Lines.

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

    cdef dict presets(self):
        return LINE_PRESETS

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
        cdef bytes delimiter
        if stale(self):
            self.learn()
        delimiter = self.delimiter_
        if type(line) is bytes:
            return send_framed(
                self, b"", 0, line, PyBytes_AS_STRING(delimiter), PyBytes_GET_SIZE(delimiter)
            )
        return send(self, line + delimiter)


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
