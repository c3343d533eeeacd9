"""
The first programs: echo, quotes and chat, over real sockets.
"""

from __future__ import annotations

import socket
from collections import Counter

from tests.examples_support import SECONDS, ask, freePort, run, server


def test_echo() -> None:
    with server("echo_server.py", "0") as echo:
        assert run("echo_client.py", str(echo.port)) == (
            "Server said: Hello, world!\nConnection lost.\n"
        )


def test_echoWithNobodyThere() -> None:
    assert run("echo_client.py", str(freePort())) == "Connection failed.\n"


def test_quotes() -> None:
    with server("quote_server.py", "0") as quotes:
        client = run("quote_client.py", str(quotes.port))
        said = quotes.stop()
    # The order of three connections at once is the kernel's; what must hold is
    # that each got the quote that was left by the one before it.
    mine = ["You snooze you lose", "The early bird gets the worm", "Carpe diem"]
    lines = Counter(client.splitlines())
    assert lines.pop("connection lost: Connection was closed cleanly.") == 3
    lines = said.splitlines()
    received = [line[13:-1] for line in lines if line.startswith("> Received: '")]
    sent = [line[12:-1] for line in lines if line.startswith("> Sending: '")]
    assert sorted(received) == sorted(mine)
    assert sent == ["An apple a day keeps the doctor away", *received[:2]]
    counts = [int(line[-1]) for line in lines if line.startswith("Number of active connections: ")]
    assert len(counts) == 3 and set(counts) <= {1, 2, 3}
    got = [line[16:] for line in client.splitlines() if line.startswith("Received quote: ")]
    assert sorted(got) == sorted(sent)


def test_quotesWithNobodyThere() -> None:
    failed = "connection failed: Connection was refused by other side: 111: Connection refused.\n"
    assert run("quote_client.py", str(freePort())) == failed * 3


class Talker:
    """Somebody with a telnet."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.file = self.socket.makefile("rb")

    def say(self, line: str) -> None:
        self.socket.sendall(line.encode() + b"\r\n")

    def hears(self, line: str) -> None:
        assert self.file.readline() == line.encode() + b"\r\n"

    def quit(self) -> None:
        self.file.close()
        self.socket.close()


def test_chat() -> None:
    with server("chat_server.py", "0") as chat:
        jessica = Talker(chat.port)
        jessica.hears("What's your name?")
        jessica.say("Jessica")
        jessica.hears("Welcome, Jessica!")
        adam = Talker(chat.port)
        adam.hears("What's your name?")
        adam.say("Jessica")
        adam.hears("Name taken, please choose another.")
        adam.say("Adam")
        adam.hears("Welcome, Adam!")
        jessica.hears("Adam has joined the channel.")
        jessica.say("Hey Adam!")
        adam.hears("<Jessica> Hey Adam!")
        adam.say("How's it going?")
        jessica.hears("<Adam> How's it going?")
        jessica.say("I've got a working Twisted chat server now, so pretty great!")
        adam.hears("<Jessica> I've got a working Twisted chat server now, so pretty great!")
        jessica.quit()
        adam.hears("Jessica has left the channel.")
        adam.quit()
        # Names are free again when their bearers have left.
        assert ask(chat.port, b"Jessica\r\n", lambda got: got.endswith(b"!\r\n")) == (
            b"What's your name?\r\nWelcome, Jessica!\r\n"
        )


def test_theMainJob() -> None:
    output = run("main_job.py")
    assert "ada < <bob> hello, ada" in output
    assert "ada < bob has left the channel." in output
