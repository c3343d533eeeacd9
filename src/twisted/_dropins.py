"""
What L{twisted.plugin} knows of a directory of plugin modules, and the file
C{dropin.cache} in which it is remembered.

The rules:

  - A module is looked into (imported) only if the cache does not know it as it
    is now; a cached one is imported when one of its plugins is wanted.
  - The cache is JSON, so that reading one can at worst be useless: a file that
    was damaged, or was written by something else, counts as absent.
  - It is replaced as a whole, so that readers never see half of one, and of
    writers that race, one wins.  A directory that cannot be written to costs a
    line in the log and the time to import its modules, nothing else.
"""

from __future__ import annotations

import json
import os
import pkgutil
import secrets
from collections.abc import Iterator
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from typing import Any, NamedTuple

CACHE_NAME = "dropin.cache"
#: Said in each cache; those of another format are not read.
FORMAT = "torsion-dropin-1"

#: In the order in which Python looks for them.
_SUFFIXES = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, *BYTECODE_SUFFIXES)


class PluginRecord(NamedTuple):
    """
    What is known of a plugin without importing its module.

    @ivar name: its name in the module.
    @ivar description: its docstring.
    @ivar provided: identifiers of the interfaces that it declares, in order.
    @ivar inherited: identifiers of those and of all that they extend.
    """

    name: str
    description: str | None
    provided: tuple[str, ...]
    inherited: frozenset[str]


class ModuleRecord(NamedTuple):
    """
    What is known of a plugin module.

    @ivar stamp: file name, size and time of change when it was looked into.
    @ivar description: its docstring.
    """

    stamp: Stamp
    moduleName: str
    description: str | None
    plugins: tuple[PluginRecord, ...]


class Stamp(NamedTuple):
    """
    By what a changed file is told from an unchanged one.

    @ivar modified: nanoseconds since the epoch.
    """

    fileName: str
    size: int
    modified: int


def _stampOf(entry: os.DirEntry[str]) -> tuple[str, int, Stamp] | None:
    """
    Return module name, rank among files of that name, and stamp of a directory
    entry; L{None} if it is no module.
    """
    suffix = next(filter(entry.name.endswith, _SUFFIXES), None)
    if suffix is None:
        name, rank, path = entry.name, -1, os.path.join(entry.path, "__init__.py")
    else:
        name, rank, path = entry.name[: -len(suffix)], _SUFFIXES.index(suffix), entry.path
    if not name.isidentifier() or name == "__init__":
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return name, rank, Stamp(entry.name, status.st_size, status.st_mtime_ns)


def modulesIn(directory: str) -> dict[str, Stamp | None]:
    """
    Return the modules to be imported from an entry of a package's path, by name.

    @param directory: a directory, or a place in a zip archive; anything else
        has no modules.
    @return: stamps, each L{None} where there is no file to ask.
    """
    found: dict[str, tuple[int, Stamp]] = {}
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                seen = _stampOf(entry)
                if seen is None:
                    continue
                name, rank, stamp = seen
                if name not in found or rank < found[name][0]:
                    found[name] = (rank, stamp)
    except OSError:
        return {info.name: None for info in pkgutil.iter_modules([directory])}
    return {name: found[name][1] for name in sorted(found)}


class Dropins:
    """
    The cache of one directory.

    @ivar records: by module name.
    """

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, CACHE_NAME)
        self.records: dict[str, ModuleRecord] = {}
        self._changed = False
        self._written = 0
        try:
            with open(self.path, "rb") as file:
                self._written = os.fstat(file.fileno()).st_mtime_ns
                content = json.load(file)
            self.records = dict(_decode(content))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.records = {}

    def fresh(self, name: str, stamp: Stamp | None) -> ModuleRecord | None:
        """
        Return what is known of module *name* if that is still true.

        A file is the same if name and size are, and if it is either as old as it
        was or older than the cache: packagers set times as they like.
        """
        record = self.records.get(name)
        if record is None or stamp is None:
            return None
        if record.stamp[:2] != stamp[:2]:
            return None
        if record.stamp.modified != stamp.modified and stamp.modified >= self._written:
            return None
        return record

    def learn(self, name: str, record: ModuleRecord) -> None:
        """Remember a module."""
        self.records[name] = record
        self._changed = True

    def forget(self, name: str) -> None:
        """Drop what was known of a module."""
        if self.records.pop(name, None) is not None:
            self._changed = True

    def keep(self, names: Iterator[str] | set[str]) -> None:
        """Drop all modules but *names*."""
        for gone in set(self.records) - set(names):
            self.forget(gone)

    def save(self) -> None:
        """
        Write the cache if it changed.

        @raise OSError: it cannot be written.
        """
        if not self._changed:
            return
        text = json.dumps(_encode(self.records), indent=1)
        temporary = f"{self.path}.{os.getpid()}.{secrets.token_hex(4)}.new"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(temporary, self.path)
        except BaseException:
            os.unlink(temporary)
            raise
        self._changed = False


def _encode(records: dict[str, ModuleRecord]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "modules": {
            name: {
                "stamp": list(record.stamp),
                "module": record.moduleName,
                "description": record.description,
                "plugins": [
                    [p.name, p.description, list(p.provided), sorted(p.inherited)]
                    for p in record.plugins
                ],
            }
            for name, record in records.items()
        },
    }


def _decode(content: Any) -> Iterator[tuple[str, ModuleRecord]]:
    """
    @raise ValueError: it is of another format; any of the errors of a wrong type
        if it only says that it is of ours.
    """
    if content["format"] != FORMAT:
        raise ValueError("another format")
    for name, entry in content["modules"].items():
        fileName, size, modified = entry["stamp"]
        plugins = tuple(
            PluginRecord(plugin, description, tuple(provided), frozenset(inherited))
            for plugin, description, provided, inherited in entry["plugins"]
        )
        stamp = Stamp(fileName, size, modified)
        yield name, ModuleRecord(stamp, entry["module"], entry["description"], plugins)
