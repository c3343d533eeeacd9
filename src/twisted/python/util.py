"""
Small things that have no better place.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections import OrderedDict as _OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from types import FrameType
from typing import Any, AnyStr, ClassVar, TypeVar, cast

try:
    import grp as _grp
    import pwd as _pwd
    from os import initgroups as _initgroups
except ImportError:  # Windows has neither users nor groups of this kind
    _grp = _pwd = _initgroups = None  # type: ignore[assignment]

T = TypeVar("T")


class InsensitiveDict(MutableMapping[Any, T]):
    """
    A dict that does not tell upper from lower case in its keys.

    @ivar preserve: whether C{keys} and C{items} give the keys as they were
        set; otherwise in lower case.
    """

    def __init__(self, dict: Any = None, preserve: Any = 1) -> None:
        """
        @param dict: a mapping, or pairs, to begin with.
        """
        self.data: dict[Any, tuple[Any, T]] = {}
        self.preserve = preserve
        if dict is not None:
            self.update(dict)

    @staticmethod
    def _lowerOrReturn(key: Any) -> Any:
        return key.lower() if isinstance(key, (bytes, str)) else key

    def _doPreserve(self, key: Any) -> Any:
        return key if self.preserve else self._lowerOrReturn(key)

    def __delitem__(self, key: Any) -> None:
        del self.data[self._lowerOrReturn(key)]

    def __getitem__(self, key: Any) -> T:
        return self.data[self._lowerOrReturn(key)][1]

    def __setitem__(self, key: Any, value: T) -> None:
        self.data[self._lowerOrReturn(key)] = (key, value)

    def has_key(self, key: Any) -> bool:
        """Tell whether *key* is there."""
        return key in self

    def __contains__(self, key: object) -> bool:
        return self._lowerOrReturn(key) in self.data

    def __iter__(self) -> Iterator[Any]:
        for key, _ in self.data.values():
            yield self._doPreserve(key)

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            for key, value in self.items():
                if key not in other or other[key] != value:
                    return False
            return len(self) == len(other)
        return False

    def keys(self) -> list[Any]:  # type: ignore[override]
        """Return the keys, as a list."""
        return list(self)

    def values(self) -> list[T]:  # type: ignore[override]
        """Return the values, as a list."""
        return list(self.itervalues())

    def items(self) -> list[tuple[Any, T]]:  # type: ignore[override]
        """Return the items, as a list."""
        return list(self.iteritems())

    def setdefault(self, key: Any, default: T) -> T:  # type: ignore[override]
        """Return the value of *key*, which is set to *default* if it is not there."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, dict: Any) -> None:  # type: ignore[override]
        """Take over the items of *dict*, a mapping or pairs."""
        super().update(dict)

    def iterkeys(self) -> Iterator[Any]:
        """Iterate over the keys."""
        return iter(self)

    def itervalues(self) -> Iterator[T]:
        """Iterate over the values."""
        return (value for _, value in self.data.values())

    def iteritems(self) -> Iterator[tuple[Any, T]]:
        """Iterate over the items."""
        return ((self._doPreserve(key), value) for key, value in self.data.values())

    def copy(self) -> InsensitiveDict[T]:
        """Return a dict of the same items."""
        return InsensitiveDict(self, self.preserve)

    def __repr__(self) -> str:
        items = ", ".join(f"{key!r}: {value!r}" for key, value in self.items())
        return "InsensitiveDict({%s})" % (items,)


def uniquify(lst: Iterable[T]) -> list[T]:
    """Return what is in *lst*, each once, in the order of first occurrence."""
    return list(dict.fromkeys(lst))


def padTo(n: int, seq: Sequence[Any], default: Any = None) -> list[Any]:
    """
    Return *seq* as a list, filled up to *n* items with *default*.

    @raise ValueError: it is longer than that.
    """
    if len(seq) > n:
        raise ValueError("%d elements is more than %d." % (len(seq), n))
    return list(seq) + [default] * (n - len(seq))


def _deprecated(name: str) -> None:
    # Not by deprecate's decorator: this module is loaded by everybody.
    warnings.warn(
        f"{__name__}.{name} is deprecated since Twisted 12.2.",
        DeprecationWarning,
        stacklevel=3,
    )


def getPluginDirs() -> list[str]:
    """Return where plugins of old kinds lay.  Deprecated."""
    _deprecated("getPluginDirs")
    # Late: this is hardly ever asked.
    import twisted

    root = os.path.dirname(os.path.dirname(os.path.abspath(twisted.__file__)))
    places = [
        os.path.join(root, "plugins"),
        os.path.join(os.path.dirname(os.path.abspath(twisted.__file__)), "plugins"),
        os.path.expanduser(os.path.join("~", "TwistedPlugins")),
        os.path.join(root, "twisted", "plugins"),
    ]
    return list(filter(os.path.isdir, places))


