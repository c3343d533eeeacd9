"""
The stream transports of the asyncio event loop on a reactor.

Every test is also run on asyncio's own loop: what is expected is what that does.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.conftest import clearedUp
from tests.support import REACTORS, posixOnly, runReactor
from twisted.internet import defer
from twisted.internet.asyncioloop import TorsionEventLoop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

pytestmark = posixOnly

KINDS = [kind for kind in REACTORS if kind is not AsyncioSelectorReactor]

Scenario = Callable[[], Coroutine[Any, Any, Any]]

PEERS: list[socket.socket] = []


@pytest.fixture(autouse=True)
def peers() -> Iterator[None]:
    """The sockets that C{connected} makes are closed in the end."""
    yield
    while PEERS:
        PEERS.pop().close()


class Run:
    """Runs a coroutine function on a loop, and returns what it returns."""

    def __init__(self, loop: Any, inReactor: bool) -> None:
        self.loop = loop
        self.inReactor = inReactor

    def __call__(self, scenario: Scenario) -> Any:
        if not self.inReactor:
            return self.loop.run_until_complete(asyncio.wait_for(scenario(), 20))
        task = self.loop.create_task(scenario())
        task.add_done_callback(lambda _: self.loop.reactor.stop())
        runReactor(self.loop.reactor, 20)
        return task.result()


def _params() -> Iterator[Any]:
    yield pytest.param((None, False), id="asyncio")
    for kind in KINDS:
        yield pytest.param((kind, False), id=f"{kind.__name__}-byItself")
        yield pytest.param((kind, True), id=f"{kind.__name__}-inReactor")


@pytest.fixture(params=_params())
def run(request: Any) -> Iterator[Run]:
    """Of asyncio's own loop, or ours."""
    kind, inReactor = request.param
    clearing = clearedUp(kind()) if kind is not None else iter([None])
    reactor = next(clearing)
    loop: Any = asyncio.SelectorEventLoop() if kind is None else TorsionEventLoop(reactor)
    asyncio.set_event_loop(loop)
    yield Run(loop, inReactor)
    asyncio.set_event_loop(None)
    loop.close()
    for _ in clearing:
        pass


class Recorder(asyncio.Protocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[Any] = self.loop.create_future()
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.events.append("made")

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.events.append(data)

    def eof_received(self) -> Any:
        self.events.append("eof")

    def pause_writing(self) -> None:
        self.events.append("pause")

    def resume_writing(self) -> None:
        self.events.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append(("lost", type(exc)))
        self.lost.set_result(exc)


async def until(condition: Callable[[], Any]) -> None:
    """Wait until *condition* holds."""
    while not condition():
        await asyncio.sleep(0.001)


async def connected(factory: Any = Recorder, tcp: bool = False) -> tuple[Any, Any]:
    """
    @return: a protocol with a transport, and the socket at the other end, which
        blocks.
    """
    loop = asyncio.get_running_loop()
    if tcp:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            peer = socket.create_connection(listening.getsockname())
            mine, _ = listening.accept()
    else:
        mine, peer = socket.socketpair()
    mine.setblocking(False)
    peer.settimeout(20)
    PEERS.append(peer)
    _, protocol = await loop.connect_accepted_socket(factory, mine)
    return protocol, peer


def caught() -> list[Any]:
    """What the exception handler of the running loop is told from now on."""
    got: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: got.append(context))
    return got


async def drain(peer: socket.socket, size: int | None = None) -> int:
    """Read *size* bytes in a thread, or until the end; return how many came."""

    def read() -> int:
        total = 0
        while size is None or total < size:
            piece = peer.recv(65536)
            if not piece:
                break
            total += len(piece)
        return total

    return await asyncio.to_thread(read)


def test_theOrder(run: Run) -> None:
    """First the connection, then what lay ready, then the end."""

    async def scenario() -> Any:
        loop = asyncio.get_running_loop()
        mine, peer = socket.socketpair()
        mine.setblocking(False)
        peer.sendall(b"early")
        peer.close()
        protocol = Recorder()
        loop.call_soon(protocol.events.append, "before")
        making = loop.create_task(loop.create_connection(lambda: protocol, sock=mine))
        _, made = await making
        await protocol.lost
        return protocol.events, made is protocol

    events, same = run(scenario)
    assert same
    assert events == ["before", "made", b"early", "eof", ("lost", type(None))]


