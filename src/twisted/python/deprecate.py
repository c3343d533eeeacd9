"""
Deprecation: how to say, in code and documentation, that something will go.

    @deprecated(Version("Twisted", 8, 0, 0), replacement="twisted.new.thing")
    def badAPI(self, first, second):
        ...

The functions in use warn each time they are called; Python's own filters
decide what the user sees.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dis import findlinestarts
from functools import wraps
from types import ModuleType
from typing import Any, TypeVar
from warnings import warn, warn_explicit

from incremental import Version, getVersionString

from twisted.python.reflect import fullyQualifiedName as _fullyQualifiedName

_T = TypeVar("_T", bound=Callable[..., Any])

DEPRECATION_WARNING_FORMAT = "%(fqpn)s was deprecated in %(version)s"


def _getReplacementString(replacement: Any) -> str:
    """Say what to use instead: a name, or whatever has one."""
    if callable(replacement):
        replacement = _fullyQualifiedName(replacement)
    return f"please use {replacement} instead"


def _getDeprecationDocstring(version: Version, replacement: Any = None) -> str:
    """Say it in a docstring."""
    text = f"Deprecated in {getVersionString(version)}"
    if replacement:
        text = f"{text}; {_getReplacementString(replacement)}"
    return text + "."


def _getDeprecationWarningString(
    fqpn: str, version: Version, format: str | None = None, replacement: Any = None
) -> str:
    """Say it in a warning."""
    if format is None:
        format = DEPRECATION_WARNING_FORMAT
    text = format % {"fqpn": fqpn, "version": getVersionString(version)}
    if replacement:
        text = f"{text}; {_getReplacementString(replacement)}"
    return text


def getDeprecationWarningString(
    callableThing: Any, version: Version, format: str | None = None, replacement: Any = None
) -> str:
    """
    Return the warning that *callableThing* was deprecated.

    @param version: since when.
    @param format: with C{%(fqpn)s} for its name and C{%(version)s}.
    @param replacement: what to use instead, by name or itself.
    """
    return _getDeprecationWarningString(
        _fullyQualifiedName(callableThing), version, format, replacement
    )


def _appendToDocstring(thingWithDoc: Any, textToAppend: str) -> None:
    """
    Add a paragraph to a docstring, indented as it is.
    """
    lines = thingWithDoc.__doc__.splitlines() if thingWithDoc.__doc__ else []
    if not lines:
        text = textToAppend
    else:
        margin = _marginOf(lines[1:])
        lines = [lines[0].strip(), *(line[len(margin) :].rstrip() for line in lines[1:])]
        while len(lines) > 1 and not lines[-1]:
            lines.pop()
        text = "\n".join([*lines, "", textToAppend, ""])
    thingWithDoc.__doc__ = text


def _marginOf(lines: Sequence[str]) -> str:
    margins = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    return min(margins, key=len) if margins else ""


def deprecated(version: Version, replacement: Any = None) -> Callable[[_T], _T]:
    """
    Decorate a function or class that will go.

    @param version: since when it is deprecated.
    @param replacement: what to use instead, by name or itself.
    """

    def decorate(function: _T) -> _T:
        text = getDeprecationWarningString(function, version, None, replacement)

        @wraps(function)
        def warning(*args: Any, **kwargs: Any) -> Any:
            warn(text, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        _appendToDocstring(warning, _getDeprecationDocstring(version, replacement))
        warning.deprecatedVersion = version  # type: ignore[attr-defined]
        return warning  # type: ignore[return-value]

    return decorate


class _DeprecatedProperty(property):
    # A property all of whose uses warn.  No docstring: a property would show
    # it in place of its own.

    warningString = ""

    def _checked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        text = self.warningString

        @wraps(function)
        def warning(*args: Any) -> Any:
            warn(text, DeprecationWarning, stacklevel=2)
            return function(*args)

        return warning

    def _with(self, **changed: Any) -> Any:
        parts: dict[str, Any] = {"fget": self.fget, "fset": self.fset, "fdel": self.fdel}
        other = type(self)(**{**parts, **changed})
        # Not by the constructor: until Python 3.12 a subclass loses it there.
        other.__doc__ = self.__doc__
        other.warningString = self.warningString
        return other

    def setter(self, function: Callable[..., Any]) -> Any:
        """Return the property with a way to be set, which warns as well."""
        return self._with(fset=self._checked(function))

    def deleter(self, function: Callable[..., Any]) -> Any:
        """Return the property with a way to be deleted, which warns as well."""
        return self._with(fdel=self._checked(function))


def deprecatedProperty(version: Version, replacement: Any = None) -> Callable[[Any], Any]:
    """
    Decorate a method to become a property that will go.

    @param version: since when it is deprecated.
    @param replacement: what to use instead, by name or itself.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        text = getDeprecationWarningString(function, version, None, replacement)

        @wraps(function)
        def warning(*args: Any) -> Any:
            warn(text, DeprecationWarning, stacklevel=2)
            return function(*args)

        _appendToDocstring(warning, _getDeprecationDocstring(version, replacement))
        warning.deprecatedVersion = version  # type: ignore[attr-defined]
        made = _DeprecatedProperty(warning)
        made.warningString = text
        return made

    return decorate


