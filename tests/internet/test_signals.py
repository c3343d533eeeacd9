"""Tests for what a running reactor does with signals, and for its wakers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.internet.process_support import REACTORS, Lab
from twisted.internet._signals import installHandler, isDefaultHandler
from twisted.internet._wakers import Waker

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


@pytest.fixture(params=REACTORS, ids=lambda kind: kind.__name__)
def lab(request: Any) -> Iterator[Lab]:
    made = Lab(request.param)
    yield made
    made.close()


def handlers() -> list[Any]:
    return [signal.getsignal(number) for number in HANDLED]


class TestReactor:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_stops(self, lab: Lab, number: int) -> None:
        before = handlers()
        lab.reactor.callWhenRunning(os.kill, os.getpid(), number)
        lab.run()
        assert lab.reactor._exitSignal == number
        assert handlers() == before

    def test_endsAWaitThatIsOn(self, lab: Lab) -> None:
        """The signal comes while the reactor has nothing to do for seconds."""
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        begun = time.monotonic()
        lab.run()
        assert time.monotonic() - begun < 5

    def test_aProgramsOwnSIGINTStays(self, lab: Lab) -> None:
        got: list[int] = []

        def own(number: int, frame: Any) -> None:
            got.append(number)
            lab.reactor.callFromThread(lab.reactor.stop)

        before = signal.signal(signal.SIGINT, own)
        try:
            lab.reactor.callWhenRunning(os.kill, os.getpid(), signal.SIGINT)
            lab.run()
            assert signal.getsignal(signal.SIGINT) is own
        finally:
            signal.signal(signal.SIGINT, before)
        assert got == [signal.SIGINT] and lab.reactor._exitSignal is None

    def test_notAskedFor(self, lab: Lab) -> None:
        before = handlers()
        seen: list[Any] = []

        def look() -> None:
            seen.append(handlers())
            lab.reactor.stop()

        lab.reactor.callWhenRunning(look)
        lab.reactor.run(installSignalHandlers=False)
        assert seen == [before]

    def test_inAThread(self, lab: Lab) -> None:
        before = handlers()
        seen: list[Any] = []

        def look() -> None:
            seen.append(handlers())
            lab.reactor.stop()

        lab.reactor.callWhenRunning(look)
        thread = threading.Thread(target=lab.reactor.run)
        thread.start()
        thread.join(10)
        assert seen == [before] == [handlers()]

    def test_theWakeupDescriptorIsGivenBack(self, lab: Lab) -> None:
        read, write = os.pipe()
        os.set_blocking(write, False)
        before = signal.set_wakeup_fd(write)
        try:
            lab.reactor.callWhenRunning(lab.reactor.stop)
            lab.run()
            assert signal.set_wakeup_fd(write) == write
        finally:
            signal.set_wakeup_fd(before)
            os.close(read)
            os.close(write)

    def test_noReaderIsLeft(self, lab: Lab) -> None:
        before = set(lab.reactor._internalReaders)
        lab.reactor.callWhenRunning(lab.reactor.stop)
        lab.run()
        assert set(lab.reactor._internalReaders) == before


class TestInstallHandler:
    def test_aByteForEachChild(self) -> None:
        before = signal.getsignal(signal.SIGCHLD)
        read, write = os.pipe()
        os.set_blocking(read, False)
        os.set_blocking(write, False)
        old = installHandler(write)
        try:
            assert not isDefaultHandler()
            with pytest.raises(BlockingIOError):
                os.read(read, 1)
            os.kill(os.getpid(), signal.SIGCHLD)
            assert os.read(read, 9) == bytes([signal.SIGCHLD])
            assert installHandler(-1) == write
            assert isDefaultHandler()
        finally:
            signal.set_wakeup_fd(old)
            signal.signal(signal.SIGCHLD, before)
            os.close(read)
            os.close(write)


class TestWaker:
    def readable(self, waker: Any) -> bool:
        import select

        return bool(select.select([waker.fileno()], [], [], 0)[0])

    def test_wakesAndIsDrained(self) -> None:
        waker = Waker(None)
        try:
            assert not self.readable(waker)
            waker.wakeUp()
            assert self.readable(waker)
            waker.doRead()
            assert not self.readable(waker)
            waker.doRead()
            waker.wakeUp()
            assert self.readable(waker)
        finally:
            waker.connectionLost(None)

    def test_neverBlocks(self) -> None:
        waker = Waker(None)
        try:
            for _ in range(200_000):
                waker.wakeUp()
            assert self.readable(waker)
        finally:
            waker.connectionLost(None)

    def test_closed(self) -> None:
        waker = Waker(None)
        waker.connectionLost(None)
        assert waker.fileno() == -1
        waker.wakeUp()
        waker.connectionLost(None)

    def test_fromManyThreads(self, lab: Lab) -> None:
        """No call that a thread hands over is forgotten."""
        made = 0
        threads = 4
        each = 500

        def count() -> None:
            nonlocal made
            made += 1
            if made == threads * each:
                lab.reactor.stop()

        def work() -> None:
            for _ in range(each):
                lab.reactor.callFromThread(count)

        def start() -> None:
            for _ in range(threads):
                threading.Thread(target=work, daemon=True).start()

        lab.reactor.callWhenRunning(start)
        lab.run()
        assert made == threads * each
