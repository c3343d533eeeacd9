"""
The pure and the compiled framers, fed the same: they do the same.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.testing import StringTransport
from twisted.protocols import _framing_py, basic

compiled = pytest.importorskip("twisted.protocols._framing_c", reason="framing is not compiled")

words = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"x", b"raw 3", b"pause", b"lose", b"delimiter \n", b"limit 4",
     b"feed a", b"clear", b"vars", b"looked", b"why", b"raise", b"longer than that", b"3:abc,", b"0:,", b"12", b":",
     b",", b"\0\0\0\3abc", b"\0", b"\xff"]
)  # fmt: skip
streams = st.lists(words, max_size=25).map(b"".join)
sizes = st.lists(st.integers(min_value=0, max_value=9), max_size=40)


def receiver(base: Any, public: Any, log: list[Any]) -> Any:
    """Make what *public* is, on *base*, noting what happens in *log*."""
    rest = [b for b in public.__mro__ if b.__module__ == "twisted.protocols.basic"]
    contents: dict[str, Any] = {}
    for each in reversed(rest):
        contents.update({k: v for k, v in vars(each).items() if not k.startswith("__")})
    contents.pop("_abc_impl", None)
    protocols = (basic.protocol.Protocol,)
    made = type("Twin", (base, *protocols), contents)()

    def line(data: bytes) -> Any:
        log.append(("line", data))
        if not hasattr(made, "setRawMode"):
            # One that knows lines alone.
            return None
        word, _, argument = data.partition(b" ")
        if word == b"raw":
            made.left = int(argument)
            made.setRawMode()
        elif word == b"pause":
            made.pauseProducing()
        elif word == b"lose":
            made.transport.loseConnection()
        elif word == b"delimiter":
            made.delimiter = b"\n"
        elif word == b"limit":
            made.MAX_LENGTH = 4
        elif word == b"vars":
            made.__dict__["MAX_LENGTH"] = 6
        elif word == b"looked":
            vars(made).update(delimiter=b"\n")
        elif word == b"feed":
            made.dataReceived(argument + b"\r\n")
        elif word == b"clear":
            log.append(("cleared", made.clearLineBuffer()))
        elif word == b"why":
            return "because"
        elif word == b"raise":
            raise ZeroDivisionError
        return None

    def raw(data: bytes) -> None:
        taken, more = data[: made.left], data[made.left :]
        made.left -= len(taken)
        log.append(("raw", taken))
        if not made.left:
            made.setLineMode(more)

    def exceeded(what: Any) -> str:
        log.append(("exceeded", what))
        return "too long"

    made.lineReceived = line
    made.rawDataReceived = raw
    made.lineLengthExceeded = exceeded
    made.lengthLimitExceeded = exceeded
    made.stringReceived = lambda string: log.append(("string", string))
    made.makeConnection(StringTransport())
    return made


def transcript(base: Any, public: Any, chunks: list[bytes]) -> list[Any]:
    log: list[Any] = []
    made = receiver(base, public, log)
    for chunk in chunks:
        try:
            log.append(("returned", made.dataReceived(chunk)))
        except (ZeroDivisionError, ValueError) as problem:
            log.append(type(problem))
        log.append(getattr(made, "_buffer", None))
        log.append(getattr(made, "recvd", None))
        log.append((made.transport.disconnecting, getattr(made, "brokenPeer", None)))
        if getattr(made, "paused", False) and len(chunk) % 2:
            try:
                made.resumeProducing()
            except (ZeroDivisionError, RuntimeError, ValueError) as problem:
                log.append(type(problem))
    return log


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("LineFramer", basic.LineReceiver),
        ("IntNFramer", basic.Int32StringReceiver),
        ("IntNFramer", basic.Int8StringReceiver),
        ("NetstringFramer", basic.NetstringReceiver),
    ],
)
@given(streams, sizes)
@settings(deadline=None, max_examples=300)
def test_twins(name: str, public: Any, stream: bytes, cuts: list[int]) -> None:
    chunks = []
    for size in cuts:
        chunks.append(stream[:size])
        stream = stream[size:]
    chunks.append(stream)
    pure = transcript(getattr(_framing_py, name), public, chunks)
    fast = transcript(getattr(compiled, name), public, chunks)
    assert fast == pure
