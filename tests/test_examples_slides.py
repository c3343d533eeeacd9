"""
The programs of the slides.
"""

from __future__ import annotations

import signal

from tests.examples_support import (
    finish,
    freePort,
    readUntil,
    run,
    server,
    start,
    untilItHandles,
)


def test_echo() -> None:
    with server("slides/echo_server.py", "0") as echo:
        client = start("slides/echo_client.py", "127.0.0.1", str(echo.port))
        try:
            # It prints the bytes as they are, and runs on until interrupted.
            assert readUntil(client, "Hello") == "b'Hello, world!'\n"
            assert client.poll() is None
            client.send_signal(signal.SIGINT)
            output = finish(client)
        finally:
            client.kill()
        assert (output, client.returncode) == ("", 0)


def test_echoClientWithNobodyThere() -> None:
    client = start("slides/echo_client.py", "127.0.0.1", str(freePort()))
    try:
        # What Python handles by itself is SIGINT alone.
        untilItHandles(client, signal.SIGTERM)
        client.send_signal(signal.SIGINT)
    finally:
        output = finish(client)
    assert (output, client.returncode) == ("", 0)


def test_callbacksSayWhatTrySays() -> None:
    display = "display: A PAGE\ncleanup\n"
    assert run("slides/try_except.py", "a page") == display * 2
    # The one difference: an errback's result goes on to the next callback.
    assert run("slides/try_except.py") == (
        "unavailable\ncleanup\nunavailable\ndisplay: None\ncleanup\n"
    )
