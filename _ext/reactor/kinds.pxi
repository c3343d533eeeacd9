# What is known of a class of streams: what it does in Python instead of us.

cdef enum:
    OWN_READ = 1
    OWN_WRITE = 2
    OWN_SEND = 4
    OWN_START_WRITING = 8
    OWN_RECEIVED = 16

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX


cdef class Kind:
    """
    What there is to be known of a class of streams: while the class has the
    same version, nobody has changed it or one that it inherits from.
    """

    cdef unsigned int version
    cdef unsigned char own
    cdef bint takes_rights
    cdef Py_ssize_t buffer_size  # -1: ask for it each time

    def __init__(self, type kind):
        self.takes_rights = kind._receivesRights
        self.own = (
            (0 if kind.doRead is DO_READ else OWN_READ)
            | (0 if kind.doWrite is DO_WRITE else OWN_WRITE)
            | (0 if kind.writeSomeData is WRITE_SOME_DATA else OWN_SEND)
            | (0 if kind.startWriting is START_WRITING else OWN_START_WRITING)
            | (0 if kind._dataReceived is DATA_RECEIVED else OWN_RECEIVED)
        )
        size = kind.bufferSize
        self.buffer_size = size if type(size) is int and 0 <= size <= PY_SSIZE_T_MAX else -1
        # Last: looking things up is what gives it a version.
        self.version = version_of(kind)


cdef inline unsigned int version_of(object kind):
    """0 when it has none."""
    return (<raw_type *><PyObject *>kind).tp_version_tag
