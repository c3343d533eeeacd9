# The descriptor table over the poller, and the turns: the twin of _masks.
#
# A slot for each descriptor number.  What a generic descriptor wants is told
# to the kernel at once, since the caller must hear of a refusal; what a stream
# wants just before the wait, so that stopping and starting within a callback
# costs nothing.  A slot's generation changes with its owner, and is part of the
# token under which the kernel reports: what was reported of the former owner is
# dropped.

cdef struct Slot:
    PyObject *reader  # owned
    PyObject *writer  # owned
    uint32_t generation
    unsigned char told  # to the kernel
    unsigned char wanted
    flag stale  # the kernel has another generation's token
    flag queued  # in the list of changes


cdef class PollerLoop(Loop):
    """
    A loop that waits with a poller of ours.

    @cvar facility: what of the system that is: C{"epoll"} or C{"kqueue"}.
    """

    facility = poller_facility().decode("ascii")

    cdef poller *waits
    cdef Slot *slots
    cdef Py_ssize_t room
    cdef int *changes
    cdef Py_ssize_t changed, changes_room
    cdef public bint direct  # streams tell us their interest, not the reactor
    cdef readonly object poller
    cdef object waiter

    def __init__(self, reactor, customClock):
        Loop.__init__(self, reactor, customClock)
        self.waits = poller_open()
        if self.waits == NULL:
            PyErr_SetFromErrno(OSError)
        self.poller = Waiter(self)

    def __dealloc__(self):
        free_table(self)
        poller_close(self.waits)
        free(self.changes)

    # -- slots ----------------------------------------------------------------

    cdef Slot *slot(self, int fd) except NULL:
        cdef Py_ssize_t room = self.room
        cdef Slot *slots
        if fd < 0:
            raise ValueError("file descriptor cannot be a negative integer (%d)" % fd)
        if fd >= room:
            room = max(64, room * 2, fd + 1)
            slots = <Slot *>realloc(self.slots, room * sizeof(Slot))
            if slots == NULL:
                raise MemoryError
            memset(slots + self.room, 0, (room - self.room) * sizeof(Slot))
            self.slots, self.room = slots, room
        return &self.slots[fd]

    cdef uint64_t token(self, int fd) noexcept:
        return <uint64_t>self.slots[fd].generation << 32 | <uint32_t>fd

    cdef int tell(self, int fd) noexcept:
        """Let the kernel know what *fd* is waited for; -1 with errno if it refuses."""
        cdef Slot *slot = &self.slots[fd]
        cdef unsigned char wanted = slot.wanted
        if wanted == slot.told and not (slot.stale and wanted):
            return 0
        if self.waits == NULL:
            # There is no kernel's table; if one is made, it will be told all.
            return 0
        if not wanted:
            # Closed: the kernel has forgotten it already.
            poller_forget(self.waits, fd)
            slot.told = 0
            return 0
        if poller_watch(self.waits, fd, slot.told, wanted, self.token(fd)) < 0:
            # It was closed and its number given again, or not closed when we
            # thought so: then the kernel knows better whether it watches it.
            if (errno != EEXIST and errno != ENOENT) or (
                poller_watch(self.waits, fd, not slot.told, wanted, self.token(fd)) < 0
            ):
                slot.told = 0
                return -1
        slot.told = wanted
        slot.stale = False
        return 0

    cdef int note(self, int fd) except -1:
        """Tell the kernel of *fd* before the next wait."""
        cdef Slot *slot = &self.slots[fd]
        cdef Py_ssize_t room
        cdef int *changes
        if slot.queued or (slot.wanted == slot.told and not slot.stale):
            return 0
        if self.changed == self.changes_room:
            room = max(64, self.changes_room * 2)
            changes = <int *>realloc(self.changes, room * sizeof(int))
            if changes == NULL:
                raise MemoryError
            self.changes, self.changes_room = changes, room
        slot.queued = True
        self.changes[self.changed] = fd
        self.changed += 1
        return 0

    cdef int apply(self) except -1:
        """Tell the kernel all that has changed."""
        cdef Py_ssize_t at
        cdef int fd
        cdef list refused = None
        for at in range(self.changed):
            fd = self.changes[at]
            self.slots[fd].queued = False
            if self.tell(fd) < 0:
                if refused is None:
                    refused = []
                refused.append(fd)
        self.changed = 0
        if refused is not None:
            for fd in refused:
                self.refuse(fd)
        return 0

    cdef int refuse(self, int fd) except -1:
        """The kernel will not watch *fd*: it was closed by somebody else."""
        cdef Slot *slot = &self.slots[fd]
        cdef list owners = []
        if slot.reader != NULL:
            owners.append(<object>slot.reader)
        if slot.writer != NULL and slot.writer != slot.reader:
            owners.append(<object>slot.writer)
        self.evict(fd)
        for owner in owners:
            _dispatch.handle(self.reactor, owner, False, False, True)
        return 0

    cdef int evict(self, int fd) except -1:
        """Forget whoever holds *fd*."""
        cdef Slot *slot = &self.slots[fd]
        cdef PyObject *reader = slot.reader
        cdef PyObject *writer = slot.writer
        slot.reader = slot.writer = NULL
        slot.wanted = 0
        slot.generation += 1
        if slot.told:
            poller_forget(self.waits, fd)
            slot.told = 0
        Py_XDECREF(reader)
        Py_XDECREF(writer)
        return 0

    cdef int put(self, int fd, object selectable, unsigned mask) except -1:
        """Make *selectable* the reader or writer of *fd*."""
        cdef Slot *slot = self.slot(fd)
        cdef PyObject *me = <PyObject *>selectable
        cdef PyObject *held = slot.reader if mask == POLLER_READ else slot.writer
        cdef PyObject *other = slot.writer if mask == POLLER_READ else slot.reader
        if held == me:
            return 0
        if held != NULL or (other != NULL and other != me and (<object>other).fileno() != fd):
            self.evict(fd)
        # The table may have moved: what was called above may have made it grow.
        slot = self.slot(fd)
        if slot.reader == NULL and slot.writer == NULL:
            if not isinstance(selectable, StreamBase):
                slot.generation += 1
                slot.stale = slot.told != 0
            elif (<StreamBase>selectable).ticket != slot.generation or not slot.generation:
                slot.generation += 1
                slot.stale = slot.told != 0
                (<StreamBase>selectable).ticket = slot.generation
        Py_INCREF(selectable)
        if mask == POLLER_READ:
            slot.reader = me
        else:
            slot.writer = me
        slot.wanted |= mask
        return 0

    cdef bint take(self, int fd, PyObject *selectable, unsigned mask) except -1:
        """It is the reader or writer of *fd* no longer; return whether it was."""
        cdef Slot *slot
        if fd < 0 or fd >= self.room:
            return False
        slot = &self.slots[fd]
        if mask == POLLER_READ:
            if slot.reader != selectable:
                return False
            slot.reader = NULL
        else:
            if slot.writer != selectable:
                return False
            slot.writer = NULL
        slot.wanted &= ~mask
        Py_DECREF(<object>selectable)
        return True

    # -- streams --------------------------------------------------------------

    cdef inline bint hears(self, StreamBase stream) noexcept:
        """Whether *stream* tells us of its interest."""
        return stream.direct and stream.home is self

    cdef int want(self, StreamBase stream, int fd, unsigned mask) except -1:
        self.put(fd, stream, mask)
        return self.note(fd)

    cdef int unwant(self, StreamBase stream, int fd, unsigned mask) except -1:
        if self.take(fd, <PyObject *>stream, mask):
            self.note(fd)
        return 0

    cdef int leave(self, StreamBase stream, int fd) except -1:
        """*stream* closes *fd* now."""
        cdef Slot *slot
        if fd >= self.room:
            return 0
        slot = &self.slots[fd]
        if slot.generation == stream.ticket and stream.ticket:
            self.evict(fd)
        stream.ticket = 0
        return 0

    # -- any descriptor -------------------------------------------------------

    cdef int add(self, object selectable, unsigned mask) except -1:
        cdef int fd
        cdef int why
        if isinstance(selectable, StreamBase) and self.hears(<StreamBase>selectable):
            fd = (<StreamBase>selectable).fd
            if fd >= 0:
                return self.want(selectable, fd, mask)
        fd = selectable.fileno()
        self.put(fd, selectable, mask)
        if self.tell(fd) < 0:
            why = errno
            self.take(fd, <PyObject *>selectable, mask)
            set_errno(why)
            PyErr_SetFromErrno(OSError)
        return 0

    cdef int remove(self, object selectable, unsigned mask) except -1:
        cdef Py_ssize_t at
        cdef int fd
        cdef PyObject *me = <PyObject *>selectable
        if isinstance(selectable, StreamBase) and self.hears(<StreamBase>selectable):
            fd = (<StreamBase>selectable).fd
            if fd >= 0:
                return self.unwant(selectable, fd, mask)
        fd = selectable.fileno()
        if self.take(fd, me, mask):
            self.tell(fd)
            return 0
        for at in range(self.room):
            if (self.slots[at].reader if mask == POLLER_READ else self.slots[at].writer) == me:
                self.take(at, me, mask)
                self.tell(at)
                return 0
        return 0

    def addReader(self, reader):
        """Call C{reader.doRead} whenever there is something to read."""
        self.add(reader, POLLER_READ)

    def addWriter(self, writer):
        """Call C{writer.doWrite} whenever something can be written."""
        self.add(writer, POLLER_WRITE)

    def removeReader(self, reader):
        """Undo C{addReader}."""
        self.remove(reader, POLLER_READ)

    def removeWriter(self, writer):
        """Undo C{addWriter}."""
        self.remove(writer, POLLER_WRITE)

    def isReading(self, selectable):
        """Tell whether *selectable* is a reader."""
        cdef Py_ssize_t at
        for at in range(self.room):
            if self.slots[at].reader == <PyObject *>selectable:
                return True
        return False

    def readers(self):
        """Return the readers."""
        return [
            <object>self.slots[at].reader
            for at in range(self.room) if self.slots[at].reader != NULL
        ]

    def writers(self):
        """Return the writers."""
        return [
            <object>self.slots[at].writer
            for at in range(self.room) if self.slots[at].writer != NULL
        ]

    # -- waiting --------------------------------------------------------------

    def useWaiter(self, waiter):
        """Wait with *waiter*'s C{poll} instead of our own, L{None}'s."""
        self.waiter = waiter

    def poll(self, timeout):
        """
        Wait up to *timeout* seconds (L{None}: for ever) and handle what
        happens.
        """
        self.turn(-1.0 if timeout is None else max(0.0, timeout))

    cdef int turn(self, double timeout) except -1:
        cdef poller_event events[BATCH]
        cdef int found, at
        if self.has_dirty():
            self.flush_all()
            if self.has_dirty():
                timeout = 0
        if self.changed:
            self.apply()
        self.ident = PyThread_get_thread_ident()
        if self.waiter is not None:
            return self.turn_with(timeout)
        found = self.wait(timeout, events, BATCH)
        for at in range(found):
            self.happened(events[at].token, events[at].events)
        return 0

    cdef int wait(self, double timeout, poller_event *events, int capacity) except -1:
        """As poller_wait; no events when a signal came first."""
        cdef int found
        cdef poller *waits = self.waits
        if waits == NULL:
            raise ValueError(f"I/O operation on closed {self.facility} object")
        if timeout == 0:
            found = poller_wait(waits, 0, events, capacity)
        else:
            with nogil:
                found = poller_wait(waits, timeout, events, capacity)
        self.awake = False
        if found < 0:
            if errno != EINTR:
                PyErr_SetFromErrno(OSError)
            found = 0
        PyErr_CheckSignals()
        return found

    cdef int turn_with(self, double timeout) except -1:
        """Wait with somebody else's poll, which names descriptors."""
        cdef int fd
        cdef unsigned mask
        cdef uint64_t token
        cdef list known = []
        try:
            found = self.waiter.poll(-1 if timeout < 0 else timeout, BATCH)
        except OSError as problem:
            if problem.errno == EINTR:
                return 0
            raise
        for fd, mask in found:
            if 0 <= fd < self.room:
                known.append((self.token(fd), mask))
        for token, mask in known:
            self.happened(token, from_mask(mask))
        return 0

    cdef bint is_current(self, uint64_t token) noexcept:
        """Whether *token* is of whoever holds its descriptor now."""
        cdef int fd = <int>(token & 0xFFFFFFFFu)
        return fd < self.room and self.slots[fd].generation == token >> 32

    cdef int happened(self, uint64_t token, unsigned events) except -1:
        """Handle what happened to a descriptor."""
        cdef int fd = <int>(token & 0xFFFFFFFFu)
        cdef Slot *slot
        cdef PyObject *reader
        cdef PyObject *writer
        cdef bint gone = events & POLLER_GONE
        cdef bint readable, writable
        if not self.is_current(token):
            return 0
        slot = &self.slots[fd]
        reader, writer = slot.reader, slot.writer
        readable = events & POLLER_READ and reader != NULL
        writable = events & POLLER_WRITE and writer != NULL
        if reader == writer or reader == NULL or writer == NULL:
            if readable or writable or gone:
                if reader == NULL:
                    reader = writer
                if reader != NULL:
                    self.handle(<object>reader, readable, writable, gone)
            return 0
        # Two share the descriptor; the first may take the other away.
        other = <object>writer
        if readable or gone:
            self.handle(<object>reader, readable, False, gone)
        if writable or gone:
            if self.is_current(token) and self.slots[fd].writer == <PyObject *>other:
                self.handle(other, False, writable, gone)
        return 0

    cdef int handle(self, object selectable, bint readable, bint writable, bint gone) except -1:
        cdef StreamBase stream
        if isinstance(selectable, StreamBase) and (readable or not gone):
            stream = <StreamBase>selectable
            if stream._socket is None or stream.number() == stream.fd >= 0:
                return self.serve(stream, stream, readable, writable)
        elif readable or not gone:
            return self.serve(selectable, None, readable, writable)
        _dispatch.handle(self.reactor, selectable, readable, writable, gone)
        return 0

    cdef int serve(
        self, object selectable, StreamBase stream, bint readable, bint writable
    ) except -1:
        """
        As _dispatch.handle.

        @param stream: *selectable*, if that is a stream of ours, else None.
        """
        cdef object previous = self.current
        cdef object why = None
        cdef bint reading = False
        self.current = selectable
        try:
            try:
                if stream is None and selectable.fileno() == -1:
                    why = NO_FILEDESC
                    readable = writable = False
                if readable:
                    if stream is None or stream.own & OWN_READ:
                        why = selectable.doRead()
                    else:
                        why = stream.read_once()
                    reading = True
                if writable and not (why is not None and why):
                    reading = False
                    if stream is None or stream.own & OWN_WRITE:
                        why = selectable.doWrite()
                    else:
                        why = stream.write_once()
            except BaseException as problem:
                why = problem
                reading = False
                getattr(selectable, "_raised", log.err)()
            if why is not None and why:
                try:
                    if reading or stream is None or not self.hears(stream):
                        _dispatch.disconnect(self.reactor, selectable, why, reading)
                    else:
                        self.disconnect(stream, why)
                except BaseException:
                    log.err()
            if self.has_dirty():
                self.flush_all()
        finally:
            self.current = previous
        return 0

    cdef int disconnect(self, StreamBase stream, object why) except -1:
        """As _dispatch.disconnect, of a stream that is not found ended by reading."""
        cdef object reason = SHARED_REASONS.get(type(why))
        if reason is None:
            return _dispatch.disconnect(self.reactor, stream, why, False) or 0
        if stream.fd >= 0:
            self.unwant(stream, stream.fd, POLLER_READ)
            self.unwant(stream, stream.fd, POLLER_WRITE)
        stream.connectionLost(reason)
        return 0

    # -- turns ----------------------------------------------------------------

    def run(self):
        """
        Turn until the reactor is stopped: as its C{runUntilCurrent},
        C{timeout} and C{doIteration} again and again, without a frame of
        Python's.
        """
        cdef object reactor = self.reactor
        cdef double timeout
        while reactor._started:
            if self.has_dirty():
                self.flush_all()
            if len(self.calls):
                self.run_calls(reactor._threadCallFailed)
            if self.timers.size:
                # Whom failures are told is looked up when there is one.
                self.timers.run_due(seconds_of(reactor.seconds), self, None, None)
            if reactor._justStopped:
                reactor._justStopped = False
                reactor.fireSystemEvent("shutdown")
            timeout = self.patience(reactor)
            self.turn(timeout if reactor.running else 0)

    # -- threads --------------------------------------------------------------

    def callFromThread(self, f, *args, **kwargs):
        """
        Have *f* called by the reactor's thread, soon; safe from any thread.

        @raise AssertionError: *f* is not callable.
        """
        if not PyCallable_Check(f):
            raise AssertionError(f"{f} is not callable")
        self.calls.append((f, args, kwargs if PyDict_GET_SIZE(kwargs) else None, current_context()))
        # One waking serves all that is handed over until the calls are made;
        # our own thread is awake, and looks before it waits.
        if not self.awake and PyThread_get_thread_ident() != self.ident:
            self.awake = True
            if self.waits != NULL:
                poller_wake(self.waits)

    # -- the kernel's table ---------------------------------------------------

    def close(self):
        """Give the kernel's table back, and forget who is in it."""
        free_table(self)
        self.suspend()

    def suspend(self):
        """
        Give the kernel's table back, until C{resume}: a process that is to be
        forked does so where its child would not have it.
        """
        cdef poller *waits = self.waits
        cdef Py_ssize_t at
        self.waits = NULL
        poller_close(waits)
        for at in range(self.room):
            self.slots[at].told = 0

    def resume(self):
        """Have a table again, and tell it of all who are waited for."""
        cdef Py_ssize_t at
        if self.waits != NULL:
            return
        self.waits = poller_open()
        if self.waits == NULL:
            PyErr_SetFromErrno(OSError)
        for at in range(self.room):
            self.note(at)
        if len(self.calls):
            # Of threads that could not wake us.
            poller_wake(self.waits)


