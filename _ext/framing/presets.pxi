# What users may change for each line or string: delimiter, MAX_LENGTH, paused
# and the like.  They are attributes with a default in the class, which classes
# and instances may override, at any time and with a property.
#
# Here the default is a descriptor, and an instance's own value is in a field,
# so that the framer need not look either up for each line.  What a class says
# in its body is made a descriptor, too.  Whatever is not found to be one is
# looked up each time, as the pure twin does it.

cdef extern from *:
    """
    static inline PyObject *torsion_in_type(PyObject *object, PyObject *name)
    {
        return _PyType_Lookup(Py_TYPE(object), name);
    }

    /* Changes when anything in the type or its bases does; 0: not known. */
    static inline unsigned int torsion_version(PyObject *object)
    {
        return Py_TYPE(object)->tp_version_tag;
    }

    static inline unsigned int torsion_type_version(PyTypeObject *type)
    {
        return type->tp_version_tag;
    }

    #include "structmember.h"

    /* See that *found* is how a type has *name*, in the type itself if not in a base. */
    static int torsion_describe(PyObject *type, PyObject *name, PyGetSetDef *found)
    {
        PyObject *descriptor = _PyType_Lookup((PyTypeObject *)type, name);
        int answer;
        if (descriptor != NULL && Py_IS_TYPE(descriptor, &PyGetSetDescr_Type)
                && ((PyGetSetDescrObject *)descriptor)->d_getset == found)
            return 0;
        descriptor = PyDescr_NewGetSet((PyTypeObject *)type, found);
        if (descriptor == NULL)
            return -1;
        answer = PyDict_SetItem(((PyTypeObject *)type)->tp_dict, name, descriptor);
        PyType_Modified((PyTypeObject *)type);
        Py_DECREF(descriptor);
        return answer;
    }

    /* Set an attribute of an extension type, which its own setter refuses. */
    static int torsion_put(PyObject *type, const char *name, PyObject *value)
    {
        int answer = PyDict_SetItemString(((PyTypeObject *)type)->tp_dict, name, value);
        PyType_Modified((PyTypeObject *)type);
        return answer;
    }

    /* An attribute that the interpreter reads as fast as one of __slots__. */
    static int torsion_add_member(PyObject *type, PyMemberDef *member,
                                  const char *name, Py_ssize_t offset)
    {
        PyObject *descriptor;
        int answer;
        member->name = name;
        member->type = T_OBJECT_EX;
        member->offset = offset;
        member->flags = 0;
        member->doc = NULL;
        descriptor = PyDescr_NewMember((PyTypeObject *)type, member);
        if (descriptor == NULL)
            return -1;
        answer = torsion_put(type, name, descriptor);
        Py_DECREF(descriptor);
        return answer;
    }
    """
    PyObject *torsion_in_type(object, object)
    unsigned int torsion_version(object)
    unsigned int torsion_type_version(PyTypeObject *)
    ctypedef struct PyMemberDef:
        pass
    int torsion_put(object, const char *, object) except -1
    ctypedef object (*getter)(object, void *)
    ctypedef int (*setter)(object, PyObject *, void *) except -1
    ctypedef struct PyGetSetDef:
        const char *name
        getter get
        setter set
        const char *doc
    int torsion_describe(object, object, PyGetSetDef *) except -1
    int torsion_add_member(object, PyMemberDef *, const char *, Py_ssize_t) except -1


cdef object UNSET = object()


@cython.final
cdef class Preset:
    """
    A default in a class: one of the four that a framer has.

    In a class that is no framer, into which it may get when somebody copies
    the body of one, it is an attribute like any other.
    """

    cdef int which
    cdef object name
    cdef object default

    def __init__(self, int which, name, default):
        self.which = which
        self.name = name
        self.default = default

    def __get__(self, instance, owner):
        cdef object own
        if instance is None:
            return self.default
        if not isinstance(instance, Framer):
            return instance.__dict__.get(self.name, self.default)
        if (<Framer>instance).shown:
            return dict_of(instance).get(self.name, self.default)
        own = own_value(<Framer>instance, self.which)
        return self.default if own is UNSET else own

    def __set__(self, instance, value):
        if isinstance(instance, Framer):
            if (<Framer>instance).shown:
                dict_of(instance)[self.name] = value
                return
            set_own_value(<Framer>instance, self.which, value)
        else:
            instance.__dict__[self.name] = value

    def __delete__(self, instance):
        if not isinstance(instance, Framer):
            del instance.__dict__[self.name]
        elif (<Framer>instance).shown:
            if dict_of(instance).pop(self.name, UNSET) is UNSET:
                raise AttributeError(self.name)
        elif own_value(<Framer>instance, self.which) is UNSET:
            raise AttributeError(self.name)
        else:
            set_own_value(<Framer>instance, self.which, UNSET)


cdef object own_value(Framer self, int which):
    if which == 0:
        return self.own0
    if which == 1:
        return self.own1
    if which == 2:
        return self.own2
    return self.own3


cdef int set_own_value(Framer self, int which, object value) except -1:
    self.version = 0
    if which == 0:
        self.own0 = value
    elif which == 1:
        self.own1 = value
    elif which == 2:
        self.own2 = value
    else:
        self.own3 = value
    return 0


cdef object value_of(Framer self, int which, object name):
    """
    The value of the attribute *name*, which is the one *which*; note if it
    has to be looked up again each time.
    """
    cdef PyObject *found = torsion_in_type(self, name)
    cdef object own
    if found != NULL and type(<object>found) is Preset and (<Preset>found).which == which:
        if self.shown:
            self.volatile = True
            return dict_of(self).get(name, (<Preset>found).default)
        own = own_value(self, which)
        return (<Preset>found).default if own is UNSET else own
    self.volatile = True
    return getattr(self, name)


cdef int make_presets(object kind, dict presets) except -1:
    """Make descriptors of what the body of a class says."""
    for name, which in presets.items():
        if name not in kind.__dict__:
            continue
        said = kind.__dict__[name]
        if not hasattr(type(said), "__get__"):
            setattr(kind, name, Preset(which, name, said))
    return 0
