# What framers send, and what they ask their transport.  A compiled stream is
# told directly, any other transport by its attributes; see stream_api.h.

cdef inline torsion_stream_api *api_of(Framer self, PyObject *transport) noexcept:
    """What may be done with *transport* directly; NULL: nothing."""
    cdef PyTypeObject *kind = Py_TYPE(<object>transport)
    if self.streamVersion == 0 or self.streamVersion != torsion_type_version(kind):
        self.streamAPI = torsion_stream_api_of(kind)
        # Looking it up is what gives a type its version.
        self.streamVersion = torsion_type_version(kind)
    return self.streamAPI


cdef object send(Framer self, object data):
    """Have the transport write *data*."""
    cdef PyObject *own = <PyObject *>self.transport_
    cdef torsion_stream_api *api
    cdef object transport
    if own == NULL or not self.ownTransport:
        return self.transport.write(data)
    # Held: what it does may replace it.
    transport = <object>own
    if type(data) is bytes:
        api = api_of(self, own)
        if api != NULL and api.do_write(own, <PyObject *>data):
            return None
    return transport.write(data)


cdef object send_framed(
    Framer self, const char *before, Py_ssize_t size, bytes data, const char *behind, Py_ssize_t rest
):
    """Have the transport write *data* with *size* bytes before it and *rest* behind it."""
    cdef PyObject *own = <PyObject *>self.transport_
    cdef torsion_stream_api *api
    if own != NULL and self.ownTransport:
        api = api_of(self, own)
        if api != NULL and api.do_write_framed(
            own, before, size, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), behind, rest
        ):
            return None
    return send(self, enclosed(before, size, data, behind, rest))


cdef inline bint is_disconnecting(Framer self) except -1:
    """Whether the transport is, if there is one."""
    cdef PyObject *own = <PyObject *>self.transport_
    cdef torsion_stream_api *api
    cdef object transport
    if own != NULL and self.ownTransport:
        api = api_of(self, own)
        if api != NULL:
            return api.is_disconnecting(own)
        transport = <object>own
    else:
        transport = self.transport
    if transport is None:
        return False
    return transport and transport.disconnecting


cdef bytes enclosed(
    const char *before, Py_ssize_t size, bytes data, const char *behind, Py_ssize_t rest
):
    """*data* with *size* bytes before it and *rest* behind it."""
    cdef Py_ssize_t length = PyBytes_GET_SIZE(data)
    cdef bytes made = PyBytes_FromStringAndSize(NULL, size + length + rest)
    cdef char *to = PyBytes_AS_STRING(made)
    memcpy(to, before, size)
    memcpy(to + size, PyBytes_AS_STRING(data), length)
    memcpy(to + size + length, behind, rest)
    return made
