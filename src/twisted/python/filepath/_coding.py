"""
File names as text and as bytes.
"""

from __future__ import annotations

import os
from typing import AnyStr


def _asFilesystemBytes(path: str | bytes, encoding: str | None = None) -> bytes:
    """
    Return *path* as bytes.

    @param path: a file name.
    @param encoding: what to encode it with; by default what the file system's
        names are in, where bytes that are no text come back as they were.
    @raise UnicodeError: if *encoding* cannot express it.
    """
    if isinstance(path, bytes):
        return path
    return os.fsencode(path) if encoding is None else path.encode(encoding)


def _asFilesystemText(path: str | bytes, encoding: str | None = None) -> str:
    """
    Return *path* as text; see L{_asFilesystemBytes}.
    """
    if isinstance(path, str):
        return path
    return os.fsdecode(path) if encoding is None else path.decode(encoding)


def _coerceToFilesystemEncoding(
    path: AnyStr, newpath: str | bytes, encoding: str | None = None
) -> AnyStr:
    """
    Return *newpath* in the type of *path*.

    @param path: anything of the wanted type.
    @param newpath: a file name.
    @param encoding: as for L{_asFilesystemBytes}.
    """
    if isinstance(path, bytes):
        return _asFilesystemBytes(newpath, encoding)
    return _asFilesystemText(newpath, encoding)
