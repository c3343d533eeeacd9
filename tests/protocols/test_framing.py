"""
The framers, of both twins and of subclasses of the compiled ones: any cut of a
stream equals one feed, limits hold, and the work is linear in the bytes fed.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.testing import StringTransport

if TYPE_CHECKING:
    from twisted.protocols.basic import LineReceiver as Receiver
else:
    # Mixed into receivers of all kinds.
    Receiver = object


@pytest.fixture(scope="module")
def kind(basic: Any, request: Any) -> Any:
    """A receiver of that name."""
    return getattr(basic, request.param)


pieces = st.lists(st.integers(min_value=1, max_value=40), max_size=60)


def cut(stream: bytes, sizes: list[int]) -> list[bytes]:
    """Cut *stream* into pieces of *sizes*, the rest as one."""
    out = []
    for size in sizes:
        out.append(stream[:size])
        stream = stream[size:]
    return [*out, stream]


def feed(kind: Any, chunks: list[bytes], **attributes: Any) -> tuple[list[Any], Any]:
    """Return what a receiver of *kind* makes of *chunks*, and its transport."""
    got: list[Any] = []

    class Receiver(kind):  # type: ignore[misc]
        def lineReceived(self, line: bytes) -> None:
            got.append(line)

        def stringReceived(self, string: bytes) -> None:
            got.append(string)

    receiver = Receiver()
    for name, value in attributes.items():
        setattr(receiver, name, value)
    transport = StringTransport()
    receiver.makeConnection(transport)
    for chunk in chunks:
        if transport.disconnecting:
            break
        receiver.dataReceived(chunk)
    return got, transport


@pytest.mark.parametrize("kind", ["LineReceiver", "LineOnlyReceiver"], indirect=True)
@given(st.lists(st.binary(max_size=30)), pieces, st.sampled_from([b"\r\n", b"\n", b"abc", b"aa"]))
@settings(deadline=None, max_examples=60)
def test_lines(kind: Any, lines: list[bytes], sizes: list[int], delimiter: bytes) -> None:
    stream = b"".join(line + delimiter for line in lines) + b"rest"
    expected = stream.split(delimiter)[:-1]
    whole, _ = feed(kind, [stream], delimiter=delimiter)
    assert whole == expected
    parts, _ = feed(kind, cut(stream, sizes), delimiter=delimiter)
    assert parts == expected
    single, _ = feed(kind, [bytes([b]) for b in stream], delimiter=delimiter)
    assert single == expected


@pytest.mark.parametrize(
    ("kind", "size"),
    [("Int8StringReceiver", 1), ("Int16StringReceiver", 2), ("Int32StringReceiver", 4)],
    indirect=["kind"],
)
@given(st.lists(st.binary(max_size=30)), pieces)
@settings(deadline=None, max_examples=40)
def test_prefixedStrings(kind: Any, size: int, strings: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(len(s).to_bytes(size, "big") + s for s in strings) + b"\0" * (size - 1)
    for chunks in ([stream], cut(stream, sizes), [bytes([b]) for b in stream]):
        got, transport = feed(kind, chunks)
        assert got == strings
        assert not transport.disconnecting


@given(st.lists(st.binary(max_size=30)), pieces)
@settings(deadline=None, max_examples=60)
def test_netstrings(basic: Any, strings: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(b"%d:%s," % (len(s), s) for s in strings) + b"12"
    for chunks in ([stream], cut(stream, sizes), [bytes([b]) for b in stream]):
        got, transport = feed(basic.NetstringReceiver, chunks)
        assert got == strings
        assert not transport.disconnecting


@given(st.binary(max_size=60), pieces)
@settings(deadline=None, max_examples=100)
def test_garbageIsNoNetstringHoweverItIsCut(basic: Any, stream: bytes, sizes: list[int]) -> None:
    whole, first = feed(basic.NetstringReceiver, [stream])
    parts, second = feed(basic.NetstringReceiver, cut(stream, sizes))
    assert whole == parts
    assert first.disconnecting == second.disconnecting


@pytest.mark.parametrize(
    "bad", [b"a", b"01:x,", b"999999:", b"1" * 50, b"3:abcd", b"-1:", b":", b"1a:x,", b" 1:x,"]
)
def test_whatIsNoNetstringCloses(basic: Any, bad: bytes) -> None:
    got, transport = feed(basic.NetstringReceiver, [bad])
    assert got == []
    assert transport.disconnecting


@pytest.mark.parametrize("kind", ["LineReceiver", "LineOnlyReceiver"], indirect=True)
def test_aLineOfTheGreatestLengthAndOneMore(kind: Any) -> None:
    assert feed(kind, [b"x" * 10 + b"\r\n"], MAX_LENGTH=10)[0] == [b"x" * 10]
    got, transport = feed(kind, [b"x" * 11 + b"\r\n"], MAX_LENGTH=10)
    assert got == []
    assert transport.disconnecting


def test_endlessLinesKeepLittle(basic: Any) -> None:
    """A gigabyte without a delimiter, in small pieces, is refused at the limit."""
    for kind in (basic.LineReceiver, basic.LineOnlyReceiver):
        receiver = kind()
        transport = StringTransport()
        receiver.makeConnection(transport)
        fed = 0
        limit = receiver.MAX_LENGTH
        while not transport.disconnecting:
            receiver.dataReceived(b"x" * 1000)
            fed += 1000
            assert len(receiver._buffer) <= limit + 1000
        assert fed <= limit + 2000


def test_anAnnouncedLengthIsRefusedBeforeAnythingIsKept(basic: Any) -> None:
    receiver = basic.Int32StringReceiver()
    transport = StringTransport()
    receiver.makeConnection(transport)
    receiver.dataReceived(b"\x7f\xff\xff\xff" + b"x" * 100)
    assert transport.disconnecting


class CountingBytes(bytearray):
    """Counts the bytes that are searched or copied to join pieces."""

    work = 0

    def find(self, sub: bytes, start: int = 0, *end: Any) -> int:  # type: ignore[override]
        CountingBytes.work += max(0, len(self) - start)
        return super().find(sub, start, *end)


def test_aLongLineInSmallPiecesIsSearchedOnce(basic: Any) -> None:
    """The searching is counted, not timed: every byte is looked at about once."""
    receiver = basic.LineReceiver()
    receiver.MAX_LENGTH = 10_000_000
    got: list[bytes] = []
    receiver.lineReceived = got.append  # type: ignore[method-assign]
    receiver.makeConnection(StringTransport())
    if not hasattr(receiver, "_kept"):
        pytest.skip("the compiled twin counts for itself")
    CountingBytes.work = 0
    receiver.dataReceived(b"x" * 64)
    receiver._kept = CountingBytes(receiver._kept or b"")
    pieces = 5000
    for _ in range(pieces):
        receiver.dataReceived(b"x" * 64)
    receiver.dataReceived(b"\r\n")
    total = (pieces + 1) * 64
    assert got == [b"x" * total]
    assert CountingBytes.work < 4 * total


# -- what users do in the middle of things ---------------------------------------------


class Commands(Receiver):
    """Does what the lines say."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    def lineReceived(self, line: bytes) -> Any:
        self.got.append(line)
        word, _, rest = line.partition(b" ")
        if word == b"raw":
            self.left = int(rest)
            self.setRawMode()
        elif word == b"delimiter":
            self.delimiter = rest
        elif word == b"limit":
            self.MAX_LENGTH = int(rest)
        elif word == b"pause":
            self.pauseProducing()
        elif word == b"lose":
            self.transport.loseConnection()
        elif word == b"clear":
            self.got.append((b"cleared", self.clearLineBuffer()))
        elif word == b"feed":
            self.dataReceived(rest + b"\r\n")
        elif word == b"why":
            return ZeroDivisionError("because")
        return None

    def rawDataReceived(self, data: bytes) -> None:
        taken, rest = data[: self.left], data[self.left :]
        self.left -= len(taken)
        self.got.append(("raw", taken))
        if not self.left:
            self.setLineMode(rest)


