/*
 * Python classes that inherit from a compiled one, and the attributes of their
 * instances.
 *
 * Up to CPython 3.12 an instance gets the array in which the interpreter's
 * specialised instructions find attributes from object.__new__ alone, and not
 * from the allocation that extension types do.  Without it the first attribute
 * that is set makes a dict whose values are in an array of its own: one that
 * STORE_ATTR and LOAD_ATTR do not specialise for, so that each `self.count += 1`
 * of a protocol takes some 400 instructions instead of 40.
 */
#ifndef TORSION_INLINE_VALUES_H
#define TORSION_INLINE_VALUES_H

#include <Python.h>

#if PY_VERSION_HEX < 0x030D0000

static PyObject *torsion_allocate_with_values(PyTypeObject *type, Py_ssize_t items)
{
    PyObject *made, *nothing = PyTuple_New(0);
    (void)items;
    if (nothing == NULL)
        return NULL;
    /* object.__new__ asks the type to allocate in its turn. */
    type->tp_alloc = PyType_GenericAlloc;
    made = PyBaseObject_Type.tp_new(type, nothing, NULL);
    type->tp_alloc = torsion_allocate_with_values;
    Py_DECREF(nothing);
    return made;
}

/* Have instances of *kind*, a class made in Python, begin with that array. */
static inline void torsion_keep_values(PyObject *kind)
{
    PyTypeObject *type = (PyTypeObject *)kind;
    if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) && (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        && type->tp_itemsize == 0 && type->tp_alloc == PyType_GenericAlloc)
        type->tp_alloc = torsion_allocate_with_values;
}

#else

static inline void torsion_keep_values(PyObject *kind)
{
    (void)kind;
}

#endif
#endif
