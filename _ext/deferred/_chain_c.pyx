# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature.format=clinic
"""
The compiled twin of the Deferred's fast path; see
twisted.internet._chain_py and twisted.internet._driver_py, which say what it
does.

State is in C fields.  What is to be done is an array of links, the first two
of them inside the object, so that most Deferreds allocate nothing else.  The
loop makes one call for each callback and none for what is compiled itself:
Deferreds that wait, generators, coroutines and members of a list go on in the
same loop, so that neither C nor Python recurses however long a chain is.
"""

cimport cython
from cpython.contextvars cimport PyContext_CopyCurrent
from cpython.object cimport PyObject, PyObject_TypeCheck, PyTypeObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.string cimport memcpy, memmove

include "calls.pxi"

from types import CoroutineType, GeneratorType

from twisted.internet._driver_py import _DefGen_Return, _warnIfFromElsewhere
from twisted.internet._chain_py import _CONTINUE as _PURE_CONTINUE
from twisted.internet._chain_py import _NO_RESULT as _PURE_NO_RESULT
from twisted.internet._chain_py import AlreadyCalledError, FirstError, passthru as _pure_passthru
from twisted.python import failure as _failure_module
from twisted.python.failure import Failure as _Failure

cdef object CONTINUE = _PURE_CONTINUE
cdef object NO_RESULT = _PURE_NO_RESULT
cdef object PASSTHRU = _pure_passthru
# Borrowed: the name above keeps it alive.
cdef PyTypeObject *FAILURE = <PyTypeObject *>_Failure
cdef PyObject *GENERATOR = <PyObject *>GeneratorType
cdef PyObject *COROUTINE = <PyObject *>CoroutineType
cdef object EMPTY = ()

include "failing.pxi"


cdef struct Link:
    # What is to be done with a value, and what with a failure; no function: it
    # passes on as it is.
    PyObject *call
    PyObject *args
    PyObject *kw
    PyObject *fail
    PyObject *fargs
    PyObject *fkw

cdef enum:
    INSIDE = 2

cdef inline PyObject *held(object thing) noexcept:
    Py_INCREF(thing)
    return <PyObject *>thing


cdef inline PyObject *held_if(object thing) noexcept:
    """A new reference to a tuple or dict, or NULL when it is empty or None."""
    return held(thing) if thing else NULL


cdef inline void drop(Link *link) noexcept:
    torsion_release(link.call)
    torsion_release(link.args)
    torsion_release(link.kw)
    torsion_release(link.fail)
    torsion_release(link.fargs)
    torsion_release(link.fkw)


