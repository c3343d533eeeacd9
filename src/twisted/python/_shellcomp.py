"""
Completion of command lines by the shell; for zsh so far.

The shell runs the program itself, with the words typed so far and two more:
C{--_shell-completion} and the shell's name with the number of the word at the
cursor (C{zsh:3}; the program's name is word 1).  The answer is shell code that
offers what may stand there.  See zshcompsys(1), C{_arguments}.
"""

from __future__ import annotations

import getopt
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, NamedTuple

from twisted.python import reflect, util
from twisted.python.usage import _ZSH, Completer, Completions, Options, UsageError

#: What is special between double quotes.
_DOUBLE_QUOTED = str.maketrans({character: "\\" + character for character in '\\"$`'})

#: What ends a description in an option's specification.
_BRACKETED = str.maketrans({"[": r"\[", "]": r"\]"})


def escape(x: str) -> str:
    """
    Return *x* as one word of a shell's input.
    """
    return _doubleQuoted(x) if "'" in x else f"'{x}'"


def _doubleQuoted(x: str) -> str:
    """
    Return *x* between double quotes.
    """
    return f'"{x.translate(_DOUBLE_QUOTED)}"'


def descrFromDoc(obj: object) -> str | None:
    """
    Return the docstring of *obj* as one line, or None if it says nothing.
    """
    lines = (line.strip() for line in (obj.__doc__ or "").split("\n"))
    return " ".join(line for line in lines if line) or None


def _dashed(name: str) -> str:
    """
    Return *name* as it stands on the command line.
    """
    return ("-" if len(name) == 1 else "--") + name


class SubcommandAction(Completer):
    """
    Stands for the subcommand and its words, which are completed separately.
    """

    def _shellCode(self, optName: str | None, shellType: str) -> str:
        super()._shellCode(optName, shellType)  # it refuses other shells
        return "*::subcmd:->subcmd"


class _Definition(NamedTuple):
    """
    An option as completion sees it.
    """

    short: str | None
    description: str | None


