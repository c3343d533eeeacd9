"""
The command line of a program, declared as a class.

A subclass of L{Options} lists flags, parameters and subcommands; an instance
parses the words, is the dict of what they say, and writes the help text::

    class Serve(usage.Options):
        optFlags = [["verbose", "v", "Tell more."]]
        optParameters = [["port", "p", 8080, "Where to listen.", usage.portCoerce]]

    options = Serve()
    try:
        options.parseOptions()
    except usage.UsageError as error:
        sys.exit(f"{options}\\n{error}")
    listen(options["port"])
"""

from __future__ import annotations

import getopt
import inspect
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, cast

from twisted.python import _completers, reflect, util
from twisted.python._completers import (
    CompleteDirs,
    CompleteFiles,
    CompleteGroups,
    CompleteHostnames,
    CompleteList,
    CompleteMultiList,
    CompleteNetInterfaces,
    Completer,
    CompleteUserAtHost,
    CompleteUsernames,
    Completions,
)
from twisted.python._facade import publish

_BASH = _completers._BASH
_ZSH = _completers._ZSH

#: Columns of the help text where C{COLUMNS} does not say otherwise.
_WIDTH = 80

#: What descriptions get where the names of the options leave them nothing.
_NARROWEST = 20

#: The option by which a shell's completion function asks; it is the last but
#: one word.
_SHELL_ASKS = "--_shell-completion"


class UsageError(Exception):
    """
    A command line is not as the program wants it; the text is for its user.
    """


error = UsageError


# -- values ------------------------------------------------------------------------


class CoerceParameter:
    """
    Checks and converts the value of one parameter on its way into the options.

    @ivar doc: what is to be said of the values: C{coerceDoc} of the callable.
    """

    def __init__(self, options: Options, coerce: Callable[[str], Any] | None) -> None:
        """
        @param options: where the value is put.
        @param coerce: what converts it from text.
        """
        self.options = options
        self.coerce = coerce
        self.doc = getattr(coerce, "coerceDoc", "")

    def dispatch(self, parameterName: str, value: str | None) -> None:
        """
        Convert *value* and store it under *parameterName*.

        @raise UsageError: there is no value, or the callable raised
            C{ValueError} for it.
        """
        if value is None:
            raise UsageError(f"Parameter '{parameterName}' requires an argument.")
        try:
            # A coerce that cannot be called is a mistake of the program; its
            # TypeError is right.
            converted = cast(Callable[[str], Any], self.coerce)(value)
        except ValueError as reason:
            raise UsageError(f"Parameter type enforcement failed: {reason}") from reason
        self.options[parameterName] = converted

    __call__ = dispatch


def portCoerce(value: str | int) -> int:
    """
    Return *value* as the number of a port, 0 to 65535.

    @raise ValueError: it is no number or not in that range.
    """
    number = int(value)
    if not 0 <= number <= 0xFFFF:
        raise ValueError(f"Port number not in range: {number}")
    return number


setattr(portCoerce, "coerceDoc", "Must be an int between 0 and 65535.")


def flagFunction(method: Callable[..., Any], name: str | None = None) -> bool:
    """
    Tell whether an C{opt_} method stands for a flag: whether it takes no value.

    @param method: the bound method.
    @param name: what an error calls it.
    @raise UsageError: it takes more than one value.
    """
    count = len(inspect.signature(method).parameters)
    if count > 1:
        shown = name if name else getattr(method, "__name__", repr(method))
        raise UsageError(f"Invalid Option function for {shown}")
    return count == 0


# -- the help text -----------------------------------------------------------------


def _columns() -> int:
    """
    Return how wide the terminal says to be.
    """
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isascii() and columns.isdigit() else _WIDTH


def _programName() -> str:
    """
    Return how the program is called in C{sys.argv}, without an extension.
    """
    path = sys.argv[0].rstrip(os.sep) if sys.argv else ""
    return os.path.splitext(os.path.basename(path))[0]


def _names(option: Mapping[str, Any]) -> str:
    """
    Return the left column of an option: its names.
    """
    short, long = option.get("short"), option.get("long") or ""
    kind = option.get("optType")
    if kind == "command":
        return f"    {long}"
    names = f"  -{short}" if short else "    "
    names += ", " if short and long else "  "
    return f"{names}--{long}{'=' if kind == 'parameter' else ''}"


