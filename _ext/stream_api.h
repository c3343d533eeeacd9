/*
 * What the compiled framers do with a compiled stream without asking it for an
 * attribute: for lines that come many at a time, looking `write` and
 * `disconnecting` up takes longer than what they do.
 *
 * The stream's type has a capsule with this structure among its attributes;
 * whoever holds a stream finds it there, so neither module imports the other.
 * It is good for the types that have left both attributes as they are, and such
 * a type has a version, which changes when it does.  What a single stream has
 * instead of the method, do_write minds.
 */
#ifndef TORSION_STREAM_API_H
#define TORSION_STREAM_API_H

#include <Python.h>

#define TORSION_STREAM_API "twisted.internet._streamAPI"
#define TORSION_STREAM_API_ATTRIBUTE "_streamAPI"

typedef struct {
    PyTypeObject *base;
    /* The attributes themselves, borrowed from the type. */
    PyObject *write;
    PyObject *disconnecting;
    /* As stream.write(data), which are bytes.  0: the stream has a `write` of
       its own, which must be called; 1: done; -1: an exception is set. */
    int (*do_write)(PyObject *stream, PyObject *data);
    /* Likewise, of what is put together from three: many small ones are put into
       one object of the stream's, instead of one each. */
    int (*do_write_framed)(PyObject *stream, const char *before, Py_ssize_t size,
                           const char *data, Py_ssize_t length,
                           const char *behind, Py_ssize_t rest);
    int (*is_disconnecting)(PyObject *stream);
} torsion_stream_api;

static inline PyObject *torsion_attribute_of_type(PyTypeObject *type, const char *name)
{
    PyObject *found = NULL;
    PyObject *text = PyUnicode_InternFromString(name);
    if (text == NULL) {
        PyErr_Clear();
        return NULL;
    }
    found = _PyType_Lookup(type, text);
    Py_DECREF(text);
    return found;
}

static inline int torsion_may_be_false(PyTypeObject *type)
{
    return (type->tp_as_number != NULL && type->tp_as_number->nb_bool != NULL)
        || (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL)
        || (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL);
}

/* What there is for this type, or NULL. */
static inline torsion_stream_api *torsion_stream_api_of(PyTypeObject *type)
{
    torsion_stream_api *api;
    PyObject *capsule = torsion_attribute_of_type(type, TORSION_STREAM_API_ATTRIBUTE);
    if (capsule == NULL || !PyCapsule_IsValid(capsule, TORSION_STREAM_API))
        return NULL;
    api = (torsion_stream_api *)PyCapsule_GetPointer(capsule, TORSION_STREAM_API);
    if (!PyType_IsSubtype(type, api->base)
        || type->tp_getattro != PyObject_GenericGetAttr
        || torsion_may_be_false(type)
        || torsion_attribute_of_type(type, "write") != api->write
        || torsion_attribute_of_type(type, "disconnecting") != api->disconnecting)
        return NULL;
    return api;
}

#endif
