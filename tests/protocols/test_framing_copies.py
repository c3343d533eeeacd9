"""
Copies and pickles of receivers, with what they have received and not consumed.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from tests.protocols import framing_twins
from tests.twins import pureInPlace
from twisted.protocols import basic as present

NAME = "twisted.protocols.basic"
WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {each}": lambda it, each=each: pickle.loads(pickle.dumps(it, each))
        for each in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}

#: Of each receiver: what it is fed first, then, and what comes of the second.
STREAMS = {
    "LineReceiver": (b"one\r\nhalf", b" and half\r\n", b"half and half"),
    "LineOnlyReceiver": (b"one\r\nhalf", b" and half\r\n", b"half and half"),
    "NetstringReceiver": (b"3:one,13:half", b" and half,", b"half and half"),
    "Int8StringReceiver": (b"\3one\x0dhalf", b" and half", b"half and half"),
    "Int32StringReceiver": (b"\0\0\0\3one\0\0", b"\0\4more", b"more"),
}


@pytest.fixture
def basic(basic: Any) -> Iterator[Any]:
    """What is tested is what pickles find by its name."""
    isPure = basic.LineReceiver.__mro__[1].__module__ == "twisted.protocols._framing_py"
    with pureInPlace(NAME) if isPure else nullcontext():
        yield basic


@pytest.fixture(params=WAYS)
def again(request: Any) -> Callable[[Any], Any]:
    """How to make another one."""
    return WAYS[request.param]


class Connection:
    """A transport that can be copied."""

    disconnecting = False

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def loseConnection(self) -> None:
        self.disconnecting = True


def fed(kind: Any, stream: bytes) -> Any:
    """Make one that has received *stream*."""
    receiver = kind()
    hear(receiver)
    receiver.makeConnection(Connection())
    receiver.dataReceived(stream)
    unhear(receiver)
    return receiver


def hear(receiver: Any) -> list[bytes]:
    """Collect what *receiver* delivers from now on."""
    got: list[bytes] = []
    receiver.lineReceived = receiver.stringReceived = got.append
    return got


def unhear(receiver: Any) -> None:
    # The list of another one is not to be copied.
    del receiver.lineReceived, receiver.stringReceived


@pytest.mark.parametrize("name", STREAMS)
def test_whatIsNotConsumed(basic: Any, again: Any, name: str) -> None:
    """Each goes on by itself with what had come before."""
    first, then, expected = STREAMS[name]
    receiver = fed(getattr(basic, name), first)
    second = again(receiver)
    assert type(second) is type(receiver)
    for each in (second, receiver):
        got = hear(each)
        each.dataReceived(then)
        assert got == [expected]


@pytest.mark.parametrize("name", STREAMS)
def test_muchThatIsNotConsumed(basic: Any, again: Any, name: str) -> None:
    """It comes in pieces, which are not shared either."""
    kind = getattr(basic, name)
    string = b"x" * 3000
    if name.startswith("Int"):
        string = string[: 256**kind.prefixLength - 1]
        whole = len(string).to_bytes(kind.prefixLength, "big") + string
    elif name == "NetstringReceiver":
        whole = b"3000:" + string + b","
    else:
        whole = string + b"\r\n"
    half = len(whole) // 2
    receiver = fed(kind, whole[:half])
    receiver.dataReceived(whole[half : half + 10])
    second = again(receiver)
    receiver.dataReceived(whole[half + 10 : half + 20])
    got = hear(second), hear(receiver)
    second.dataReceived(whole[half + 10 :])
    receiver.dataReceived(whole[half + 20 :])
    assert got == ([string], [string])


def test_attributes(basic: Any, again: Any) -> None:
    """What an instance has of its own, and its mode, go with it."""
    receiver = fed(basic.LineReceiver, b"one\r\n")
    receiver.delimiter = b";"
    receiver.MAX_LENGTH = 20
    receiver.setRawMode()
    receiver.other = [5]
    second = again(receiver)
    assert (second.delimiter, second.MAX_LENGTH, second.other) == (b";", 20, [5])
    assert not second.line_mode
    second.setLineMode()
    second.sendLine(b"out")
    assert second.transport.written == b"out;"
    got = hear(second)
    second.dataReceived(b"a;b;")
    assert got == [b"a", b"b"]
    second.dataReceived(b"x" * 30)
    assert second.transport.disconnecting
    assert not receiver.line_mode


def test_paused(basic: Any, again: Any) -> None:
    receiver = basic.LineReceiver()
    receiver.paused = True
    receiver.makeConnection(Connection())
    receiver.dataReceived(b"one\r\ntwo\r\n")
    second = again(receiver)
    assert second.paused
    got = hear(second)
    second.paused = False
    second.dataReceived(b"")
    assert got == [b"one", b"two"]


def test_brokenPeers(basic: Any, again: Any) -> None:
    receiver = fed(basic.NetstringReceiver, b"nonsense")
    second = again(receiver)
    assert second.brokenPeer
    got = hear(second)
    second.dataReceived(b"3:abc,")
    assert got == []


def test_unconnected(basic: Any, again: Any) -> None:
    second = again(basic.LineReceiver())
    assert second.transport is None
    got = hear(second)
    second.makeConnection(Connection())
    second.dataReceived(b"one\r\n")
    assert got == [b"one"]


class Keeping:
    """Says itself what is kept, as the documentation of C{pickle} has it."""

    def __getstate__(self) -> Any:
        state = self.__dict__.copy()
        del state["transport"]
        state["kept"] = True
        return state

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)


@pytest.fixture
def Kept(basic: Any) -> Iterator[Any]:
    """A receiver that does, where pickles find it."""
    made = type("KeptReceiver", (Keeping, basic.LineReceiver), {"__module__": __name__})
    globals()["KeptReceiver"] = made
    yield made
    del globals()["KeptReceiver"]


def test_theUsersOwnWay(Kept: Any, again: Any) -> None:
    receiver = Kept()
    receiver.delimiter = b"|"
    receiver.makeConnection(Connection())
    if "_own_transport" in vars(receiver):
        pytest.skip("it has no such attribute")
    second = again(receiver)
    assert second.kept
    assert second.transport is None
    assert second.delimiter == b"|"
    second.makeConnection(Connection())
    got = hear(second)
    second.dataReceived(b"one|two|")
    assert got == [b"one", b"two"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", STREAMS)
def test_eitherTwinReadsWhatTheOtherWrote(name: str, protocol: int) -> None:
    if framing_twins.KINDS == ["pure"]:
        pytest.skip("there is just one")
    first, then, expected = STREAMS[name]

    def check(receiver: Any) -> None:
        assert receiver.MAX_LENGTH == 200
        got = hear(receiver)
        receiver.dataReceived(then)
        assert got == [expected]

    with pureInPlace(NAME) as pure:
        receiver = fed(getattr(pure, name), first)
        receiver.MAX_LENGTH = 200
        written = pickle.dumps(receiver, protocol)
    read = pickle.loads(written)
    assert type(read) is getattr(present, name)
    check(read)
    receiver = fed(getattr(present, name), first)
    receiver.MAX_LENGTH = 200
    written = pickle.dumps(receiver, protocol)
    with pureInPlace(NAME) as pure:
        read = pickle.loads(written)
        assert type(read) is getattr(pure, name)
        check(read)
