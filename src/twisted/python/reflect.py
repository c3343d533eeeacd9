"""
Objects by name, names of objects, and text of anything.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections import deque
from collections.abc import Callable
from importlib import import_module
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any


class _NoModuleFound(Exception):
    """No module was found because none exists."""


class InvalidName(ValueError):
    """The name is not a dot-separated list of Python identifiers."""


class ModuleNotFound(InvalidName):
    """The module of a name could not be found."""


class ObjectNotFound(InvalidName):
    """The object of a name could not be found."""


# -- methods by prefix -----------------------------------------------------------


def prefixedMethodNames(classObj: type, prefix: str) -> list[str]:
    """
    Return the names, without *prefix*, of the methods of *classObj* and its
    bases that begin with it.
    """
    names: dict[str, int] = {}
    addMethodNamesToDict(classObj, names, prefix)
    return list(names)


def addMethodNamesToDict(
    classObj: type, dict: dict[str, int], prefix: str, baseClass: type | None = None
) -> None:
    """
    Put the names that C{prefixedMethodNames} finds into *dict*, each with the
    value 1.

    @param baseClass: look only at classes which have this base.
    """
    for base in classObj.__bases__:
        addMethodNamesToDict(base, dict, prefix, baseClass)
    if baseClass is None or baseClass in classObj.__bases__:
        for name, method in classObj.__dict__.items():
            if isinstance(method, FunctionType) and name.startswith(prefix) and name != prefix:
                dict[name[len(prefix) :]] = 1


def prefixedMethods(obj: object, prefix: str = "") -> list[Callable[..., Any]]:
    """Return the methods of *obj* whose names begin with *prefix*."""
    found: dict[str, Callable[..., Any]] = {}
    accumulateMethods(obj, found, prefix)
    return list(found.values())


def accumulateMethods(
    obj: object,
    dict: dict[str, Callable[..., Any]],
    prefix: str = "",
    curClass: type | None = None,
) -> None:
    """
    Put the methods of *obj* whose names begin with *prefix* into *dict*, under
    their names without it.
    """
    kind = obj.__class__ if curClass is None else curClass
    for base in kind.__bases__:
        if base is not object:
            accumulateMethods(obj, dict, prefix, base)
    for name, method in kind.__dict__.items():
        if isinstance(method, FunctionType) and name.startswith(prefix):
            dict[name[len(prefix) :]] = getattr(obj, name)


def accumulateClassDict(
    classObj: type, attr: str, adict: dict[Any, Any], baseClass: type | None = None
) -> None:
    """
    Merge the dicts that *classObj* and its bases have as *attr* into *adict*;
    nearer ones count more.

    @param baseClass: look only at classes which have this base.
    """
    for base in classObj.__bases__:
        accumulateClassDict(base, attr, adict)
    if baseClass is None or baseClass in classObj.__bases__:
        adict.update(classObj.__dict__.get(attr, {}))


def accumulateClassList(
    classObj: type, attr: str, listObj: list[Any], baseClass: type | None = None
) -> None:
    """
    Append the lists that *classObj* and its bases have as *attr* to *listObj*,
    the farthest first.

    @param baseClass: look only at classes which have this base.
    """
    for base in classObj.__bases__:
        accumulateClassList(base, attr, listObj)
    if baseClass is None or baseClass in classObj.__bases__:
        listObj.extend(classObj.__dict__.get(attr, []))


# -- objects by name ---------------------------------------------------------------


def namedModule(name: str) -> ModuleType:
    """
    Return the module *name*, imported.

    @raise ImportError: there is none.
    """
    return import_module(name)


def namedObject(name: str) -> Any:
    """
    Return the attribute of a module that *name* is: C{"package.module.name"}.
    """
    module, _, attribute = name.rpartition(".")
    return getattr(namedModule(module), attribute)


namedClass = namedObject


def requireModule(name: str, default: Any = None) -> Any:
    """Return the module *name*, or *default* if it cannot be imported."""
    try:
        return namedModule(name)
    except ImportError:
        return default


def _importIfThere(name: str) -> ModuleType | None:
    """
    Return the module *name*, L{None} if there is none.  What a module that is
    there raises while it is imported is let through.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as problem:
        missing = problem.name or ""
        if name == missing or name.startswith(missing + "."):
            return None
        raise


