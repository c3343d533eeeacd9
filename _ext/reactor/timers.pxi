# Calls to be made later: the twins of _timers_py.

# Rebuilding the heap pays when at least this many and half of it are cancelled.
cdef enum:
    COMPACT = 50


cdef class DelayedCallBase:
    """A call to be made at some time: its state, and how it is changed."""

    debug = False
    # Of those that debug; in the instance's dict then.
    creator = None
    _repr = None

    cdef public double time
    cdef public double delayed_time
    cdef object _func, _args, _kw
    cdef public object canceller, resetter, seconds
    cdef object _context
    cdef public TimerQueue _queue
    cdef uint64_t sequence, born
    cdef public unsigned char cancelled, called
    cdef flag emptied

    def __init__(self, time, func, args, kw, cancel, reset, seconds=realSeconds):
        self.time = time
        self._func = func
        self._args = args
        self._kw = kw
        self.canceller = cancel
        self.resetter = reset
        self.seconds = seconds
        if self.debug:
            self._noteCreator()

    def _noteCreator(self):
        """Remember the stack, for C{repr}; the public class does it."""

    @property
    def func(self):
        """What is to be called; gone once it is cancelled."""
        if self.emptied:
            raise AttributeError("func")
        return self._func

    @func.setter
    def func(self, value):
        self._func = value

    @property
    def args(self):
        """Its arguments; gone once it is cancelled."""
        if self.emptied:
            raise AttributeError("args")
        return self._args

    @args.setter
    def args(self, value):
        self._args = value

    @property
    def kw(self):
        """Its keyword arguments; gone once it is cancelled."""
        if self.emptied:
            raise AttributeError("kw")
        if self._kw is None:
            self._kw = {}
        return self._kw

    @kw.setter
    def kw(self, value):
        self._kw = value

    def getTime(self):
        """Return the moment at which the call is to be made, in seconds."""
        return self.time + self.delayed_time

    def active(self):
        """Tell whether the call is still to be made."""
        return not (self.cancelled or self.called)

    cdef int refuse_if_over(self) except -1:
        if self.cancelled:
            raise AlreadyCancelled
        if self.called:
            raise AlreadyCalled
        return 0

    def cancel(self):
        """Do not make the call."""
        self.refuse_if_over()
        if self.debug:
            self._repr = repr(self)
        self.cancelled = 1
        if self._queue is not None:
            self._queue.note_cancelled(self)
        elif self.canceller is not None:
            self.canceller(self)
        self.emptied = True
        self._func = self._args = self._kw = self._context = None

    def reset(self, secondsFromNow):
        """Make the call *secondsFromNow*, whatever was asked before."""
        cdef double moment
        self.refuse_if_over()
        moment = wall() if self.seconds is None else seconds_of(self.seconds)
        moment += <double>secondsFromNow
        if moment < self.time:
            self.time = moment
            self.delayed_time = 0.0
            self.sooner()
        else:
            self.delayed_time = moment - self.time

    def delay(self, secondsLater):
        """Make the call *secondsLater* than was asked before."""
        self.refuse_if_over()
        self.delayed_time += <double>secondsLater
        if self.delayed_time < 0.0:
            self.activate_delay()
            self.sooner()

    def activate_delay(self):
        """Make what C{delay} added part of C{time}."""
        self.time += self.delayed_time
        self.delayed_time = 0.0

    cdef int sooner(self) except -1:
        if self._queue is not None:
            self._queue.file(self)
        elif self.resetter is not None:
            self.resetter(self)
        return 0

    cdef object make(self):
        """Make the call, in the context in which it was asked for."""
        cdef PyObject *kw = NULL
        cdef object context = self._context
        # A handle that is kept keeps no context.
        self._context = None
        if self._kw is not None and PyDict_GET_SIZE(self._kw):
            kw = <PyObject *>self._kw
        if context is None:
            context = PyContext_New()
        PyContext_Enter(<PyObject *>context)
        try:
            return PyObject_Call(self._func, self._args, kw)
        finally:
            PyContext_Exit(<PyObject *>context)


cdef struct Entry:
    double time
    uint64_t sequence
    PyObject *call  # owned


cdef inline bint before(Entry *one, Entry *other) noexcept nogil:
    return one.time < other.time or (one.time == other.time and one.sequence < other.sequence)


