"""
Names from the time when programs ran on Python 2 and 3 alike, and the few of
them that are still of use: C{nativeString}, C{networkString}, C{comparable},
C{iterbytes}.
"""

from __future__ import annotations

import os
import sys
from collections.abc import ItemsView, Iterator, ValuesView
from importlib import import_module
from io import IOBase, TextIOBase
from types import FrameType, TracebackType
from types import MethodType as _MethodType
from typing import Any, AnyStr, TypeVar, cast
from warnings import warn

_T = TypeVar("_T")

_PY3 = True
_PY35PLUS = True
_PY37PLUS = True
_PY38PLUS = True
_PYPY = sys.implementation.name == "pypy"


def currentframe(n: int = 0) -> FrameType | None:
    """
    Return the frame of the caller, or of the caller's *n*-th caller.
    """
    try:
        return sys._getframe(n + 1)
    except ValueError:
        return None


def execfile(filename: str, globals: dict[str, Any], locals: dict[str, Any] | None = None) -> None:
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


def iterbytes(originalBytes: Any) -> Iterator[Any]:
    """
    Iterate over the bytes of *originalBytes*, each as L{bytes}; of text, over
    its characters.
    """
    for at in range(len(originalBytes)):
        part = originalBytes[at : at + 1]
        yield bytes(part) if isinstance(part, memoryview) else part


def _goes(name: str, instead: str) -> None:
    """Warn that the function *name* will go."""
    warn(
        f"{__name__}.{name} was deprecated in Twisted 21.2.0; please use {instead} instead",
        DeprecationWarning,
        stacklevel=3,
    )


def intToBytes(i: int) -> bytes:
    """Return *i* in decimal, as bytes.  Deprecated."""
    _goes("intToBytes", "b'%d'")
    return b"%d" % (i,)


def lazyByteSlice(object: Any, offset: int = 0, size: int | None = None) -> memoryview:
    """
    Return a view of a part of *object*, without copying.

    @param size: its length; to the end by default.
    """
    view = memoryview(object)
    return view[offset:] if size is None else view[offset : offset + size]


def bytesEnviron() -> dict[bytes, bytes]:
    """Return the environment, as bytes.  Deprecated."""
    _goes("bytesEnviron", "os.environb")
    return {os.fsencode(key): os.fsencode(value) for key, value in os.environ.items()}


def items(d: dict[Any, _T]) -> list[tuple[Any, _T]]:
    """Return the items of *d*.  Deprecated."""
    _goes("items", "list(d.items())")
    return list(d.items())


def itervalues(d: dict[Any, _T]) -> ValuesView[_T]:
    """Return the values of *d*.  Deprecated."""
    _goes("itervalues", "d.values()")
    return d.values()


def iteritems(d: dict[Any, _T]) -> ItemsView[Any, _T]:
    """Return the items of *d*.  Deprecated."""
    _goes("iteritems", "d.items()")
    return d.items()


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


# What had another name, or another place, on Python 2: where it is now, and how
# the warning says so.  Looked up when asked for: some are heavy to load.
_ALIAS = "Obsolete alias for {} builtin"
_MOVED: dict[str, tuple[str, str]] = {
    "FileType": ("io:IOBase", "Obsolete alias for io.IOBase"),
    "InstanceType": ("builtins:object", "Old-style classes don't exist in Python 3"),
    "NativeStringIO": ("io:StringIO", "Use io.StringIO directly"),
    "Sequence": ("collections.abc:Sequence", "Use collections.abc.Sequence directly"),
    "StringType": ("builtins:str", _ALIAS.format("str") + " type"),
    "cookielib": ("http.cookiejar:", "Use http.cookiejar directly"),
    "escape": ("html:escape", "Use html.escape directly"),
    "frozenset": ("builtins:frozenset", _ALIAS.format("frozenset") + " type"),
    "intern": ("sys:intern", "Use sys.intern() directly"),
    "izip": ("builtins:zip", _ALIAS.format("zip()")),
    "long": ("builtins:int", _ALIAS.format("int") + " type"),
    "range": ("builtins:range", _ALIAS.format("range()")),
    "raw_input": ("builtins:input", _ALIAS.format("input()")),
    "reduce": ("functools:reduce", "Use functools.reduce() directly"),
    "set": ("builtins:set", _ALIAS.format("set") + " type"),
    "unichr": ("builtins:chr", _ALIAS.format("chr()")),
    "unicode": ("builtins:str", _ALIAS.format("str") + " type"),
    "urllib_parse": ("urllib.parse:", "Import urllib.parse directly"),
    "urlquote": ("urllib.parse:quote", "Use urllib.parse.quote() directly"),
    "urlunquote": ("urllib.parse:unquote", "Use urllib.parse.unquote() directly"),
    "xrange": ("builtins:range", _ALIAS.format("range()")),
}


def __getattr__(name: str) -> Any:
    try:
        where, advice = _MOVED[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warn(
        f"{__name__}.{name} was deprecated in Twisted 21.2.0: {advice}",
        DeprecationWarning,
        stacklevel=2,
    )
    module, _, attribute = where.partition(":")
    found: Any = import_module(module)
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MOVED})


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
