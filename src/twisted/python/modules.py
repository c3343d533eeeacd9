"""
The modules that can be imported, found without importing them.

L{theSystemPath}, a L{PythonPath}, stands for C{sys.path}; L{PathEntry} for one
place on it; L{PythonModule} for a module or package there, and
L{PythonAttribute} for a class, function or other thing in a module.  All that
most programs need is L{getModule}, L{iterModules} and L{walkModules}::

    for module in getModule("twisted.plugins").iterModules():
        print(module.name, module.filePath.path)

Modules on the disk are found, and those in ZIP archives.  For a place that is
some other importer's, register an adapter from that to L{IPathImportMapper}.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
import zipimport
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from importlib import machinery
from types import ModuleType
from typing import Any, TypeAlias

from zope.interface import Interface, implementer

from twisted.python.components import registerAdapter
from twisted.python.filepath import FilePath, UnlistableError
from twisted.python.reflect import namedAny
from twisted.python.zippath import ZipArchive

__all__ = [
    "OPTIMIZED_MODE",
    "PYTHON_EXTENSIONS",
    "IPathImportMapper",
    "PathEntry",
    "PythonAttribute",
    "PythonModule",
    "PythonPath",
    "getModule",
    "iterModules",
    "theSystemPath",
    "walkModules",
]

OPTIMIZED_MODE = not __debug__
"""Whether Python was started with C{-O}."""

PYTHON_EXTENSIONS = [*machinery.SOURCE_SUFFIXES, *machinery.BYTECODE_SUFFIXES]
"""What the names of modules' files end with, the preferred first."""

# FilePath, ZipPath, or what another IPathImportMapper makes.
_AnyPath: TypeAlias = Any

_required: Any = object()


class IPathImportMapper(Interface):
    """
    Makes paths of what only an importer understands.
    """

    def mapPath(pathLikeString: Any) -> Any:
        """
        Make a path.

        @param pathLikeString: an item of C{sys.path} or of a C{__path__}.
        @return: an L{IFilePath<twisted.python.filepath.IFilePath>} of it.
        """


@implementer(IPathImportMapper)
class _DefaultMapImpl:
    """
    Takes it for the path of a directory.
    """

    def mapPath(self, fsPathString: str) -> FilePath[str]:
        return FilePath(fsPathString)


_theDefaultMapper = _DefaultMapImpl()


@implementer(IPathImportMapper)
class _ZipMapImpl:
    """
    Takes it for the path of an archive, or for one in an archive.
    """

    def __init__(self, importer: Any) -> None:
        self.importer = importer

    def mapPath(self, fsPathString: str) -> _AnyPath:
        archive = ZipArchive(self.importer.archive)
        here = FilePath(self.importer.archive)
        there = FilePath(fsPathString)
        return archive if here == there else archive.descendant(there.segmentsFrom(here))


registerAdapter(_ZipMapImpl, zipimport.zipimporter, IPathImportMapper)


def _moduleNameOf(path: _AnyPath) -> str | None:
    """
    Tell which module a file of this name is, by its name alone.

    @return: a name without dots; L{None} if it is none.
    """
    name, extension = os.path.splitext(path.basename())
    return name if extension in PYTHON_EXTENSIONS and name.isidentifier() else None


def _initOf(directory: _AnyPath) -> _AnyPath | None:
    """
    Find the module by which a directory is a package.

    @return: its path; L{None} if there is none.
    """
    for extension in PYTHON_EXTENSIONS:
        path = directory.child("__init__" + extension)
        if path.exists():
            return path
    return None


