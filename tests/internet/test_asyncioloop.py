"""
The asyncio event loop on a reactor.  CPython's own tests of event loops are run
on it in C{tests/interop/test_asyncio_cpython.py}.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.conftest import clearedUp
from tests.support import REACTORS, factoryOf, runReactor
from twisted.internet import defer, task
from twisted.internet.asyncioloop import TorsionEventLoop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.threads import deferToThreadPool


@pytest.fixture(
    params=[kind for kind in REACTORS if kind is not AsyncioSelectorReactor],
    ids=lambda kind: kind.__name__,
)
def reactor(request: Any) -> Iterator[Any]:
    """A reactor of each kind but the one whose own loop is asyncio's."""
    yield from clearedUp(request.param())


Main = Callable[[], Coroutine[Any, Any, Any]]


@pytest.fixture
def loop(reactor: Any) -> Iterator[Any]:
    """A loop on a reactor of each kind that can have one."""
    made = TorsionEventLoop(reactor)
    asyncio.set_event_loop(made)
    yield made
    asyncio.set_event_loop(None)
    made.close()


def _inReactor(loop: Any, main: Main) -> Any:
    got: list[Any] = []

    async def run() -> None:
        try:
            got.append(await main())
        except BaseException as problem:
            got.append(problem)
        finally:
            loop.reactor.stop()

    loop.create_task(run())
    runReactor(loop.reactor)
    return got[0]


def _asTwisted(loop: Any, main: Main) -> Any:
    got: list[Any] = []
    loop.reactor.callWhenRunning(
        lambda: (
            ensureDeferred(main())
            .addErrback(lambda failure: failure.value)
            .addCallback(got.append)
            .addBoth(lambda _: loop.reactor.stop())
        )
    )
    runReactor(loop.reactor)
    return got[0]


def _byItself(loop: Any, main: Main) -> Any:
    async def run() -> Any:
        try:
            return await main()
        except BaseException as problem:
            return problem

    return loop.run_until_complete(asyncio.wait_for(run(), 10))


@pytest.fixture(
    params=[_inReactor, _asTwisted, _byItself], ids=["inReactor", "asTwisted", "byItself"]
)
def run(request: Any, loop: Any) -> Callable[[Main], Any]:
    """
    Runs a coroutine and returns what comes of it: as a task in a reactor that
    runs, by C{ensureDeferred} there, as a task in a loop that runs the reactor.
    """
    return lambda main: request.param(loop, main)


def test_oneCoroutineAwaitsBoth(loop: Any, run: Any) -> None:
    async def main() -> Any:
        got = [await task.deferLater(loop.reactor, 0.01, lambda: "deferred")]
        got.append(await asyncio.sleep(0.01, "future"))
        got.append(await defer.succeed("fired"))
        got.append(await asyncio.create_task(asyncio.sleep(0.01, "task")))
        got.append(await ensureDeferred(inner()))
        return got

    async def inner() -> str:
        await asyncio.sleep(0)
        await task.deferLater(loop.reactor, 0)
        await asyncio.sleep(0.001)
        return "inner"

    assert run(main) == ["deferred", "future", "fired", "task", "inner"]


