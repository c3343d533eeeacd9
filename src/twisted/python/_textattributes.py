"""
Text with attributes, such as bold or red, and how it is written.

Text is a tree.  L{CharacterAttributesMixin} gives nodes by the names of
attributes, a node takes strings and other nodes by C{[...]}, and L{flatten}
walks it with a formatting state that says how attributes are written.  See
L{twisted.conch.insults.text} and L{twisted.words.protocols.irc}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from twisted.python.util import FancyEqMixin


class _Attribute(FancyEqMixin):
    """
    A node of the tree.

    @ivar children: strings and nodes.
    """

    compareAttributes: ClassVar[Sequence[str]] = ("children",)

    def __init__(self) -> None:
        self.children: list[str | _Attribute] = []

    def __repr__(self) -> str:
        """
        Return the class and what is in it.
        """
        return f"<{type(self).__name__} {vars(self)}>"

    def __getitem__(self, item: Any) -> _Attribute:
        """
        Add a string or a node, or some of them.

        @return: this node.
        """
        items = item if isinstance(item, (list, tuple)) else [item]
        for child in items:
            if not isinstance(child, (str, _Attribute)):
                raise TypeError(f"{child!r} is neither a string nor text with attributes")
        self.children.extend(items)
        return self

    def _within(self, attrs: Any) -> Any:
        """
        Return the formatting state of the children of this node in *attrs*.
        """
        return attrs

    def serialize(
        self,
        write: Callable[[str], Any],
        attrs: Any = None,
        attributeRenderer: str = "toVT102",
    ) -> None:
        """
        Write the children: before each string what its formatting state says.

        @param write: takes a string.
        @param attrs: the formatting state around this node.
        @param attributeRenderer: the method of a state that writes it.
        """
        state = self._within(DefaultFormattingState() if attrs is None else attrs)
        for child in self.children:
            if isinstance(child, _Attribute):
                child.serialize(write, state.copy(), attributeRenderer)
            else:
                write(getattr(state, attributeRenderer)())
                write(child)


class _NormalAttr(_Attribute):
    """
    Text without the attributes that are around it.
    """

    def _within(self, attrs: Any) -> Any:
        return type(attrs)()


class _OtherAttr(_Attribute):
    """
    Text with an attribute that is on or off; C{-} of it has it off.

    @ivar attrname: the attribute.
    @ivar attrvalue: whether it is on.
    """

    compareAttributes = ("attrname", "attrvalue", "children")

    def __init__(self, attrname: str, attrvalue: Any) -> None:
        super().__init__()
        self.attrname = attrname
        self.attrvalue = attrvalue

    def __neg__(self) -> _OtherAttr:
        """
        Return the same text with the attribute the other way.
        """
        other = _OtherAttr(self.attrname, not self.attrvalue)
        other.children.extend(self.children)
        return other

    def _within(self, attrs: Any) -> Any:
        return attrs._withAttribute(self.attrname, self.attrvalue)


class _ColorAttr(_Attribute):
    """
    Text in a colour, or on one.

    @ivar color: the colour.
    @ivar ground: C{foreground} or C{background}.
    """

    compareAttributes = ("color", "ground", "children")

    def __init__(self, color: Any, ground: str) -> None:
        super().__init__()
        self.color = color
        self.ground = ground

    def _within(self, attrs: Any) -> Any:
        return attrs._withAttribute(self.ground, self.color)


class _ForegroundColorAttr(_ColorAttr):
    """
    Text in a colour.
    """

    def __init__(self, color: Any) -> None:
        super().__init__(color, "foreground")


class _BackgroundColorAttr(_ColorAttr):
    """
    Text on a colour.
    """

    def __init__(self, color: Any) -> None:
        super().__init__(color, "background")


class _ColorAttribute:
    """
    Gives nodes by the names of colours.

    @ivar ground: makes a node of a colour.
    @ivar attrs: colours by name.
    """

    def __init__(self, ground: Callable[[Any], _Attribute], attrs: Mapping[str, Any]) -> None:
        self.ground = ground
        self.attrs = attrs

    def __getattr__(self, name: str) -> _Attribute:
        """
        Return a new node for the colour *name*.
        """
        if name != "attrs" and name in self.attrs:
            return self.ground(self.attrs[name])
        raise AttributeError(name)


class CharacterAttributesMixin:
    """
    Gives nodes by the names of attributes: C{normal}, and those in C{attrs}.

    @cvar attrs: by name, the value of an attribute that is on.
    """

    attrs: Mapping[str, Any] = {}

    def __getattr__(self, name: str) -> _Attribute:
        """
        Return a new node for the attribute *name*.
        """
        if name == "normal":
            return _NormalAttr()
        if name in self.attrs:
            return _OtherAttr(name, self.attrs[name])
        raise AttributeError(name)


class DefaultFormattingState(FancyEqMixin):
    """
    A formatting state without attributes, which writes nothing.
    """

    compareAttributes: ClassVar[Sequence[str]] = ("_dummy",)
    _dummy = 0

    def copy(self) -> Any:
        """
        Return an equal state.
        """
        return type(self)()

    def _withAttribute(self, name: str, value: Any) -> Any:
        """
        Return a state in which an attribute has a value.
        """
        return self.copy()

    def toVT102(self) -> str:
        """
        Return the control sequence of a VT102 that makes its state this one.
        """
        return ""


class _FormattingStateMixin(DefaultFormattingState):
    """
    A formatting state whose attributes are those of C{compareAttributes}.
    """

    def copy(self) -> Any:
        """
        Return an equal state.
        """
        twin = super().copy()
        for name in self.compareAttributes:
            setattr(twin, name, getattr(self, name))
        return twin

    def _withAttribute(self, name: str, value: Any) -> Any:
        """
        Return a state in which an attribute has a value; its C{_subtracting}
        tells whether the attribute goes out, if that is a change.
        """
        twin = self.copy()
        if getattr(self, name) != value:
            twin._subtracting = not value
            setattr(twin, name, value)
        return twin


def flatten(output: _Attribute, attrs: Any, attributeRenderer: str = "toVT102") -> str:
    """
    Write text with attributes.

    @param output: the text: a node of the tree.
    @param attrs: the formatting state to begin with.
    @param attributeRenderer: the method of a state that writes it.
    @return: the text, with what the states write in it.
    """
    parts: list[str] = []
    output.serialize(parts.append, attrs, attributeRenderer)
    return "".join(parts)


__all__ = ["CharacterAttributesMixin", "DefaultFormattingState", "flatten"]
