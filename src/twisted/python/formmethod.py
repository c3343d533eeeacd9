"""
Methods whose arguments come from a form: what they are called, how they are
shown, and how text becomes their values.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from typing import Any

#: What a choice or a flag is: its tag in the form, its value, its description.
_Option = tuple[Any, Any, str]


class FormException(Exception):
    """
    The method of a form cannot be called.

    @ivar descriptions: errors by the name of an argument.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """
        @param kwargs: the descriptions.
        """
        super().__init__(*args)
        self.descriptions = kwargs


class InputError(FormException):
    """
    What was put into a form is not right; the text is for its user.
    """


class Argument:
    """
    An argument of a method.

    @cvar defaultDefault: its default if the constructor got none.
    @ivar hints: for whoever draws the form, anything by name.
    """

    defaultDefault: Any = None

    def __init__(
        self,
        name: str,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: Any = 1,
    ) -> None:
        """
        @param name: the name of the argument.
        @param default: what is in the form at first.
        @param shortDesc: a label.
        @param longDesc: an explanation.
        @param allowNone: whether it may be left empty.
        """
        self.hints: dict[str, Any] = hints or {}
        self.longDesc = longDesc
        self.shortDesc = shortDesc
        self.default = self.defaultDefault if default is None else default
        self.name, self.allowNone = name, allowNone

    def addHints(self, **kwargs: Any) -> None:
        """
        Add to the hints.
        """
        self.hints.update(kwargs)

    def getHint(self, name: str, default: Any = None) -> Any:
        """
        Return the hint *name*, or *default*.
        """
        return self.hints.get(name, default)

    def getShortDescription(self) -> str:
        """
        Return the label; made of the name if there is none.
        """
        label = self.shortDesc
        return label if label else self.name.capitalize()

    def getLongDescription(self) -> str:
        """
        Return the explanation, or nothing.
        """
        return self.longDesc or ""

    def coerce(self, val: Any) -> Any:
        """
        Return what the method gets for *val*, which a form sent.

        @raise InputError: it is not right.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how to convert a value")


def _within(argument: String | IntegerRange, size: int, complaint: str) -> None:
    """
    Make sure that *size* is neither below the least nor above the most that
    *argument* allows.

    @param complaint: otherwise; a format for the size, the limit, which limit
        it is, and how the size is.
    """
    least, most = argument.min, argument.max
    if size < least:
        raise InputError(complaint.format(size, least, "least", "small"))
    if most is not None and size > most:
        raise InputError(complaint.format(size, most, "most", "large"))


class String(Argument):
    """
    A line of text.

    @ivar min: how many characters it has at least.
    @ivar max: how many it has at most, or None.
    """

    defaultDefault: str = ""
    min = 0
    max: int | None = None

    def __init__(
        self,
        name: str,
        default: str | None = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: Any = 1,
        min: int = 0,
        max: int | None = None,
    ) -> None:
        """
        See L{Argument} and the attributes of the class.
        """
        self.min, self.max = min, max
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, val: Any) -> str:
        """
        Return *val* as text.
        """
        text = str(val)
        _within(self, len(text), "Value must be at {2} {1} characters long")
        return text


class Text(String):
    """
    Lines of text.
    """


class Password(String):
    """
    Text that is not shown while it is typed.
    """


class VerifiedPassword(String):
    """
    A password that has to be typed twice.
    """

    def coerce(self, vals: Any) -> str:
        """
        Return the password.

        @param vals: it, twice.
        """
        if len(vals) != 2 or vals[0] != vals[1]:
            raise InputError("Please enter the same password twice.")
        return super().coerce(vals[0])


class Hidden(String):
    """
    Text that the form sends back as it came, without showing it.
    """


def _number(argument: Argument, val: str, kind: Callable[[str], Any], complaint: str) -> Any:
    """
    Return *val* as *kind*, or None if it is blank and may be.
    """
    if argument.allowNone and not val.strip():
        return None
    try:
        return kind(val)
    except (TypeError, ValueError) as reason:
        raise InputError(complaint % (val,)) from reason


class Integer(Argument):
    """
    A whole number.
    """

    defaultDefault: int | None = None

    def __init__(
        self,
        name: str,
        allowNone: Any = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        See L{Argument}.
        """
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, val: str) -> int | None:
        """
        Return *val* as a number, or None if it is blank and may be.
        """
        number: int | None = _number(
            self, val, int, "%s is not valid, please enter a whole number, e.g. 10"
        )
        return number


class IntegerRange(Integer):
    """
    A whole number that is neither too small nor too large.

    @ivar min: the smallest.
    @ivar max: the largest.
    """

    def __init__(
        self,
        name: str,
        min: int,
        max: int,
        allowNone: Any = 1,
        default: int | None = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        See L{Argument} and the attributes of the class.
        """
        self.min, self.max = min, max
        super().__init__(name, allowNone, default, shortDesc, longDesc, hints)

    def coerce(self, val: str) -> int | None:
        """
        Return *val* as a number, or None if it is blank and may be.
        """
        number = super().coerce(val)
        if number is not None:
            _within(self, number, "Value {0} is too {3}, it should be at {2} {1}")
        return number


class Float(Argument):
    """
    A number.
    """

    defaultDefault: float | None = None

    def __init__(
        self,
        name: str,
        allowNone: Any = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        See L{Argument}.
        """
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, val: str) -> float | None:
        """
        Return *val* as a number, or None if it is blank and may be.
        """
        number: float | None = _number(self, val, float, "Invalid float: %s")
        return number


def _valueOf(tag: Any, options: Iterable[_Option], complaint: str) -> Any:
    """
    Return the value of the option that has *tag*.
    """
    for candidate, value, _description in options:
        if candidate == tag:
            return value
    raise InputError(f"{complaint}: {tag}")


