"""
How instances want to be pickled: with a version, or not at all.

Importing this module also teaches L{pickle} modules, and gives pickled methods
a form that outlives the moving of a method to another class.
"""

from __future__ import annotations

import copyreg
import importlib
import pickle
import types
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

from twisted.python import log, reflect

oldModules: dict[str, types.ModuleType] = {}
"""Modules that have another name today: the name in old pickles, and the module."""

versionedsToUpgrade: dict[int, Any] = {}
"""Instances of L{Versioned} that were loaded since the last L{doUpgrade}, by id."""

upgraded: dict[int, Any] = {}
"""Of these, the ones that are brought up to date already, by id."""


class _UniversalPicklingError(pickle.PicklingError):
    """
    Something cannot be pickled, whichever module pickles it.
    """


# -- what pickle does not know by itself -------------------------------------------------


def pickleMethod(method: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """
    Reduce a bound method, for L{copyreg}.

    @param method: the method.
    @return: L{unpickleMethod} and its arguments.
    """
    owner = method.__self__
    return unpickleMethod, (method.__name__, owner, type(owner))


def unpickleMethod(im_name: str, im_self: Any, im_class: type | None) -> Any:
    """
    Make the method again that L{pickleMethod} has reduced.

    @param im_name: the method's name.
    @param im_self: what it was bound to; L{None} if it was the plain function.
    @param im_class: the class that had it.  If it has it no more, the class
        that I{im_self} is of now is asked.
    @return: the method.
    @raise AttributeError: nobody has a method of that name.
    """
    if im_self is None:
        return getattr(im_class, im_name)
    declared = getattr(im_class, im_name, None)
    if isinstance(declared, types.FunctionType):
        return types.MethodType(declared, im_self)
    return getattr(im_self, im_name)


def pickleModule(module: types.ModuleType) -> tuple[Callable[..., Any], tuple[str]]:
    """
    Reduce a module to its name, for L{copyreg}.

    @param module: the module.
    @return: L{unpickleModule} and its argument.
    """
    return unpickleModule, (module.__name__,)


def unpickleModule(name: str) -> types.ModuleType:
    """
    Import the module that L{pickleModule} has reduced.

    @param name: its full name; a module listed in L{oldModules} under it is
        taken instead.
    @return: the module.
    """
    renamed = oldModules.get(name)
    if renamed is not None:
        log.msg(f"Module {name} is called {renamed.__name__} now.")
        name = renamed.__name__
    return importlib.import_module(name)


def pickleStringO(stringo: Any) -> tuple[Callable[..., Any], tuple[Any, int]]:
    """
    Reduce a file in memory that is written to.

    @param stringo: a L{StringIO} or L{BytesIO}.
    @return: L{unpickleStringO} and its arguments.
    """
    return unpickleStringO, (stringo.getvalue(), stringo.tell())


def unpickleStringO(val: str | bytes, sek: int) -> StringIO | BytesIO:
    """
    Make a file in memory again, as a Python 2 may have pickled one.

    @param val: what is in it.
    @param sek: the position in it.
    @return: a file of the kind that I{val} needs.
    """
    made: Any = BytesIO() if isinstance(val, bytes) else StringIO()
    made.write(val)
    made.seek(sek)
    return made


def pickleStringI(stringi: Any) -> tuple[Callable[..., Any], tuple[Any, int]]:
    """
    Reduce a file in memory that is read from.

    @param stringi: a L{StringIO} or L{BytesIO}.
    @return: L{unpickleStringI} and its arguments.
    """
    return unpickleStringI, (stringi.getvalue(), stringi.tell())


def unpickleStringI(val: str | bytes, sek: int) -> StringIO | BytesIO:
    """
    As L{unpickleStringO}, for what is read from.

    @param val: what is in it.
    @param sek: the position in it.
    @return: a file of the kind that I{val} needs.
    """
    return unpickleStringO(val, sek)


copyreg.pickle(types.MethodType, pickleMethod)
copyreg.pickle(types.ModuleType, pickleModule)


# -- what is not kept --------------------------------------------------------------------


class Ephemeral:
    """
    Is never kept: in a pickle an empty L{Ephemeral} stands in for an instance
    of any subclass.
    """

    def __reduce__(self) -> tuple[type[Ephemeral], tuple[()]]:
        return Ephemeral, ()

    def __getstate__(self) -> None:
        log.msg(f"WARNING: serializing ephemeral {self}")
        return None

    def __setstate__(self, state: Any) -> None:
        log.msg(f"WARNING: unserializing ephemeral {self.__class__}")
        self.__class__ = Ephemeral


# -- what is kept with a version ---------------------------------------------------------


def _aybabtu(cls: type) -> list[type]:
    """
    Return the subclasses of L{Versioned} that *cls* inherits from, itself and
    L{Versioned} excepted, in the order of inheritance.
    """
    return [
        base
        for base in cls.__mro__
        if base is not cls and base is not Versioned and issubclass(base, Versioned)
    ]


def _versionedBases(cls: type) -> list[tuple[str, type]]:
    """
    Return those of the bases of *cls*, and it, that count versions of their
    own, the most basic first, each after the key of its version in the state.
    """
    return [
        (reflect.qual(base) + ".persistenceVersion", base)
        for base in [*reversed(_aybabtu(cls)), cls]
        if "persistenceVersion" in base.__dict__
    ]


class Versioned:
    """
    Is kept together with the version of its class, and may bring itself up to
    date when it is loaded by a newer one.

    A class that was at version 4 when the instance was pickled, and is at 6
    when it is loaded, gets C{upgradeToVersion5()} and C{upgradeToVersion6()}
    called in L{doUpgrade}; one that is missing is mentioned in the log.  Every
    base counts its own versions.

    @cvar persistenceVersion: the version of the class.
    @cvar persistenceForgets: the names of attributes that are not kept.
    """

    persistenceVersion = 0
    persistenceForgets: tuple[str, ...] = ()

    def __getstate__(self, dict: dict[str, Any] | None = None) -> dict[str, Any]:
        """
        Return what is kept.

        @param dict: the attributes to keep instead of the instance's.
        @return: a new dict, with the versions in it.
        """
        state = (self.__dict__ if dict is None else dict).copy()
        for base in [type(self), *_aybabtu(type(self))]:
            for name in base.__dict__.get("persistenceForgets", ()):
                state.pop(name, None)
        for key, base in _versionedBases(type(self)):
            state[key] = base.__dict__["persistenceVersion"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """
        Take what was kept, and wait for L{doUpgrade}.
        """
        self.__dict__ = state
        versionedsToUpgrade[id(self)] = self

    def versionUpgrade(self) -> None:
        """
        Call what each class has to bring the instance up to date.
        """
        for key, base in _versionedBases(type(self)):
            kept = self.__dict__.pop(key, 0)
            for version in range(kept + 1, base.__dict__["persistenceVersion"] + 1):
                upgrade = base.__dict__.get(f"upgradeToVersion{version}")
                if upgrade is None:
                    log.msg(f"Warning: cannot upgrade {base} to version {version}")
                    continue
                log.msg(
                    f"Upgrading {reflect.qual(base)} (of {reflect.qual(type(self))} @ {id(self)})"
                    f" to version {version}"
                )
                upgrade(self)


def requireUpgrade(obj: Any) -> Any:
    """
    Bring *obj* up to date now, ahead of the others.

    For an C{upgradeToVersion...} that needs another loaded instance whole.

    @param obj: a L{Versioned} that was loaded since the last L{doUpgrade}.
    @return: I{obj} if it had to be brought up to date, else L{None}.
    """
    if id(obj) not in versionedsToUpgrade or id(obj) in upgraded:
        return None
    upgraded[id(obj)] = 1
    obj.versionUpgrade()
    return obj


def doUpgrade() -> None:
    """
    Bring all loaded instances of L{Versioned} up to date.

    To be called after L{pickle.load}; L{twisted.persisted.sob.load} does it.
    What an upgrade loads in its turn is brought up to date, too.
    """
    while waiting := [each for key, each in versionedsToUpgrade.items() if key not in upgraded]:
        for each in waiting:
            requireUpgrade(each)
    versionedsToUpgrade.clear()
    upgraded.clear()