def test_callsInBetween(run: Run) -> None:
    """What C{data_received} asks for is called before it is called again."""

    class Asking(Recorder):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.loop.call_soon(self.events.append, "soon")
            self.transport.pause_reading()
            self.transport.resume_reading()

    async def scenario() -> Any:
        protocol, peer = await connected(Asking)
        for count in range(1, 4):
            peer.sendall(b"x")
            await until(lambda: protocol.events.count(b"x") == count)  # noqa: B023
        await asyncio.sleep(0)
        peer.close()
        await protocol.lost
        return protocol.events[:-2]

    assert run(scenario) == ["made", *[b"x", "soon"] * 3]


def test_contexts(run: Run) -> None:
    """Its own copy for each that is called; what C{data_received} sets it finds again."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen: list[Any] = []

    class Seeing(Recorder):
        def connection_made(self, transport: Any) -> None:
            seen.append(variable.get())
            variable.set("made")
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            seen.append(variable.get())
            variable.set(data.decode())
            super().data_received(data)

        def eof_received(self) -> Any:
            seen.append(variable.get())
            variable.set("eof")

        def connection_lost(self, exc: Exception | None) -> None:
            seen.append(variable.get())
            super().connection_lost(exc)

    async def scenario() -> Any:
        variable.set("creator")
        protocol, peer = await connected(Seeing)
        variable.set("later")
        for each in (b"1", b"2"):
            peer.sendall(each)
            await until(lambda: protocol.received.endswith(each))  # noqa: B023
        protocol.transport.pause_reading()
        protocol.transport.resume_reading()
        peer.sendall(b"3")
        await until(lambda: protocol.received.endswith(b"3"))
        peer.close()
        await protocol.lost
        return seen, variable.get()

    expected = ["creator", "creator", "1", "later", "3", "eof"]
    assert run(scenario) == (expected, "later")


@pytest.mark.parametrize("problem", [ValueError, ConnectionAbortedError])
@pytest.mark.parametrize("method", ["data_received", "eof_received"])
def test_whatRaises(run: Run, method: str, problem: type[Exception]) -> None:
    """An error of the protocol's is told, one of the system's is not; both are the end."""
    raised = problem("mine")

    def fail(self: Any, *args: Any) -> None:
        raise raised

    kind = type("Failing", (Recorder,), {method: fail})

    async def scenario() -> Any:
        told = caught()
        protocol, peer = await connected(kind)
        transport = protocol.transport
        if method == "data_received":
            peer.sendall(b"x")
        else:
            peer.shutdown(socket.SHUT_WR)
        lost = await protocol.lost
        end = await drain(peer)
        if problem is ValueError:
            assert told == [
                {
                    "message": f"Fatal error: protocol.{method}() call failed.",
                    "exception": raised,
                    "transport": transport,
                    "protocol": protocol,
                }
            ]
        else:
            assert told == []
        return lost is raised, end

    assert run(scenario) == (True, 0)


def test_connectionMadeRaises(run: Run) -> None:
    """Then the connection goes on."""

    class Failing(Recorder):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            raise ValueError("mine")

    async def scenario() -> Any:
        told = caught()
        protocol, peer = await connected(Failing)
        peer.sendall(b"x")
        await until(lambda: protocol.received)
        protocol.transport.abort()
        await protocol.lost
        return [type(each["exception"]) for each in told]

    assert run(scenario) == [ValueError]


@pytest.mark.parametrize("method", ["pause_writing", "resume_writing"])
def test_flowControlRaises(run: Run, method: str) -> None:
    """That is told, and no end."""

    def fail(self: Any) -> None:
        raise ValueError("mine")

    kind = type("Failing", (Recorder,), {method: fail})

    async def scenario() -> Any:
        told = caught()
        protocol, peer = await connected(kind)
        protocol.transport.write(b"x" * 1_000_000)
        assert await drain(peer, 1_000_000) == 1_000_000
        await until(lambda: told)
        peer.sendall(b"y")
        await until(lambda: protocol.received)
        protocol.transport.abort()
        await protocol.lost
        return [each["message"] for each in told]

    assert run(scenario) == [f"protocol.{method}() failed"]


def test_whatIsReturnedDoesNotMatter(run: Run) -> None:
    class Returning(Recorder):
        def data_received(self, data: bytes) -> Any:
            super().data_received(data)
            return ValueError("what a surprise")

    async def scenario() -> Any:
        protocol, peer = await connected(Returning)
        for count in range(1, 4):
            peer.sendall(b"x")
            await until(lambda: len(protocol.received) == count)  # noqa: B023
        protocol.transport.close()
        return await protocol.lost

    assert run(scenario) is None


def test_theEndOfTheProgram(run: Run) -> None:
    """C{SystemExit} leaves the loop, which goes on when it is run again."""
    if run.inReactor:
        pytest.skip("there the reactor goes on, as it does whatever its callbacks raise")

    class Leaving(Recorder):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if data == b"leave":
                raise SystemExit(3)

    kept: list[Any] = []

    async def leave() -> None:
        protocol, peer = await connected(Leaving)
        kept.append((protocol, peer))
        peer.sendall(b"leave")
        await asyncio.Event().wait()

    async def goOn() -> Any:
        protocol, peer = kept[0]
        peer.sendall(b"goes on")
        await until(lambda: protocol.received == b"leavegoes on")
        protocol.transport.abort()
        task.cancel()
        return await protocol.lost

    task = run.loop.create_task(leave())
    with pytest.raises(SystemExit):
        run.loop.run_until_complete(task)
    assert run(goOn) is None


@pytest.mark.parametrize("keep", [True, False])
def test_theEndOfWhatArrives(run: Run, keep: bool) -> None:
    class Keeping(Recorder):
        def eof_received(self) -> Any:
            super().eof_received()
            self.loop.call_later(0.01, self.transport.write, b"answer")
            self.loop.call_later(0.02, self.transport.close)
            return keep

    async def scenario() -> Any:
        protocol, peer = await connected(Keeping)
        peer.shutdown(socket.SHUT_WR)
        size = await drain(peer)
        await protocol.lost
        return size, protocol.events

    assert run(scenario) == (6 if keep else 0, ["made", "eof", ("lost", type(None))])


def test_flowControl(run: Run) -> None:
    """A pause above the high water, one go on at the low one."""

    async def scenario() -> Any:
        protocol, peer = await connected()
        transport = protocol.transport
        assert transport.get_write_buffer_limits() == (16384, 65536)
        transport.write(b"x" * 1000)
        # The kernel has taken it.
        assert transport.get_write_buffer_size() == 0
        transport.write(b"x" * 65537)
        transport.write(b"x" * 10_000_000)
        assert protocol.events == ["made", "pause"]
        left = transport.get_write_buffer_size()
        assert 9_000_000 < left < 10_066_537
        transport.write(b"y" * 100)
        assert transport.get_write_buffer_size() == left + 100
        assert protocol.events == ["made", "pause"]
        await drain(peer, 1000 + 65537 + 10_000_000 + 100)
        await until(lambda: protocol.events[-1] == "resume")
        assert transport.get_write_buffer_size() == 0
        transport.close()
        await protocol.lost
        return protocol.events

    assert run(scenario) == ["made", "pause", "resume", ("lost", type(None))]


def test_theLowWater(run: Run) -> None:
    """The protocol may go on although something waits."""
    sizes: list[int] = []

    class Looking(Recorder):
        def resume_writing(self) -> None:
            sizes.append(self.transport.get_write_buffer_size())

    async def scenario() -> Any:
        protocol, peer = await connected(Looking)
        transport = protocol.transport
        with pytest.raises(ValueError, match="must be >="):
            transport.set_write_buffer_limits(1, 2)
        transport.set_write_buffer_limits(low=6_000_000)
        assert transport.get_write_buffer_limits() == (6_000_000, 24_000_000)
        transport.set_write_buffer_limits(high=6_500_000, low=6_000_000)
        transport.write(b"x" * 8_000_000)
        await drain(peer, 4_000_000)
        await until(lambda: sizes)
        transport.abort()
        await protocol.lost
        return sizes[0]

    assert 3_000_000 < run(scenario) <= 6_000_000


def test_limitsAreLowered(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected()
        protocol.transport.set_write_buffer_limits(high=100_000_000)
        protocol.transport.write(b"x" * 5_000_000)
        assert protocol.events == ["made"]
        protocol.transport.set_write_buffer_limits(high=0)
        assert protocol.events == ["made", "pause"]
        await drain(peer, 5_000_000)
        await until(lambda: protocol.events[-1] == "resume")
        protocol.transport.abort()
        await protocol.lost

    run(scenario)


def test_pausedReading(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected()
        transport = protocol.transport
        assert transport.is_reading()
        transport.pause_reading()
        transport.pause_reading()
        assert not transport.is_reading()
        peer.sendall(b"while it is paused")
        await asyncio.sleep(0.02)
        assert protocol.received == b""
        transport.resume_reading()
        transport.resume_reading()
        await until(lambda: protocol.received == b"while it is paused")
        transport.close()
        assert not transport.is_reading()
        transport.resume_reading()
        transport.pause_reading()
        await protocol.lost

    run(scenario)


def test_pausedWhileConnecting(run: Run) -> None:
    """A protocol that pauses at once is given nothing."""

    class Pausing(Recorder):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transport.pause_reading()

    async def scenario() -> Any:
        protocol, peer = await connected(Pausing)
        peer.sendall(b"x")
        await asyncio.sleep(0.02)
        assert protocol.events == ["made"]
        protocol.transport.resume_reading()
        await until(lambda: protocol.received)
        protocol.transport.abort()
        await protocol.lost

    run(scenario)


def test_whatCanBeWritten(run: Run) -> None:
    """What is like bytes, and what it was when it was written."""

    async def scenario() -> Any:
        protocol, peer = await connected()
        transport = protocol.transport
        mutable = bytearray(b"abc")
        transport.write(mutable)
        mutable[:] = b"xyz"
        transport.write(memoryview(b"0def")[1:])
        transport.write(b"")
        transport.writelines([b"g", bytearray(b"h"), b"", memoryview(b"i")])
        transport.writelines([])
        for wrong in ("text", 1, None):
            with pytest.raises(TypeError):
                transport.write(wrong)
        transport.close()
        got = b""
        while piece := await asyncio.to_thread(peer.recv, 100):
            got += piece
        await protocol.lost
        return got

    assert run(scenario) == b"abcdefghi"


def test_theEndOfWhatIsWritten(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected()
        transport = protocol.transport
        assert transport.can_write_eof()
        transport.write(b"x" * 3_000_000)
        transport.write_eof()
        transport.write_eof()
        with pytest.raises(RuntimeError, match="after write_eof"):
            transport.write(b"more")
        assert await drain(peer) == 3_000_000
        peer.sendall(b"it can still be read")
        await until(lambda: protocol.received)
        peer.close()
        return await protocol.lost

    assert run(scenario) is None


def test_closedWithAQueue(run: Run) -> None:
    """Everything is sent, also what is written after that."""

    async def scenario() -> Any:
        protocol, peer = await connected()
        transport = protocol.transport
        transport.write(b"x" * 3_000_000)
        assert not transport.is_closing()
        transport.close()
        transport.close()
        assert transport.is_closing()
        transport.write(b"late")
        size = await drain(peer)
        lost = await protocol.lost
        return size, lost

    assert run(scenario) == (3_000_004, None)


def test_writesAfterTheEnd(run: Run, caplog: Any) -> None:
    """From the fifth on each is complained of."""

    async def scenario() -> Any:
        protocol, peer = await connected()
        protocol.transport.abort()
        with caplog.at_level(logging.WARNING, "asyncio"):
            for _ in range(7):
                protocol.transport.write(b"x")
        await protocol.lost

    run(scenario)
    assert [each.message for each in caplog.records] == ["socket.send() raised exception."] * 3


def test_aborted(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected()
        protocol.transport.write(b"x" * 3_000_000)
        protocol.transport.abort()
        protocol.transport.abort()
        assert protocol.transport.is_closing()
        assert protocol.events[-1] == "pause"
        assert protocol.transport.get_write_buffer_size() == 0
        lost = await protocol.lost
        return lost, await drain(peer) < 3_000_000

    assert run(scenario) == (None, True)


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@pytest.mark.parametrize("paused", [False, True])
def test_reset(run: Run, paused: bool) -> None:
    """The error is the kernel's, whoever hears of it first."""

    async def scenario() -> Any:
        protocol, peer = await connected(tcp=True)
        if paused:
            protocol.transport.pause_reading()
            protocol.transport.write(b"x" * 20_000_000)
        _reset(peer)
        return type(await protocol.lost)

    assert run(scenario) in (
        [ConnectionResetError, BrokenPipeError] if paused else [ConnectionResetError]
    )


