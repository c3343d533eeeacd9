"""
Names that stay below the directory they are to be in.

This is what L{FilePath.child <twisted.python.filepath.FilePath.child>} is safe
by.  No file is looked at: the functions work on names alone.
"""

from __future__ import annotations

import os
from typing import AnyStr, cast

from twisted.python.filepath._abstract import isWithin
from twisted.python.filepath._errors import InsecurePath

_IS_WINDOWS = os.name == "nt"

# What Windows takes for a device in every directory, with any extension.
_devices = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [kind + digit for kind in ("COM", "LPT") for digit in "0123456789\xb9\xb2\xb3"]
)

# By type: what separates names, what no name can have, and the names of no
# directory but this one and the one above.
_special: dict[type, tuple[str | bytes, str | bytes, frozenset[str | bytes]]] = {
    str: (os.sep, "\0", frozenset(("", os.curdir, os.pardir))),
    bytes: (
        os.sep.encode(),
        b"\0",
        frozenset((b"", os.curdir.encode(), os.pardir.encode())),
    ),
}


def childOf(directory: AnyStr, name: AnyStr) -> AnyStr:
    """
    Return the path of what is called *name* in *directory*.

    @param directory: an absolute path.
    @param name: one name; C{"."} and the empty one mean the directory itself.
    @return: an absolute, normalized path.
    @raise InsecurePath: if that would be somewhere else.
    """
    separator, null, moving = cast(
        tuple[AnyStr, AnyStr, frozenset[AnyStr]], _special[str if isinstance(name, str) else bytes]
    )
    if _IS_WINDOWS:
        refuseOnWindows(name)
    elif name not in moving and separator not in name and null not in name:
        # The usual case.
        return directory + (name if directory.endswith(separator) else separator + name)
    plain = os.path.normpath(name)
    if separator in plain:
        raise InsecurePath(f"{plain!r} contains one or more directory separators")
    return descendantOf(directory, plain)


def descendantOf(directory: AnyStr, path: AnyStr) -> AnyStr:
    """
    Return where *path* leads from *directory*.

    @param directory: an absolute path.
    @param path: a relative one.
    @return: an absolute, normalized path.
    @raise InsecurePath: if that is not in the directory.
    """
    if _special[str if isinstance(path, str) else bytes][1] in path:  # type: ignore[operator]
        raise InsecurePath(f"{path!r} contains a null character")
    if _IS_WINDOWS:
        refuseOnWindows(path)
    led = os.path.abspath(os.path.join(directory, path))
    if not isWithin(led, directory):
        raise InsecurePath(f"{led!r} is not a child of {directory!r}")
    return led


def refuseOnWindows(path: str | bytes) -> None:
    """
    See that Windows takes *path* for nothing but names of files.

    @raise InsecurePath: if it would see a drive, a stream or a device in it.
    """
    text = path if isinstance(path, str) else os.fsdecode(path)
    if ":" in text:
        raise InsecurePath(f"{path!r} contains a colon")
    for name in text.replace("/", "\\").split("\\"):
        if name.partition(".")[0].rstrip(" ").upper() in _devices:
            raise InsecurePath(f"{path!r} names a device")
