# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: embedsignature.format=clinic
"""
The compiled twins of the framers; see twisted.protocols._framing_py, which
says what they do.

Bytes are cut where they arrive: in the bytes object that was received, or,
when some were left over, behind those, in one block that grows by doubling.
Offsets alone say what is consumed, so that a hook may do what it likes to the
buffer.  Hooks are plain attribute calls: an override check, as cpdef has it,
costs more than the call.

The interpreter calls one Python function from another at less cost than C
calls it: where much has arrived, a small Python loop takes the lines from an
iterator, which stops as soon as anything else than the next line is to be done.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport Py_TYPE, PyObject, PyTypeObject
from libc.string cimport memchr, memcmp, memcpy, memmove

from struct import pack, unpack

from twisted.protocols._framing_py import _deliverLines, _deliverStrings

include "presets.pxi"
include "framer.pxi"
include "sending.pxi"


cdef inline bytes as_bytes(object value):
    return value if type(value) is bytes else bytes(memoryview(value))


cdef object DELIMITER = "delimiter"
cdef object MAX_LENGTH = "MAX_LENGTH"
cdef object PAUSED = "paused"
cdef object LINE_MODE = "line_mode"
cdef object STRUCT_FORMAT = "structFormat"
cdef object PREFIX_LENGTH = "prefixLength"
cdef object BROKEN_PEER = "brokenPeer"

cdef dict LINE_PRESETS = {"delimiter": 0, "MAX_LENGTH": 1, "paused": 2, "line_mode": 3}
cdef dict INT_PRESETS = {"structFormat": 0, "MAX_LENGTH": 1, "paused": 2, "prefixLength": 3}
cdef dict NETSTRING_PRESETS = {"MAX_LENGTH": 1, "brokenPeer": 2}

include "lines.pxi"
include "strings.pxi"
include "netstrings.pxi"
include "copying.pxi"


cdef extern from "inline_values.h":
    void torsion_keep_values(object kind)


cdef int prepare_class(object kind, dict presets) except -1:
    """
    Make descriptors of what the body of a class says; but not in a class that
    sets attributes by a method of its own.  That may write to __dict__, which
    descriptors would hide: there, the attributes are plain ones.
    """
    torsion_keep_values(kind)
    torsion_describe(kind, DICT_NAME, &SHOWING)
    if kind.__setattr__ is object.__setattr__:
        return make_presets(kind, presets)
    for name in presets:
        if name not in kind.__dict__ and hasattr(kind, name):
            setattr(kind, name, getattr(kind, name))
    if TRANSPORT_NAME not in kind.__dict__:
        setattr(kind, TRANSPORT_NAME, None)
    return 0


def _presetLines(cls, **kwargs):
    super(Framer, cls).__init_subclass__(**kwargs)
    prepare_class(cls, LINE_PRESETS)


def _presetInts(cls, **kwargs):
    super(Framer, cls).__init_subclass__(**kwargs)
    prepare_class(cls, INT_PRESETS)


def _presetNetstrings(cls, **kwargs):
    super(Framer, cls).__init_subclass__(**kwargs)
    prepare_class(cls, NETSTRING_PRESETS)


torsion_put(LineFramer, "__init_subclass__", classmethod(_presetLines))
torsion_put(IntNFramer, "__init_subclass__", classmethod(_presetInts))
torsion_put(NetstringFramer, "__init_subclass__", classmethod(_presetNetstrings))
