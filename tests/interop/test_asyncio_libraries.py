"""
Libraries of asyncio's in a Twisted program, on the event loop of the reactor.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import clearedUp
from tests.support import runReactor
from twisted.internet import task
from twisted.internet.asyncioloop import TorsionEventLoop
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

pytestmark = pytest.mark.interop

Run = Callable[[Callable[[Any], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture
def reactor() -> Iterator[Any]:
    """The reactor that such programs use."""
    yield from clearedUp(EPollReactor())


@pytest.fixture(params=["inReactor", "byItself"])
def run(request: Any, reactor: Any) -> Iterator[Run]:
    """Runs a coroutine function, which is given the reactor, as a task."""
    loop = TorsionEventLoop(reactor)
    asyncio.set_event_loop(loop)

    def inReactor(main: Any) -> Any:
        job = loop.create_task(main(reactor))
        job.add_done_callback(lambda _: reactor.stop())
        runReactor(reactor, 60)
        return job.result()

    def byItself(main: Any) -> Any:
        return loop.run_until_complete(asyncio.wait_for(main(reactor), 60))

    yield inReactor if request.param == "inReactor" else byItself
    asyncio.set_event_loop(None)
    loop.close()


def test_aiohttp(run: Run) -> None:
    """Client and server, with bodies of all sizes, while a timer of ours runs."""
    aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    from aiohttp import web

    async def echo(request: Any) -> Any:
        return web.Response(body=await request.read())

    async def main(reactor: Any) -> int:
        ticks: list[int] = []
        ticking = task.LoopingCall(ticks.append, 1)
        ticking.clock = reactor
        ticking.start(0.005)
        application = web.Application(client_max_size=0)
        application.router.add_post("/", echo)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with aiohttp.ClientSession() as session:
            for size in (0, 1, 1000, 100_000, 5_000_000):
                body = os.urandom(size)
                async with session.post(url, data=body) as answer:
                    assert await answer.read() == body

            async def one(number: int) -> None:
                async with session.post(url, data=b"%d" % number) as answer:
                    assert await answer.read() == b"%d" % number

            await asyncio.gather(*(one(number) for number in range(100)))
        ticking.stop()
        await runner.cleanup()
        return len(ticks)

    assert run(main) > 1


def test_websockets(run: Run) -> None:
    websockets = pytest.importorskip("websockets", reason="websockets is not installed")

    async def echo(connection: Any) -> None:
        async for message in connection:
            await connection.send(message)

    async def main(reactor: Any) -> Any:
        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with websockets.connect(f"ws://127.0.0.1:{port}", max_size=None) as client:
                got = []
                for message in ("text", b"bytes", "x" * 1_000_000):
                    await client.send(message)
                    got.append(await client.recv() == message)
                return got

    assert run(main) == [True, True, True]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The folder of a PostgreSQL server's socket."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = shutil.which("initdb") or (str(binaries[-1] / "initdb") if binaries else None)
    if initdb is None:
        pytest.skip("PostgreSQL is not installed")
    # Not in pytest's folder, which is closed to others: the server's user is another.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    become: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to be root's.
        if shutil.which("setpriv") is None:
            pytest.skip("PostgreSQL does not run as root, and there is no setpriv")
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        os.chown(folder, 65534, 65534)
    data = folder / "data"
    subprocess.run(
        [*become, initdb, "-D", data, "-U", "tester", "--auth=trust", "-N"],
        check=True,
        capture_output=True,
        cwd=folder,
        timeout=100,
    )
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(
            [*become, str(Path(initdb).with_name("postgres")), "-D", data, "-k", folder]
            + ["-c", "listen_addresses=", "-F"],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    import psycopg

    for _ in range(100):
        try:
            psycopg.connect(host=str(folder), user="tester", dbname="postgres").close()
            break
        except psycopg.OperationalError:
            if server.poll() is not None:
                pytest.skip("PostgreSQL does not start: " + (folder / "log").read_text()[-500:])
            time.sleep(0.1)
    yield str(folder)
    server.terminate()
    server.wait(30)
    shutil.rmtree(folder)


def test_asyncpg(run: Run, postgres: str) -> None:
    asyncpg = pytest.importorskip("asyncpg", reason="asyncpg is not installed")

    async def main(reactor: Any) -> Any:
        pool = await asyncpg.create_pool(
            host=postgres, user="tester", database="postgres", min_size=1, max_size=3
        )
        rows = await asyncio.gather(
            *(pool.fetchval("select pg_sleep(0.01)::text || $1::int", n) for n in range(10))
        )
        big = await pool.fetch("select repeat('x', 1000) from generate_series(1, 1000)")
        await pool.close()
        return rows, len(big)

    assert run(main) == ([str(n) for n in range(10)], 1000)


def test_psycopg(run: Run, postgres: str) -> None:
    """A Twisted server whose answers come from PostgreSQL."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

    async def main(reactor: Any) -> Any:
        connection = await psycopg.AsyncConnection.connect(
            host=postgres, user="tester", dbname="postgres", autocommit=True
        )

        class Asker(LineReceiver):
            def lineReceived(self, line: bytes) -> None:
                self.answering = asyncio.ensure_future(self.answer(line))

            async def answer(self, line: bytes) -> None:
                cursor = await connection.execute("select 2 * %s::int", (line.decode(),))
                await task.deferLater(reactor, 0.001)
                row = await cursor.fetchone()
                self.sendLine(b"%d" % row)

        port = reactor.listenTCP(0, Factory.forProtocol(Asker), interface="127.0.0.1")
        reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
        writer.write(b"21\r\n")
        got = await reader.readline()
        writer.close()
        await writer.wait_closed()
        await port.stopListening()
        await connection.close()
        return got

    assert run(main) == b"42\r\n"