def commanding(basic: Any) -> Any:
    """Make one that has no transport yet."""
    return type("Commanding", (Commands, basic.LineReceiver), {})()


def commanded(basic: Any, stream: bytes) -> Any:
    """Make one that *stream* was fed to."""
    receiver = commanding(basic)
    receiver.makeConnection(StringTransport())
    receiver.dataReceived(stream)
    return receiver


def test_rawModeInTheMiddle(basic: Any) -> None:
    assert commanded(basic, b"raw 5\r\n12\r\n3after\r\n").got == [
        b"raw 5",
        ("raw", b"12\r\n3"),
        b"after",
    ]


def test_theDelimiterMayChange(basic: Any) -> None:
    assert commanded(basic, b"delimiter ;\r\na;b\r\n;").got == [b"delimiter ;", b"a", b"b\r\n"]


def test_theLimitMayChange(basic: Any) -> None:
    receiver = commanded(basic, b"limit 3\r\nabc\r\nabcd\r\nabc\r\n")
    assert receiver.got == [b"limit 3", b"abc"]
    assert receiver.transport.disconnecting


def test_pausing(basic: Any) -> None:
    receiver = commanded(basic, b"pause\r\none\r\ntwo")
    assert receiver.got == [b"pause"]
    assert receiver._buffer == b"one\r\ntwo"
    receiver.dataReceived(b"!\r\n")
    assert receiver.got == [b"pause"]
    receiver.resumeProducing()
    assert receiver.got == [b"pause", b"one", b"two!"]


