# Generators and coroutines that wait for Deferreds.

cdef enum:
    RETURNED = 0
    RAISED = -1
    YIELDED = 1


@cython.final
@cython.freelist(64)
cdef class Awaiter:
    """What awaiting a Deferred iterates over: it yields it, if it must."""

    cdef CallbackChain awaited
    # Iterated over instead, see bridge.
    cdef object instead

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        """Go on with *value*."""
        cdef PyObject *raw = NULL
        cdef int how = send_awaiter(<PyObject *>self, <PyObject *>value, &raw)
        if how == RAISED:
            problem = <object>torsion_caught()
            Py_DECREF(problem)
            raise problem
        answer = <object>raw
        Py_DECREF(answer)
        if how == YIELDED:
            return answer
        raise StopIteration(answer)


# See bridge.
cdef object WAIT = None
cdef object DEFERRED_OF = None


def bridge(wait, deferredOf):
    """
    Let coroutines wait for what belongs to another driver than ours, and let
    another driver run coroutines that wait for Deferreds; see the pure twin.
    """
    global WAIT, DEFERRED_OF
    WAIT = wait
    DEFERRED_OF = deferredOf


cdef int send_awaiter(PyObject *awaiter, PyObject *value, PyObject **answer) noexcept:
    """The slot behind PyIter_Send, which returns without raising anything."""
    cdef Awaiter self = <Awaiter>awaiter
    cdef CallbackChain awaited = self.awaited
    cdef PyObject *raw
    if self.instead is not None:
        return torsion_iterate(<PyObject *>self.instead, value, answer)
    if awaited is None:
        # It has yielded, and this is the result.
        Py_INCREF(<object>value)
        answer[0] = value
        return RETURNED
    self.awaited = None
    if awaited.value is NO_RESULT or awaited.paused or isinstance(awaited.value, CallbackChain):
        if WAIT is None:
            answer[0] = held(awaited)
            return YIELDED
        raw = torsion_call(<PyObject *>WAIT, <PyObject *>awaited, NULL, NULL)
        if raw == NULL:
            return RAISED
        self.instead = <object>raw
        Py_DECREF(self.instead)
        return torsion_iterate(raw, value, answer)
    if is_failure(awaited.value):
        answer[0] = raise_failure(awaited)
        return RAISED
    answer[0] = held(awaited.value)
    return RETURNED


cdef PyObject *raise_failure(CallbackChain awaited) noexcept:
    """Raise what *awaited* failed with, without an entry in its traceback."""
    cdef PyObject *answer = torsion_call_method(<PyObject *>awaited, <PyObject *>NOTE_FAILURE, <PyObject *>None)
    if answer == NULL:
        return NULL
    Py_DECREF(<object>answer)
    return torsion_call_method(<PyObject *>awaited.value, <PyObject *>RAISE_EXCEPTION, NULL)


cdef object NOTE_FAILURE = "_noteFailure"
cdef object RAISE_EXCEPTION = "raiseException"
cdef object THROW = "throwExceptionIntoGenerator"

torsion_set_send(<PyObject *>Awaiter, send_awaiter)


@cython.final
@cython.freelist(64)
cdef class Driver:
    """
    Runs one generator: sends it the results that it waits for.

    It is the callback of what is waited for and the canceller of the outcome,
    and tells by what it is called with which of them it is meant to be.
    """

    cdef object context
    cdef object generator
    cdef CallbackChain outcome
    cdef CallbackChain waitingOn

    def __call__(self, what):
        cdef CallbackChain ended
        if isinstance(what, CallbackChain):
            self.cancel(what)
            return
        ended = resume(self, what)
        if ended is not None:
            ended.run()

    cdef int cancel(self, CallbackChain outcome) except -1:
        """
        The outcome is not wanted.  The generator gets a CancelledError where
        it waits, and may still return something; what has been added to the
        outcome so far waits for that.
        """
        callbacks = outcome._callbacks
        outcome._callbacks = [(PASSTHRU, (), {}, self._cancelled, (), {}), *callbacks]
        return 0

    def _cancelled(self, reason):
        cdef CallbackChain final
        reason.trap(CancelledError)
        self.outcome = final = new_deferred(self)
        if self.waitingOn is not None:
            self.waitingOn.cancel()
        return final


cdef CallbackChain resume(Driver self, object result):
    """
    Go on with *result*, until the generator waits for something that is not
    there yet, or ends.

    @return: the outcome, to be run, if it has ended.
    """
    cdef PyObject *raw
    cdef object problem
    cdef int returned = 0
    cdef CallbackChain waited
    self.waitingOn = None
    while True:
        if is_failure(result):
            raw = torsion_throw(
                <PyObject *>self.context, <PyObject *>self.generator, <PyObject *>result, <PyObject *>THROW
            )
        else:
            raw = torsion_send(
                <PyObject *>self.context, <PyObject *>self.generator, <PyObject *>result, &returned
            )
        if raw == NULL:
            raw = torsion_caught()
            problem = <object>raw
            Py_DECREF(problem)
            if isinstance(problem, StopIteration):
                result = problem.value
            elif isinstance(problem, _DefGen_Return):
                _warnIfFromElsewhere(problem, self.generator)
                result = problem.value
            else:
                result = failure_of(self.outcome, problem)
            break
        result = <object>raw
        Py_DECREF(result)
        if returned:
            break
        if isinstance(result, CallbackChain):
            waited = result
        elif torsion_is_exactly(<PyObject *>result, GENERATOR) or torsion_is_exactly(<PyObject *>result, COROUTINE):
            waited = drive(result)
        elif DEFERRED_OF is None:
            continue
        else:
            other = DEFERRED_OF(result, self.generator)
            if other is None:
                continue
            waited = other
        if not is_there(waited):
            wait_in(self, waited)
            return None
        result = waited.value
        waited.value = None
        if waited._debugInfo is not None:
            waited._noteFailure(None)
    waited = self.outcome
    return waited if fire(waited, result) else None


cdef inline bint is_there(CallbackChain waited) noexcept:
    return (
        waited.called
        and not waited.paused
        and waited.head == waited.tail
        and not waited._runningCallbacks
        and not isinstance(waited.value, CallbackChain)
    )


cdef int wait_in(Driver self, CallbackChain waited) except -1:
    cdef Link *link
    self.waitingOn = waited
    if torsion_of_class(<PyObject *>waited, <PyObject *>ADD_BOTH) != PLAIN_ADD_BOTH:
        waited.addBoth(self)
        return 0
    link = waited.push()
    link.call = held(self)
    link.fail = held(self)
    if waited.called:
        waited.run()
    return 0


def drive(generator):
    """
    Run *generator*, in a copy of the current context: a Deferred for what it
    returns.
    """
    cdef Driver driver = Driver.__new__(Driver)
    cdef CallbackChain outcome = new_deferred(driver)
    cdef CallbackChain ended
    driver.generator = generator
    driver.context = PyContext_CopyCurrent()
    driver.outcome = outcome
    # A generator that yields a generator comes back here without a frame.
    Py_EnterRecursiveCall(" while driving a generator")
    try:
        ended = resume(driver, None)
        if ended is not None:
            ended.run()
    finally:
        Py_LeaveRecursiveCall()
    return outcome
