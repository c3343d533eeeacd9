# Failure.check and Failure.trap: what errbacks do first.  They take the place of
# the methods in Python when this module is imported, as failures are made by it
# from then on.

cdef object TYPE = "type"
cdef object PARENTS = "parents"
cdef object BY_NAME = "_checkByName"
cdef object CHECK = "check"
cdef object PLAIN_CHECK = _Failure.check

cdef extern from *:
    """
    /* The attribute as the instance has it; borrowed, NULL if it has not. */
    static inline PyObject *torsion_own(PyObject *exception, PyObject *name)
    {
        PyObject *dict = ((PyBaseExceptionObject *)exception)->dict;
        return dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    }
    """
    PyObject *torsion_own(PyObject *, PyObject *)
    int PyObject_IsSubclass(object, object) except -1


cdef object first_that_fits(object failure, tuple errorTypes):
    """What check returns of a failure whose exception's class is known."""
    cdef object kind = <object>torsion_own(<PyObject *>failure, <PyObject *>TYPE)
    cdef object error
    for error in errorTypes:
        if isinstance(error, type):
            if kind is error or PyObject_IsSubclass(kind, error):
                return error
        elif error in failure.parents:
            return error
    return None


cdef inline bint is_plain(object failure) noexcept:
    """
    Whether it is a Failure itself, not of a class that may look for something
    else, and the class of its exception is known.
    """
    cdef PyObject *kind
    if not torsion_is_exactly(<PyObject *>failure, <PyObject *>FAILURE):
        return False
    kind = torsion_own(<PyObject *>failure, <PyObject *>TYPE)
    return (
        kind != NULL
        and isinstance(<object>kind, type)
        and torsion_own(<PyObject *>failure, <PyObject *>BY_NAME) == NULL
    )


def check(self, *errorTypes):
    if is_plain(self):
        return first_that_fits(self, errorTypes)
    return PLAIN_CHECK(self, *errorTypes)


cdef object NEW_CHECK = check


def trap(self, *errorTypes):
    cdef object error
    if is_plain(self) and torsion_of_class_is(self, CHECK, NEW_CHECK):
        error = first_that_fits(self, errorTypes)
    else:
        error = self.check(*errorTypes)
    if not error:
        self.raiseException()
    return error


cdef inline bint torsion_of_class_is(object thing, object name, object what) noexcept:
    return torsion_of_class(<PyObject *>thing, <PyObject *>name) == <PyObject *>what


cdef int replace_in_failure() except -1:
    for twin in (check, trap):
        name = twin.__name__
        pure = getattr(_Failure, name)
        twin.__doc__ = pure.__doc__
        twin.__qualname__ = pure.__qualname__
        setattr(_Failure, name, twin)
    return 0


replace_in_failure()
