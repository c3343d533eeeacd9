"""
The pure twin of the proactor: completion ports by the interpreter's own
C{_overlapped}, which it has for asyncio, and by ctypes.

A proactor begins operations on sockets and tells when they are over.  Each
method that begins one returns an L{Operation} while it is pending, or its
result when it is over at once, and raises L{OSError}, with a number of
Winsock's, when it could not be begun.

The compiled twin is C{Proactor} of C{twisted.internet._proactor_c}.
"""

from __future__ import annotations

import ctypes
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

if sys.platform != "win32":
    raise ImportError("completion ports are a facility of Windows")

import _overlapped
import _winapi

# How many completions one wait returns at the most.
BATCH = 64

# How long close() waits for what it has cancelled, in seconds.
PATIENCE = 2.0

CANCELLED = 995
_IO_PENDING = 997
_LONGEST_DATAGRAM = 65536
_SKIP_ON_SUCCESS = 1
_SKIP_EVENT = 2
# The address of no operation; one of 0 would be taken for an error.
_WAKING = 1
_SO_UPDATE_ACCEPT_CONTEXT = 0x700B
_SO_UPDATE_CONNECT_CONTEXT = 0x7010
_INFINITE = 0xFFFFFFFF

# Windows' numbers, and Winsock's for the same.
WINSOCK = {
    6: 10038,  # the handle is invalid: not a socket
    8: 10055,  # no memory
    64: 10054,  # the network name is gone: reset
    87: 10022,  # an invalid parameter
    121: 10060,  # the semaphore timed out
    233: 10057,  # nobody is at the other end: not connected
    676: CANCELLED,  # what wine says when a socket is closed
    1225: 10061,  # refused
    1231: 10051,  # the network cannot be reached
    1232: 10065,  # the host cannot be reached
    1234: 10054,  # the port cannot be reached: for datagrams, a reset
    1236: 10053,  # aborted
    1450: 10055,  # no resources
    2250: 10057,  # not connected
}

_kernel32: Any = ctypes.WinDLL("kernel32", use_last_error=True)
_ws2_32: Any = ctypes.WinDLL("ws2_32", use_last_error=True)
_SOCKET = ctypes.c_void_p


def failure(number: int) -> OSError:
    """Return the exception for *number*, of Windows or Winsock."""
    number = WINSOCK.get(number, number)
    said = socket.errorTab.get(number) or ctypes.FormatError(number)  # type: ignore[attr-defined]
    return OSError(number, said.rstrip("."))


def checkPort(port: int) -> None:
    """
    Refuse a *port* whose upper bits would be lost, in the words by which
    programs know it.

    @raise OverflowError: it is none.
    """
    if port > 65535:
        raise OverflowError("value too large to convert to unsigned short")
    if port < 0:
        raise OverflowError("can't convert negative value to unsigned short")


class Operation:
    """
    Something that has been begun.

    @ivar owner: whose it is.
    @ivar then: what whoever waits is to call when it is over.
    @ivar fd: the socket.
    @ivar error: 0, or a number of Winsock's; L{CANCELLED}.
    @ivar value: the result.
    """

    __slots__ = (
        "_kept",
        "_overlapped",
        "_settle",
        "_size",
        "error",
        "fd",
        "owner",
        "then",
        "value",
    )

    def __init__(self, fd: int, owner: Any, then: Any) -> None:
        self.fd = fd
        self.owner = owner
        self.then = then
        self.error = 0
        self.value: Any = None
        self._overlapped: Any = None
        self._settle: Callable[[], None] | None = None
        self._kept: Any = None
        self._size = -1


