# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""
The compiled twin of the Deferred's fast path; see
twisted.internet._chain_py, which says what it does.

State is in C fields, links are small objects from a free list, and the loop
makes one call for each callback and nothing else.
"""

include "version.pxi"

cimport cython
from cpython.object cimport PyObject_TypeCheck, PyTypeObject

from twisted.internet._chain_py import _CONTINUE as _PURE_CONTINUE
from twisted.internet._chain_py import _NO_RESULT as _PURE_NO_RESULT
from twisted.internet._chain_py import AlreadyCalledError, passthru as _pure_passthru
from twisted.python.failure import Failure as _Failure

cdef object CONTINUE = _PURE_CONTINUE
cdef object NO_RESULT = _PURE_NO_RESULT
cdef object PASSTHRU = _pure_passthru
# Borrowed: the name above keeps it alive.
cdef PyTypeObject *FAILURE = <PyTypeObject *>_Failure
cdef object from_exception = _Failure._withoutTraceback


@cython.final
@cython.freelist(256)
cdef class Link:
    """What is to be done with a value, and what with a failure."""

    cdef object callback
    cdef tuple args
    cdef dict kw
    cdef object errback
    cdef tuple eargs
    cdef dict ekw


cdef inline Link make_link(object callback, tuple args, dict kw, object errback, tuple eargs, dict ekw):
    cdef Link link = Link.__new__(Link)
    link.callback = callback
    link.args = args
    link.kw = kw
    link.errback = errback
    link.eargs = eargs
    link.ekw = ekw
    return link


cdef class CallbackChain:
    """A result that may not be there yet, and what is to be done with it."""

    cdef object _value
    cdef public list _callbacks
    cdef public object _debugInfo
    cdef public object _canceller
    cdef public object _chainedTo
    cdef public bint called
    cdef public bint _suppressAlreadyCalled
    cdef public bint _runningCallbacks
    cdef public int paused

    debug = False

    def __cinit__(self, *args, **kwargs):
        self._value = NO_RESULT
        self._callbacks = []

    def __init__(self):
        pass

    @property
    def result(self):
        if self._value is NO_RESULT:
            raise AttributeError("result")
        return self._value

    @result.setter
    def result(self, value):
        self._value = value

    @result.deleter
    def result(self):
        self._value = NO_RESULT

    # -- adding --------------------------------------------------------------

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
        self._callbacks.append(
            make_link(
                callback,
                tuple(callbackArgs) if callbackArgs else None,
                dict(callbackKeywords) if callbackKeywords else None,
                PASSTHRU if errback is None else errback,
                tuple(errbackArgs) if errbackArgs else None,
                dict(errbackKeywords) if errbackKeywords else None,
            )
        )
        if self.called:
            self._runCallbacks()
        return self

    def addCallback(self, callback, *args, **kwargs):
        """Go on with *callback* if the result is a value."""
        self._callbacks.append(
            make_link(callback, args or None, kwargs or None, PASSTHRU, None, None)
        )
        if self.called:
            self._runCallbacks()
        return self

    def addErrback(self, errback, *args, **kwargs):
        """Go on with *errback* if the result is a failure."""
        self._callbacks.append(
            make_link(PASSTHRU, None, None, errback, args or None, kwargs or None)
        )
        if self.called:
            self._runCallbacks()
        return self

    def addBoth(self, callback, *args, **kwargs):
        """Go on with *callback*, whatever the result is."""
        self._callbacks.append(
            make_link(callback, args or None, kwargs or None, callback, args or None, kwargs or None)
        )
        if self.called:
            self._runCallbacks()
        return self

    # -- firing ----------------------------------------------------------------

    def callback(self, result):
        """Here is the result."""
        assert not isinstance(result, CallbackChain)
        self._startRunCallbacks(result)

    def errback(self, fail=None):
        """Here is a failure."""
        if fail is None:
            fail = _Failure(captureVars=self.debug)
        elif not PyObject_TypeCheck(fail, FAILURE):
            fail = _Failure(fail)
        self._startRunCallbacks(fail)

    def _startRunCallbacks(self, result):
        if self.called:
            if self._suppressAlreadyCalled:
                self._suppressAlreadyCalled = False
                return
            self._refuse()
        if self.debug:
            self._noteInvoker()
        self.called = True
        if self._canceller is not None:
            self._canceller = None
        self._value = result
        self.run()

    def _refuse(self):
        raise AlreadyCalledError

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
        cdef list chain = None
        cdef CallbackChain current = self
        cdef object following
        if self._runningCallbacks:
            # Called from one of the callbacks: the loop is on, further down.
            return 0
        while True:
            if current.paused:
                return 0
            following = run_one(current)
            if following is None:
                # All were run.
                if PyObject_TypeCheck(current._value, FAILURE):
                    # Its frames would keep everything alive.
                    current._value.cleanFailure()
                    current._noteFailure(current._value)
                elif current._debugInfo is not None:
                    current._noteFailure(None)
            elif following is current:
                # It waits for another one.
                pass
            else:
                # It was waited for: that one goes on, and then this one.
                if chain is None:
                    chain = []
                chain.append(current)
                current = following
                continue
            if not chain:
                return 0
            current = chain.pop()

    def _waitFor(self, other):
        return wait_for(self, other)


cdef object run_one(CallbackChain current):
    """
    Run the callbacks of *current*.

    @return: None when all were run, *current* when it waits, else the one
        that goes on first.
    """
    cdef Link link
    cdef object callback
    cdef tuple args
    cdef dict kw
    cdef object result, trace
    cdef CallbackChain waiting
    cdef list callbacks
    if current._chainedTo is not None:
        current._chainedTo = None
    while True:
        # The list may be replaced by a callback.
        callbacks = current._callbacks
        if not callbacks:
            return None
        link = <Link?>callbacks.pop(0)
        result = current._value
        if PyObject_TypeCheck(result, FAILURE):
            callback, args, kw = link.errback, link.eargs, link.ekw
        else:
            callback, args, kw = link.callback, link.args, link.kw
        if callback is PASSTHRU:
            continue
        if callback is CONTINUE:
            waiting = <CallbackChain>args[0]
            waiting._value = result
            current._value = None
            if current._debugInfo is not None:
                current._noteFailure(None)
            waiting.paused -= 1
            return waiting
        current._runningCallbacks = True
        try:
            if args is None and kw is None:
                result = callback(result)
            elif kw is None:
                result = callback(result, *args)
            elif args is None:
                result = callback(result, **kw)
            else:
                result = callback(result, *args, **kw)
            if result is current:
                current._warnOfCircle(callback)
        except BaseException as problem:
            # Without our own entry, which tells nobody anything: the traceback
            # begins with the callback.
            trace = problem.__traceback__
            if trace is not None and trace.tb_next is not None:
                problem.__traceback__ = trace.tb_next
            if current.debug:
                current._value = _Failure(problem, captureVars=current.debug)
            else:
                current._value = from_exception(problem)
            current._runningCallbacks = False
        else:
            current._runningCallbacks = False
            current._value = result
            if isinstance(result, CallbackChain) and not wait_for(current, result):
                return current


cdef bint wait_for(CallbackChain self, CallbackChain other) except -1:
    """Take the result of *other*, or wait for it: whether it was there."""
    cdef object theirs = other._value
    if theirs is NO_RESULT or isinstance(theirs, CallbackChain) or other.paused:
        self.paused += 1
        self._chainedTo = other
        if self._debugInfo is not None:
            self._noteFailure(None)
        other._callbacks.append(make_link(CONTINUE, (self,), None, CONTINUE, (self,), None))
        return False
    other._value = None
    if other._debugInfo is not None:
        other._noteFailure(None)
    self._value = theirs
    return True