def _explanation(option: Mapping[str, Any]) -> str:
    """
    Return the right column of an option: what it does, and what it is if it is
    not given.
    """
    said = (option.get("doc") or "").strip()
    if option.get("optType") != "parameter":
        return said
    if option.get("default") is not None:
        said += f" [default: {option['default']}]"
    handler = option.get("dispatch")
    if isinstance(handler, CoerceParameter) and handler.doc:
        said += f". {handler.doc}"
    return said


def docMakeChunks(optList: Iterable[Mapping[str, Any]], width: int = 80) -> list[str]:
    """
    Lay out descriptions of options in two columns.

    @param optList: a mapping for each option: C{"long"} and C{"short"} names,
        C{"doc"}, C{"optType"} (C{"flag"}, C{"parameter"} or C{"command"}), and
        of parameters C{"default"} and C{"dispatch"}.
        Where a long name occurs again, the first counts.
    @param width: columns of both together.
    @return: for each option its lines, as one text that ends with a line break;
        sorted by their short, else long names.
    """
    unique: dict[str, Mapping[str, Any]] = {}
    for option in optList:
        unique.setdefault(option.get("long") or option.get("short") or "", option)
    options = sorted(
        unique.values(), key=lambda option: option.get("short") or option.get("long") or ""
    )
    extents = [
        len(option.get("long") or "") + (option.get("optType") == "parameter") for option in options
    ]
    left = len("  -x, --") + max(extents, default=0) + 2
    right = width - left if width > left else _NARROWEST
    chunks = []
    for option in options:
        first, *others = textwrap.wrap(_explanation(option), right) or [""]
        lines = [_names(option).ljust(left) + first]
        lines += [" " * left + line for line in others]
        chunks.append("\n".join(lines) + "\n")
    return chunks


# -- options -----------------------------------------------------------------------