class _ModuleIteratorHelper:
    """
    What packages and places on the path have in common: modules are in them.

    Subclasses say in which directories.
    """

    def iterModules(self) -> Iterator[PythonModule]:
        """
        Find the modules directly in here.

        @return: an iterator of L{PythonModule}s; of none if this is no
            package.
        """
        seen = set()
        for directory in self._packagePaths():
            for name, path in self._modulesIn(directory):
                fullName = self._subModuleName(name)
                if fullName not in seen:
                    seen.add(fullName)
                    yield PythonModule(fullName, path, self._getEntry())

    def _modulesIn(self, directory: _AnyPath) -> Iterator[tuple[str, _AnyPath]]:
        try:
            children = sorted(directory.children())
        except UnlistableError:
            return
        # Where one name is found in several forms, the source comes first.
        children.sort(key=lambda path: not path.basename().endswith(PYTHON_EXTENSIONS[0]))
        for path in children:
            name = _moduleNameOf(path)
            if name is not None and name != "__init__":
                yield name, path
            elif name is None and path.basename().isidentifier() and path.isdir():
                init = _initOf(path)
                if init is not None:
                    yield path.basename(), init

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """
        Find all modules in here, and in the packages in here, and so on.

        @param importPackages: whether to import each package before looking
            into it: then what it adds to its C{__path__} is looked into too.
            What goes wrong then is raised.
        @return: an iterator of L{PythonModule}s, each package before what is
            in it.
        """
        for module in self.iterModules():
            yield from module.walkModules(importPackages=importPackages)

    def _subModuleName(self, mn: str) -> str:
        return mn

    def _packagePaths(self) -> Iterable[_AnyPath]:
        raise NotImplementedError

    def _getEntry(self) -> PathEntry:
        raise NotImplementedError

    def __getitem__(self, modname: str) -> PythonModule:
        """
        Find a module in here by its name.

        @param modname: its name, without that of this package.
        @return: its L{PythonModule}.
        @raise KeyError: if there is none.
        """
        wanted = self._subModuleName(modname)
        for module in self.iterModules():
            if module.name == wanted:
                return module
        raise KeyError(modname)

    def __iter__(self) -> Iterator[Any]:
        # Else __getitem__ would be tried with numbers.
        raise NotImplementedError("say iterModules() or walkModules()")


class PythonAttribute:
    """
    Something that a module or class has.

    @ivar name: its full name, that of the module included.
    @ivar onObject: the L{PythonModule} or L{PythonAttribute} that has it.
    @ivar pythonValue: what it is.
    """

    def __init__(
        self,
        name: str,
        onObject: PythonAttribute | PythonModule,
        loaded: bool,
        pythonValue: object,
    ) -> None:
        """
        @param name: see above.
        @param onObject: see above.
        @param loaded: whether the module was imported.
        @param pythonValue: see above.
        """
        self.name = name
        self.onObject = onObject
        self._loaded = loaded
        self.pythonValue = pythonValue

    def __repr__(self) -> str:
        return f"PythonAttribute<{self.name!r}>"

    def isLoaded(self) -> bool:
        """
        @return: whether the module was imported.
        """
        return self._loaded

    def load(self, default: Any = _required) -> Any:
        """
        @param default: not used.
        @return: what it is.
        """
        return self.pythonValue

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """
        @return: an iterator of what this has in its turn.
        """
        return _attributesOf(self, self.load())


def _attributesOf(
    owner: PythonAttribute | PythonModule, value: object
) -> Iterator[PythonAttribute]:
    for name, each in inspect.getmembers(value):
        yield PythonAttribute(f"{owner.name}.{name}", owner, True, each)


