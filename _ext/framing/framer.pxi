# What all framers have: the bytes, and what the attributes say.

cdef extern from "stream_api.h":
    ctypedef struct torsion_stream_api:
        int (*do_write)(PyObject *, PyObject *) except -1
        int (*do_write_framed)(
            PyObject *, const char *, Py_ssize_t, const char *, Py_ssize_t, const char *, Py_ssize_t
        ) except -1
        int (*is_disconnecting)(PyObject *) noexcept
    torsion_stream_api *torsion_stream_api_of(PyTypeObject *)

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


@cython.auto_pickle(False)
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
    # Somebody has asked for its __dict__: what is its own is there.
    cdef bint shown
    cdef bint ownTransport
    cdef bint busy
    # See sending.pxi: of the type of transport that has this version.
    cdef torsion_stream_api *streamAPI
    cdef unsigned int streamVersion
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

    cdef dict presets(self):
        """Which attributes are in which of the fields."""
        return {}

    def __getstate__(self):
        return state_of(self)

    def __setstate__(self, state):
        restore(self, state)

    def __reduce_ex__(self, protocol):
        # Older protocols would give the constructor an instance to copy.
        return PLAIN_REDUCE(self, max(protocol, 2))

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
