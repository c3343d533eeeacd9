# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""
The compiled twin of the proactor; see twisted.internet._proactor_py, which
says what it does, and proactor.h, on which it is built.
"""

include "version.pxi"

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.ref cimport Py_INCREF
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free

from twisted.internet._proactor_py import checkPort, failure

cdef extern from "proactor.h" nogil:
    enum:
        PROACTOR_DONE
        PROACTOR_PENDING
        PROACTOR_BUFFERS
    ctypedef struct proactor:
        pass
    ctypedef struct proactor_operation:
        pass
    ctypedef struct proactor_buffer:
        const void *base
        size_t length
    ctypedef struct proactor_completion:
        proactor_operation *operation
        void *owner
        int error
        size_t count
    proactor *proactor_open(int *error)
    void proactor_close(proactor *p)
    int proactor_register(proactor *p, uintptr_t handle)
    proactor_operation *proactor_operation_new(void *owner)
    int proactor_operation_free(proactor_operation *op)
    int proactor_operation_pending(const proactor_operation *op)
    int proactor_receive(proactor *p, proactor_operation *op, uintptr_t handle,
                         const proactor_buffer *buffers, int count, size_t *got)
    int proactor_send(proactor *p, proactor_operation *op, uintptr_t handle,
                      const proactor_buffer *buffers, int count, size_t *sent)
    int proactor_receive_from(proactor *p, proactor_operation *op, uintptr_t handle,
                              const proactor_buffer *buffers, int count, size_t *got)
    const void *proactor_sender(const proactor_operation *op, int *length)
    int proactor_accept(proactor *p, proactor_operation *op, uintptr_t listener,
                        uintptr_t accepted)
    int proactor_connect(proactor *p, proactor_operation *op, uintptr_t handle,
                         const void *address, int length)
    int proactor_cancel(proactor *p, proactor_operation *op)
    void proactor_cancel_all(proactor *p, uintptr_t handle)
    int proactor_wait(proactor *p, double timeout, proactor_completion *completions,
                      int capacity)
    int proactor_wake(proactor *p)

cdef extern from *:
    """
    #include <winsock2.h>
    #include <ws2tcpip.h>
    #include <string.h>

    typedef struct sockaddr_storage torsion_room;

    /* Write a socket address.  Returns its length, 0 if it is none. */
    static int torsion_address(const char *host, int port, unsigned long flow,
                               unsigned long scope, torsion_room *room)
    {
        struct sockaddr_in *four = (struct sockaddr_in *)room;
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)room;
        int length = (int)sizeof *six;
        memset(room, 0, sizeof *room);
        if (strchr(host, ':') == NULL) {
            four->sin_family = AF_INET;
            four->sin_port = htons((u_short)port);
            return inet_pton(AF_INET, host, &four->sin_addr) == 1 ? (int)sizeof *four : 0;
        }
        if (WSAStringToAddressA((char *)(uintptr_t)host, AF_INET6, NULL, (struct sockaddr *)room,
                                &length) != 0)
            return 0;
        six->sin6_port = htons((u_short)port);
        six->sin6_flowinfo = htonl(flow);
        if (scope)
            six->sin6_scope_id = scope;
        return length;
    }

    /* Read one.  Returns the length of its host, 0 if it is of a family unknown. */
    static int torsion_read(const void *address, char *host, int *port, unsigned long *flow,
                            unsigned long *scope)
    {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
        *flow = *scope = 0;
        if (four->sin_family == AF_INET) {
            *port = ntohs(four->sin_port);
            return inet_ntop(AF_INET, (void *)&four->sin_addr, host, 64) ? (int)strlen(host) : 0;
        }
        if (four->sin_family != AF_INET6)
            return 0;
        *port = ntohs(six->sin6_port);
        *flow = ntohl(six->sin6_flowinfo);
        *scope = six->sin6_scope_id;
        return inet_ntop(AF_INET6, (void *)&six->sin6_addr, host, 64) ? (int)strlen(host) : 0;
    }
    """
    ctypedef struct torsion_room:
        pass
    int torsion_address(const char *host, int port, unsigned long flow, unsigned long scope,
                        torsion_room *room) nogil
    int torsion_read(const void *address, char *host, int *port, unsigned long *flow,
                     unsigned long *scope) nogil

DEF BATCH = 64


cdef class Operation:
    """
    Something that has been begun.

    It is in its proactor's set while it is pending, so that nothing the kernel
    writes to or reads from goes away.
    """

    cdef proactor_operation *op
    cdef Py_buffer *views
    cdef int viewed
    cdef bytes room
    cdef readonly uintptr_t fd
    cdef public object owner, then, value
    cdef public int error

    def __cinit__(self):
        self.op = proactor_operation_new(<void *>self)
        if self.op is NULL:
            raise MemoryError

    def __dealloc__(self):
        self.release()
        # What is pending even now is the kernel's, and stays.
        proactor_operation_free(self.op)

    cdef int view(self, list pieces, proactor_buffer *buffers) except -1:
        """Hold *pieces*, as many as are taken, and describe them."""
        cdef int i, count = <int>min(len(pieces), PROACTOR_BUFFERS)
        self.views = <Py_buffer *>calloc(count, sizeof(Py_buffer))
        if self.views is NULL:
            raise MemoryError
        for i in range(count):
            PyObject_GetBuffer(pieces[i], &self.views[i], PyBUF_SIMPLE)
            self.viewed += 1
            buffers[i].base = self.views[i].buf
            buffers[i].length = <size_t>self.views[i].len
        return count

    cdef void release(self) noexcept:
        cdef int i
        for i in range(self.viewed):
            PyBuffer_Release(&self.views[i])
        self.viewed = 0
        free(self.views)
        self.views = NULL

    cdef over(self, int error, size_t count):
        self.error = error
        self.release()
        if self.room is not None:
            room, self.room = self.room, None
            if not error:
                self.value = room[:count], self.sender()
        elif not error:
            self.value = count

    cdef sender(self):
        cdef char host[64]
        cdef int port = 0, length = 0
        cdef unsigned long flow = 0, scope = 0
        cdef const void *address = proactor_sender(self.op, &length)
        if length == 0:
            return None
        length = torsion_read(address, host, &port, &flow, &scope)
        if length == 0:
            return None
        name = host[:length].decode("ascii")
        return (name, port, flow, scope) if ":" in name else (name, port)


cdef class Proactor:
    """Begins operations, and waits until they are over."""

    cdef proactor *p
    cdef set pending
    cdef object __weakref__

    def __cinit__(self):
        cdef int error = 0
        self.pending = set()
        self.p = proactor_open(&error)
        if self.p is NULL:
            raise failure(error)

    def __dealloc__(self):
        if self.p is not NULL:
            proactor_close(self.p)

    cdef int check(self) except -1:
        if self.p is NULL:
            raise ValueError("the proactor is closed")
        return 0

    # -- sockets ------------------------------------------------------------

    def register(self, uintptr_t fd, bint datagrams=False):
        """Let operations be begun on the socket *fd*."""
        self.check()
        cdef int error = proactor_register(self.p, fd)
        if error:
            raise failure(error)

    def cancel(self, Operation operation not None):
        """Cancel *operation*; it completes all the same, maybe with a result."""
        self.check()
        proactor_cancel(self.p, operation.op)

    def cancelAll(self, uintptr_t fd):
        """Cancel all that is pending on *fd*, which is about to be closed."""
        if self.p is not NULL:
            proactor_cancel_all(self.p, fd)

    # -- beginning ------------------------------------------------------------

    cdef Operation begin(self, uintptr_t fd, owner, then):
        self.check()
        cdef Operation operation = Operation.__new__(Operation)
        operation.fd = fd
        operation.owner = owner
        operation.then = then
        return operation

    cdef bint begun(self, Operation operation, int answer) except -1:
        """Return whether it is pending."""
        if answer == PROACTOR_PENDING:
            self.pending.add(operation)
            return True
        if answer != PROACTOR_DONE:
            operation.release()
            raise failure(answer)
        return False

    def awaitData(self, uintptr_t fd, owner, then):
        """Tell when there is something to receive, or the end."""
        cdef size_t got = 0
        cdef Operation operation = self.begin(fd, owner, then)
        if self.begun(operation, proactor_receive(self.p, operation.op, fd, NULL, 0, &got)):
            return operation
        return None

    def send(self, uintptr_t fd, list pieces not None, owner, then):
        """Send *pieces*, which stay untouched until it is over."""
        cdef proactor_buffer buffers[PROACTOR_BUFFERS]
        cdef size_t sent = 0
        cdef Operation operation = self.begin(fd, owner, then)
        cdef int count = operation.view(pieces, buffers)
        if self.begun(
            operation, proactor_send(self.p, operation.op, fd, buffers, count, &sent)
        ):
            return operation
        return sent

    def receiveFrom(self, uintptr_t fd, Py_ssize_t size, owner, then):
        """Receive a datagram of up to *size* bytes; the rest of it is lost."""
        cdef proactor_buffer buffer
        cdef size_t got = 0
        cdef Operation operation = self.begin(fd, owner, then)
        operation.room = PyBytes_FromStringAndSize(NULL, size)
        buffer.base = PyBytes_AS_STRING(operation.room)
        buffer.length = <size_t>size
        # Datagrams are always reported by the port.
        self.begun(
            operation, proactor_receive_from(self.p, operation.op, fd, &buffer, 1, &got)
        )
        return operation

    def accept(self, uintptr_t fd, uintptr_t accepted, owner, then):
        """Accept a connection of *fd* as *accepted*, a new socket."""
        cdef Operation operation = self.begin(fd, owner, then)
        if self.begun(operation, proactor_accept(self.p, operation.op, fd, accepted)):
            return operation
        return None

    def connect(self, uintptr_t fd, tuple address not None, owner, then):
        """Connect *fd*, which is bound, to *address*."""
        cdef torsion_room room
        checkPort(address[1])
        cdef int length, port = address[1]
        cdef unsigned long flow = 0, scope = 0
        if len(address) > 2:
            flow, scope = address[2], address[3]
        host = address[0].encode("ascii")
        length = torsion_address(host, port, flow, scope, &room)
        if length == 0:
            raise ValueError(f"{address[0]!r} is no address")
        cdef Operation operation = self.begin(fd, owner, then)
        if self.begun(
            operation, proactor_connect(self.p, operation.op, fd, &room, length)
        ):
            return operation
        return None

    # -- waiting ----------------------------------------------------------------

    def wait(self, timeout):
        """Wait until something is over; return what is."""
        cdef proactor_completion found[BATCH]
        cdef double seconds = -1.0 if timeout is None else timeout
        cdef int count, i
        cdef Operation operation
        self.check()
        with nogil:
            count = proactor_wait(self.p, seconds, found, BATCH)
        if count < 0:
            raise failure(-count)
        over = []
        for i in range(count):
            operation = <Operation>found[i].owner
            self.pending.discard(operation)
            operation.over(found[i].error, found[i].count)
            over.append(operation)
        return over

    def wake(self):
        """End the wait that is on, or else the next one; from any thread."""
        if self.p is not NULL:
            proactor_wake(self.p)

    def close(self):
        """Cancel what is pending, see it end, and give the port back."""
        cdef proactor *p = self.p
        cdef Operation operation
        self.p = NULL
        if p is NULL:
            return
        with nogil:
            proactor_close(p)
        for operation in self.pending:
            if proactor_operation_pending(operation.op):
                # The kernel has it for good, with what it reads and writes.
                Py_INCREF(operation)
        self.pending.clear()