def getWarningMethod() -> Callable[..., Any]:
    """Return what warnings of this module are given to."""
    return warn


def setWarningMethod(newMethod: Callable[..., Any]) -> None:
    """
    Give warnings of this module to *newMethod*.

    @param newMethod: takes what L{warnings.warn} takes.
    """
    global warn
    warn = newMethod


def warnAboutFunction(offender: Any, warningString: str) -> None:
    """
    Warn, as if the line after the last one of the function *offender* did it.

    @param offender: a function whose return, or existence, is deprecated.
    """
    module = sys.modules[offender.__module__]
    offender = getattr(offender, "__func__", offender)
    code = offender.__code__
    lines = [line for _, line in findlinestarts(code) if line is not None]
    warn_explicit(
        warningString,
        category=DeprecationWarning,
        filename=code.co_filename,
        lineno=max(lines),
        module=module.__name__,
        registry=offender.__globals__.setdefault("__warningregistry__", {}),
        module_globals=None,
    )


# -- attributes of modules -----------------------------------------------------------


# What a proxy keeps of its own is out of the module's way: only these reach it.
_own = object.__getattribute__
_keep = object.__setattr__


class _ModuleProxy:
    """
    Stands for a module, and warns when deprecated attributes of it are read.
    """

    def __init__(self, module: ModuleType) -> None:
        _keep(self, "_module", module)
        _keep(self, "_deprecatedAttributes", {})
        _keep(self, "_lastWasPath", False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} module={_own(self, '_module')!r}>"

    def __setattr__(self, name: str, value: Any) -> None:
        _keep(self, "_lastWasPath", False)
        setattr(_own(self, "_module"), name, value)

    def __getattribute__(self, name: str) -> Any:
        # The import of a submodule reads __path__ and then the submodule's
        # name, which is not a use that should warn.
        warning = {} if _own(self, "_lastWasPath") else _own(self, "_deprecatedAttributes")
        if name in warning:
            value = warning[name].get()
        else:
            value = getattr(_own(self, "_module"), name)
        _keep(self, "_lastWasPath", name == "__path__")
        return value


class _DeprecatedAttribute:
    """
    An attribute of a module that will go.
    """

    def __init__(self, module: ModuleType, name: str, version: Version, message: str) -> None:
        self.module = module
        self.__name__ = name
        self.fqpn = f"{module.__name__}.{name}"
        self.version = version
        self.message = message

    def get(self) -> Any:
        """Return its value, and warn."""
        value = getattr(self.module, self.__name__)
        text = _getDeprecationWarningString(
            self.fqpn, self.version, DEPRECATION_WARNING_FORMAT + ": " + self.message
        )
        warn(text, DeprecationWarning, stacklevel=3)
        return value


