"""
The small services of the early net: echo, discard, chargen, and their like.
"""

from __future__ import annotations

import struct
import time

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet.protocol import Protocol

__all__ = ["Echo", "Discard", "Chargen", "QOTD", "Who", "Daytime", "Time"]

# Seconds from 1900, where RFC 868 begins, to 1970, where this computer does.
_SEVENTY_YEARS = 2_208_988_800


class Echo(Protocol):
    """
    Sends back what comes (RFC 862).
    """

    def dataReceived(self, data: bytes) -> None:
        """Send *data* back."""
        self.transport.write(data)


class Discard(Protocol):
    """
    Throws away what comes (RFC 863).
    """

    def dataReceived(self, data: bytes) -> None:
        """Throw *data* away."""


@implementer(interfaces.IPullProducer)
class Chargen(Protocol):
    """
    Sends characters for as long as they are taken (RFC 864).

    @cvar noise: which.
    """

    noise = bytes(range(0x40, 0x7F)) + b' !"#$%&?'

    def connectionMade(self) -> None:
        """Send whenever there is room."""
        self.transport.registerProducer(self, 0)

    def resumeProducing(self) -> None:
        """Send once."""
        self.transport.write(self.noise)

    def pauseProducing(self) -> None:
        """Nothing is sent but on demand."""

    def stopProducing(self) -> None:
        """Nothing is sent but on demand."""


class QOTD(Protocol):
    """
    Sends a quote, and closes (RFC 865).
    """

    def connectionMade(self) -> None:
        """Send the quote."""
        self.transport.write(self.getQuote())
        self.transport.loseConnection()

    def getQuote(self) -> bytes:
        """Return the quote, with an end of line; to be overridden."""
        return b"An apple a day keeps the doctor away.\r\n"


class Who(Protocol):
    """
    Sends the names of those who use the system, and closes (RFC 866).
    """

    def connectionMade(self) -> None:
        """Send the names."""
        self.transport.write(self.getUsers())
        self.transport.loseConnection()

    def getUsers(self) -> bytes:
        """Return the names, each with an end of line; to be overridden."""
        return b"root\r\n"


class Daytime(Protocol):
    """
    Sends the time for people to read, in UTC, and closes (RFC 867).
    """

    def connectionMade(self) -> None:
        """Send the time."""
        self.transport.write(time.asctime(time.gmtime()).encode("ascii") + b"\r\n")
        self.transport.loseConnection()


class Time(Protocol):
    """
    Sends the time for machines to read, and closes (RFC 868): the seconds
    since 1900, as a number of 32 bits.
    """

    def connectionMade(self) -> None:
        """Send the time."""
        # The number begins again in 2036; those who read it know their century.
        seconds = (int(time.time()) + _SEVENTY_YEARS) & 0xFFFFFFFF
        self.transport.write(struct.pack("!I", seconds))
        self.transport.loseConnection()