class Proactor:
    """
    Begins operations, and waits until they are over.

    One thread at a time uses it, but for C{wake}, which every thread may call.
    """

    def __init__(self) -> None:
        self._port: Any = _overlapped.CreateIoCompletionPort(
            _overlapped.INVALID_HANDLE_VALUE, _overlapped.NULL, 0, 1
        )
        self._pending: dict[int, Operation] = {}
        self._woken = False

    # -- sockets ------------------------------------------------------------

    def register(self, fd: int, datagrams: bool = False) -> None:
        """
        Let operations be begun on the socket *fd*.

        @param datagrams: it is a socket of datagrams.
        @raise OSError: it is none, or has been registered (C{EINVAL}).
        """
        try:
            _overlapped.CreateIoCompletionPort(fd, self._port, 0, 0)
        except OSError as problem:
            raise failure(problem.winerror) from None
        # Datagrams that are too long would complete twice in that mode.
        modes = _SKIP_EVENT if datagrams else _SKIP_EVENT | _SKIP_ON_SUCCESS
        if not _kernel32.SetFileCompletionNotificationModes(_SOCKET(fd), modes):
            raise failure(ctypes.get_last_error())

    def cancel(self, operation: Operation) -> None:
        """Cancel *operation*; it completes all the same, maybe with a result."""
        operation._overlapped.cancel()

    def cancelAll(self, fd: int) -> None:
        """Cancel all that is pending on *fd*, which is about to be closed."""
        _kernel32.CancelIoEx(_SOCKET(fd), None)

    # -- beginning ------------------------------------------------------------

    def _begin(
        self, operation: Operation, method: str, arguments: Sequence[Any], reported: bool = False
    ) -> Any:
        """
        @param reported: the port tells of what is over at once, too.
        """
        overlapped = operation._overlapped = _overlapped.Overlapped(_overlapped.NULL)
        try:
            getattr(overlapped, method)(*arguments)
        except OSError as problem:
            raise failure(problem.winerror) from None
        if reported or overlapped.error == _IO_PENDING:
            self._pending[overlapped.address] = operation
            return operation
        self._finish(operation)
        if operation.error:
            raise failure(operation.error)
        return operation.value

    def _finish(self, operation: Operation) -> None:
        try:
            operation.value = operation._overlapped.getresult()
            if operation._size >= 0:
                data, sender = operation.value
                operation.value = data[: operation._size], sender
            if operation._settle is not None:
                operation._settle()
        except OSError as problem:
            number = problem.winerror if problem.winerror is not None else problem.errno
            operation.error = WINSOCK.get(number, number)
        operation._kept = operation._settle = None

    def awaitData(self, fd: int, owner: Any, then: Any) -> Operation | None:
        """
        Tell when there is something to receive, or the end; it stays there.

        @return: L{None} if there is something already.
        """
        operation = Operation(fd, owner, then)
        answer = self._begin(operation, "WSARecv", (fd, 0, 0))
        return answer if isinstance(answer, Operation) else None

    def send(self, fd: int, pieces: Sequence[Any], owner: Any, then: Any) -> Operation | int:
        """
        Send *pieces*, which stay untouched until it is over.

        @return: how many bytes were sent, if it is over; else that is the
            operation's value.
        """
        operation = Operation(fd, owner, then)
        # One buffer is all that _overlapped takes.
        data = operation._kept = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return self._begin(operation, "WSASend", (fd, data, 0))  # type: ignore[no-any-return]

    def receiveFrom(self, fd: int, size: int, owner: Any, then: Any) -> Operation:
        """
        Receive a datagram of up to *size* bytes; the rest of it is lost.

        The operation's value is its bytes and who sent it.
        """
        operation = Operation(fd, owner, then)
        operation._size = size
        # With less room a long one is an error, and whose it was is lost.
        self._begin(operation, "WSARecvFrom", (fd, _LONGEST_DATAGRAM, 0), True)
        return operation

    def accept(self, fd: int, accepted: int, owner: Any, then: Any) -> Operation | None:
        """
        Accept a connection of *fd* as *accepted*, a new socket.

        @return: L{None} if that is done already.
        """
        operation = Operation(fd, owner, then)
        listener = _SOCKET(fd)
        operation._settle = lambda: _update(accepted, _SO_UPDATE_ACCEPT_CONTEXT, listener)
        answer = self._begin(operation, "AcceptEx", (fd, accepted))
        return answer if isinstance(answer, Operation) else None

    def connect(self, fd: int, address: tuple[Any, ...], owner: Any, then: Any) -> Operation | None:
        """
        Connect *fd*, which is bound, to *address*.

        @return: L{None} if that is done already.
        @raise OverflowError: the port is none.
        """
        checkPort(address[1])
        operation = Operation(fd, owner, then)
        operation._settle = lambda: _update(fd, _SO_UPDATE_CONNECT_CONTEXT, None)
        answer = self._begin(operation, "ConnectEx", (fd, address))
        return answer if isinstance(answer, Operation) else None

    # -- waiting ----------------------------------------------------------------

    def wait(self, timeout: float | None) -> list[Operation]:
        """
        Wait until something is over, C{wake} is called, or *timeout* seconds
        (L{None}: for ever) have passed.

        @return: what is over, with C{error} and C{value} set.
        """
        found: list[Operation] = []
        # Upwards: waking early means another, useless turn.
        patience = _INFINITE if timeout is None else min(-int(-timeout * 1000 // 1), 0x7FFFFFFF)
        status = _overlapped.GetQueuedCompletionStatus(self._port, patience)
        while status is not None:
            operation = self._pending.pop(status[3], None)
            if operation is None:
                # A waking.
                self._woken = False
            else:
                self._finish(operation)
                found.append(operation)
                if len(found) == BATCH:
                    break
            status = _overlapped.GetQueuedCompletionStatus(self._port, 0)
        return found

    def wake(self) -> None:
        """End the wait that is on, or else the next one; from any thread."""
        if not self._woken:
            self._woken = True
            _overlapped.PostQueuedCompletionStatus(self._port, 0, 0, _WAKING)

    def close(self) -> None:
        """Cancel what is pending, see it end, and give the port back."""
        port = self._port
        if port is None:
            return
        for operation in list(self._pending.values()):
            operation._overlapped.cancel()
        end = time.monotonic() + PATIENCE
        while self._pending and time.monotonic() < end:
            self.wait(0.05)
        self._port = None
        _winapi.CloseHandle(port)

    def __del__(self) -> None:
        if getattr(self, "_port", None) is not None:
            self.close()


def _update(fd: int, name: int, value: Any) -> None:
    """Have a new connection take on the properties of its socket."""
    size = ctypes.sizeof(value) if value is not None else 0
    pointer = ctypes.byref(value) if value is not None else None
    if _ws2_32.setsockopt(_SOCKET(fd), socket.SOL_SOCKET, name, pointer, size):
        raise failure(_ws2_32.WSAGetLastError())
