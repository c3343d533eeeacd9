# What the compiled parts take from C, from CPython's API, and from Python.

from cpython.bytes cimport (
    PyBytes_AS_STRING,
    PyBytes_Check,
    PyBytes_FromStringAndSize,
    PyBytes_GET_SIZE,
)
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_XDECREF
from libc.errno cimport EAGAIN, EEXIST, EINTR, ENOBUFS, ENOENT, errno
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

cdef extern from "<stdlib.h>" nogil:
    int posix_memalign(void **made, size_t alignment, size_t size)

cdef extern from "<string.h>" nogil:
    size_t strnlen(const char *text, size_t most)

cdef extern from "Python.h":
    object PyContext_CopyCurrent()
    object PyContext_New()
    Py_ssize_t PyObject_Length(object thing) except -1
    bint PyCallable_Check(object thing)
    int PyList_SetSlice(object sequence, Py_ssize_t low, Py_ssize_t high, PyObject *with_) except -1
    int PyContext_Enter(PyObject *context) except -1
    int PyContext_Exit(PyObject *context) except -1
    unsigned long PyThread_get_thread_ident() nogil
    int PyErr_CheckSignals() except -1
    int PyObject_GenericSetAttr(object, object, object) except -1
    object PyErr_SetFromErrno(object kind)
    object PyObject_Call(object function, object args, PyObject *kw)
    Py_ssize_t PyDict_GET_SIZE(object mapping)
    object PyUnicode_FromString(const char *text)
    const char *PyUnicode_AsUTF8(object text) except NULL

ctypedef int (*visitproc)(PyObject *, void *) noexcept
ctypedef int (*traverseproc)(PyObject *, visitproc, void *) noexcept
ctypedef int (*inquiry)(PyObject *) noexcept

cdef extern from "Python.h":
    ctypedef struct raw_type "PyTypeObject":
        traverseproc tp_traverse
        inquiry tp_clear
        unsigned int tp_version_tag
    raw_type *Py_TYPE(PyObject *thing) nogil

cdef extern from *:
    """
    typedef unsigned char torsion_flag;
    """
    # As bint, of one byte.
    ctypedef bint flag "torsion_flag"

cdef extern from *:
    """
    static PyObject *torsion_new(PyObject *kind, PyObject *args)
    {
        return ((PyTypeObject *)kind)->tp_new((PyTypeObject *)kind, args, NULL);
    }
    """
    object new_instance "torsion_new"(object kind, object args)

cdef extern from *:
    """
    /* Whether an attribute's *name* is *known*, which is interned, as names are
       that come by way of setattr. */
    static inline int torsion_is_named(PyObject *name, PyObject *known)
    {
        return name == known
            || (!PyUnicode_CHECK_INTERNED(name) && PyUnicode_Compare(name, known) == 0);
    }
    """
    bint is_named "torsion_is_named"(object name, object known)

cdef extern from "<time.h>" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    int clock_gettime(int clock, timespec *now)
    int CLOCK_REALTIME

cdef extern from "<sys/types.h>":
    ctypedef unsigned int socklen_t

cdef extern from "<sys/uio.h>" nogil:
    struct iovec:
        void *iov_base
        size_t iov_len

cdef extern from "<sys/socket.h>" nogil:
    struct msghdr:
        void *msg_name
        socklen_t msg_namelen
        iovec *msg_iov
        size_t msg_iovlen
        void *msg_control
        size_t msg_controllen
        int msg_flags
    struct cmsghdr:
        size_t cmsg_len
        int cmsg_level
        int cmsg_type
    cmsghdr *CMSG_FIRSTHDR(msghdr *message)
    cmsghdr *CMSG_NXTHDR(msghdr *message, cmsghdr *header)
    unsigned char *CMSG_DATA(cmsghdr *header)
    size_t CMSG_SPACE(size_t size)
    size_t CMSG_LEN(size_t size)
    ssize_t recv(int fd, void *buffer, size_t size, int flags)
    ssize_t send(int fd, const void *buffer, size_t size, int flags)
    ssize_t sendmsg(int fd, const msghdr *message, int flags)
    int shutdown(int fd, int how)
    int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
    int SOL_SOCKET
    int SO_LINGER
    int SHUT_RDWR

cdef extern from *:
    """
    typedef struct { int l_onoff; int l_linger; } torsion_linger;
    """
    ctypedef struct torsion_linger:
        int l_onoff
        int l_linger

cdef extern from "<unistd.h>" nogil:
    int close(int fd)

cdef extern from "portable.h" nogil:
    int QUIETLY "TORSION_QUIETLY"
    int SEND_MORE "TORSION_MORE"
    void torsion_quiet(int fd)
    ssize_t torsion_receive_rights(int fd, msghdr *message)

cdef extern from "poller.h" nogil:
    ctypedef struct poller:
        pass
    ctypedef struct poller_event:
        uint64_t token
        unsigned events
    unsigned POLLER_READ
    unsigned POLLER_WRITE
    unsigned POLLER_GONE
    const char *poller_facility()
    poller *poller_open()
    void poller_close(poller *p)
    int poller_watch(poller *p, int fd, unsigned before, unsigned interest, uint64_t token)
    int poller_forget(poller *p, int fd)
    int poller_wait(poller *p, double timeout, poller_event *events, int capacity)
    int poller_wake(poller *p)
    int poller_fileno(const poller *p)

