# The version that a compiled module was built from, which twisted._accel
# compares with the package's; included by every module.
cdef extern from *:
    """
    #ifndef TORSION_VERSION
    #define TORSION_VERSION "unknown"
    #endif
    """
    const char *TORSION_VERSION

__torsion__ = TORSION_VERSION.decode("ascii")