cdef class Waiter:
    """
    The waiting of an L{PollerLoop}, as an object with the methods of
    L{select.epoll}: for those who measure it, or wait in another way.
    """

    cdef PollerLoop loop

    def __init__(self, PollerLoop loop):
        self.loop = loop

    def fileno(self):
        """Return the number of the kernel's table."""
        return -1 if self.loop.waits == NULL else poller_fileno(self.loop.waits)

    def poll(self, timeout=None, maxevents=-1):
        """
        Wait.

        @param timeout: seconds; L{None} or negative: for ever.
        @param maxevents: how many events to return at most.
        @return: a list of descriptor and events, POLLIN and so on.
        """
        cdef poller_event events[BATCH]
        cdef int capacity = BATCH, found, at
        cdef uint64_t token
        cdef list answer = []
        if 0 < maxevents < BATCH:
            capacity = maxevents
        found = self.loop.wait(-1.0 if timeout is None else timeout, events, capacity)
        for at in range(found):
            token = events[at].token
            if self.loop.is_current(token):
                answer.append((<int>(token & 0xFFFFFFFFu), to_mask(events[at].events)))
        return answer

    def close(self):
        """Give the kernel's table back."""
        self.loop.close()

    @property
    def closed(self):
        """Whether it is closed."""
        return self.loop.waits == NULL