def test_nothingIsReceivedAfterLoseConnection(basic: Any) -> None:
    assert commanded(basic, b"lose\r\nnever\r\n").got == [b"lose"]


def test_clearing(basic: Any) -> None:
    assert commanded(basic, b"clear\r\ngone\r\n").got == [b"clear", (b"cleared", b"gone\r\n")]


def test_feedingFromInside(basic: Any) -> None:
    assert commanded(basic, b"feed inner\r\nouter\r\n").got == [b"feed inner", b"outer", b"inner"]


def test_aReasonIsPassedOn(basic: Any) -> None:
    receiver = commanding(basic)
    receiver.makeConnection(StringTransport())
    assert isinstance(receiver.dataReceived(b"why\r\nlater\r\n"), ZeroDivisionError)
    assert receiver.got == [b"why"]


def test_aHookThatRaisesLeavesTheRest(basic: Any) -> None:
    receiver = commanding(basic)
    receiver.makeConnection(StringTransport())
    with pytest.raises(ValueError):
        receiver.dataReceived(b"raw nonsense\r\nafter\r\n")
    receiver.dataReceived(b"")
    assert receiver.got == [b"raw nonsense", b"after"]


def test_sending(basic: Any) -> None:
    for kind, send, expected in (
        (basic.LineReceiver, "sendLine", b"abc\r\n"),
        (basic.LineOnlyReceiver, "sendLine", b"abc\r\n"),
        (basic.Int16StringReceiver, "sendString", b"\0\3abc"),
        (basic.NetstringReceiver, "sendString", b"3:abc,"),
    ):
        sender: Any = kind()
        sender.makeConnection(StringTransport())
        getattr(sender, send)(b"abc")
        assert sender.transport.value() == expected
    with pytest.raises(basic.StringTooLongError, match="300 bytes whereas maximum is 256"):
        basic.Int8StringReceiver().sendString(b"x" * 300)


def test_fileSender(basic: Any) -> None:
    from io import BytesIO

    transport = StringTransport()
    sender = basic.FileSender()
    got: list[Any] = []
    sender.beginFileTransfer(BytesIO(b"x" * 40_000 + b"y"), transport).addCallback(got.append)
    while not got:
        transport.producer.resumeProducing()
    assert got == [b"y"]
    assert transport.value() == b"x" * 40_000 + b"y"


class Written:
    """Sets attributes by a method of its own, behind the back of descriptors."""

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value


