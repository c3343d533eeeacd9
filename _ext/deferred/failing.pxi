# How failures are made: what Failure.__init__ does, without calling it, unless
# somebody has put another one in its place.

cdef object PLAIN_INIT = _Failure.__init__
cdef object INIT = "__init__"
cdef dict FAILURE_MODULE = _failure_module.__dict__


cdef inline bint is_failure(object thing) noexcept:
    return PyObject_TypeCheck(thing, FAILURE)


cdef object plain_failure(object problem):
    """Make the same as Failure(problem), of an exception that is no Failure."""
    cdef object made = torsion_new(<PyObject *>FAILURE, <PyObject *>EMPTY)
    cdef object count = FAILURE_MODULE["count"] + 1
    FAILURE_MODULE["count"] = count
    torsion_set_dict(
        made,
        {"count": count, "value": problem, "type": type(problem), "tb": problem.__traceback__},
    )
    return made


cdef object failure_of(CallbackChain chain, object problem):
    """Make the Failure for *problem*, which was raised and caught."""
    if torsion_of_type(<PyObject *>FAILURE, <PyObject *>INIT) != <PyObject *>PLAIN_INIT:
        # Whoever did it looks for the exception that is being handled.
        try:
            raise problem
        except BaseException:
            return _Failure(captureVars=chain.debug)
    if is_failure(problem):
        return _Failure(problem, captureVars=chain.debug)
    if debugging(chain):
        return _Failure(problem, captureVars=True)
    return plain_failure(problem)


cdef object failure_from(CallbackChain chain, object fail):
    """Make a Failure of what was given to errback."""
    if fail is None:
        return _Failure(captureVars=chain.debug)
    if is_failure(fail):
        return fail
    if (
        isinstance(fail, BaseException)
        and torsion_of_type(<PyObject *>FAILURE, <PyObject *>INIT) == <PyObject *>PLAIN_INIT
    ):
        return plain_failure(fail)
    return _Failure(fail)
