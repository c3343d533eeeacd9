"""
The reactor in an asyncio event loop: what it adds to the contract of reactors,
which it is held to by the other tests of this folder.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import factoryOf, runReactor
from twisted.internet.abstract import FileDescriptor
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionLost


def _selector() -> Any:
    return asyncio.SelectorEventLoop()


def _uvloop() -> Any:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    return uvloop.new_event_loop()


@pytest.fixture(params=[_selector, _uvloop], ids=["selector", "uvloop"])
def loop(request: Any) -> Iterator[Any]:
    """An event loop of each kind."""
    made = request.param()
    asyncio.set_event_loop(made)
    yield made
    asyncio.set_event_loop(None)
    made.close()


def test_byDefaultALoopOfItsOwnIsTheCurrentOne() -> None:
    reactor = AsyncioSelectorReactor()
    loop = asyncio.get_event_loop_policy().get_event_loop()
    assert reactor._asyncioEventloop is loop
    loop.close()
    other = AsyncioSelectorReactor()
    assert not other._asyncioEventloop.is_closed()
    other._asyncioEventloop.close()
    asyncio.set_event_loop(None)


def test_futuresAndDeferredsInOneProgram(loop: Any) -> None:
    reactor = AsyncioSelectorReactor(loop)
    got: list[Any] = []

    async def asyncioSide() -> str:
        d: Deferred[str] = Deferred()
        reactor.callLater(0.01, d.callback, "from the reactor")
        got.append(await d.asFuture(loop))
        await asyncio.sleep(0.01)
        return "from asyncio"

    async def reactorSide() -> None:
        got.append(await Deferred.fromFuture(loop.create_task(asyncioSide())))

    ensureDeferred(reactorSide()).addCallback(lambda _: reactor.stop())
    runReactor(reactor)
    assert got == ["from the reactor", "from asyncio"]


def test_theProgramMayRunTheLoop(loop: Any) -> None:
    """Timers and calls from threads do not need C{reactor.run}."""
    reactor = AsyncioSelectorReactor(loop)
    got: list[str] = []
    reactor.callLater(0.02, got.append, "timer")
    thread = threading.Timer(0.05, reactor.callFromThread, (got.append, "thread"))
    thread.start()

    async def main() -> None:
        deadline = time.monotonic() + 10
        while len(got) < 2 and time.monotonic() < deadline:
            await asyncio.sleep(0.005)

    loop.run_until_complete(main())
    thread.join()
    assert got == ["timer", "thread"]


def test_startedInALoopThatRuns(loop: Any) -> None:
    """A program may start the reactor from a coroutine, and stop it there."""
    reactor = AsyncioSelectorReactor(loop)
    got: list[Any] = []

    async def main() -> None:
        reactor.callWhenRunning(got.append, "running")
        reactor.startRunning(installSignalHandlers=False)
        ended: asyncio.Future[None] = loop.create_future()
        reactor.callLater(0.01, ended.set_result, None)
        await ended
        reactor.addSystemEventTrigger("during", "shutdown", got.append, "shutdown")
        reactor.stop()

    task = loop.create_task(main())
    loop.run_forever()  # ends because the reactor does
    assert task.done() and task.exception() is None
    assert got == ["running", "shutdown"]


def test_aRegularFileIsServedAllTheSame(loop: Any) -> None:
    """Of epoll's refusal only those hear who ask for it."""
    reactor = AsyncioSelectorReactor(loop)
    if type(loop).__module__.startswith("uvloop"):
        pytest.skip("libuv aborts the process for descriptors that epoll refuses")
    with tempfile.TemporaryFile() as file:
        file.write(b"contents")
        file.seek(0)
        got: list[bytes] = []

        class Reader(FileDescriptor):
            def fileno(self) -> int:
                return file.fileno()

            def doRead(self) -> None:
                data = file.read(3)
                got.append(data)
                if not data:
                    reactor.removeReader(self)
                    reactor.stop()

        reader = Reader(reactor)
        reactor.addReader(reader)
        assert reader in reactor.getReaders()
        runReactor(reactor)
        assert reader not in reactor.getReaders()
    assert b"".join(got) == b"contents"


def test_wakesAreFewHoweverManyTimers(loop: Any) -> None:
    """The loop is asked for the next wake only, not for one of each timer."""
    asked: list[float] = []

    class Counting(AsyncioSelectorReactor):
        def _wakeIn(self, delay: float) -> None:
            asked.append(delay)
            super()._wakeIn(delay)

    reactor = Counting(loop)
    moment = reactor.seconds() + 0.1
    for _ in range(1000):
        reactor.callLater(max(0, moment - reactor.seconds()), lambda: None)
    reactor.callLater(0.2, reactor.stop)
    runReactor(reactor)
    assert len(asked) < 20


def test_aResetAfterDataIsNoticed(loop: Any) -> None:
    """Data and a reset at once are data, and then a connection that is lost."""
    reactor = AsyncioSelectorReactor(loop)
    server = factoryOf(onLost=lambda protocol, reason: reactor.stop())
    port = reactor.listenTCP(0, server, interface="127.0.0.1")

    def attack() -> None:
        with socket.create_connection(("127.0.0.1", port.getHost().port)) as peer:
            peer.sendall(b"half a mess")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    reactor.callWhenRunning(attack)
    runReactor(reactor)
    assert server.made[0].reason.check(ConnectionLost)


def test_aProactorLoopIsRefused(monkeypatch: Any, loop: Any) -> None:
    monkeypatch.setattr(asyncio, "ProactorEventLoop", type(loop), raising=False)
    with pytest.raises(TypeError, match="ProactorEventLoop is not supported"):
        AsyncioSelectorReactor(loop)


def test_installed() -> None:
    program = (
        "from twisted.internet import asyncioreactor; asyncioreactor.install()\n"
        "from twisted.internet import reactor\n"
        "import asyncio\n"
        "async def main():\n"
        "    await asyncio.sleep(0.01); print('slept'); reactor.stop()\n"
        "task = reactor._asyncioEventloop.create_task(main())\n"
        "reactor.run()\n"
        "print(type(reactor).__name__, task.done())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "slept\nAsyncioSelectorReactor True\n"), (
        done.stderr
    )
