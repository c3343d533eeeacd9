# What the framers do with a stream directly; see stream_api.h.

cdef int write_directly(PyObject *stream, PyObject *data) except -1:
    """What C{write} does, for the framers."""
    cdef StreamBase self = <StreamBase>stream
    if self.shadowed:
        return 0
    if self.connected and not self._writeDisconnected and PyBytes_GET_SIZE(<object>data):
        self.push(<object>data)
        self.queued_some()
    return 1


cdef int write_framed(
    PyObject *stream, const char *before, Py_ssize_t size, const char *data, Py_ssize_t length,
    const char *behind, Py_ssize_t rest
) except -1:
    """As C{write_directly}, of *data* with *size* bytes before and *rest* behind."""
    cdef StreamBase self = <StreamBase>stream
    cdef Py_ssize_t total = size + length + rest, room = total
    cdef PyObject *last
    cdef bytes piece
    if self.shadowed:
        return 0
    if not self.connected or self._writeDisconnected or not total:
        return 1
    if total <= SMALL and self.head < self.tail:
        last = self.pieces[self.tail - 1]
        if (
            self.collecting
            and Py_REFCNT(last) == 1
            and PyBytes_GET_SIZE(<object>last) + total <= self.collecting
        ):
            # No reference of ours may come into being meanwhile.
            torsion_append(<object>last, before, size, data, length, behind, rest)
            self.queued += total
            self.queued_some()
            return 1
        # The second in a row: more are likely to come.
        room = COLLECTED
    piece = PyBytes_FromStringAndSize(NULL, room)
    torsion_empty(piece)
    torsion_append(piece, before, size, data, length, behind, rest)
    self.push(piece)
    if room > total:
        self.collecting = room
    self.queued_some()
    return 1


cdef int tell_disconnecting(PyObject *stream) noexcept:
    return (<StreamBase>stream).disconnecting
