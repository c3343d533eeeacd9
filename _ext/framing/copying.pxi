# What is a framer's own, as dict: for copies and pickles, which have it under the
# names of the pure twin, so that either takes what the other has written; and
# for whoever asks for __dict__.

cdef extern from *:
    object PyObject_GenericGetDict(object, void *)
    int PyObject_GenericSetDict(object, object, void *) except -1

cdef object PLAIN_STATE = object.__getstate__
cdef object PLAIN_REDUCE = object.__reduce_ex__
cdef object DICT_NAME = "__dict__"
cdef object UNREAD = "_unread"
cdef object EXPECTED = "_expected"


cdef inline dict dict_of(object instance):
    """The true __dict__."""
    return <dict?>PyObject_GenericGetDict(instance, NULL)


cdef int gather(Framer self, dict attributes) except -1:
    """Put into *attributes* what fields hold for attributes."""
    for name, which in self.presets().items():
        own = own_value(self, which)
        if own is not UNSET:
            attributes[name] = own
    if <PyObject *>self.transport_ != NULL and self.transport_ is not None:
        attributes[TRANSPORT_NAME] = self.transport_
    return 0


cdef object state_of(Framer self):
    """What the pure twin's state is: a dict, or that and another for slots."""
    cdef object plain = PLAIN_STATE(self)
    cdef object slots = None
    cdef dict attributes
    if type(plain) is tuple:
        plain, slots = plain
    attributes = dict(plain or ())
    gather(self, attributes)
    if self.end != self.pos:
        attributes[UNREAD] = self.unconsumed()
    if isinstance(self, NetstringFramer) and (<NetstringFramer>self).expected >= 0:
        attributes[EXPECTED] = (<NetstringFramer>self).expected
    return attributes if slots is None else (attributes, slots)


cdef int restore(Framer self, object state) except -1:
    cdef object slots = None
    cdef dict others
    if type(state) is tuple:
        state, slots = state
    others = dict(state or ())
    rest = others.pop(UNREAD, None)
    if rest:
        self.replace(rest)
    if isinstance(self, NetstringFramer):
        (<NetstringFramer>self).expected = others.pop(EXPECTED, -1)
    scatter(self, others)
    if others:
        dict_of(self).update(others)
    for name, value in (slots or {}).items():
        setattr(self, name, value)
    return 0


cdef int scatter(Framer self, dict attributes) except -1:
    """Take out of *attributes*, into fields, what those hold."""
    cdef PyObject *found
    if torsion_in_type(self, TRANSPORT_NAME) == TRANSPORT_DESCRIPTOR:
        self.transport_ = attributes.pop(TRANSPORT_NAME, None)
    if self.shown:
        return 0
    for name, which in self.presets().items():
        found = torsion_in_type(self, name)
        if found != NULL and type(<object>found) is Preset and (<Preset>found).which == which:
            set_own_value(self, which, attributes.pop(name, UNSET))
    return 0


# The attribute __dict__ of a framer.
#
# Who asks for it may write to it, and fields would hide that.  From then on this
# instance has in it what it had in fields, and all is looked up there.
cdef PyGetSetDef SHOWING
SHOWING.name = "__dict__"
SHOWING.get = get_dict
SHOWING.set = set_dict
SHOWING.doc = NULL


cdef object get_dict(object instance, void *closure):
    cdef Framer self = <Framer?>instance
    cdef dict attributes = dict_of(self)
    gather(self, attributes)
    if not self.shown:
        forget_own(self)
    return attributes


cdef int set_dict(object instance, PyObject *attributes, void *closure) except -1:
    cdef Framer self = <Framer?>instance
    if attributes == NULL:
        raise TypeError("cannot delete __dict__")
    PyObject_GenericSetDict(self, <object>attributes, NULL)
    forget_own(self)
    self.transport_ = dict_of(self).get(TRANSPORT_NAME)
    return 0


cdef int forget_own(Framer self) except -1:
    self.shown = True
    self.own0 = self.own1 = self.own2 = self.own3 = UNSET
    self.version = 0
    return 0
