# Deferreds that have fired, and Deferreds of many.

cdef PyObject *DEFERRED = NULL
cdef object kept_deferred = None
cdef object CancelledError = None


def adopt(deferred, cancelled):
    """
    Make Deferreds of the class *deferred* from now on, and take *cancelled*
    for what cancelled ones fail with.
    """
    global DEFERRED, kept_deferred, CancelledError
    kept_deferred = deferred
    DEFERRED = <PyObject *>deferred
    CancelledError = cancelled


cdef CallbackChain new_deferred(object canceller):
    cdef CallbackChain made
    if not torsion_same_init(DEFERRED, <PyObject *>CallbackChain):
        # Somebody has given the class a constructor.
        return kept_deferred(canceller)
    made = torsion_new(DEFERRED, <PyObject *>EMPTY)
    if canceller is not None:
        made._canceller = canceller
    if debugging(made):
        made._noteCreator()
    return made


@cython.binding(False)
def succeed(result):
    """A Deferred that has fired with *result*."""
    cdef CallbackChain made = new_deferred(None)
    made.called = True
    made.value = result
    return made


cdef CallbackChain failed(object failure):
    cdef CallbackChain made = new_deferred(None)
    if fire(made, failure):
        made.run()
    return made


@cython.binding(False)
def maybeDeferred(f, *args, **kwargs):
    """Call *f*: a Deferred for whatever comes of it."""
    cdef PyObject *raw = torsion_apply(
        <PyObject *>f, <PyObject *>args, <PyObject *>kwargs if kwargs else NULL
    )
    cdef object result
    cdef CallbackChain made
    if raw == NULL:
        raw = torsion_caught()
        result = <object>raw
        Py_DECREF(result)
        made = new_deferred(None)
        if fire(made, failure_of(made, result)):
            made.run()
        return made
    result = <object>raw
    Py_DECREF(result)
    if isinstance(result, CallbackChain):
        return result
    if is_failure(result):
        return failed(result)
    if torsion_is_exactly(<PyObject *>result, COROUTINE):
        return drive(result)
    return succeed(result)


@cython.final
cdef class Collector:
    """
    What the Deferreds of a list have in their chains: puts each result into
    the list, and fires the whole when it is time.
    """

    cdef CallbackChain whole
    cdef list results
    cdef Py_ssize_t missing

    def __init__(self, CallbackChain whole, list results):
        self.whole = whole
        self.results = results
        self.missing = len(results)

    def attach(self, deferreds):
        """Wait for *deferreds*."""
        cdef Py_ssize_t index = 0
        cdef Link *link
        cdef CallbackChain each
        for deferred in deferreds:
            if (
                isinstance(deferred, CallbackChain)
                and torsion_of_class(<PyObject *>deferred, <PyObject *>ADD_CALLBACKS) == PLAIN_ADD_CALLBACKS
            ):
                each = deferred
                link = each.push()
                link.call = held(self)
                link.fail = held(self)
                # The bare index, which is no argument; see collect.
                link.args = held(index)
                link.fargs = held(index)
                if each.called:
                    each.run()
            else:
                deferred.addCallbacks(self, self, callbackArgs=(index,), errbackArgs=(index,))
            index += 1

    def __call__(self, result, index):
        cdef CallbackChain fired = collect(self, result, index)
        if fired is not None:
            fired.run()
        return passed_on(self, result)


cdef CallbackChain collect(Collector self, object result, object index):
    """
    A Deferred of the list has a *result*.

    @return: the whole, if it is fired and to be run.
    """
    cdef CallbackChain whole = self.whole
    cdef bint succeeded = not is_failure(result)
    cdef Py_ssize_t place
    if type(index) is tuple:
        index = index[0]
    place = index
    self.results[place] = (succeeded, result)
    self.missing -= 1
    if whole.called:
        return None
    if succeeded and whole.fireOnOneCallback:
        result = (result, index)
    elif not succeeded and whole.fireOnOneErrback:
        result = _Failure(FirstError(result, index))
    elif self.missing:
        return None
    else:
        result = self.results
    return whole if fire(whole, result) else None


cdef object passed_on(Collector self, object result):
    """What a Deferred of the list goes on with."""
    return None if is_failure(result) and self.whole.consumeErrors else result


cdef object ADD_CALLBACKS = "addCallbacks"
cdef PyObject *PLAIN_ADD_CALLBACKS = torsion_of_type(<PyObject *>CallbackChain, <PyObject *>ADD_CALLBACKS)


def valuesOf(results):
    """The second ones of pairs."""
    return [value for _, value in results]
