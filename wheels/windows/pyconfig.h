/*
 * What Python's public headers have to know about 64-bit Windows, for wheels
 * that are built elsewhere.  Only what those headers ask for: everything else
 * in a real pyconfig.h concerns the building of Python itself.
 */
#ifndef TORSION_PYCONFIG_H
#define TORSION_PYCONFIG_H

#ifndef _WIN64
#error "this is for 64-bit Windows"
#endif

#define MS_WIN32
#define MS_WIN64
#define MS_WINDOWS
#define NT_THREADS

/* The interface is python3XX.dll's, and what it exports is imported. */
#define Py_ENABLE_SHARED 1
#define HAVE_DECLSPEC_DLL

/* Docstrings, and with them the signatures that modules tell. */
#define WITH_DOC_STRINGS 1

/* LLP64: a long is as long as an int. */
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_UINTPTR_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_OFF_T 4
#define SIZEOF_FPOS_T 8
#define SIZEOF_HKEY 8
#define SIZEOF_PID_T 4
#define SIZEOF_WCHAR_T 2
#define SIZEOF_FLOAT 4
#define SIZEOF_DOUBLE 8
#define SIZEOF__BOOL 1
#define ALIGNOF_LONG 4
#define ALIGNOF_SIZE_T 8

#define HAVE_LONG_LONG 1
#define HAVE_SSIZE_T 1
#define HAVE_STDDEF_H 1
#define HAVE_STDINT_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_WCHAR_H 1
#define HAVE_UINTPTR_T 1

/* ssize_t, from the C library's own headers. */
#include <sys/types.h>

#endif