@pytest.mark.parametrize(
    ("kind", "stream", "limit"),
    [
        ("LineReceiver", b"one|two|", 3),
        ("LineOnlyReceiver", b"one|two|", 3),
        ("NetstringReceiver", b"3:one,3:two,", 3),
        ("Int8StringReceiver", b"\x03one\x03two", 3),
    ],
    indirect=["kind"],
)
def test_attributesAreWrittenToTheDictionary(kind: Any, stream: bytes, limit: int) -> None:
    """What an instance has in its C{__dict__} holds, however it has come there."""
    skipProperties(kind)

    class Mixed(kind, Written):  # type: ignore[misc]
        pass

    class Further(Mixed):
        pass

    for each in (Mixed, Further):
        got, transport = feed(each, [stream], delimiter=b"|", MAX_LENGTH=limit)
        assert got == [b"one", b"two"]
        assert not transport.disconnecting
        got, transport = feed(each, [stream], delimiter=b"|", MAX_LENGTH=limit - 1)
        assert got == []
        assert transport.disconnecting
        receiver = each()
        receiver.delimiter = b"|"
        receiver.makeConnection(StringTransport())
        assert receiver.transport.value() == b""
        send = receiver.sendLine if hasattr(kind, "sendLine") else receiver.sendString
        send(b"one")
        assert receiver.transport.value() in (b"one|", b"3:one,", b"\x03one")


# -- what is looked at, or written, behind the back of descriptors --------------------------


@pytest.mark.parametrize(
    ("kind", "stream", "got"),
    [
        ("LineReceiver", b"one|two|three|four|", [b"one", b"two"]),
        ("LineOnlyReceiver", b"one|two|three|four|", [b"one", b"two"]),
        ("NetstringReceiver", b"3:one,3:two,5:three,4:four,", [b"one", b"two"]),
        ("Int8StringReceiver", b"\3one\3two\5three\4four", [b"one", b"two"]),
    ],
    indirect=["kind"],
)
def test_dictionariesMayBeWrittenTo(kind: Any, stream: bytes, got: list[bytes]) -> None:
    """
    C{vars} of an ordinary receiver may be updated, before it is used and
    within its hooks.
    """
    skipProperties(kind)

    class Receiver(kind):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.got: list[bytes] = []

        def lineReceived(self, line: bytes) -> None:
            self.got.append(line)
            if line == b"two":
                self.__dict__["MAX_LENGTH"] = 4

        stringReceived = lineReceived

    receiver = Receiver()
    vars(receiver).update(delimiter=b"|", MAX_LENGTH=100)
    receiver.makeConnection(StringTransport())
    assert vars(receiver)["transport"] is receiver.transport
    receiver.dataReceived(stream)
    assert receiver.got == got
    assert receiver.transport.disconnecting
    assert receiver.MAX_LENGTH == 4
    receiver.MAX_LENGTH = 5
    assert vars(receiver)["MAX_LENGTH"] == 5
    del vars(receiver)["MAX_LENGTH"]
    assert receiver.MAX_LENGTH == kind.MAX_LENGTH
    with pytest.raises(AttributeError):
        del receiver.MAX_LENGTH


def skipProperties(kind: Any) -> None:
    if any(isinstance(vars(each).get("MAX_LENGTH"), property) for each in kind.__mro__):
        pytest.skip("properties hide it")


def test_aDictionaryMayBeReplaced(basic: Any) -> None:
    skipProperties(basic.LineReceiver)
    receiver = basic.LineReceiver()
    receiver.delimiter = b";"
    transport = StringTransport()
    receiver.__dict__ = {"MAX_LENGTH": 7, "transport": transport}
    assert (receiver.delimiter, receiver.MAX_LENGTH) == (b"\r\n", 7)
    assert receiver.transport is transport
    receiver.dataReceived(b"x" * 10)
    assert transport.disconnecting


def test_dictionariesAreFoundWithoutAsking(basic: Any) -> None:
    """What looks an attribute up statically finds those of instances."""
    for name in ("LineReceiver", "Int16StringReceiver", "NetstringReceiver"):
        receiver = getattr(basic, name)()
        receiver.name = "here"
        assert inspect.getattr_static(receiver, "name") == "here"


def test_signatures(basic: Any) -> None:
    for name in ("LineReceiver", "LineOnlyReceiver", "NetstringReceiver", "Int8StringReceiver"):
        method = getattr(basic, name).dataReceived
        assert list(inspect.signature(method).parameters) == ["self", "data"]
    assert list(inspect.signature(basic.LineReceiver.sendLine).parameters) == ["self", "line"]
    made = mock.create_autospec(basic.LineReceiver)()
    made.dataReceived(b"")
    made.dataReceived.assert_called_once_with(b"")
