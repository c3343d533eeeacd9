"""
What can go wrong with paths.
"""

from __future__ import annotations

import errno

# What Windows says when there is no such directory to list.
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_INVALID_NAME = 123
ERROR_DIRECTORY = 267

_notListed = frozenset((errno.ENOENT, errno.ENOTDIR))
_notListedOnWindows = frozenset(
    (ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_INVALID_NAME, ERROR_DIRECTORY)
)


class InsecurePath(Exception):
    """
    A name would have led out of the directory that it was to be in.
    """


class LinkError(Exception):
    """
    Symbolic links lead round in a circle.
    """


class UnlistableError(OSError):
    """
    What was to be listed does not exist, or is no directory.

    Other reasons for which a directory cannot be listed are plain C{OSError}s.

    @ivar originalException: the error of the operating system.
    """

    def __init__(self, originalException: OSError) -> None:
        """
        @param originalException: see above; its number, text and attributes
            are those of the new error too.
        """
        said = originalException
        super().__init__(said.errno, said.strerror, said.filename)
        self.__dict__.update(said.__dict__)
        self.originalException = originalException

    def __reduce__(self) -> tuple[type[UnlistableError], tuple[OSError]]:
        return (type(self), (self.originalException,))


def meansUnlistable(error: OSError) -> bool:
    """
    Tell whether *error* says that there is no such directory.
    """
    return error.errno in _notListed or getattr(error, "winerror", None) in _notListedOnWindows