def namedAny(name: str) -> Any:
    """
    Return whatever *name* is: a package, a module, or an attribute of one, as
    deep as it says.

    @raise InvalidName: it is no name.
    @raise ModuleNotFound: it is a single word and no module.
    @raise ObjectNotFound: its first part is no module.
    @raise AttributeError: a module was found, but not what it should contain.
    """
    if not name:
        raise InvalidName("Empty module name")
    words = name.split(".")
    if "" in words:
        raise InvalidName(
            "name must be a string giving a '.'-separated list of Python "
            f"identifiers, not {name!r}"
        )
    for depth in range(len(words), 0, -1):
        found: Any = _importIfThere(".".join(words[:depth]))
        if found is not None:
            break
    else:
        if len(words) == 1:
            raise ModuleNotFound(f"No module named {name!r}")
        raise ObjectNotFound(f"{name!r} does not name an object")
    for word in words[depth:]:
        found = getattr(found, word)
    return found


def filenameToModuleName(fn: str | bytes) -> str:
    """
    Return the module that the file *fn* is, by the packages it lies in.
    """
    path = os.path.abspath(os.fsdecode(fn))
    words = [os.path.basename(path).partition(".")[0]]
    if words[0] == "__init__":
        words = []
    folder = os.path.dirname(path)
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, word = os.path.split(folder)
        words.insert(0, word)
    return ".".join(words)


# -- names of objects ----------------------------------------------------------------


def qual(clazz: Any) -> str:
    """Return the full name of a class: C{"package.module.Class"}."""
    return f"{clazz.__module__}.{clazz.__name__}"


def fullyQualifiedName(obj: Any) -> str:
    """Return the full name of a module, class, function or method."""
    if isinstance(obj, MethodType):
        return f"{obj.__func__.__module__}.{obj.__func__.__qualname__}"
    name: str = getattr(obj, "__qualname__", None) or obj.__name__
    if isinstance(obj, (ModuleType, BuiltinFunctionType, BuiltinMethodType)):
        module = getattr(obj, "__module__", None)
        return f"{module}.{name}" if module is not None else name
    module = getattr(obj, "__module__", None)
    return f"{module}.{name}" if module is not None else name


def fullFuncName(func: Any) -> str:
    """
    Return the full name of a function.

    @raise Exception: the name leads to something else.
    """
    name = f"{func.__module__}.{func.__name__}"
    if namedObject(name) is not func:
        raise Exception(f"Couldn't find {func} as {name}.")
    return name


def getClass(obj: object) -> type:
    """Return the class of *obj*."""
    return type(obj)


# -- text of anything ------------------------------------------------------------------


def _describeBroken(formatter: Callable[[Any], str], o: object) -> str:
    """
    Return text for *o*, whose own text cannot be had because *formatter*
    raised.
    """
    # Late: rare, and io and traceback would be loaded for everybody.
    import traceback

    kind: Any
    try:
        kind = o.__class__
    except BaseException:
        kind = type(o)
    try:
        name = kind.__name__
    except BaseException:
        name = None
    if name is None:
        name = "BROKEN CLASS AT 0x%x" % (id(kind),)
    return f"<{name} instance at 0x{id(o):x} with {formatter.__name__} error:\n {traceback.format_exc()}>"


def safe_repr(o: object) -> str:
    """Return C{repr(o)}, or what can be told of *o* if that raises."""
    try:
        return repr(o)
    except BaseException:
        return _describeBroken(repr, o)


def safe_str(o: object) -> str:
    """
    Return C{str(o)}, or what can be told of *o* if that raises; bytes that are
    UTF-8 are decoded.
    """
    if isinstance(o, bytes):
        try:
            return o.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        return str(o)
    except BaseException:
        return _describeBroken(str, o)