# Of the same value as POLLIN and so on, where there are these.
cdef extern from "<poll.h>":
    enum:
        POLLIN
        POLLOUT
        POLLERR
        POLLHUP


cdef extern from *:
    """
    static void torsion_set_errno(int number) { errno = number; }
    """
    void set_errno "torsion_set_errno"(int number)


cdef inline unsigned to_mask(unsigned events) noexcept:
    return (
        (POLLIN if events & POLLER_READ else 0)
        | (POLLOUT if events & POLLER_WRITE else 0)
        | (POLLHUP if events & POLLER_GONE else 0)
    )


cdef inline unsigned from_mask(unsigned events) noexcept:
    return (
        (POLLER_READ if events & POLLIN else 0)
        | (POLLER_WRITE if events & POLLOUT else 0)
        | (POLLER_GONE if events & (POLLERR | POLLHUP) else 0)
    )


cdef int traverse_table(PyObject *self, visitproc visit, void *arg) noexcept:
    cdef PollerLoop loop = <PollerLoop>self
    cdef Py_ssize_t at
    cdef int why = traverse_table_before(self, visit, arg)
    if why:
        return why
    for at in range(loop.room):
        if loop.slots[at].reader != NULL:
            why = visit(loop.slots[at].reader, arg)
            if why:
                return why
        if loop.slots[at].writer != NULL:
            why = visit(loop.slots[at].writer, arg)
            if why:
                return why
    return 0


cdef int clear_table(PyObject *self) noexcept:
    free_table(<PollerLoop>self)
    return clear_table_before(self)


cdef int free_table(PollerLoop loop) noexcept:
    cdef Slot *slots = loop.slots
    cdef Py_ssize_t room = loop.room, at
    loop.slots, loop.room, loop.changed = NULL, 0, 0
    for at in range(room):
        Py_XDECREF(slots[at].reader)
        Py_XDECREF(slots[at].writer)
    free(slots)
    return 0