@cython.auto_pickle(False)
cdef class CallbackChain:
    """CallbackChain(canceller=None)
--

A result that may not be there yet, and what is to be done with it."""

    cdef Link *links
    cdef int head
    cdef int tail
    cdef int room
    cdef public int paused
    cdef public bint called
    cdef public bint _suppressAlreadyCalled
    cdef public bint _runningCallbacks
    cdef object value
    # What it goes on with when that is done which follows first.
    cdef object passed
    cdef public object _debugInfo
    cdef public object _canceller
    cdef public object _chainedTo
    cdef Link inside[INSIDE]
    cdef object __weakref__

    debug = False

    def __cinit__(self):
        self.value = NO_RESULT
        self.links = self.inside
        self.room = INSIDE

    def __init__(self, canceller=None):
        """__init__($self, /, canceller=None)
--

Make one that nothing has fired."""
        if canceller is not None:
            self._canceller = canceller
        if debugging(self):
            self._noteCreator()

    def __dealloc__(self):
        self.forget()

    cdef void forget(self) noexcept:
        """Drop what is still to be done."""
        cdef Link link
        while self.head < self.tail:
            link = self.links[self.head]
            self.head += 1
            drop(&link)
        if self.links != self.inside:
            PyMem_Free(self.links)
            self.links = self.inside
            self.room = INSIDE
        self.head = self.tail = 0

    @property
    def result(self):
        if self.value is NO_RESULT:
            raise AttributeError("result")
        return self.value

    @result.setter
    def result(self, value):
        self.value = value

    @result.deleter
    def result(self):
        self.value = NO_RESULT

    @property
    def _callbacks(self):
        """What is still to be done, as the pure twin has it; a list of its own."""
        return [view(&self.links[i]) for i in range(self.head, self.tail)]

    @_callbacks.setter
    def _callbacks(self, callbacks):
        cdef Link *link
        cdef CallbackChain waiting
        steps = list(callbacks)
        self.forget()
        for call, args, kw, fail, fargs, fkw in steps:
            if call is CONTINUE:
                waiting = <CallbackChain?>args[0]
                link = self.push()
                link.call = held(CONTINUE)
                link.args = held(waiting)
                continue
            fill(self.push(), call, args, kw, fail, fargs, fkw)

    cdef Link *push(self) except NULL:
        """A new link, all NULL, at the end."""
        cdef Link *larger
        cdef Link *link
        cdef int count
        if self.tail == self.room:
            count = self.tail - self.head
            if count * 2 <= self.room:
                memmove(self.links, &self.links[self.head], count * sizeof(Link))
            else:
                larger = <Link *>PyMem_Malloc(self.room * 3 * sizeof(Link))
                if larger == NULL:
                    raise MemoryError
                memcpy(larger, &self.links[self.head], count * sizeof(Link))
                if self.links != self.inside:
                    PyMem_Free(self.links)
                self.links = larger
                self.room *= 3
            self.head = 0
            self.tail = count
        link = &self.links[self.tail]
        self.tail += 1
        link.call = link.args = link.kw = link.fail = link.fargs = link.fkw = NULL
        return link

    # -- adding --------------------------------------------------------------

    @cython.binding(False)
    def addCallbacks(
        self,
        callback,
        errback=None,
        callbackArgs=(),
        callbackKeywords={},
        errbackArgs=(),
        errbackKeywords={},
    ):
        """
        Go on with *callback* if the result is a value, and with *errback* if
        it is a failure.
        """
        fill(
            self.push(),
            callback,
            callbackArgs,
            callbackKeywords,
            PASSTHRU if errback is None else errback,
            errbackArgs,
            errbackKeywords,
        )
        if self.called:
            self.run()
        return self

    @cython.binding(False)
    def addCallback(self, callback, *args, **kwargs):
        """Go on with *callback* if the result is a value."""
        cdef Link *link = self.push()
        if callback is not PASSTHRU:
            link.call = held(callback)
            link.args = held_if(args)
            link.kw = held_if(kwargs)
        if self.called:
            self.run()
        return self

    @cython.binding(False)
    def addErrback(self, errback, *args, **kwargs):
        """Go on with *errback* if the result is a failure."""
        cdef Link *link = self.push()
        if errback is not PASSTHRU:
            link.fail = held(errback)
            link.fargs = held_if(args)
            link.fkw = held_if(kwargs)
        if self.called:
            self.run()
        return self

    @cython.binding(False)
    def addBoth(self, callback, *args, **kwargs):
        """Go on with *callback*, whatever the result is."""
        cdef Link *link = self.push()
        if callback is not PASSTHRU:
            link.call = held(callback)
            link.args = held_if(args)
            link.kw = held_if(kwargs)
            link.fail = held(callback)
            link.fargs = held_if(args)
            link.fkw = held_if(kwargs)
        if self.called:
            self.run()
        return self

    # -- firing ----------------------------------------------------------------

    @cython.binding(False)
    def callback(self, result):
        """Here is the result."""
        if fire(self, result):
            self.run()

    @cython.binding(False)
    def errback(self, fail=None):
        """Here is a failure."""
        if fire(self, failure_from(self, fail)):
            self.run()

    def _startRunCallbacks(self, result):
        if fire(self, result):
            self.run()

    def _refuse(self):
        raise AlreadyCalledError

    def _noteCreator(self):
        pass

    def _noteInvoker(self):
        pass

    def _noteFailure(self, failure):
        raise NotImplementedError

    def _warnOfCircle(self, callback):
        raise NotImplementedError

    def pause(self):
        """Do not go on until unpause."""
        self.paused += 1

    def unpause(self):
        """Go on, if this was the last reason not to."""
        self.paused -= 1
        if self.paused:
            return
        if self.called:
            self.run()

    # -- running -----------------------------------------------------------------

    def _runCallbacks(self):
        self.run()

    cdef int run(self) except -1:
        """
        Do what is to be done with the result, and with those of the Deferreds
        that wait for it.
        """
        if self._runningCallbacks:
            # Called from one of the callbacks: the loop is on, further down.
            return 0
        if self.paused:
            return 0
        cdef CallbackChain following
        if self._chainedTo is not None:
            self._chainedTo = None
        if self.head != self.tail:
            following = run_one(self)
            if following is self:
                return 0
            if following is not None:
                return run_on(self, following)
        settle(self)
        return 0

    def _waitFor(self, CallbackChain other not None):
        return wait_for(self, other)

    # -- copies and pickles ------------------------------------------------------

    def __getstate__(self):
        return state_of(self)

    def __setstate__(self, state):
        restore(self, state)

    def __reduce_ex__(self, protocol):
        # Older protocols would give the constructor an instance to copy.
        return PLAIN_REDUCE(self, max(protocol, 2))

    # -- awaiting ----------------------------------------------------------------

    def __await__(self):
        """__await__($self, /)
--

Let a coroutine wait for the result."""
        cdef Awaiter awaiter = Awaiter.__new__(Awaiter)
        awaiter.awaited = self
        return awaiter

    def __iter__(self):
        """__iter__($self, /)
--

Let a generator wait with yield from."""
        cdef Awaiter awaiter = Awaiter.__new__(Awaiter)
        awaiter.awaited = self
        return awaiter