def test_whatFailsRaises(loop: Any, run: Any) -> None:
    async def main() -> list[Any]:
        got: list[Any] = []
        for waited in (
            task.deferLater(loop.reactor, 0.01, lambda: 1 // 0),
            asyncio.create_task(fail()),
            defer.fail(KeyError("fired")),
        ):
            try:
                await waited
            except Exception as problem:
                got.append(type(problem))
        return got

    async def fail() -> None:
        raise ValueError

    assert run(main) == [ZeroDivisionError, ValueError, KeyError]


def test_whatAsyncioOffersTakesDeferreds(loop: Any, run: Any) -> None:
    cancelled: list[Any] = []

    async def main() -> Any:
        first = task.deferLater(loop.reactor, 0.01, lambda: 1)
        second = asyncio.sleep(0.01, 2)
        got = await asyncio.gather(first, second)
        never: Deferred[None] = Deferred(cancelled.append)
        with pytest.raises(TimeoutError):
            # In a task: time-outs ask for one since Python 3.12.
            await asyncio.create_task(asyncio.wait_for(_await(never), 0.02))
        return got

    assert run(main) == [1, 2]
    assert len(cancelled) == 1


async def _await(waited: Any) -> Any:
    return await waited


def test_aTaskThatIsCancelledEndsWhateverTheDeferredSays(loop: Any) -> None:
    """A canceller that makes a result of it does not keep the task from ending."""

    async def main() -> Any:
        stubborn: Deferred[str] = Deferred(lambda d: d.callback("nevertheless"))
        waiting = asyncio.create_task(_await(stubborn))
        await asyncio.sleep(0.01)
        waiting.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return waiting.cancelled()

    assert _inReactor(loop, main) is True


def test_aDeferredThatIsCancelledCancelsTheFuture(loop: Any) -> None:
    ends: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    async def main() -> Any:
        outer = ensureDeferred(_await(asyncio.create_task(forever())))
        await asyncio.sleep(0.01)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer
        return ends

    assert _inReactor(loop, main) == ["cancelled"]


def test_aWaitOfNoTimeGivesOthersTheirTurn(loop: Any) -> None:
    """C{asyncio.sleep(0)}, again and again, does not stop the reactor."""

    async def main() -> int:
        over: list[bool] = []
        loop.reactor.callLater(0.02, over.append, True)
        turns = 0
        while not over:
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert _asTwisted(loop, main) > 1


def test_theRunningLoop(loop: Any) -> None:
    """It is the running one as long as the reactor runs, everywhere in it."""
    seen: list[Any] = []
    reactor = loop.reactor

    def look() -> None:
        seen.append(asyncio.get_running_loop() is loop and loop.is_running())

    reactor.callWhenRunning(reactor.callLater, 0, look)
    reactor.addSystemEventTrigger("during", "shutdown", look)
    reactor.callLater(0.01, reactor.stop)
    runReactor(reactor)
    assert seen == [True, True]
    assert not loop.is_running()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_stoppingTheLoopStopsTheReactor(loop: Any) -> None:
    loop.call_later(0.01, loop.stop)
    loop.call_later(0.01, loop.stop)
    runReactor(loop.reactor)


def test_theTasksThatAreLeftAreCancelled(loop: Any) -> None:
    words: list[str] = []

    async def left() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0)
            words.append("last words")

    loop.create_task(left())
    loop.reactor.callLater(0.01, loop.reactor.stop)
    runReactor(loop.reactor)
    assert words == ["last words"]


def test_itIsNotRunTwice(loop: Any) -> None:
    async def main() -> Any:
        with pytest.raises(RuntimeError, match="already running"):
            loop.run_forever()
        return True

    assert _inReactor(loop, main) is True


def test_aReactorInALoopGetsNone() -> None:
    reactor = AsyncioSelectorReactor()
    with pytest.raises(TypeError, match="already"):
        TorsionEventLoop(reactor)
    reactor._asyncioEventloop.close()
    asyncio.set_event_loop(None)


def test_otherThreadsWakeIt(loop: Any, run: Any) -> None:
    async def main() -> Any:
        there: asyncio.Future[str] = loop.create_future()
        thread = threading.Timer(
            0.02, loop.call_soon_threadsafe, (there.set_result, "from a thread")
        )
        thread.start()
        got = [await there, await asyncio.to_thread(lambda: "in a thread")]
        pool = loop.reactor.getThreadPool()
        got.append(await deferToThreadPool(loop.reactor, pool, lambda: "in a pool"))
        thread.join()
        return got

    assert run(main) == ["from a thread", "in a thread", "in a pool"]


def test_timers(loop: Any, run: Any) -> None:
    async def main() -> Any:
        made: list[Any] = []
        loop.call_later(0.03, made.append, 3)
        loop.call_later(0.01, made.append, 1)
        loop.call_later(0.02, made.append, 2).cancel()
        over = loop.create_future()
        loop.call_later(0.05, over.set_result, None)
        await over
        return made

    assert run(main) == [1, 3]


def test_aStreamToAProtocol(loop: Any, run: Any) -> None:
    """asyncio's streams talk to a Twisted server in the same process."""
    reactor = loop.reactor
    server = factoryOf(
        onData=lambda protocol, data: protocol.transport.write(data.upper()),
    )
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    data = os.urandom(10).hex().encode() * 50_000

    async def main() -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
        sending = asyncio.create_task(send(writer))
        got = await reader.readexactly(len(data))
        await sending
        writer.close()
        await writer.wait_closed()
        await port.stopListening()
        return got == data.upper()

    async def send(writer: Any) -> None:
        writer.write(data)
        await writer.drain()

    assert run(main) is True


