"""
What has a handle on which operations are begun.
"""

from __future__ import annotations

from typing import Any

from zope.interface import Interface


class IReadHandle(Interface):
    """Something that can be received from."""

    def readFromHandle(bufflist: Any, evt: Any) -> Any:  # type: ignore[misc]
        """
        Begin to receive into *bufflist*; *evt* is told when it is over.

        @return: a number of Windows' and how many bytes came at once.
        """


class IWriteHandle(Interface):
    """Something that can be sent to."""

    def writeToHandle(buff: Any, evt: Any) -> Any:  # type: ignore[misc]
        """
        Begin to send *buff*; *evt* is told when it is over.

        @return: a number of Windows' and how many bytes went at once.
        """


class IReadWriteHandle(IReadHandle, IWriteHandle):
    """Something that can be received from and sent to."""
