# What a reactor does in each turn besides waiting: the twin of _loop_py.


cdef class Loop:
    """The queues of one reactor: timers, calls from threads, streams to flush."""

    cdef public object reactor, current
    cdef readonly list calls
    cdef readonly TimerQueue timers
    cdef readonly object callLater
    cdef unsigned long ident
    cdef StreamBase first, last
    cdef object others  # those of Python that are to be flushed
    cdef Py_ssize_t others_count
    cdef bint flushing, awake
    cdef Kind kind  # of the streams that were opened last
    cdef char *buffer
    cdef size_t buffer_size

    def __init__(self, reactor, customClock):
        # Late: the public class of the calls stands above this module.
        from twisted.internet._delayed import DelayedCall

        self.reactor = reactor
        self.calls = []
        self.others = deque()
        self.timers = TimerQueue(DelayedCall, reactor)
        self.callLater = self.timers.callLater

    def __dealloc__(self):
        free(self.buffer)

    cdef char *scratch(self, size_t size) except NULL:
        cdef char *buffer
        if size > self.buffer_size:
            # On a page: to where malloc would have it, 16 bytes further, the
            # kernel has been measured to copy 100 KB in twice the time.
            if posix_memalign(<void **>&buffer, 4096, size):
                raise MemoryError
            free(self.buffer)
            self.buffer, self.buffer_size = buffer, size
        return self.buffer

    # -- whose event it is ----------------------------------------------------

    @property
    def thread(self):
        """The thread that runs the loop, L{None} before it runs."""
        return self.ident or None

    def prefix(self):
        """Return the log prefix of C{current}, if this thread runs the loop."""
        if self.current is None or self.ident != PyThread_get_thread_ident():
            return None
        logPrefix = getattr(self.current, "logPrefix", None)
        return logPrefix() if logPrefix is not None else None

    def enter(self, selectable):
        """*selectable*'s event is handled now; return whose was before."""
        previous = self.current
        self.current = selectable
        self.ident = PyThread_get_thread_ident()
        return previous

    # -- streams --------------------------------------------------------------

    @property
    def dirty(self):
        """Whether streams have been written to and not yet flushed."""
        return self.has_dirty()

    cdef inline bint has_dirty(self):
        return self.first is not None or self.others_count != 0

    cdef int mark(self, StreamBase stream) except -1:
        if self.last is None:
            self.first = stream
        else:
            self.last.next_dirty = stream
        self.last = stream
        return 0

    def markDirty(self, stream):
        """Call C{stream.flushNow} when the callback that runs now has returned."""
        self.others.append(stream)
        self.others_count += 1

    def flush(self):
        """Send what was queued, on every stream that was written to."""
        self.flush_all()

    cdef int flush_all(self) except -1:
        cdef StreamBase stream, end
        cdef int spins = 0
        if self.flushing:
            return 0
        self.flushing = True
        try:
            while self.has_dirty() and spins < SPINS:
                spins += 1
                # Those that are written to meanwhile come behind `end`.  One
                # is taken off at a time: what raises leaves the rest in line.
                end = self.last
                while self.first is not None:
                    stream = self.first
                    self.first = stream.next_dirty
                    if self.first is None:
                        self.last = None
                    stream.next_dirty = None
                    if not stream.flush_quickly():
                        stream.flush_now(self)
                    if stream is end:
                        break
                for _ in range(self.others_count):
                    self.others_count -= 1
                    self.others.popleft().flushNow()
        finally:
            self.flushing = False
        return 0

    # -- datagrams ------------------------------------------------------------

    def receiveDatagrams(self, skt, size):
        """
        Take datagrams that lie ready.

        @param size: bytes of one; what is longer is cut.
        @return: pairs of data and address, and L{None} at the end if there may
            be more.
        @raise OSError: there are none, or it is an error that was queued.
        """
        return receive_datagrams(self, skt.fileno(), size)

    def sendDatagram(self, skt, family, data, host, port):
        """
        Send a datagram.

        @return: how many bytes went, or L{None} if that cannot be said to be
            an address without another look.
        @raise OSError: the kernel refused.
        """
        if type(data) is not bytes:
            return None
        return send_datagram(skt.fileno(), family, data, host, port)

    # -- a turn ---------------------------------------------------------------

    def runCalls(self, failed):
        """
        Make the calls that threads had handed over when this was called.

        @param failed: called inside the except block of one that raised.
        @return: whether more came meanwhile.
        """
        return self.run_calls(failed)

    cdef bint run_calls(self, object failed) except -1:
        cdef tuple call
        cdef list calls = self.calls
        cdef list batch
        self.awake = False
        batch = calls[:]
        PyList_SetSlice(calls, 0, len(batch), NULL)
        for call in batch:
            try:
                make_handed_over(call)
            except BaseException:
                failed()
            if self.has_dirty():
                self.flush_all()
        return len(calls) != 0

    def runTimers(self, now, failed):
        """
        Make the delayed calls that are due at *now*.

        @param failed: called with the call inside the except block of one
            that raised.
        """
        if self.timers.size:
            self.timers.run_due(now, self, None, failed)

    def timeout(self, now):
        """
        Return how many seconds may be waited: 0 when something is to be done
        at once, L{None} when nothing is planned.
        """
        if self.calls or self.has_dirty():
            return 0
        if not self.timers.settle(False):
            return None
        return max(0, min(self.timers.heap[0].time - <double>now, LONGEST))

    cdef double patience(self, object reactor) except? -2:
        """As C{timeout}; for ever is -1."""
        if len(self.calls) or self.has_dirty():
            return 0
        if not self.timers.settle(False):
            return -1
        if self.timers.heap[0].time <= self.timers.latest:
            # Planned for at once: the clock need not be asked.
            return 0
        return max(0.0, min(self.timers.heap[0].time - seconds_of(reactor.seconds), LONGEST))


cdef object make_handed_over(tuple call):
    """Make a call: function, arguments, keywords and, if kept, the context."""
    cdef object context = call[3] if len(call) > 3 else None
    cdef dict kw = call[2]
    if context is None:
        context = PyContext_New()
    PyContext_Enter(<PyObject *>context)
    try:
        return PyObject_Call(
            call[0], call[1], <PyObject *>kw if kw is not None and PyDict_GET_SIZE(kw) else NULL
        )
    finally:
        PyContext_Exit(<PyObject *>context)
