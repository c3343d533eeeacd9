"""
Attributes that have other values for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

_T = TypeVar("_T")


def _restorer(obj: Any, name: str) -> Callable[[], None]:
    """
    Return what sets an attribute to its present value.
    """
    value = getattr(obj, name)
    if not isinstance(obj, type):
        return lambda: setattr(obj, name, value)
    # What a class gives is not what it has: static and class methods are
    # unwrapped, and it may be a base that has it.
    own = vars(obj)
    if name in own:
        value = own[name]
        return lambda: setattr(obj, name, value)
    return lambda: delattr(obj, name) if name in vars(obj) else setattr(obj, name, value)


class MonkeyPatcher:
    """
    Sets attributes of objects, and later sets them to what they were::

        with MonkeyPatcher((time, "time", lambda: 0)):
            ...

    Where an attribute is to be patched more than once, the last patch counts.
    """

    def __init__(self, *patches: tuple[Any, str, Any]) -> None:
        """
        @param patches: for each an object, the name of an attribute, and its
            temporary value; as L{addPatch} takes them.
        """
        self._before: dict[tuple[int, str], Callable[[], None]] = {}
        self._patches: list[tuple[Any, str, Any]] = []
        for obj, name, value in patches:
            self.addPatch(obj, name, value)

    def addPatch(self, obj: Any, name: str, value: Any) -> None:
        """
        Add a patch.  Nothing is set before L{patch} is called.

        @param obj: the object.
        @param name: the name of its attribute.
        @param value: what the attribute is to be.
        """
        self._patches.append((obj, name, value))

    def patch(self) -> None:
        """
        Set all attributes, and remember what they were.

        @raise AttributeError: there is no such attribute.  Those before it
            are set.
        """
        for obj, name, value in self._patches:
            # An attribute that is patched already: what it was first is what
            # is restored.
            if (id(obj), name) not in self._before:
                self._before[id(obj), name] = _restorer(obj, name)
            setattr(obj, name, value)

    __enter__ = patch

    def restore(self) -> None:
        """
        Set all attributes that are patched to what they were.
        """
        while self._before:
            self._before.popitem()[1]()

    def __exit__(self, *raised: object) -> Literal[False]:
        """
        Restore the attributes; an exception goes on.
        """
        self.restore()
        return False

    def runWithPatches(self, f: Callable[..., _T], *args: Any, **kw: Any) -> _T:
        """
        Call *f* while the attributes are patched.

        @return: what it returns.
        """
        with self:
            return f(*args, **kw)


__all__ = ["MonkeyPatcher"]