def _deprecateAttribute(proxy: Any, name: str, version: Version, message: str) -> None:
    _own(proxy, "_deprecatedAttributes")[name] = _DeprecatedAttribute(
        _own(proxy, "_module"), name, version, message
    )


def deprecatedModuleAttribute(version: Version, message: str, moduleName: str, name: str) -> None:
    """
    Warn from now on when an attribute of a module is read.

    @param version: since when it is deprecated.
    @param message: what to do instead.
    @param moduleName: the module, which has been imported.
    @param name: the attribute.
    """
    module = sys.modules[moduleName]
    if not isinstance(module, _ModuleProxy):
        module = _ModuleProxy(module)  # type: ignore[assignment]
        sys.modules[moduleName] = module
    _deprecateAttribute(module, name, version, message)


# -- parameters ----------------------------------------------------------------------


def _passedSignature(signature: Any, positional: Sequence[Any], keyword: Any) -> dict[str, Any]:
    """
    Return which of the parameters of *signature* a call passes, and what.

    @raise TypeError: the call does not fit.
    """
    known = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY", "VAR_POSITIONAL")
    for parameter in signature.parameters.values():
        kind = getattr(parameter.kind, "name", parameter.kind)
        if kind not in (*known, "VAR_KEYWORD"):
            raise TypeError(f"'{parameter.name}' parameter is invalid kind: {parameter.kind}")
    passed: dict[str, Any] = dict(signature.bind(*positional, **keyword).arguments)
    for name, parameter in signature.parameters.items():
        # What must be named counts as passed when it has a default.
        if parameter.kind.name == "KEYWORD_ONLY" and name not in passed:
            passed[name] = parameter.default
    return passed


def _mutuallyExclusiveArguments(
    argumentPairs: Sequence[tuple[str, str]],
) -> Callable[[_T], _T]:
    """
    Decorate a function to raise L{TypeError} when both of a pair are passed.
    """

    def decorate(wrappee: _T) -> _T:
        # Late: few functions are decorated so, and inspect is large.
        import inspect

        signature = inspect.signature(wrappee)

        @wraps(wrappee)
        def checked(*args: Any, **kwargs: Any) -> Any:
            passed = _passedSignature(signature, args, kwargs)
            for this, that in argumentPairs:
                if this in passed and that in passed:
                    raise TypeError(
                        f"The {this!r} and {that!r} arguments to"
                        f" {_fullyQualifiedName(wrappee)} are mutually exclusive."
                    )
            return wrappee(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def deprecatedKeywordParameter(
    version: Version, name: str, replacement: str | None = None
) -> Callable[[_T], _T]:
    """
    Decorate a function one of whose keyword parameters will go.

    @param version: since when it is deprecated.
    @param name: the parameter.
    @param replacement: the parameter to use instead.
    """

    def decorate(wrappee: _T) -> _T:
        text = (
            f"The {name!r} parameter to {_fullyQualifiedName(wrappee)} was deprecated"
            f" in {getVersionString(version)}"
        )
        doc = f"The {name!r} parameter was deprecated in {getVersionString(version)}"
        if replacement:
            text += f"; {_getReplacementString(replacement)}"
            doc += f"; {_getReplacementString(replacement)}"
        code = wrappee.__code__  # type: ignore[attr-defined]
        names = code.co_varnames[: code.co_argcount]
        position = names.index(name) if name in names else None

        @wraps(wrappee)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if name in kwargs or (position is not None and len(args) > position):
                warn(text, DeprecationWarning, stacklevel=2)
            return wrappee(*args, **kwargs)

        _appendToDocstring(checked, doc + ".")
        return checked  # type: ignore[return-value]

    return decorate


__all__ = [
    "deprecated",
    "deprecatedKeywordParameter",
    "deprecatedModuleAttribute",
    "deprecatedProperty",
    "getDeprecationWarningString",
    "getVersionString",
    "getWarningMethod",
    "setWarningMethod",
]
