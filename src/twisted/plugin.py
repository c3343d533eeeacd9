"""
Find what other packages offer: plugins.

A plugin is an object in a module of a plugin package (by default of
L{twisted.plugins}) that provides L{IPlugin} and the interface that it is looked
for by.  Any project adds modules by shipping a directory C{twisted/plugins}
without an C{__init__.py}::

    for maker in getPlugins(IServiceMaker):
        print(maker.tapname, maker.description)

What the modules hold is remembered in a file C{dropin.cache} in each directory,
so that the next search imports only those whose plugins it returns.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, TypeVar, cast

from zope.interface import Interface, providedBy

from twisted._dropins import Dropins, ModuleRecord, PluginRecord, Stamp, modulesIn
from twisted.logger import Logger
from twisted.python.components import getAdapterFactory
from twisted.python.failure import Failure
from twisted.python.reflect import namedAny

__all__ = ["getPlugins", "pluginPackagePaths"]

_TInterface = TypeVar("_TInterface")

_log = Logger()


class IPlugin(Interface):
    """
    Provided by objects that want to be found by L{getPlugins}.

    It asks for nothing but C{__name__} in a module of a plugin package; what a
    plugin is good for is said by its other interfaces.
    """


class CachedPlugin:
    """
    A plugin whose module need not have been imported yet.

    @ivar dropin: the L{CachedDropin} it is in.
    @ivar name: its name in that module.
    @ivar description: its docstring, or L{None}.
    """

    def __init__(
        self, dropin: CachedDropin, name: str, description: str | None, provided: list[Any]
    ) -> None:
        """
        @param provided: the interfaces that it provides, or their identifiers.
        """
        self.dropin = dropin
        self.name = name
        self.description = description
        self._provided = provided
        self._inherited = frozenset(
            each.__identifier__
            for one in provided
            if not isinstance(one, str)
            for each in one.__iro__
        )
        dropin.plugins.append(self)

    @property
    def provided(self) -> list[Any]:
        """The interfaces that it provides; their modules are imported for it."""
        self._provided = [
            namedAny(each) if isinstance(each, str) else each for each in self._provided
        ]
        return self._provided

    def __repr__(self) -> str:
        names = ", ".join(
            each.rpartition(".")[2] if isinstance(each, str) else each.__name__
            for each in self._provided
        )
        return (
            f"<CachedPlugin {self.name!r}/{self.dropin.moduleName!r} (provides {names!r})>"
        )

    def load(self) -> Any:
        """
        Import the module and return the plugin.
        """
        return namedAny(f"{self.dropin.moduleName}.{self.name}")

    def __conform__(self, interface: Any, registry: Any = None, default: Any = None) -> Any:
        """
        Return the plugin if it provides *interface*, else *default*.
        """
        if interface.__identifier__ in self._inherited:
            return self.load()
        # An adapter made for what it provides would do as well.
        for known in self._loadedInterfaces():
            if getAdapterFactory(known, interface, None) is not None:
                return interface(self.load(), default)
        return default

    def _loadedInterfaces(self) -> Iterator[Any]:
        """Return those of its interfaces that the program has imported so far."""
        for each in self._provided:
            if not isinstance(each, str):
                yield each
                continue
            module = sys.modules.get(each.rpartition(".")[0])
            found = getattr(module, each.rpartition(".")[2], None)
            if found is not None:
                yield found

    # What L{twisted.python.components.Componentized} calls it.
    getComponent = __conform__


class CachedDropin:
    """
    A module of a plugin package.

    @ivar moduleName: its full name.
    @ivar description: its docstring, or L{None}.
    @ivar plugins: a L{CachedPlugin} for each plugin in it.
    """

    def __init__(self, moduleName: str, description: str | None) -> None:
        self.moduleName = moduleName
        self.description = description
        self.plugins: list[CachedPlugin] = []


def _recall(record: ModuleRecord) -> CachedDropin:
    """Make of what the cache says what L{getCache} returns."""
    dropin = CachedDropin(record.moduleName, record.description)
    for known in record.plugins:
        plugin = CachedPlugin(dropin, known.name, known.description, list(known.provided))
        plugin._inherited = known.inherited
    return dropin


def _examine(module: ModuleType) -> CachedDropin:
    """Look for plugins in a module."""
    dropin = CachedDropin(module.__name__, module.__doc__)
    for name, candidate in list(vars(module).items()):
        plugin = IPlugin(candidate, None)
        if plugin is not None:
            CachedPlugin(dropin, name, plugin.__doc__, list(providedBy(plugin)))
    return dropin


def _recordOf(dropin: CachedDropin, stamp: Stamp) -> ModuleRecord:
    """Make of a module that was looked into what the cache says of it."""
    plugins = tuple(
        PluginRecord(
            plugin.name,
            plugin.description,
            tuple(each.__identifier__ for each in plugin.provided),
            plugin._inherited,
        )
        for plugin in dropin.plugins
    )
    return ModuleRecord(stamp, dropin.moduleName, dropin.description, plugins)


def _importDropin(moduleName: str) -> CachedDropin | None:
    """
    Import a module of plugins and look into it.

    @return: L{None} if that failed, which the log was told.
    """
    try:
        return _examine(importlib.import_module(moduleName))
    except (Exception, SystemExit) as error:
        _log.failure(
            "Skipping the plugin module {moduleName}, which cannot be imported: {error}",
            failure=Failure(),
            moduleName=moduleName,
            error=f"{type(error).__name__}: {error}",
        )
        return None


def _cacheOf(
    directory: str, package: str, shadowed: dict[str, CachedDropin]
) -> dict[str, CachedDropin]:
    """
    Return the plugin modules in one directory of a package.

    @param shadowed: modules found before, which Python would import instead of
        those of the same name here.
    """
    stamps = modulesIn(directory)
    cache = Dropins(directory)
    cache.keep(set(stamps))
    found = {}
    for name, stamp in stamps.items():
        if name in shadowed:
            continue
        record = cache.fresh(name, stamp)
        if record is not None:
            found[name] = _recall(record)
            continue
        dropin = _importDropin(f"{package}.{name}")
        if dropin is None:
            cache.forget(name)
            continue
        found[name] = dropin
        if stamp is not None:
            cache.learn(name, _recordOf(dropin, stamp))
    try:
        cache.save()
    except OSError as error:
        _log.warn(
            "Unable to write to plugin cache {path}: error number {errno}",
            path=cache.path,
            errno=error.errno,
        )
    return found


def getCache(module: ModuleType) -> dict[str, CachedDropin]:
    """
    Return the plugin modules of a package, and refresh the caches in its
    directories.

    A module that cannot be imported is logged and left out.

    @param module: a package whose modules have plugins.
    @return: by the modules' short names.
    """
    # Python may believe that it knows what is in these directories.
    importlib.invalidate_caches()
    found: dict[str, CachedDropin] = {}
    for directory in dict.fromkeys(module.__path__):
        found.update(_cacheOf(directory, module.__name__, found))
    return found


def _pluginsPackage() -> ModuleType:
    # Late: importing it imports this module.
    import twisted.plugins

    return twisted.plugins


def getPlugins(
    interface: type[_TInterface], package: ModuleType | None = None
) -> Iterable[_TInterface]:
    """
    Find all plugins that provide an interface.

    One that cannot be loaded is logged and left out.

    @param interface: what they must provide besides L{IPlugin}.
    @param package: the package whose modules are searched, L{twisted.plugins} if
        L{None}.
    @return: an iterator of plugins; they are loaded one by one.
    """
    if package is None:
        package = _pluginsPackage()
    for dropin in getCache(package).values():
        for cached in dropin.plugins:
            try:
                plugin = cast(Any, interface)(cached, None)
            except Exception as error:
                _log.failure(
                    "Skipping the plugin {name} of {moduleName}, which cannot be loaded: {error}",
                    failure=Failure(),
                    name=cached.name,
                    moduleName=dropin.moduleName,
                    error=f"{type(error).__name__}: {error}",
                )
                continue
            if plugin is not None:
                yield plugin


#: The spelling of long ago.
getPlugIns = getPlugins


def pluginPackagePaths(name: str) -> list[str]:
    """
    Return the directories that can hold further modules of a plugin package: one
    for each entry of C{sys.path} that has no package of that name itself.

    A package becomes a plugin package by this in its C{__init__.py}::

        __path__.extend(pluginPackagePaths(__name__))

    @param name: the package's full name, such as C{"twisted.plugins"}.
    @return: absolute paths; they need not exist.
    """
    below = name.split(".")
    return [
        os.path.abspath(os.path.join(entry, *below))
        for entry in sys.path
        if not os.path.exists(os.path.join(entry, *below, "__init__.py"))
    ]
