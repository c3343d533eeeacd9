"""
Serial ports as transports, by means of pyserial (C{pip install torsion[serial]}).

There are some on POSIX systems; on Windows, which has no descriptors for them, this
module cannot be imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import serial
from serial import (
    EIGHTBITS,
    FIVEBITS,
    PARITY_EVEN,
    PARITY_NONE,
    PARITY_ODD,
    SEVENBITS,
    SIXBITS,
    STOPBITS_ONE,
    STOPBITS_TWO,
)

from twisted.internet.abstract import FileDescriptor
from twisted.internet.fdesc import readFromFD, writeToFD
from twisted.python.runtime import platform

if platform.isWindows():
    raise ImportError("twisted.internet.serialport needs a system with descriptors")

__all__ = [
    "EIGHTBITS",
    "FIVEBITS",
    "PARITY_EVEN",
    "PARITY_NONE",
    "PARITY_ODD",
    "SEVENBITS",
    "SIXBITS",
    "STOPBITS_ONE",
    "STOPBITS_TWO",
    "SerialPort",
]


class BaseSerialPort:
    """
    The lines and settings of a serial port.

    @cvar _serialFactory: makes the port, as L{serial.Serial}.
    @ivar _serial: the port.
    """

    _serialFactory: Callable[..., Any] = serial.Serial
    _serial: Any = None

    def setBaudRate(self, baudrate: int) -> None:
        """Change the speed, in bits per second."""
        self._serial.baudrate = baudrate

    def inWaiting(self) -> int:
        """Return how many bytes wait to be read."""
        waiting: int = self._serial.in_waiting
        return waiting

    def flushInput(self) -> None:
        """Forget what waits to be read."""
        self._serial.reset_input_buffer()

    def flushOutput(self) -> None:
        """Forget what waits in the system to be sent."""
        self._serial.reset_output_buffer()

    def sendBreak(self) -> None:
        """Send the break condition, for a quarter of a second; it blocks."""
        self._serial.send_break()

    def setDTR(self, on: Any = 1) -> None:
        """Set Data Terminal Ready."""
        self._serial.dtr = bool(on)

    def setRTS(self, on: Any = 1) -> None:
        """Set Request To Send."""
        self._serial.rts = bool(on)

    def getCTS(self) -> Any:
        """Return Clear To Send."""
        return self._serial.cts

    def getDSR(self) -> Any:
        """Return Data Set Ready."""
        return self._serial.dsr

    def getRI(self) -> Any:
        """Return Ring Indicator."""
        return self._serial.ri

    def getCD(self) -> Any:
        """Return Carrier Detect."""
        return self._serial.cd


class SerialPort(BaseSerialPort, FileDescriptor):
    """
    A serial port as the transport of a protocol.

    There is no connection to be made, and none that the other side could close: the
    protocol is connected at once, until it closes the port or the device goes away.
    """

    connected: Any = 1

    def __init__(
        self,
        protocol: Any,
        deviceNameOrPortNumber: Any,
        reactor: Any,
        baudrate: int = 9600,
        bytesize: Any = EIGHTBITS,
        parity: Any = PARITY_NONE,
        stopbits: Any = STOPBITS_ONE,
        timeout: Any = 0,
        xonxoff: Any = 0,
        rtscts: Any = 0,
    ) -> None:
        """
        @param deviceNameOrPortNumber: such as C{"/dev/ttyUSB0"}.
        @param baudrate: bits per second.
        @param bytesize: bits of a character.
        @param timeout: of reads by pyserial itself, which there are none of.
        @param xonxoff: let characters stop and start the flow.
        @param rtscts: let lines do so.
        @raise serial.SerialException: it cannot be opened.
        """
        FileDescriptor.__init__(self, reactor)
        settings = {
            "baudrate": baudrate,
            "bytesize": bytesize,
            "parity": parity,
            "stopbits": stopbits,
            "timeout": timeout,
            "xonxoff": xonxoff,
            "rtscts": rtscts,
        }
        port = self._serial = self._serialFactory(deviceNameOrPortNumber, **settings)
        # What came before anybody listened is not for this protocol.
        for forget in (port.reset_input_buffer, port.reset_output_buffer):
            forget()
        self.protocol = protocol
        protocol.makeConnection(self)
        self.startReading()

    def fileno(self) -> int:
        """Return the descriptor."""
        number: int = self._serial.fd
        return number

    def doRead(self) -> Any:
        """Read what is there."""
        deliver = self.protocol.dataReceived
        return readFromFD(self._serial.fd, deliver)

    def writeSomeData(self, data: bytes) -> int | Exception:
        """Send some bytes; return how many, or what is wrong."""
        return writeToFD(self._serial.fd, data)

    def connectionLost(self, reason: Any) -> None:
        """The port is closed, or the device is gone."""
        FileDescriptor.connectionLost(self, reason)
        self._serial.close()
        self.protocol.connectionLost(reason)