class ZshArgumentsGenerator:
    """
    Writes a call of zsh's C{_arguments} for the options of a command.

    @ivar options: the options.
    @ivar cmdName: the command, for a comment.
    @ivar file: where the code is written, as bytes.
    @ivar descriptions: as in L{Completions}, of the class and its bases.
    @ivar multiUse: likewise, as a set.
    @ivar mutuallyExclusive: likewise.
    @ivar optActions: likewise.
    @ivar extraActions: likewise, but those of the nearest class that has any.
    @ivar flagNameToDefinition: by long name, what is known of each flag.
    @ivar paramNameToDefinition: the same of options with a value.
    @ivar allOptionsNameToDefinition: both.
    @ivar excludes: by long name, what cannot be given together with an option.
    """

    def __init__(self, options: Options, cmdName: str, file: IO[bytes] | None) -> None:
        """
        @raise ValueError: completion data speak of an option that is none.
        """
        self.options = options
        self.cmdName = cmdName
        self.file = file
        self.descriptions: dict[str, str] = {}
        self.multiUse: set[str] = set()
        self.mutuallyExclusive: list[Sequence[str]] = []
        self.optActions: dict[str, Any] = {}
        self.extraActions: list[Completer] = []
        self.flagNameToDefinition: dict[str, _Definition] = {}
        self.paramNameToDefinition: dict[str, _Definition] = {}
        self._gatherCompletions()
        self._gatherDefinitions()
        self.allOptionsNameToDefinition = self.flagNameToDefinition | self.paramNameToDefinition
        self._checkNames()
        self.excludes = self._excludes()

    # -- gathering

    def _gatherCompletions(self) -> None:
        """
        Merge C{compData} of the class and its bases, the farthest first.
        """
        for kind in reversed(type(self.options).__mro__):
            data = kind.__dict__.get("compData")
            if not isinstance(data, Completions):
                continue
            self.descriptions.update(data.descriptions)
            self.multiUse.update(data.multiUse)
            self.mutuallyExclusive.extend(data.mutuallyExclusive)
            self.optActions.update(data.optActions)
            self.extraActions = list(data.extraActions) or self.extraActions

    def _gatherDefinitions(self) -> None:
        """
        Find the options with long names: those in the lists, and C{opt_}
        methods for which there is no entry in them.
        """
        kind = type(self.options)
        rows: list[Sequence[Any]] = []
        reflect.accumulateClassList(kind, "optFlags", rows)
        for row in rows:
            name, short, doc = util.padTo(3, row)
            self.flagNameToDefinition[name] = _Definition(short, doc)
        rows = []
        reflect.accumulateClassList(kind, "optParameters", rows)
        for row in rows:
            name, short, _default, doc, _coerce = util.padTo(5, row)
            self.paramNameToDefinition[name] = _Definition(short, doc)
        letters = {
            target: name
            for name, target in self.options.synonyms.items()
            if len(name) == 1 and name != target
        }
        for entry in self.options.longOpt:
            name = entry.removesuffix("=")
            if name in self.flagNameToDefinition or name in self.paramNameToDefinition:
                continue
            method = getattr(self.options, "opt_" + name.replace("-", "_"), None)
            found = _Definition(letters.get(name), descrFromDoc(method))
            known = self.flagNameToDefinition if entry == name else self.paramNameToDefinition
            known[name] = found

    def _checkNames(self) -> None:
        """
        @raise ValueError: completion data speak of an option that is none.
        """
        for names in (
            self.descriptions,
            self.multiUse,
            self.optActions,
            *self.mutuallyExclusive,
        ):
            for name in names:
                if name not in self.allOptionsNameToDefinition:
                    raise ValueError(
                        f'Unknown option name "{name}" found while\n'
                        f"examining Completions instances on {self.options}"
                    )

    def _excludes(self) -> dict[str, set[str]]:
        """
        Return for each name in a group all names of the others in it.
        """
        found: dict[str, set[str]] = {}
        for group in self.mutuallyExclusive:
            for name in group:
                excluded = found.setdefault(name, set())
                for other in group:
                    if other != name:
                        excluded.update(self._allNames(other))
        return found

    # -- looking up

    def _allNames(self, longname: str) -> Iterator[str]:
        """
        Yield the long and, if there is one, the short name.
        """
        yield longname
        short = self.getShortOption(longname)
        if short:
            yield short

    def getShortOption(self, longname: str) -> str | None:
        """
        Return the letter that stands for *longname*, or None.
        """
        return self.allOptionsNameToDefinition[longname].short or None

    def getDescription(self, longname: str) -> str:
        """
        Return what is shown beside *longname*: the name itself at least.
        """
        said = self.descriptions.get(longname)
        if said is None:
            said = self.allOptionsNameToDefinition[longname].description
        return said or longname

    def getAction(self, longname: str) -> str:
        """
        Return what completes the value of *longname*; nothing for a flag.
        """
        action = self.optActions.get(longname)
        if callable(action):
            action = action()
        if action is not None:
            code: str = action._shellCode(longname, _ZSH)
            return code
        return f":{longname}:_files" if longname in self.paramNameToDefinition else ""

    # -- writing

    def write(self) -> None:
        """
        Write the code to the file.

        @raise ValueError: a completer that repeats is not the last of
            C{extraActions}.
        """
        assert self.file is not None
        self.file.write(self._code().encode("utf-8"))

    def _code(self) -> str:
        """
        Return the call of C{_arguments}, with a comment before it.
        """
        parts = [f'#compdef {self.cmdName}\n\n_arguments -s -A "-*"']
        parts += map(escape, self._extras())
        for name in sorted(self.allOptionsNameToDefinition):
            parts += map(escape, self._specifications(name))
        return " \\\n".join([*parts, "&& return 0\n"])

    def _extras(self) -> Iterator[str]:
        """
        Yield a specification for each argument that is not an option.
        """
        for number, action in enumerate(self.extraActions, 1):
            if action._repeat and number != len(self.extraActions):
                raise ValueError(
                    "Completer with repeat=True must be last item in Options.extraActions"
                )
            yield action._shellCode("", _ZSH)

    def _specifications(self, longname: str) -> Iterator[str]:
        """
        Yield the specifications of an option: of its short and its long name.
        """
        names = list(self._allNames(longname))
        repeated = "*" if longname in self.multiUse else ""
        said = self.getDescription(longname).translate(_BRACKETED)
        ending = f"[{said}]{self.getAction(longname)}"
        for shown in reversed(names[1:]):
            excluded = self._exclusion(longname, [longname])
            yield f"{excluded}{repeated}-{shown}{ending}"
        excluded = self._exclusion(longname, names[1:])
        value = "=" if longname in self.paramNameToDefinition else ""
        yield f"{excluded}{repeated}--{longname}{value}{ending}"

    def _exclusion(self, longname: str, itself: Iterable[str]) -> str:
        """
        Return the list of what is not offered once an option was given.

        @param itself: its other names, if it may be given once only.
        """
        names = set(self.excludes.get(longname, ()))
        if longname not in self.multiUse:
            names.update(itself)
        return f"({' '.join(sorted(map(_dashed, names)))})" if names else ""


