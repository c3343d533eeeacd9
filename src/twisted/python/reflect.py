"""
Objects by name, names of objects, and text of anything.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator
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


def _upwards(kind: type) -> Iterator[type]:
    """
    Iterate over *kind* and its bases, the farthest first; one that is reached
    in several ways comes several times.
    """
    for base in kind.__bases__:
        yield from _upwards(base)
    yield kind


def _derives(kind: type, baseClass: type | None) -> bool:
    return baseClass is None or baseClass in kind.__bases__


def _namesOf(kind: type, prefix: str) -> list[str]:
    """Return the names of the functions in the body of *kind* that begin with *prefix*."""
    return [
        name
        for name, value in kind.__dict__.items()
        if name.startswith(prefix) and isinstance(value, FunctionType)
    ]


def _dataOf(classObj: type, attr: str, baseClass: type | None) -> Iterator[Any]:
    """Iterate over what *classObj* and its bases have as *attr* themselves."""
    for kind in _upwards(classObj):
        if attr in kind.__dict__ and (kind is not classObj or _derives(kind, baseClass)):
            yield kind.__dict__[attr]


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
    for kind in _upwards(classObj):
        if _derives(kind, baseClass):
            names = [name for name in _namesOf(kind, prefix) if name != prefix]
            dict.update((name.removeprefix(prefix), 1) for name in names)


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
    for kind in _upwards(obj.__class__ if curClass is None else curClass):
        for name in _namesOf(kind, prefix):
            dict[name.removeprefix(prefix)] = getattr(obj, name)


def accumulateClassDict(
    classObj: type, attr: str, adict: dict[Any, Any], baseClass: type | None = None
) -> None:
    """
    Merge the dicts that *classObj* and its bases have as *attr* into *adict*;
    nearer ones count more.

    @param baseClass: look only at classes which have this base.
    """
    for own in _dataOf(classObj, attr, baseClass):
        adict.update(own)


def accumulateClassList(
    classObj: type, attr: str, listObj: list[Any], baseClass: type | None = None
) -> None:
    """
    Append the lists that *classObj* and its bases have as *attr* to *listObj*,
    the farthest first.

    @param baseClass: look only at classes which have this base.
    """
    for own in _dataOf(classObj, attr, baseClass):
        listObj.extend(own)


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
            f"name must be a string giving a '.'-separated list of Python identifiers, not {name!r}"
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


_NEVER = object()


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
    if maxDepth == 0 or seen.get(id(start), _NEVER) is start:
        return paths
    seen[id(start)] = start
    left = None if maxDepth is None else maxDepth - 1
    for step, part in _parts(start, showUnknowns):
        objgrep(part, goal, eq, path + step, paths, seen, showUnknowns, left)
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
