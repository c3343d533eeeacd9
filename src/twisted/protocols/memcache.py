"""
A client of memcached, by its text protocol.

Any number of commands can be on their way: the server answers them in order.
Keys are bytes without spaces or control characters, at most 250 of them; values
are bytes, with which the server keeps a number (I{flags}) for the client::

    protocol.set(b"key", b"value")  # fires with True
    protocol.get(b"key")            # fires with (0, b"value")

See U{https://github.com/memcached/memcached/blob/master/doc/protocol.txt}.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred, TimeoutError, fail
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

__all__ = ["DEFAULT_PORT", "ClientError", "MemCacheProtocol", "NoSuchCommand", "ServerError"]

DEFAULT_PORT = 11211

_NOT_IN_KEYS = re.compile(rb"[\x00-\x20\x7f]")


class NoSuchCommand(Exception):
    """
    The server does not know a command.
    """


class ClientError(Exception):
    """
    A command is wrong; either the server says so, or it was not sent.
    """


class ServerError(Exception):
    """
    The server cannot carry out a command.
    """


class Command:
    """
    A command that the server has not answered yet.

    @ivar command: its name.
    """

    def __init__(self, command: bytes, **kwargs: Any) -> None:
        """
        @param command: its name.
        @param kwargs: what else is to be known for its answer; attributes.
        """
        self.command = command
        self._deferred: Deferred[Any] = Deferred()
        self.__dict__.update(kwargs)

    def success(self, value: Any) -> None:
        """
        It was carried out.

        @param value: the result.
        """
        self._deferred.callback(value)

    def fail(self, error: Any) -> None:
        """
        It was not carried out.

        @param error: why, an exception or L{Failure}.
        """
        self._deferred.errback(error)


class _Retrieval(Command):
    """
    A command that asks for values.
    """

    def __init__(self, command: bytes, keys: list[bytes], multiple: bool) -> None:
        super().__init__(command)
        self.multiple = multiple
        # With "gets", the server's number of a value (cas) comes second.
        empty: tuple[Any, ...] = (0, b"", None) if command == b"gets" else (0, None)
        self.values: dict[bytes, tuple[Any, ...]] = dict.fromkeys(keys, empty)

    def add(self, key: bytes, flags: int, cas: bytes, value: bytes) -> None:
        """
        A value has come.
        """
        middle = (cas,) if self.command == b"gets" else ()
        self.values[key] = (flags, *middle, value)

    def result(self) -> Any:
        """
        Return what the command's Deferred fires with.
        """
        return self.values if self.multiple else next(iter(self.values.values()))


def _wrongKey(key: Any) -> ClientError | None:
    if not isinstance(key, bytes):
        return ClientError(f"Invalid type for key: {type(key)}, expecting bytes")
    if len(key) > MemCacheProtocol.MAX_KEY_LENGTH:
        return ClientError("Key too long")
    if not key or _NOT_IN_KEYS.search(key):
        return ClientError(f"{key!r} has what keys must not have")
    return None


def _storing(name: str, purpose: str) -> Callable[..., Deferred[Any]]:
    """
    Make a method for a command that sets values.
    """

    def store(
        self: Any, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0
    ) -> Deferred[Any]:
        stored: Deferred[Any] = self._set(name.encode("ascii"), key, val, flags, expireTime, b"")
        return stored

    store.__name__ = name
    store.__qualname__ = f"MemCacheProtocol.{name}"
    store.__doc__ = f"""
        {purpose}

        @param key: the key.
        @param val: the value.
        @param flags: a number to keep with it.
        @param expireTime: after how many seconds it is removed; never if 0; a
            time in seconds since 1970 if more than 30 days.
        @return: a L{{Deferred}} that fires with whether it was set.
        """
    return store


class MemCacheProtocol(LineReceiver, TimeoutMixin):
    """
    A connection to a server.

    If the server answers nothing for some time, what is on its way fails with
    L{TimeoutError}, and the connection is closed.

    @cvar MAX_KEY_LENGTH: how many bytes a key may have.
    @cvar MAX_VALUE_LENGTH: how many bytes of a value are received at the most;
        servers have 1048576 unless they are told otherwise.
    @ivar persistentTimeOut: how many seconds a server has for an answer.
    """

    MAX_KEY_LENGTH = 250
    MAX_VALUE_LENGTH = 128 * 1024 * 1024
    _disconnected = False

    def __init__(self, timeOut: float = 60) -> None:
        """
        @param timeOut: see I{persistentTimeOut}.
        """
        self.persistentTimeOut = self.timeOut = timeOut
        self._current: deque[Command] = deque()
        # The value that is being received: what is known of it, the pieces of
        # it, and how many bytes are missing (two for the end of its line).
        self._head: tuple[bytes, int, bytes] = (b"", 0, b"")
        self._pieces: list[bytes] = []
        self._missing = 0

    # -- the end -----------------------------------------------------------

    def _cancelCommands(self, reason: Any) -> None:
        """
        Let all that is on its way fail.
        """
        while self._current:
            self._current.popleft().fail(reason)

    def timeoutConnection(self) -> None:
        """
        The server is too slow: close.
        """
        self._cancelCommands(TimeoutError("Connection timeout"))
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """
        Let all that is on its way fail, and all commands from now on.

        @param reason: why.
        """
        self._disconnected = True
        self.setTimeout(None)
        self._cancelCommands(reason)
        LineReceiver.connectionLost(self, reason)

    # -- answers -----------------------------------------------------------

    def _answered(self) -> Command:
        """
        The first command has its answer.
        """
        if not self._current:
            raise RuntimeError("the server answers what it was not asked")
        command = self._current.popleft()
        if self._current:
            self.resetTimeout()
        else:
            self.setTimeout(None)
        return command

    def _first(self, kind: Any) -> Any:
        """
        @return: the first command, if it can have answers of a kind.
        """
        command = self._current[0] if self._current else None
        return command if isinstance(command, kind) else None

    def cmd_STORED(self) -> None:
        """A value was stored."""
        self._answered().success(True)

    def cmd_NOT_STORED(self) -> None:
        """A value was not stored, on account of what is there or is not."""
        self._answered().success(False)

    def cmd_EXISTS(self) -> None:
        """A value was not stored, as it was changed by others."""
        self._answered().success(False)

    def cmd_NOT_FOUND(self) -> None:
        """There is no such key."""
        self._answered().success(False)

    def cmd_DELETED(self) -> None:
        """A key was removed."""
        self._answered().success(True)

    def cmd_OK(self) -> None:
        """All keys were removed."""
        self._answered().success(True)

    def cmd_VERSION(self, versionData: bytes) -> None:
        """The server's version."""
        self._answered().success(versionData)

    def cmd_STAT(self, line: bytes) -> None:
        """One of the server's numbers."""
        command = self._first(Command)
        if command is None or command.command != b"stats":
            raise RuntimeError("Unexpected STAT response.")
        key, _, value = line.partition(b" ")
        command.values[key] = value

    def cmd_VALUE(self, line: bytes) -> None:
        """A value follows."""
        command = self._first(_Retrieval)
        key, flags, length, *more = line.split()
        if command is None or key not in command.values:
            raise RuntimeError("Unexpected commands answer.")
        if int(length) > self.MAX_VALUE_LENGTH:
            raise RuntimeError(f"a value of {length!r} bytes is too long")
        self._head = (key, int(flags), more[0] if more else b"")
        self._missing = int(length) + 2
        self.setRawMode()

    def cmd_END(self) -> None:
        """All values, or all of the server's numbers, have come."""
        command = self._first(Command)
        if isinstance(command, _Retrieval):
            self._answered().success(command.result())
        elif command is not None and command.command == b"stats":
            self._answered().success(command.values)
        else:
            raise RuntimeError("Unexpected END response to this command.")

    def cmd_ERROR(self) -> None:
        """The server does not know the command."""
        self._answered().fail(NoSuchCommand())

    def cmd_CLIENT_ERROR(self, errText: bytes) -> None:
        """The command is wrong."""
        self._answered().fail(ClientError(repr(errText)))

    def cmd_SERVER_ERROR(self, errText: bytes) -> None:
        """The server cannot carry it out."""
        self._answered().fail(ServerError(repr(errText)))

    # What answers begin with, and whether the rest of the line matters.
    _ANSWERS = {
        b"STORED": ("cmd_STORED", False),
        b"NOT_STORED": ("cmd_NOT_STORED", False),
        b"EXISTS": ("cmd_EXISTS", False),
        b"NOT_FOUND": ("cmd_NOT_FOUND", False),
        b"DELETED": ("cmd_DELETED", False),
        b"OK": ("cmd_OK", False),
        b"END": ("cmd_END", False),
        b"ERROR": ("cmd_ERROR", False),
        b"CLIENT_ERROR": ("cmd_CLIENT_ERROR", True),
        b"SERVER_ERROR": ("cmd_SERVER_ERROR", True),
        b"VERSION": ("cmd_VERSION", True),
        b"STAT": ("cmd_STAT", True),
        b"VALUE": ("cmd_VALUE", True),
    }

    def lineReceived(self, line: bytes) -> None:
        """
        Take a line of the server.

        @param line: it.
        @raise RuntimeError: it does not answer what was asked; this ends the
            connection.
        """
        word, _, rest = line.partition(b" ")
        # There are servers that write "NOT STORED".
        if word == b"NOT":
            word, rest = b"NOT_" + rest, b""
        if word in self._ANSWERS:
            name, more = self._ANSWERS[word]
            getattr(self, name)(*((rest,) if more else ()))
        elif line.strip().isdigit():
            self._answered().success(int(line))
        else:
            raise RuntimeError(f"the server answers {line!r}")

    def rawDataReceived(self, data: bytes) -> None:
        """
        Take a piece of a value.

        @param data: it, and what follows.
        """
        self._pieces.append(data)
        self._missing -= len(data)
        if self._missing > 0:
            return
        received = b"".join(self._pieces)
        self._pieces = []
        end = len(received) + self._missing
        if received[end - 2 : end] != b"\r\n":
            raise RuntimeError("a value is not as long as the server has said")
        key, flags, cas = self._head
        self._first(_Retrieval).add(key, flags, cas, received[: end - 2])
        self.setLineMode(received[end:])

    # -- commands ----------------------------------------------------------

    def _send(self, command: Command, *lines: bytes) -> Deferred[Any]:
        """
        Send a command.
        """
        if self._disconnected:
            return fail(RuntimeError("not connected"))
        if not self._current:
            self.setTimeout(self.persistentTimeOut)
        self._current.append(command)
        self.transport.write(b"\r\n".join((*lines, b"")))
        return command._deferred

    def sendLine(self, line: bytes) -> None:
        """
        Send a line; it begins to be time for an answer.

        @param line: it.
        """
        if not self._current:
            self.setTimeout(self.persistentTimeOut)
        LineReceiver.sendLine(self, line)

    def increment(self, key: bytes, val: int = 1) -> Deferred[Any]:
        """
        Add to a value that is a number, which the server keeps in 64 bits.

        @param key: the key.
        @param val: how much.
        @return: fires with the new value; C{False} if there is none.
        """
        return self._incrdecr(b"incr", key, val)

    def decrement(self, key: bytes, val: int = 1) -> Deferred[Any]:
        """
        Subtract from a value that is a number; it does not become less than 0.

        @param key: the key.
        @param val: how much.
        @return: fires with the new value; C{False} if there is none.
        """
        return self._incrdecr(b"decr", key, val)

    def _incrdecr(self, cmd: bytes, key: bytes, val: int) -> Deferred[Any]:
        wrong = _wrongKey(key)
        if wrong is not None:
            return fail(wrong)
        return self._send(Command(cmd, key=key), b"%b %b %d" % (cmd, key, val))

    replace = _storing("replace", "Set a value if there is one.")
    add = _storing("add", "Set a value if there is none.")
    set = _storing("set", "Set a value.")

    def checkAndSet(
        self, key: bytes, val: bytes, cas: bytes, flags: int = 0, expireTime: int = 0
    ) -> Deferred[Any]:
        """
        Set a value if nobody else has set it meanwhile; see L{replace}.

        @param cas: what L{get} has given as identifier.
        @return: fires with whether it was set.
        """
        return self._set(b"cas", key, val, flags, expireTime, cas)

    def append(self, key: bytes, val: bytes) -> Deferred[Any]:
        """
        Add to the end of a value.

        @param key: the key.
        @param val: what to add.
        @return: fires with whether there is a value.
        """
        return self._set(b"append", key, val, 0, 0, b"")

    def prepend(self, key: bytes, val: bytes) -> Deferred[Any]:
        """
        Add to the beginning of a value.

        @param key: the key.
        @param val: what to add.
        @return: fires with whether there is a value.
        """
        return self._set(b"prepend", key, val, 0, 0, b"")

    def _set(
        self, cmd: bytes, key: bytes, val: bytes, flags: int, expireTime: int, cas: bytes
    ) -> Deferred[Any]:
        wrong = _wrongKey(key)
        if wrong is not None:
            return fail(wrong)
        if not isinstance(val, bytes):
            return fail(ClientError(f"Invalid type for value: {type(val)}, expecting bytes"))
        head = b"%b %b %d %d %d" % (cmd, key, flags, expireTime, len(val))
        if cas:
            head += b" " + cas
        return self._send(Command(cmd, key=key), head, val)

    def get(self, key: bytes, withIdentifier: bool = False) -> Deferred[Any]:
        """
        Ask for a value.

        @param key: the key.
        @param withIdentifier: whether to ask for the identifier that
            L{checkAndSet} wants, too.
        @return: fires with the flags, the identifier if it was asked for, and
            the value: L{None} if there is none.
        """
        return self._get([key], withIdentifier, False)

    def getMultiple(self, keys: Iterable[bytes], withIdentifier: bool = False) -> Deferred[Any]:
        """
        Ask for values.

        @param keys: the keys.
        @param withIdentifier: as for L{get}.
        @return: fires with a dictionary of what L{get} gives, by keys.
        """
        return self._get(keys, withIdentifier, True)

    def _get(self, keys: Iterable[bytes], withIdentifier: bool, multiple: bool) -> Deferred[Any]:
        wanted = list(keys)
        for key in wanted:
            wrong = _wrongKey(key)
            if wrong is not None:
                return fail(wrong)
        cmd = b"gets" if withIdentifier else b"get"
        return self._send(_Retrieval(cmd, wanted, multiple), b" ".join([cmd, *wanted]))

    def stats(self, arg: bytes | None = None) -> Deferred[Any]:
        """
        Ask for what the server tells of itself.

        @param arg: what of it, as C{b"items"}.
        @return: fires with a dictionary of bytes.
        """
        line = b"stats" if arg is None else b"stats " + arg
        return self._send(Command(b"stats", values={}), line)

    def version(self) -> Deferred[Any]:
        """
        Ask for the server's version.

        @return: fires with bytes.
        """
        return self._send(Command(b"version"), b"version")

    def delete(self, key: bytes) -> Deferred[Any]:
        """
        Remove a value.

        @param key: the key.
        @return: fires with whether there was one.
        """
        wrong = _wrongKey(key)
        if wrong is not None:
            return fail(wrong)
        return self._send(Command(b"delete", key=key), b"delete " + key)

    def flushAll(self) -> Deferred[Any]:
        """
        Remove all values.

        @return: fires with C{True}.
        """
        return self._send(Command(b"flush_all"), b"flush_all")
