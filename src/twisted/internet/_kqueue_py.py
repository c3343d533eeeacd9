"""
The pure twin of the kqueue loop: the descriptor table over L{select.kqueue}.
The compiled twin is C{PollerLoop} of C{twisted.internet._reactor_c}, where that
was built to wait by kqueue.

kqueue(2) knows a filter for reading and one for writing, each with events of
its own.  The two of one descriptor from one wait are put together, so that
what can be read is read before a hang-up that the other filter has found.
"""

from __future__ import annotations

import os
import select
import stat
from errno import EINTR, EINVAL, ENODEV, EOPNOTSUPP, EPERM
from select import POLLHUP, POLLIN, POLLOUT
from typing import Any

from twisted.internet._masks import Loop, MaskTable

# NetBSD counts its filters in another way than the rest.
READ: int = getattr(select, "KQ_FILTER_READ", -1)
WRITE: int = getattr(select, "KQ_FILTER_WRITE", -2)
ADD: int = getattr(select, "KQ_EV_ADD", 0x0001)
DELETE: int = getattr(select, "KQ_EV_DELETE", 0x0002)
ERROR: int = getattr(select, "KQ_EV_ERROR", 0x4000)
EOF: int = getattr(select, "KQ_EV_EOF", 0x8000)

#: What is said of a descriptor that has no filter: some devices, by the system.
NOT_WAITED_FOR = frozenset((EPERM, EINVAL, ENODEV, EOPNOTSUPP))

# Events taken from the kernel in one wait.
BATCH = 1024

_FILTERS = ((POLLIN, READ), (POLLOUT, WRITE))


def meaning(event: Any) -> int:
    """Return what a kevent says, as POLLIN and so on."""
    ended = event.flags & (EOF | ERROR)
    if event.filter == READ:
        # The end can be read; an error is more than that.
        return POLLIN | (POLLHUP if ended and getattr(event, "fflags", 0) else 0)
    return POLLOUT | (POLLHUP if ended else 0)


class KQueuePoller:
    """
    A kqueue with the methods of L{select.epoll}.

    @ivar queue: the L{select.kqueue}.
    """

    def __init__(self, impl: Any) -> None:
        """
        @param impl: L{select}, or what has its C{kqueue} and C{kevent}.
        """
        self._impl = impl
        self.queue = impl.kqueue()
        self._masks: dict[int, int] = {}

    def _change(self, fd: int, which: int, flags: int) -> None:
        """
        Tell the kernel at once: it reports errors of the change to us.

        @raise OSError: it refuses; EPERM if it has no filter for *fd*.
        """
        try:
            self.queue.control([self._impl.kevent(fd, which, flags)], 0, 0)
        except OSError as problem:
            if problem.errno in NOT_WAITED_FOR:
                raise PermissionError(EPERM, os.strerror(EPERM)) from problem
            # Interrupted it has made the changes all the same: kqueue(2), ERRORS.
            if problem.errno != EINTR:
                raise

    def register(self, fd: int, mask: int) -> None:
        """
        Wait for *fd*.

        @raise OSError: the kernel refuses; EPERM if *fd* is always ready.
        """
        if _isAlwaysReady(fd):
            raise PermissionError(EPERM, os.strerror(EPERM))
        self._masks[fd] = 0
        self.modify(fd, mask)

    def modify(self, fd: int, mask: int) -> None:
        """
        Wait for *fd*, in another way than before.

        @raise OSError: the kernel refuses.
        """
        before = self._masks.get(fd, 0)
        # Adding once more is no error.
        for bit, which in _FILTERS:
            if mask & bit:
                self._change(fd, which, ADD)
        for bit, which in _FILTERS:
            if before & bit and not mask & bit:
                self._delete(fd, which)
        self._masks[fd] = mask

    def unregister(self, fd: int) -> None:
        """Wait for *fd* no longer."""
        before = self._masks.pop(fd, 0)
        for bit, which in _FILTERS:
            if before & bit:
                self._delete(fd, which)

    def _delete(self, fd: int, which: int) -> None:
        try:
            self._change(fd, which, DELETE)
        except OSError:
            pass  # closed: the kernel has forgotten it already

    def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
        """
        Wait.

        @param timeout: seconds; negative: for ever.
        @param most: how many events are taken from the kernel.
        @return: descriptors and what happened to them, POLLIN and so on.
        """
        found: dict[int, int] = {}
        for event in self.queue.control([], most, None if timeout < 0 else timeout):
            found[event.ident] = found.get(event.ident, 0) | meaning(event)
        return [*found.items()]

    def fileno(self) -> int:
        """Return the number of the queue."""
        return self.queue.fileno()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Give the queue back."""
        self.queue.close()


def _isAlwaysReady(fd: int) -> bool:
    """
    Tell whether *fd* is a file: kqueue(2) tells how much of one is left, which
    is not readiness.
    """
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return False  # the kernel will say what is wrong with it
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _tellNobody(fd: int) -> None:
    """There is no kernel's table; when one is made it will be told all."""


class KQueueLoop(Loop, MaskTable):
    """
    A loop that waits with kqueue(2).

    @ivar poller: the queue, a L{KQueuePoller}.
    """

    IN = POLLIN
    OUT = POLLOUT
    GONE = POLLHUP

    facility = "kqueue"

    #: Whose C{kqueue} and C{kevent} are used.
    impl: Any = select

    def __init__(self, reactor: Any, customClock: bool) -> None:
        super().__init__(reactor, customClock)
        self._openTable(KQueuePoller(self.impl))

    def _ask(self, timeout: float | None) -> list[tuple[int, int]]:
        return self._waiter.poll(-1 if timeout is None else timeout, BATCH)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Give the kernel's table back."""
        self.poller.close()

    def suspend(self) -> None:
        """
        Give the kernel's table back, until C{resume}: a process that is to be
        forked does so where its child would not have it.
        """
        self.poller.close()
        self._tell = _tellNobody  # type: ignore[method-assign]

    def resume(self) -> None:
        """Have a table again, and tell it of all who are waited for."""
        if self._tell is not _tellNobody:
            return
        del self._tell
        before, self.poller = self.poller, KQueuePoller(self.impl)
        if self._waiter is before:
            self._waiter = self.poller
        self._masks.clear()
        for fd in {*self._readers, *self._writers}:
            self._tell(fd)