class PythonModule(_ModuleIteratorHelper):
    """
    A module or package that can be imported.

    @ivar name: its full name.
    @ivar filePath: the path of its file, that of C{__init__} for a package.
    @ivar parentPath: the path of the directory of that.
    @ivar pathEntry: the L{PathEntry} in which it was found.
    """

    def __init__(self, name: str, filePath: FilePath[str], pathEntry: PathEntry) -> None:
        """
        Made by L{PythonPath} and the like.

        @param name: see above.
        @param filePath: see above.
        @param pathEntry: see above.
        """
        assert not name.endswith(".__init__")
        self.name = name
        self.filePath: _AnyPath = filePath
        self.parentPath: _AnyPath = filePath.parent()
        self.pathEntry = pathEntry

    def __repr__(self) -> str:
        return f"PythonModule<{self.name!r}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PythonModule):
            return NotImplemented
        return self.name == other.name

    def __hash__(self) -> int:
        return hash((PythonModule, self.name))

    def _getEntry(self) -> PathEntry:
        return self.pathEntry

    def _loaded(self) -> ModuleType | None:
        # None in sys.modules means that it must not be imported.
        return self.pathEntry.pythonPath.moduleDict.get(self.name)

    def isLoaded(self) -> bool:
        """
        @return: whether it was imported.
        """
        return self._loaded() is not None

    def isPackage(self) -> bool:
        """
        @return: whether it is a package, that has modules in it.
        """
        return _moduleNameOf(self.filePath) == "__init__"

    def load(self, default: Any = _required) -> Any:
        """
        Import it.

        @param default: what to return if that fails.
        @return: the module.
        @raise Exception: whatever the module raises, if there is no default.
        """
        try:
            return self.pathEntry.pythonPath.moduleLoader(self.name)
        except Exception:
            if default is _required:
                raise
            return default

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """
        @return: an iterator of L{PythonAttribute}s of all that is in it.
        @raise NotImplementedError: if it was not imported.
        """
        loaded = self._loaded()
        if loaded is None:
            raise NotImplementedError("You can't load attributes from non-loaded modules yet.")
        return _attributesOf(self, loaded)

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """
        Find all modules in this package, and in those in it, and so on.

        @param importPackages: as for L{PythonPath.walkModules}.
        @return: an iterator of this and of L{PythonModule}s.
        """
        if importPackages and self.isPackage():
            self.load()
        yield self
        yield from super().walkModules(importPackages=importPackages)

    def _subModuleName(self, mn: str) -> str:
        return f"{self.name}.{mn}"

    def _packagePaths(self) -> Iterable[_AnyPath]:
        if not self.isPackage():
            return ()
        loaded = self._loaded()
        if loaded is None:
            return (self.parentPath,)
        smartPath = self.pathEntry.pythonPath._smartPath
        # A package may have deleted it, and then has no modules.
        return map(smartPath, getattr(loaded, "__path__", ()))


class PathEntry(_ModuleIteratorHelper):
    """
    A place on the path.

    @ivar filePath: the path of the directory or archive.
    @ivar pythonPath: the L{PythonPath} that it is on.
    """

    def __init__(self, filePath: _AnyPath, pythonPath: PythonPath) -> None:
        """
        Made by L{PythonPath}.

        @param filePath: see above.
        @param pythonPath: see above.
        """
        self.filePath = filePath
        self.pythonPath = pythonPath

    def __repr__(self) -> str:
        return f"PathEntry<{self.filePath!r}>"

    def _getEntry(self) -> PathEntry:
        return self

    def _packagePaths(self) -> Iterable[_AnyPath]:
        return (self.filePath,)


def _defaultSysPathFactory() -> list[str]:
    # It may have been bound to another list.
    return sys.path


