# Calls as the C API has them: no tuple where there are no arguments, no frame
# and no traceback entry of ours where something is raised, and what each
# version of Python calls differently.

cdef extern from *:
    """
    /* The exception that is set, with its traceback; none is set after it. */
    static PyObject *torsion_caught(void)
    {
    #if PY_VERSION_HEX >= 0x030C0000
        return PyErr_GetRaisedException();
    #else
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        PyErr_NormalizeException(&type, &value, &traceback);
        if (traceback != NULL)
            PyException_SetTraceback(value, traceback);
        Py_XDECREF(type);
        Py_XDECREF(traceback);
        return value;
    #endif
    }

    static void torsion_raise_again(PyObject *problem)
    {
    #if PY_VERSION_HEX >= 0x030C0000
        PyErr_SetRaisedException(Py_NewRef(problem));
    #else
        PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(problem)), Py_NewRef(problem),
                      PyException_GetTraceback(problem));
    #endif
    }

    /* function(value, *args, **kw); args is a tuple and kw a dict, or NULL. */
    static PyObject *torsion_call(PyObject *function, PyObject *value, PyObject *args, PyObject *kw)
    {
        PyObject *few[7], **stack = few, *result;
        Py_ssize_t count, i;
        if (args == NULL && kw == NULL)
            return PyObject_CallOneArg(function, value);
        count = args == NULL ? 0 : PyTuple_GET_SIZE(args);
        if (count + 2 > 7) {
            stack = (PyObject **)PyMem_Malloc((count + 2) * sizeof(PyObject *));
            if (stack == NULL)
                return PyErr_NoMemory();
        }
        stack[1] = value;
        for (i = 0; i < count; i++)
            stack[i + 2] = PyTuple_GET_ITEM(args, i);
        result = PyObject_VectorcallDict(
            function, stack + 1, (size_t)(count + 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, kw);
        if (stack != few)
            PyMem_Free(stack);
        return result;
    }

    static void torsion_leave(PyObject *context)
    {
        PyObject *problem = PyErr_Occurred() == NULL ? NULL : torsion_caught();
        if (PyContext_Exit(context) < 0 && problem == NULL)
            return;
        if (problem != NULL) {
            torsion_raise_again(problem);
            Py_DECREF(problem);
        }
    }

    /* Send value into a generator or coroutine, in context: what it yields; if
       *ended, what it returned; NULL if it raised. */
    static PyObject *torsion_send(PyObject *context, PyObject *generator, PyObject *value, int *ended)
    {
        PyObject *result = NULL;
        *ended = 0;
        if (PyContext_Enter(context) < 0)
            return NULL;
        *ended = PyIter_Send(generator, value, &result) == PYGEN_RETURN;
        torsion_leave(context);
        return result;
    }

    /* failure.throwExceptionIntoGenerator(generator), in context. */
    static PyObject *torsion_throw(PyObject *context, PyObject *generator, PyObject *failure, PyObject *method)
    {
        PyObject *result, *both[2] = {failure, generator};
        if (PyContext_Enter(context) < 0)
            return NULL;
        result = PyObject_VectorcallMethod(method, both, 2, NULL);
        torsion_leave(context);
        return result;
    }

    /* What the class says, whatever the instance does; borrowed. */
    static inline PyObject *torsion_of_class(PyObject *instance, PyObject *name)
    {
        return _PyType_Lookup(Py_TYPE(instance), name);
    }

    static inline PyObject *torsion_of_type(PyObject *type, PyObject *name)
    {
        return _PyType_Lookup((PyTypeObject *)type, name);
    }

    /* type.__new__(type) */
    static inline PyObject *torsion_new(PyObject *type, PyObject *no_arguments)
    {
        return ((PyTypeObject *)type)->tp_new((PyTypeObject *)type, no_arguments, NULL);
    }

    static inline int torsion_is_exactly(PyObject *object, PyObject *type)
    {
        return (PyObject *)Py_TYPE(object) == type;
    }

    static inline int torsion_same_init(PyObject *type, PyObject *base)
    {
        return ((PyTypeObject *)type)->tp_init == ((PyTypeObject *)base)->tp_init;
    }

    /* Give an exception its attributes at once. */
    static int torsion_set_dict(PyObject *exception, PyObject *attributes)
    {
        PyObject **dict = &((PyBaseExceptionObject *)exception)->dict;
        Py_XSETREF(*dict, Py_NewRef(attributes));
        return 0;
    }

    static inline PyObject *torsion_apply(PyObject *function, PyObject *args, PyObject *kw)
    {
        return PyObject_Call(function, args, kw);
    }

    static inline PyObject *torsion_call_method(PyObject *object, PyObject *name, PyObject *argument)
    {
        if (argument == NULL)
            return PyObject_CallMethodNoArgs(object, name);
        return PyObject_CallMethodOneArg(object, name, argument);
    }

    #define torsion_release(object) Py_XDECREF(object)

    /* What Cython does for the fields of a class that holds more than fields;
       set once, when the module is imported. */
    static traverseproc torsion_traverse_fields = NULL;
    static inquiry torsion_clear_fields = NULL;

    static int torsion_visit(PyObject **objects, size_t count, visitproc visit, void *arg)
    {
        size_t i;
        for (i = 0; i < count; i++)
            Py_VISIT(objects[i]);
        return 0;
    }

    static void torsion_set_collection(PyObject *type, traverseproc traverse, inquiry clear)
    {
        torsion_traverse_fields = ((PyTypeObject *)type)->tp_traverse;
        torsion_clear_fields = ((PyTypeObject *)type)->tp_clear;
        ((PyTypeObject *)type)->tp_traverse = traverse;
        ((PyTypeObject *)type)->tp_clear = clear;
    }

    static inline int torsion_iterate(PyObject *iterator, PyObject *value, PyObject **answer)
    {
        return (int)PyIter_Send(iterator, value, answer);
    }

    typedef int (*torsion_sender)(PyObject *, PyObject *, PyObject **);

    static void torsion_set_send(PyObject *type, torsion_sender sender)
    {
        ((PyTypeObject *)type)->tp_as_async->am_send = (sendfunc)sender;
    }
    """
    ctypedef int (*torsion_sender)(PyObject *, PyObject *, PyObject **) noexcept
    PyObject *torsion_apply(PyObject *, PyObject *, PyObject *)
    PyObject *torsion_call_method(PyObject *, PyObject *, PyObject *)
    void torsion_release(PyObject *)
    ctypedef int (*torsion_visitor "visitproc")(PyObject *, void *) noexcept
    ctypedef int (*torsion_traverser "traverseproc")(PyObject *, torsion_visitor, void *) noexcept
    ctypedef int (*torsion_clearer "inquiry")(PyObject *) noexcept
    int torsion_traverse_fields(PyObject *, torsion_visitor, void *) noexcept
    int torsion_clear_fields(PyObject *) noexcept
    int torsion_visit(PyObject **, size_t, torsion_visitor, void *) noexcept
    void torsion_set_collection(PyObject *, torsion_traverser, torsion_clearer)
    int torsion_iterate(PyObject *, PyObject *, PyObject **) noexcept
    void torsion_set_send(PyObject *, torsion_sender)
    int Py_EnterRecursiveCall(const char *) except -1
    void Py_LeaveRecursiveCall()
    PyObject *torsion_caught()
    void torsion_raise_again(PyObject *)
    PyObject *torsion_call(PyObject *, PyObject *, PyObject *, PyObject *)
    PyObject *torsion_send(PyObject *, PyObject *, PyObject *, int *)
    PyObject *torsion_throw(PyObject *, PyObject *, PyObject *, PyObject *)
    PyObject *torsion_of_class(PyObject *, PyObject *)
    PyObject *torsion_of_type(PyObject *, PyObject *)
    object torsion_new(PyObject *, PyObject *)
    bint torsion_is_exactly(PyObject *, PyObject *)
    bint torsion_same_init(PyObject *, PyObject *)
    int torsion_set_dict(object, dict) except -1
