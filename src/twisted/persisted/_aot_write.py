"""
From objects to abstract object trees.
"""

from __future__ import annotations

import copyreg
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import IO, Any

from twisted.persisted._aot_nodes import (
    SIMPLE,
    Class,
    Copyreg,
    Deref,
    Function,
    Instance,
    InstanceMethod,
    Module,
    Ref,
    getSource,
)


def _funcOfMethod(methodObject: Any) -> Any:
    """Return the function of a bound method."""
    return methodObject.__func__


def _selfOfMethod(methodObject: Any) -> Any:
    """Return what a method is bound to."""
    return methodObject.__self__


def _classOfMethod(methodObject: Any) -> type:
    """Return the class of what a method is bound to."""
    return type(methodObject.__self__)


def _fullName(thing: Any) -> str:
    """
    Return the name under which a class or a function can be imported.

    @raise TypeError: it can't.
    """
    name = f"{thing.__module__}.{thing.__qualname__}"
    if "<" in name:
        raise TypeError(f"Unpersistable: {thing!r} cannot be imported by name")
    return name


class AOTJellier:
    """
    Makes one tree of one object.

    @ivar prepared: by the id of each object met, its node, and the object to
        keep the id from being used again.
    """

    def __init__(self) -> None:
        self.prepared: dict[int, tuple[Ref, Any]] = {}
        self._refs = 0

    def prepareForRef(self, aoref: Ref, object: Any) -> None:
        """
        Let I{object} be referred to when it is met again.

        @param aoref: its node.
        @param object: the object.
        """
        self.prepared[id(object)] = aoref, object

    def jelly(self, obj: Any) -> Any:
        """
        Make the tree.

        @param obj: the object.
        @return: the tree's root.
        @raise TypeError: there is something in it that cannot be kept.
        """
        return self.jellyToAO(obj)

    def jellyToAO(self, obj: Any) -> Any:
        """
        Make the node of an object that is part of the whole.

        @param obj: the object.
        @return: the node.
        @raise TypeError: it cannot be kept.
        """
        kind = type(obj)
        if kind in SIMPLE:
            return obj
        if isinstance(obj, type):
            return Class(_fullName(obj))
        if isinstance(obj, ModuleType):
            return Module(obj.__name__)
        if isinstance(obj, FunctionType):
            return Function(_fullName(obj))
        if kind is MethodType:
            inst = self.jellyToAO(obj.__self__)
            return InstanceMethod(obj.__name__, _fullName(_classOfMethod(obj)), inst)
        if isinstance(obj, BuiltinFunctionType) and isinstance(obj.__self__, ModuleType):
            return Function(f"{obj.__self__.__name__}.{obj.__name__}")
        known = self.prepared.get(id(obj))
        if known is None:
            ref = Ref()
            self.prepareForRef(ref, obj)
            ref.setObj(self._contents(obj))
            return ref
        if not known[0].refnum:
            self._refs += 1
            known[0].setRef(self._refs)
        assert known[0].refnum is not None
        return Deref(known[0].refnum)

    def _contents(self, obj: Any) -> Any:
        """Make the node of what is met for the first time."""
        kind = type(obj)
        if kind in (list, tuple):
            return kind([self.jellyToAO(each) for each in obj])
        if kind is dict:
            return {self.jellyToAO(key): self.jellyToAO(value) for key, value in obj.items()}
        if kind in copyreg.dispatch_table:
            return self._reduced(obj, copyreg.dispatch_table[kind](obj))
        if kind.__flags__ & _HEAP_TYPE and not isinstance(obj, _CONTAINERS):
            if kind.__reduce__ is not object.__reduce__:
                reduced = obj.__reduce__()
                # More than a call is not for us; then there is the state.
                if isinstance(reduced, tuple) and len(reduced) == 2:
                    return self._reduced(obj, reduced)
            return self._instance(obj)
        return self._reduced(obj, obj.__reduce_ex__(2))

    def _instance(self, obj: Any) -> Instance:
        """Make the node of an instance of a class written in Python."""
        try:
            state = obj.__getstate__()
        except AttributeError:
            raise TypeError(f"Unsupported type: {type(obj).__name__}: it has no state") from None
        node = Instance(_fullName(type(obj)))
        if type(state) is dict and all(type(key) is str for key in state):
            node.state = {key: self.jellyToAO(value) for key, value in state.items()}
        else:
            node.stateIsDict = 0
            node.state = self.jellyToAO(state)
        return node

    def _reduced(self, obj: Any, reduced: Any) -> Copyreg:
        """Make the node of what reduces itself to a call."""
        if isinstance(reduced, str) or any(part is not None for part in reduced[2:]):
            raise TypeError(f"Unsupported type: {type(obj).__name__}: it is no call and no state")
        return Copyreg(_fullName(reduced[0]), self.jellyToAO(reduced[1]))


# Py_TPFLAGS_HEAPTYPE: made at run time, as every class statement does.
_HEAP_TYPE = 1 << 9

# What is in these is no part of their state.
_CONTAINERS = (list, tuple, dict, set, frozenset, bytearray, str, bytes, int, float, complex)


def jellyToAOT(obj: Any) -> Any:
    """
    Make the tree of an object.

    @param obj: the object.
    @return: the root of its tree.
    @raise TypeError: there is something in it that cannot be kept.
    """
    return AOTJellier().jelly(obj)


def jellyToSource(obj: Any, file: IO[bytes] | None = None) -> str | None:
    """
    Write an object as source.

    @param obj: the object.
    @param file: where to write it, in UTF-8; a binary file.
    @return: the source, if there is no file.
    @raise TypeError: there is something in it that cannot be kept.
    """
    source = getSource(jellyToAOT(obj))
    if file is None:
        return source
    file.write(source.encode("utf-8"))
    return None
