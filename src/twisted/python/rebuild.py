"""
Load modules again while the program runs, and let what was made of their
classes and functions follow.

After C{rebuild(module)}, instances of the module's classes are of the new
classes; other modules that have imported a class or function have the new one;
and an old function that is kept elsewhere, as a callback for example, does what
the new one does.
"""

from __future__ import annotations

import gc
import linecache
import sys
import time
from collections.abc import Iterator
from importlib import reload
from types import FunctionType, MethodType, ModuleType
from typing import Any

from twisted.python import components, log

__all__ = [
    "RebuildError",
    "Sensitive",
    "lastRebuild",
    "latestClass",
    "latestFunction",
    "rebuild",
    "updateInstance",
]

lastRebuild = time.time()
"""When anything was rebuilt last, in seconds since 1970."""


class RebuildError(Exception):
    """
    An instance cannot be made one of the new class.
    """


class Sensitive:
    """
    A mixin for what has to do something when modules are rebuilt.

    @ivar lastRebuild: up to when this has taken notice, in seconds since 1970.
    """

    lastRebuild = lastRebuild

    def needRebuildUpdate(self) -> bool:
        """
        @return: whether anything was rebuilt since.
        """
        return self.lastRebuild < lastRebuild

    def rebuildUpToDate(self) -> None:
        """
        Notice was taken of all up to now.
        """
        self.lastRebuild = time.time()

    def latestVersionOf(self, anObject: Any) -> Any:
        """
        Find what has taken something's place.

        @param anObject: a class, function, method or anything else.
        @return: the present class, function or method; what is none of them is
            returned as it is.
        """
        if isinstance(anObject, MethodType):
            return getattr(anObject.__self__, anObject.__name__, anObject)
        if isinstance(anObject, FunctionType):
            return latestFunction(anObject)
        if isinstance(anObject, type):
            return latestClass(anObject)
        return anObject


def _latest(thing: Any) -> Any:
    """
    Look up what is found where a class or function was defined.

    @return: it; what is asked about if that was not in a module.
    """
    found: Any = sys.modules.get(thing.__module__)
    for name in thing.__qualname__.split("."):
        found = getattr(found, name, None)
    return thing if found is None else found


def latestClass(oldClass: Any) -> Any:
    """
    Find what has taken a class's place, and let it derive from the latest.

    @param oldClass: a class.
    @return: the present one.
    """
    newClass = _latest(oldClass)
    if not isinstance(newClass, type):
        return oldClass
    bases = tuple(map(latestClass, newClass.__bases__))
    if bases != newClass.__bases__:
        newClass.__bases__ = bases
    return newClass


def latestFunction(oldFunc: Any) -> Any:
    """
    Find what has taken a function's place.

    @param oldFunc: a function.
    @return: the present one.
    """
    return _latest(oldFunc)


def updateInstance(self: Any) -> None:
    """
    Make an instance one of the latest version of its class.

    @param self: the instance.
    @raise RebuildError: if the new class has other slots than the old.
    """
    newClass = latestClass(self.__class__)
    try:
        self.__class__ = newClass
    except TypeError as problem:
        raise RebuildError(f"{object.__repr__(self)} cannot become {newClass!r}: {problem}")


def _definedIn(module: ModuleType) -> Iterator[Any]:
    """
    @return: an iterator of the classes and functions that the module defines.
    """
    for value in list(vars(module).values()):
        if isinstance(value, (type, FunctionType)) and value.__module__ == module.__name__:
            yield value


def _updateFunction(old: FunctionType, new: Any) -> None:
    """
    Let an old function do what the new one does, for those who have kept it.
    """
    if not isinstance(new, FunctionType) or old is new:
        return
    if old.__code__.co_freevars != new.__code__.co_freevars:
        return  # what it has closed over is not ours to change
    old.__code__ = new.__code__
    old.__defaults__ = new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__
    old.__doc__ = new.__doc__


def _updateInstancesOf(replaced: dict[type, type]) -> None:
    """
    Make all instances of old classes instances of new ones.
    """
    for each in gc.get_objects():
        kind = type(each)
        if kind in replaced:
            try:
                each.__class__ = replaced[kind]
            except TypeError as problem:
                log.msg(f"{kind!r}: an instance stays what it was: {problem}")


def _updateNamespaces(replaced: dict[Any, Any]) -> None:
    """
    Put the new into all modules that have imported the old.
    """
    for module in list(sys.modules.values()):
        namespace = getattr(module, "__dict__", None)
        if not isinstance(namespace, dict):
            continue
        for name, value in list(namespace.items()):
            try:
                new = replaced.get(value)
            except Exception:  # what has no hash, or a broken one, is no function
                continue
            if new is not None:
                namespace[name] = new


def _replaceClasses(classes: dict[type, type]) -> None:
    """
    Let instances be of the new classes, and subclasses elsewhere derive from them.
    """
    for old in classes:
        subclass: type
        for subclass in old.__subclasses__():
            if subclass not in classes:
                latestClass(subclass)
    for new in classes.values():
        latestClass(new)
    _updateInstancesOf(classes)


def rebuild(module: ModuleType, doLog: int = 1) -> ModuleType:
    """
    Load a module again, and let what was made by it follow.

    @param module: the module.
    @param doLog: whether to write to the log that it is done.
    @return: the module.
    @raise Exception: whatever loading it raises; then all is as it was, as far
        as the module was not loaded yet.
    """
    global lastRebuild
    lastRebuild = time.time()
    if doLog:
        log.msg(f"Rebuilding {module.__name__}...")
    before = list(_definedIn(module))
    linecache.checkcache(getattr(module, "__file__", None))
    # It registers its adapters once more.
    allowed, components.ALLOW_DUPLICATES = components.ALLOW_DUPLICATES, True
    try:
        reload(module)
    finally:
        components.ALLOW_DUPLICATES = allowed
    replaced = {old: new for old in before if (new := _latest(old)) is not old}
    for old, new in replaced.items():
        if isinstance(old, FunctionType):
            _updateFunction(old, new)
    _replaceClasses(
        {
            old: new
            for old, new in replaced.items()
            if isinstance(old, type) and isinstance(new, type)
        }
    )
    _updateNamespaces(replaced)
    if doLog:
        log.msg(f"Rebuilt {module.__name__}.")
    return module
