"""
The nodes of an abstract object tree, and the source they are written as.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from keyword import iskeyword
from types import EllipsisType, NoneType
from typing import Any

# What is a node by itself.
SIMPLE = frozenset(
    [bool, int, float, complex, str, bytes, NoneType, EllipsisType, slice],
)

# Begins a line whose depth is found out when all is written.
_BREAK = "\n\0"


# A name, and none that the call has itself.
_ARGUMENT = re.compile(r"(?!(?:self|className|__stateObj__)\Z)[a-zA-Z_][a-zA-Z0-9_]*\Z")


class Named:
    """
    A node that is nothing but a name.

    @ivar name: the full name, with its module.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def _asCall(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Class(Named):
    """
    A class.
    """

    def getSource(self) -> str:
        """Return the node as source."""
        return self._asCall()


class Function(Named):
    """
    A function.
    """

    def getSource(self) -> str:
        """Return the node as source."""
        return self._asCall()


class Module(Named):
    """
    A module.
    """

    def getSource(self) -> str:
        """Return the node as source."""
        return self._asCall()


class InstanceMethod:
    """
    A method, bound to an instance.

    @ivar name: its name.
    @ivar klass: the full name of the instance's class.
    @ivar instance: the instance's node.
    """

    def __init__(self, name: str, klass: str, inst: Any) -> None:
        """
        @raise TypeError: I{inst} is no node that a method can be bound to.
        """
        if not isinstance(inst, (Ref, Instance, Deref, Class, Copyreg)):
            raise TypeError(f"{inst} isn't an Instance, Ref, or Deref!")
        self.name = name
        self.klass = klass
        self.instance = inst

    def getSource(self) -> str:
        """Return the node as source."""
        return f"InstanceMethod({self.name!r}, {self.klass!r}, {_BREAK}{prettify(self.instance)})"


class _NoStateObj:
    """
    Says that a state was not given.
    """


NoStateObj = _NoStateObj()
"""Where a state may be given, even L{None}, and was not."""


class Instance:
    """
    An instance.

    @ivar klass: the full name of its class.
    @ivar state: the node of its state.
    @ivar stateIsDict: whether the state was given as attributes.
    """

    def __init__(self, className: str, __stateObj__: Any = NoStateObj, **state: Any) -> None:
        """
        @param className: the full name of the class.
        @param __stateObj__: what the class's C{__getstate__} returned.
        @param state: or, one by one, the attributes.
        @raise ValueError: there are both.
        """
        if not isinstance(className, str):
            raise TypeError(f"{className} isn't a string!")
        self.klass = className
        self.stateIsDict = int(__stateObj__ is NoStateObj)
        if not self.stateIsDict and state:
            raise ValueError("An Instance has a state or attributes, not both.")
        self.state = state if self.stateIsDict else __stateObj__

    def getSource(self) -> str:
        """Return the node as source."""
        if self.stateIsDict:
            try:
                return f"Instance({self.klass!r}, {dictToKW(self.state)})"
            except NonFormattableDict:
                pass  # as a dict it can be written in any case
        return f"Instance({self.klass!r}, {prettify(self.state)})"


class Ref:
    """
    An object that is mentioned again elsewhere, by its number.

    @ivar refnum: the number, or L{None} if it is not mentioned.
    @ivar obj: the object's node.
    """

    refnum: int | None
    obj: Any

    def __init__(self, *args: Any) -> None:
        """
        @param args: the number and the node; or nothing, and both are set later.
        """
        self.refnum, self.obj = args if args else (None, None)

    def setRef(self, num: int) -> None:
        """
        Say that it is mentioned elsewhere.

        @raise ValueError: it has another number.
        """
        if self.refnum:
            raise ValueError(f"Error setting id {num}, I already have {self.refnum}")
        self.refnum = num

    def setObj(self, obj: Any) -> None:
        """
        Say what it is.

        @raise ValueError: that was said already.
        """
        if self.obj:
            raise ValueError(f"Error setting obj {obj}, I already have {self.obj}")
        self.obj = obj

    def getSource(self) -> str:
        """
        Return the node as source.

        @raise RuntimeError: it is not known what it is.
        """
        if self.obj is None:
            raise RuntimeError("Don't try to display me before setting an object on me!")
        if self.refnum:
            return f"Ref({self.refnum}, {_BREAK}{prettify(self.obj)})"
        return prettify(self.obj)


class Deref:
    """
    An object that is elsewhere.

    @ivar refnum: its number.
    """

    def __init__(self, num: int) -> None:
        self.refnum = num

    def getSource(self) -> str:
        """Return the node as source."""
        return f"Deref({self.refnum})"

    __repr__ = getSource


class Copyreg:
    """
    An object that a function makes.

    @ivar loadfunc: the function's full name.
    @ivar state: the node of the tuple of its arguments.
    """

    def __init__(self, loadfunc: str, state: Any) -> None:
        self.loadfunc = loadfunc
        self.state = state

    def getSource(self) -> str:
        """Return the node as source."""
        return f"Copyreg({self.loadfunc!r}, {prettify(self.state)})"


class NonFormattableDict(Exception):
    """
    The keys of a dict cannot all be names of arguments.
    """


def dictToKW(d: dict[Any, Any]) -> str:
    """
    Write a dict as arguments of a call.

    @param d: the dict, of nodes.
    @return: the source, in the order of the keys, not indented yet.
    @raise NonFormattableDict: a key is no name.
    """
    for key in d:
        if not isinstance(key, str):
            raise NonFormattableDict(f"{key!r} ain't a string")
        if not _ARGUMENT.match(key) or iskeyword(key):
            raise NonFormattableDict(f"{key!r} ain't an identifier")
    return "".join(f"{_BREAK}{key}={prettify(d[key])}," for key in sorted(d))


def _prettifyNumber(obj: Any) -> str:
    """Write a number; the ones that have no literal are asked for by name."""
    finite = math.isfinite(obj) if isinstance(obj, float) else obj == obj
    if isinstance(obj, complex):
        finite = math.isfinite(obj.real) and math.isfinite(obj.imag)
    return repr(obj) if finite else f"{type(obj).__name__}({str(obj)!r})"


def prettify(obj: Any) -> str:
    """
    Write a node as source, not indented yet.

    @param obj: the node.
    @return: the source; where a line begins there is a null byte.
    @raise TypeError: it is no node.
    """
    if hasattr(obj, "getSource"):
        source: str = obj.getSource()
        return source
    kind = type(obj)
    if kind in (float, complex):
        return _prettifyNumber(obj)
    if kind in SIMPLE:
        return repr(obj)
    if kind is dict:
        items = [f"{prettify(key)}: {prettify(value)}" for key, value in obj.items()]
        left, right = "{}"
    elif kind in (list, tuple):
        items = [prettify(each) for each in obj]
        left, right = "[]" if kind is list else "()"
    else:
        raise TypeError(f"Unsupported type {kind} when trying to prettify {obj}.")
    if not items:
        return left + right
    return left + "".join(f"{_BREAK}{item}," for item in items) + _BREAK + right


_TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"|(?P<open>[\[({])|(?P<close>[\])}])|(?P<line>\n\0?)|(?P<space>[ \t]+)"
    r"""|(?P<other>[^'"\[\](){}\n \t]+|.)"""
)


def indentify(s: str) -> str:
    """
    Indent source by the depth of its brackets.

    @param s: the source, as L{prettify} writes it.
    @return: the same, with lines indented and no other spaces.
    """
    return "".join(_indented(s))


def _indented(source: str) -> Iterator[str]:
    """Give the pieces of L{indentify}."""
    depth = 0
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "space":
            continue
        if kind == "line":
            yield "\n" + "  " * depth
            continue
        depth += (kind == "open") - (kind == "close")
        yield token.group()


def getSource(ao: Any) -> str:
    """
    Write a tree as source.

    @param ao: the tree's root.
    @return: source that sets C{app}.
    """
    return indentify("app = " + prettify(ao))