class ZshBuilder:
    """
    Writes code for the options of a command and the names of its subcommands.

    @ivar options: the options of the command.
    @ivar cmdName: its name.
    @ivar file: where the code is written, as bytes.
    """

    def __init__(self, options: Options, cmdName: str, file: IO[bytes]) -> None:
        """
        See the attributes of the class.
        """
        self.options = options
        self.cmdName = cmdName
        self.file = file

    def write(self, genSubs: bool = True) -> None:
        """
        Write the code.

        @param genSubs: whether subcommands are wanted too.
        """
        commands: Any = getattr(self.options, "subCommands", None)
        wanted = genSubs and commands is not None
        generator = ZshArgumentsGenerator(self.options, self.cmdName, self.file)
        if wanted:
            generator.extraActions.insert(0, SubcommandAction())
        generator.write()
        if wanted:
            self.file.write(_describe(commands).encode("utf-8"))


class ZshSubcommandBuilder(ZshBuilder):
    """
    Writes code for the options of a command and of the subcommand that was
    chosen.

    @ivar subOptions: the subcommand's options.
    """

    def __init__(self, subOptions: Options, *args: Any) -> None:
        """
        @param args: as for L{ZshBuilder}.
        """
        self.subOptions = subOptions
        super().__init__(*args)

    def write(self, genSubs: bool = True) -> None:
        """
        Write the code.
        """
        generator = ZshArgumentsGenerator(self.options, self.cmdName, self.file)
        generator.extraActions.insert(0, SubcommandAction())
        generator.write()
        ZshArgumentsGenerator(self.subOptions, self.cmdName, self.file).write()


def _describe(commands: Iterable[Sequence[Any]]) -> str:
    """
    Return code that offers the names of subcommands.
    """
    entries = [
        _doubleQuoted(f"{name}:{doc or name}") + "\n" for name, _short, _parser, doc in commands
    ]
    return (
        "local _zsh_subcmds_array\n"
        f"_zsh_subcmds_array=(\n{''.join(entries)})\n"
        '\n_describe "sub-command" _zsh_subcmds_array\n'
    )


def _chosenSubCommand(config: Options, words: Sequence[str]) -> Options | None:
    """
    Return the options of the subcommand that *words* choose, if they do.

    They need not be right otherwise: who types them is not done yet.
    """
    try:
        _options, rest = getopt.getopt(words, config.shortOpt, config.longOpt)
    except getopt.error:
        return None
    for name, short, parser, _doc in getattr(config, "subCommands", None) or ():
        if rest and rest[0] in (name, short):
            config.subCommand = name
            config.subOptions = options = parser()
            options.parent = config
            return options
    return None


def shellComplete(config: Options, cmdName: str, words: Sequence[str], shellCompFile: Any) -> None:
    """
    Write code that completes a command line.

    @param config: the options of the command.
    @param cmdName: its name, for a comment.
    @param words: what was typed after it, the option that asks, and its value.
    @param shellCompFile: where the code is written: a file of bytes, or of text
        with C{buffer}, or of text alone.
    @raise UsageError: the shell is not zsh, or it did not say which word is at
        the cursor.
    """
    shell, _colon, position = words[-1].partition(":")
    if shell != _ZSH or not (position.isascii() and position.isdigit()):
        raise UsageError(f"Cannot complete for {words[-1]!r}")
    typed = words[:-2]
    # Word 1 is the program.
    cursor = max(int(position) - 2, 0)
    atCursor = typed[cursor] if cursor < len(typed) else ""
    code = io.BytesIO()
    chosen = _chosenSubCommand(config, typed[:cursor])
    if chosen is not None:
        ZshSubcommandBuilder(chosen, config, cmdName, code).write()
    else:
        ZshBuilder(config, cmdName, code).write(genSubs=not atCursor.startswith("-"))
    _sink(shellCompFile)(code.getvalue())


def _sink(file: Any) -> Callable[[bytes], Any]:
    """
    Return what writes bytes to *file*.
    """
    if not isinstance(file, io.TextIOBase):
        write: Callable[[bytes], Any] = file.write
        return write
    if hasattr(file, "buffer"):
        file.flush()
        return lambda data: (file.buffer.write(data), file.buffer.flush())
    return lambda data: file.write(data.decode("utf-8"))