def test_aPeerThatIsGoneIsNoticed(loop: Any, run: Any) -> None:
    async def main() -> Any:
        mine, its = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=mine)
        its.sendall(b"last")
        its.close()
        got = await reader.read()
        writer.write(b"x")
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            pass
        return got

    assert run(main) == b"last"


def test_datagrams(loop: Any, run: Any) -> None:
    async def main() -> Any:
        there = loop.create_future()

        class Receiver(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: Any) -> None:
                there.set_result(data)

        transport, _ = await loop.create_datagram_endpoint(Receiver, local_addr=("127.0.0.1", 0))
        sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=transport.get_extra_info("sockname")
        )
        sender.sendto(b"datagram")
        got = await there
        sender.close()
        transport.close()
        return got

    assert run(main) == b"datagram"


def test_contextVariables(loop: Any, run: Any) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

    async def main() -> Any:
        variable.set("mine")
        await task.deferLater(loop.reactor, 0.001)
        await asyncio.sleep(0.001)
        got = [variable.get()]
        got.append(await asyncio.create_task(other()))
        got.append(variable.get())
        return got

    async def other() -> str:
        before = variable.get()
        variable.set("its")
        return before

    assert run(main) == ["mine", "mine", "mine"]
    assert variable.get() == "none"


def test_signals(loop: Any) -> None:
    """A handler of the loop's is in the place of another, and gives it back."""
    found: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: found.append(number))
    try:

        async def main() -> Any:
            got = loop.create_future()
            loop.add_signal_handler(signal.SIGUSR1, got.set_result, "got it")
            os.kill(os.getpid(), signal.SIGUSR1)
            result = await asyncio.wait_for(got, 30)
            assert loop.remove_signal_handler(signal.SIGUSR1)
            assert not loop.remove_signal_handler(signal.SIGUSR1)
            os.kill(os.getpid(), signal.SIGUSR1)
            return result

        assert _inReactor(loop, main) == "got it"
        assert found == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)


def _program(text: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_installed() -> None:
    program = """
import asyncio
from twisted.internet import asyncioloop, reactor
loop = asyncioloop.install()
async def main():
    child = await asyncio.create_subprocess_exec("echo", "from a child", stdout=-1)
    print((await child.communicate())[0].decode(), end="")
    print(asyncio.get_event_loop() is loop)
    reactor.stop()
task = loop.create_task(main())
reactor.run()
loop.close()
"""
    assert _program(program) == (0, "from a child\nTrue\n")


def test_aProgramOfAsyncio() -> None:
    """It may be run again, and threads of the reactor's do not keep it alive."""
    program = """
import asyncio
from twisted.internet import reactor, threads
from twisted.internet.asyncioloop import TorsionEventLoop
async def main():
    return await threads.deferToThread(lambda: 6 * 7)
for _ in range(2):
    with asyncio.Runner(loop_factory=TorsionEventLoop) as runner:
        print(runner.run(main()), reactor.running)
print(reactor.running)
"""
    assert _program(program) == (0, "42 True\n42 True\nFalse\n")


def test_childrenOfOursInAProgramOfAsyncio() -> None:
    """They are seen to end, though their pipes were never there."""
    program = """
import asyncio, signal
from twisted.internet import reactor
from twisted.internet.asyncioloop import TorsionEventLoop
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
class Child(ProcessProtocol):
    def __init__(self):
        self.ended = Deferred()
    def processEnded(self, reason):
        self.ended.callback(reason.value.exitCode)
async def main():
    child = Child()
    reactor.spawnProcess(child, "/bin/sh", ["sh", "-c", "sleep 0.1; exit 3"], childFDs={})
    print(await asyncio.wait_for(child.ended, 10))
with asyncio.Runner(loop_factory=TorsionEventLoop) as runner:
    runner.run(main())
print(signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, signal.set_wakeup_fd(-1))
"""
    assert _program(program) == (0, "3\nTrue -1\n")


def test_theReactorIsStoppedInAProgramOfAsyncio() -> None:
    program = """
import asyncio
from twisted.internet import reactor
from twisted.internet.asyncioloop import TorsionEventLoop
async def main():
    reactor.addSystemEventTrigger("during", "shutdown", print, "shut down")
    reactor.stop()
    await asyncio.sleep(1000)
with asyncio.Runner(loop_factory=TorsionEventLoop) as runner:
    try:
        runner.run(main())
    except RuntimeError as problem:
        print(problem)
"""
    code, output = _program(program)
    assert (code, output) == (0, "shut down\nEvent loop stopped before Future completed.\n")
