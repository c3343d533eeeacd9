"""
How a readiness reactor treats a descriptor to which something happened.

Shared by the reactors that wait in Python (select, poll, the pure epoll and
kqueue ones) and, for the rare cases, by the compiled loop.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import error, main
from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.python import log
from twisted.python.failure import Failure

_NO_FILENO = error.ConnectionFdescWentAway("Handler has no fileno method")
NO_FILEDESC = error.ConnectionFdescWentAway("File descriptor lost")

#: These reasons say nothing of a traceback, so that one Failure serves all.
SHARED_REASONS = {
    error.ConnectionDone: Failure(error.ConnectionDone()),
    error.ConnectionLost: Failure(error.ConnectionLost()),
}


def _pendingError(selectable: Any) -> int:
    """
    The number of the error that a stream's kernel has to tell, or 0.

    For a moment the kernel may report an error, as a reset is one, without saying
    that there is something to read, where it would be found.
    """
    if getattr(selectable, "_errno", None) != 0:
        # No stream of ours, or one that has been told already.
        return 0
    try:
        number: int = selectable.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except (AttributeError, OSError):
        return 0
    # Asking takes it away.
    selectable._errno = number
    return number


def disconnect(reactor: Any, selectable: Any, why: BaseException, isRead: bool) -> None:
    """
    End *selectable*, or its reading half.

    @param why: the reason; for L{error.ConnectionDone} found while reading, a
        descriptor that can be half closed loses only that half.
    """
    reactor.removeReader(selectable)
    kind = why.__class__
    reason = SHARED_REASONS.get(kind)  # type: ignore[arg-type]
    if reason is None:
        reason = Failure(why)
    elif (
        isRead
        and kind is error.ConnectionDone
        and IHalfCloseableDescriptor.providedBy(selectable)
    ):
        selectable.readConnectionLost(reason)
        return
    reactor.removeWriter(selectable)
    selectable.connectionLost(reason)


def handle(reactor: Any, selectable: Any, readable: bool, writable: bool, hungUp: bool) -> None:
    """
    Let *selectable* read and write, and end it if it says so or raises.

    @param hungUp: the kernel reported an error or hang-up.  What there is to
        be read is read all the same.
    """
    loop = reactor._loop
    before = loop.enter(selectable)
    why: Any = None
    reading = False
    try:
        try:
            if hungUp and not readable:
                reading = reactor._isReading(selectable) and not _pendingError(selectable)
                why = main.CONNECTION_DONE if reading else main.CONNECTION_LOST
            elif selectable.fileno() == -1:
                why = NO_FILEDESC
            else:
                if readable:
                    why = selectable.doRead()
                    reading = True
                if not why and writable:
                    why = selectable.doWrite()
                    reading = False
        except BaseException as problem:
            why = problem
            reading = False
            getattr(selectable, "_raised", log.err)()
        if why:
            try:
                disconnect(reactor, selectable, why, reading)
            except BaseException:
                log.err()
        if loop.dirty:
            loop.flush()
    finally:
        loop.current = before
