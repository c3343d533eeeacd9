"""
Boxes out of bytes, without a connection.

A box is pairs of strings, each preceded by its length in 16 bits, and ends
where a key would have no length at all.  A key's length has a zero for its high
byte, which is also how what is no AMP is recognized.
"""

from __future__ import annotations

from twisted.protocols.amp._boxes import AmpBox
from twisted.protocols.amp._vocabulary import (
    MAX_BOX_LENGTH,
    MAX_KEY_LENGTH,
    MalformedAmpBox,
    TooLong,
)


class BoxParser:
    """
    Cuts a stream of bytes into boxes, one at each call of C{nextBox}, as the
    bytes after a box may not be AMP.

    Work is linear in the bytes fed, however they are cut: each is put behind
    what has come before, and is looked at again only when a whole string is
    there.

    @ivar maxBoxLength: how many bytes keys and values of a box may have in all.
    """

    def __init__(self, maxBoxLength: int = MAX_BOX_LENGTH) -> None:
        self.maxBoxLength = maxBoxLength
        # A block is being consumed, from a position on; more has come since.
        self._block = b""
        self._at = 0
        self._since = bytearray()
        # How much must be there before the next string is.
        self._wanted = 2
        # The box that is not whole yet.
        self._box: AmpBox = AmpBox()
        self._key: bytes | None = None
        self._held = 0

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._at == len(self._block) and not self._since:
            self._block = data
            self._at = 0
        else:
            self._since += data

    def rest(self) -> bytes:
        """Return what was fed and is not consumed."""
        return self._block[self._at :] + bytes(self._since)

    def takeRest(self) -> bytes:
        """
        Return what was fed and is not consumed, and forget it.
        """
        rest = self.rest()
        self._block = b""
        self._at = 0
        self._since = bytearray()
        return rest

    def nextBox(self) -> AmpBox | None:
        """
        Return the next box that has arrived.

        @return: L{None} if it is not all there.
        @raise TooLong: the length of a key is that of no key.
        @raise MalformedAmpBox: there is more in the box than is allowed.
        """
        if self._since and not self._joined():
            return None
        block, at, key = self._block, self._at, self._key
        end = len(block)
        box = self._box
        while at + 2 <= end:
            length = block[at] << 8 | block[at + 1]
            if key is None and length > MAX_KEY_LENGTH:
                self._at = at
                raise TooLong(True, False, None, None)
            stop = at + 2 + length
            if stop > end:
                break
            if key is not None:
                box[key] = block[at + 2 : stop]
                key = None
            elif length:
                key = block[at + 2 : stop]
            else:
                self._at = stop
                self._key = None
                self._box = AmpBox()
                self._held = 0
                self._wanted = 2
                return box
            self._held += length
            at = stop
            if self._held > self.maxBoxLength:
                self._at = at
                raise MalformedAmpBox(f"box of more than {self.maxBoxLength} bytes")
        self._at, self._key = at, key
        self._wanted = 2 if at + 2 > end else stop - at
        if at < end:
            # Pieces are put behind it from now on.
            self._since[:0] = block[at:]
            self._block = b""
            self._at = 0
        return None

    def string(self, data: bytes) -> AmpBox | None:
        """
        Take a string that somebody else has cut.

        @return: the box, if it is whole now.
        """
        if self._key is not None:
            self._box[self._key] = data
            self._key = None
        elif data:
            self._key = data
        else:
            box, self._box = self._box, AmpBox()
            return box
        return None

    def expected(self) -> str:
        """
        Return what the next string is: C{"value"}, C{"key"}, or C{"init"} for
        the first key of a box.
        """
        if self._key is not None:
            return "value"
        return "key" if self._box else "init"

    def _joined(self) -> bool:
        """
        Make one block of all that has come, if the next string may be in it.
        """
        left = len(self._block) - self._at
        if left + len(self._since) < self._wanted:
            return False
        if left:
            self._since[:0] = self._block[self._at :]
        self._block = bytes(self._since)
        self._at = 0
        self._since = bytearray()
        return True
