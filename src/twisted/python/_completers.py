"""
What a shell may offer for a word of a command line.

The public path of all this is L{twisted.python.usage}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

_ZSH = "zsh"
_BASH = "bash"


class Completions:
    """
    What tab-completion can know about options beside their names; assigned as
    C{compData} to a class of L{Options<twisted.python.usage.Options>}.

    What the bases of that class have is merged.

    @ivar descriptions: other descriptions for long option names than those
        which C{--help} shows.
    @ivar multiUse: long names of the options that may be given repeatedly.
    @ivar mutuallyExclusive: groups of long names; of each group one option may
        be given.
    @ivar optActions: a L{Completer}, or a callable without arguments that
        returns one, for long names of options with a value.  File names are
        offered for other options.
    @ivar extraActions: a L{Completer} for each argument that is not an option.
    """

    def __init__(
        self,
        descriptions: dict[str, str] | None = None,
        multiUse: Iterable[str] | None = None,
        mutuallyExclusive: Iterable[Sequence[str]] | None = None,
        optActions: dict[str, Completer | Callable[[], Completer] | None] | None = None,
        extraActions: list[Completer] | None = None,
    ) -> None:
        """
        See the attributes of the class.
        """
        self.descriptions: dict[str, str] = {} if descriptions is None else descriptions
        self.multiUse: Any = [] if multiUse is None else multiUse
        self.mutuallyExclusive: Any = [] if mutuallyExclusive is None else mutuallyExclusive
        self.optActions: dict[str, Any] = {} if optActions is None else optActions
        self.extraActions: list[Completer] = [] if extraActions is None else extraActions


class Completer:
    """
    Offers nothing; the subclasses offer something.

    @cvar _descr: the heading if neither the caller nor the option has one.
    """

    _descr: str | None = None

    def __init__(self, descr: str | None = None, repeat: bool = False) -> None:
        """
        @param descr: a heading for the matches.
        @param repeat: serve all following words too; only the last one of
            C{extraActions} may do that.
        """
        if descr is not None:
            self._descr = descr
        self._repeat = repeat

    @property
    def _repeatFlag(self) -> str:
        """
        What zsh wants before the heading if the completer serves many words.
        """
        return "*" if self._repeat else ""

    def _description(self, optName: str | None) -> str:
        """
        Return the heading; that is the option's name if there is no better one.
        """
        return str(optName) if self._descr is None else self._descr

    def _zsh(self, heading: str) -> str:
        """
        Return the zsh action: a completion function, a list in parentheses or
        code in braces (zshcompsys(1), C{_arguments}).
        """
        return ""

    def _shellCode(self, optName: str | None, shellType: str) -> str:
        """
        Return the end of a specification of C{_arguments}: heading and action.

        @param optName: the option's long name, C{""} for an argument.
        @raise NotImplementedError: *shellType* is not zsh.
        """
        if shellType != _ZSH:
            raise NotImplementedError(f"Unknown shellType {shellType!r}")
        heading = self._description(optName)
        return f"{self._repeatFlag}:{heading}:{self._zsh(heading)}"


class CompleteFiles(Completer):
    """
    Offers names of files.
    """

    def __init__(self, globPattern: str = "*", **kw: Any) -> None:
        """
        @param globPattern: which files, as the shell writes it.
        @param kw: as for L{Completer}.
        """
        super().__init__(**kw)
        self._globPattern = globPattern

    def _description(self, optName: str | None) -> str:
        return f"{super()._description(optName)} ({self._globPattern})"

    def _zsh(self, heading: str) -> str:
        return f'_files -g "{self._globPattern}"'


class CompleteDirs(Completer):
    """
    Offers names of directories.
    """

    def _zsh(self, heading: str) -> str:
        return "_directories"


class CompleteList(Completer):
    """
    Offers one of some words.
    """

    def __init__(self, items: Iterable[str], **kw: Any) -> None:
        """
        @param items: the words.
        @param kw: as for L{Completer}.
        """
        super().__init__(**kw)
        self._items = items

    def _zsh(self, heading: str) -> str:
        return f"({' '.join(self._items)})"


class CompleteMultiList(Completer):
    """
    Offers some words, of which several can be given with commas between them.
    """

    def __init__(self, items: Iterable[str], **kw: Any) -> None:
        """
        @param items: the words.
        @param kw: as for L{Completer}.
        """
        super().__init__(**kw)
        self._items = items

    def _zsh(self, heading: str) -> str:
        return f"_values -s , '{heading}' {' '.join(self._items)}"


class CompleteUsernames(Completer):
    """
    Offers names of the system's users.
    """

    def _zsh(self, heading: str) -> str:
        return "_users"


class CompleteGroups(Completer):
    """
    Offers names of the system's groups.
    """

    _descr = "group"

    def _zsh(self, heading: str) -> str:
        return "_groups"


class CompleteHostnames(Completer):
    """
    Offers names of hosts that the shell knows.
    """

    def _zsh(self, heading: str) -> str:
        return "_hosts"


class CompleteUserAtHost(Completer):
    """
    Offers a host, or a user and a host with an at sign between them.
    """

    _descr = "host | user@host"

    def _zsh(self, heading: str) -> str:
        return '{_alternative "hosts:host:_hosts" "users-hosts:user at host:_user_at_host"}'


class CompleteNetInterfaces(Completer):
    """
    Offers names of the system's network interfaces.
    """

    def _zsh(self, heading: str) -> str:
        return "_net_interfaces"


__all__ = [
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
]
