"""
What is measured in one process: small works on public API alone, so that they
run on every twin and on genuine Twisted.

A work makes its means once (with a L{Kit}) and returns a function that does a
known number of operations each time it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.kits import Kit

Run = Callable[[], Any]


class Work(NamedTuple):
    """
    One work.

    @ivar name: C{group/what}.
    @ivar operations: how many a run does.
    @ivar make: gives the run.
    @ivar says: what an operation is.
    """

    name: str
    operations: int
    make: Callable[[Kit], Run]
    says: str


WORKS: dict[str, Work] = {}


def work(name: str, operations: int) -> Callable[[Callable[[Kit], Run]], Callable[[Kit], Run]]:
    def register(make: Callable[[Kit], Run]) -> Callable[[Kit], Run]:
        WORKS[name] = Work(name, operations, make, make.__doc__ or "")
        return make

    return register


def _same(result: Any) -> Any:
    return result


# -- Deferreds ---------------------------------------------------------------


def _callbacks(count: int) -> Callable[[Kit], Run]:
    def make(kit: Kit) -> Run:
        Deferred = kit.defer.Deferred
        each = range(count)

        def run() -> None:
            for _ in range(200):
                d = Deferred()
                for _ in each:
                    d.addCallback(_same)
                d.callback(1)

        return run

    make.__doc__ = f"A Deferred is made, given {count} callbacks, and fired."
    return make


for _count in (1, 3, 10):
    work(f"deferred/callbacks_{_count}", 200)(_callbacks(_count))


@work("deferred/succeed", 200)
def succeed(kit: Kit) -> Run:
    """A fired Deferred gets a callback."""
    succeed = kit.defer.succeed

    def run() -> None:
        for _ in range(200):
            succeed(1).addCallback(_same)

    return run


@work("deferred/errback_trap", 200)
def errback(kit: Kit) -> Run:
    """An exception goes to an errback, which traps it."""
    Deferred = kit.defer.Deferred
    problem = ValueError("x")

    def trap(reason: Any) -> None:
        reason.trap(ValueError)

    def run() -> None:
        for _ in range(200):
            Deferred().addErrback(trap).errback(problem)

    return run


@work("deferred/raise_trap", 200)
def raising(kit: Kit) -> Run:
    """A callback raises, and an errback traps that."""
    Deferred = kit.defer.Deferred

    def bad(result: Any) -> None:
        raise ValueError("x")

    def trap(reason: Any) -> None:
        reason.trap(ValueError)

    def run() -> None:
        for _ in range(200):
            Deferred().addCallback(bad).addErrback(trap).callback(1)

    return run


@work("deferred/chain_fired", 200)
def chainFired(kit: Kit) -> Run:
    """A callback returns a Deferred that has its result."""
    Deferred, succeed = kit.defer.Deferred, kit.defer.succeed

    def run() -> None:
        for _ in range(200):
            Deferred().addCallback(succeed).addCallback(_same).callback(1)

    return run


@work("deferred/chain_pending", 200)
def chainPending(kit: Kit) -> Run:
    """A callback returns a Deferred that is fired afterwards."""
    Deferred = kit.defer.Deferred

    def run() -> None:
        for _ in range(200):
            inner = Deferred()
            outer = Deferred()
            outer.addCallback(lambda result, inner=inner: inner)
            outer.addCallback(_same)
            outer.callback(1)
            inner.callback(2)

    return run


@work("deferred/gatherResults", 10)
def gather(kit: Kit) -> Run:
    """100 Deferreds are gathered, and then fired."""
    Deferred, gatherResults = kit.defer.Deferred, kit.defer.gatherResults

    def run() -> None:
        for _ in range(10):
            many = [Deferred() for _ in range(100)]
            gatherResults(many).addCallback(_same)
            for d in many:
                d.callback(1)

    return run


@work("deferred/DeferredList", 10)
def deferredList(kit: Kit) -> Run:
    """100 Deferreds in a DeferredList, half of which fail."""
    Deferred, DeferredList = kit.defer.Deferred, kit.defer.DeferredList
    problem = ValueError("x")

    def run() -> None:
        for _ in range(10):
            many = [Deferred() for _ in range(100)]
            DeferredList(many, consumeErrors=True).addCallback(_same)
            for d in many[:50]:
                d.callback(1)
            for d in many[50:]:
                d.errback(problem)

    return run


@work("deferred/inlineCallbacks_fired", 500)
def inlineFired(kit: Kit) -> Run:
    """A generator yields a Deferred that has its result."""
    succeed = kit.defer.succeed

    @kit.defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def body() -> Any:
        for _ in range(500):
            yield succeed(1)

    return lambda: body()


@work("deferred/inlineCallbacks_pending", 500)
def inlinePending(kit: Kit) -> Run:
    """A generator waits for a Deferred."""
    Deferred = kit.defer.Deferred
    made: list[Any] = []

    @kit.defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def body() -> Any:
        for _ in range(500):
            d = Deferred()
            made.append(d)
            yield d

    def run() -> None:
        body()
        while made:
            made.pop().callback(1)

    return run


@work("deferred/coroutine_fired", 500)
def coroutineFired(kit: Kit) -> Run:
    """A coroutine awaits a Deferred that has its result."""
    succeed, ensureDeferred = kit.defer.succeed, kit.defer.ensureDeferred

    async def body() -> None:
        for _ in range(500):
            await succeed(1)

    return lambda: ensureDeferred(body())


@work("deferred/coroutine_pending", 500)
def coroutinePending(kit: Kit) -> Run:
    """A coroutine waits for a Deferred."""
    Deferred, ensureDeferred = kit.defer.Deferred, kit.defer.ensureDeferred
    made: list[Any] = []

    async def body() -> None:
        for _ in range(500):
            d = Deferred()
            made.append(d)
            await d

    def run() -> None:
        ensureDeferred(body())
        while made:
            made.pop().callback(1)

    return run


# -- framers ------------------------------------------------------------------


def _feeding(kit: Kit, base: Any, hook: str, pieces: list[bytes], expected: int) -> Run:
    """Feed *pieces* to a receiver whose *hook* counts what comes out."""
    found = [0]

    def received(self: Any, message: bytes) -> None:
        found[0] += 1

    kind = type("Receiver", (base,), {hook: received, "MAX_LENGTH": 1 << 20})

    def run() -> None:
        receiver = kind()
        receiver.makeConnection(kit.testing.StringTransport())
        found[0] = 0
        for piece in pieces:
            receiver.dataReceived(piece)
        if found[0] != expected:
            raise AssertionError(f"{found[0]} messages of {expected}")

    return run


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _lines(length: int, total: int) -> tuple[bytes, int]:
    count = total // (length + 2)
    return (b"x" * length + b"\r\n") * count, count


def _lineWork(name: str, length: int, total: int, piece: int, says: str) -> None:
    data, count = _lines(length, total)

    def make(kit: Kit) -> Run:
        return _feeding(kit, kit.basic.LineReceiver, "lineReceived", _cut(data, piece), count)

    make.__doc__ = says
    work(f"framing/{name}", count)(make)


_lineWork("line_short_64K", 14, 65536, 65536, "A line of 14 bytes, 64 KiB of them at once.")
_lineWork("line_short_1M", 14, 1 << 20, 1 << 20, "A line of 14 bytes, 1 MiB of them at once.")
_lineWork("line_64", 64, 65536, 66, "A line of 64 bytes, each in a piece of its own.")
_lineWork("line_8K", 8192, 1 << 20, 65536, "A line of 8 KiB, in pieces of 64 KiB.")
_lineWork("line_7_bytes", 14, 16384, 7, "A line of 14 bytes, in pieces of 7 bytes.")


@work("framing/lineonly_short_64K", 4096)
def lineOnly(kit: Kit) -> Run:
    """A line of 14 bytes for LineOnlyReceiver, 64 KiB of them at once."""
    data, count = _lines(14, 65536)
    return _feeding(kit, kit.basic.LineOnlyReceiver, "lineReceived", [data], count)


@work("framing/int32_64K", 1820)
def int32(kit: Kit) -> Run:
    """A string of 32 bytes with its length, 64 KiB of them at once."""
    data = (b"\0\0\0\x20" + b"x" * 32) * 1820
    return _feeding(kit, kit.basic.Int32StringReceiver, "stringReceived", [data], 1820)


@work("framing/int32_7_bytes", 455)
def int32Pieces(kit: Kit) -> Run:
    """The same in pieces of 7 bytes."""
    data = (b"\0\0\0\x20" + b"x" * 32) * 455
    pieces = _cut(data, 7)
    return _feeding(kit, kit.basic.Int32StringReceiver, "stringReceived", pieces, 455)


@work("framing/netstring_64K", 1820)
def netstring(kit: Kit) -> Run:
    """A netstring of 32 bytes, 64 KiB of them at once."""
    data = (b"32:" + b"x" * 32 + b",") * 1820
    return _feeding(kit, kit.basic.NetstringReceiver, "stringReceived", [data], 1820)


@work("framing/netstring_7_bytes", 455)
def netstringPieces(kit: Kit) -> Run:
    """The same in pieces of 7 bytes."""
    pieces = _cut((b"32:" + b"x" * 32 + b",") * 455, 7)
    return _feeding(kit, kit.basic.NetstringReceiver, "stringReceived", pieces, 455)


# -- timers, threads -----------------------------------------------------------


def _nothing() -> None:
    pass


@work("timer/callLater_cancel", 500)
def cancelling(kit: Kit) -> Run:
    """A call is asked for and cancelled."""
    reactor = kit.epollreactor.EPollReactor()

    def run() -> None:
        for _ in range(500):
            reactor.callLater(60, _nothing).cancel()
        reactor.iterate(0)

    return run


@work("timer/callLater_cancel_100k_live", 500)
def cancellingAmongMany(kit: Kit) -> Run:
    """The same while 100,000 other calls wait."""
    reactor = kit.epollreactor.EPollReactor()
    for number in range(100_000):
        reactor.callLater(1000 + number * 7919 % 100_000, _nothing)

    def run() -> None:
        for number in range(500):
            reactor.callLater(900 + number, _nothing).cancel()
        reactor.iterate(0)

    return run


@work("timer/reset", 500)
def resetting(kit: Kit) -> Run:
    """A call among 500 is put off, as by an idle timeout."""
    reactor = kit.epollreactor.EPollReactor()
    calls = [reactor.callLater(600, _nothing) for _ in range(500)]
    reactor.iterate(0)

    def run() -> None:
        for call in calls:
            call.reset(600)
        reactor.iterate(0)

    return run


@work("timer/fire", 2000)
def firing(kit: Kit) -> Run:
    """A call is asked for, falls due among 2,000, and is made."""
    reactor = kit.epollreactor.EPollReactor()
    left = [0]

    def called() -> None:
        left[0] -= 1

    def run() -> None:
        left[0] = 2000
        for _ in range(2000):
            reactor.callLater(0, called)
        while left[0]:
            reactor.iterate(0)

    return run


@work("timer/LoopingCall", 500)
def looping(kit: Kit) -> Run:
    """A turn of a LoopingCall, on a clock of its own."""
    clock = kit.task.Clock()
    loop = kit.task.LoopingCall(_nothing)
    loop.clock = clock
    loop.start(1, now=False)

    def run() -> None:
        for _ in range(500):
            clock.advance(1)

    return run


@work("thread/callFromThread", 500)
def handingOver(kit: Kit) -> Run:
    """A call is handed to the loop and made there."""
    reactor = kit.epollreactor.EPollReactor()
    left = [0]

    def called() -> None:
        left[0] -= 1

    def run() -> None:
        left[0] = 500
        for _ in range(500):
            reactor.callFromThread(called)
        while left[0]:
            reactor.iterate(0)

    return run


# -- logging, failures ----------------------------------------------------------


@work("logger/filtered", 500)
def filtered(kit: Kit) -> Run:
    """A debug message that a filter of levels keeps out."""
    kept: list[Any] = []
    predicate = kit.logger.LogLevelFilterPredicate(defaultLogLevel=kit.logger.LogLevel.warn)
    observer = kit.logger.FilteringLogObserver(kept.append, [predicate])
    log = kit.logger.Logger("benchmark", observer=observer)

    def run() -> None:
        for number in range(500):
            log.debug("something {number}", number=number)
        if kept:
            raise AssertionError("the filter lets it through")

    return run


@work("logger/kept", 200)
def kept(kit: Kit) -> Run:
    """A message that an observer gets."""
    got: list[Any] = []
    log = kit.logger.Logger("benchmark", observer=got.append)

    def run() -> None:
        got.clear()
        for number in range(200):
            log.info("something {number}", number=number)
        if len(got) != 200:
            raise AssertionError("messages are lost")

    return run


@work("failure/made", 200)
def made(kit: Kit) -> Run:
    """An exception is raised, caught, made a Failure, and checked."""
    Failure = kit.failure.Failure

    def run() -> None:
        for _ in range(200):
            try:
                raise ValueError("x")
            except ValueError:
                Failure().check(KeyError, ValueError)

    return run


@work("failure/traceback", 20)
def traceback(kit: Kit) -> Run:
    """A Failure five frames deep is made and told."""
    Failure = kit.failure.Failure

    def deep(more: int) -> None:
        if more:
            deep(more - 1)
        raise ValueError("x")

    def run() -> None:
        for _ in range(20):
            try:
                deep(5)
            except ValueError:
                Failure().getTraceback()

    return run


# -- protocols in memory --------------------------------------------------------


@work("memory/line_echo", 496)
def lineEcho(kit: Kit) -> Run:
    """A line of 64 bytes comes in among 4 KiB and is sent back."""
    data, count = _lines(64, 32768)
    pieces = _cut(data, 4096)

    def received(self: Any, line: bytes) -> None:
        self.sendLine(line)

    Echo = type("Echo", (kit.basic.LineReceiver,), {"lineReceived": received})

    def run() -> None:
        transport = kit.testing.StringTransport()
        echo = Echo()
        echo.makeConnection(transport)
        for piece in pieces:
            echo.dataReceived(piece)
        if len(transport.value()) != len(data):
            raise AssertionError(f"{len(transport.value())} bytes of {count} lines")

    return run


@work("memory/request_answer", 100)
def requestAnswer(kit: Kit) -> Run:
    """A client's request crosses to a server, whose coroutine answers it."""
    Deferred, ensureDeferred = kit.defer.Deferred, kit.defer.ensureDeferred
    StringTransport = kit.testing.StringTransport

    async def answer(server: Any, request: bytes) -> None:
        server.sendString(await kit.defer.succeed(request.upper()))

    def requested(self: Any, request: bytes) -> None:
        ensureDeferred(answer(self, request))

    def answered(self: Any, string: bytes) -> None:
        self.waiting.pop(0).callback(string)

    base = kit.basic.Int32StringReceiver
    Server = type("Server", (base,), {"stringReceived": requested})
    Client = type("Client", (base,), {"stringReceived": answered})

    def run() -> None:
        client, server = Client(), Server()
        client.waiting = []
        client.makeConnection(StringTransport())
        server.makeConnection(StringTransport())
        got: list[bytes] = []
        for _ in range(100):
            d = Deferred().addCallback(got.append)
            client.waiting.append(d)
            client.sendString(b"a request")
            server.dataReceived(client.transport.value())
            client.transport.clear()
            client.dataReceived(server.transport.value())
            server.transport.clear()
        if got != [b"A REQUEST"] * 100:
            raise AssertionError("wrong answers")

    return run
