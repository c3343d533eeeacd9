"""
What a path of any file system can be asked.
"""

# zope.interface declares methods without self, which mypy takes for mistakes.
# mypy: ignore-errors

from __future__ import annotations

from zope.interface import Attribute, Interface


class IFilePath(Interface):
    """
    A name in a tree of directories and files, which need not exist.

    L{twisted.python.filepath.FilePath} is one on the disk,
    L{twisted.python.zippath.ZipPath} one in a ZIP archive.
    """

    sep = Attribute("What stands between two names, in the type of the path.")

    def child(name):
        """
        Name something directly below.

        @param name: a C{str} or C{bytes}; one name, not several.
        @return: an L{IFilePath}.
        @raise InsecurePath: for a name that would lead somewhere else.
        """

    def sibling(name):
        """
        Name something in the same directory.

        @param name: as for C{child}.
        @return: an L{IFilePath}.
        """

    def parent():
        """
        @return: the L{IFilePath} of the directory that this is in; that of
            the root is the root.
        """

    def children():
        """
        @return: an iterable of the L{IFilePath}s of all that is in this
            directory.
        @raise UnlistableError: if it is no directory, or does not exist.
        """

    def basename():
        """
        @return: the last part of the path.
        """

    def open(mode="r"):
        """
        Open the file in binary mode.

        @param mode: C{"r"} or C{"w"}, perhaps others.
        @return: a file object.
        """

    def exists():
        """
        @return: whether there is anything by this name.
        """

    def isdir():
        """
        @return: whether it is a directory.
        """

    def isfile():
        """
        @return: whether it is a regular file.
        """

    def getsize():
        """
        @return: the length of the file, in bytes.
        """

    def getAccessTime():
        """
        @return: when it was last read, a C{float} of seconds since the epoch.
        """

    def getModificationTime():
        """
        @return: when it was last written to, likewise.
        """

    def getStatusChangeTime():
        """
        @return: when what is known about it last changed, likewise.
        """

    def changed():
        """
        Forget what is remembered of the file: somebody has changed it.
        """
