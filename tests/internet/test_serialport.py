"""
Serial ports, on pseudo-terminals: the kernel's line discipline is real, the wire is not.
"""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploying_support import waitFor
from tests.support import Recorder, openDescriptors, runReactor
from twisted.internet.error import ConnectionDone, ConnectionLost

serial = pytest.importorskip("serial", reason="pyserial is not installed")

from twisted.internet.serialport import (  # noqa: E402  after the skip
    PARITY_EVEN,
    SEVENBITS,
    STOPBITS_TWO,
    SerialPort,
)


@pytest.fixture
def device() -> Iterator[tuple[int, str]]:
    """The other end of a line, and the name of ours."""
    master, slave = os.openpty()
    tty.setraw(master)
    name = os.ttyname(slave)
    yield master, name
    os.close(slave)
    try:
        os.close(master)
    except OSError:
        pass  # the test has hung up


def test_bothWays(reactor: Any, device: tuple[int, str]) -> None:
    other, name = device
    protocol = Recorder()

    def received(proto: Any, data: bytes) -> None:
        if len(proto.data) >= 5:
            proto.transport.write(b"world")
            proto.transport.loseConnection()

    protocol.onData = received
    protocol.onLost = lambda *args: reactor.stop()
    port = SerialPort(protocol, name, reactor, baudrate=115200)
    assert protocol.transport is port
    os.write(other, b"hel")
    reactor.callLater(0.05, os.write, other, b"lo")
    runReactor(reactor)
    assert protocol.data == b"hello"
    assert protocol.reason.check(ConnectionDone)
    assert os.read(other, 100) == b"world"
    assert not port._serial.is_open


def test_moreThanTheKernelTakesAtOnce(reactor: Any, device: tuple[int, str]) -> None:
    other, name = device
    sent = os.urandom(200_000)
    got: list[bytes] = []
    port = SerialPort(Recorder(), name, reactor)
    os.set_blocking(other, False)

    def drain() -> None:
        try:
            got.append(os.read(other, 65536))
        except BlockingIOError:
            pass
        if sum(map(len, got)) < len(sent):
            reactor.callLater(0.001, drain)
        else:
            port.protocol.onLost = lambda *args: reactor.stop()
            port.loseConnection()

    port.write(sent)
    drain()
    runReactor(reactor, 30)
    assert b"".join(got) == sent


def test_theDeviceGoesAway(reactor: Any, device: tuple[int, str]) -> None:
    other, name = device
    before = openDescriptors()
    protocol = Recorder()
    protocol.onLost = lambda *args: reactor.stop()
    SerialPort(protocol, name, reactor)
    reactor.callLater(0.02, os.close, other)
    runReactor(reactor)
    assert protocol.reason.check(ConnectionLost, ConnectionDone)
    assert openDescriptors() <= before


def test_settings(reactor: Any, device: tuple[int, str]) -> None:
    _, name = device
    port = SerialPort(
        Recorder(), name, reactor, 4800, SEVENBITS, PARITY_EVEN, STOPBITS_TWO, xonxoff=1
    )
    iflag, _, cflag, _, _, ospeed, _ = termios.tcgetattr(port.fileno())
    assert ospeed == termios.B4800
    assert iflag & termios.IXON
    # A pseudo-terminal keeps what is set but the parity.
    assert cflag & termios.CSTOPB
    port.setBaudRate(9600)
    assert termios.tcgetattr(port.fileno())[5] == termios.B9600
    port.connectionLost(None)


def test_whatWaits(reactor: Any, device: tuple[int, str]) -> None:
    other, name = device
    port = SerialPort(Recorder(), name, reactor)
    os.write(other, b"12345")
    waitFor(lambda: port.inWaiting() == 5)
    port.flushInput()
    assert port.inWaiting() == 0
    port.flushOutput()
    port.connectionLost(None)


def test_aDeviceThatIsNotThere(reactor: Any) -> None:
    protocol = Recorder()
    before = reactor.getReaders()
    with pytest.raises(serial.SerialException):
        SerialPort(protocol, "/dev/there-is-none", reactor)
    assert protocol.transport is None
    assert reactor.getReaders() == before


def test_theLinesOfThePort() -> None:
    """Pseudo-terminals have none, so that what is asked and set is only noted here."""

    class Lines:
        cts, dsr, ri, cd = True, False, True, False

        def __init__(self) -> None:
            self.did: list[Any] = []

        def send_break(self) -> None:
            self.did.append("break")

    port = SerialPort.__new__(SerialPort)
    lines: Any = Lines()
    port._serial = lines
    assert [port.getCTS(), port.getDSR(), port.getRI(), port.getCD()] == [True, False, True, False]
    port.setDTR()
    port.setRTS(0)
    port.sendBreak()
    assert (lines.dtr, lines.rts, lines.did) == (True, False, ["break"])
