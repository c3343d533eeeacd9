"""
Adapters: from what an object is to the interface that is wanted of it.

What L{zope.interface} offers, with a registry of the program's own, proxies,
and objects that are made of components.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import declarations, interface
from zope.interface.adapter import AdapterRegistry

from twisted.python import reflect

#: Whether an adapter that is registered twice replaces the first one.
ALLOW_DUPLICATES = 0

globalRegistry = AdapterRegistry()


def _specification(original: Any) -> Any:
    """Return *original* if it is an interface, else what the class implements."""
    if isinstance(original, interface.InterfaceClass):
        return original
    return declarations.implementedBy(original)


def registerAdapter(
    adapterFactory: Callable[..., Any], origInterface: Any, *interfaceClasses: Any
) -> None:
    """
    Let *adapterFactory* make objects of *origInterface* provide
    *interfaceClasses*.

    @param origInterface: an interface, or a class.
    @raise ValueError: there is such an adapter already, or none was named.
    """
    if not interfaceClasses:
        raise ValueError("You need to pass an Interface")
    original = _specification(origInterface)
    for wanted in interfaceClasses:
        known = globalRegistry.registered([original], wanted)
        if known is not None and not ALLOW_DUPLICATES:
            raise ValueError(f"an adapter ({known}) was already registered.")
    for wanted in interfaceClasses:
        globalRegistry.register([original], wanted, "", adapterFactory)


def getAdapterFactory(fromInterface: Any, toInterface: Any, default: Any) -> Any:
    """
    Return the adapter factory for these two, else *default*.
    """
    return globalRegistry.lookup1(_specification(fromInterface), toInterface) or default


def _addHook(registry: Any) -> Callable[[Any, Any], Any]:
    """
    Have C{ISomething(object)} look *registry* up too.

    @return: what C{_removeHook} takes.
    """
    hooks = interface.adapter_hooks
    # Registries are made for that.
    hooks.append(registry.adapter_hook)
    return hooks[-1]  # type: ignore[no-any-return]


def _removeHook(hook: Callable[[Any, Any], Any]) -> None:
    """Undo C{_addHook}."""
    interface.adapter_hooks.remove(hook)


_addHook(globalRegistry)


def getRegistry() -> AdapterRegistry:
    """Return the registry of the program's adapters."""
    return globalRegistry


CannotAdapt = TypeError


class Adapter:
    """
    A base for adapters.

    @ivar original: what is adapted.
    @cvar temporaryAdapter: make one for each use, instead of keeping it where
        *original* is a L{Componentized}.
    @cvar multiComponent: keep one for all the interfaces it was registered for.
    """

    temporaryAdapter = 0
    multiComponent = 1

    def __init__(self, original: Any) -> None:
        self.original = original

    def __conform__(self, interface: Any) -> Any:
        """Ask the original, where it can be asked."""
        ask = getattr(self.original, "__conform__", None)
        return None if ask is None else ask(interface)

    def isuper(self, iface: Any, adapter: Any) -> Any:
        """Ask the original for *iface*."""
        return self.original.isuper(iface, adapter)