class PythonPath:
    """
    All modules that can be imported, as seen from a C{sys.path}.

    @ivar sysPath: the present list of places.
    @ivar moduleDict: what was imported, as C{sys.modules}.
    @ivar sysPathHooks: see C{sys.path_hooks}.
    @ivar importerCache: see C{sys.path_importer_cache}.
    @ivar moduleLoader: imports a module by its full name, and returns it.
    """

    def __init__(
        self,
        sysPath: Sequence[str] | None = None,
        moduleDict: Mapping[str, Any] = sys.modules,
        sysPathHooks: Iterable[Callable[[str], Any]] = sys.path_hooks,
        importerCache: MutableMapping[str, Any] = sys.path_importer_cache,
        moduleLoader: Callable[[str], Any] = namedAny,
        sysPathFactory: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        """
        @param sysPath: the list of places; by default that of the system.
        @param moduleDict: see above; likewise those that follow.
        @param sysPathHooks: see above.
        @param importerCache: see above.
        @param moduleLoader: see above.
        @param sysPathFactory: returns the list of places, instead of
            I{sysPath}: for when it is not always the same list.
        """
        if sysPath is not None:
            sysPathFactory = lambda: sysPath  # noqa: E731
        self._sysPathFactory = sysPathFactory or _defaultSysPathFactory
        self.moduleDict = moduleDict
        self.sysPathHooks = sysPathHooks
        self.importerCache = importerCache
        self.moduleLoader = moduleLoader

    @property
    def sysPath(self) -> Sequence[str]:
        """
        The present list of places.
        """
        return self._sysPathFactory()

    def __repr__(self) -> str:
        return f"PythonPath({self.sysPath!r},{self.moduleDict!r})"

    def _importerOf(self, pathName: str) -> Any:
        """
        Find the importer of a place, as C{import} would.

        @return: it; L{None} if no hook wants the place.
        """
        if pathName in self.importerCache:
            return self.importerCache[pathName]
        for hook in self.sysPathHooks:
            try:
                return hook(pathName)
            except ImportError:
                continue
        return None

    def _smartPath(self, pathName: str) -> _AnyPath:
        """
        Make a path of a place.

        @param pathName: an item of C{sys.path}; the empty one is the current
            directory.
        @return: an L{IFilePath<twisted.python.filepath.IFilePath>}.
        """
        importer = self._importerOf(pathName)
        mapper: Any = IPathImportMapper(importer, _theDefaultMapper)
        return mapper.mapPath(pathName)

    def iterEntries(self) -> Iterator[PathEntry]:
        """
        @return: an iterator of a L{PathEntry} for each place.
        """
        for pathName in self.sysPath:
            yield PathEntry(self._smartPath(pathName), self)

    def iterModules(self) -> Iterator[PythonModule]:
        """
        @return: an iterator of L{PythonModule}s for those that are in no
            package.
        """
        for entry in self.iterEntries():
            yield from entry.iterModules()

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """
        @param importPackages: whether to import each package before looking
            into it: then what it adds to its C{__path__} is looked into too.
            What goes wrong then is raised.
        @return: an iterator of L{PythonModule}s for all modules.
        """
        for module in self.iterModules():
            yield from module.walkModules(importPackages=importPackages)

    def __getitem__(self, modname: str) -> PythonModule:
        """
        Find a module by its name.

        @param modname: its full name.
        @return: its L{PythonModule}.
        @raise KeyError: if there is none, or if it has no file, as those that
            are part of the interpreter.
        """
        # One that was imported is where it came from, whatever is there now.
        loaded = self.moduleDict.get(modname)
        if loaded is not None:
            found = self._ofLoaded(modname, loaded)
            if found is not None:
                return found
        package, _, last = modname.rpartition(".")
        if package:
            try:
                return self[package][last]
            except KeyError:
                raise KeyError(modname) from None
        for entry in self.iterEntries():
            try:
                return entry[modname]
            except KeyError:
                continue
        raise KeyError(modname)

    def __contains__(self, module: str) -> bool:
        """
        @param module: a full name.
        @return: whether there is such a module.
        """
        try:
            self[module]
        except KeyError:
            return False
        return True

    def _ofLoaded(self, modname: str, module: ModuleType) -> PythonModule | None:
        """
        Find where an imported module came from.

        @return: L{None} if it has no file.
        """
        file = getattr(module, "__file__", None)
        if file is None:
            return None
        entryPath = self._entryOf(modname, module, file)
        entry = self._smartPath(entryPath)
        filePath: _AnyPath = FilePath(file)
        if not isinstance(entry, FilePath):
            # In an archive, say: its file has a path of the same kind.
            filePath = entry.descendant(filePath.segmentsFrom(FilePath(entryPath)))
        return PythonModule(modname, filePath, PathEntry(entry, self))

    def _entryOf(self, modname: str, module: ModuleType, file: str) -> str:
        """
        Find the place on the path that a module came from.

        @return: the path of it, one of those in C{sysPath} if it is known.
        """
        # The file is as many directories below it as there are dots in the
        # name; a package's one more.
        here = os.path.dirname(os.path.abspath(file))
        up = modname.count(".") + hasattr(module, "__path__")
        for _ in range(up):
            here = os.path.dirname(here)
        for known in (*self.sysPath, *self.importerCache):
            if os.path.abspath(known) == here:
                return known
        warnings.warn(
            f"{here} (for module {modname}) not in path importer cache"
            " (PEP 302 violation - check your local configuration).",
            stacklevel=4,
        )
        return here


theSystemPath = PythonPath()
"""What C{import} sees."""


def walkModules(importPackages: bool = False) -> Iterator[PythonModule]:
    """
    Find all modules; see L{PythonPath.walkModules}.

    @param importPackages: whether to import each package before looking into
        it.
    @return: an iterator of L{PythonModule}s.
    """
    return theSystemPath.walkModules(importPackages=importPackages)


def iterModules() -> Iterator[PythonModule]:
    """
    Find all modules that are in no package.

    @return: an iterator of L{PythonModule}s.
    """
    return theSystemPath.iterModules()


def getModule(moduleName: str) -> PythonModule:
    """
    Find a module by its name.

    @param moduleName: its full name.
    @return: its L{PythonModule}.
    @raise KeyError: if there is none.
    """
    return theSystemPath[moduleName]
