"""
Save a Small OBject to a file, and load it again: as a pickle, or as source.

What is loaded is B{run}: a pickle, as much as source, may do whatever a program
may.  Load only what you trust as you trust your code.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any

from zope.interface import Interface, implementer

from twisted.persisted import styles
from twisted.python import log

__all__ = [
    "IPersistable",
    "Persistant",
    "Persistent",
    "guessType",
    "load",
    "loadValueFromFile",
]


class IPersistable(Interface):
    """
    Something that can be saved to a file.
    """

    def setStyle(style: str) -> None:
        """
        Choose how it is saved.

        @param style: C{"pickle"} or C{"source"}.
        """

    def save(
        tag: str | None = None, filename: str | None = None, passphrase: str | None = None
    ) -> None:
        """
        Save it.

        @param tag: a word for the file's name, if that is not given.
        @param filename: the file's name.
        @param passphrase: must be L{None}; files are not encrypted.
        """


def _dumpPickle(original: Any, file: IO[bytes]) -> None:
    """Write *original* to *file* as a pickle that older programs can read."""
    pickle.dump(original, file, 2)


def _dumpSource(original: Any, file: IO[bytes]) -> None:
    """Write *original* to *file* as source."""
    # Few programs write source, and these should not pay for the others' start.
    from twisted.persisted.aot import jellyToSource

    jellyToSource(original, file)


def _loadPickle(filename: str) -> Any:
    """Return what is pickled in the file."""
    with open(filename, "rb") as file:
        return pickle.load(file)


def _loadSource(filename: str) -> Any:
    """Return what the file defines as C{app}."""
    # As above.
    from twisted.persisted.aot import unjellyFromSource

    with open(filename, encoding="utf-8") as file:
        return unjellyFromSource(file)


_Dump = Callable[[Any, IO[bytes]], None]
_Load = Callable[[str], Any]

# By style: the end of a file's name, and who writes and reads it.
_STYLES: dict[str, tuple[str, _Dump, _Load]] = {
    "pickle": ("tap", _dumpPickle, _loadPickle),
    "source": ("tas", _dumpSource, _loadSource),
}


@implementer(IPersistable)
class Persistent:
    """
    Saves an object to a file.

    @ivar original: the object.
    @ivar name: the beginning of the file's name.
    @ivar style: how it is saved, C{"pickle"} or C{"source"}.
    """

    style = "pickle"

    def __init__(self, original: Any, name: str) -> None:
        """
        @param original: what is saved.
        @param name: the file is C{name.tap}, C{name-tag.tas} and the like.
        """
        self.original = original
        self.name = name

    def setStyle(self, style: str) -> None:
        """
        Choose how it is saved.

        @param style: C{"pickle"} or C{"source"}.
        """
        self.style = style

    def save(
        self, tag: str | None = None, filename: str | None = None, passphrase: None = None
    ) -> None:
        """
        Save the object, as one step: until all is written the file, if there
        is one, stays what it was.

        @param tag: a word for the file's name.
        @param filename: the whole name, instead of one made up.
        @param passphrase: must be L{None}.
        @raise TypeError: there is a passphrase.
        """
        if passphrase is not None:
            raise TypeError("passphrase must be None")
        ending, dump, _ = _STYLES.get(self.style, _STYLES["pickle"])
        if not filename:
            filename = f"{self.name}-{tag}.{ending}" if tag else f"{self.name}.{ending}"
        log.msg(f"Saving {self.name} application to {filename}...")
        self._replace(filename, dump)
        log.msg("Saved.")

    def _replace(self, filename: str, dump: _Dump) -> None:
        """Have *dump* write a file beside *filename*, then take its place."""
        folder, base = os.path.split(filename)
        descriptor, fresh = tempfile.mkstemp(prefix=base + "-", dir=folder or ".")
        try:
            with open(descriptor, "wb") as file:
                # It is ours until here; a file of that name has the usual mode.
                os.fchmod(descriptor, 0o666 & ~_umask())
                dump(self.original, file)
            os.replace(fresh, filename)
        except BaseException:
            os.unlink(fresh)
            raise


# The name of early days.
Persistant = Persistent


def _umask() -> int:
    """Return the process's umask, which one can ask for only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


class _EverythingEphemeral(styles.Ephemeral):
    """
    Stands for C{__main__} while something is loaded.

    An object may have been saved by a program that was C{__main__} then; what
    the present one has not is no reason to fail.

    @ivar mainMod: the true C{__main__}.
    @ivar initRun: true while source is run.
    """

    initRun = 0

    def __init__(self, mainMod: Any) -> None:
        self.mainMod = mainMod

    def __getattr__(self, key: str) -> Any:
        try:
            return getattr(self.mainMod, key)
        except AttributeError:
            if self.initRun:
                raise
            log.msg(f"Warning!  Loading from __main__: {key}")
            return styles.Ephemeral()


def load(filename: str, style: str) -> Any:
    """
    Load what was saved.

    @param filename: the file.
    @param style: C{"pickle"} or C{"source"}.
    @return: the object, brought up to date by L{styles.doUpgrade}.  One that
        can be adapted to L{IPersistable} will be saved in the same style.
    """
    _, _, read = _STYLES.get(style, _STYLES["pickle"])
    main = sys.modules["__main__"]
    standIn: Any = _EverythingEphemeral(main)
    sys.modules["__main__"] = standIn
    standIn.initRun = 1
    try:
        value = read(filename)
        # What asks after this is not the file itself.
        standIn.initRun = 0
        styles.doUpgrade()
    finally:
        sys.modules["__main__"] = main
    persistable: Any = IPersistable(value, None)
    if persistable is not None:
        persistable.setStyle(style)
    return value


def loadValueFromFile(filename: str, variable: str) -> Any:
    """
    Run a Python file, as C{twistd} does with a C{.tac}.

    @param filename: the file.
    @param variable: the name that the file defines.
    @return: its value.
    @raise KeyError: the file defines no such name.
    @raise SyntaxError: it is no Python.
    """
    with open(filename, "rb") as file:
        code = compile(file.read(), filename, "exec")
    namespace: dict[str, Any] = {"__file__": filename}
    exec(code, namespace)
    return namespace[variable]


_TYPES = {
    ".py": "python",
    ".tac": "python",
    ".etac": "python",
    ".tap": "pickle",
    ".etap": "pickle",
    ".tas": "source",
    ".etas": "source",
}


def guessType(filename: str) -> str:
    """
    Guess from a file's name how it can be loaded.

    @param filename: the name.
    @return: C{"python"}, C{"pickle"} or C{"source"}.
    @raise KeyError: it ends in nothing known; the ending.
    """
    return _TYPES[os.path.splitext(filename)[1]]
