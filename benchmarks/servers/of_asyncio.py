"""
The same servers as asyncio protocols.  Usage: of_asyncio.py KIND

The loop is TORSION_BENCH_LOOP's: asyncio's own, "uvloop", "torsion" (ours, by
itself) or "reactor" (ours, in a reactor that runs).
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any


class Echo(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Lines(Echo):
    rest = b""

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        start = 0
        while (end := data.find(b"\r\n", start)) >= 0:
            self.transport.write(data[start:end] + b"\r\n")
            start = end + 2
        self.rest = data[start:]


class Greeting(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        transport.write(b"!")
        transport.close()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(data, addr)


STREAMS = {"echo": Echo, "lines": Lines, "churn": Greeting}


async def echoStream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main(kind: str) -> None:
    loop = asyncio.get_running_loop()
    if kind == "streams":
        server = await asyncio.start_server(echoStream, "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
    elif kind == "udp":
        transport, _ = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
        print(transport.get_extra_info("sockname")[1], flush=True)
    else:
        server = await loop.create_server(STREAMS[kind], "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def run(program: Coroutine[Any, Any, None], loop: str) -> None:
    if loop == "uvloop":
        import uvloop

        uvloop.run(program)
    elif loop == "torsion":
        from twisted.internet.asyncioloop import TorsionEventLoop

        asyncio.Runner(loop_factory=TorsionEventLoop).run(program)
    elif loop == "reactor":
        from twisted.internet import asyncioloop, reactor

        task = asyncioloop.install().create_task(program)
        reactor.run()
        task.cancel()
    else:
        asyncio.run(program)


run(main(sys.argv[1]), os.environ.get("TORSION_BENCH_LOOP", "asyncio"))