cdef inline bint debugging(CallbackChain self) except -1:
    cdef PyObject *answer = torsion_of_class(<PyObject *>self, <PyObject *>DEBUG)
    if answer == <PyObject *>False:
        return False
    return bool(self.debug)


cdef object DEBUG = "debug"


cdef int fill(Link *link, call, args, kw, fail, fargs, fkw) except -1:
    if call is not PASSTHRU:
        link.call = held(call)
        link.args = held_if(tuple(args)) if args else NULL
        link.kw = held_if(dict(kw)) if kw else NULL
    if fail is not PASSTHRU:
        link.fail = held(fail)
        link.fargs = held_if(tuple(fargs)) if fargs else NULL
        link.fkw = held_if(dict(fkw)) if fkw else NULL
    return 0


cdef object view(Link *link):
    """A link as the pure twin has it."""
    if link.call == <PyObject *>CONTINUE:
        waiting = (<object>link.args,)
        return (CONTINUE, waiting, {}, CONTINUE, waiting, {})
    return (
        PASSTHRU if link.call == NULL else <object>link.call,
        () if link.args == NULL else arguments(<object>link.args),
        {} if link.kw == NULL else <object>link.kw,
        PASSTHRU if link.fail == NULL else <object>link.fail,
        () if link.fargs == NULL else arguments(<object>link.fargs),
        {} if link.fkw == NULL else <object>link.fkw,
    )


cdef object arguments(object thing):
    # A collector's link has the bare index.
    return thing if type(thing) is tuple else (thing,)


cdef bint fire(CallbackChain self, object result) except -1:
    """Set the result: whether there is something to be run then."""
    if isinstance(result, CallbackChain):
        raise AssertionError
    if self.called:
        if self._suppressAlreadyCalled:
            self._suppressAlreadyCalled = False
            return False
        self._refuse()
    if debugging(self):
        self._noteInvoker()
    self.called = True
    if self._canceller is not None:
        self._canceller = None
    self.value = result
    return True


cdef int settle(CallbackChain current) except -1:
    """All that was to be done with the result is done."""
    if PyObject_TypeCheck(current.value, FAILURE):
        # Its frames would keep everything alive.
        current.value.cleanFailure()
        current._noteFailure(current.value)
    elif current._debugInfo is not None:
        current._noteFailure(None)
    return 0


cdef int run_on(CallbackChain first, CallbackChain following) except -1:
    """
    Go on with *following* and with all that follows it, and then with *first*.

    Those that a generator's end made go on are marked as running, and are
    where it goes on when one in between is paused.  What was paused itself
    while it ran goes on all the same: it is asked when it begins.
    """
    cdef list chain = [first]
    cdef CallbackChain current = following
    cdef bint running = False
    try:
        while True:
            if current.paused and not running:
                while not running:
                    if not chain:
                        return 0
                    current = <CallbackChain>chain.pop()
                    running = go_on(current)
            following = run_one(current)
            if following is None:
                settle(current)
            elif following is not current:
                chain.append(current)
                current = following
                running = False
                continue
            if not chain:
                return 0
            current = <CallbackChain>chain.pop()
            running = go_on(current)
    finally:
        for current in chain:
            go_on(current)


cdef inline bint go_on(CallbackChain current) noexcept:
    """
    What followed first is done: take the value that was put aside.

    @return: whether it had one, being marked as running.
    """
    if not current._runningCallbacks:
        return False
    current._runningCallbacks = False
    current.value = current.passed
    current.passed = None
    return True


