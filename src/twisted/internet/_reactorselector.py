"""
A selector for asyncio that waits with a reactor.

L{selectors} is the interface between asyncio's loop, its transports and the
kernel.  Behind it each watched descriptor is registered with the reactor, as a
reader, a writer or both; what the reactor says of it is kept until the loop asks.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Mapping
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IReadDescriptor, IWriteDescriptor

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


@implementer(IReadDescriptor, IWriteDescriptor)
class Watched:
    """
    One descriptor, as the reactor sees it.

    @ivar key: what the loop has registered.
    """

    disconnected = False

    def __init__(self, selector: ReactorSelector, key: selectors.SelectorKey) -> None:
        self.selector = selector
        self.key = key

    def fileno(self) -> int:
        """Return its number."""
        return self.key.fd

    def logPrefix(self) -> str:
        """Return C{"asyncio"}."""
        return "asyncio"

    def doRead(self) -> None:
        """There is something to read."""
        self.selector.happened(self, READ)

    def doWrite(self) -> None:
        """Something can be written."""
        self.selector.happened(self, WRITE)

    def writeConnectionLost(self, reason: Any) -> None:
        """As C{connectionLost}."""
        self.connectionLost(reason)

    def connectionLost(self, reason: Any) -> None:
        """
        The kernel has reported an error or a hang-up, and the reactor has let
        go of the descriptor; or the reactor shuts down.  asyncio finds out what
        is the matter by reading and writing, and decides itself when to let go.
        """
        selector = self.selector
        if not selector.keeps(self):
            return
        try:
            selector.happened(self, READ | WRITE)
        finally:
            if selector.keeps(self):
                selector.watch(self, 0)


class _Keys(Mapping[Any, selectors.SelectorKey]):
    """What is registered, by file objects or their numbers."""

    def __init__(self, selector: ReactorSelector) -> None:
        self._selector = selector

    def __len__(self) -> int:
        return len(self._selector.watched)

    def __iter__(self) -> Any:
        return iter(self._selector.watched)

    def __getitem__(self, file: Any) -> selectors.SelectorKey:
        return self._selector.watched[_number(file)].key

    def get(self, file: Any, default: Any = None) -> Any:
        """Return the key of *file*, or *default*."""
        found = self._selector.watched.get(file if type(file) is int else _number(file))
        return default if found is None else found.key


class ReactorSelector(selectors.BaseSelector):
    """
    Waits with a reactor.

    @ivar reactor: which.
    @ivar watched: what is registered, by number.
    @ivar events: what has happened and was not asked for yet.
    """

    def __init__(
        self,
        reactor: Any,
        wait: Callable[[float | None], None],
        notify: Callable[[], None],
    ) -> None:
        """
        @param wait: waits up to so many seconds for something to happen;
            L{None} is for ever.
        @param notify: called when something has happened.
        """
        self.reactor = reactor
        self.watched: dict[int, Watched] = {}
        self.events: list[tuple[selectors.SelectorKey, int]] = []
        self._wait = wait
        self._notify = notify
        self._keys = _Keys(self)
        self._open = True

    # -- what the reactor says ------------------------------------------------

    def happened(self, watched: Watched, mask: int) -> None:
        """Note that the reading or writing of *watched* can go on."""
        mask &= watched.key.events
        if mask:
            self.events.append((watched.key, mask))
            self._notify()

    def keeps(self, watched: Watched) -> bool:
        """Tell whether *watched* is still registered."""
        return self._open and self.watched.get(watched.key.fd) is watched

    def watch(self, watched: Watched, before: int) -> None:
        """
        Have the reactor wait for what the key says.

        @param before: what it waits for now.
        """
        wanted = watched.key.events
        if wanted & READ and not before & READ:
            self.reactor.addReader(watched)
        if wanted & WRITE and not before & WRITE:
            self.reactor.addWriter(watched)
        if before & READ and not wanted & READ:
            self.reactor.removeReader(watched)
        if before & WRITE and not wanted & WRITE:
            self.reactor.removeWriter(watched)

    # -- what the loop asks -----------------------------------------------------

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """
        Watch *fileobj*.

        @param events: C{EVENT_READ}, C{EVENT_WRITE} or both.
        @raise KeyError: it is registered.
        @raise ValueError: *events* is something else, or *fileobj* no file.
        """
        if not events or events & ~(READ | WRITE):
            raise ValueError(f"Invalid events: {events!r}")
        fd = _number(fileobj)
        if fd in self.watched:
            raise KeyError(f"{fileobj!r} (FD {fd}) is already registered")
        key = selectors.SelectorKey(fileobj, fd, events, data)
        watched = Watched(self, key)
        self.watch(watched, 0)
        self.watched[fd] = watched
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """
        Watch *fileobj* no longer.

        @raise KeyError: it is not registered.
        """
        watched = self._find(fileobj)
        del self.watched[watched.key.fd]
        key = watched.key
        self.reactor.removeReader(watched)
        self.reactor.removeWriter(watched)
        if self.events:
            self.events = [each for each in self.events if each[0].fd != key.fd]
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """
        Watch *fileobj* for something else, or with other *data*.

        @raise KeyError: it is not registered.
        """
        watched = self._find(fileobj)
        before = watched.key
        watched.key = before._replace(events=events, data=data)
        if events != before.events:
            self.watch(watched, before.events)
        return watched.key

    def _find(self, fileobj: Any) -> Watched:
        try:
            return self.watched[_number(fileobj)]
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """
        Return what has happened; wait up to *timeout* seconds for something.
        """
        self._wait(0 if self.events else timeout)
        return self.take()

    def take(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what has happened since this was asked last."""
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        """Let go of all."""
        for watched in list(self.watched.values()):
            self.unregister(watched.key.fd)
        self._open = False

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return what is registered, by file objects or their numbers."""
        return self._keys

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """
        Return the key of *fileobj*.

        @raise KeyError: it is not registered.
        """
        return self._find(fileobj).key


def _number(file: Any) -> int:
    """
    Return the number of the descriptor *file*.

    @raise ValueError: it is none.
    """
    if isinstance(file, int):
        number = file
    else:
        try:
            number = int(file.fileno())
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f"Invalid file object: {file!r}") from None
    if number < 0:
        raise ValueError(f"Invalid file descriptor: {number}")
    return number


__all__ = ["ReactorSelector", "Watched"]
