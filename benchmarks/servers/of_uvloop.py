"""
The same servers as asyncio protocols on uvloop.  Usage: of_uvloop.py KIND
"""

import asyncio
import sys
from typing import Any

import uvloop


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


async def main(kind: str) -> None:
    loop = asyncio.get_running_loop()
    if kind == "udp":
        transport, _ = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
        print(transport.get_extra_info("sockname")[1], flush=True)
    else:
        server = await loop.create_server(STREAMS[kind], "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


uvloop.run(main(sys.argv[1]))