class Componentized:
    """
    An object that is what its components make it: adapters which are kept and
    share it as their state.
    """

    persistenceVersion = 1

    def __init__(self) -> None:
        self._adapterCache: dict[str, Any] = {}

    def locateAdapterClass(self, klass: Any, interfaceClass: Any, default: Any) -> Any:
        """Return the adapter factory for these two, else *default*."""
        return getAdapterFactory(klass, interfaceClass, default)

    def setAdapter(self, interfaceClass: Any, adapterClass: Any) -> None:
        """Make an adapter and keep it for *interfaceClass*."""
        self.setComponent(interfaceClass, adapterClass(self))

    def addAdapter(self, adapterClass: Any, ignoreClass: int = 0) -> Any:
        """Make an adapter and keep it for all that it provides."""
        adapter = adapterClass(self)
        self.addComponent(adapter, ignoreClass)
        return adapter

    def setComponent(self, interfaceClass: Any, component: Any) -> None:
        """Keep *component* for *interfaceClass*."""
        self._adapterCache[reflect.qual(interfaceClass)] = component

    def addComponent(self, component: Any, ignoreClass: int = 0) -> None:
        """
        Keep *component* for all that it provides.

        @param ignoreClass: also for what was registered to another class.
        """
        for iface in declarations.providedBy(component):
            if ignoreClass or self.locateAdapterClass(self.__class__, iface, None) == (
                component.__class__
            ):
                self._adapterCache[reflect.qual(iface)] = component

    def unsetComponent(self, interfaceClass: Any) -> None:
        """Keep nothing for *interfaceClass*."""
        del self._adapterCache[reflect.qual(interfaceClass)]

    def removeComponent(self, component: Any) -> list[Any]:
        """
        Keep *component* no longer.

        @return: the interfaces it was kept for.
        """
        names = [name for name, kept in self._adapterCache.items() if kept is component]
        for name in names:
            del self._adapterCache[name]
        return [reflect.namedAny(name) for name in names]

    def getComponent(self, interface: Any, default: Any = None) -> Any:
        """
        Return what provides *interface* for us, made if need be, else
        *default*.
        """
        name = reflect.qual(interface)
        if name in self._adapterCache:
            return self._adapterCache[name]
        adapter = interface.__adapt__(self)
        if adapter is None:
            return default
        if not (hasattr(adapter, "temporaryAdapter") and adapter.temporaryAdapter):
            self._adapterCache[name] = adapter
            if getattr(adapter, "multiComponent", None):
                self.addComponent(adapter)
        return adapter

    def __conform__(self, interface: Any) -> Any:
        return self.getComponent(interface)


class ReprableComponentized(Componentized):
    """A L{Componentized} whose C{repr} shows its components."""

    def __repr__(self) -> str:
        # Late: shown in debugging alone.
        from pprint import pformat

        return pformat(self._adapterCache)


def proxyForInterface(iface: Any, originalAttribute: str = "original") -> type[Any]:
    """
    Make a class whose objects pass on all that *iface* has to the object they
    were made with.

    @param originalAttribute: where they keep it.
    """

    def __init__(self: Any, original: Any) -> None:
        setattr(self, originalAttribute, original)

    passedOn = {name: _ProxyDescriptor(name, originalAttribute) for name in iface}
    title = f"(Proxy for {reflect.qual(iface)})"
    return declarations.implementer(iface)(  # type: ignore[no-any-return]
        type(title, (object,), {"__init__": __init__, **passedOn})
    )


class _ProxiedClassMethod:
    """A method of a proxy class: passes the call on to the original's."""

    def __init__(self, methodName: str, originalAttribute: str) -> None:
        self.methodName = self.__name__ = methodName
        self.originalAttribute = originalAttribute

    def __call__(self, oself: Any, *args: Any, **kw: Any) -> Any:
        original = getattr(oself, self.originalAttribute)
        return getattr(original, self.methodName)(*args, **kw)


class _ProxyDescriptor:
    """An attribute of a proxy: the original's, read, set and deleted."""

    def __init__(self, attributeName: str, originalAttribute: str) -> None:
        self.attributeName = attributeName
        self.originalAttribute = originalAttribute

    def __get__(self, oself: Any, type: Any = None) -> Any:
        if oself is None:
            return _ProxiedClassMethod(self.attributeName, self.originalAttribute)
        return getattr(getattr(oself, self.originalAttribute), self.attributeName)

    def __set__(self, oself: Any, value: Any) -> None:
        setattr(getattr(oself, self.originalAttribute), self.attributeName, value)

    def __delete__(self, oself: Any) -> None:
        delattr(getattr(oself, self.originalAttribute), self.attributeName)


__all__ = [
    "Adapter",
    "Componentized",
    "ReprableComponentized",
    "getAdapterFactory",
    "getRegistry",
    "proxyForInterface",
    "registerAdapter",
]
