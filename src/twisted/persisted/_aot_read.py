"""
From abstract object trees to objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.persisted import _aot_nodes as nodes
from twisted.persisted.crefutil import (
    NotKnown,
    _constructMethod,
    _Defer,
    _Dereference,
    _DictKeyAndValue,
    _InstanceMethod,
    _Tuple,
)
from twisted.python import reflect


class AOTUnjellier:
    """
    Makes one object of one tree.

    @ivar references: by number, the objects that are referred to, known or not.
    @ivar afterUnjelly: what is called when all else is there, in this order.
    """

    def __init__(self) -> None:
        self.references: dict[int, Any] = {}
        self.afterUnjelly: list[Callable[[], Any]] = []

    def unjelly(self, ao: Any) -> Any:
        """
        Make the object.

        @param ao: the tree's root.
        @return: the object.
        @raise TypeError: there is something in the tree that is no node.
        @raise ValueError: a reference leads nowhere.
        """
        made = [None]
        self.unjellyInto(made, 0, ao)
        # These may have others called.
        while self.afterUnjelly:
            todo, self.afterUnjelly = self.afterUnjelly, []
            for each in todo:
                each()
        for number, known in self.references.items():
            if isinstance(known, NotKnown):
                raise ValueError(f"there is a Deref({number}) but no Ref({number}, ...)")
        return made[0]

    def unjellyAO(self, ao: Any) -> Any:
        """
        Make the object of a node.

        @param ao: the node.
        @return: the object, or a L{NotKnown} for it.
        """
        kind = type(ao)
        if kind in nodes.SIMPLE:
            return ao
        make = _MAKERS.get(kind)
        if make is None:
            raise TypeError(f"Unsupported AOT type: {kind}")
        return make(self, ao)

    def unjellyInto(self, obj: Any, loc: Any, ao: Any) -> Any:
        """
        Make the object of a node and put it somewhere, now or when it is there.

        @param obj: a list, a dict or another that takes items.
        @param loc: the place in it.
        @param ao: the node.
        @return: the object, or a L{NotKnown} for it.
        """
        made = self.unjellyAO(ao)
        if isinstance(made, NotKnown):
            made.addDependant(obj, loc)
        else:
            obj[loc] = made
        return made

    def unjellyAttribute(self, instance: Any, attrName: str, ao: Any) -> None:
        """
        Make the object of a node and have it an attribute of an instance.

        @param instance: the instance.
        @param attrName: the attribute's name.
        @param ao: the node.
        """
        self.unjellyInto(instance.__dict__, attrName, ao)

    def unjellyLater(self, node: Any) -> _Defer:
        """
        Make the object of a node when all else is there.

        @param node: the node.
        @return: stands for it; a Deferred that fires with it.
        """
        later = _Defer()
        self.afterUnjelly.append(lambda: self.unjellyInto(later, 0, node))
        return later

    def callAfter(self, callable: Callable[[Any], Any], result: Any) -> Any:
        """
        Call something with an object as soon as it is there.

        @param callable: is called with it.
        @param result: the object, or a L{NotKnown} for it.
        @return: what the call returns, or a L{NotKnown} for that.
        """
        if not isinstance(result, NotKnown):
            return callable(result)
        later = _Defer()
        later.addCallback(callable)
        result.addDependant(later, 0)
        return later

    # -- by the kinds of nodes ----------------------------------------------------------

    def _list(self, ao: list[Any]) -> list[Any]:
        made: list[Any] = [None] * len(ao)
        for place, each in enumerate(ao):
            self.unjellyInto(made, place, each)
        return made

    def _tuple(self, ao: tuple[Any, ...]) -> Any:
        made = [self.unjellyAO(each) for each in ao]
        if any(isinstance(each, NotKnown) for each in made):
            return _Tuple(made)
        return tuple(made)

    def _dict(self, ao: dict[Any, Any]) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in ao.items():
            pair = _DictKeyAndValue(made)
            if not isinstance(self.unjellyInto(pair, 0, key), NotKnown):
                # Hold the place, lest the order depend on what is known when.
                made[pair._pair[0]] = None
            self.unjellyInto(pair, 1, value)
        return made

    def _named(self, ao: nodes.Named) -> Any:
        return reflect.namedAny(ao.name)

    def _module(self, ao: nodes.Module) -> Any:
        return reflect.namedModule(ao.name)

    def _ref(self, ao: nodes.Ref) -> Any:
        made = self.unjellyAO(ao.obj)
        if ao.refnum is None:
            return made
        waiting = self.references.get(ao.refnum)
        if waiting is not None and not isinstance(waiting, NotKnown):
            raise ValueError(f"there is more than one Ref({ao.refnum}, ...)")
        if isinstance(made, NotKnown):
            made.addDependant(self.references, ao.refnum)
            if waiting is None:
                self.references[ao.refnum] = made
            else:
                made.addDependant(_Resolver(waiting), 0)
            return made
        self.references[ao.refnum] = made
        if waiting is not None:
            waiting.resolveDependants(made)
        return made

    def _deref(self, ao: nodes.Deref) -> Any:
        if ao.refnum not in self.references:
            self.references[ao.refnum] = _Dereference(ao.refnum)
        return self.references[ao.refnum]

    def _method(self, ao: nodes.InstanceMethod) -> Any:
        klass = reflect.namedAny(ao.klass)
        instance = self.unjellyAO(ao.instance)
        if isinstance(instance, NotKnown):
            return _InstanceMethod(ao.name, instance, klass)
        return _constructMethod(klass, ao.name, instance)

    def _call(self, ao: nodes.Copyreg) -> Any:
        function = reflect.namedAny(ao.loadfunc)
        return self.callAfter(lambda arguments: function(*arguments), self.unjellyAO(ao.state))

    def _instance(self, ao: nodes.Instance) -> Any:
        klass = reflect.namedAny(ao.klass)
        instance = klass.__new__(klass)
        if hasattr(klass, "__setstate__"):
            # What the state refers to should be there when it is set.
            state = [None]
            self.unjellyInto(state, 0, ao.state)
            self.afterUnjelly.append(lambda: instance.__setstate__(state[0]))
        else:
            self._attributes(instance, ao.state)
        return instance

    def _attributes(self, instance: Any, state: Any) -> None:
        """Give *instance* its attributes."""
        if isinstance(state, nodes.Ref):
            state = state.obj
        if isinstance(state, dict):
            for name, value in state.items():
                self.unjellyAttribute(instance, name, value)
        elif isinstance(state, tuple):
            # As pickle has it: the attributes, and those in slots.
            held, slots = state
            self._attributes(instance, held)
            slots = slots.obj if isinstance(slots, nodes.Ref) else slots
            for name, value in slots.items():
                self.unjellyInto(_Slots(instance), name, value)
        elif state is not None:
            raise TypeError(f"{type(instance)} takes no state, so it can't be {state!r}")


class _Resolver:
    """
    Takes, as an item, what a L{NotKnown} stands for.
    """

    def __init__(self, waiting: NotKnown) -> None:
        self._waiting = waiting

    def __setitem__(self, n: int, obj: Any) -> None:
        self._waiting.resolveDependants(obj)


class _Slots:
    """
    Takes, as items, the attributes of an instance.
    """

    def __init__(self, instance: Any) -> None:
        self._instance = instance

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._instance, name, value)


_MAKERS: dict[type, Callable[[AOTUnjellier, Any], Any]] = {
    list: AOTUnjellier._list,
    tuple: AOTUnjellier._tuple,
    dict: AOTUnjellier._dict,
    nodes.Class: AOTUnjellier._named,
    nodes.Function: AOTUnjellier._named,
    nodes.Module: AOTUnjellier._module,
    nodes.Ref: AOTUnjellier._ref,
    nodes.Deref: AOTUnjellier._deref,
    nodes.InstanceMethod: AOTUnjellier._method,
    nodes.Instance: AOTUnjellier._instance,
    nodes.Copyreg: AOTUnjellier._call,
}

_NAMESPACE = {
    each.__name__: each
    for each in (
        nodes.Class,
        nodes.Copyreg,
        nodes.Deref,
        nodes.Function,
        nodes.Instance,
        nodes.InstanceMethod,
        nodes.Module,
        nodes.Ref,
    )
}


def unjellyFromAOT(aot: Any) -> Any:
    """
    Make the object of a tree.

    @param aot: the tree's root.
    @return: the object.
    @raise TypeError: there is something in the tree that is no node.
    @raise ValueError: a reference leads nowhere.
    """
    return AOTUnjellier().unjelly(aot)


def unjellyFromSource(stringOrFile: Any) -> Any:
    """
    Run source, and make the object of the tree it defines as C{app}.

    @param stringOrFile: the source, or an open file of it.
    @return: the object.
    @raise ValueError: it defines no C{app}, or a reference leads nowhere.
    """
    source, name = stringOrFile, "<source>"
    if hasattr(stringOrFile, "read"):
        source, name = stringOrFile.read(), getattr(stringOrFile, "name", name)
    namespace: dict[str, Any] = dict(_NAMESPACE)
    exec(compile(source, str(name), "exec"), namespace)
    if "app" not in namespace:
        raise ValueError(f"{stringOrFile} needs to define an 'app', it didn't!")
    return unjellyFromAOT(namespace["app"])