class Choice(Argument):
    """
    One of some values.

    @ivar choices: for each of them a tag, the value and a description.
    @ivar default: a list of the value that is chosen at first.
    """

    def __init__(
        self,
        name: str,
        choices: Sequence[_Option] = (),
        default: Sequence[Any] = (),
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: Any = 1,
    ) -> None:
        """
        See L{Argument} and the attributes of the class.
        """
        self.choices = choices
        chosen = default or [value for _tag, value, _description in choices[:1]]
        super().__init__(name, chosen, shortDesc, longDesc, hints, allowNone)

    def coerce(self, inIdent: Any) -> Any:
        """
        Return the value that has the tag *inIdent*.
        """
        return _valueOf(inIdent, self.choices, "Invalid Choice")


class RadioGroup(Choice):
    """
    A choice of which all values are shown at once.
    """


class Flags(Argument):
    """
    Any of some values.

    @ivar flags: for each of them a tag, the value and a description.
    """

    def __init__(
        self,
        name: str,
        flags: Sequence[_Option] = (),
        default: Sequence[Any] = (),
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: Any = 1,
    ) -> None:
        """
        See L{Argument} and the attributes of the class.
        """
        self.flags = flags
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, inFlagKeys: Iterable[Any] | None) -> list[Any]:
        """
        Return the values that have the tags *inFlagKeys*.
        """
        return [_valueOf(tag, self.flags, "Invalid Flag") for tag in inFlagKeys or ()]


class CheckGroup(Flags):
    """
    Flags of which all are shown at once.
    """


class Submit(Choice):
    """
    The button, or buttons, that send the form.

    @ivar reset: whether there is one, too, that clears the form.
    """

    def __init__(
        self,
        name: str,
        choices: Sequence[_Option] = (("Submit", "submit", "Submit form"),),
        reset: Any = 0,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        allowNone: Any = 0,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        See L{Argument} and the attributes of the class.
        """
        super().__init__(
            name, choices, shortDesc=shortDesc, longDesc=longDesc, hints=hints, allowNone=allowNone
        )
        self.reset = reset

    def coerce(self, value: Any) -> Any:
        """
        Return the value of the button whose tag is *value*.

        @return: None if there is no tag, and there need be none.
        """
        if self.allowNone and not value:
            return None
        return super().coerce(value)


class PresentationHint:
    """
    A hint on how a form is to be drawn.
    """


class Boolean(Argument):
    """
    Yes or no.
    """

    def coerce(self, inVal: Any) -> int:
        """
        Return 0 for C{no}, C{n}, C{false}, C{f}, C{0} or nothing, else 1.
        """
        if not inVal or str(inVal).lower() in {"no", "n", "false", "f", "0"}:
            return 0
        return 1


class File(Argument):
    """
    A file that is sent with the form.
    """

    def __init__(
        self,
        name: str,
        allowNone: Any = 1,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        See L{Argument}.
        """
        super().__init__(name, None, shortDesc, longDesc, hints, allowNone)

    def coerce(self, file: Any) -> Any:
        """
        Return *file*, or None if there is none and need not be.
        """
        if file:
            return file
        if self.allowNone:
            return None
        raise InputError("Invalid File")


def positiveInt(x: str | int) -> int:
    """
    Return *x* as a whole number above 0.

    @raise ValueError: it is none.
    """
    number = int(x)
    if number <= 0:
        raise ValueError(f"{number} is not above 0")
    return number


class Date(Argument):
    """
    A day.
    """

    defaultDefault: tuple[int, int, int] | None = None

    def __init__(
        self,
        name: str,
        allowNone: Any = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        See L{Argument}.
        """
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, args: Iterable[str]) -> tuple[int, int, int] | None:
        """
        Return the day as numbers.

        @param args: year, month and day.
        @return: the same, or None if all are empty and may be.
        """
        parts = tuple(args)
        if self.allowNone and parts == ("", "", ""):
            return None
        try:
            year, month, day = map(positiveInt, parts)
            lastDay = calendar.monthrange(year, month)[1]
        except (ValueError, calendar.IllegalMonthError) as reason:
            raise InputError("Invalid date") from reason
        if day > lastDay:
            raise InputError("Invalid date")
        return year, month, day


class MethodSignature:
    """
    What arguments a method has.

    @ivar methodSignature: the arguments, in order.
    """

    def __init__(self, *sigList: Argument) -> None:
        """
        @param sigList: the arguments.
        """
        self.methodSignature = sigList

    def getArgument(self, name: str) -> Argument | None:
        """
        Return the argument *name*, or None.
        """
        return next((known for known in self.methodSignature if known.name == name), None)

    def method(self, callable: Callable[..., Any], takesRequest: bool = False) -> FormMethod:
        """
        Return *callable* with this signature.
        """
        return FormMethod(self, callable, takesRequest)


class FormMethod:
    """
    A callable and its signature.

    @ivar signature: the signature.
    @ivar callable: what is called.
    @ivar takesRequest: whether it wants the request too.
    """

    def __init__(
        self, signature: MethodSignature, callable: Callable[..., Any], takesRequest: bool = False
    ) -> None:
        """
        See the attributes of the class.
        """
        self.signature = signature
        self.callable = callable
        self.takesRequest = takesRequest

    def getArgs(self) -> tuple[Argument, ...]:
        """
        Return the arguments.
        """
        return self.signature.methodSignature

    def call(self, *args: Any, **kw: Any) -> Any:
        """
        Call the callable.

        @return: what it returns.
        """
        return self.callable(*args, **kw)
