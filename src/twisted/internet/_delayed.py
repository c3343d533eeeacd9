"""
The handle of a delayed call, over whichever twin of the timers runs.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted._accel import pick
from twisted.internet import _timers_py
from twisted.internet._timers_py import DelayedCallBase as _PureBase
from twisted.internet._timers_py import TimerQueue as _PureQueue
from twisted.internet.interfaces import IDelayedCall
from twisted.python import reflect

if TYPE_CHECKING:
    _Base = _PureBase
    TimerQueue = _PureQueue
else:
    _Base = pick("reactor", _PureBase, "twisted.internet._reactor_c")
    TimerQueue = pick("reactor", _PureQueue, "twisted.internet._reactor_c")

# The timers' own frames, which are left out of where a call was asked for.
_OWN = frozenset((__file__, _timers_py.__file__))


@implementer(IDelayedCall)
class DelayedCall(_Base):
    """
    A call that is to be made later, as C{reactor.callLater} returns it.

    @cvar debug: set it, on the class, to have every call remember where it
        was asked for; C{repr} shows it.
    @ivar time: the moment of the call, in seconds, without what C{reset} and
        C{delay} have put off.
    @ivar func, args, kw: what is to be called; gone once it is cancelled.
    """

    debug: Any = False

    def _noteCreator(self) -> None:
        # Late: for who debugs.
        from traceback import extract_stack

        stack = extract_stack()
        while stack and stack[-1].filename in _OWN:
            stack.pop()
        self.creator = stack.format()

    def __lt__(self, other: Any) -> bool:
        """Order by time."""
        return bool(self.time < other.time)

    def __le__(self, other: Any) -> bool:
        """Order by time."""
        return bool(self.time <= other.time)

    def __repr__(self) -> str:
        """Tell when, in which state, and what; and where from, with C{debug}."""
        if self._repr is not None:
            return self._repr
        try:
            left = f"{self.time - self.seconds()}s"  # type: ignore[misc]
        except TypeError:
            left = f"at {self.time}"
        parts = [
            f"<{type(self).__name__} {hex(id(self))} [{left}]"
            f" called={int(self.called)} cancelled={int(self.cancelled)}"
        ]
        func = getattr(self, "func", None)
        if func is not None:
            parts.append(f" {self._nameOf(func)}({self._arguments()})")
        if self.creator is not None:
            parts.append("\n\ntraceback at creation: \n\n")
            parts.append("    ".join(self.creator))
        parts.append(">")
        return "".join(parts)

    @staticmethod
    def _nameOf(func: Any) -> str:
        owner = getattr(func, "__self__", None)
        if owner is not None and not isinstance(owner, (type, ModuleType)):
            # Of the class that people know, not the twin that it is made of.
            return f"{type(owner).__qualname__}.{func.__name__}"
        name = getattr(func, "__qualname__", None)
        name = name or getattr(func, "__name__", None)
        return name if name is not None else reflect.safe_repr(func)

    def _arguments(self) -> str:
        shown = [reflect.safe_repr(argument) for argument in self.args]
        shown += [f"{key}={reflect.safe_repr(value)}" for key, value in self.kw.items()]
        return ", ".join(shown)


__all__ = ["DelayedCall", "TimerQueue"]
