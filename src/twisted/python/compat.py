"""
Names from the time when programs ran on Python 2 and 3 alike, and the few of
them that are still of use: C{nativeString}, C{networkString}, C{comparable},
C{iterbytes}.
"""

from __future__ import annotations

import builtins
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from functools import reduce
from importlib import import_module
from io import IOBase, TextIOBase
from io import StringIO as NativeStringIO
from sys import intern
from types import FrameType, TracebackType
from types import MethodType as _MethodType
from typing import Any, AnyStr, TypeVar, cast

_T = TypeVar("_T")

_PY3 = True
_PY35PLUS = True
_PY37PLUS = True
_PY38PLUS = True
_PYPY = platform.python_implementation() == "PyPy"

FileType = IOBase
frozenset = builtins.frozenset
InstanceType = object
items = dict.items
range = builtins.range
xrange = builtins.range
raw_input = builtins.input
set = builtins.set
StringType = builtins.str
unichr = builtins.chr
unicode = builtins.str


def currentframe(n: int = 0) -> FrameType | None:
    """
    Return the frame of the caller, or of the caller's *n*-th caller.
    """
    try:
        return sys._getframe(n + 1)
    except ValueError:
        return None


def execfile(
    filename: str, globals: dict[str, Any], locals: dict[str, Any] | None = None
) -> None:
    """
    Run the Python file *filename* in the given namespaces.
    """
    with open(filename, "rb") as source:
        code = compile(source.read(), filename, "exec")
    exec(code, globals, globals if locals is None else locals)


def cmp(a: object, b: object) -> int:
    """Return -1, 0 or 1 as *a* is less than, equal to or greater than *b*."""
    if a < b:  # type: ignore[operator]
        return -1
    return 0 if a == b else 1


def comparable(klass: type[_T]) -> type[_T]:
    """
    Give *klass*, which has C{__cmp__}, the six methods of rich comparison.

    C{__cmp__} may return C{NotImplemented}.
    """

    def judged(name: str, verdict: Any) -> Any:
        def compare(self: Any, other: object) -> bool:
            sign = self.__cmp__(other)
            if sign is NotImplemented:
                return NotImplemented
            return bool(verdict(sign))

        compare.__name__ = name
        return compare

    for name, verdict in (
        ("__eq__", lambda sign: sign == 0),
        ("__ne__", lambda sign: sign != 0),
        ("__lt__", lambda sign: sign < 0),
        ("__le__", lambda sign: sign <= 0),
        ("__gt__", lambda sign: sign > 0),
        ("__ge__", lambda sign: sign >= 0),
    ):
        setattr(klass, name, judged(name, verdict))
    return klass


def ioType(fileIshObject: object, default: type[Any] = str) -> type[Any]:
    """
    Return what a file takes: L{bytes}, L{str}, or *default* if it does not
    show.
    """
    if isinstance(fileIshObject, TextIOBase):
        return str
    if isinstance(fileIshObject, IOBase):
        return bytes
    encoding = getattr(fileIshObject, "encoding", None)
    # Late: codecs classes are asked about only for odd files.
    import codecs

    if isinstance(fileIshObject, (codecs.StreamReader, codecs.StreamReaderWriter)):
        return str
    return str if encoding else default


def nativeString(s: AnyStr) -> str:
    """
    Return *s* as L{str}.

    @raise UnicodeError: it is not ASCII.
    @raise TypeError: it is neither bytes nor text.
    """
    if not isinstance(s, (bytes, str)):
        raise TypeError(f"{s!r} is neither bytes nor str")
    if isinstance(s, bytes):
        return s.decode("ascii")
    s.encode("ascii")
    return s


def networkString(s: str) -> bytes:
    """
    Return *s* as L{bytes}.

    @raise UnicodeError: it is not ASCII.
    @raise TypeError: it is not text.
    """
    if not isinstance(s, str):
        raise TypeError("Can only convert strings to bytes")
    return s.encode("ascii")


def reraise(exception: BaseException, traceback: TracebackType | None) -> None:
    """Raise *exception* with *traceback*."""
    raise exception.with_traceback(traceback)


def iterbytes(originalBytes: bytes | memoryview) -> Iterator[bytes]:
    """Iterate over the bytes of *originalBytes*, each as L{bytes}."""
    for at in range(len(originalBytes)):
        yield bytes(originalBytes[at : at + 1])


def intToBytes(i: int) -> bytes:
    """Return *i* in decimal, as bytes."""
    return b"%d" % (i,)


def lazyByteSlice(object: Any, offset: int = 0, size: int | None = None) -> memoryview:
    """
    Return a view of a part of *object*, without copying.

    @param size: its length; to the end by default.
    """
    view = memoryview(object)
    return view[offset:] if size is None else view[offset : offset + size]


def bytesEnviron() -> dict[bytes, bytes]:
    """Return the environment, as bytes."""
    return {os.fsencode(key): os.fsencode(value) for key, value in os.environ.items()}


def itervalues(d: dict[Any, _T]) -> Iterator[_T]:
    """Iterate over the values of *d*."""
    return iter(d.values())


def iteritems(d: dict[Any, _T]) -> Iterator[tuple[Any, _T]]:
    """Iterate over the items of *d*."""
    return iter(d.items())


def _matchingString(constantString: str, inputString: AnyStr) -> AnyStr:
    """
    Return *constantString*, which is ASCII, in the type of *inputString*.
    """
    if isinstance(inputString, bytes):
        return constantString.encode("ascii")
    return cast(Any, constantString)


def _coercedUnicode(s: AnyStr) -> str:
    """
    Return *s*, which must be text.

    @raise TypeError: it is bytes.
    """
    if isinstance(s, bytes):
        raise TypeError(f"Expected str not {s!r} (bytes)")
    return s


def _bytesChr(i: int) -> bytes:
    """Return the byte of value *i*."""
    return bytes([i])


def _get_async_param(isAsync: Any = None, **kwargs: Any) -> Any:
    if "async" in kwargs and isAsync is None:
        isAsync = kwargs.pop("async")
    if kwargs:
        raise TypeError
    return bool(isAsync)


def _constructMethod(cls: type, name: str, self: object) -> Any:
    """Bind the function *name* of *cls* to *self*."""
    return _MethodType(cls.__dict__[name], self)


# Names whose modules are too heavy to load for everybody.
_LATE = {
    "cookielib": ("http.cookiejar", None),
    "escape": ("html", "escape"),
    "urllib_parse": ("urllib.parse", None),
    "urlquote": ("urllib.parse", "quote"),
    "urlunquote": ("urllib.parse", "unquote"),
}


def __getattr__(name: str) -> Any:
    try:
        module, attribute = _LATE[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: Any = import_module(module)
    if attribute is not None:
        found = getattr(found, attribute)
    globals()[name] = found
    return found


__all__ = [
    "FileType",
    "InstanceType",
    "NativeStringIO",
    "Sequence",
    "StringType",
    "bytesEnviron",
    "cmp",
    "comparable",
    "cookielib",
    "currentframe",
    "escape",
    "execfile",
    "frozenset",
    "intToBytes",
    "intern",
    "ioType",
    "items",
    "iterbytes",
    "iteritems",
    "itervalues",
    "lazyByteSlice",
    "nativeString",
    "networkString",
    "range",
    "raw_input",
    "reduce",
    "reraise",
    "set",
    "unichr",
    "unicode",
    "urllib_parse",
    "urlquote",
    "urlunquote",
    "xrange",
]
