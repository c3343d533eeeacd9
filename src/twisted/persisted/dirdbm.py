"""
A database that is a directory, with a file for every key.

Slow, and easy to look into.  One thread or process at a time, please, and no
files of others in the directory.
"""

from __future__ import annotations

import base64
import os
import pickle
from collections.abc import Mapping
from typing import Any

from twisted.python.filepath import FilePath

__all__ = ["open", "DirDBM", "Shelf"]

# How names end: what is being written, and what a writer of old, who could not
# put one file in the place of another in one step, had written already.
_NEW = ".new"
_REPLACEMENT = ".rpl"

# Base 64 has two characters that a name cannot do with.
_TO_NAME = bytes.maketrans(b"/\n", b"-_")
_FROM_NAME = bytes.maketrans(b"-_", b"/\n")


def _bytes(thing: Any, what: str) -> None:
    """
    @raise TypeError: *thing* is no L{bytes}.
    """
    if not isinstance(thing, bytes):
        raise TypeError(f"DirDBM {what} must be bytes")


class DirDBM:
    """
    Values by keys, both L{bytes}, in a directory.

    Setting a value is one step: a crash in the midst of it leaves the old one
    or the new one.

    @ivar dname: the path of the directory.
    """

    def __init__(self, name: str | bytes) -> None:
        """
        @param name: the path of the directory; it is made if there is none.
            What a crash has left in it is cleared up.
        @raise OSError: it is there and no directory, or cannot be made.
        """
        self._dnamePath = FilePath(os.fsdecode(name))
        self.dname = self._dnamePath.path
        if not self._dnamePath.isdir():
            self._dnamePath.createDirectory()
        self._recover()

    def _recover(self) -> None:
        """Forget what was not written to its end, take what was."""
        for path in self._dnamePath.children():
            if path.path.endswith(_NEW):
                path.remove()
            elif path.path.endswith(_REPLACEMENT):
                proper = FilePath(path.path[: -len(_REPLACEMENT)])
                if proper.exists():
                    path.remove()
                else:
                    path.moveTo(proper)

    def _names(self) -> list[str]:
        """Return the names of the files of values."""
        return [name for name in self._dnamePath.listdir() if name.endswith("_")]

    def _encode(self, k: bytes) -> bytes:
        """Return the name of the file for a key."""
        encoded = base64.encodebytes(k) or b"\n"
        return encoded.translate(_TO_NAME)

    def _decode(self, k: bytes) -> bytes:
        """Return the key of a file's name."""
        return base64.decodebytes(k.translate(_FROM_NAME))

    def _readFile(self, path: FilePath[str]) -> bytes:
        """Return what is in a file."""
        with path.open() as file:
            content: bytes = file.read()
        return content

    def _writeFile(self, path: FilePath[str], data: bytes) -> None:
        """Write a file."""
        with path.open("w") as file:
            file.write(data)

    def _path(self, key: Any) -> FilePath[str]:
        """
        Return the path of the file for *key*.

        @raise TypeError: it is no L{bytes}.
        """
        _bytes(key, "key")
        return self._dnamePath.child(self._encode(key).decode("ascii"))

    def _existing(self, key: Any) -> FilePath[str]:
        """
        Return the path of the file for *key*, which is there.

        @raise KeyError: there is none.
        """
        path = self._path(key)
        if not path.isfile():
            raise KeyError(key)
        return path

    def __len__(self) -> int:
        return len(self._names())

    def __setitem__(self, k: bytes, v: bytes) -> None:
        """
        Set the value of a key.

        @raise TypeError: one is no L{bytes}.
        @raise OSError: it cannot be written; the old value stays.
        """
        _bytes(k, "key")
        _bytes(v, "value")
        self._set(k, v)

    def _set(self, key: bytes, value: bytes) -> None:
        """Write a file and move it to its place."""
        proper = self._path(key)
        fresh = FilePath(proper.path + _NEW)
        try:
            self._writeFile(fresh, value)
            os.replace(fresh.path, proper.path)
        except BaseException:
            if fresh.exists():
                fresh.remove()
            raise

    def __getitem__(self, k: bytes) -> Any:
        """
        Return the value of a key.

        @raise KeyError: there is no such key.
        """
        return self._readFile(self._existing(k))

    def __delitem__(self, k: bytes) -> None:
        """
        Forget a key.

        @raise KeyError: there is no such key.
        """
        self._existing(k).remove()

    def __contains__(self, key: bytes) -> bool:
        return self.has_key(key)

    def keys(self) -> list[bytes]:
        """
        Return the keys.
        """
        return [self._decode(name.encode("ascii")) for name in self._names()]

    def values(self) -> list[Any]:
        """
        Return the values.
        """
        return [self[key] for key in self.keys()]

    def items(self) -> list[tuple[bytes, Any]]:
        """
        Return the keys, each with its value.
        """
        return [(key, self[key]) for key in self.keys()]

    def has_key(self, key: bytes) -> bool:
        """
        Tell whether there is a value.

        @param key: its key.
        """
        return bool(self._path(key).isfile())

    def setdefault(self, key: bytes, value: Any) -> Any:
        """
        Return the value of a key, and set it first if there is none.

        @param key: the key.
        @param value: the value that it gets if it has none.
        """
        if key not in self:
            self[key] = value
        return self[key]

    def get(self, key: bytes, default: Any = None) -> Any:
        """
        Return the value of a key.

        @param key: the key.
        @param default: what is returned if it has none.
        """
        return self[key] if key in self else default  # noqa: SIM401  (it is what get does)

    def update(self, other: Mapping[bytes, Any]) -> None:
        """
        Set many values.

        @param other: by their keys, the values.
        """
        for key, value in other.items():
            self[key] = value

    def copyTo(self, path: str | bytes) -> DirDBM:
        """
        Copy all.

        @param path: a directory; if it is a database already, it is cleared.
        @return: the other database.
        """
        other = self.__class__(path)
        other.clear()
        for key in self.keys():
            other._set(key, self._readFile(self._existing(key)))
        return other

    def clear(self) -> None:
        """
        Forget everything.
        """
        for key in self.keys():
            del self[key]

    def close(self) -> None:
        """
        Do nothing; for those who think they ought to.
        """

    def getModificationTime(self, key: bytes) -> float:
        """
        Tell when a key was last set.

        @param key: the key.
        @return: the time, in seconds since the epoch.
        @raise KeyError: there is no such key.
        """
        return float(self._existing(key).getModificationTime())


class Shelf(DirDBM):
    """
    As L{DirDBM}, but the values are any objects that can be pickled.

    Who can write to the directory can run code in the program that reads it.
    """

    def __setitem__(self, k: bytes, v: Any) -> None:
        """
        Set the value of a key.

        @raise pickle.PicklingError: it cannot be kept.
        """
        _bytes(k, "key")
        self._set(k, pickle.dumps(v))

    def __getitem__(self, k: bytes) -> Any:
        """
        Return the value of a key.

        @raise KeyError: there is no such key.
        """
        return pickle.loads(super().__getitem__(k))


def open(file: str | bytes, flag: Any = None, mode: Any = None) -> DirDBM:
    """
    Open a database as the L{dbm} modules do.

    @param file: the directory.
    @param flag: is there for their sake.
    @param mode: is there for their sake.
    @return: a L{DirDBM}.
    """
    return DirDBM(file)
