"""
Bytes in any number over AMP, whose values have 64 kB at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from twisted.internet.defer import gatherResults
from twisted.protocols.amp import AMP, Command, Integer
from twisted.protocols.amp import String as Bytes
from twisted.trial._dist._schema import fields

_Text = TypeVar("_Text", bytes, str)


class StreamOpen(Command):
    """Begin a stream."""

    response = fields(streamId=Integer)


class StreamWrite(Command):
    """Add a piece to a stream."""

    arguments = fields(streamId=Integer, data=Bytes)


class StreamReceiver:
    """
    Keeps the pieces of each stream until it is finished.
    """

    def __init__(self) -> None:
        self._opened = 0
        self._pieces: dict[int, list[bytes]] = {}

    def open(self) -> int:
        """
        Begin a stream.

        @return: its number.
        """
        self._opened += 1
        self._pieces[self._opened] = []
        return self._opened

    def write(self, streamId: int, chunk: bytes) -> None:
        """
        Add *chunk* to a stream.

        @raise KeyError: there is none with this number.
        """
        self._pieces[streamId] += (chunk,)

    def finish(self, streamId: int) -> list[bytes]:
        """
        End a stream.

        @return: its pieces.
        @raise KeyError: there is none with this number.
        """
        return self._pieces.pop(streamId)


class StreamingAMP(AMP):
    """
    A protocol to which long texts can be sent.
    """

    def __init__(self, boxReceiver: Any = None, locator: Any = None) -> None:
        AMP.__init__(self, boxReceiver, locator)
        receiver = StreamReceiver()
        self._beginStream, self._addToStream, self._endStream = (
            receiver.open,
            receiver.write,
            receiver.finish,
        )

    @StreamOpen.responder
    def _streamBegins(self) -> dict[str, int]:
        """A long text is coming."""
        return {"streamId": self._beginStream()}

    @StreamWrite.responder
    def _streamGoesOn(self, streamId: int, data: bytes) -> dict[str, Any]:
        """A piece of one has come."""
        self._addToStream(streamId, data)
        return {}

    def streamed(self, streamId: int) -> str:
        """
        Return the text that was sent.

        @raise KeyError: none was, with this number.
        """
        # Pieces may have been cut in the middle of a character.
        return b"".join(self._endStream(streamId)).decode("utf-8", "replace")

    def streamedLines(self, streamId: int) -> list[str]:
        """
        Return the texts that were sent, one in each piece.

        @raise KeyError: none were, with this number.
        """
        return [piece.decode("utf-8", "replace") for piece in self._endStream(streamId)]


def chunk(data: _Text, chunkSize: int) -> Iterator[_Text]:
    """
    Cut *data* into pieces of *chunkSize*; the last may be smaller.
    """
    return (data[at : at + chunkSize] for at in range(0, len(data), chunkSize))


async def stream(amp: AMP, chunks: Iterator[bytes]) -> int:
    """
    Send all of *chunks* by *amp*, and wait until they have arrived.

    @param chunks: of which each fits a value.
    @return: the number of the stream.
    """
    opened = await amp.callRemote(StreamOpen)
    number: int = opened["streamId"]
    # Not one after the other: there may be hundreds, and they keep their order.
    sent = [amp.callRemote(StreamWrite, streamId=number, data=piece) for piece in chunks]
    await gatherResults(sent, consumeErrors=True)
    return number