cdef CallbackChain run_one(CallbackChain current):
    """
    Run the callbacks of *current*.

    @return: None when all were run, *current* when it waits, else the one
        that goes on first.
    """
    cdef Link link
    cdef PyObject *function
    cdef PyObject *args
    cdef PyObject *kw
    cdef PyObject *answer
    cdef object result
    cdef CallbackChain waiting
    if current._chainedTo is not None:
        current._chainedTo = None
    while current.head != current.tail:
        link = current.links[current.head]
        current.head += 1
        if current.head == current.tail:
            current.head = current.tail = 0
        if link.call == <PyObject *>CONTINUE:
            waiting = <CallbackChain>link.args
            waiting.value = current.value
            current.value = None
            drop(&link)
            if current._debugInfo is not None:
                current._noteFailure(None)
            waiting.paused -= 1
            return waiting
        if is_failure(current.value):
            function, args, kw = link.fail, link.fargs, link.fkw
        else:
            function, args, kw = link.call, link.args, link.kw
        if function == NULL:
            drop(&link)
            continue
        current._runningCallbacks = True
        if torsion_is_exactly(function, <PyObject *>Driver) or torsion_is_exactly(
            function, <PyObject *>Collector
        ):
            waiting = run_own(current, &link, function, args)
            if waiting is not None:
                # Still marked as running, as if it had called that one.
                return waiting
            current._runningCallbacks = False
            if isinstance(current.value, CallbackChain) and not wait_for(current, current.value):
                return current
            continue
        answer = torsion_call(function, <PyObject *>current.value, args, kw)
        if answer == NULL:
            answer = torsion_caught()
            result = <object>answer
            Py_DECREF(result)
            current.value = failure_of(current, result)
            result = None
            drop(&link)
            current._runningCallbacks = False
            continue
        result = <object>answer
        Py_DECREF(result)
        if isinstance(result, CallbackChain):
            if result is current:
                result = warn_of_circle(current, function)
            drop(&link)
            current._runningCallbacks = False
            current.value = result
            if isinstance(result, CallbackChain) and not wait_for(current, <CallbackChain>result):
                return current
            result = None
            continue
        current.value = result
        # Not kept any longer than the chain keeps it.
        result = None
        drop(&link)
        current._runningCallbacks = False
    return None


cdef CallbackChain run_own(
    CallbackChain current, Link *link, PyObject *function, PyObject *args
):
    """
    Run a link that is compiled itself: that of a driver, or of a collector.

    @return: what is to be run before *current* goes on, or None.
    """
    cdef object result = current.value
    cdef CallbackChain following = None
    try:
        if torsion_is_exactly(function, <PyObject *>Driver):
            following = resume(<Driver>function, result)
            result = None
        else:
            following = collect(<Collector>function, result, <object>args)
            result = passed_on(<Collector>function, result)
        if isinstance(result, CallbackChain):
            # It was made to go on while it waited, and waits again.
            if following is not None:
                following.run()
                following = None
            if result is current:
                result = warn_of_circle(current, function)
    except BaseException as problem:
        result = failure_of(current, problem)
    drop(link)
    if following is None:
        current.value = result
    else:
        # It keeps its value meanwhile, as if it had called that one.
        current.passed = result
    return following


cdef object warn_of_circle(CallbackChain current, PyObject *function):
    """*function* returned *current*: what the result is then."""
    try:
        current._warnOfCircle(<object>function)
    except BaseException as problem:
        return failure_of(current, problem)
    return current


# What subclasses may override, and what it is if they do not.
cdef object PAUSE = "pause"
cdef PyObject *PLAIN_PAUSE = torsion_of_type(<PyObject *>CallbackChain, <PyObject *>PAUSE)
cdef object ADD_BOTH = "addBoth"
cdef PyObject *PLAIN_ADD_BOTH = torsion_of_type(<PyObject *>CallbackChain, <PyObject *>ADD_BOTH)


cdef bint wait_for(CallbackChain self, CallbackChain other) except -1:
    """Take the result of *other*, or wait for it: whether it was there."""
    cdef object theirs = other.value
    cdef Link *link
    if theirs is NO_RESULT or isinstance(theirs, CallbackChain) or other.paused:
        if torsion_of_class(<PyObject *>self, <PyObject *>PAUSE) == PLAIN_PAUSE:
            self.paused += 1
        else:
            self.pause()
        self._chainedTo = other
        link = other.push()
        link.call = held(CONTINUE)
        link.args = held(self)
        if self._debugInfo is not None:
            self._noteFailure(None)
        return False
    other.value = None
    if other._debugInfo is not None:
        other._noteFailure(None)
    self.value = theirs
    return True


include "copying.pxi"

# -- for the collector of cycles ---------------------------------------------------

cdef int traverse(PyObject *chain, torsion_visitor visit, void *arg) noexcept:
    cdef CallbackChain self = <CallbackChain>chain
    cdef int answer = torsion_visit(
        <PyObject **>&self.links[self.head],
        (self.tail - self.head) * (sizeof(Link) // sizeof(void *)),
        visit,
        arg,
    )
    return answer if answer else torsion_traverse_fields(chain, visit, arg)


cdef int clear(PyObject *chain) noexcept:
    (<CallbackChain>chain).forget()
    return torsion_clear_fields(chain)


# Fields are visited by what Cython makes; links by these.
torsion_set_collection(<PyObject *>CallbackChain, traverse, clear)

include "quick.pxi"
include "trapping.pxi"
include "driving.pxi"
include "making.pxi"