# -- searching -------------------------------------------------------------------------


class QueueMethod:
    """
    Looks like a method and notes the calls that are made of it.
    """

    def __init__(self, name: str, calls: list[tuple[str, tuple[Any, ...]]]) -> None:
        self.name = name
        self.calls = calls

    def __call__(self, *args: Any) -> None:
        self.calls.append((self.name, args))


def isSame(a: object, b: object) -> bool:
    """Tell whether *a* is *b*; a test for C{objgrep}."""
    return a is b


def isLike(a: object, b: object) -> bool:
    """Tell whether *a* equals *b*; a test for C{objgrep}."""
    return a == b


def isOfType(start: object, goal: type) -> bool:
    """Tell whether *start* is of the type *goal* itself; for C{objgrep}."""
    return type(start) is goal


def modgrep(goal: object) -> list[str]:
    """Return the paths from the loaded modules to *goal*."""
    return objgrep(sys.modules, goal, isLike, "sys.modules")


def findInstances(start: object, t: type) -> list[str]:
    """Return the paths from *start* to objects of type *t*."""
    return objgrep(start, t, isOfType)


def _parts(start: Any, showUnknowns: bool) -> list[tuple[str, Any]]:
    """What *start* refers to, each with how it is written after its path."""
    if isinstance(start, dict):
        parts = []
        for key, value in start.items():
            parts.append(("{" + safe_repr(value) + "}", key))
            parts.append((f"[{safe_repr(key)}]", value))
        return parts
    if isinstance(start, (list, tuple, deque)):
        return [(f"[{index}]", value) for index, value in enumerate(start)]
    if isinstance(start, MethodType):
        return [
            (".__self__", start.__self__),
            (".__func__", start.__func__),
            (".__self__.__class__", start.__self__.__class__),
        ]
    if isinstance(start, weakref.ReferenceType):
        return [("()", start())]
    if isinstance(start, (str, int, FunctionType, BuiltinMethodType, float, type(None))):
        return []
    if hasattr(start, "__dict__"):
        parts = [(f".{name}", value) for name, value in start.__dict__.items()]
        if not isinstance(start, type):
            parts.append((".__class__", start.__class__))
        return parts
    if showUnknowns:
        print("unknown type", type(start), start)
    return []


def objgrep(
    start: object,
    goal: object,
    eq: Callable[[Any, Any], bool] = isLike,
    path: str = "",
    paths: list[str] | None = None,
    seen: dict[int, Any] | None = None,
    showUnknowns: bool = False,
    maxDepth: int | None = None,
) -> list[str]:
    """
    Search everything that can be reached from *start* for *goal*.

    @param eq: C{isLike}, C{isSame} or C{isOfType}.
    @param path: how *start* is written.
    @param maxDepth: how many steps to go at the most.
    @return: how each find is written.
    """
    paths = [] if paths is None else paths
    seen = {} if seen is None else seen
    if eq(start, goal):
        paths.append(path)
    if id(start) in seen:
        if seen[id(start)] is start:
            return paths
    if maxDepth is not None:
        if maxDepth == 0:
            return paths
        maxDepth -= 1
    seen[id(start)] = start
    for step, part in _parts(start, showUnknowns):
        objgrep(part, goal, eq, path + step, paths, seen, showUnknowns, maxDepth)
    return paths


__all__ = [
    "InvalidName",
    "ModuleNotFound",
    "ObjectNotFound",
    "QueueMethod",
    "accumulateClassDict",
    "accumulateClassList",
    "accumulateMethods",
    "addMethodNamesToDict",
    "filenameToModuleName",
    "findInstances",
    "fullFuncName",
    "fullyQualifiedName",
    "getClass",
    "isLike",
    "isOfType",
    "isSame",
    "modgrep",
    "namedAny",
    "namedClass",
    "namedModule",
    "namedObject",
    "objgrep",
    "prefixedMethodNames",
    "prefixedMethods",
    "qual",
    "requireModule",
    "safe_repr",
    "safe_str",
]
