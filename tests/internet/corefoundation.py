"""
As much of Core Foundation as the reactor uses, for any POSIX system: a run loop
with timers, and descriptors whose callbacks come once.
"""

from __future__ import annotations

import select
import time
from types import SimpleNamespace
from typing import Any


class RunLoop:
    """A C{CFRunLoop}."""

    def __init__(self) -> None:
        self.timers: set[Any] = set()
        self.sources: set[Any] = set()
        self.stopped = False

    def once(self, seconds: float | None) -> bool:
        """Wait, and handle what happens; return whether something did."""
        now = time.time()
        moments = [timer.when - now for timer in self.timers]
        limits = moments if seconds is None else [*moments, seconds]
        poll = select.poll()
        descriptors = {}
        for source in self.sources:
            descriptor = source.descriptor
            mask = (select.POLLIN if descriptor.enabled & 1 else 0) | (
                select.POLLOUT if descriptor.enabled & 2 else 0
            )
            if mask:
                poll.register(descriptor.number, mask)
                descriptors[descriptor.number] = descriptor
        wait = max(0.0, min(limits)) * 1000 if limits else None
        happened = poll.poll(None if wait is None else int(wait) + (wait > 0))
        done = False
        for number, what in happened:
            descriptor = descriptors[number]
            gone = what & (select.POLLHUP | select.POLLERR)
            kinds = (1 if what & select.POLLIN or gone else 0) | (
                2 if what & select.POLLOUT or gone else 0
            )
            kinds &= descriptor.enabled
            if kinds and descriptor.valid:
                descriptor.enabled &= ~kinds
                descriptor.callout(descriptor, kinds, descriptor.info)
                done = True
        for timer in sorted(self.timers, key=lambda timer: timer.when):
            if timer in self.timers and timer.when <= time.time():
                self.timers.discard(timer)
                timer.callout(timer, timer.info)
                done = True
        return done


class CoreFoundation:
    """The module, with a run loop of its own."""

    kCFAllocatorDefault = None
    kCFRunLoopCommonModes = "common"
    kCFRunLoopDefaultMode = "default"
    kCFFileDescriptorReadCallBack = 1
    kCFFileDescriptorWriteCallBack = 2

    def __init__(self) -> None:
        self.loop = RunLoop()

    def CFRunLoopGetCurrent(self) -> RunLoop:
        return self.loop

    def CFRunLoopRun(self) -> None:
        # A stop from before is none: the documentation says so of the loop that runs.
        self.loop.stopped = False
        while not self.loop.stopped:
            self.loop.once(None)

    def CFRunLoopStop(self, loop: RunLoop) -> None:
        loop.stopped = True

    def CFRunLoopRunInMode(self, mode: str, seconds: float, once: bool) -> None:
        assert mode == "default" and once
        self.loop.once(min(seconds, 1e6))

    def CFAbsoluteTimeGetCurrent(self) -> float:
        return time.time()

    def CFRunLoopTimerCreate(
        self, _: Any, when: float, interval: float, flags: int, order: int, callout: Any, info: Any
    ) -> Any:
        assert interval == flags == order == 0
        return _Hashable(when=when, callout=callout, info=info)

    def CFRunLoopAddTimer(self, loop: RunLoop, timer: Any, modes: str) -> None:
        loop.timers.add(timer)

    def CFRunLoopTimerInvalidate(self, timer: Any) -> None:
        self.loop.timers.discard(timer)

    def CFFileDescriptorCreate(
        self, _: Any, number: int, closes: bool, callout: Any, info: Any
    ) -> Any:
        assert not closes and number >= 0
        return _Hashable(number=number, callout=callout, info=info, enabled=0, valid=True)

    def CFFileDescriptorCreateRunLoopSource(self, _: Any, descriptor: Any, order: int) -> Any:
        return _Hashable(descriptor=descriptor)

    def CFFileDescriptorEnableCallBacks(self, descriptor: Any, kinds: int) -> None:
        assert descriptor.valid
        descriptor.enabled |= kinds

    def CFFileDescriptorDisableCallBacks(self, descriptor: Any, kinds: int) -> None:
        assert descriptor.valid
        descriptor.enabled &= ~kinds

    def CFFileDescriptorInvalidate(self, descriptor: Any) -> None:
        descriptor.valid = False

    def CFRunLoopAddSource(self, loop: RunLoop, source: Any, modes: str) -> None:
        loop.sources.add(source)

    def CFRunLoopRemoveSource(self, loop: RunLoop, source: Any, modes: str) -> None:
        loop.sources.discard(source)


class _Hashable(SimpleNamespace):
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other