class Options(dict[str, Any]):
    """
    The options of a program or a subcommand, and after L{parseOptions} their
    values by long name.

    Subclasses have any of these; what bases have in the first three is added:

      - C{optFlags}: lists of long name, short name (or None) and description.
        A flag is 0, or 1 if it was given.
      - C{optParameters}: lists of long name, short name, default, description
        and a callable that converts the text (C{ValueError} refuses it).
        Trailing items may be missing.
      - C{compData}: L{Completions} for shells.
      - C{opt_name} methods, without a parameter for a flag, with one for an
        option that has a value.  C{_} in the name is C{-} on the command line,
        and another name for the same method is an alias.
      - C{subCommands}: lists of name, short name, a class of L{Options} and
        description.  The first word that is no option chooses one, and the
        words after it are for an instance of its class, to be found as
        C{subOptions}.
      - C{defaultSubCommand}: the command if no word chooses one.
      - C{synopsis} and C{longdesc}: other first lines and a final paragraph for
        the help text.  The main module's docstring stands in for the latter.

    @ivar subCommand: the full name of the command that was chosen, or None.
    @ivar subOptions: its options; only there if one was chosen.
    @ivar parent: the options of which this is a subcommand's, or None.
    @ivar opts: the options themselves.
    @ivar defaults: what flags and parameters are if they are not given.
    @ivar longOpt: the long names; C{=} ends those with a value.
    @ivar shortOpt: the short names; C{:} follows those with a value.
    @ivar docs: descriptions by name.
    @ivar synonyms: for each name the one under which the option is handled.
    """

    subCommand: str | None = None
    defaultSubCommand: str | None = None
    parent: Options | None = None
    completionData: Any = None
    _shellCompFile: Any = sys.stdout

    def __init__(self) -> None:
        """
        Gather what the class and its bases declare.
        """
        super().__init__()
        self.opts = self
        self.defaults: dict[str, Any] = {}
        self.longOpt: list[str] = []
        self.shortOpt = ""
        self.docs: dict[str, str | None] = {}
        self.synonyms: dict[str, str] = {}
        self._dispatch: dict[str, Callable[[str, str], Any]] = {}
        self._declareFlags()
        self._declareParameters()
        self._declareMethods()
        self.update(self.defaults)

    # A dict that is compared by its contents, but found by identity.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def _learn(self, name: str, target: str, doc: str | None, takesValue: bool) -> None:
        """
        Enter *name* into the tables.

        @param target: the name under which the option is handled.
        """
        self.synonyms[name] = target
        self.docs[name] = doc
        self.longOpt.append(name + "=" if takesValue else name)

    def _learnShort(self, letter: str | None, target: str, takesValue: bool) -> None:
        """
        Enter a short name into the tables.
        """
        if letter:
            self.synonyms[letter] = target
            self.shortOpt += letter + ":" if takesValue else letter

    def _declareFlags(self) -> None:
        """
        Enter C{optFlags}.

        @raise ValueError: one has no name or too many items.
        """
        flags: list[Sequence[Any]] = []
        reflect.accumulateClassList(type(self), "optFlags", flags)
        for flag in flags:
            name, letter, doc = util.padTo(3, flag)
            if not name:
                raise ValueError("A flag cannot be without a name.")
            self._learnShort(letter, name, False)
            self._learn(name, name, doc, False)
            self.defaults[name] = 0
            self._dispatch[name] = self._raiseFlag

    def _declareParameters(self) -> None:
        """
        Enter C{optParameters}.

        @raise ValueError: one has no name or too many items.
        """
        parameters: list[Sequence[Any]] = []
        reflect.accumulateClassList(type(self), "optParameters", parameters)
        for parameter in parameters:
            name, letter, default, doc, coerce = util.padTo(5, parameter)
            if not name:
                raise ValueError("A parameter cannot be without a name.")
            self._learnShort(letter, name, True)
            self._learn(name, name, doc, True)
            self.defaults[name] = default
            self._dispatch[name] = CoerceParameter(self, str if coerce is None else coerce)

    def _declareMethods(self) -> None:
        """
        Enter the C{opt_} methods.  Names of the same method are aliases of the
        longest of them.
        """
        attributes: dict[str, int] = {}
        reflect.addMethodNamesToDict(type(self), attributes, "opt_")
        aliases: dict[Any, list[str]] = {}
        for attribute in attributes:
            aliases.setdefault(getattr(self, "opt_" + attribute), []).append(attribute)
        for attribute in attributes:
            method = getattr(self, "opt_" + attribute)
            isFlag = flagFunction(method, attribute)
            name = attribute.replace("_", "-")
            target = max(aliases[method], key=len).replace("_", "-")
            if len(name) == 1:
                self._learnShort(name, target, not isFlag)
                self.docs[name] = method.__doc__
            else:
                self._learn(name, target, method.__doc__, not isFlag)
            self._dispatch[name] = _calling(method, isFlag)

    def _raiseFlag(self, name: str, value: str | None = None) -> None:
        """
        Set a flag.
        """
        if value:
            raise UsageError(f"Flag '{name}' takes no argument. Not even \"{value}\".")
        self[name] = 1

    # -- parsing

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Read the words of a command line into this dict, and call
        L{parseArgs} or the subcommand's L{parseOptions}, then L{postOptions}.

        If a shell's completion function asks, answer it and exit.

        @param options: the words after the program's name; C{sys.argv} has
            them by default.
        @raise UsageError: they are not as declared.
        """
        words = sys.argv[1:] if options is None else options
        if len(words) > 1 and words[-2] == _SHELL_ASKS:
            self._answerShell(words)
        try:
            given, rest = getopt.getopt(words, self.shortOpt, self.longOpt)
        except getopt.error as reason:
            raise UsageError(str(reason)) from None
        for option, value in given:
            name = option[2:] if option.startswith("--") else option[1:]
            target = self.synonyms.get(name)
            if target is None:
                raise UsageError(f"No such option '{option}'")
            self._dispatch[target](target, value)
        if getattr(self, "subCommands", None) and (rest or self.defaultSubCommand is not None):
            self._parseSubCommand(rest or [cast(str, self.defaultSubCommand)])
        else:
            try:
                self.parseArgs(*rest)
            except TypeError as reason:
                raise UsageError("Wrong number of arguments.") from reason
        self.postOptions()

    def _parseSubCommand(self, words: Sequence[str]) -> None:
        """
        Let the command which the first of *words* names parse the others.
        """
        wanted = words[0]
        for name, short, parser, _doc in self.subCommands:  # type: ignore[attr-defined]
            if wanted in (name, short):
                self.subCommand = name
                self.subOptions: Options = parser()
                self.subOptions.parent = self
                self.subOptions.parseOptions(words[1:])
                return
        raise UsageError(f"Unknown command: {wanted}")

    def _answerShell(self, words: Sequence[str]) -> NoReturn:
        """
        Write completion code for *words* and exit.
        """
        # Late: only shells ask for it.
        from twisted.python._shellcomp import shellComplete

        program = os.path.basename(sys.argv[0])
        shellComplete(self, program, list(words), self._shellCompFile)
        sys.exit(0)

    def parseArgs(self) -> None:
        """
        Take the words that are no options; override with as many parameters as
        there may be words.  This one takes none.
        """

    def postOptions(self) -> None:
        """
        Called when everything is parsed; override to check what belongs
        together, and raise L{UsageError}.
        """

    # -- what every program has

    def opt_help(self) -> None:
        """
        Display this help and exit.
        """
        print(self)
        sys.exit(0)

    def opt_version(self) -> None:
        """
        Display Twisted version and exit.
        """
        # Late: it is for this option alone.
        from twisted import copyright

        print("Twisted version:", copyright.version)
        sys.exit(0)

    # -- the help text

    def __str__(self) -> str:
        """
        Return the whole help text.
        """
        return f"{self.getSynopsis()}\n{self.getUsage(width=None)}"

    def getSynopsis(self) -> str:
        """
        Return the first line of the help text: how the program is called.

        That of a subcommand begins with its parent's.
        """
        if self.parent is None:
            usual = f"Usage: {_programName()} [options]"
        else:
            usual = "[options]"
        own = getattr(self, "synopsis", usual).rstrip()
        if self.parent is None:
            return cast(str, own)
        return " ".join([self.parent.getSynopsis(), self.parent.subCommand or "", own])

    def _rows(self) -> Iterator[dict[str, Any]]:
        """
        Yield a row for L{docMakeChunks} for each long name.
        """
        letters = {
            target: name
            for name, target in self.synonyms.items()
            if len(name) == 1 and name != target
        }
        for entry in self.longOpt:
            name = entry.removesuffix("=")
            yield {
                "long": name,
                "short": letters.get(name),
                "doc": self.docs.get(name),
                "optType": "flag" if entry == name else "parameter",
                "default": self.defaults.get(name),
                "dispatch": self._dispatch.get(name),
            }

    def getUsage(self, width: int | None = None) -> str:
        """
        Return the help text after its first line: the options, the long
        description and the subcommands; or if one was chosen, what is there to
        say of it.

        @param width: columns; by default as C{COLUMNS} says in the environment.
        """
        if self.subCommand is not None:
            return self.subOptions.getUsage(width)
        columns = width or _columns()
        parts = ["Options:\n", *docMakeChunks(self._rows(), columns)]
        longdesc = getattr(self, "longdesc", None)
        if longdesc is None:
            longdesc = getattr(sys.modules.get("__main__"), "__doc__", None)
        if longdesc:
            wrapped = textwrap.wrap(longdesc, max(columns, 1))
            parts.append("\n" + "\n".join(wrapped).strip() + "\n")
        commands = getattr(self, "subCommands", None)
        if commands is not None:
            rows = [
                {"long": name, "short": short, "doc": doc, "optType": "command"}
                for name, short, _parser, doc in commands
            ]
            parts += ["Commands:\n", *docMakeChunks(rows, columns)]
        return "".join(parts)


def _calling(method: Callable[..., Any], isFlag: bool) -> Callable[[str, str], Any]:
    """
    Return a handler that calls an C{opt_} method.
    """
    if isFlag:
        return lambda name, value: method()
    return lambda name, value: method(value)


publish(__name__, globals(), _completers.__all__)

__all__ = [
    "CoerceParameter",
    "CompleteDirs",
    "CompleteFiles",
    "CompleteGroups",
    "CompleteHostnames",
    "CompleteList",
    "CompleteMultiList",
    "CompleteNetInterfaces",
    "CompleteUserAtHost",
    "CompleteUsernames",
    "Completer",
    "Completions",
    "Options",
    "UsageError",
    "docMakeChunks",
    "error",
    "flagFunction",
    "portCoerce",
]
