"""
Building what refers to itself.

While a structure is built from its description, a part may be needed before it
is there: a list that contains itself, a tuple in a list in that tuple.  A
L{NotKnown} stands for it meanwhile, and remembers the places where it stands.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred


class NotKnown:
    """
    Stands for an object that is not there yet.

    @ivar resolvedObject: the object, once it is there.
    @ivar resolved: whether it is.
    @ivar dependants: the places where it is missing.
    """

    resolvedObject: Any = None

    def __init__(self) -> None:
        self.dependants: list[tuple[Any, Any]] = []
        self.resolved = 0

    def addDependant(self, mutableObject: Any, key: Any) -> None:
        """
        Put the object into a place as soon as it is there.

        @param mutableObject: a list, a dict, or another that takes items.
        @param key: the place in it.
        """
        assert not self.resolved, "What is known needs not to be waited for."
        self.dependants.append((mutableObject, key))

    def resolveDependants(self, newObject: Any) -> None:
        """
        Put the object into the places where it is missing.

        @param newObject: the object.
        """
        self.resolved = 1
        self.resolvedObject = newObject
        waiting, self.dependants = self.dependants, []
        for place, key in waiting:
            place[key] = newObject

    def __hash__(self) -> int:
        raise AssertionError("What is not known yet is no key of a dict.")


class _Container(NotKnown):
    """
    Stands for a container that cannot be made until all that is in it is there.
    """

    def __init__(self, l: Iterable[Any], containerType: Callable[[list[Any]], Any]) -> None:  # noqa: E741
        """
        @param l: what is in it, known or not.
        @param containerType: makes it of a list.
        """
        super().__init__()
        self.containerType = containerType
        self.l = list(l)
        missing = [(place, each) for place, each in enumerate(self.l) if isinstance(each, NotKnown)]
        self._missing = len(missing)
        for place, each in missing:
            each.addDependant(self, place)
        if not missing:
            self.resolveDependants(self.containerType(self.l))

    def __setitem__(self, n: int, obj: Any) -> None:
        self.l[n] = obj
        if isinstance(obj, NotKnown):
            obj.addDependant(self, n)
            return
        self._missing -= 1
        if not self._missing:
            self.resolveDependants(self.containerType(self.l))


class _Tuple(_Container):
    """
    Stands for a tuple.
    """

    def __init__(self, l: Iterable[Any]) -> None:  # noqa: E741
        super().__init__(l, tuple)


class _DictKeyAndValue:
    """
    Takes a key as item C{0} and its value as item C{1}, in either order, and
    puts them into a dict.
    """

    def __init__(self, dict: Any) -> None:
        self.dict = dict
        self._pair: builtins.dict[int, Any] = {}

    def __setitem__(self, n: int, obj: Any) -> None:
        if n not in (0, 1):
            raise RuntimeError("A key is item 0 and its value item 1; there are no others.")
        self._pair[n] = obj
        if len(self._pair) == 2:
            self.dict[self._pair[0]] = self._pair[1]


class _Dereference(NotKnown):
    """
    Stands for what has the number I{id}.
    """

    def __init__(self, id: Any) -> None:
        super().__init__()
        self.id = id


def _constructMethod(cls: Any, name: str, self: Any) -> Any:
    """
    Return the method *name*, as *cls* declares it, bound to *self*.

    @raise TypeError: there is no such method.
    """
    declared = getattr(cls, name, None)
    if isinstance(declared, types.FunctionType):
        return types.MethodType(declared, self)
    bound = getattr(self, name, None)
    if bound is None:
        raise TypeError(f"neither {cls!r} nor {self!r} has a method {name!r}")
    return bound


class _InstanceMethod(NotKnown):
    """
    Stands for a method of an instance that is not there yet.
    """

    def __init__(self, im_name: str, im_self: NotKnown, im_class: type) -> None:
        super().__init__()
        self.my_class = im_class
        self.name = im_name
        im_self.addDependant(self, 0)

    def __call__(self, *args: Any, **kw: Any) -> None:
        raise AssertionError(
            f"The method {self.name} of {self.my_class} is called before there is an instance."
        )

    def __setitem__(self, n: int, obj: Any) -> None:
        assert n == 0, "only the instance was missing"
        self.resolveDependants(_constructMethod(self.my_class, self.name, obj))


class _Defer(Deferred[Any], NotKnown):
    """
    Stands for what callbacks will make of an object that is not there yet.

    The callbacks are those there are when the object, as item C{0}, arrives.
    """

    def __init__(self) -> None:
        Deferred.__init__(self)
        NotKnown.__init__(self)

    def __setitem__(self, n: int, obj: Any) -> None:
        if self.resolved:
            raise RuntimeError("It was there already.")
        self.resolved = 1
        self.callback(obj)
        self.addCallback(self.resolveDependants)
