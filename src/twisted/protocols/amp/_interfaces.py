"""
The interfaces between the layers of AMP.
"""

from __future__ import annotations

from typing import Any

from zope.interface import Interface

# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.protocols.amp"


class IArgumentType(Interface):
    """
    Turns one argument of a command into a value of a box, and back.
    """

    def fromBox(name: bytes, strings: Any, objects: dict[str, Any], proto: Any) -> None:
        """
        Take the argument out of *strings* and put it into *objects*.

        @param name: what the argument is called on the wire.
        @param strings: the box; what is taken is removed.
        @param objects: the arguments by their Python names.
        @param proto: the protocol that received the box.
        """

    def toBox(name: bytes, strings: Any, objects: dict[str, Any], proto: Any) -> None:
        """
        Take the argument out of *objects* and put it into *strings*.

        @param name: what the argument is called on the wire.
        @param strings: the box.
        @param objects: the arguments by their Python names; what is taken is
            removed.
        @param proto: the protocol that will send the box.
        """


class IBoxSender(Interface):
    """
    Something boxes can be given to, to be sent.
    """

    def sendBox(box: Any) -> None:
        """
        Send *box*.

        @raise ProtocolSwitched: another protocol has the connection.
        @raise twisted.internet.error.ConnectionLost: there is no connection.
        """

    def unhandledError(failure: Any) -> None:
        """
        Nobody took care of *failure*: log it and close the connection.
        """


class IBoxReceiver(Interface):
    """
    Something that is given the boxes that arrive.
    """

    def startReceivingBoxes(boxSender: Any) -> None:
        """
        Boxes will come from now on.

        @param boxSender: the L{IBoxSender} to answer by.
        """

    def ampBoxReceived(box: Any) -> None:
        """A box has arrived."""

    def stopReceivingBoxes(reason: Any) -> None:
        """
        No more boxes will come.

        @param reason: a L{Failure} that says why.
        """


class IResponderLocator(Interface):
    """
    Something that knows who is to respond to a command.
    """

    def locateResponder(name: bytes) -> Any:
        """
        Find who responds to the command called *name*.

        @return: something that takes a box and returns a box, or a Deferred of
            one; or L{None}.
        """