def addPluginDir() -> None:
    """Let modules be imported from where plugins of old kinds lay.  Deprecated."""
    _deprecated("addPluginDir")
    sys.path.extend(getPluginDirs())


def sibpath(path: AnyStr, sibling: AnyStr) -> AnyStr:
    """Return the path of the file *sibling* next to the file *path*."""
    folder, _ = os.path.split(os.path.abspath(path))
    return os.path.join(folder, sibling)


def _getpass(prompt: str) -> str:
    """Ask at the terminal, without echo; end-of-file is an interrupt."""
    # Late: loads termios.
    import getpass

    try:
        return getpass.getpass(prompt)
    except (OSError, EOFError) as problem:
        if isinstance(problem, EOFError) or problem.errno == errno.EINTR:
            raise KeyboardInterrupt
        raise


@contextmanager
def _atTerminal() -> Iterator[None]:
    """Let standard input and output be the terminal meanwhile."""
    before = sys.stdin, sys.stdout
    with ExitStack() as files:
        try:
            # Twice: one file of text for both ways would have to be seekable.
            source = files.enter_context(open("/dev/tty"))
            sink = files.enter_context(open("/dev/tty", "w"))
        except BaseException:
            raise RuntimeError("Cannot obtain a TTY")
        sys.stdin, sys.stdout = source, sink
        try:
            yield
        finally:
            sys.stdin, sys.stdout = before


def getPassword(
    prompt: str = "Password: ",
    confirm: Any = 0,
    forceTTY: Any = 0,
    confirmPrompt: str = "Confirm password: ",
    mismatchMessage: str = "Passwords don't match.",
) -> str:
    """
    Ask for a password.

    @param confirm: ask twice, until both agree.
    @param forceTTY: ask at the terminal even if standard input is none.
    @raise RuntimeError: the terminal is asked for and there is none.
    """
    # A stand-in for standard input may not know what it is.
    interactive = getattr(sys.stdin, "isatty", bool)()
    if not (interactive or forceTTY):
        return _readPassword()
    with nullcontext() if interactive else _atTerminal():
        password = _getpass(prompt)
        while confirm and password != _getpass(confirmPrompt):
            sys.stdout.write(f"{mismatchMessage}\n")
            password = _getpass(prompt)
    return password


def _readPassword() -> str:
    return sys.stdin.readline().rstrip("\n")


def println(*a: object) -> None:
    """Write *a*, with spaces between, as a line to standard output."""
    sys.stdout.write(" ".join(map(str, a)) + "\n")


def makeStatBar(
    width: int,
    maxPosition: int,
    doneChar: str = "=",
    undoneChar: str = "-",
    currentChar: str = ">",
) -> Callable[..., str]:
    """
    Make a function that draws how far something is.

    @param width: columns of the bar.
    @param maxPosition: the position at which it is full.
    @return: takes the position, and optionally a force flag and the maximum.
    """
    inner = width - 2

    def statBar(
        position: float,
        force: Any = 0,
        last: list[str] = [""],  # noqa: B006
    ) -> str:
        done = int(inner * position / maxPosition)
        bar = f"[{doneChar * done}{currentChar}{undoneChar * (inner - done - 1)}]"
        if force:
            last[0] = ""
        if bar == last[0]:
            return ""
        last[0] = bar
        return bar

    statBar.__doc__ = (
        "statBar(position, force = 0) -> '[%s%s%s]'-style progress bar\n\n"
        "Draws nothing when nothing has changed since the last time."
        % (doneChar * 3, currentChar, undoneChar * 3)
    )
    return statBar


def spewer(frame: FrameType, s: str, ignored: object) -> None:
    """
    A trace function that prints each call; for C{sys.settrace}.
    """
    # Late: only who traces needs it.
    from twisted.python import reflect

    if s != "call":
        return
    this = frame.f_locals.get("self")
    if this is not None:
        kind = getattr(this, "__class__", type(this))
        name = reflect.qual(kind)
        print(f"method {frame.f_code.co_name} of {name} at {id(this)}")
    else:
        print(
            f"function {frame.f_code.co_name} in {frame.f_code.co_filename}, line {frame.f_lineno}"
        )


def searchupwards(start: str, files: Sequence[str] = (), dirs: Sequence[str] = ()) -> str | None:
    """
    Return the nearest folder, *start* or above, that has all of *files* and
    *dirs* in it; L{None} if there is none.
    """
    place = os.path.abspath(start)
    while True:
        if all(os.path.isfile(os.path.join(place, name)) for name in files) and all(
            os.path.isdir(os.path.join(place, name)) for name in dirs
        ):
            return place + os.sep if not place.endswith(os.sep) else place
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


