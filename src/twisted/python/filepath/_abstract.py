"""
What can be said of any path in terms of a few of its methods.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import IO, Any, AnyStr, Generic, Literal, TypeVar, cast

from twisted.python.filepath._errors import LinkError, UnlistableError, meansUnlistable

FileMode = Literal["r", "w", "a", "r+", "w+", "a+"]
"""How a file can be opened; it is always in binary mode."""

OtherAnyStr = TypeVar("OtherAnyStr", str, bytes)
"""The type of an argument, and so of what comes of it, whatever that of the path is."""

_Self = TypeVar("_Self", bound="AbstractFilePath[Any]")


def _inWholeSeconds(getter: str) -> Callable[[Any], int]:
    """
    Make the older kind of a method that returns a time.

    @param getter: the name of the method.
    """

    def seconds(self: AbstractFilePath[Any]) -> int:
        return int(getattr(self, getter)())

    seconds.__doc__ = f"""
        Deprecated: use L{{{getter}}}, which does not round.

        @return: the time in whole seconds since the epoch.
        """
    return seconds


class AbstractFilePath(Generic[AnyStr]):
    """
    A base for kinds of paths.

    It does what C{child}, C{parent}, C{basename}, C{listdir}, C{isdir},
    C{open} and the three times, which a subclass has to write, suffice for.
    To provide L{IFilePath <twisted.python.filepath.IFilePath>} it is not
    required.

    @ivar path: the whole path; a subclass sets it.  Paths are told apart by it.
    """

    Selfish = TypeVar("Selfish", bound="AbstractFilePath[Any]")

    path: AnyStr

    def getAccessTime(self) -> float:
        """
        For subclasses.

        @return: when it was last read, in seconds since the epoch.
        """
        raise NotImplementedError

    def getModificationTime(self) -> float:
        """
        For subclasses.

        @return: when it was last written to, in seconds since the epoch.
        """
        raise NotImplementedError

    def getStatusChangeTime(self) -> float:
        """
        For subclasses.

        @return: when its status last changed, in seconds since the epoch.
        """
        raise NotImplementedError

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """
        For subclasses: open the file, in binary mode.

        @param mode: as for the builtin of this name.
        @return: the file object.
        """
        raise NotImplementedError

    def isdir(self) -> bool:
        """
        For subclasses.

        @return: whether it is a directory.
        """
        raise NotImplementedError

    def basename(self) -> AnyStr:
        """
        For subclasses.

        @return: the last of the path's names.
        """
        raise NotImplementedError

    def parent(self) -> AbstractFilePath[AnyStr]:
        """
        For subclasses.

        @return: the directory that this is in, the root for the root.
        """
        raise NotImplementedError

    def listdir(self) -> list[AnyStr]:
        """
        For subclasses.

        @return: the names of all that is in this directory.
        """
        raise NotImplementedError

    def child(self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """
        For subclasses.

        @param path: one name.
        @return: the path of what has it in this directory.
        """
        raise NotImplementedError

    def getContent(self) -> bytes:
        """
        Read the whole file.

        @return: what is in it.
        """
        with self.open() as file:
            return file.read()

    def parents(self) -> Iterable[AbstractFilePath[AnyStr]]:
        """
        Go up.

        @return: an iterator of the directory that this is in, the one that
            that is in, and so on to the root.
        """
        here: AbstractFilePath[AnyStr] = self
        while (above := here.parent()) != here:
            yield above
            here = above

    def children(self: _Self) -> Iterable[_Self]:
        """
        Look into the directory.

        @return: a list of the paths of all that is in it.
        @raise UnlistableError: if there is no such directory.
        @raise OSError: if it cannot be listed for other reasons.
        """
        try:
            names = self.listdir()
        except OSError as error:
            if meansUnlistable(error):
                raise UnlistableError(error) from error
            raise
        return [cast(_Self, self.child(name)) for name in names]

    def walk(self: _Self, descend: Callable[[_Self], bool] | None = None) -> Iterable[_Self]:
        """
        Go through the whole tree.

        @param descend: is called with each directory below this one, and
            tells whether to look into it; by default all are looked into,
            also those that are symbolic links.
        @return: an iterator of this path and of everything below it, each
            directory before what is in it.
        @raise LinkError: when a link leads back to a directory that is being
            gone through, or to one above.
        """
        yield self
        if not self.isdir():
            return
        # The directories that lead to where we are, each with what is still to
        # be seen there.
        trail: list[tuple[_Self, Iterator[_Self]]] = [(self, iter(self.children()))]
        while trail:
            for found in trail[-1][1]:
                enter = found.isdir() and (descend is None or descend(found))
                if enter:
                    refuseCycle(found.path, (passed.path for passed, _ in trail))
                yield found
                if enter:
                    trail.append((found, iter(found.children())))
                    break
            else:
                trail.pop()

    def sibling(self: _Self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """
        Name something in the same directory.

        @param path: one name.
        @return: the path of what has it.
        """
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> AbstractFilePath[OtherAnyStr]:
        """
        Go down several steps.

        @param segments: the names, from here on.
        @return: the child of the child ... of this path.
        @raise InsecurePath: if C{child} does not allow one of them.
        """
        return reduce(lambda reached, name: reached.child(name), segments, cast(Any, self))

    def segmentsFrom(self: _Self, ancestor: _Self) -> list[AnyStr]:
        """
        Tell the way from a directory above to here.

        @param ancestor: the path of that directory.
        @return: the names, such that C{ancestor.descendant(names)} is this.
        @raise ValueError: if *ancestor* is not above this path.
        """
        names = [self.basename()]
        for above in self.parents():
            if above == ancestor:
                return names[::-1]
            names.append(above.basename())
        raise ValueError(f"{ancestor} not parent of {self}")

    def __hash__(self) -> int:
        return hash((AbstractFilePath, self.path))

    getmtime = _inWholeSeconds("getModificationTime")
    getatime = _inWholeSeconds("getAccessTime")
    getctime = _inWholeSeconds("getStatusChangeTime")


def refuseCycle(path: AnyStr, passed: Iterable[AnyStr]) -> None:
    """
    See that going into a directory does not lead round in a circle.

    @param path: of the directory.
    @param passed: the paths of those that led to it.
    @raise LinkError: if it is one of these, or above one.
    """
    # Only a link leads up.
    if not os.path.islink(path):
        return
    target = os.path.realpath(path)
    for each in passed:
        if isWithin(os.path.realpath(each), target):
            raise LinkError("Cycle in file graph.")


def isWithin(path: AnyStr, directory: AnyStr) -> bool:
    """
    Tell whether *path* is *directory* or below it, both being normalized.
    """
    if path == directory:
        return True
    separator: Any = os.sep if isinstance(directory, str) else os.sep.encode()
    return path.startswith(directory if directory.endswith(separator) else directory + separator)
