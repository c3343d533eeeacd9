"""
How the engine calls OpenSSL: by the methods of pyOpenSSL's connections; or by what
these methods call, without the way there, if all of it is where it has always been.

The way is longer than the work: for a short message most of the time would be spent
in asking what went wrong when nothing did, and in making buffers.
"""

from __future__ import annotations

from threading import local
from typing import Any

from OpenSSL import SSL

# At least a record and what belongs to it.
READ = 2**15

# What is taken away of ciphertext at once; a large write makes as much.
_ROOM = 2**17

_binding: Any = vars(SSL).get("_lib")
_ffi: Any = vars(SSL).get("_ffi")

_FUNCTIONS = ("SSL_read", "SSL_write", "BIO_read", "BIO_write")
_ATTRIBUTES = ("_ssl", "_into_ssl", "_from_ssl", "_raise_ssl_error")


class Calls:
    """
    By the methods of the connection, whatever it is.
    """

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        """
        @param connection: a C{OpenSSL.SSL.Connection}, or what is like one.
        """
        self.connection = connection

    def feed(self, ciphertext: bytes) -> None:
        """Give it what has come from the peer."""
        self.connection.bio_write(ciphertext)

    def read(self) -> bytes:
        """
        Return plaintext, a record's at the most.

        @raise SSL.Error: there is none, for one reason or another.
        """
        plaintext: bytes = self.connection.recv(READ)
        return plaintext

    def write(self, plaintext: Any) -> int:
        """
        Encrypt.

        @return: how much it has taken.
        @raise SSL.Error: it takes nothing.
        """
        taken: int = self.connection.send(plaintext)
        return taken

    def drain(self, expected: int) -> bytes:
        """
        Return what is to be sent.

        @param expected: how much that is at the most, in general.
        """
        pieces: list[bytes] = []
        while True:
            try:
                piece: bytes = self.connection.bio_read(expected)
            except SSL.Error:
                break
            pieces.append(piece)
            if len(piece) < expected:
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Buffer(local):
    """Where OpenSSL writes to: one for each thread, as it may run in several at once."""

    def __init__(self) -> None:
        self.room = _ffi.new("char[]", _ROOM)


class DirectCalls(Calls):
    """
    By the functions of OpenSSL itself.
    """

    __slots__ = ("_in", "_out", "_ssl")

    def __init__(self, connection: Any) -> None:
        """
        @param connection: a C{OpenSSL.SSL.Connection} without a socket.
        """
        self.connection = connection
        self._ssl = connection._ssl
        self._in = connection._into_ssl
        self._out = connection._from_ssl

    def feed(self, ciphertext: bytes) -> None:
        """Give it what has come from the peer."""
        if _binding.BIO_write(self._in, ciphertext, len(ciphertext)) != len(ciphertext):
            # There is no memory left, for one.
            raise MemoryError("OpenSSL does not take what has been received")

    def read(self) -> bytes:
        """
        Return plaintext, a record's at the most.

        @raise SSL.Error: there is none, for one reason or another.
        """
        room = _buffer.room
        size = _binding.SSL_read(self._ssl, room, READ)
        if size <= 0:
            self.connection._raise_ssl_error(self._ssl, size)
        plaintext: bytes = _ffi.unpack(room, size)
        return plaintext

    def write(self, plaintext: Any) -> int:
        """
        Encrypt.

        @return: how much it has taken.
        @raise SSL.Error: it takes nothing.
        """
        if type(plaintext) is not bytes:
            plaintext = _ffi.from_buffer(plaintext)
        taken: int = _binding.SSL_write(self._ssl, plaintext, len(plaintext))
        if taken <= 0:
            self.connection._raise_ssl_error(self._ssl, taken)
        return taken

    def drain(self, expected: int) -> bytes:
        """Return what is to be sent."""
        room = _buffer.room
        size = _binding.BIO_read(self._out, room, _ROOM)
        if size < _ROOM:
            return _ffi.unpack(room, size) if size > 0 else b""  # type: ignore[no-any-return]
        pieces = [_ffi.unpack(room, size)]
        while size == _ROOM:
            size = _binding.BIO_read(self._out, room, _ROOM)
            if size > 0:
                pieces.append(_ffi.unpack(room, size))
        return b"".join(pieces)


if _ffi is not None:
    _buffer = _Buffer()


def callsOf(connection: Any) -> Calls:
    """
    Return the fastest way to call *connection*.
    """
    if (
        type(connection) is SSL.Connection
        and _ffi is not None
        and all(hasattr(_binding, name) for name in _FUNCTIONS)
        and all(hasattr(connection, name) for name in _ATTRIBUTES)
    ):
        return DirectCalls(connection)
    return Calls(connection)