class LineLog:
    """
    Remembers the last lines of a log.
    """

    log: list[Any]

    def __init__(self, size: int = 10) -> None:
        """
        @param size: how many lines; negative for any number.
        """
        self.size = max(size, 0)
        self.clear()

    def append(self, line: Any) -> None:
        """Remember *line*, L{bytes} or text, and forget the oldest."""
        self.log.append(line)
        if self.size:
            del self.log[0]

    def str(self) -> Any:
        """Return the lines, as L{bytes} unless they are text."""
        lines = self[:]
        text = bool(lines) and not isinstance(lines[0], bytes)
        return "\n".join(lines) if text else b"\n".join(lines)

    def __bytes__(self) -> bytes:
        lines: bytes = self.str()
        return lines

    def __getitem__(self, item: Any) -> Any:
        return [line for line in self.log if line][item]

    def clear(self) -> None:
        """Forget all lines."""
        self.log = [None] * self.size


def raises(
    exception: type[BaseException], f: Callable[..., Any], *args: Any, **kwargs: Any
) -> bool:
    """Tell whether calling *f* raises *exception*."""
    with suppress(exception):
        f(*args, **kwargs)
        return False
    return True


class IntervalDifferential:
    """
    Several repeating intervals on one time line: iterating gives how long to
    wait for the next tick, and whose it is.
    """

    def __init__(self, intervals: Iterable[float], default: float = 60) -> None:
        """
        @param default: the wait while there are no intervals.
        """
        self.intervals = list(intervals)
        self.default = default

    def __iter__(self) -> _IntervalDifferentialIterator:
        return _IntervalDifferentialIterator(self.intervals, self.default)


class _IntervalDifferentialIterator:
    def __init__(self, intervals: Sequence[float], default: float) -> None:
        # next tick, interval, number
        self.intervals: list[list[float]] = [
            [interval, interval, number] for number, interval in enumerate(intervals)
        ]
        self.default = default
        self.last: float = 0

    def __iter__(self) -> _IntervalDifferentialIterator:
        return self

    def __next__(self) -> tuple[float, float | None]:
        if not self.intervals:
            return self.default, None
        first = min(self.intervals, key=lambda entry: (entry[0], entry[2]))
        tick, interval, number = first
        wait = tick - self.last
        self.last = tick
        first[0] += interval
        return wait, number

    #: For programs that call it by its name in Python 2.
    next = __next__

    def addInterval(self, i: float) -> None:
        """Tick every *i*, too."""
        number = max((entry[2] for entry in self.intervals), default=-1) + 1
        self.intervals.append([self.last + i, i, number])

    def removeInterval(self, interval: float) -> None:
        """
        Tick no longer every *interval*.

        @raise ValueError: it was not there.
        """
        for entry in self.intervals:
            if entry[1] == interval:
                self.intervals.remove(entry)
                for other in self.intervals:
                    if other[2] > entry[2]:
                        other[2] -= 1
                return
        raise ValueError("Specified interval not in IntervalDifferential")


class FancyStrMixin:
    """
    Gives a class a C{repr} that shows attributes.

    @cvar showAttributes: names; or tuples of name, how it is shown, and a
        format; or tuples of name and a function that makes the text.
    @cvar fancybasename: the name shown, by default the class's.
    """

    showAttributes: ClassVar[Sequence[Any]] = ()

    def __str__(self) -> str:
        parts = ["<", getattr(self, "fancybasename", self.__class__.__name__)]
        for shown in self.showAttributes:
            if isinstance(shown, str):
                parts.append(f" {shown}={getattr(self, shown)!r}")
            elif len(shown) == 2:
                parts.append(f" {shown[0]}=" + shown[1](getattr(self, shown[0])))
            else:
                parts.append(f" {shown[1]}=" + (shown[2] % (getattr(self, shown[0]),)))
        parts.append(">")
        return "".join(parts)

    __repr__ = __str__


class FancyEqMixin:
    """
    Gives a class equality by attributes.

    @cvar compareAttributes: their names; objects of one class are equal when
        all of these are.  With none, only an object itself is equal to it.
    """

    compareAttributes: ClassVar[Sequence[str]] = ()

    def __eq__(self, other: object) -> bool:
        if not self.compareAttributes:
            return self is other
        if not isinstance(self, other.__class__):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.compareAttributes)

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal


# -- users ---------------------------------------------------------------------------


def initgroups(uid: int, primaryGid: int) -> None:
    """
    Take on the groups of the user *uid* and *primaryGid*; nothing where there
    are no such groups.
    """
    if _initgroups is not None and _pwd is not None:
        _initgroups(_pwd.getpwuid(uid).pw_name, primaryGid)


_NOTHING_TO_DROP = (
    "tried to drop privileges and set{0} {1} but {0} is already {1}; should we be root? Continuing."
)


