# Methods that are called with one argument nearly always: for these, neither a
# tuple of the others nor a dict of those with names is made.  Any other call
# goes to the method that Cython made, which these replace.

cdef extern from *:
    """
    typedef PyObject *(*torsion_quick_method)(
        PyObject *, PyObject **, Py_ssize_t, PyObject *);

    /* Put *function* in place of the method *name*, whose place in *original*. */
    static int torsion_quicken(PyObject *type, const char *name, PyMethodDef *method,
                               torsion_quick_method function, PyObject **original)
    {
        PyObject *attributes = ((PyTypeObject *)type)->tp_dict, *descriptor;
        PyMethodDef *slow;
        int answer;
        *original = PyDict_GetItemString(attributes, name);
        if (*original == NULL || !Py_IS_TYPE(*original, &PyMethodDescr_Type)) {
            PyErr_SetString(PyExc_ImportError, "a method is not what it should be");
            return -1;
        }
        Py_INCREF(*original);
        slow = ((PyMethodDescrObject *)*original)->d_method;
        method->ml_name = slow->ml_name;
        method->ml_doc = slow->ml_doc;
        method->ml_flags = METH_FASTCALL | METH_KEYWORDS;
        method->ml_meth = (PyCFunction)(void (*)(void))function;
        descriptor = PyDescr_NewMethod((PyTypeObject *)type, method);
        if (descriptor == NULL)
            return -1;
        answer = PyDict_SetItemString(attributes, name, descriptor);
        Py_DECREF(descriptor);
        PyType_Modified((PyTypeObject *)type);
        return answer;
    }

    /* original(self, *args, **keywords), as they came. */
    static PyObject *torsion_slowly(PyObject *original, PyObject *self, PyObject **args,
                                    Py_ssize_t count, PyObject *names)
    {
        Py_ssize_t all = count + (names == NULL ? 0 : PyTuple_GET_SIZE(names)), i;
        PyObject *few[8], **stack = few, *result;
        if (all + 1 > 8) {
            stack = (PyObject **)PyMem_Malloc((all + 1) * sizeof(PyObject *));
            if (stack == NULL)
                return PyErr_NoMemory();
        }
        stack[0] = self;
        for (i = 0; i < all; i++)
            stack[i + 1] = args[i];
        result = PyObject_Vectorcall(original, stack, (size_t)(count + 1), names);
        if (stack != few)
            PyMem_Free(stack);
        return result;
    }
    """
    ctypedef struct PyMethodDef:
        pass
    ctypedef PyObject *(*torsion_quick_method)(
        PyObject *, PyObject **, Py_ssize_t, PyObject *
    ) except NULL
    int torsion_quicken(
        object, const char *, PyMethodDef *, torsion_quick_method, PyObject **
    ) except -1
    PyObject *torsion_slowly(
        PyObject *, PyObject *, PyObject **, Py_ssize_t, PyObject *
    ) except NULL

# What is set when the module is imported, and never again.
cdef PyMethodDef quick_methods[3]
cdef PyObject *slow_methods[3]


cdef inline PyObject *added(CallbackChain self) except NULL:
    """What an adding method returns, when it has added."""
    if self.called:
        self.run()
    Py_INCREF(self)
    return <PyObject *>self


cdef PyObject *add_callback(
    PyObject *chain, PyObject **args, Py_ssize_t count, PyObject *names
) except NULL:
    cdef Link *link
    if count != 1 or names != NULL:
        return torsion_slowly(slow_methods[0], chain, args, count, names)
    link = (<CallbackChain>chain).push()
    if args[0] != <PyObject *>PASSTHRU:
        link.call = held(<object>args[0])
    return added(<CallbackChain>chain)


cdef PyObject *add_errback(
    PyObject *chain, PyObject **args, Py_ssize_t count, PyObject *names
) except NULL:
    cdef Link *link
    if count != 1 or names != NULL:
        return torsion_slowly(slow_methods[1], chain, args, count, names)
    link = (<CallbackChain>chain).push()
    if args[0] != <PyObject *>PASSTHRU:
        link.fail = held(<object>args[0])
    return added(<CallbackChain>chain)


cdef PyObject *add_both(
    PyObject *chain, PyObject **args, Py_ssize_t count, PyObject *names
) except NULL:
    cdef Link *link
    if count != 1 or names != NULL:
        return torsion_slowly(slow_methods[2], chain, args, count, names)
    link = (<CallbackChain>chain).push()
    if args[0] != <PyObject *>PASSTHRU:
        link.call = held(<object>args[0])
        link.fail = held(<object>args[0])
    return added(<CallbackChain>chain)


torsion_quicken(CallbackChain, "addCallback", &quick_methods[0], add_callback, &slow_methods[0])
torsion_quicken(CallbackChain, "addErrback", &quick_methods[1], add_errback, &slow_methods[1])
torsion_quicken(CallbackChain, "addBoth", &quick_methods[2], add_both, &slow_methods[2])