cdef class TimerQueue:
    """The calls of one reactor that are still to be made."""

    cdef public object factory, owner
    cdef Entry *heap
    cdef Py_ssize_t size, room
    cdef uint64_t counter
    cdef Py_ssize_t dropped
    cdef object born  # what __init__ the factory has, if it is not ours
    cdef double latest  # what the clock last said
    # Whether the factory's calls remember who made them, while it is this version
    # of it; 0: of none.
    cdef bint debugs
    cdef unsigned int version

    def __init__(self, factory, owner):
        self.factory = factory
        self.owner = owner
        self.born = None if factory.__init__ is DelayedCallBase.__init__ else factory.__init__

    def __dealloc__(self):
        free_entries(self)

    def __len__(self):
        return self.size

    def callLater(self, delay, callable, *args, **kw):
        """
        Have *callable* called with *args* and *kw* in *delay* seconds.

        @return: a handle, L{twisted.internet.interfaces.IDelayedCall}.
        @raise AssertionError: *callable* is not callable, or *delay* negative.
        """
        cdef double wait
        if not PyCallable_Check(callable):
            raise AssertionError(f"{callable} is not callable")
        wait = delay
        if not wait >= 0:
            raise AssertionError(f"{delay} is not greater than or equal to 0 seconds")
        return self.plan(wait, callable, args, kw)

    cdef DelayedCallBase plan(self, double wait, object function, tuple args, dict kw):
        cdef DelayedCallBase call
        cdef object seconds = self.owner.seconds
        cdef double moment
        self.latest = seconds_of(seconds)
        moment = self.latest + wait
        if self.born is None:
            call = make_bare(self.factory)
            call.time = moment
            call._func = function
            call._args = args
            if PyDict_GET_SIZE(kw):
                call._kw = kw
            call.seconds = seconds
            if self.remembers():
                call._noteCreator()
        else:
            call = self.factory(moment, function, args, kw, None, None, seconds)
        call._context = current_context()
        call._queue = self
        self.file(call)
        call.born = self.counter
        return call

    cdef inline bint remembers(self) except -1:
        """C{debug} of the factory, looked up when that has changed."""
        if not self.version or self.version != version_of(self.factory):
            self.debugs = self.factory.debug
            self.version = version_of(self.factory)
        return self.debugs

    cdef int file(self, DelayedCallBase call) except -1:
        """Enter *call* into the heap; an entry it has already is stale now."""
        cdef Entry entry
        self.counter += 1
        call.sequence = self.counter
        entry.time = call.time
        entry.sequence = self.counter
        entry.call = <PyObject *>call
        self.reserve(1)
        Py_INCREF(call)
        self.size += 1
        sift_up(self.heap, self.size - 1, entry)
        return 0

    cdef int reserve(self, Py_ssize_t more) except -1:
        cdef Py_ssize_t room = self.room
        cdef Entry *heap
        if self.size + more <= room:
            return 0
        room = max(room * 2, 64, self.size + more)
        heap = <Entry *>realloc(self.heap, room * sizeof(Entry))
        if heap == NULL:
            raise MemoryError
        self.heap, self.room = heap, room
        return 0

    def sooner(self, DelayedCallBase call):
        """*call* was brought forward: file it again, the old entry is stale."""
        self.file(call)

    def cancelled(self, call=None):
        """*call* was cancelled; drop such calls when they are too many."""
        self.note_cancelled(call)

    cdef int note_cancelled(self, DelayedCallBase call=None) except -1:
        cdef Py_ssize_t last = self.size - 1
        if call is not None and last >= 0 and self.heap[last].call == <PyObject *>call:
            # A call that is cancelled soon, as most timeouts are, is still
            # where it came in, and a leaf.
            self.size = last
            Py_DECREF(call)
            return 0
        self.dropped += 1
        if self.dropped > COMPACT and self.dropped * 2 > self.size:
            self.compact()
        return 0

    cdef int compact(self) except -1:
        # What is let go goes to the end, and is released when the heap is
        # whole again: releasing may run code that plans calls.
        cdef Py_ssize_t kept = 0, at, gone
        cdef Entry entry
        cdef list released = []
        for at in range(self.size):
            entry = self.heap[at]
            if is_current(&entry):
                self.heap[at] = self.heap[kept]
                self.heap[kept] = entry
                kept += 1
        for at in range(kept, self.size):
            released.append(<object>self.heap[at].call)
            Py_DECREF(<object>self.heap[at].call)
        self.size = kept
        self.dropped = 0
        for at in range((kept - 2) // 4, -1, -1):
            sift_down(self.heap, self.size, at, self.heap[at])
        return 0

    cdef object pop(self):
        """Take the first entry off, and return its call."""
        cdef PyObject *first = self.heap[0].call
        cdef object call = <object>first
        self.size -= 1
        if self.size:
            sift_down(self.heap, self.size, 0, self.heap[self.size])
        elif self.room > 4096:
            free(self.heap)
            self.heap, self.room = NULL, 0
        Py_DECREF(call)
        return call

    cdef bint settle(self, bint exactly) except -1:
        """
        Bring a call to the top that is really the next one, if there is one.

        Unless *exactly*, one that was put off may stand where it was: whoever
        waits for it finds out then, and not each time that it is put off.
        """
        cdef DelayedCallBase call
        while self.size:
            call = <DelayedCallBase>self.heap[0].call
            if call.cancelled:
                self.pop()
                if self.dropped:
                    self.dropped -= 1
            elif self.heap[0].sequence != call.sequence or call.called:
                self.pop()
            elif exactly and call.delayed_time:
                self.pop()
                call.activate_delay()
                self.file(call)
            else:
                return True
        return False

    def nextTime(self):
        """Return when the next call is due at the earliest, L{None} when there is none."""
        return self.heap[0].time if self.settle(False) else None

    def pending(self):
        """Return the calls that are still to be made, in no given order."""
        cdef Py_ssize_t at
        return [
            <object>self.heap[at].call for at in range(self.size) if is_current(&self.heap[at])
        ]

    def runDue(self, double now, after, failed):
        """
        Make the calls that are due, but none that was asked for meanwhile.

        @param after: called after each call.
        @param failed: called with one that raised, inside the except block.
        @return: how many were made.
        """
        return self.run_due(now, None, after, failed)

    cdef Py_ssize_t run_due(self, double now, Loop loop, object after, object failed) except -1:
        cdef uint64_t last = self.counter
        cdef Py_ssize_t made = 0
        cdef DelayedCallBase call
        cdef list held = None
        self.latest = now
        # What is not due yet is left as it is.
        while self.size and self.heap[0].time <= now:
            if not self.settle(True) or self.heap[0].time > now:
                break
            call = self.pop()
            if call.born > last:
                if held is None:
                    held = []
                held.append(call)
                continue
            call.called = 1
            made += 1
            try:
                call.make()
            except BaseException:
                if failed is None:
                    loop.reactor._timedCallFailed(call)
                else:
                    failed(call)
            if loop is not None:
                if loop.has_dirty():
                    loop.flush_all()
            else:
                after()
        if held is not None:
            for call in held:
                self.file(call)
        return made


cdef inline object current_context():
    """A copy of the context, L{None} for one in which nothing is set."""
    cdef object context = PyContext_CopyCurrent()
    return context if PyObject_Length(context) else None


cdef inline DelayedCallBase make_bare(object kind):
    """A new, empty call of the class *kind*, whose __init__ is ours."""
    return <DelayedCallBase>new_instance(kind, ())


cdef inline bint is_current(Entry *entry):
    cdef DelayedCallBase call = <DelayedCallBase>entry.call
    return entry.sequence == call.sequence and not (call.cancelled or call.called)


cdef void sift_up(Entry *heap, Py_ssize_t at, Entry entry) noexcept nogil:
    cdef Py_ssize_t parent
    while at:
        parent = (at - 1) // 4
        if not before(&entry, &heap[parent]):
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = entry


cdef void sift_down(Entry *heap, Py_ssize_t size, Py_ssize_t at, Entry entry) noexcept nogil:
    # Four children a node: fewer levels, and each one is a line of the cache
    # or two.
    cdef Py_ssize_t child, best, last
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        last = child + 4 if child + 4 < size else size
        best = child
        child += 1
        while child < last:
            if before(&heap[child], &heap[best]):
                best = child
            child += 1
        if not before(&heap[best], &entry):
            break
        heap[at] = heap[best]
        at = best
    heap[at] = entry


cdef int traverse_queue(PyObject *self, visitproc visit, void *arg) noexcept:
    cdef TimerQueue queue = <TimerQueue>self
    cdef Py_ssize_t at
    cdef int why = traverse_queue_before(self, visit, arg)
    if why:
        return why
    for at in range(queue.size):
        why = visit(queue.heap[at].call, arg)
        if why:
            return why
    return 0


cdef int clear_queue(PyObject *self) noexcept:
    free_entries(<TimerQueue>self)
    return clear_queue_before(self)


cdef int free_entries(TimerQueue queue) noexcept:
    cdef Entry *heap = queue.heap
    cdef Py_ssize_t size = queue.size, at
    queue.heap, queue.size, queue.room = NULL, 0, 0
    for at in range(size):
        Py_XDECREF(heap[at].call)
    free(heap)
    return 0