def switchUID(uid: int | None, gid: int | None, euid: Any = False) -> None:
    """
    Become another user and group for good.

    @param euid: change only the effective ones.
    """
    if euid:
        setuid, setgid, getuid = os.seteuid, os.setegid, os.geteuid
    else:
        setuid, setgid, getuid = os.setuid, os.setgid, os.getuid
    if gid is not None:
        setgid(gid)
    if uid is None:
        return
    if uid == getuid():
        warnings.warn(_NOTHING_TO_DROP.format("euid" if euid else "uid", uid), stacklevel=1)
    else:
        initgroups(uid, gid if gid is not None else os.getgid())
        setuid(uid)


def untilConcludes(f: Callable[..., T], *a: Any, **kw: Any) -> T:
    """Call *f* until it is not interrupted by a signal."""
    while True:
        try:
            return f(*a, **kw)
        except OSError as problem:
            if problem.args[0] == errno.EINTR:
                continue
            raise


def mergeFunctionMetadata(f: Any, g: Any) -> Any:
    """
    Give the function *g* the name, docstring, module and attributes of *f*.

    @return: *g*, or a copy where it cannot be changed.
    """
    for name in ("__name__", "__doc__", "__module__"):
        try:
            setattr(g, name, getattr(f, name))
        except (AttributeError, TypeError):
            pass
    try:
        g.__dict__.update(f.__dict__)
    except AttributeError:
        pass
    return g


def nameToLabel(mname: str) -> str:
    """Return a label for a method's name: C{"fooBar"} gives C{"Foo Bar"}."""
    words = []
    word = ""
    upper = True
    for letter in mname:
        if letter.isupper() and not upper:
            words.append(word)
            word = ""
        upper = letter.isupper() and not word
        word += letter
        upper = letter.isupper()
    words.append(word)
    label = " ".join(words)
    return label[:1].upper() + label[1:]


def _numberOf(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def uidFromString(uidString: str) -> int:
    """
    Return the number of the user *uidString*, a name or a number.

    @raise ValueError: there is no such user, and users have no names here.
    """
    number = _numberOf(uidString)
    if number is not None:
        return number
    if _pwd is None:
        raise ValueError(f"{uidString} is no number")
    return _pwd.getpwnam(uidString).pw_uid


def gidFromString(gidString: str) -> int:
    """
    Return the number of the group *gidString*, a name or a number.

    @raise ValueError: there is no such group, and groups have no names here.
    """
    number = _numberOf(gidString)
    if number is not None:
        return number
    if _grp is None:
        raise ValueError(f"{gidString} is no number")
    return _grp.getgrnam(gidString)[2]


def runAsEffectiveUser(
    euid: int, egid: int, function: Callable[..., T], *args: Any, **kwargs: Any
) -> T:
    """
    Call *function* as another user, by way of root if need be, and come back.

    @return: what it returns.
    """
    before = os.geteuid(), os.getegid()
    wanted = euid, egid
    _becomeEffectively(before, wanted)
    try:
        return function(*args, **kwargs)
    finally:
        _becomeEffectively(wanted, before)


def _becomeEffectively(now: tuple[int, int], then: tuple[int, int]) -> None:
    """Change user and group; only root may, so be it on the way."""
    if now == then:
        return
    user = now[0]
    if user != 0:
        os.seteuid(0)
        user = 0
    if now[1] != then[1]:
        os.setegid(then[1])
    if user != then[0]:
        os.seteuid(then[0])


def runWithWarningsSuppressed(
    suppressedWarnings: Iterable[tuple[tuple[Any, ...], dict[str, Any]]],
    f: Callable[..., T],
    *args: Any,
    **kwargs: Any,
) -> T:
    """
    Call *f* with warning filters in force while it runs.

    @param suppressedWarnings: arguments and keyword arguments of
        L{warnings.filterwarnings}.
    """
    with warnings.catch_warnings():
        for a, kw in suppressedWarnings:
            warnings.filterwarnings(*a, **kw)
        return f(*args, **kwargs)


def __getattr__(name: str) -> Any:
    if name == "OrderedDict":
        warnings.warn(
            "twisted.python.util.OrderedDict was deprecated in Twisted 15.5.0: Use"
            " collections.OrderedDict instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return cast(Any, _OrderedDict)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "FancyEqMixin",
    "FancyStrMixin",
    "InsensitiveDict",
    "IntervalDifferential",
    "LineLog",
    "OrderedDict",
    "addPluginDir",
    "getPassword",
    "getPluginDirs",
    "gidFromString",
    "makeStatBar",
    "mergeFunctionMetadata",
    "nameToLabel",
    "padTo",
    "println",
    "raises",
    "runAsEffectiveUser",
    "runWithWarningsSuppressed",
    "searchupwards",
    "sibpath",
    "spewer",
    "switchUID",
    "uidFromString",
    "uniquify",
    "untilConcludes",
]