import errno as _errno
from collections import deque
from os import fsdecode as _fsdecode
from socket import socket as Socket
from time import time as realSeconds

from twisted.internet import _dispatch, main
from twisted.internet._stream_py import acceptConnection as acceptInPython
from twisted.internet._stream_py import closeSocket
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.python import log

cdef object CONNECTION_DONE = main.CONNECTION_DONE
cdef object CONNECTION_LOST = main.CONNECTION_LOST
cdef dict SHARED_REASONS = _dispatch.SHARED_REASONS
cdef object NO_FILEDESC = _dispatch.NO_FILEDESC
cdef frozenset RETRY = frozenset(
    (_errno.EAGAIN, _errno.EWOULDBLOCK, _errno.EINTR, _errno.ENOBUFS)
)

# One read of a socket at the most, and the bytes that lie ready for it.
cdef enum:
    READ_SIZE = 262144
    DIRECT_SIZE = 131072
    JOINED = 65536  # small pieces up to this many bytes go out as one copy
    SMALL = 1024  # frames up to this many bytes are collected
    COLLECTED = 4096  # up to so many at a time
    PIECES = 64
    OFFER = 1048576
    SPINS = 16
    RIGHTS = 64  # descriptors that one read may bring along
    BATCH = 256

# The longest wait that is asked of the kernel, in seconds.
cdef double LONGEST = 2147483.0

# Seconds, when they are those of the system.
cdef inline double wall() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec + now.tv_nsec * 1e-9


cdef inline double seconds_of(object seconds) except? -1:
    """The time by *seconds*, which is mostly that of the system."""
    return wall() if seconds is realSeconds else seconds()


cdef inline bint worth_retrying(int number) noexcept nogil:
    return number == EAGAIN or number == EINTR or number == ENOBUFS


# Two classes hold references in arrays of C, which Cython's collector support
# does not see; theirs is put in front of it when the module is made.

cdef traverseproc traverse_queue_before
cdef inquiry clear_queue_before
cdef traverseproc traverse_table_before
cdef inquiry clear_table_before


cdef int seal_types() except -1:
    """Let the collector see what the arrays hold."""
    global traverse_queue_before, clear_queue_before
    global traverse_table_before, clear_table_before
    cdef raw_type *kind = <raw_type *><PyObject *>TimerQueue
    traverse_queue_before, clear_queue_before = kind.tp_traverse, kind.tp_clear
    kind.tp_traverse, kind.tp_clear = traverse_queue, clear_queue
    kind = <raw_type *><PyObject *>PollerLoop
    traverse_table_before, clear_table_before = kind.tp_traverse, kind.tp_clear
    kind.tp_traverse, kind.tp_clear = traverse_table, clear_table
    return 0


cdef extern from "stream_api.h":
    """
    static torsion_stream_api torsion_the_stream_api;

    static int torsion_offer_stream_api(PyObject *type,
                                        int (*do_write)(PyObject *, PyObject *),
                                        int (*do_write_framed)(
                                            PyObject *, const char *, Py_ssize_t, const char *,
                                            Py_ssize_t, const char *, Py_ssize_t),
                                        int (*is_disconnecting)(PyObject *))
    {
        torsion_stream_api *api = &torsion_the_stream_api;
        PyObject *attributes = ((PyTypeObject *)type)->tp_dict;
        PyObject *capsule;
        int answer;
        api->base = (PyTypeObject *)type;
        api->write = PyDict_GetItemString(attributes, "write");
        api->disconnecting = PyDict_GetItemString(attributes, "disconnecting");
        api->do_write = do_write;
        api->do_write_framed = do_write_framed;
        api->is_disconnecting = is_disconnecting;
        capsule = PyCapsule_New(api, TORSION_STREAM_API, NULL);
        if (capsule == NULL)
            return -1;
        answer = PyDict_SetItemString(attributes, TORSION_STREAM_API_ATTRIBUTE, capsule);
        Py_DECREF(capsule);
        PyType_Modified((PyTypeObject *)type);
        return answer;
    }
    """
    int torsion_offer_stream_api(
        object,
        int (*)(PyObject *, PyObject *) except -1,
        int (*)(
            PyObject *, const char *, Py_ssize_t, const char *, Py_ssize_t, const char *, Py_ssize_t
        ) except -1,
        int (*)(PyObject *) noexcept,
    ) except -1

cdef extern from *:
    """
    /* Put three pieces behind what is in *bytes*, which has the room, and whom
       nobody else knows. */
    static inline void torsion_append(PyObject *bytes, const char *before, Py_ssize_t size,
                                      const char *data, Py_ssize_t length,
                                      const char *behind, Py_ssize_t rest)
    {
        Py_ssize_t filled = PyBytes_GET_SIZE(bytes);
        char *to = PyBytes_AS_STRING(bytes) + filled;
        if (size)
            memcpy(to, before, size);
        memcpy(to + size, data, length);
        if (rest)
            memcpy(to + size + length, behind, rest);
        to[size + length + rest] = 0;
        Py_SET_SIZE((PyVarObject *)bytes, filled + size + length + rest);
    }
    static inline void torsion_empty(PyObject *bytes)
    {
        Py_SET_SIZE((PyVarObject *)bytes, 0);
    }
    """
    void torsion_append(
        object, const char *, Py_ssize_t, const char *, Py_ssize_t, const char *, Py_ssize_t
    ) noexcept
    void torsion_empty(object) noexcept
    Py_ssize_t Py_REFCNT(PyObject *)