def test_nobodyReads(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected()
        protocol.transport.pause_reading()
        peer.close()
        protocol.transport.write(b"x")
        return type(await protocol.lost)

    assert run(scenario) is BrokenPipeError


class Filling(Recorder, asyncio.BufferedProtocol):
    """Has a small buffer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = bytearray(4)
        self.fails = ""

    def get_buffer(self, sizehint: int) -> Any:
        if self.fails == "get_buffer":
            raise ValueError("mine")
        return self.buffer if self.fails != "empty" else bytearray()

    def buffer_updated(self, nbytes: int) -> None:
        if self.fails == "buffer_updated":
            raise ValueError("mine")
        self.received += self.buffer[:nbytes]


def test_bufferedProtocol(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected(Filling)
        peer.sendall(b"more than fits")
        await until(lambda: protocol.received == b"more than fits")
        peer.close()
        await protocol.lost
        return protocol.events

    assert run(scenario) == ["made", "eof", ("lost", type(None))]


@pytest.mark.parametrize("method", ["get_buffer", "empty", "buffer_updated"])
def test_bufferedProtocolRaises(run: Run, method: str) -> None:
    async def scenario() -> Any:
        told = caught()
        protocol, peer = await connected(Filling)
        protocol.fails = method
        peer.sendall(b"x")
        lost = await protocol.lost
        assert [each["exception"] for each in told] == [lost]
        return told[0]["message"], type(lost)

    message, kind = run(scenario)
    called = "buffer_updated" if method == "buffer_updated" else "get_buffer"
    assert message == f"Fatal error: protocol.{called}() call failed."
    assert kind is (RuntimeError if method == "empty" else ValueError)


def test_protocolsAreExchanged(run: Run) -> None:
    """One kind for the other, and back, between two reads and within one."""

    async def scenario() -> Any:
        protocol, peer = await connected()
        transport = protocol.transport
        filling, last = Filling(), Recorder()
        peer.sendall(b"first")
        await until(lambda: protocol.received == b"first")
        transport.set_protocol(filling)
        assert transport.get_protocol() is filling
        peer.sendall(b"second")
        await until(lambda: filling.received == b"second")
        filling.buffer_updated = lambda count: transport.set_protocol(last)  # type: ignore[method-assign]
        peer.sendall(b"gonethird")
        await until(lambda: last.received == b"third")
        peer.close()
        await last.lost
        return protocol.received, protocol.lost.done(), filling.lost.done()

    assert run(scenario) == (b"first", False, False)


def test_whatIsToldOfIt(run: Run) -> None:
    async def scenario() -> Any:
        protocol, peer = await connected(tcp=True)
        transport = protocol.transport
        assert isinstance(transport, asyncio.Transport)
        info = transport.get_extra_info
        skt = info("socket")
        assert isinstance(skt, asyncio.trsock.TransportSocket)
        assert skt.getpeername() == info("peername") == peer.getsockname()
        assert skt.getsockname() == info("sockname") == peer.getpeername()
        assert info("nothing", "default") == "default"
        assert f"fd={skt.fileno()} read=polling write=<idle, bufsize=0>" in repr(transport)
        with pytest.raises(RuntimeError, match="used by transport"):
            asyncio.get_running_loop().add_reader(skt.fileno(), print)
        transport.close()
        assert "closing" in repr(transport)
        await protocol.lost
        await until(lambda: skt.fileno() == -1)
        assert "closed" in repr(transport)
        assert info("peername") == peer.getsockname()

    run(scenario)


def test_nothingWaitsForMore(run: Run) -> None:
    """TCP sends small pieces at once."""

    async def scenario() -> Any:
        loop = asyncio.get_running_loop()
        accepted: list[Recorder] = []

        def accept() -> Recorder:
            accepted.append(Recorder())
            return accepted[-1]

        server = await loop.create_server(accept, "127.0.0.1", 0)
        transport, protocol = await loop.create_connection(
            Recorder, *server.sockets[0].getsockname()
        )
        await until(lambda: accepted and accepted[0].events)
        for each in (transport, accepted[0].transport):
            skt = each.get_extra_info("socket")
            assert skt.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        transport.close()
        await accepted[0].lost
        server.close()
        await server.wait_closed()

    run(scenario)


def test_aServerAndItsConnections(run: Run, tmp_path: Any) -> None:
    """Of UNIX sockets; factories that fail do no harm."""
    path = os.path.relpath(tmp_path / "socket")

    async def scenario() -> Any:
        loop = asyncio.get_running_loop()
        made: list[Any] = []

        def accept() -> Recorder:
            if not made:
                made.append(None)
                raise ValueError("not this one")
            made.append(Recorder())
            return made[-1]

        server = await loop.create_unix_server(accept, path)
        refused, first = await loop.create_unix_connection(Recorder, path)
        await first.lost
        transport, second = await loop.create_unix_connection(Recorder, path)
        transport.write(b"x" * 1_000_000)
        await until(lambda: made[1:] and len(made[1].received) == 1_000_000)
        server.close()
        made[1].transport.write(b"still there")
        await until(lambda: second.received == b"still there")
        transport.close()
        await made[1].lost
        await asyncio.wait_for(server.wait_closed(), 30)
        return len(made)

    assert run(scenario) == 2


def test_manyAtOnce(run: Run) -> None:
    """Streams that drain, by coroutines at both ends."""

    async def echo(reader: Any, writer: Any) -> None:
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def ask(port: int, number: int) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        data = b"%d," % number * 20_000

        async def send() -> None:
            for start in range(0, len(data), 7000):
                writer.write(data[start : start + 7000])
                await writer.drain()
            writer.write_eof()

        sending: Awaitable[None] = asyncio.create_task(send())
        got = await reader.read()
        await sending
        writer.close()
        await writer.wait_closed()
        return bool(got == data)

    async def scenario() -> Any:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        got = await asyncio.gather(*(ask(port, number) for number in range(20)))
        server.close()
        await server.wait_closed()
        return got

    assert run(scenario) == [True] * 20


def test_debugMode(run: Run, caplog: Any) -> None:
    """A C{data_received} that takes long is named."""

    async def scenario() -> Any:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 0.0
        protocol, peer = await connected()
        with caplog.at_level(logging.WARNING, "asyncio"):
            caplog.clear()
            peer.sendall(b"x")
            await until(lambda: protocol.received)
        protocol.transport.abort()
        await protocol.lost
        loop.set_debug(False)

    run(scenario)
    assert any(
        "Executing" in each.message
        and ("data_received" in each.message or "read_ready" in each.message)
        for each in caplog.records
    )


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def reactor(request: Any) -> Iterator[Any]:
    yield from clearedUp(request.param())


def test_lastWords(reactor: Any) -> None:
    """When the reactor shuts down, what a task still sends is sent."""
    loop = TorsionEventLoop(reactor)
    mine, peer = socket.socketpair()
    peer.settimeout(10)
    PEERS.append(peer)

    async def talk() -> None:
        reader, writer = await asyncio.open_connection(sock=mine)
        try:
            await reader.read()
        finally:
            writer.write(b"last words")
            writer.close()

    loop.create_task(talk())
    reactor.callLater(0.05, reactor.stop)
    runReactor(reactor)
    assert peer.recv(100) == b"last words"
    assert peer.recv(100) == b""
    loop.close()


def test_aResetBeforeTheShutdown(reactor: Any) -> None:
    """While others let the reactor wait, what the kernel says is heard as always."""
    loop = TorsionEventLoop(reactor)
    over: defer.Deferred[None] = defer.Deferred()
    lost: list[Any] = []

    async def talk() -> None:
        protocol, peer = await connected(tcp=True)
        reactor.addSystemEventTrigger("before", "shutdown", lambda: (_reset(peer), over)[1])
        reactor.callLater(0, reactor.stop)
        lost.append(type(await protocol.lost))
        over.callback(None)

    task = loop.create_task(talk())
    runReactor(reactor)
    assert task.done()
    assert lost == [ConnectionResetError]
    loop.close()


def test_inAReactorThatRunsAlready(reactor: Any) -> None:
    got: list[Any] = []
    loops: list[Any] = []

    def begin() -> None:
        loops.append(TorsionEventLoop(reactor))
        task = loops[0].create_task(asyncio.sleep(0.01, "slept"))
        task.add_done_callback(lambda task: got.append(task.result()))
        task.add_done_callback(lambda _: reactor.stop())

    reactor.callWhenRunning(reactor.callLater, 0, begin)
    runReactor(reactor)
    loops[0].close()
    assert got == ["slept"]


@pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")
def test_aLoopThatIsClosedLeavesNothing(reactor: Any) -> None:
    """A stream that was left open is not the reactor's any longer."""
    loop = TorsionEventLoop(reactor)
    before = set(reactor.getReaders()) | set(reactor.getWriters())

    async def leave() -> Any:
        protocol, peer = await connected()
        protocol.transport.write(b"x" * 5_000_000)
        datagrams, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, ("127.0.0.1", 0)
        )
        return protocol, datagrams

    kept = loop.run_until_complete(leave())
    assert set(reactor.getReaders()) | set(reactor.getWriters()) != before
    loop.close()
    assert (set(reactor.getReaders()) | set(reactor.getWriters())) <= before
    assert len(kept) == 2
